//! `provisor component export`

use std::process::ExitCode;

use anyhow::Context;
use provisor::package::{Labels, Signature, Subject, oci};
use provisor::sandbox::{Inspection, inspect};

use super::bytes;
use crate::arguments::ExportArguments;
use crate::output::{Output, counted};

pub fn run(arguments: &ExportArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let component = &arguments.component;
    let bytes = bytes(component)?;
    let found = inspect(&bytes).with_context(|| format!("component {component}"))?;
    let mut signatures = Vec::new();
    for path in &arguments.signatures {
        let named = || format!("signature {}", path.display());
        let signature = Signature::read(path).with_context(named)?;
        signature
            .verify(Subject::Component, &bytes)
            .with_context(named)?;
        signatures.push(signature);
    }
    let to = &arguments.to;
    let manifest = oci::export(to, &bytes, &labels(&found), &signatures)?;
    if output.is_json() {
        output.json(&serde_json::json!({
            "layout": to,
            "name": found.about.name,
            "digest": found.digest,
            "manifest": manifest,
            "signatures": signatures.len(),
        }))?;
    } else {
        let number = counted(signatures.len() as u64, "signature", "signatures");
        output.line(format!("{} is written with {number}", to.display()))?;
        output.line(format!("  component  sha256 {}", found.digest))?;
        output.line(format!("  manifest   sha256 {manifest}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn labels(found: &Inspection) -> Labels {
    Labels {
        name: found.about.name.clone(),
        version: found.about.version.clone(),
        summary: found.about.summary.clone(),
        world: format!("provisor:connector/{}", found.world),
        imports: found.imports.clone(),
        exports: found.exports.clone(),
    }
}
