//! `provisor component`

mod activate;
mod approve;
mod build;
mod canary;
mod check;
mod compare;
mod comparison;
mod conform;
mod delete;
mod export;
mod found;
mod import;
mod inspect;
mod key;
mod list;
mod logs;
mod new;
#[cfg(feature = "registry")]
mod pull;
mod refresh;
mod replay;
mod retire;
mod roll_back;
mod run;
mod show;
mod sign;
mod stats;
mod upload;
mod verify;
mod versions;

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::arguments::{Arguments, ComponentCommand};
use crate::output::Output;
use crate::session;

/// The largest component that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

pub async fn run(
    command: &ComponentCommand,
    arguments: &Arguments,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let open = output.watched("preparing the components", session::open(arguments));
    match command {
        ComponentCommand::Activate(typed) => activate::run(&open.await?, typed, output).await,
        ComponentCommand::Approve(typed) => approve::run(&open.await?, typed, output).await,
        ComponentCommand::Build(typed) => build::run(typed, output).await,
        ComponentCommand::Canary(typed) => canary::run(&open.await?, typed, output).await,
        ComponentCommand::Check(typed) => check::run(typed, output),
        ComponentCommand::Compare(typed) => compare::run(&open.await?, typed, output),
        ComponentCommand::Conform(typed) => conform::run(typed, output).await,
        ComponentCommand::Delete(typed) => delete::run(&open.await?, typed, output).await,
        ComponentCommand::Export(wanted) => export::run(wanted, output),
        ComponentCommand::Import(wanted) => import::run(wanted, output),
        ComponentCommand::Inspect(typed) => inspect::run(typed, output),
        ComponentCommand::Key(command) => key::run(command, output),
        // Without a configuration there are only those that are built in.
        ComponentCommand::List if !arguments.config.exists() => list::run(None, output),
        ComponentCommand::List => list::run(Some(&open.await?), output),
        ComponentCommand::Logs(typed) => logs::run(&open.await?, typed, output).await,
        ComponentCommand::New(typed) => new::run(typed, output),
        #[cfg(feature = "registry")]
        ComponentCommand::Pull(wanted) => pull::run(wanted, output).await,
        ComponentCommand::Refresh(typed) => refresh::run(typed, output),
        ComponentCommand::Replay(typed) => replay::run(&open.await?, typed, output).await,
        ComponentCommand::Retire(typed) => retire::run(&open.await?, typed, output).await,
        ComponentCommand::RollBack(typed) => roll_back::run(&open.await?, typed, output).await,
        ComponentCommand::Run(typed) => run::run(typed, arguments.now, output).await,
        ComponentCommand::Show(typed) => show::run(&open.await?, typed, output).await,
        ComponentCommand::Sign(wanted) => sign::run(wanted, output),
        ComponentCommand::Stats(typed) => stats::run(&open.await?, typed, output).await,
        ComponentCommand::Upload(typed) => upload::run(&open.await?, typed, output).await,
        ComponentCommand::Verify(wanted) => verify::run(wanted, arguments, output),
        ComponentCommand::Compile => Ok(provisor::sandbox::compile_child_main()),
    }
}

/// Opens a file to read a component from it. What is no file is not waited for: a pipe may never say
/// anything, and a device never end.
fn open(path: &Path) -> anyhow::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        bail!("it is not a file, but a folder, a pipe or a device");
    }
    Ok(File::open(path)?)
}

/// The bytes of a built-in component, or of a file.
fn bytes(component: &str) -> anyhow::Result<Vec<u8>> {
    if let Some(bytes) = provisor_builtin::by_name(component) {
        return Ok(bytes.to_vec());
    }
    let file = open(Path::new(component)).with_context(|| {
        format!(
            "{component} is neither a built-in component ({}) nor a file",
            provisor_builtin::names().join(", ")
        )
    })?;
    content(file, component, LARGEST)
}

/// The content of a file that has no more than so many bytes.
fn content(file: File, name: impl Display, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{name} cannot be read"))?;
    if bytes.len() as u64 > most {
        bail!("{name} has more than {most} bytes");
    }
    Ok(bytes)
}
