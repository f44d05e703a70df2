//! `provisor account`

use std::process::ExitCode;

use provisor::model::{AccountId, ResourceName, Subject};
use provisor::store::{AccountFilter, HistoryFilter};
use provisor::{AccountView, Host};

use super::drift::drift_remark;
use super::operation::{operation_rows, remark};
use crate::arguments::AccountCommand;
use crate::output::{Output, Tone, plain};
use crate::table::Rows;

pub async fn run(
    host: &Host,
    command: &AccountCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        AccountCommand::List {
            resource,
            name,
            drifted,
            pending,
            withheld,
            unexpected,
            limit,
        } => {
            if let (true, Some(resource)) = (unexpected, resource) {
                list_unexpected(host, resource, *limit, output)?;
            } else {
                let resource: Option<ResourceName> = match resource {
                    Some(resource) => Some(host.resource(resource)?.name.clone()),
                    None => None,
                };
                let filter = AccountFilter {
                    resource,
                    name_contains: name.clone(),
                    drifted: *drifted,
                    pending: *pending,
                    withheld: *withheld,
                    limit: *limit,
                    ..AccountFilter::default()
                };
                list(host, &filter, output)?;
            }
        }
        AccountCommand::Show {
            resource,
            identifier,
        } => {
            let view = host.account(resource, identifier)?;
            if output.is_json() {
                output.json(&view)?;
            } else {
                show(&view, output)?;
            }
        }
        AccountCommand::Link {
            resource,
            identifier,
            identity,
            person,
            reason,
        } => {
            let id = host
                .link_account(resource, identifier, identity, person, reason)
                .await?;
            let text = format!("{identifier} on {resource} is the account of {identity} now.");
            answer(host, id, &text, output)?;
        }
        AccountCommand::Unlink(row) => {
            let id = host
                .unlink_account(&row.resource, &row.identifier, &row.person, &row.reason)
                .await?;
            let text = format!(
                "{} on {} is nobody's account now.",
                row.identifier, row.resource
            );
            answer(host, id, &text, output)?;
        }
        AccountCommand::Remove(row) => {
            let id = host
                .remove_account(&row.resource, &row.identifier, &row.person, &row.reason)
                .await?;
            let text = format!("{} on {} is to be removed.", row.identifier, row.resource);
            answer(host, id, &text, output)?;
        }
        AccountCommand::History {
            resource,
            identifier,
            limit,
        } => {
            let view = host.account(resource, identifier)?;
            let entries = host.history(&HistoryFilter {
                account: Some(view.id),
                limit: *limit,
                ..HistoryFilter::default()
            })?;
            if output.is_json() {
                output.json(&entries)?;
            } else {
                let cells = entries
                    .iter()
                    .map(|entry| {
                        let about: Vec<String> = [
                            entry.event.operation.map(|id| id.to_string()),
                            entry.event.case.map(|id| id.to_string()),
                            entry.event.export.map(|id| id.to_string()),
                        ]
                        .into_iter()
                        .flatten()
                        .collect();
                        vec![
                            entry.at.to_string(),
                            plain(&entry.actor),
                            entry.event.kind.as_str().to_owned(),
                            about.join(" "),
                        ]
                    })
                    .collect();
                let texts = entries.iter().map(|entry| plain(&entry.event.text));
                let rows = Rows {
                    headings: &["when", "who", "what", "about"],
                    cells,
                    remarks: Some(("", texts.collect())),
                };
                output.rows(&rows, "Nothing happened.")?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(host: &Host, filter: &AccountFilter, output: &Output) -> anyhow::Result<()> {
    let accounts = host.accounts(filter)?;
    if output.is_json() {
        return output.json(&accounts);
    }
    let some = |count: u64, tone| {
        if count == 0 {
            "-".to_owned()
        } else {
            output.paint(tone, count.to_string())
        }
    };
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| {
            vec![
                account.resource.to_string(),
                plain(&account.identifier),
                account
                    .identity
                    .as_ref()
                    .map_or("-".to_owned(), ToString::to_string),
                some(account.pending, Tone::Strong),
                some(account.drift, Tone::Warning),
                some(account.withheld, Tone::Warning),
            ]
        })
        .collect();
    let full = rows.len() >= filter.limit;
    output.table(
        &[
            "resource",
            "account",
            "identity",
            "under way",
            "drift",
            "withheld",
        ],
        rows,
        "No account is like that.",
    )?;
    if full {
        output.line(format!("(the first {}; --limit shows more)", filter.limit))?;
    }
    Ok(())
}

fn answer(host: &Host, id: AccountId, text: &str, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        output.json(&host.account_by_id(id)?)
    } else {
        output.line(plain(text))
    }
}

fn list_unexpected(
    host: &Host,
    resource: &str,
    limit: usize,
    output: &Output,
) -> anyhow::Result<()> {
    let rows = host.unexpected(resource, limit)?;
    if output.is_json() {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "identifier": row.identifier,
                    "line": row.position,
                    "attributes": row.attributes,
                })
            })
            .collect();
        return output.json(&rows);
    }
    let rows = rows
        .iter()
        .map(|row| {
            let attributes: Vec<_> = row
                .attributes
                .iter()
                .filter(|(_, values)| !values.is_empty())
                .map(|(name, values)| format!("{name}: {values}"))
                .collect();
            vec![
                plain(&row.identifier),
                row.position.to_string(),
                plain(&attributes.join("; ")),
            ]
        })
        .collect();
    output.table(
        &["account", "line", "attributes"],
        rows,
        "Every row of the last export belongs to an account that somebody asked for.",
    )
}

