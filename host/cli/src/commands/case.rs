//! `provisor case`

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use provisor::model::{Answer, CaseId, CaseState, OperationId, PersonName, Priority};
use provisor::store::CaseFilter;
use provisor::{CaseView, Host, HostError, Report};

use super::case_sheet::show;
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
            let operators = match operator {
                Some(person) => Some(host.names_at_work(person)?),
                None => None,
            };
            let cases = host.cases(&CaseFilter {
                resource,
                operators,
                state: (!all).then_some(CaseState::Open),
                // What people in another system work on is nothing for whoever asks what to do.
                elsewhere: (!all).then_some(false),
                limit: *limit,
                ..CaseFilter::default()
            })?;
            if output.is_json() {
                output.json(&cases)?;
            } else if cases.is_empty() && works_elsewhere(host)? {
                output.line(
                    "No case is open. What people in a ticket system work on is shown by \
                     `provisor ticket list`.",
                )?;
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
        CaseCommand::Attach { case, file, person } => {
            let (name, content) = read_attachment(file)?;
            host.attach(*case, person, &name, content).await?;
            let text = format!("{name} is attached to {case}.");
            answer(host, *case, output, &text)?;
        }
        CaseCommand::Attachment { case, place, to } => {
            let (attachment, content) = host.attachment(*case, *place)?;
            std::fs::File::create_new(to)
                .and_then(|mut file| std::io::Write::write_all(&mut file, &content))
                .with_context(|| format!("{} cannot be written", to.display()))?;
            if output.is_json() {
                output.json(&attachment)?;
            } else {
                output.line(format!(
                    "{} ({}, {} bytes) is in {}.",
                    plain(&attachment.name),
                    attachment.media_type,
                    attachment.size,
                    to.display()
                ))?;
            }
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
        CaseCommand::Answer {
            case,
            fix,
            keep: _,
            attributes,
            person,
            reason,
        } => {
            let (said, text) = match fix {
                true => (Answer::Fix, "is to be set right"),
                false => (Answer::Keep, "may stay"),
            };
            host.answer_case(*case, person, said, attributes, reason)
                .await?;
            let what = match attributes.len() {
                0 => "the drift".to_owned(),
                _ => attributes.join(", "),
            };
            answer(host, *case, output, &format!("{case}: {what} {text}."))?;
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

/// The largest file that is read at all; what a resource takes is less.
const LARGEST_FILE: u64 = 100 << 20;

fn read_attachment(file: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let cannot = || format!("{} cannot be read", file.display());
    let metadata = std::fs::metadata(file).with_context(cannot)?;
    anyhow::ensure!(metadata.is_file(), "{} is not a file", file.display());
    let mut content = Vec::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut content))
        .with_context(cannot)?;
    let name = file
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok((name, content))
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

/// Whether there are open cases that people in a ticket system work on.
fn works_elsewhere(host: &Host) -> anyhow::Result<bool> {
    let there = host.cases(&CaseFilter {
        state: Some(CaseState::Open),
        elsewhere: Some(true),
        limit: 1,
        ..CaseFilter::default()
    })?;
    Ok(!there.is_empty())
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
                match (&case.claimed_by, &case.ticket_system) {
                    _ if case.state == CaseState::Closed => "closed".to_owned(),
                    (_, Some(system)) => format!("in {system}"),
                    (Some(by), None) => format!("with {by}"),
                    (None, None) => "free".to_owned(),
                },
                remark(view, output),
            ]
        })
        .collect();
    output.table(
        &["case", "priority", "due", "what", "who", ""],
        rows,
        "No case is open. Nobody has anything to do.",
    )
}

/// What is out of the ordinary about a case.
fn remark(view: &CaseView, output: &Output) -> String {
    let case = &view.case;
    let mut remarks = Vec::new();
    if view.follow_up.is_some() {
        remarks.push(output.paint(Tone::Warning, "again"));
    }
    if case.state == CaseState::Open && case.escalated > 0 {
        remarks.push(output.paint(Tone::Bad, "escalated"));
    } else if case.state == CaseState::Open && case.reminded {
        remarks.push(output.paint(Tone::Warning, "late"));
    }
    remarks.join(", ")
}

pub fn priority(priority: Priority, output: &Output) -> String {
    match priority {
        Priority::Urgent => output.paint(Tone::Bad, "urgent"),
        Priority::High => output.paint(Tone::Warning, "high"),
        other => other.to_string(),
    }
}
