//! `provisor drift`

use std::process::ExitCode;

use provisor::model::{Acknowledgement, Answer, Drift, Reaction, Subject};
use provisor::store::drift::DriftCount;
use provisor::{DriftQuery, DriftReport, Host};

use crate::arguments::{DriftArguments, DriftCommand};
use crate::output::{Output, Tone, plain};
use crate::table::Rows;

pub async fn run(host: &Host, command: &DriftCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        DriftCommand::List {
            resource,
            all,
            limit,
        } => {
            let report = host.drift(&DriftQuery {
                resource: resource.clone(),
                all: *all,
                limit: *limit,
            })?;
            if output.is_json() {
                output.json(&report)?;
            } else {
                list(&report, *all, output)?;
            }
        }
        DriftCommand::Fix(arguments) => {
            answer(host, arguments, Answer::Fix, "is to be set right.", output).await?;
        }
        DriftCommand::Keep(arguments) => {
            answer(host, arguments, Answer::Keep, "may stay.", output).await?;
        }
        DriftCommand::Acknowledge(arguments) => {
            let DriftArguments {
                resource,
                identifier,
                attributes,
                person,
                reason,
            } = arguments;
            let account = host
                .acknowledge_drift(resource, identifier, attributes, person, reason)
                .await?;
            match (output.is_json(), account) {
                (true, Some(account)) => output.json(&host.account_by_id(account)?)?,
                (true, None) => output.json(&serde_json::json!({
                    "resource": resource, "identifier": identifier, "acknowledged": true,
                }))?,
                (false, _) => output.line(plain(&format!(
                    "{person} knows of {}; it is left as it is.",
                    what(arguments)
                )))?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn answer(
    host: &Host,
    arguments: &DriftArguments,
    said: Answer,
    text: &str,
    output: &Output,
) -> anyhow::Result<()> {
    let DriftArguments {
        resource,
        identifier,
        attributes,
        person,
        reason,
    } = arguments;
    let account = host
        .answer_drift(resource, identifier, attributes, said, person, reason)
        .await?;
    if output.is_json() {
        output.json(&host.account_by_id(account)?)
    } else {
        output.line(plain(&format!("{} {text}", what(arguments))))
    }
}

fn what(arguments: &DriftArguments) -> String {
    let (account, resource) = (&arguments.identifier, &arguments.resource);
    match arguments.attributes.len() {
        0 => format!("the drift of {account} on {resource}"),
        _ => format!(
            "{} of {account} on {resource}",
            arguments.attributes.join(", ")
        ),
    }
}

fn list(report: &DriftReport, all: bool, output: &Output) -> anyhow::Result<()> {
    let total = report.total;
    if total.open == 0 && (total.acknowledged == 0 || !all) {
        let known = match total.acknowledged {
            0 => String::new(),
            known => format!(" ({known} acknowledged; --all shows them)"),
        };
        return output.line(format!("Everything is as it was asked for{known}."));
    }
    let count = |count: &DriftCount| {
        vec![
            match count.open {
                0 => "0".to_owned(),
                open => output.paint(Tone::Warning, open.to_string()),
            },
            count.acknowledged.to_string(),
            count
                .oldest
                .map_or("-".to_owned(), |since| since.to_string()),
        ]
    };
    let mut summary: Vec<Vec<String>> = report
        .resources
        .iter()
        .map(|one| {
            let kinds: Vec<String> = one
                .kinds
                .iter()
                .filter(|(_, count)| count.open > 0)
                .map(|(kind, count)| format!("{} {kind}", count.open))
                .collect();
            let mut row = vec![one.resource.to_string()];
            row.extend(count(&one.count));
            row.push(kinds.join(", "));
            row
        })
        .collect();
    if summary.len() > 1 {
        let mut row = vec![output.paint(Tone::Strong, "in total")];
        row.extend(count(&total));
        row.push(String::new());
        summary.push(row);
    }
    output.table(
        &["resource", "open", "acknowledged", "oldest", "kinds"],
        summary,
        "",
    )?;
    let (mut cells, mut remarks) = (Vec::new(), Vec::new());
    for one in &report.accounts {
        let [what, expected, observed] = drift_cells(&one.drift);
        cells.push(vec![
            one.resource.to_string(),
            plain(&one.identifier),
            what,
            expected,
            observed,
            age(one.age),
        ]);
        remarks.push(drift_remark(&one.drift));
    }
    for one in &report.unexpected {
        cells.push(vec![
            one.resource.to_string(),
            plain(&one.row.row.identifier),
            "unexpected".to_owned(),
            "-".to_owned(),
            format!("{}, line {}", one.row.export, one.row.row.position),
            age(one.age),
        ]);
        remarks.push(match &one.row.acknowledged {
            Some(known) => acknowledged(known),
            None => "nobody asked for it".to_owned(),
        });
    }
    if cells.is_empty() {
        return Ok(());
    }
    let shown = cells.len() as u64;
    output.line("")?;
    let rows = Rows {
        headings: &["resource", "account", "what", "wanted", "is", "age"],
        cells,
        remarks: Some(("remark", remarks)),
    };
    output.rows(&rows, "")?;
    let of = total.open + if all { total.acknowledged } else { 0 };
    if shown < of {
        output.line(format!("({shown} of {of}; --limit shows more)"))?;
    }
    Ok(())
}

/// What differs, what is wanted, and what is there.
pub fn drift_cells(drift: &Drift) -> [String; 3] {
    match &drift.subject {
        Subject::Existence => [drift.kind.to_string(), "-".to_owned(), "-".to_owned()],
        Subject::Attribute(name) => [
            name.to_string(),
            plain(&drift.expected.to_string()),
            plain(&drift.observed.to_string()),
        ],
    }
}

/// What is done about a drift.
pub fn drift_remark(drift: &Drift) -> String {
    if let Some(known) = &drift.acknowledged {
        return acknowledged(known);
    }
    match (drift.reaction, drift.question) {
        (_, Some(case)) => format!("asked about in {case}"),
        (Reaction::Report, None) if drift.gave_up => {
            "set right too often, and left since".to_owned()
        }
        (Reaction::Report, None) => "reported".to_owned(),
        (Reaction::Fix, None) => "is to be set right".to_owned(),
        (Reaction::Accept, None) => "becomes desired".to_owned(),
        (Reaction::Ask, None) => "asked about with the next case".to_owned(),
    }
}

fn acknowledged(known: &Acknowledgement) -> String {
    let Acknowledgement { by, at, reason } = known;
    format!("{by} knows of it since {at}: {}", plain(reason))
}

/// How long something is known, in its largest unit.
fn age(seconds: u64) -> String {
    const UNITS: [(u64, &str, &str); 4] = [
        (24 * 60 * 60, "day", "days"),
        (60 * 60, "hour", "hours"),
        (60, "minute", "minutes"),
        (1, "second", "seconds"),
    ];
    for (unit, one, several) in UNITS {
        match seconds / unit {
            0 => {}
            1 => return format!("1 {one}"),
            many => return format!("{many} {several}"),
        }
    }
    "now".to_owned()
}
