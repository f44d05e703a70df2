//! `provisor case`

use std::collections::BTreeMap;
use std::process::ExitCode;

use provisor::model::{CaseId, CaseState, OperationId, OperationState, PersonName, Priority};
use provisor::store::CaseFilter;
use provisor::{CaseView, Host, HostError, OperationView, Report};

use super::operation::change_rows;
use crate::arguments::CaseCommand;
use crate::output::{Output, Tone, plain};

pub async fn run(host: &Host, command: &CaseCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        CaseCommand::List {
            resource,
            operator,
            all,
            limit,
        } => {
            let resource = match resource {
                Some(resource) => Some(host.resource(resource)?.name.clone()),
                None => None,
            };
            let operators = operator.as_ref().map(|person| {
                host.configuration()
                    .operators
                    .iter()
                    .filter(|(_, members)| members.contains(person))
                    .map(|(group, _)| group.clone())
                    .chain([person.clone()])
                    .collect::<Vec<_>>()
            });
            let cases = host.cases(&CaseFilter {
                resource,
                operators,
                state: (!all).then_some(CaseState::Open),
                limit: *limit,
                ..CaseFilter::default()
            })?;
            if output.is_json() {
                output.json(&cases)?;
            } else {
                list(&cases, output)?;
            }
        }
        CaseCommand::Show { case } => {
            let view = host.case(*case)?;
            if output.is_json() {
                output.json(&view)?;
            } else {
                show(&view, output)?;
            }
        }
        CaseCommand::Claim { case, person } => {
            host.claim(*case, person).await?;
            answer(
                host,
                *case,
                output,
                &format!("{case} is with {person} now."),
            )?;
        }
        CaseCommand::GiveBack { case, person } => {
            host.give_back(*case, person).await?;
            answer(host, *case, output, &format!("{case} is free again."))?;
        }
        CaseCommand::PassOn { case, person, to } => {
            host.pass_on(*case, person, to).await?;
            answer(host, *case, output, &format!("{case} is with {to} now."))?;
        }
        CaseCommand::Comment { case, person, text } => {
            host.comment(*case, person, text).await?;
            answer(host, *case, output, &format!("noted for {case}."))?;
        }
        CaseCommand::Reopen {
            case,
            person,
            reason,
        } => {
            host.reopen_case(*case, person, reason).await?;
            answer(host, *case, output, &format!("{case} is open again."))?;
        }
        CaseCommand::Done {
            cases,
            person,
            values,
            not_possible,
            operation,
            note,
            at,
        } => {
            let mut reported: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (name, value) in values {
                let values = reported.entry(name.clone()).or_default();
                values.push(value.clone());
            }
            let report = Report::Done {
                values: reported,
                not_possible: not_possible.iter().cloned().collect(),
                note: note.clone(),
                at: *at,
            };
            let closing = Closing {
                operation: *operation,
                person,
                report,
                what: "is done",
            };
            return close_all(host, cases, &closing, output).await;
        }
        CaseCommand::NotPossible {
            case,
            operation,
            person,
            reason,
        } => {
            let report = Report::NotPossible {
                reason: reason.clone(),
            };
            let closing = Closing {
                operation: *operation,
                person,
                report,
                what: "could not be done",
            };
            return close_all(host, &[*case], &closing, output).await;
        }
        CaseCommand::Cancel {
            case,
            person,
            reason,
        } => {
            let report = Report::Cancelled {
                reason: reason.clone(),
            };
            let closing = Closing {
                operation: None,
                person,
                report,
                what: "is cancelled",
            };
            return close_all(host, &[*case], &closing, output).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is said about cases, and how the answer puts it.
struct Closing<'a> {
    operation: Option<OperationId>,
    person: &'a PersonName,
    report: Report,
    what: &'static str,
}

impl Closing<'_> {
    async fn close(&self, host: &Host, case: CaseId) -> anyhow::Result<()> {
        let report = self.report.clone();
        match self.operation {
            None => host.close_case(case, self.person, report).await?,
            Some(operation) if host.operation(operation)?.case == Some(case) => {
                host.close_operation(operation, self.person, report).await?
            }
            Some(operation) => anyhow::bail!("{operation} is not part of {case}"),
        };
        Ok(())
    }
}

