//! What a component answered, for people and for programs.

use std::collections::BTreeMap;

use provisor::sandbox::{
    Accounts, Class, Condition, Decision, Obligation, Priority, RemarkKind, Row, Table, Ticket,
    Verdict,
};
use provisor_kit::{Answer, Export, Task};
use serde_json::{Value, json};

use crate::output::{Output, Tone, counted, plain};

/// An answer as programs read it.
pub fn json(answer: &Answer) -> Value {
    match answer {
        Answer::Accounts(accounts) => {
            let rows = accounts.rows.rows().enumerate();
            let rows = rows.map(|(number, row)| {
                let of_row = accounts
                    .remarks
                    .iter()
                    .filter(|it| it.row as usize == number);
                let remarks: Vec<Value> = of_row
                    .map(|it| {
                        json!({
                            "attribute": it.attribute,
                            "kind": kind(it.kind),
                            "message": it.message,
                        })
                    })
                    .collect();
                json!({ "attributes": attributes(&accounts.rows, row), "remarks": remarks })
            });
            json!({ "accounts": rows.collect::<Vec<_>>() })
        }
        Answer::Decisions(decisions) => {
            let decision = |it: &Decision| {
                json!({
                    "verdict": verdict(it.verdict),
                    "code": it.code,
                    "reason": it.reason,
                    "obligations": it.obligations.iter().map(obligation).collect::<Vec<_>>(),
                    "warnings": it.warnings,
                })
            };
            json!({ "decisions": decisions.iter().map(decision).collect::<Vec<_>>() })
        }
        Answer::Export(export) => {
            let columns: Vec<Value> = export
                .shape
                .columns
                .iter()
                .map(|it| json!({ "name": it.name, "multi-valued": it.multi_valued }))
                .collect();
            let names = export.shape.columns.iter().map(|column| &column.name);
            let row = |(position, cells): &(u64, Vec<Vec<String>>)| {
                let cells: BTreeMap<_, _> = names.clone().zip(cells).collect();
                json!({ "position": position, "attributes": cells })
            };
            let rejected: Vec<Value> = export
                .rejected
                .iter()
                .map(|it| {
                    json!({
                        "position": it.position,
                        "identifier": it.identifier,
                        "message": it.message,
                    })
                })
                .collect();
            let summary = &export.summary;
            json!({
                "columns": columns,
                "identifier": export.shape.identifier,
                "absent": export.shape.absent,
                "rows": export.rows.iter().map(row).collect::<Vec<_>>(),
                "rejected": rejected,
                "summary": {
                    "rows": summary.rows,
                    "rejected": summary.rejected,
                    "complete": summary.complete,
                    "declared-rows": summary.declared_rows,
                    "exported-at": summary.exported_at,
                },
            })
        }
        Answer::Checked(traits, findings) => {
            let findings: Vec<Value> = findings
                .iter()
                .map(|it| json!({ "good": it.good, "subject": it.subject, "message": it.message }))
                .collect();
            json!({
                "behaviour": {
                    "batch": traits.batch,
                    "search-lag": traits.search_lag.as_secs(),
                    "comments": traits.comments,
                    "withdraws": traits.withdraws,
                    "receives": traits.receives,
                },
                "findings": findings,
            })
        }
        Answer::Created(made, found, conditions) => json!({
            "ticket": ticket(made),
            "found": found.iter().map(|it| ticket(&it.ticket)).collect::<Vec<_>>(),
            "conditions": conditions.iter().map(condition).collect::<Vec<_>>(),
        }),
        Answer::Found(found) => {
            json!({ "found": found.iter().map(|it| ticket(&it.ticket)).collect::<Vec<_>>() })
        }
        Answer::Conditions(conditions) => {
            json!({ "conditions": conditions.iter().map(condition).collect::<Vec<_>>() })
        }
    }
}

/// Shows an answer to people.
pub fn show(answer: &Answer, task: &Task, output: &Output) -> anyhow::Result<()> {
    match answer {
        Answer::Accounts(accounts) => show_accounts(accounts, output),
        Answer::Decisions(decisions) => show_decisions(decisions, task, output),
        Answer::Export(export) => show_export(export, output),
        Answer::Checked(traits, findings) => {
            for finding in findings {
                let (tone, label) = match finding.good {
                    true => (Tone::Good, "good:"),
                    false => (Tone::Bad, "wrong:"),
                };
                let text = format!("{}: {}", finding.subject, finding.message);
                output.sentence(0, tone, label, &text)?;
            }
            let can = [
                (traits.comments, "comments"),
                (traits.withdraws, "withdraws"),
                (traits.receives, "receives"),
            ];
            let can: Vec<&str> = can.iter().filter(|it| it.0).map(|it| it.1).collect();
            output.line(format!(
                "{} at once, {} s until a new one is found, {}",
                counted(traits.batch, "ticket", "tickets"),
                traits.search_lag.as_secs(),
                match can.is_empty() {
                    true => "neither comments nor withdraws nor receives".to_owned(),
                    false => can.join(", "),
                }
            ))
        }
        Answer::Created(made, found, conditions) => {
            output.line(format!("made {}", named(made)))?;
            show_found(found.iter().map(|it| &it.ticket), output)?;
            show_conditions(conditions, output)
        }
        Answer::Found(found) => show_found(found.iter().map(|it| &it.ticket), output),
        Answer::Conditions(conditions) => show_conditions(conditions, output),
    }
}

