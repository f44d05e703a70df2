//! What can be typed.

mod account;
mod case;
mod component;
mod drift;
mod export;
mod notification;
mod operation;
mod request;
mod ticket;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use provisor::model::{IdentityId, PersonName, Timestamp};

pub use account::AccountCommand;
pub use case::CaseCommand;
pub use component::*;
pub use drift::{DriftArguments, DriftCommand};
pub use export::ExportCommand;
pub use notification::NotificationCommand;
pub use operation::OperationCommand;
pub use request::RequestArguments;
pub use ticket::TicketCommand;

/// Provisioning that people carry out, made reliable.
///
/// Start with `provisor demo`, or make a configuration of your own with `provisor init`.
#[derive(Debug, Parser)]
#[command(
    name = "provisor",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub struct Arguments {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "provisor.toml",
        env = "PROVISOR_CONFIG",
        hide_env_values = true
    )]
    pub config: PathBuf,

    /// Print JSON instead of text: the shapes are in docs/json.md.
    #[arg(long, global = true)]
    pub json: bool,

    /// Pretend that it is this moment, such as 2026-03-31T08:00:00Z.
    #[arg(
        long,
        global = true,
        value_name = "MOMENT",
        env = "PROVISOR_NOW",
        hide_env_values = true
    )]
    pub now: Option<Timestamp>,

    /// Colours and progress bars.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,

    #[command(subcommand)]
    pub command: Command,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a configuration to start from, with data to try it on.
    Init {
        /// A new or empty folder.
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Watch a payroll export being reconciled with what was asked for.
    Demo {
        /// Keep the demo's folder, to go on by hand.
        #[arg(long, value_name = "FOLDER")]
        keep: Option<PathBuf>,
    },
    /// The applications on which accounts are provisioned.
    #[command(subcommand)]
    Resource(ResourceCommand),
    /// What is known of accounts.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Ask for an account, or that there be none.
    Request(RequestArguments),
    /// What was changed behind our backs.
    #[command(subcommand)]
    Drift(DriftCommand),
    /// Pending changes of accounts.
    #[command(subcommand)]
    Operation(OperationCommand),
    /// Work orders for people.
    #[command(subcommand)]
    Case(CaseCommand),
    /// The people who work on cases, and who is away.
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Snapshots of the applications' accounts.
    #[command(subcommand)]
    Export(ExportCommand),
    /// The history as proof: verify it, sign it, hand it out.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What is kept of people.
    #[command(subcommand)]
    Identity(IdentityCommand),
    /// Work that people in another system do: tickets.
    #[command(subcommand)]
    Ticket(TicketCommand),
    /// What people outside are told of, and whether it reached them.
    #[command(subcommand)]
    Notification(NotificationCommand),
    /// Do all that is due: send out operations, remind of late cases, take exports, notify.
    Run {
        /// Go on until stopped (Ctrl-C), once every so many seconds.
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
        every: Option<u64>,
        /// Take no exports.
        #[arg(long)]
        no_exports: bool,
    },
    /// The WebAssembly components that do the customer-specific part.
    #[command(subcommand)]
    Component(ComponentCommand),
}

#[derive(Debug, Subcommand)]
pub enum ResourceCommand {
    /// All resources and how they stand.
    List,
    /// One resource: schema, components, last export, what needs attention.
    Show {
        /// Its name in the configuration.
        resource: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Everybody who works on cases: groups, cases at hand, and who is away.
    List,
    /// Say that somebody is away, and who works in the place.
    Away {
        /// Who is away.
        person: PersonName,
        /// Who works on what is his meanwhile.
        #[arg(long, value_name = "PERSON")]
        substitute: PersonName,
        /// From when on, if not from now.
        #[arg(long, value_name = "MOMENT")]
        from: Option<Timestamp>,
        /// When he is back.
        #[arg(long, value_name = "MOMENT")]
        until: Timestamp,
        /// Who says so.
        #[arg(long = "as", value_name = "PERSON")]
        by: PersonName,
    },
    /// Say that somebody is back.
    Back {
        /// Who.
        person: PersonName,
    },
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check every record of the history, or of a log that was exported from one.
    Verify {
        /// A checkpoint that was kept elsewhere: the history must have what it speaks of; may be
        /// repeated.
        #[arg(long, value_name = "FILE", conflicts_with = "log")]
        checkpoint: Vec<PathBuf>,
        /// An exported log, instead of the history here. No configuration is needed.
        #[arg(long, value_name = "FILE", requires = "key")]
        log: Option<PathBuf>,
        /// The public key of the installation that wrote the log.
        #[arg(long, value_name = "KEY", requires = "log")]
        key: Option<String>,
    },
    /// Sign how far the history has come; keep the answer somewhere else.
    Checkpoint {
        /// A new file for it; standard output if not given.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Write the whole history with a checkpoint into a new file, a JSON object in a line.
    Export {
        /// The file.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Print the public key of this installation.
    Key,
}

#[derive(Debug, Subcommand)]
pub enum IdentityCommand {
    /// Forget somebody: attributes, accounts that are gone, texts of the history. The history
    /// still verifies.
    Erase {
        /// The identity, as the IAM product calls it.
        identity: IdentityId,
        /// Who erases.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it needs a name and `=`, such as login=jdoe".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
