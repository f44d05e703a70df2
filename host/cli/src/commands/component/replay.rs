//! `provisor component replay`

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use provisor::replay::{Replay, ReplayOptions, Replayed};
use provisor::sandbox::Component;
use provisor::{Host, model::ResourceName};

use super::bytes;
use super::comparison::{departures, inputs, named, summary};
use crate::arguments::ReplayArguments;
use crate::output::{Output, Tone, counted};

pub async fn run(
    host: &Host,
    arguments: &ReplayArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let bytes = candidate(host, &arguments.component).await?;
    let candidate = output
        .watched("preparing the candidate", host.load_component(&bytes))
        .await?;
    let resources = match arguments.resources.is_empty() {
        true => users(host, &candidate)?,
        false => arguments.resources.clone(),
    };
    let options = ReplayOptions {
        limit: arguments.limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        }),
        examples: arguments.examples,
    };
    let mut replays = Vec::with_capacity(resources.len());
    for resource in &resources {
        let bar = output.shows_progress().then(progress_bar);
        let progress = |replayed: Replayed| {
            if let Some(bar) = &bar {
                bar.set_length(replayed.of);
                bar.set_position(replayed.done);
            }
        };
        let replay = host.replay(resource, &candidate, &options, &progress).await;
        if let Some(bar) = &bar {
            bar.finish_and_clear();
        }
        replays.push(replay?);
    }
    if output.is_json() {
        output.json(&replays)?;
    } else {
        for (index, replay) in replays.iter().enumerate() {
            if index > 0 {
                output.line("")?;
            }
            show(replay, output)?;
        }
        output.line("\nNothing was changed by this.")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The bytes of the version that is meant: a file, an uploaded one, or one that is built in.
async fn candidate(host: &Host, called: &str) -> anyhow::Result<Vec<u8>> {
    if !Path::new(called).is_file()
        && let Ok(upload) = host.uploaded(called)
    {
        return Ok(host.uploaded_bytes(&upload).await?);
    }
    bytes(called)
}

/// The resources that use a component of this name and world.
fn users(host: &Host, candidate: &Component) -> anyhow::Result<Vec<String>> {
    let users = host.users_of(candidate);
    if users.is_empty() {
        let others: Vec<_> = host
            .replayable(candidate)
            .into_iter()
            .map(|name| ResourceName::as_str(&name).to_owned())
            .collect();
        let hint = match others.is_empty() {
            true => format!("none has a {}", candidate.world()),
            false => format!("name one with --resource: {}", others.join(", ")),
        };
        bail!("no resource uses {}; {hint}", candidate.about().name);
    }
    Ok(users.iter().map(ToString::to_string).collect())
}

fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len}");
    let bar = ProgressBar::new(0);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn show(replay: &Replay, output: &Output) -> anyhow::Result<()> {
    output.line(format!(
        "{} instead of {}, the {} of {}",
        output.paint(Tone::Strong, named(&replay.candidate)),
        named(&replay.active),
        replay.world,
        replay.resource
    ))?;
    let comparison = &replay.comparison;
    if replay.inputs == 0 {
        return output.line(match replay.world.as_str() {
            "policy" => "No proposal is recorded yet: there is nothing to compare.",
            _ => "No identity should have an account: there is nothing to compare.",
        });
    }
    output.line(format!(
        "{} compared: {}",
        inputs(&replay.world, comparison.compared),
        summary(comparison, output)
    ))?;
    if replay.decided_otherwise > 0 {
        output.line(format!(
            "about {} the active version itself says something else today than it said then",
            counted(replay.decided_otherwise, "of them", "of them")
        ))?;
    }
    if replay.gave_up {
        let rest = replay.inputs - comparison.compared.min(replay.inputs);
        output.line(output.paint(
            Tone::Bad,
            format!("It failed too often, so it was not asked about {rest} more."),
        ))?;
    }
    departures(comparison, output)
}
