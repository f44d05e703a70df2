//! What each command does; a file for each.

mod account;
mod audit;
mod case;
mod case_sheet;
mod component;
mod demo;
mod drift;
mod export;
mod identity;
mod init;
mod notification;
mod operation;
mod operator;
mod request;
mod resource;
mod run;
mod ticket;

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};
use crate::output::Output;
use crate::session;

/// Does what was typed.
pub async fn run(arguments: Arguments, output: &Output) -> anyhow::Result<ExitCode> {
    // Components are compiled when they are used for the first time.
    let open = output.watched("preparing the components", session::open(&arguments));
    match &arguments.command {
        Command::Init { folder } => init::run(folder, output),
        Command::Demo { keep } => demo::run(keep.as_deref(), output).await,
        Command::Component(command) => component::run(command, &arguments, output).await,
        Command::Resource(command) => resource::run(&open.await?, command, output),
        Command::Account(command) => account::run(&open.await?, command, output).await,
        Command::Request(request) => request::run(&open.await?, request, output).await,
        Command::Drift(command) => drift::run(&open.await?, command, output).await,
        Command::Operation(command) => operation::run(&open.await?, command, output).await,
        Command::Case(command) => case::run(&open.await?, command, output).await,
        Command::Operator(command) => operator::run(&open.await?, command, output).await,
        Command::Export(command) => export::run(&open.await?, command, output).await,
        Command::Audit(command) => match audit::run_without_host(command, output) {
            Some(result) => result,
            None => audit::run(&open.await?, command, output),
        },
        Command::Identity(command) => identity::run(&open.await?, command, output).await,
        Command::Notification(command) => notification::run(&open.await?, command, output).await,
        Command::Ticket(command) => ticket::run(&open.await?, command, output).await,
        Command::Run { every, no_exports } => {
            run::run(&open.await?, *every, !no_exports, output).await
        }
    }
}
