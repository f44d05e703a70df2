//! `provisor component`

mod inspect;
mod list;

use std::io::Read;
use std::process::ExitCode;

use anyhow::Context;

use crate::arguments::{Arguments, ComponentCommand};
use crate::output::Output;

/// The largest component that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

pub async fn run(
    command: &ComponentCommand,
    _arguments: &Arguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        ComponentCommand::List => list::run(output),
        ComponentCommand::Inspect(arguments) => inspect::run(arguments, output),
        ComponentCommand::Compile => Ok(provisor::sandbox::compile_child_main()),
    }
}

/// The bytes of a built-in component, or of a file.
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
