//! `provisor run`

use std::process::ExitCode;
use std::time::Duration;

use provisor::model::CaseId;
use provisor::{Delivered, Host, HostError, RunReport, Worked};

use super::export::show_report;
use crate::output::{Output, Tone, counted, plain};

pub async fn run(
    host: &Host,
    every: Option<u64>,
    exports: bool,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let Some(seconds) = every else {
        let report = output
            .watched("doing what is due", once(host, exports))
            .await?;
        show(host, &report, output)?;
        return Ok(ExitCode::from(u8::from(!report.failed.is_empty())));
    };
    loop {
        show(host, &once(host, exports).await?, output)?;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
            stopped = tokio::signal::ctrl_c() => {
                stopped?;
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
}

async fn once(host: &Host, exports: bool) -> Result<RunReport, HostError> {
    match exports {
        true => host.run().await,
        false => host.run_without_exports().await,
    }
}

/// What was done, in a few lines.
pub fn show(host: &Host, report: &RunReport, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.json(report);
    }
    if report.is_empty() {
        return output.line("Nothing was due.");
    }
    let dispatched = &report.dispatched;
    let mut opened_here = 0;
    for case in &dispatched.opened {
        // What goes out as a ticket is told below.
        if host.case(*case)?.case.ticket_system.is_none() {
            opened_here += 1;
        }
    }
    for (number, one, several) in [
        (opened_here, "case opened", "cases opened"),
        (dispatched.held.len(), "operation held", "operations held"),
        (
            dispatched.denied.len(),
            "operation denied",
            "operations denied",
        ),
        (
            report.nudged.reminded.len(),
            "case is late: its operators are reminded",
            "cases are late: their operators are reminded",
        ),
        (
            report.nudged.escalated.len(),
            "case is escalated",
            "cases are escalated",
        ),
    ] {
        if number > 0 {
            output.line(counted(number as u64, one, several))?;
        }
    }
    show_tickets(&report.tickets, output)?;
    let dropped = &report.dropped;
    for (number, one, several) in [
        (dropped.operations, "old operation", "old operations"),
        (dropped.cases, "old case", "old cases"),
        (dropped.exports, "old export", "old exports"),
        (
            dropped.contents,
            "content of an old export",
            "contents of old exports",
        ),
        (
            dropped.notifications,
            "old notification",
            "old notifications",
        ),
        (
            dropped.texts,
            "old text of the history",
            "old texts of the history",
        ),
        (dropped.uploads, "old upload", "old uploads"),
        (
            dropped.files,
            "file of the evidence that nothing refers to",
            "files of the evidence that nothing refers to",
        ),
    ] {
        if number > 0 {
            output.line(format!("{} dropped", counted(number, one, several)))?;
        }
    }
    for export in &report.exports {
        show_report(export, output)?;
    }
    show_notifications(&report.notifications, output)?;
    for (resource, problem) in &report.failed {
        output.line(format!(
            "{} {resource}: {}",
            output.paint(Tone::Bad, "failed:"),
            plain(problem)
        ))?;
    }
    Ok(())
}

fn show_tickets(worked: &Worked, output: &Output) -> anyhow::Result<()> {
    for (number, one, several) in [
        (worked.made.len(), "ticket made", "tickets made"),
        (
            worked.found.len(),
            "ticket found that was made before, and its answer lost",
            "tickets found that were made before, and their answers lost",
        ),
        (
            usize::try_from(worked.looked_at).unwrap_or(usize::MAX),
            "ticket looked at",
            "tickets looked at",
        ),
        (
            worked.changed.len(),
            "ticket closed, taken back or opened again",
            "tickets closed, taken back or opened again",
        ),
        (
            worked.fallen_back.len(),
            "case for your own operators, since no ticket could be made",
            "cases for your own operators, since no tickets could be made",
        ),
    ] {
        if number > 0 {
            output.line(counted(number as u64, one, several))?;
        }
    }
    // A system that is down fails all its tickets with the same words.
    let mut problems: Vec<(&str, Vec<CaseId>)> = Vec::new();
    for (case, problem) in &worked.failed {
        match problems.iter_mut().find(|(known, _)| known == problem) {
            Some((_, cases)) => cases.push(*case),
            None => problems.push((problem, vec![*case])),
        }
    }
    for (problem, cases) in problems {
        let label = match &cases[..] {
            [case] => format!("ticket of {case}:"),
            [first, second] => format!("tickets of {first} and {second}:"),
            [first, second, others @ ..] => {
                format!("tickets of {first}, {second} and {} more:", others.len())
            }
            [] => continue,
        };
        output.sentence(0, Tone::Warning, &label, problem)?;
    }
    for (system, why) in &worked.paused {
        output.sentence(0, Tone::Warning, &format!("{system} is not called"), why)?;
    }
    Ok(())
}

fn show_notifications(report: &Delivered, output: &Output) -> anyhow::Result<()> {
    for (number, one, several) in [
        (
            report.delivered,
            "notification delivered",
            "notifications delivered",
        ),
        (
            report.postponed.len() as u64,
            "notification will be tried again",
            "notifications will be tried again",
        ),
        (
            report.given_up.len() as u64,
            "notification is given up: see `provisor notification list --state given-up`",
            "notifications are given up: see `provisor notification list --state given-up`",
        ),
    ] {
        if number > 0 {
            output.line(counted(number, one, several))?;
        }
    }
    for (sink, problem) in &report.unusable {
        output.sentence(0, Tone::Warning, &format!("notify.{sink}:"), problem)?;
    }
    Ok(())
}
