//! `provisor component stats`

use std::process::ExitCode;

use provisor::Host;
use provisor::component_records::{Bucket, ComponentFigures, OperationFigures};
use provisor::model::OutcomeClass;

use crate::arguments::StatsArguments;
use crate::output::{Output, Tone, counted, plain};
use crate::table::Rows;

pub async fn run(
    host: &Host,
    arguments: &StatsArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let stats = host
        .component_stats(arguments.component.as_deref(), arguments.since)
        .await?;
    if output.is_json() {
        output.json(&stats)?;
    } else if stats.components.is_empty() {
        output.line(format!("No component was called since {}.", stats.since))?;
    } else {
        output.line(format!("What components did since {}:", stats.since))?;
        for figures in &stats.components {
            output.line("")?;
            show(figures, output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(figures: &ComponentFigures, output: &Output) -> anyhow::Result<()> {
    let component = &figures.component;
    output.line(format!(
        "{} {}",
        output.paint(Tone::Strong, plain(&component.name)),
        plain(&format!(
            "{} ({}, {})",
            component.version,
            component.world,
            component.digest.short()
        ))
    ))?;
    let cells = figures.operations.iter().map(|one| cells(one, output));
    let remarks = figures.operations.iter().map(remark);
    let rows = Rows {
        headings: &[
            "operation",
            "calls",
            "failed",
            "median",
            "95 %",
            "largest",
            "cpu",
            "memory",
            "durations",
        ],
        cells: cells.collect(),
        remarks: Some(("", remarks.collect())),
    };
    output.rows(&rows, "")
}

fn cells(figures: &OperationFigures, output: &Output) -> Vec<String> {
    let failed: u64 = bad(figures).map(|(_, calls)| calls).sum();
    vec![
        plain(&figures.operation),
        figures.calls.to_string(),
        match failed {
            0 => "-".to_owned(),
            failed => output.paint(Tone::Warning, failed.to_string()),
        },
        duration(figures.median),
        duration(figures.within_95),
        duration(figures.largest),
        match figures.cpu {
            0 => "-".to_owned(),
            cpu => duration(cpu),
        },
        match figures.peak_memory {
            0 => "-".to_owned(),
            bytes => format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0)),
        },
        bars(&figures.durations),
    ]
}

/// Outcomes that were not good, with how many there were.
fn bad(figures: &OperationFigures) -> impl Iterator<Item = (&str, u64)> {
    let outcomes = figures.outcomes.iter();
    outcomes
        .filter(|one| one.class != OutcomeClass::Good)
        .map(|one| (one.outcome.as_str(), one.calls))
}

/// What there is to say about the calls of a function beside their figures.
fn remark(figures: &OperationFigures) -> String {
    let mut parts: Vec<String> = Vec::new();
    let outcomes = figures.outcomes.iter();
    let named: Vec<String> = outcomes
        .filter(|one| one.outcome != "ok")
        .map(|one| format!("{} {}", one.calls, one.outcome))
        .collect();
    if !named.is_empty() {
        parts.push(named.join(", "));
    }
    if figures.requests > 0 {
        let answers = figures.answers.iter().enumerate();
        let mut answers: Vec<String> = answers
            .filter(|(_, calls)| **calls > 0)
            .map(|(class, calls)| format!("{calls} {}xx", class + 1))
            .collect();
        let answered: u64 = figures.answers.iter().sum();
        if answered < figures.requests {
            answers.push(format!("{} without answer", figures.requests - answered));
        }
        let requests = counted(figures.requests, "request", "requests");
        parts.push(format!("{requests} ({})", answers.join(", ")));
    }
    for denial in &figures.denied {
        parts.push(format!(
            "refused {} {}",
            denial.name,
            counted(denial.times, "time", "times")
        ));
    }
    if figures.log_lines > 0 {
        let lines = counted(figures.log_lines, "log line", "log lines");
        parts.push(match figures.log_lines_dropped {
            0 => lines,
            dropped => format!("{lines}, {dropped} of them dropped"),
        });
    }
    plain(&parts.join("; "))
}

/// A duration of so many microseconds, as people say it.
fn duration(micros: u64) -> String {
    let (number, unit) = match micros {
        0..1_000 => return format!("{micros} µs"),
        1_000..1_000_000 => (micros as f64 / 1e3, "ms"),
        1_000_000..60_000_000 => (micros as f64 / 1e6, "s"),
        _ => (micros as f64 / 60e6, "min"),
    };
    let digits = usize::from(number < 10.0 && number.fract() >= 0.05);
    format!("{number:.digits$} {unit}")
}

/// How the durations are spread: a bar for each bucket, from the shortest that was met to the
/// longest.
fn bars(buckets: &[Bucket]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = buckets.iter().map(|bucket| bucket.calls).max();
    let most = most.unwrap_or_default().max(1);
    let bar = |bucket: &Bucket| match bucket.calls {
        0 => '·',
        calls => {
            let height = u128::from(calls) * 7 / u128::from(most);
            BARS[height as usize]
        }
    };
    buckets.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_short_to_read() {
        let shown = [0, 999, 1_000, 2_500, 9_999, 15_000, 7_100_000, 90_000_000].map(duration);
        let wanted = [
            "0 µs", "999 µs", "1 ms", "2.5 ms", "10.0 ms", "15 ms", "7.1 s", "1.5 min",
        ];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn the_most_frequent_duration_has_the_highest_bar_and_none_is_lost() {
        let bucket = |calls| Bucket { up_to: None, calls };
        assert_eq!(bars(&[]), "");
        let buckets = [1, 0, 1_000, 500, u64::MAX / 2].map(bucket);
        assert_eq!(bars(&buckets), "▁·▁▁█");
        assert_eq!(bars(&[bucket(2), bucket(8)]), "▂█");
    }
}
