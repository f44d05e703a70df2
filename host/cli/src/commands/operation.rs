//! `provisor operation`

use std::process::ExitCode;

use provisor::model::{OperationId, OperationState, PersonName, Ticket, Values};
use provisor::{Host, OperationQuery, OperationView};

use super::account::verdict_line;
use crate::arguments::OperationCommand;
use crate::output::{Output, Tone, plain};
use crate::table::Rows;

pub async fn run(
    host: &Host,
    command: &OperationCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        OperationCommand::List {
            resource,
            state,
            all,
            limit,
        } => {
            let operations = host.operations(&OperationQuery {
                resource: resource.clone(),
                states: state.clone(),
                history: *all,
                limit: *limit,
            })?;
            if output.is_json() {
                output.json(&operations)?;
            } else {
                let cells = operations
                    .iter()
                    .zip(operation_rows(&operations, output))
                    .map(|(operation, mut row)| {
                        row.insert(1, plain(&operation.identifier));
                        row.insert(1, operation.resource.clone());
                        row
                    })
                    .collect();
                let rows = Rows {
                    headings: &[
                        "operation",
                        "resource",
                        "account",
                        "what",
                        "state",
                        "case",
                        "requested",
                    ],
                    cells,
                    remarks: Some(("remark", operations.iter().map(remark).collect())),
                };
                output.rows(&rows, "Nothing is under way.")?;
            }
        }
        OperationCommand::Show { operation } => {
            let view = host.operation(*operation)?;
            if output.is_json() {
                output.json(&view)?;
            } else {
                let case = view.case.map(|case| host.case(case)).transpose()?;
                show(&view, case.and_then(|it| it.ticket).as_ref(), output)?;
            }
        }
        OperationCommand::Hold {
            operation,
            person,
            reason,
        } => {
            host.hold(*operation, person, reason).await?;
            let view = host.operation(*operation)?;
            if output.is_json() {
                output.json(&view)?;
            } else {
                output.line(format!("{operation} is held until somebody releases it."))?;
            }
        }
        OperationCommand::Release {
            operations,
            threshold,
            person,
        } => {
            let operations = match threshold {
                Some(resource) => host.held_at_threshold(resource)?,
                None => operations.clone(),
            };
            return release_all(host, &operations, person, output).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Releases operations one after the other; one that fails does not stop the others.
async fn release_all(
    host: &Host,
    operations: &[OperationId],
    person: &PersonName,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    if let [operation] = operations {
        host.release(*operation, person).await?;
        let view = host.operation(*operation)?;
        if output.is_json() {
            output.json(&view)?;
        } else {
            output.line(format!(
                "{operation} is released; it is {} now.",
                view.state
            ))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut results = Vec::new();
    let mut failed = false;
    for operation in operations {
        let result = host.release(*operation, person).await;
        failed |= result.is_err();
        if !output.is_json() {
            match &result {
                Ok(()) => output.line(format!("{operation} is released."))?,
                Err(error) => output.line(format!(
                    "{operation} {} {}",
                    output.paint(Tone::Bad, "failed:"),
                    plain(&error.to_string())
                ))?,
            }
        }
        results.push(match result {
            Ok(()) => serde_json::json!({"operation": operation, "ok": true}),
            Err(error) => serde_json::json!({
                "operation": operation, "ok": false,
                "error": {"code": error.code(), "message": error.to_string()},
            }),
        });
    }
    if output.is_json() {
        output.json(&results)?;
    } else if operations.is_empty() {
        output.line("Nothing is held there.")?;
    }
    Ok(ExitCode::from(u8::from(failed)))
}

/// The state in its colour.
pub fn state_text(operation: &OperationView, output: &Output) -> String {
    let tone = match operation.state {
        OperationState::Verified => Tone::Good,
        OperationState::Contradicted | OperationState::Failed => Tone::Bad,
        OperationState::Waiting if operation.held.is_some() => Tone::Warning,
        OperationState::Cancelled => Tone::Faint,
        _ => Tone::Strong,
    };
    let text = if operation.held.is_some() && operation.state == OperationState::Waiting {
        "waiting (held)"
    } else {
        operation.state.as_str()
    };
    output.paint(tone, text)
}

/// A row for each operation: number, what, state, case, when.
pub fn operation_rows(operations: &[OperationView], output: &Output) -> Vec<Vec<String>> {
    operations
        .iter()
        .map(|operation| {
            vec![
                operation.id.to_string(),
                operation.kind.to_string(),
                state_text(operation, output),
                operation
                    .case
                    .map_or("-".to_owned(), |case| case.to_string()),
                operation.requested_at.to_string(),
            ]
        })
        .collect()
}

/// What somebody should know of an operation beside its state.
pub fn remark(operation: &OperationView) -> String {
    let remark = operation
        .held
        .clone()
        .or_else(|| operation.reason.clone())
        .or_else(|| {
            operation
                .not_before
                .map(|time| format!("not before {time}"))
        })
        .or_else(|| operation.after.map(|first| format!("after {first}")))
        .or_else(|| {
            operation
                .follow_up_of
                .map(|first| format!("follows {first}"))
        })
        .unwrap_or_default();
    plain(&remark)
}

/// What changes, a row for each attribute: now and wanted.
pub fn change_rows(operation: &OperationView) -> Vec<Vec<String>> {
    let hidden = |values: &Option<Values>| match values {
        Some(values) => plain(&values.to_string()),
        None => "(kept from view)".to_owned(),
    };
    operation
        .changes
        .iter()
        .map(|change| {
            let mut parts = Vec::new();
            if !change.add.is_empty() {
                parts.push(format!("add {}", plain(&change.add.to_string())));
            }
            if !change.remove.is_empty() {
                parts.push(format!("remove {}", plain(&change.remove.to_string())));
            }
            vec![
                change.attribute.to_string(),
                hidden(&change.now),
                hidden(&change.wanted),
                parts.join("; "),
            ]
        })
        .collect()
}

fn show(view: &OperationView, ticket: Option<&Ticket>, output: &Output) -> anyhow::Result<()> {
    output.line(format!(
        "{}: {} {} on {}, {}",
        output.paint(Tone::Strong, view.id.to_string()),
        view.kind,
        plain(&view.identifier),
        view.resource,
        state_text(view, output)
    ))?;
    let moment = |time: Option<provisor::model::Timestamp>| time.map(|time| time.to_string());
    for (label, text) in [
        (
            "requested",
            Some(match &view.requester {
                Some(by) => format!("{} by {by}", view.requested_at),
                None => view.requested_at.to_string(),
            }),
        ),
        ("held", view.held.clone()),
        ("not before", moment(view.not_before)),
        ("after", view.after.map(|first| first.to_string())),
        ("opened", moment(view.opened_at)),
        ("completed", moment(view.completed_at)),
        ("ended", moment(view.ended_at)),
        ("reason", view.reason.clone()),
        ("case", view.case.map(|case| case.to_string())),
        (
            "ticket",
            ticket.map(|ticket| format!("{} in {}", ticket.name(), ticket.system)),
        ),
        ("follows", view.follow_up_of.map(|first| first.to_string())),
    ] {
        if let Some(text) = text {
            output.line(format!("  {label:<11} {}", plain(&text)))?;
        }
    }
    if view.seen && !view.finished {
        output.line("  seen        an export shows it already")?;
    }
    output.line("")?;
    output.table(
        &["attribute", "now", "wanted", ""],
        change_rows(view),
        "No attribute changes.",
    )?;
    for (name, values) in &view.reported {
        output.line(format!(
            "\nset to another value: {name} is {}",
            plain(&values.to_string())
        ))?;
    }
    for (name, reason) in &view.refused {
        output.line(format!("\ncould not be set: {name} ({})", plain(reason)))?;
    }
    for verdict in &view.verdicts {
        output.line(format!("\n{}", verdict_line(verdict, output)))?;
    }
    Ok(())
}
