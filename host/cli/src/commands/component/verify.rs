//! `provisor component verify`

use std::process::ExitCode;

use anyhow::{Context, bail};
use provisor::configuration::Configuration;
use provisor::package::{Endorsement, Rule, Signature, Subject, Trust};

use super::import::signature_path;
use super::sign::{read, subject};
use crate::arguments::{Arguments, VerifyArguments};
use crate::output::{Output, Tone};

pub fn run(
    wanted: &VerifyArguments,
    arguments: &Arguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let file = &wanted.file;
    let bytes = read(file)?;
    let subject = subject(file, &bytes)?;
    let trust = trust(wanted, arguments, subject)?;
    let paths = match wanted.signatures.is_empty() {
        true => vec![signature_path(file, 1)],
        false => wanted.signatures.clone(),
    };
    let mut signatures = Vec::new();
    for path in &paths {
        let signature =
            Signature::read(path).with_context(|| format!("signature {}", path.display()))?;
        signatures.push(signature);
    }
    let endorsed = trust.judge(subject, &bytes, &signatures)?;
    show(wanted, subject, &endorsed, output)?;
    Ok(ExitCode::SUCCESS)
}

/// The keys that were typed, or those of the configuration; with a rule at least.
fn trust(
    wanted: &VerifyArguments,
    arguments: &Arguments,
    subject: Subject,
) -> anyhow::Result<Trust> {
    if wanted.keys.is_empty() {
        let configuration = Configuration::load(&arguments.config)
            .map_err(provisor::HostError::from)
            .with_context(|| {
                let config = arguments.config.display();
                format!("no --key is given, and the configuration {config} has none")
            })?;
        let trust = configuration.components.trust;
        if trust.rules(subject).is_empty() {
            bail!(
                "the configuration {} asks for no signature of a {subject}; name the keys that are \
                 trusted with --key NAME=HEX",
                arguments.config.display()
            );
        }
        return Ok(trust);
    }
    let keys = wanted.keys.iter();
    let trust = Trust::new(keys.map(|known| (known.name.clone(), known.key)))?;
    let all = Rule::all_of(trust.keys().keys().cloned().collect::<Vec<_>>())?;
    Ok(trust.with_rule(subject, all)?)
}

fn show(
    wanted: &VerifyArguments,
    subject: Subject,
    endorsed: &Endorsement,
    output: &Output,
) -> anyhow::Result<()> {
    let rule = endorsed.rule.as_ref().map(ToString::to_string);
    let keys: Vec<&str> = endorsed.keys.iter().map(|name| name.as_str()).collect();
    if output.is_json() {
        let ignored = endorsed.ignored.iter().map(|ignored| {
            serde_json::json!({
                "signature": ignored.index + 1,
                "reason": ignored.reason.to_string(),
            })
        });
        return output.json(&serde_json::json!({
            "file": wanted.file,
            "of": subject,
            "keys": keys,
            "rule": rule,
            "ignored": ignored.collect::<Vec<_>>(),
        }));
    }
    output.line(format!(
        "{}: the {subject} is vouched for by {}",
        output.paint(Tone::Good, "trusted"),
        keys.join(", ")
    ))?;
    if let Some(rule) = rule {
        output.line(format!("  rule  {rule}"))?;
    }
    for ignored in &endorsed.ignored {
        let label = format!("signature {} does not count:", ignored.index + 1);
        output.sentence(2, Tone::Warning, &label, &ignored.reason.to_string())?;
    }
    Ok(())
}
