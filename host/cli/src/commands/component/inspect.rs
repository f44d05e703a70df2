//! `provisor component inspect`

use std::process::ExitCode;

use anyhow::Context;
use provisor::sandbox::{Inspection, inspect, is_carried};

use super::bytes;
use crate::arguments::InspectArguments;
use crate::output::{Output, Tone, plain};

pub fn run(arguments: &InspectArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let component = &arguments.component;
    let found = inspect(&bytes(component)?).with_context(|| format!("component {component}"))?;
    if arguments.settings_schema {
        let schema: serde_json::Value =
            serde_json::from_str(&found.about.settings_schema.to_string())?;
        output.json(&schema)?;
    } else if output.is_json() {
        output.json(&json(&found))?;
    } else {
        show(&found, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An inspection as the command line prints it.
pub fn json(found: &Inspection) -> serde_json::Value {
    serde_json::json!({
        "name": found.about.name,
        "version": found.about.version,
        "summary": found.about.summary,
        "world": found.world.to_string(),
        "digest": found.digest,
        "size": found.size,
        "capabilities": found.about.capabilities,
        "origins": found.about.origins,
        "imports": found.imports,
        "exports": found.exports,
    })
}

fn show(found: &Inspection, output: &Output) -> anyhow::Result<()> {
    output.line(format!(
        "{} {}: {}",
        output.paint(Tone::Strong, plain(&found.about.name)),
        plain(&found.about.version),
        plain(&found.about.summary)
    ))?;
    let list = |texts: &[String]| {
        if texts.is_empty() {
            "none".to_owned()
        } else {
            texts.join(", ")
        }
    };
    for (label, text) in [
        ("world", found.world.to_string()),
        ("digest", format!("sha256 {}", found.digest)),
        ("size", format!("{} bytes", found.size)),
        ("abilities", list(&found.about.capabilities)),
        ("origins", list(&found.about.origins)),
    ] {
        output.line(format!("  {label:<10} {}", plain(&text)))?;
    }
    output.line("\nimports")?;
    for import in &found.imports {
        let remark = match is_carried(import) {
            true => output.paint(Tone::Faint, "  (without effect)"),
            false => String::new(),
        };
        output.line(format!("  {}{remark}", plain(import)))?;
    }
    output.line("exports")?;
    for export in &found.exports {
        output.line(format!("  {}", plain(export)))?;
    }
    output.line("\n--settings-schema prints what it can be told.")
}
