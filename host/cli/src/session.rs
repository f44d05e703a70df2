//! Opening the host for a command.

use std::sync::Arc;

use anyhow::Context;
use provisor::configuration::Configuration;
use provisor::sandbox::{Compiler, SandboxConfig};
use provisor::{Host, HostOptions, ManualClock};

use crate::arguments::Arguments;

/// Opens the host that the command line names.
pub async fn open(arguments: &Arguments) -> anyhow::Result<Host> {
    let configuration = Configuration::load(&arguments.config)
        .map_err(provisor::HostError::from)
        .with_context(|| {
            let hint = if arguments.config.exists() {
                ""
            } else {
                " (make one with `provisor init`, or name one with --config)"
            };
            format!("configuration {}{hint}", arguments.config.display())
        })?;
    open_with(configuration, arguments).await
}

/// Opens a host with a configuration that was loaded already.
pub async fn open_with(
    configuration: Configuration,
    arguments: &Arguments,
) -> anyhow::Result<Host> {
    let mut options = HostOptions {
        sandbox: SandboxConfig {
            compiler: compiler(),
            ..SandboxConfig::default()
        },
        ..HostOptions::default()
    };
    if let Some(now) = arguments.now {
        options.clock = Arc::new(ManualClock::at(now));
    }
    Ok(Host::open(configuration, options).await?)
}

/// Components are compiled by this very program in a process of its own, which can be killed.
pub fn compiler() -> Compiler {
    match std::env::current_exe() {
        Ok(program) => Compiler::Child {
            program,
            arguments: vec!["component".into(), "compile".into()],
        },
        Err(_) => Compiler::InProcess,
    }
}
