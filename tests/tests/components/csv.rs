//! `tests/cases/csv` in the sandbox.

use std::path::Path;

use provisor::sandbox::{Batch, CallError, Component, Input, Shape, Summary};
use serde_json::{Value, json};

use crate::folder::{
    attributes, call, cases, component, failure, json as read_json, part, problems_fit, report,
};

struct Export {
    shape: Shape,
    batches: Vec<Batch>,
    summary: Summary,
}

#[tokio::test]
async fn the_reader_reads_every_case_as_expected() {
    let component = component("csv").await;
    let mut wrong = Vec::new();
    for case in cases("csv", 80) {
        if let Err(problem) = run(&component, &case).await {
            wrong.push((case, problem));
        }
    }
    report(wrong);
}

async fn run(component: &Component, case: &Path) -> Result<(), String> {
    let settings = read_json(&case.join("settings.json"));
    let content = std::fs::read(case.join("input.csv")).expect("an input");
    let expected = read_json(&case.join("expected.json"));
    let call = call(&settings);

    let problems = component
        .check_settings(&call)
        .await
        .map_err(|error| error.to_string())?;
    problems_fit(&problems, expected.get("problems"))?;

    // Batches of different sizes must not make a difference.
    for max_rows in [1, 4096] {
        let result = read(component, &call, &content, max_rows).await;
        if expected.get("problems").is_some() {
            match result {
                Err(error) if error.code() == "configuration-of-component" => continue,
                _ => return Err("wrong settings are read with".to_owned()),
            }
        }
        match (result, expected.get("failure")) {
            (Err(error), Some(wanted)) => failure_fits(&error, wanted)?,
            (Err(error), None) => return Err(error.to_string()),
            (Ok(_), Some(wanted)) => return Err(format!("it should fail with {wanted}")),
            (Ok(export), None) => export_fits(&export, &expected)?,
        }
    }
    Ok(())
}

async fn read(
    component: &Component,
    call: &provisor::sandbox::Call,
    content: &[u8],
    max_rows: u32,
) -> Result<Export, CallError> {
    let input = Input {
        name: "input.csv".to_owned(),
        size: content.len() as u64,
        content: Box::new(std::io::Cursor::new(content.to_vec())),
    };
    let mut reading = component.reader()?.open(call, input).await?;
    let shape = reading.shape().clone();
    let mut batches = Vec::new();
    while let Some(batch) = reading.next(max_rows).await? {
        batches.push(batch);
    }
    let summary = reading.finish().await?;
    Ok(Export {
        shape,
        batches,
        summary,
    })
}

fn failure_fits(error: &CallError, wanted: &Value) -> Result<(), String> {
    let fits = failure(error).is_some_and(|failure| {
        let kind = format!("{:?}", failure.kind).to_lowercase();
        kind.contains(wanted["kind"].as_str().unwrap_or_default())
            && failure.position == wanted["position"].as_u64()
            && failure.message.contains(part(wanted))
    });
    if fits {
        Ok(())
    } else {
        Err(format!("it fails with {error:?}"))
    }
}

fn export_fits(export: &Export, expected: &Value) -> Result<(), String> {
    let columns: Vec<String> = export
        .shape
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let multi_valued: Vec<&str> = export
        .shape
        .columns
        .iter()
        .filter(|column| column.multi_valued)
        .map(|column| column.name.as_str())
        .collect();
    let rows: Vec<Value> = export
        .batches
        .iter()
        .flat_map(|batch| attributes(batch.rows.rows(columns.len()), &columns))
        .collect();
    let positions: Vec<u64> = export
        .batches
        .iter()
        .flat_map(|batch| batch.positions.clone())
        .collect();
    let summary = &export.summary;
    let found = json!({
        "shape": {
            "columns": columns,
            "multi-valued": multi_valued,
            "identifier": export.shape.identifier,
            "absent": export.shape.absent,
        },
        "rows": rows,
        "positions": positions,
        "rejected": expected["rejected"],
        "summary": {
            "rows": summary.rows,
            "rejected": summary.rejected,
            "complete": summary.complete,
            "declared-rows": summary.declared_rows,
            "exported-at": summary.exported_at,
        },
    });
    if found != *expected {
        return Err(format!("it comes out as {found:#}"));
    }
    let rejected: Vec<_> = export
        .batches
        .iter()
        .flat_map(|batch| &batch.rejected)
        .collect();
    let wanted = expected["rejected"].as_array().cloned().unwrap_or_default();
    let alike = rejected.len() == wanted.len()
        && rejected.iter().zip(&wanted).all(|(found, wanted)| {
            wanted["position"] == found.position
                && wanted["identifier"].as_str() == found.identifier.as_deref()
                && found.message.contains(part(wanted))
        });
    if alike {
        Ok(())
    } else {
        Err(format!("it rejects {rejected:#?}"))
    }
}
