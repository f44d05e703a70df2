//! `provisor component`

use std::io::Read;
use std::process::ExitCode;

use anyhow::Context;
use provisor::sandbox::{Inspection, inspect};

use crate::arguments::ComponentCommand;
use crate::output::{Output, Tone, plain};
use crate::table::Rows;

/// The largest component that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

pub fn run(command: &ComponentCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        ComponentCommand::List => {
            let mut components = Vec::new();
            for name in provisor_builtin::names() {
                components.push((name, inspect(&bytes(name)?)?));
            }
            if output.is_json() {
                let values: Vec<_> = components.iter().map(|(_, found)| json(found)).collect();
                output.json(&values)?;
            } else {
                let cells = components
                    .iter()
                    .map(|(name, found)| {
                        vec![
                            (*name).to_owned(),
                            found.world.to_string(),
                            found.about.version.clone(),
                            found.digest.short(),
                        ]
                    })
                    .collect();
                let summaries = components.iter().map(|(_, found)| &found.about.summary);
                let rows = Rows {
                    headings: &["component", "world", "version", "digest"],
                    cells,
                    remarks: Some(("", summaries.cloned().collect())),
                };
                output.rows(&rows, "")?;
            }
        }
        ComponentCommand::Inspect {
            component,
            settings_schema,
        } => {
            let found =
                inspect(&bytes(component)?).with_context(|| format!("component {component}"))?;
            if *settings_schema {
                let schema: serde_json::Value =
                    serde_json::from_str(&found.about.settings_schema.to_string())?;
                output.json(&schema)?;
            } else if output.is_json() {
                output.json(&json(&found))?;
            } else {
                show(&found, output)?;
            }
        }
        ComponentCommand::Compile => return Ok(provisor::sandbox::compile_child_main()),
    }
    Ok(ExitCode::SUCCESS)
}

fn bytes(component: &str) -> anyhow::Result<Vec<u8>> {
    if let Some(bytes) = provisor_builtin::by_name(component) {
        return Ok(bytes.to_vec());
    }
    let file = std::fs::File::open(component).with_context(|| {
        format!(
            "{component} is neither a built-in component ({}) nor a file",
            provisor_builtin::names().join(", ")
        )
    })?;
    let mut bytes = Vec::new();
    file.take(LARGEST)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{component} cannot be read"))?;
    Ok(bytes)
}

fn json(found: &Inspection) -> serde_json::Value {
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
        output.line(format!("  {}", plain(import)))?;
    }
    output.line("exports")?;
    for export in &found.exports {
        output.line(format!("  {}", plain(export)))?;
    }
    output.line("\n--settings-schema prints what it can be told.")
}
