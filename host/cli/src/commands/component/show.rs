//! `provisor component show`

use std::collections::BTreeSet;
use std::process::ExitCode;

use provisor::model::{Activation, Activations, How, KeyName, Stage};
use provisor::{Host, VersionView};

use super::versions::{comparison, listed, problem, refused, tried};
use crate::arguments::ShowArguments;
use crate::output::{Output, Tone, plain};

pub async fn run(host: &Host, typed: &ShowArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let view = host.version_view(&typed.component, None).await?;
    if output.is_json() {
        output.json(&view)?;
    } else {
        show(&view, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(view: &VersionView, output: &Output) -> anyhow::Result<()> {
    let upload = &view.upload;
    let title = output.paint(Tone::Strong, plain(&upload.title()));
    output.line(match &upload.about {
        Some(about) => format!("{title}: {}", plain(&about.summary)),
        None => title,
    })?;
    let mut facts = Vec::new();
    if let Some(about) = &upload.about {
        facts.push(("world", about.world.to_string()));
    }
    let canary = view.canary.as_ref();
    let state = match view.active {
        true => "active",
        false if canary.is_some_and(|canary| canary.candidate == upload.digest) => "canary",
        false => upload.state(),
    };
    facts.push(("state", state.to_owned()));
    facts.push(("digest", format!("sha256 {}", upload.digest)));
    facts.push(("size", format!("{} bytes", upload.size)));
    let uploaded = format!("by {} at {}", upload.by, upload.at);
    facts.push(("uploaded", noted(&uploaded, &upload.note)));
    let keys = |keys: &BTreeSet<KeyName>| {
        let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
        listed(&names)
    };
    if !upload.signed_by.is_empty() {
        facts.push(("signed by", keys(&upload.signed_by)));
    }
    if let Some(report) = &upload.report {
        let conforms = match report.level {
            Some(level) => format!("{level}, by suite {}", report.suite),
            None => format!("no, by suite {}", report.suite),
        };
        facts.push((
            "conforms",
            match report.signed_by.is_empty() {
                true => conforms,
                false => format!("{conforms}; report signed by {}", keys(&report.signed_by)),
            },
        ));
    }
    if let Some(retired) = &upload.retired {
        let by = format!("by {} at {}", retired.by, retired.at);
        facts.push(("retired", noted(&by, &retired.reason)));
    }
    if let Some(dropped) = upload.bytes_dropped_at {
        facts.push(("bytes", format!("dropped at {dropped}")));
    }
    if upload.about.is_some() {
        facts.push(("used by", listed(&view.uses)));
    }
    if let Some(canary) = &view.canary {
        facts.push(("canary", tried(canary)));
    }
    for (label, text) in facts {
        output.line(format!("  {label:<10} {}", plain(&text)))?;
    }
    if let Stage::Refused(refusal) = &upload.stage {
        return refused("refused:", refusal, output);
    }
    problem(view, output)?;
    if !view.grants.is_empty() {
        output.line("\ngrants")?;
        comparison(&view.grants, output)?;
    }
    match &view.activations {
        Some(activations) => history(activations, output),
        None => Ok(()),
    }
}

fn noted(text: &str, note: &str) -> String {
    match note {
        "" => text.to_owned(),
        note => format!("{text}: {note}"),
    }
}

fn history(activations: &Activations, output: &Output) -> anyhow::Result<()> {
    if let Some(asked) = &activations.asked {
        output.line("")?;
        output.sentence(
            0,
            Tone::Warning,
            "asked for:",
            &format!(
                "{} by {} at {}; somebody else approves it with `provisor component approve {}`",
                asked.digest.short(),
                asked.by,
                asked.at,
                asked.digest.short()
            ),
        )?;
    }
    if activations.history.is_empty() {
        return Ok(());
    }
    output.line("\nactivations")?;
    let mut cells: Vec<Vec<String>> = activations.history.iter().map(row).collect();
    cells.reverse();
    output.table(
        &[
            "since",
            "version",
            "how",
            "asked by",
            "approved by",
            "reason",
        ],
        cells,
        "",
    )
}

fn row(activation: &Activation) -> Vec<String> {
    vec![
        activation.at.to_string(),
        activation.digest.short(),
        match activation.how {
            How::Activated => "activated".to_owned(),
            How::RolledBack => "rolled back".to_owned(),
        },
        plain(activation.asked_by.as_str()),
        plain(activation.approved_by.as_str()),
        plain(&activation.reason),
    ]
}