fn show_accounts(accounts: &Accounts, output: &Output) -> anyhow::Result<()> {
    let columns: Vec<&str> = std::iter::once("row")
        .chain(accounts.rows.columns.iter().map(String::as_str))
        .collect();
    let rows = accounts.rows.rows().enumerate();
    let rows = rows.map(|(number, row)| {
        let cells = row.cells().map(|cell| joined(cell.values()));
        std::iter::once((number + 1).to_string())
            .chain(cells)
            .collect()
    });
    output.table(&columns, rows.collect(), "no identities")?;
    for remark in &accounts.remarks {
        let tone = match remark.kind {
            RemarkKind::LeftAlone => Tone::Faint,
            RemarkKind::Warning => Tone::Warning,
            RemarkKind::Error => Tone::Bad,
        };
        let about = match &remark.attribute {
            Some(attribute) => format!("row {}, {attribute}: ", remark.row + 1),
            None => format!("row {}: ", remark.row + 1),
        };
        let text = format!("{about}{}", remark.message);
        output.sentence(0, tone, kind(remark.kind), &text)?;
    }
    Ok(())
}

fn show_decisions(decisions: &[Decision], task: &Task, output: &Output) -> anyhow::Result<()> {
    let proposals = match task {
        Task::Decide(table) => table.rows().map(|row| attributes(table, row)).collect(),
        _ => Vec::new(),
    };
    let first = |number: usize, column: &str| {
        let values = proposals
            .get(number)
            .and_then(|it: &BTreeMap<_, Vec<_>>| it.get(column));
        plain(values.and_then(|it| it.first()).copied().unwrap_or("-"))
    };
    let row = |(number, it): (usize, &Decision)| {
        let obligations: Vec<String> = it.obligations.iter().map(spoken).collect();
        let tone = match it.verdict {
            Verdict::Allow => Tone::Good,
            Verdict::Deny => Tone::Bad,
            Verdict::Hold => Tone::Warning,
            Verdict::NotApplicable => Tone::Faint,
        };
        let reason = match it.code.is_empty() {
            true => plain(&it.reason),
            false => plain(&format!("{}: {}", it.code, it.reason)),
        };
        vec![
            first(number, "operation"),
            first(number, "account"),
            output.paint(tone, verdict(it.verdict)),
            reason,
            plain(&obligations.join(", ")),
        ]
    };
    let rows = decisions.iter().enumerate().map(row).collect();
    let headings = ["operation", "account", "verdict", "reason", "obligations"];
    output.table(&headings, rows, "no proposals")?;
    for (number, decision) in decisions.iter().enumerate() {
        for warning in &decision.warnings {
            let text = format!("row {}: {warning}", number + 1);
            output.sentence(0, Tone::Warning, "warning", &text)?;
        }
    }
    Ok(())
}

fn show_export(export: &Export, output: &Output) -> anyhow::Result<()> {
    let columns: Vec<&str> = std::iter::once("line")
        .chain(export.shape.columns.iter().map(|it| it.name.as_str()))
        .collect();
    let rows = export.rows.iter().map(|(position, cells)| {
        let cells = cells
            .iter()
            .map(|cell| joined(cell.iter().map(String::as_str)));
        std::iter::once(position.to_string()).chain(cells).collect()
    });
    output.table(&columns, rows.collect(), "no rows")?;
    let summary = &export.summary;
    let hidden = summary.rows.saturating_sub(export.rows.len() as u64);
    if hidden > 0 {
        let hidden = counted(hidden, "row", "rows");
        output.line(format!("… and {hidden} more; --rows or --json shows them"))?;
    }
    for row in &export.rejected {
        let identifier = row
            .identifier
            .as_deref()
            .map(|it| format!(" ({it})"))
            .unwrap_or_default();
        let text = format!("line {}{identifier}: {}", row.position, row.message);
        output.sentence(0, Tone::Warning, "rejected", &text)?;
    }
    for attribute in &export.shape.absent {
        output.sentence(0, Tone::Warning, "absent", attribute)?;
    }
    let (tone, complete) = match summary.complete {
        true => (Tone::Good, "complete"),
        false => (Tone::Bad, "not complete"),
    };
    let mut facts = vec![
        counted(summary.rows, "row", "rows"),
        format!("{} rejected", summary.rejected),
    ];
    if let Some(declared) = summary.declared_rows {
        facts.push(format!("{declared} by its own count"));
    }
    if let Some(time) = &summary.exported_at {
        facts.push(format!("made at {time}"));
    }
    output.line(format!(
        "\n{}: {}; {} is the identifier",
        output.paint(tone, complete),
        plain(&facts.join(", ")),
        plain(&export.shape.identifier)
    ))
}

