//! `provisor export`

use std::process::ExitCode;

use provisor::model::{Export, ExportState};
use provisor::{ExportReport, Host};

use crate::arguments::ExportCommand;
use crate::output::{Output, Tone, counted, plain};
use crate::table::Rows;

/// An export that was refused.
const REFUSED: u8 = 4;

/// An export that waits for a person.
const HELD: u8 = 5;

pub async fn run(
    host: &Host,
    command: &ExportCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        ExportCommand::Take { resource, file } => {
            let taking = host.take_export(resource, file.as_deref());
            let report = output.watched("reading the export", taking).await?;
            if output.is_json() {
                output.json(&report)?;
            } else {
                show_report(&report, output)?;
            }
            match report.export.state {
                ExportState::Refused => return Ok(ExitCode::from(REFUSED)),
                ExportState::Held => return Ok(ExitCode::from(HELD)),
                ExportState::Accepted | ExportState::Discarded | ExportState::Replaced => {}
            }
        }
        ExportCommand::List { resource, limit } => {
            let exports = host.exports(resource, *limit)?;
            if output.is_json() {
                output.json(&exports)?;
            } else {
                let cells = exports
                    .iter()
                    .map(|export| {
                        vec![
                            export.id.to_string(),
                            export.exported_at.to_string(),
                            state(export, output),
                            export.rows.to_string(),
                            export.rejected.to_string(),
                        ]
                    })
                    .collect();
                let files = exports.iter().map(|export| {
                    let remark = export.remarks.first().map(|remark| format!(": {remark}"));
                    plain(&format!("{}{}", export.name, remark.unwrap_or_default()))
                });
                let rows = Rows {
                    headings: &["export", "made at", "state", "rows", "rejected"],
                    cells,
                    remarks: Some(("file", files.collect())),
                };
                output.rows(&rows, "No export was taken yet.")?;
            }
        }
        ExportCommand::Show { export } => {
            let export = host.export(*export)?;
            if output.is_json() {
                output.json(&export)?;
            } else {
                show(&export, output)?;
            }
        }
        ExportCommand::Preview { export } => {
            let trying = host.preview_export(*export);
            let preview = output.watched("trying out the export", trying).await?;
            if output.is_json() {
                output.json(&preview)?;
            } else {
                for line in preview.to_string().lines() {
                    output.line(plain(line))?;
                }
                show_ways_out(&preview.export, output)?;
            }
        }
        ExportCommand::Release {
            export,
            person,
            reason,
        } => {
            let releasing = host.release_export(*export, person, reason);
            let report = output.watched("taking the export in", releasing).await?;
            if output.is_json() {
                output.json(&report)?;
            } else {
                show_report(&report, output)?;
            }
        }
        ExportCommand::Discard {
            export,
            person,
            reason,
        } => {
            let export = host.discard_export(*export, person, reason).await?;
            if output.is_json() {
                output.json(&export)?;
            } else {
                output.line(format!(
                    "{} is discarded. Nothing has changed; the last accepted export still counts.",
                    export.id
                ))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn state(export: &Export, output: &Output) -> String {
    match export.state {
        ExportState::Accepted => output.paint(Tone::Good, "accepted"),
        ExportState::Refused => output.paint(Tone::Bad, "refused"),
        waiting @ ExportState::Held => output.paint(Tone::Bad, waiting.as_str()),
        over @ (ExportState::Discarded | ExportState::Replaced) => over.as_str().to_owned(),
    }
}

/// Shows what taking an export did.
pub fn show_report(report: &ExportReport, output: &Output) -> anyhow::Result<()> {
    show(&report.export, output)?;
    match report.export.state {
        ExportState::Held => {
            output.line("\nNothing has changed: a person must decide whether it can be right.")?;
            return show_ways_out(&report.export, output);
        }
        ExportState::Discarded => {
            return output.line("\nNothing has changed: somebody said that this export is wrong.");
        }
        ExportState::Refused => {
            return output.line("\nNothing has changed; the last accepted export still counts.");
        }
        ExportState::Accepted | ExportState::Replaced if report.known => {
            return output.line("\nThis very export was accepted before: it tells nothing new.");
        }
        ExportState::Accepted | ExportState::Replaced => {}
    }
    output.line(format!(
        "\ncompared with what was known: {}, {} changed, {} gone, {} as before",
        counted(report.appeared, "new row", "new rows"),
        report.changed,
        report.vanished,
        report.unchanged
    ))?;
    for (event, tone, one, several) in [
        (
            "verified",
            Tone::Good,
            "operation verified",
            "operations verified",
        ),
        (
            "seen",
            Tone::Good,
            "open operation seen already",
            "open operations seen already",
        ),
        (
            "contradicted",
            Tone::Bad,
            "operation contradicted",
            "operations contradicted",
        ),
        (
            "drifted",
            Tone::Warning,
            "change behind our backs",
            "changes behind our backs",
        ),
        (
            "settled",
            Tone::Good,
            "difference settled",
            "differences settled",
        ),
        (
            "withheld",
            Tone::Warning,
            "wish withheld",
            "wishes withheld",
        ),
    ] {
        if let Some(&count) = report.events.get(event) {
            output.line(format!(
                "{} {}",
                output.paint(tone, format!("{count:>6}")),
                if count == 1 { one } else { several }
            ))?;
        }
    }
    let opened = &report.dispatched.opened;
    if !opened.is_empty() {
        let names: Vec<_> = opened.iter().take(8).map(ToString::to_string).collect();
        let more = if opened.len() > 8 { ", …" } else { "" };
        output.line(format!(
            "{:>6} {} opened: {}{more}",
            opened.len(),
            if opened.len() == 1 { "case" } else { "cases" },
            names.join(", ")
        ))?;
    }
    Ok(())
}

/// What a person can do about a held export, as commands.
fn show_ways_out(export: &Export, output: &Output) -> anyhow::Result<()> {
    let id = export.id;
    output.line(format!(
        "\n  provisor export preview {id}\n  \
           provisor export release {id} --as NAME --reason WHY\n  \
           provisor export discard {id} --as NAME --reason WHY"
    ))
}

fn show(export: &Export, output: &Output) -> anyhow::Result<()> {
    output.line(format!(
        "{}: {} of {}, {}",
        output.paint(Tone::Strong, export.id.to_string()),
        plain(&export.name),
        export.resource,
        state(export, output)
    ))?;
    for (label, text) in [
        (
            "made at",
            format!(
                "{} (by its {})",
                export.exported_at,
                match export.exported_at_from.as_str() {
                    "file-name" => "file name",
                    "mtime" => "modification time",
                    "read" => "time of reading",
                    other => other,
                }
            ),
        ),
        ("read at", export.read_at.to_string()),
        (
            "content",
            format!(
                "{} bytes, sha256 {:.16}…",
                export.size,
                export.digest.to_string()
            ),
        ),
        (
            "rows",
            format!("{} usable, {} rejected", export.rows, export.rejected),
        ),
    ] {
        output.line(format!("  {label:<9} {text}"))?;
    }
    if let Some(dropped) = export.content_dropped_at {
        output.line(format!("  the content was dropped at {dropped}"))?;
    }
    for remark in &export.remarks {
        output.sentence(2, Tone::Warning, "remark:", remark)?;
    }
    if let Some(decision) = &export.decision {
        let what = match export.state {
            ExportState::Discarded => "discarded",
            _ => "released",
        };
        let text = format!("by {} at {}: {}", decision.by, decision.at, decision.reason);
        output.sentence(2, Tone::Strong, &format!("{what}:"), &text)?;
    }
    for row in export.rejected_rows.iter().take(10) {
        let identifier = row.identifier.as_ref();
        let text = format!(
            "line {}{}: {}",
            row.position,
            identifier.map_or(String::new(), |identifier| format!(" ({identifier})")),
            row.message
        );
        output.sentence(2, Tone::Warning, "rejected:", &text)?;
    }
    if export.rejected > 10 {
        output.line(format!(
            "  … {} more rejected rows; --json shows up to 100",
            export.rejected - 10
        ))?;
    }
    Ok(())
}
