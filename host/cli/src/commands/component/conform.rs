//! `provisor component conform`

mod target;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use provisor_conformance::report::Judged;
use provisor_conformance::subject::Bypass;
use provisor_conformance::{Level, Progress, Report, Subject, Suite, Target, Verdict, catalogue};
use provisor_kit::Conformance;

use super::found::Found;
use crate::arguments::ConformArguments;
use crate::output::{Output, Tone, counted, plain};

/// The exit code that says that a component does not conform.
const DOES_NOT_CONFORM: u8 = 6;

pub async fn run(arguments: &ConformArguments, output: &Output) -> anyhow::Result<ExitCode> {
    if arguments.list {
        return list(output);
    }
    let (subject, level) = subject(arguments)?;
    if let Some(Target::Live(live)) = &subject.target {
        target::ask(live, arguments.yes)?;
    }
    let suite = Suite {
        seed: arguments.seed,
        level: arguments.level.map_or(level, Level::from),
        only: arguments.properties.clone(),
        ..Suite::default()
    };
    let bar = output
        .shows_progress()
        .then(|| indicatif::ProgressBar::new(0));
    let progress = |progress: Progress<'_>| match (&bar, progress) {
        (Some(bar), Progress::Begin(all)) => bar.set_length(all as u64),
        (Some(bar), Progress::Trying(property)) => bar.set_message(property.id),
        (Some(bar), Progress::Judged(_)) => bar.inc(1),
        (None, _) => {}
    };
    let (report, recording) = match arguments.record {
        None => (suite.run(subject, progress).await, None),
        Some(_) => match suite.record(subject, progress).await {
            Ok((report, recording)) => (Ok(report), Some(recording)),
            Err(error) => (Err(error), None),
        },
    };
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let report = report.with_context(|| arguments.component.display().to_string())?;
    if let Some(file) = &arguments.report {
        write(file, &report.to_bytes())?;
    }
    if let Some(file) = &arguments.junit {
        write(file, report.to_junit().as_bytes())?;
    }
    match output.is_json() {
        true => output.json(&report)?,
        false => show(&report, arguments, output)?,
    }
    // What was found is shown even where what was answered cannot be kept.
    if let (Some(file), Some(recording)) = (&arguments.record, recording) {
        let bytes = recording.and_then(|recording| recording.to_bytes());
        let bytes = bytes.with_context(|| format!("{} is not written", file.display()))?;
        write(file, &bytes)?;
    }
    Ok(match report.is_good_so_far() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(DOES_NOT_CONFORM),
    })
}

/// The component on trial and the level that its project asks for.
fn subject(arguments: &ConformArguments) -> anyhow::Result<(Subject, Level)> {
    let path = &arguments.component;
    let built_in = path
        .to_str()
        .filter(|_| !path.exists())
        .and_then(provisor_builtin::by_name);
    let (bytes, project) = match built_in {
        Some(bytes) => (bytes.to_vec(), None),
        None => {
            let found = Found::open(path)?;
            (found.bytes, found.project)
        }
    };
    let nothing = Conformance::default();
    let declared = project
        .as_ref()
        .map_or(&nothing, |project| &project.conformance);
    let settings = arguments.settings.as_ref().or(declared.settings.as_ref());
    let input = arguments.input.as_ref().or(declared.input.as_ref());
    let read = |file: &Path| {
        let bytes = std::fs::read(file);
        bytes.with_context(|| format!("{} cannot be read", file.display()))
    };
    let settings = match settings {
        Some(file) => String::from_utf8(read(file)?)
            .with_context(|| format!("{} is not UTF-8", file.display()))?,
        None => "{}".to_owned(),
    };
    let bypasses = declared.bypasses.iter();
    let subject = Subject {
        settings,
        secrets: match arguments.secrets.is_empty() {
            true => declared.secrets.clone(),
            false => arguments.secrets.clone(),
        },
        input: input.map(|file| read(file)).transpose()?,
        target: target::of(arguments, project.as_ref())?,
        bypasses: bypasses
            .map(|bypass| Bypass {
                property: bypass.property.clone(),
                reason: bypass.reason.clone(),
            })
            .collect(),
        ..Subject::new(bytes)
    };
    let level = match declared.level {
        provisor_kit::Level::Must => Level::Must,
        provisor_kit::Level::Should => Level::Should,
        provisor_kit::Level::May => Level::May,
    };
    Ok((subject, level))
}

fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(file, bytes).with_context(|| format!("{} cannot be written", file.display()))
}