/// Shows every value in every view with where it comes from.
pub fn show(view: &AccountView, output: &Output) -> anyhow::Result<()> {
    output.line(format!(
        "{} on {}{}",
        output.paint(Tone::Strong, plain(&view.identifier)),
        view.resource,
        view.identity
            .as_ref()
            .map_or(String::new(), |identity| format!(
                ", the account of {}",
                plain(identity)
            ))
    ))?;
    let exists = |exists: bool| if exists { "exists" } else { "does not exist" };
    output.line(format!(
        "  desired   {}",
        match view.desired_exists {
            None => "nobody ever asked",
            Some(true) => "exists",
            Some(false) => "does not exist",
        }
    ))?;
    for (label, is, from) in [
        ("current", view.current_exists, &view.current_exists_from),
        ("expected", view.expected_exists, &view.expected_exists_from),
    ] {
        let from = if from.text.is_empty() {
            String::new()
        } else {
            output.paint(Tone::Faint, format!("  ({})", from.text))
        };
        output.line(format!("  {label:<9} {}{from}", exists(is)))?;
    }
    output.line("")?;
    let mut rows = Vec::new();
    for attribute in &view.attributes {
        let differs = attribute
            .desired
            .as_ref()
            .is_some_and(|desired| *desired != attribute.current);
        let mut lines = vec![(
            "current",
            attribute.current.to_string(),
            attribute.current_from.text.clone(),
        )];
        if attribute.expected != attribute.current {
            lines.push((
                "expected",
                attribute.expected.to_string(),
                attribute.expected_from.text.clone(),
            ));
        }
        if let (Some(desired), Some(from)) = (&attribute.desired, &attribute.desired_from) {
            lines.push(("desired", desired.to_string(), from.text.clone()));
        }
        for (index, (which, value, from)) in lines.into_iter().enumerate() {
            let name = if index == 0 {
                attribute.name.to_string()
            } else {
                String::new()
            };
            let value = plain(&value);
            rows.push(vec![
                name,
                which.to_owned(),
                if differs && which == "current" {
                    output.paint(Tone::Warning, value)
                } else {
                    value
                },
                output.paint(Tone::Faint, plain(&from)),
            ]);
        }
    }
    output.table(
        &["attribute", "view", "value", "comes from"],
        rows,
        "Nothing is known of it.",
    )?;
    if !view.operations.is_empty() {
        output.line("")?;
        let rows = Rows {
            headings: &["operation", "what", "state", "case", "requested"],
            cells: operation_rows(&view.operations, output),
            remarks: Some(("remark", view.operations.iter().map(remark).collect())),
        };
        output.rows(&rows, "")?;
        for operation in &view.operations {
            for verdict in &operation.verdicts {
                output.line(format!(
                    "  {} {}",
                    operation.id,
                    verdict_line(verdict, output)
                ))?;
            }
        }
    }
    for drift in &view.drift {
        output.line(format!(
            "\n{} {}: {}, since {} ({})",
            output.paint(Tone::Warning, "drift"),
            drift.kind,
            drift.subject,
            drift.since,
            drift.export,
        ))?;
        if matches!(drift.subject, Subject::Attribute(_)) {
            output.line(format!(
                "  should be  {}\n  is         {}",
                plain(&drift.expected.to_string()),
                plain(&drift.observed.to_string()),
            ))?;
        }
        output.line(format!("  {}", drift_remark(drift)))?;
    }
    for withheld in &view.withheld {
        output.line(format!(
            "\n{} {}: {} ({})\n  `provisor operation release {} --as YOU` asks for it again",
            output.paint(Tone::Warning, "withheld"),
            withheld.subject,
            plain(&withheld.reason.to_string()),
            withheld.operation,
            withheld.operation,
        ))?;
    }
    Ok(())
}

/// One verdict in a line.
pub fn verdict_line(verdict: &provisor::model::AttributeVerdict, output: &Output) -> String {
    use provisor::model::Verdict;
    let tone = match verdict.verdict {
        Verdict::Confirmed => Tone::Good,
        Verdict::Missing | Verdict::Wrong => Tone::Bad,
        Verdict::NotYet | Verdict::Unverifiable => Tone::Faint,
    };
    let values = match (&verdict.subject, verdict.verdict) {
        (Subject::Existence, _) | (_, Verdict::Confirmed) => String::new(),
        _ => format!(
            ": before {}, wanted {}, the export shows {}",
            verdict.before, verdict.wanted, verdict.shown
        ),
    };
    format!(
        "{} is {}{}",
        verdict.subject,
        output.paint(tone, verdict.verdict.as_str()),
        plain(&values)
    )
}
