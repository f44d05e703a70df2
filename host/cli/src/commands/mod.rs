//! What each command does; a file for each.

mod account;
mod case;
mod component;
mod demo;
mod export;
mod init;
mod operation;
mod request;
mod resource;
mod run;

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};
use crate::output::Output;
use crate::session;

/// Does what was typed.
pub async fn run(arguments: Arguments, output: &Output) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Init { folder } => init::run(folder, output),
        Command::Demo { keep } => demo::run(keep.as_deref(), output).await,
        Command::Component(command) => component::run(command, output),
        Command::Resource(command) => {
            resource::run(&session::open(&arguments).await?, command, output)
        }
        Command::Account(command) => {
            account::run(&session::open(&arguments).await?, command, output)
        }
        Command::Request(request) => {
            request::run(&session::open(&arguments).await?, request, output).await
        }
        Command::Operation(command) => {
            operation::run(&session::open(&arguments).await?, command, output).await
        }
        Command::Case(command) => {
            case::run(&session::open(&arguments).await?, command, output).await
        }
        Command::Export(command) => {
            export::run(&session::open(&arguments).await?, command, output).await
        }
        Command::Run { every } => run::run(&session::open(&arguments).await?, *every, output).await,
    }
}
