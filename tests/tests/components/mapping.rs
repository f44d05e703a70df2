//! `tests/cases/mapping` in the sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use provisor::sandbox::{Call, Component, Remark, RemarkKind};
use serde_json::Value;

use crate::folder::{
    attributes, call, cases, component, failure, json, part, problems_fit, report, table, texts,
};

type Row = BTreeMap<String, Vec<String>>;

#[tokio::test]
async fn the_mapping_maps_every_case_as_expected() {
    let component = component("cel-mapping").await;
    let mut wrong = Vec::new();
    for case in cases("mapping", 40) {
        if let Err(problem) = run(&component, &case).await {
            wrong.push((case, problem));
        }
    }
    report(wrong);
}

async fn run(component: &Component, case: &Path) -> Result<(), String> {
    let case = json(&case.join("case.json"));
    let call = call(&case["settings"]);
    let problems = component
        .check_settings(&call)
        .await
        .map_err(|error| error.to_string())?;
    problems_fit(&problems, case.get("problems"))?;

    let identities = case["identities"].as_array().cloned().unwrap_or_default();
    let rows: Vec<Row> = identities.iter().map(row).collect();
    let Some(expected) = case.get("expected").and_then(Value::as_array) else {
        return match evaluate(component, &call, &rows).await {
            Err(error) if error.contains("configuration") => Ok(()),
            other => Err(format!("wrong settings come out as {other:?}")),
        };
    };
    let (accounts, remarks) = match case.get("taken") {
        Some(taken) => ask_like_the_host(component, &call, &rows, taken).await?,
        None => evaluate(component, &call, &rows).await?,
    };
    if accounts != *expected {
        return Err(format!("it comes out as {accounts:#?} with {remarks:#?}"));
    }
    let wanted = case["remarks"].as_array().cloned().unwrap_or_default();
    let alike = remarks.len() == wanted.len()
        && remarks.iter().zip(&wanted).all(|(found, wanted)| {
            let kind = match found.kind {
                RemarkKind::LeftAlone => "left-alone",
                RemarkKind::Warning => "warning",
                RemarkKind::Error => "error",
            };
            wanted["row"] == found.row
                && wanted["attribute"].as_str() == found.attribute.as_deref()
                && wanted["kind"] == kind
                && found.message.contains(part(wanted))
        });
    if alike {
        Ok(())
    } else {
        Err(format!("the remarks are {remarks:#?}"))
    }
}

async fn evaluate(
    component: &Component,
    call: &Call,
    rows: &[Row],
) -> Result<(Vec<Value>, Vec<Remark>), String> {
    let told = |error: provisor::sandbox::CallError| match failure(&error) {
        Some(failure) => format!("{}: {}", error.code(), failure.message),
        None => error.to_string(),
    };
    let mapping = component.mapping().map_err(|error| error.to_string())?;
    let mut run = mapping.start(call).await.map_err(told)?;
    let mut accounts = run.evaluate(&table(rows)).await.map_err(told)?;
    // Each row is asked for in order; what there is to say of one row stays in its order.
    accounts.remarks.sort_by_key(|remark| remark.row);
    let columns = &accounts.rows.columns;
    let attributes = attributes(accounts.rows.rows.rows(columns.len()), columns);
    Ok((attributes, accounts.remarks))
}

/// As long as the identifier belongs to somebody else, the host asks again with the next
/// `$iteration`.
async fn ask_like_the_host(
    component: &Component,
    call: &Call,
    rows: &[Row],
    taken: &Value,
) -> Result<(Vec<Value>, Vec<Remark>), String> {
    let attribute = taken["attribute"].as_str().expect("a name");
    let mut values: BTreeSet<String> = texts(&taken["values"]).into_iter().collect();
    let (mut accounts, mut remarks) = (Vec::new(), Vec::new());
    for (place, row) in (0_u32..).zip(rows) {
        for iteration in 0..1_000 {
            let mut row = row.clone();
            row.insert("$iteration".to_owned(), vec![iteration.to_string()]);
            let (mut account, said) = evaluate(component, call, &[row]).await?;
            let account = account.remove(0);
            let identifier = account[attribute][0].as_str().map(str::to_owned);
            if identifier.as_ref().is_none_or(|it| !values.contains(it)) {
                values.extend(identifier);
                accounts.push(account);
                remarks.extend(said.into_iter().map(|remark| Remark {
                    row: place,
                    ..remark
                }));
                break;
            }
        }
    }
    Ok((accounts, remarks))
}

fn row(identity: &Value) -> Row {
    let mut row: Row = identity
        .as_object()
        .expect("an identity")
        .iter()
        .map(|(name, value)| (name.clone(), texts(value)))
        .collect();
    row.entry("$iteration".to_owned())
        .or_insert_with(|| vec!["0".to_owned()]);
    row
}
