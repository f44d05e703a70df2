//! Playing a recording to a component, and telling what it says.

use provisor::sandbox::{
    Block, Call, CallError, CallErrorKind, Component, Condition, Draft, Input, PageBuilder,
    Priority, Row, Span, Table, World,
};
use serde_json::{Map, Value, json};

use crate::slips::office;

/// What the component says to the recording.
pub async fn play(component: &Component, recording: &Value) -> Value {
    let call = Call {
        settings: recording["settings"].to_string(),
        ..Call::default()
    };
    let problems = component
        .check_settings(&call)
        .await
        .expect("it judges its settings");
    let problems: Vec<_> = problems.iter().map(|problem| &problem.path).collect();
    let input = &recording["input"];
    let said = match component.world() {
        World::Mapping => map(component, &call, &table(input)).await,
        World::Policy => decide(component, &call, &table(input)).await,
        World::Reader => read(component, &call, input).await,
        World::Ticketing => keep_tickets(component, call, input).await,
    };
    json!({ "problems": problems, "said": said.unwrap_or_else(|error| failure(&error)) })
}

async fn map(component: &Component, call: &Call, people: &Table) -> Result<Value, CallError> {
    let mut run = component.mapping().expect("a mapping").start(call).await?;
    let accounts = run.evaluate(people).await?;
    let remarks = accounts.remarks.iter().map(|remark| {
        json!([
            remark.row,
            format!("{:?}", remark.kind),
            remark.attribute,
            remark.message
        ])
    });
    Ok(json!({
        "rows": rows(&accounts.rows.columns, accounts.rows.rows()),
        "remarks": remarks.collect::<Vec<_>>(),
    }))
}

async fn decide(component: &Component, call: &Call, proposals: &Table) -> Result<Value, CallError> {
    let mut run = component.policy().expect("a policy").start(call).await?;
    let decisions = run.decide(proposals).await?;
    let told = decisions.iter().map(|decision| {
        json!({
            "verdict": format!("{:?}", decision.verdict),
            "code": decision.code,
            "reason": decision.reason,
            "obligations": format!("{:?}", decision.obligations),
            "warnings": decision.warnings,
        })
    });
    Ok(told.collect())
}

async fn read(component: &Component, call: &Call, input: &Value) -> Result<Value, CallError> {
    let text = input.as_str().expect("the export is a text").to_owned();
    let export = Input {
        name: "export".to_owned(),
        size: text.len() as u64,
        content: Box::new(std::io::Cursor::new(text)),
    };
    let mut reading = component
        .reader()
        .expect("a reader")
        .open(call, export)
        .await?;
    let shape = reading.shape().clone();
    let columns: Vec<String> = shape.columns.iter().map(|it| it.name.clone()).collect();
    let mut batches = Vec::new();
    while let Some(batch) = reading.next(2).await? {
        let rejected = batch.rejected.iter();
        batches.push(json!({
            "rows": rows(&columns, batch.rows.rows(columns.len())),
            "positions": batch.positions,
            "rejected": rejected
                .map(|row| json!([row.position, row.identifier, row.message]))
                .collect::<Vec<_>>(),
        }));
    }
    let summary = reading.finish().await?;
    let several = shape.columns.iter().filter(|it| it.multi_valued);
    Ok(json!({
        "identifier": shape.identifier,
        "several": several.map(|it| &it.name).collect::<Vec<_>>(),
        "absent": shape.absent,
        "batches": batches,
        "rows": summary.rows,
        "rejected": summary.rejected,
        "complete": summary.complete,
        "declared-rows": summary.declared_rows,
        "exported-at": summary.exported_at,
    }))
}

/// Looks, makes a ticket, finds it, and asks for its status and for one that never was.
async fn keep_tickets(
    component: &Component,
    mut call: Call,
    input: &Value,
) -> Result<Value, CallError> {
    let text = |name: &str| input[name].as_str().expect("the draft has it").to_owned();
    call.egress = Some(office(&text("origin")));
    let ticketing = component.ticketing().expect("a ticketing component");
    let mut run = ticketing.start(&call).await?;
    let traits = run.behaviour().await?;
    let findings = run.check_connection().await?;
    let id = text("correlation-id");
    let draft = Draft {
        correlation_id: id.clone(),
        title: text("title"),
        description: vec![Block::Paragraph(vec![Span {
            text: text("text"),
            strong: false,
            link: None,
        }])],
        priority: Priority::Urgent,
        due: None,
        follow_up_of: None,
        facts: vec![("route".to_owned(), text("route"))],
    };
    let ticket = run.create(&draft).await?;
    let found = run.find(&id).await?;
    let beginning = run.find(&id[..id.len() - 1]).await?;
    let references = [ticket.reference.clone(), "4711".to_owned()];
    let conditions = run.status(&references).await?;
    Ok(json!({
        "batch": traits.batch,
        "findings": findings.iter().map(|it| json!([it.good, it.subject])).collect::<Vec<_>>(),
        "ticket": [ticket.reference, ticket.number, ticket.url],
        "found": found.iter().map(|it| &it.ticket.reference).collect::<Vec<_>>(),
        "found-by-its-beginning": beginning.len(),
        "conditions": conditions.iter().map(condition).collect::<Vec<_>>(),
    }))
}

fn condition(condition: &Condition) -> Value {
    match condition {
        Condition::Progress(it) => json!([it.status, format!("{:?}", it.class), it.updated_at]),
        Condition::Failed(failure) => json!(format!("{:?}", failure.kind)),
        other => json!(format!("{other:?}")),
    }
}

/// Of a failure only what the host acts on: a text for people may be put better.
fn failure(error: &CallError) -> Value {
    match &error.kind {
        CallErrorKind::Failure(failure) => {
            json!({ "failure": format!("{:?}", failure.kind), "position": failure.position })
        }
        other => panic!("{other:?}"),
    }
}

fn rows<'a>(columns: &[String], rows: impl Iterator<Item = Row<'a>>) -> Value {
    let row = |row: Row<'a>| {
        let cells = row.cells().map(|cell| cell.values().collect::<Vec<_>>());
        let named = columns
            .iter()
            .cloned()
            .zip(cells.map(|values| json!(values)));
        Value::Object(named.collect())
    };
    rows.map(row).collect()
}

/// A table of objects whose members are a text or a list of texts.
fn table(rows: &Value) -> Table {
    let rows: Vec<&Map<String, Value>> = rows
        .as_array()
        .expect("the input is a list")
        .iter()
        .map(|row| row.as_object().expect("a row is an object"))
        .collect();
    let mut columns: Vec<String> = Vec::new();
    for name in rows.iter().flat_map(|row| row.keys()) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let mut page = PageBuilder::new();
    for row in &rows {
        for column in &columns {
            match row.get(column) {
                None => page.cell([""; 0]),
                Some(Value::Array(values)) => {
                    page.cell(values.iter().map(|value| value.as_str().expect("a text")));
                }
                Some(value) => page.cell([value.as_str().expect("a text")]),
            }
        }
    }
    Table {
        columns,
        rows: page.finish(),
    }
}
