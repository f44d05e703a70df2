//! `provisor component logs`

use std::process::ExitCode;
use std::time::Duration;

use provisor::model::{LogLevel, SaidBy};
use provisor::{ComponentLineView, Host, LineQuery};

use crate::arguments::LogsArguments;
use crate::output::{Output, Tone, plain};

/// How often it is looked for new lines. Other processes write theirs down as often.
const PAUSE: Duration = Duration::from_millis(500);

/// Lines that are asked for at once.
const BATCH: usize = 500;

pub async fn run(
    host: &Host,
    arguments: &LogsArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let mut query = LineQuery {
        component: arguments.component.clone(),
        level: arguments.level,
        after: None,
        limit: arguments.limit,
    };
    let lines = host.component_lines(&query).await?;
    if !arguments.follow {
        match output.is_json() {
            true => output.json(&lines)?,
            false if lines.is_empty() => output.line("No component has written anything.")?,
            false => show(&lines, output)?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut last = lines.last().map_or(0, |line| line.line);
    show(&lines, output)?;
    query.limit = BATCH;
    loop {
        query.after = Some(last);
        let lines = host.component_lines(&query).await?;
        show(&lines, output)?;
        last = lines.last().map_or(last, |line| line.line);
        if lines.len() == BATCH {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            stopped = tokio::signal::ctrl_c() => {
                stopped?;
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
}

/// Prints lines as they come: for programs a document in each line.
fn show(lines: &[ComponentLineView], output: &Output) -> anyhow::Result<()> {
    for line in lines {
        match output.is_json() {
            true => output.line(serde_json::to_string(line)?)?,
            false => output.line(text(line, output))?,
        }
    }
    Ok(())
}

fn text(line: &ComponentLineView, output: &Output) -> String {
    let tone = match line.level {
        LogLevel::Debug => Tone::Faint,
        LogLevel::Info => Tone::Strong,
        LogLevel::Warn => Tone::Warning,
        LogLevel::Error => Tone::Bad,
    };
    let said = match (&line.code, line.said_by) {
        (Some(code), SaidBy::Host) => format!("[{code}] {}", line.text),
        _ => line.text.clone(),
    };
    // A line stays one line, whatever is in it.
    let one_line = |text: &str| plain(text).replace('\n', "\u{fffd}");
    format!(
        "{} {} {} {}",
        line.at,
        output.paint(tone, format!("{:<5}", line.level)),
        output.paint(
            Tone::Faint,
            one_line(&format!(
                "{} {} ({}) {} {}:",
                line.component,
                line.version,
                line.digest.short(),
                line.resource.as_deref().unwrap_or("-"),
                line.operation,
            ))
        ),
        one_line(&said),
    )
}
