//! `provisor export`

use std::process::ExitCode;

use provisor::model::{Export, ExportState};
use provisor::{ExportReport, Host};

use crate::arguments::ExportCommand;
use crate::output::{Output, Tone, counted, plain};

/// An export that was refused.
const REFUSED: u8 = 4;

pub async fn run(
    host: &Host,
    command: &ExportCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        ExportCommand::Take { resource, file } => {
            let spinner = output.shows_progress().then(|| {
                let spinner = indicatif::ProgressBar::new_spinner();
                spinner.set_message("reading the export");
                spinner.enable_steady_tick(std::time::Duration::from_millis(100));
                spinner
            });
            let report = host.take_export(resource, file.as_deref()).await;
            if let Some(spinner) = spinner {
                spinner.finish_and_clear();
            }
            let report = report?;
            if output.is_json() {
                output.json(&report)?;
            } else {
                show_report(&report, output)?;
            }
            if report.export.state == ExportState::Refused {
                return Ok(ExitCode::from(REFUSED));
            }
        }
        ExportCommand::List { resource, limit } => {
            let exports = host.exports(resource, *limit)?;
            if output.is_json() {
                output.json(&exports)?;
            } else {
                let rows = exports
                    .iter()
                    .map(|export| {
                        vec![
                            export.id.to_string(),
                            plain(&export.name),
                            export.exported_at.to_string(),
                            state(export, output),
                            export.rows.to_string(),
                            export.rejected.to_string(),
                            plain(export.remarks.first().map_or("", String::as_str)),
                        ]
                    })
                    .collect();
                output.table(
                    &[
                        "export", "file", "made at", "state", "rows", "rejected", "remark",
                    ],
                    rows,
                    "No export was taken yet.",
                )?;
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
    if report.known {
        return output.line("\nThis very export was accepted before: it tells nothing new.");
    }
    if report.export.state == ExportState::Refused {
        return output.line("\nNothing has changed; the last accepted export still counts.");
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
    for remark in &export.remarks {
        output.line(format!(
            "  {} {}",
            output.paint(Tone::Warning, "remark:"),
            plain(remark)
        ))?;
    }
    for row in export.rejected_rows.iter().take(10) {
        output.line(format!(
            "  {} line {}{}: {}",
            output.paint(Tone::Warning, "rejected:"),
            row.position,
            row.identifier
                .as_ref()
                .map_or(String::new(), |identifier| format!(
                    " ({})",
                    plain(identifier)
                )),
            plain(&row.message)
        ))?;
    }
    if export.rejected > 10 {
        output.line(format!(
            "  … {} more rejected rows; --json shows up to 100",
            export.rejected - 10
        ))?;
    }
    Ok(())
}
