//! `provisor component check`

use std::process::ExitCode;

use provisor::sandbox::is_carried;
use provisor_kit::{Check, Finding, check};

use super::found::Found;
use crate::arguments::CheckArguments;
use crate::output::{Output, Tone, counted, plain};

pub fn run(arguments: &CheckArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let found = Found::open(&arguments.component)?;
    let check = check(&found.bytes);
    if output.is_json() {
        output.json(&json(&check, &found))?;
    } else {
        show(&check, &found, output)?;
    }
    Ok(match check.findings.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(1),
    })
}

fn json(check: &Check, found: &Found) -> serde_json::Value {
    let examination = &check.examination;
    let about = examination.about.as_ref();
    let needs = &examination.needs;
    let finding = |it: &Finding| {
        serde_json::json!({
            "rule": it.rule,
            "place": it.place,
            "message": it.message,
            "accepted": it.accepted,
        })
    };
    serde_json::json!({
        "file": found.file,
        "digest": examination.digest,
        "size": examination.size,
        "world": examination.world.map(provisor::sandbox::World::as_str),
        "name": about.map(|about| &about.name),
        "version": about.map(|about| &about.version),
        "imports": examination.imports,
        "exports": examination.exports,
        "needs": {
            "core-instances": needs.core_instances,
            "memories": needs.memories,
            "memory-bytes": needs.memory_bytes,
            "tables": needs.tables,
        },
        "findings": check.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn show(check: &Check, found: &Found, output: &Output) -> anyhow::Result<()> {
    let examination = &check.examination;
    let needs = &examination.needs;
    let who = match (&examination.about, examination.world) {
        (Some(about), Some(world)) => format!("{} {}, {world}", about.name, about.version),
        (None, Some(world)) => format!("{world} without a description"),
        (_, None) => "of no world".to_owned(),
    };
    let (carried, used): (Vec<&str>, Vec<&str>) = examination
        .imports
        .iter()
        .map(String::as_str)
        .partition(|name| is_carried(name));
    let mut lines = vec![
        ("file", found.file.display().to_string()),
        ("component", who),
        ("digest", format!("sha256 {}", examination.digest)),
        ("size", format!("{} bytes", examination.size)),
        (
            "takes",
            format!(
                "{}, {} with {} KiB, {}",
                counted(needs.core_instances, "core instance", "core instances"),
                counted(needs.memories, "memory", "memories"),
                needs.memory_bytes / 1024,
                counted(needs.tables, "table", "tables"),
            ),
        ),
        ("imports", listed(&used)),
    ];
    if !carried.is_empty() {
        lines.push(("no effect", listed(&carried)));
    }
    for (label, text) in lines {
        output.line(format!("{label:<10} {}", plain(&text)))?;
    }
    output.line("")?;
    if check.findings.is_empty() {
        return output.line("Nothing here would be refused. It was not run.");
    }
    for finding in &check.findings {
        output.sentence(
            0,
            Tone::Bad,
            finding.rule,
            &format!("{}: {}", finding.place, finding.message),
        )?;
        output.sentence(2, Tone::Faint, "accepted:", &finding.accepted)?;
    }
    let count = check.findings.len() as u64;
    output.line(format!(
        "\nA host refuses it for {}.",
        counted(count, "reason", "reasons")
    ))
}

fn listed(names: &[&str]) -> String {
    match names.len() {
        0 => "nothing".to_owned(),
        _ => names.join(", "),
    }
}