fn show_found<'a>(found: impl Iterator<Item = &'a Ticket>, output: &Output) -> anyhow::Result<()> {
    let found: Vec<String> = found.map(named).collect();
    match found.len() {
        0 => output.line("found none"),
        _ => output.line(format!("found {}", found.join(", "))),
    }
}

fn show_conditions(conditions: &[Condition], output: &Output) -> anyhow::Result<()> {
    for condition in conditions {
        let text = match condition {
            Condition::Progress(it) => {
                let resolution = it.resolution.iter().map(|it| format!(" ({it})"));
                let resolution: String = resolution.collect();
                let mut text = format!("{}: {:?}{resolution}", class(it.class), it.status);
                for (label, fact) in [
                    ("assignee", &it.assignee),
                    ("updated", &it.updated_at),
                    ("closed", &it.closed_at),
                    ("note", &it.note),
                ] {
                    if let Some(fact) = fact {
                        text.push_str(&format!(", {label} {fact}"));
                    }
                }
                text
            }
            Condition::Gone => "gone".to_owned(),
            Condition::Replaced(by) => format!("replaced by {}", named(by)),
            Condition::Forbidden => "forbidden".to_owned(),
            Condition::Failed(failure) => format!("failed: {}", failure.message),
        };
        output.line(format!("it is {}", plain(&text)))?;
    }
    Ok(())
}

fn attributes<'a>(table: &'a Table, row: Row<'a>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let cells = row.cells().map(|cell| cell.values().collect());
    table
        .columns
        .iter()
        .map(String::as_str)
        .zip(cells)
        .collect()
}

fn joined<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<&str> = values.collect();
    plain(&values.join(", "))
}

fn kind(kind: RemarkKind) -> &'static str {
    match kind {
        RemarkKind::LeftAlone => "left-alone",
        RemarkKind::Warning => "warning",
        RemarkKind::Error => "error",
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Deny => "deny",
        Verdict::Hold => "hold",
        Verdict::NotApplicable => "not-applicable",
    }
}

/// An obligation as the contract names it, and its value.
fn obligation(obligation: &Obligation) -> Value {
    match obligation {
        Obligation::Priority(priority) => json!({ "priority": level(*priority) }),
        Obligation::DueIn(seconds) => json!({ "due-in": seconds }),
        Obligation::Route(name) => json!({ "route": name }),
        Obligation::DelayUntil(time) => json!({ "delay-until": time }),
        Obligation::DisableInsteadOfDelete => json!("disable-instead-of-delete"),
        Obligation::Redact(name) => json!({ "redact": name }),
        Obligation::RequireNote => json!("require-note"),
        Obligation::RequireEvidence => json!("require-evidence"),
        Obligation::ByAnother => json!("by-another"),
        Obligation::Group(name) => json!({ "group": name }),
        Obligation::Other(name, value) => json!({ "other": [name, value] }),
    }
}

fn spoken(it: &Obligation) -> String {
    match obligation(it) {
        Value::String(name) => name,
        Value::Object(members) => {
            let words = members.iter().map(|(name, value)| match value {
                Value::String(text) => format!("{name} {text}"),
                value => format!("{name} {value}"),
            });
            words.collect()
        }
        other => other.to_string(),
    }
}

fn level(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}

fn ticket(ticket: &Ticket) -> Value {
    json!({ "reference": ticket.reference, "number": ticket.number, "url": ticket.url })
}

fn named(ticket: &Ticket) -> String {
    let url = ticket.url.iter().map(|url| format!(" ({url})"));
    plain(&format!("{}{}", ticket.number, url.collect::<String>()))
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Open => "open",
        Class::InProgress => "in-progress",
        Class::Done => "done",
        Class::Refused => "refused",
        Class::Cancelled => "cancelled",
        Class::Unknown => "unknown",
    }
}

fn condition(condition: &Condition) -> Value {
    match condition {
        Condition::Progress(it) => json!({ "progress": {
            "status": it.status,
            "resolution": it.resolution,
            "class": class(it.class),
            "updated-at": it.updated_at,
            "closed-at": it.closed_at,
            "assignee": it.assignee,
            "note": it.note,
        }}),
        Condition::Gone => json!("gone"),
        Condition::Replaced(by) => json!({ "replaced": ticket(by) }),
        Condition::Forbidden => json!("forbidden"),
        Condition::Failed(failure) => json!({ "failed": failure.message }),
    }
}
