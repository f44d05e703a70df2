//! `provisor component compare`

use std::process::ExitCode;

use provisor::model::{Canary, Digest};
use provisor::{CanaryReport, Host};

use super::canary::covered;
use super::comparison::{departures, label, sides, summary};
use crate::arguments::CompareArguments;
use crate::output::{Output, Tone, counted, plain};
use crate::table::Rows;

pub fn run(host: &Host, arguments: &CompareArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let report = host.canary(&arguments.name, arguments.limit)?;
    if output.is_json() {
        output.json(&report)?;
    } else {
        show(&report, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(report: &CanaryReport, output: &Output) -> anyhow::Result<()> {
    let Canary {
        component,
        candidate,
        active,
        scope,
        by,
        begun_at,
        stop_after,
        comparison,
        ended,
        ..
    } = &report.canary;
    let version = |version: &Option<String>, digest: &Digest| match version {
        Some(version) => format!("{version} ({})", digest.short()),
        None => digest.short(),
    };
    output.line(plain(&format!(
        "{component} {} beside {}, {}, since {begun_at} by {by}",
        version(&report.candidate_version, candidate),
        version(&report.active_version, active),
        covered(scope),
    )))?;
    match ended {
        Some(end) => {
            let by = end.by.as_ref().map_or("itself", |person| person.as_str());
            let why = match end.why.as_str() {
                "" => String::new(),
                why => format!(": {why}"),
            };
            let text = plain(&format!("ended {} by {by}{why}", end.at));
            output.line(output.paint(Tone::Warning, text))?;
        }
        None => {
            let left = u64::from(*stop_after).saturating_sub(comparison.failed);
            output.line(format!(
                "it stands, and stops by itself after {}",
                counted(left, "more failure", "more failures")
            ))?;
        }
    }
    output.line(format!(
        "{} asked of both: {}",
        counted(comparison.compared, "thing", "things"),
        summary(comparison, output)
    ))?;
    departures(comparison, output)?;
    findings(report, output)
}

/// The last differences, one in a line.
fn findings(report: &CanaryReport, output: &Output) -> anyhow::Result<()> {
    let mut cells = Vec::new();
    for found in &report.findings {
        for difference in &found.finding.differences {
            let [before, after] =
                sides(&difference.departure, &difference.before, &difference.after);
            cells.push(vec![
                found.at.to_string(),
                plain(&found.finding.subject),
                label(&difference.departure, output),
                before,
                after,
            ]);
        }
    }
    if cells.is_empty() {
        return Ok(());
    }
    output.line("\nlately")?;
    let rows = Rows {
        headings: &["when", "of", "what", "active", "candidate"],
        cells,
        remarks: None,
    };
    output.rows(&rows, "")
}