/// Closes cases one after the other; each has its own outcome, and one that fails does not stop
/// the others.
async fn close_all(
    host: &Host,
    cases: &[CaseId],
    closing: &Closing<'_>,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let what = closing.what;
    if let [case] = cases {
        closing.close(host, *case).await?;
        let about = match closing.operation {
            Some(operation) => format!("{operation} of {case} {what}."),
            None => format!("{case} {what}."),
        };
        answer(host, *case, output, &about)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut results = Vec::new();
    let mut failed = false;
    for case in cases {
        let result = closing.close(host, *case).await;
        failed |= result.is_err();
        if !output.is_json() {
            match &result {
                Ok(_) => output.line(format!("{case} {what}."))?,
                Err(error) => output.line(format!(
                    "{case} {} {}",
                    output.paint(Tone::Bad, "failed:"),
                    plain(&error.to_string())
                ))?,
            }
        }
        results.push(match result {
            Ok(()) => serde_json::json!({"case": case, "ok": true}),
            Err(error) => {
                let code = error
                    .downcast_ref::<HostError>()
                    .map_or("failed", HostError::code);
                serde_json::json!({
                    "case": case, "ok": false,
                    "error": {"code": code, "message": error.to_string()},
                })
            }
        });
    }
    if output.is_json() {
        output.json(&results)?;
    }
    Ok(ExitCode::from(u8::from(failed)))
}

fn answer(host: &Host, case: CaseId, output: &Output, text: &str) -> anyhow::Result<()> {
    if output.is_json() {
        output.json(&host.case(case)?)
    } else {
        output.line(plain(text))
    }
}

fn list(cases: &[CaseView], output: &Output) -> anyhow::Result<()> {
    let rows = cases
        .iter()
        .map(|view| {
            let case = &view.case;
            vec![
                case.id.to_string(),
                priority(case.priority, output),
                case.due.map_or("-".to_owned(), |due| due.to_string()),
                plain(&view.title),
                match (&case.claimed_by, case.state) {
                    (_, CaseState::Closed) => "closed".to_owned(),
                    (Some(by), CaseState::Open) => format!("with {by}"),
                    (None, CaseState::Open) => "free".to_owned(),
                },
                if view.follow_up.is_some() {
                    output.paint(Tone::Warning, "again")
                } else {
                    String::new()
                },
            ]
        })
        .collect();
    output.table(
        &["case", "priority", "due", "what", "who", ""],
        rows,
        "No case is open. Nobody has anything to do.",
    )
}

fn priority(priority: Priority, output: &Output) -> String {
    match priority {
        Priority::Urgent => output.paint(Tone::Bad, "urgent"),
        Priority::High => output.paint(Tone::Warning, "high"),
        other => other.to_string(),
    }
}

/// Shows what has to be done, why, and how to close it.
pub fn show(view: &CaseView, output: &Output) -> anyhow::Result<()> {
    let case = &view.case;
    output.line(format!(
        "{}: {}",
        output.paint(Tone::Strong, case.id.to_string()),
        plain(&view.title)
    ))?;
    let operators: Vec<_> = case.operators.iter().map(ToString::to_string).collect();
    for (label, text) in [
        ("for", Some(operators.join(", "))),
        ("priority", Some(priority(case.priority, output))),
        ("due", case.due.map(|due| due.to_string())),
        ("opened", Some(case.opened_at.to_string())),
        ("with", case.claimed_by.as_ref().map(ToString::to_string)),
        (
            "closed",
            case.closed_at.map(|at| match &case.closed_by {
                Some(by) => format!("{at} by {by}"),
                None => format!("{at}, because an export shows it"),
            }),
        ),
    ] {
        if let Some(text) = text {
            output.line(format!("  {label:<9} {text}"))?;
        }
    }
    if let Some(follow_up) = &view.follow_up {
        output.line("")?;
        output.sentence(0, Tone::Warning, "again, because", follow_up)?;
    }
    for operation in &view.work {
        output.line("")?;
        let requester = operation.requester.as_ref();
        output.line(format!(
            "{} ({}){}",
            operation.kind,
            operation.id,
            requester.map_or(String::new(), |by| format!(", asked for by {by}"))
        ))?;
        output.table(
            &["  attribute", "now", "wanted", ""],
            change_rows(operation)
                .into_iter()
                .map(|mut row| {
                    row[0] = format!("  {}", row[0]);
                    row
                })
                .collect(),
            "  the whole account",
        )?;
    }
    for operation in view.work.iter().filter(|one| one.case == Some(case.id)) {
        let Some(ended) = outcome(operation) else {
            continue;
        };
        output.line(format!("\n{} {}", operation.id, plain(&ended)))?;
    }
    if case.state == CaseState::Open {
        let note = if case.require_note {
            " --note '…'"
        } else {
            ""
        };
        output.line(format!(
            "\nDone:           provisor case done {} --as YOU{note}\n\
             Another value:  provisor case done {} --as YOU --set NAME=VALUE{note}\n\
             Not possible:   provisor case not-possible {} --as YOU --reason '…'",
            case.id, case.id, case.id
        ))?;
    }
    Ok(())
}

/// What became of an operation; nothing while somebody still has to do something.
fn outcome(operation: &OperationView) -> Option<String> {
    if operation.state == OperationState::Open {
        return None;
    }
    let mut text = format!("is {}", operation.state);
    if let Some(reason) = &operation.reason {
        text.push_str(&format!(" ({reason})"));
    }
    for (name, reason) in &operation.refused {
        text.push_str(&format!("; {name} could not be set ({reason})"));
    }
    for (name, values) in &operation.reported {
        text.push_str(&format!("; {name} was set to {values}"));
    }
    Some(text)
}
