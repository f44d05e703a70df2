//! `provisor component run`

mod answer;
mod reach;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use provisor::model::Timestamp;
use provisor::sandbox::{Call, Component, Limits, LogLine, Sandbox, SandboxConfig, World};
use provisor_kit::{Attempt, Conformance, Task, attempt, draft, problems, table};

use super::found::Found;
use crate::arguments::RunArguments;
use crate::output::{Output, Tone, counted, plain};

/// Rows that people are shown.
const ROWS: usize = 20;

/// The largest file of settings, input lines or a draft that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

pub async fn run(
    arguments: &RunArguments,
    now: Option<Timestamp>,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let found = Found::open(&arguments.component)?;
    let nothing = Conformance::default();
    let examples = found
        .project
        .as_ref()
        .map_or(&nothing, |project| &project.conformance);
    let sandbox = Sandbox::new(SandboxConfig::default())?;
    let loaded = output.watched("compiling the component", sandbox.load(&found.bytes));
    let component = loaded
        .await
        .with_context(|| found.file.display().to_string())?;

    let settings = arguments.settings.as_ref().or(examples.settings.as_ref());
    let mut call = Call {
        settings: match settings {
            Some(file) => text(file)?,
            None => "{}".to_owned(),
        },
        limits: limits(arguments),
        ..Call::default()
    };
    for (name, variable) in &arguments.secrets {
        let secret = std::env::var(variable)
            .with_context(|| format!("the secret {name}: {variable} in the environment"))?;
        call.secrets.insert(name.clone(), secret);
    }
    let task = task(arguments, examples, &component, output)?;
    let way = reach::Way::of(arguments, examples, &component, &call.settings, now)?;
    call.egress = way.egress()?;

    let wrong = problems(&component, &call).await?;
    if !wrong.is_empty() {
        for (path, message) in &wrong {
            output.sentence(0, Tone::Bad, "settings", &format!("{path}: {message}"))?;
        }
        let count = wrong.len() as u64;
        bail!(
            "the settings have {}",
            counted(count, "mistake", "mistakes")
        );
    }

    let attempted = output.watched("running the component", attempt(&component, &call, &task));
    let attempted = attempted.await?;
    // What the system of somebody else was asked is not asked twice.
    let fuel = match way.can_be_repeated() && attempted.answer.is_ok() {
        true => {
            call.egress = way.egress()?;
            let counted = fuel(&found.bytes, &call, &task);
            output.watched("counting the cost", counted).await?
        }
        false => None,
    };
    if output.is_json() {
        output.json(&json(&attempted, fuel))?;
    } else {
        show(&attempted, fuel, &task, output)?;
    }
    Ok(match attempted.answer {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) if error.retryable() => ExitCode::from(75),
        Err(_) => ExitCode::from(1),
    })
}

/// What the same work costs where it is counted.
async fn fuel(bytes: &[u8], call: &Call, task: &Task) -> anyhow::Result<Option<u64>> {
    let sandbox = Sandbox::new(SandboxConfig {
        fuel: true,
        ..SandboxConfig::default()
    })?;
    let component = sandbox.load(bytes).await?;
    Ok(attempt(&component, call, task).await?.report.fuel)
}

fn limits(arguments: &RunArguments) -> Limits {
    let limits = arguments.limits.iter();
    limits.fold(Limits::default(), |limits, one| one.apply(limits))
}