fn list(output: &Output) -> anyhow::Result<ExitCode> {
    if output.is_json() {
        let all: Vec<_> = catalogue::all()
            .map(|property| {
                serde_json::json!({
                    "id": property.id,
                    "worlds": property.worlds.iter().map(|world| world.as_str()).collect::<Vec<_>>(),
                    "level": property.level,
                    "title": property.title,
                    "trial": property.trial,
                    "fix": property.remedy.fix,
                    "tried": property.is_tried(),
                })
            })
            .collect();
        output.json(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = catalogue::all().map(|property| {
        let level = match property.is_tried() {
            true => property.level.to_string(),
            false => "not tried".to_owned(),
        };
        vec![property.id.to_owned(), level, property.title.to_owned()]
    });
    output.table(&["property", "level", "what holds"], rows.collect(), "none")?;
    Ok(ExitCode::SUCCESS)
}

fn show(report: &Report, arguments: &ConformArguments, output: &Output) -> anyhow::Result<()> {
    let component = &report.component;
    output.line(format!(
        "{} {} ({}, {})",
        output.paint(Tone::Strong, plain(&component.name)),
        plain(&component.version),
        component.world,
        component.digest
    ))?;
    for cause in report.causes() {
        output.line("")?;
        output.sentence(0, Tone::Strong, "to do:", cause.remedy.fix)?;
        output.sentence(0, Tone::Faint, "why:", cause.remedy.why)?;
        for judged in cause.properties {
            broken(report, judged, arguments, output)?;
        }
    }
    let open: Vec<&Judged> = report.open().collect();
    if !open.is_empty() {
        output.line("")?;
    }
    for judged in open {
        let told = match (&judged.verdict, &judged.found) {
            (Verdict::Bypassed(reason), Some(found)) => format!("{reason} (found: {found})"),
            (verdict, _) => verdict.told().to_owned(),
        };
        let label = format!("{} {}:", judged.id, judged.verdict.code());
        output.sentence(0, Tone::Warning, &label, &told)?;
    }
    if let Some(left) = report.target.as_ref().and_then(|at| at.left.as_ref()) {
        made(report, left, output)?;
    }
    output.line("")?;
    let tone = if report.is_good_so_far() {
        Tone::Good
    } else {
        Tone::Bad
    };
    output.line(output.paint(tone, &report.badge))?;
    let untried = report.counts.get("not-applicable").copied().unwrap_or(0);
    if untried > 0 {
        output.line(format!(
            "{} cannot be asked of it; --json says why.",
            counted(untried, "property", "properties")
        ))?;
    }
    Ok(())
}

/// What has become of the tickets in a live system.
fn made(report: &Report, left: &[String], output: &Output) -> anyhow::Result<()> {
    let made = report.target.as_ref().and_then(|at| at.made).unwrap_or(0);
    output.line("")?;
    output.line(match left.is_empty() {
        true => format!(
            "{} asked for; nothing is left open of them.",
            counted(made, "ticket was", "tickets were")
        ),
        false => format!(
            "{} asked for; those with these correlation ids may be open still: {}",
            counted(made, "ticket was", "tickets were"),
            plain(&left.join(" "))
        ),
    })?;
    Ok(())
}

fn broken(
    report: &Report,
    judged: &Judged,
    arguments: &ConformArguments,
    output: &Output,
) -> anyhow::Result<()> {
    let tone = match judged.verdict {
        Verdict::Fail(_) => Tone::Bad,
        _ => Tone::Warning,
    };
    let label = format!("{} {}", judged.id, judged.level);
    output.sentence(2, tone, &label, &judged.title)?;
    let again = format!(
        "provisor component conform {}{} {}",
        arguments.component.display(),
        typed(arguments),
        report.replay(judged)
    );
    for (label, text) in [
        ("found:", judged.verdict.told()),
        ("given:", &judged.evidence.input),
        ("said:", &judged.evidence.output),
        ("again:", &again),
    ] {
        if !text.is_empty() {
            output.sentence(6, Tone::Faint, label, text)?;
        }
    }
    Ok(())
}

/// What was typed that the verdict depends on, so that it can be typed again.
fn typed(arguments: &ConformArguments) -> String {
    let file = |file: &Option<std::path::PathBuf>| file.as_ref().map(|it| it.display().to_string());
    let secrets = arguments
        .secrets
        .iter()
        .map(|name| ("--secret", Some(name.clone())));
    let networks = arguments.allow_private.iter();
    let networks = networks.map(|network| ("--allow-private", Some(network.to_string())));
    [
        ("--settings", file(&arguments.settings)),
        ("--input", file(&arguments.input)),
        ("--product", arguments.product.clone()),
        ("--target", file(&arguments.target)),
        ("--url", arguments.url.clone()),
        (
            "--credential",
            arguments.credential.as_ref().map(|it| format!("'{it}'")),
        ),
        ("--recording", file(&arguments.recording)),
    ]
    .into_iter()
    .chain(secrets)
    .chain(networks)
    .filter_map(|(flag, value)| Some(format!(" {flag} {}", value?)))
    .chain(arguments.live.then(|| " --live".to_owned()))
    .collect()
}
