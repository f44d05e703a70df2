//! `provisor component sign`

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use provisor::package::{PrivateKey, Subject};

use super::bytes;
use super::import::signature_path;
use crate::arguments::SignArguments;
use crate::output::Output;

pub fn run(arguments: &SignArguments, output: &Output) -> anyhow::Result<ExitCode> {
    let file = &arguments.file;
    let bytes = read(file)?;
    let subject = subject(file, &bytes)?;
    let key = PrivateKey::read(&arguments.key)?;
    let signature = key.sign(subject, &bytes, arguments.name.clone());
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => signature_path(file, 1),
    };
    signature.write(&out)?;
    if output.is_json() {
        output.json(&serde_json::json!({
            "of": subject,
            "digest": signature.digest(),
            "public-key": signature.public_key(),
            "signature": out,
        }))?;
    } else {
        output.line(format!("{} vouches for the {subject}", out.display()))?;
        output.line(format!("  digest  sha256 {}", signature.digest()))?;
        output.line(format!("  key     {}", signature.public_key()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The bytes of a file that is a component or a report.
pub fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    match file.to_str() {
        // A built-in component of the same name is not meant.
        Some(name) if provisor_builtin::by_name(name).is_some() => bytes(&format!("./{name}")),
        Some(name) => bytes(name),
        None => bail!("{} is not written in UTF-8", file.display()),
    }
}

/// What a file is: a component begins as WebAssembly does, a report is a JSON object.
pub fn subject(file: &Path, bytes: &[u8]) -> anyhow::Result<Subject> {
    if bytes.starts_with(b"\0asm") {
        return Ok(Subject::Component);
    }
    match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(bytes) {
        Ok(_) => Ok(Subject::Report),
        Err(_) => bail!(
            "{} is neither a component nor a report: a component is WebAssembly, a report of its \
             conformance a JSON object",
            file.display()
        ),
    }
}