/// What the component is asked.
fn task(
    arguments: &RunArguments,
    examples: &Conformance,
    component: &Component,
    output: &Output,
) -> anyhow::Result<Task> {
    let world = component.world();
    let asks_tickets = arguments.check
        || arguments.create.is_some()
        || arguments.find.is_some()
        || !arguments.status.is_empty();
    if asks_tickets && world != World::Ticketing {
        bail!(
            "--check, --create, --find and --status are for components that keep tickets; this is a {world}"
        );
    }
    let input = || -> anyhow::Result<&PathBuf> {
        let named = arguments.input.as_ref().or(examples.input.as_ref());
        named.ok_or_else(|| anyhow!("say with --input what the {world} works on"))
    };
    let rows = |host: &[(&str, &str)]| -> anyhow::Result<_> {
        let file = input()?;
        table(&text(file)?, host).with_context(|| file.display().to_string())
    };
    Ok(match world {
        World::Mapping => Task::Map(rows(&[("$iteration", "0"), ("$resource", "example")])?),
        World::Policy => Task::Decide(rows(&[])?),
        World::Reader => Task::Read {
            file: input()?.clone(),
            kept: match (arguments.rows, output.is_json()) {
                (Some(rows), _) => rows,
                (None, true) => usize::MAX,
                (None, false) => ROWS,
            },
        },
        World::Ticketing => match (&arguments.create, &arguments.find, &arguments.status[..]) {
            (Some(file), ..) => Task::Create(
                draft(&text(file)?).map_err(|wrong| anyhow!("{}: {wrong}", file.display()))?,
            ),
            (_, Some(id), _) => Task::Find(id.clone()),
            (_, _, [_, ..]) => Task::Status(arguments.status.clone()),
            _ => Task::Check,
        },
    })
}

/// The text of a file.
fn text(file: &Path) -> anyhow::Result<String> {
    use std::io::Read;
    let named = || file.display().to_string();
    let mut text = String::new();
    std::fs::File::open(file)
        .with_context(named)?
        .take(LARGEST)
        .read_to_string(&mut text)
        .with_context(named)?;
    Ok(text)
}

fn json(attempt: &Attempt, fuel: Option<u64>) -> serde_json::Value {
    let report = &attempt.report;
    let log = |line: &LogLine| serde_json::json!({ "level": level(line), "text": line.text });
    let mut value = serde_json::json!({
        "log": attempt.log.iter().map(log).collect::<Vec<_>>(),
        "log-lines-dropped": report.log_lines_dropped,
        "refused": attempt.refused,
        "used": {
            "milliseconds": milliseconds(attempt.elapsed),
            "cpu-milliseconds": milliseconds(report.cpu_time),
            "peak-memory-bytes": report.peak_memory,
            "fuel": fuel,
            "requests": report.http.requests,
        },
    });
    match &attempt.answer {
        Ok(answer) => value["answer"] = answer::json(answer),
        Err(error) => {
            value["error"] = serde_json::json!({
                "code": error.code(),
                "message": error.to_string(),
                "retryable": error.retryable(),
            });
        }
    }
    value
}

fn show(attempt: &Attempt, fuel: Option<u64>, task: &Task, output: &Output) -> anyhow::Result<()> {
    match &attempt.answer {
        Ok(answer) => answer::show(answer, task, output)?,
        Err(error) => output.sentence(0, Tone::Bad, error.code(), &error.to_string())?,
    }
    if !attempt.log.is_empty() {
        output.line("\nlog")?;
        for line in &attempt.log {
            let tone = match level(line) {
                "warn" => Tone::Warning,
                "error" => Tone::Bad,
                _ => Tone::Faint,
            };
            output.sentence(2, tone, level(line), &line.text)?;
        }
    }
    for name in &attempt.refused {
        output.sentence(0, Tone::Warning, "not there:", name)?;
    }
    let report = &attempt.report;
    let mut used = vec![
        format!("{:.2} ms", milliseconds(attempt.elapsed)),
        format!("{:.2} ms of processor time", milliseconds(report.cpu_time)),
        format!("{} KiB of memory", report.peak_memory / 1024),
    ];
    if let Some(fuel) = fuel {
        used.push(format!("{fuel} units of fuel"));
    }
    if report.http.requests > 0 {
        used.push(counted(report.http.requests, "request", "requests"));
    }
    output.line(format!(
        "\n{}",
        output.paint(Tone::Faint, plain(&used.join(", ")))
    ))
}

fn level(line: &LogLine) -> &'static str {
    use provisor::sandbox::Level;
    match line.level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}
