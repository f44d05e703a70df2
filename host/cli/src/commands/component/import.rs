//! `provisor component import`

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use provisor::model::Digest;
use provisor::package::{Package, oci};

use super::LARGEST;
use crate::arguments::ImportArguments;
use crate::output::{Output, counted};

pub fn run(arguments: &ImportArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let wanted: Option<Digest> = match &arguments.digest {
        Some(text) => {
            let digits = text.strip_prefix("sha256:").unwrap_or(text);
            Some(digits.parse().context("--digest")?)
        }
        None => None,
    };
    let layout = &arguments.layout;
    let package = oci::import(layout, wanted, LARGEST)
        .with_context(|| format!("layout {}", layout.display()))?;
    save(&package, &arguments.to, output)
}

/// Writes a component and its signatures, none of which may be there yet, and says so.
pub fn save(package: &Package, to: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let signatures: Vec<PathBuf> = (1..=package.signatures.len())
        .map(|number| signature_path(to, number))
        .collect();
    for path in signatures.iter().map(PathBuf::as_path).chain([to]) {
        if path.exists() {
            bail!("{} is there already, and is not replaced", path.display());
        }
    }
    // The component comes last: where it is, its signatures are.
    for (signature, path) in package.signatures.iter().zip(&signatures) {
        signature.write(path)?;
    }
    package.write(to)?;
    if output.is_json() {
        output.json(&serde_json::json!({
            "component": to,
            "digest": package.digest,
            "manifest": package.manifest,
            "signatures": signatures,
        }))?;
    } else {
        let number = counted(signatures.len() as u64, "signature", "signatures");
        output.line(format!("{} is written with {number}", to.display()))?;
        output.line(format!("  component  sha256 {}", package.digest))?;
        output.line(format!("  manifest   sha256 {}", package.manifest))?;
        for path in &signatures {
            output.line(format!("  signature  {}", path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where a signature of a file stands: `FILE.sig`, `FILE.2.sig`, and so on.
pub fn signature_path(file: &Path, number: usize) -> PathBuf {
    let mut path = OsString::from(file);
    path.push(match number {
        1 => ".sig".to_owned(),
        _ => format!(".{number}.sig"),
    });
    path.into()
}
