//! `provisor component canary`

use std::process::ExitCode;

use provisor::Host;
use provisor::canary::CanaryRequest;
use provisor::model::CanaryScope;

use crate::arguments::CanaryArguments;
use crate::output::{Output, plain};

pub async fn run(
    host: &Host,
    arguments: &CanaryArguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let CanaryArguments { name, person, .. } = arguments;
    let reason = arguments.reason.as_deref().unwrap_or_default();
    if arguments.stop {
        let canary = host.stop_canary(name, person, reason).await?;
        if output.is_json() {
            output.json(&canary)?;
        } else {
            output.line(plain(&format!(
                "{name} {} answers nothing any more; {} answers everything, as before.",
                canary.candidate.short(),
                canary.active.short()
            )))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let called = arguments.digest.as_deref().unwrap_or(name.as_str());
    let candidate = host.version_of(name, called)?;
    let request = CanaryRequest {
        component: name.clone(),
        candidate: candidate.digest.to_string(),
        scope: scope(arguments),
        by: person.clone(),
        reason: reason.to_owned(),
        stop_after: arguments.stop_after,
    };
    let begun = host.begin_canary(request);
    let canary = output.watched("preparing the candidate", begun).await?;
    if output.is_json() {
        output.json(&canary)?;
    } else {
        output.line(plain(&format!(
            "{} answers {} from now on, and {} is asked beside it.",
            candidate.title(),
            covered(&canary.scope),
            canary.active.short()
        )))?;
        output.line(format!(
            "`provisor component compare {name}` shows in what they differ; \
             `provisor component canary {name} --stop --as {person}` ends it."
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn scope(arguments: &CanaryArguments) -> CanaryScope {
    match arguments.share {
        Some(percent) => CanaryScope::Share(percent),
        None => CanaryScope::Resources(arguments.resources.iter().cloned().collect()),
    }
}

/// What a canary covers, in a sentence.
pub fn covered(scope: &CanaryScope) -> String {
    match scope {
        CanaryScope::Resources(_) => format!("for {scope}"),
        CanaryScope::Share(percent) => format!("for {percent} of the identities"),
    }
}
