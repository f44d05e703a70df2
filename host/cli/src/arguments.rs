//! What can be typed.

mod case;
mod component;
mod drift;
mod ticket;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use provisor::model::{
    DeliveryState, ExportId, IdentityId, NotificationId, OperationId, PersonName, SinkName,
    Timestamp,
};

pub use case::CaseCommand;
pub use component::*;
pub use drift::{DriftArguments, DriftCommand};
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
pub enum AccountCommand {
    /// Accounts, shortly.
    List {
        /// Only of this resource.
        #[arg(long)]
        resource: Option<String>,
        /// Only those whose identifier holds this text.
        #[arg(long)]
        name: Option<String>,
        /// Only those that somebody changed behind our backs.
        #[arg(long)]
        drifted: bool,
        /// Only those with something under way.
        #[arg(long)]
        pending: bool,
        /// Only those for which something is withheld.
        #[arg(long)]
        withheld: bool,
        /// Rows of the last export that nobody asked for, instead.
        #[arg(long, requires = "resource", conflicts_with_all = ["drifted", "pending", "withheld", "name"])]
        unexpected: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One account: every value in every view, and where it comes from.
    Show {
        /// The resource.
        resource: String,
        /// How the account is called there.
        identifier: String,
    },
    /// Say whose account a row is that nobody asked for.
    Link {
        /// The resource.
        resource: String,
        /// How the account is called there.
        identifier: String,
        /// Whose it is.
        identity: IdentityId,
        /// Who says so.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Say that an account is not that of whom it was thought to be; also takes back `remove`.
    Unlink(RowArguments),
    /// Have an account removed that nobody asked for.
    Remove(RowArguments),
    /// What happened to one account.
    History {
        /// The resource.
        resource: String,
        /// How the account is called there.
        identifier: String,
        /// At most so many events.
        #[arg(long, default_value_t = 200)]
        limit: usize,
    },
}

/// What is said of a row of the application.
#[derive(Debug, Args)]
pub struct RowArguments {
    /// The resource.
    pub resource: String,
    /// How the account is called there.
    pub identifier: String,
    /// Who says so.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
    /// Why.
    #[arg(long)]
    pub reason: String,
}

#[derive(Debug, Args)]
pub struct RequestArguments {
    /// The resource.
    pub resource: String,
    /// The identity, as the IAM product calls it.
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub identity: Option<IdentityId>,
    /// An attribute of the identity; may be repeated, also for several values of one attribute.
    #[arg(
        long = "attribute",
        short = 'a',
        value_name = "NAME=VALUE",
        value_parser = name_and_value,
        requires = "identity"
    )]
    pub attributes: Vec<(String, String)>,
    /// Many identities: a file with one JSON object in each line, such as
    /// {"id": "1042", "given": "Ann", "groups": ["a", "b"]}; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// There should be no account.
    #[arg(long)]
    pub remove: bool,
    /// Ask again even for what could not be done, was denied or cancelled, and put right what
    /// somebody else changed.
    #[arg(long)]
    pub anew: bool,
    /// Nothing of it goes out before this operation was carried out or given up.
    #[arg(long, value_name = "OPERATION")]
    pub after: Option<OperationId>,
    /// Who asks.
    #[arg(long, default_value = "command-line")]
    pub requester: PersonName,
}

#[derive(Debug, Subcommand)]
pub enum OperationCommand {
    /// Operations under way, and those that ended a short while ago.
    List {
        /// Only of this resource.
        #[arg(long)]
        resource: Option<String>,
        /// Only in this state: waiting, open, done, verified, contradicted, failed, cancelled.
        #[arg(long, value_parser = state)]
        state: Vec<provisor::model::OperationState>,
        /// Also those that ended long ago.
        #[arg(long)]
        all: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One operation: what changes, and what became of it.
    Show {
        /// Its number.
        operation: OperationId,
    },
    /// Let a waiting operation wait until somebody releases it.
    Hold {
        /// Its number.
        operation: OperationId,
        /// Who holds it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Let operations go out now that are held or wait for others, or ask again for what was
    /// withheld because of them.
    Release {
        /// Its number; several are released one after the other.
        #[arg(required_unless_present = "threshold", conflicts_with = "threshold")]
        operations: Vec<OperationId>,
        /// All operations of this resource that are held because there are more of their kind
        /// than usual.
        #[arg(long, value_name = "RESOURCE")]
        threshold: Option<String>,
        /// Who releases it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
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

#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// Take the export of a resource: compare what is really there with what was asked for.
    Take {
        /// The resource.
        resource: String,
        /// Another file in the same folder than the configured one.
        #[arg(long, value_name = "NAME")]
        file: Option<String>,
    },
    /// Exports of a resource, the newest first.
    List {
        /// The resource.
        resource: String,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// One export: time, rows, rejected rows, remarks.
    Show {
        /// Its number.
        export: ExportId,
    },
    /// What a held export would do if it were released now: rows, values, operations, cases.
    Preview {
        /// Its number.
        export: ExportId,
    },
    /// Believe a held export after all.
    Release {
        /// Its number.
        export: ExportId,
        /// Who releases it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why it is right in spite of what the gates say.
        #[arg(long)]
        reason: String,
    },
    /// Say that a held export is wrong: it changes nothing, and is not held again.
    Discard {
        /// Its number.
        export: ExportId,
        /// Who discards it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// What is wrong with it.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum NotificationCommand {
    /// Notifications, the newest first.
    List {
        /// Only those through this sink.
        #[arg(long)]
        sink: Option<SinkName>,
        /// Only those about this resource.
        #[arg(long)]
        resource: Option<String>,
        /// Only those that have got so far.
        #[arg(long, value_parser = delivery_state)]
        state: Option<DeliveryState>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One notification: what it tells, to whom, and why it has not got there.
    Show {
        /// Its number.
        notification: NotificationId,
    },
    /// Try again with the next run, as often as if it were new.
    Retry {
        /// Their numbers.
        #[arg(required = true)]
        notifications: Vec<NotificationId>,
    },
    /// Do not try again.
    Discard {
        /// Their numbers.
        #[arg(required = true)]
        notifications: Vec<NotificationId>,
        /// Who says so.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
    },
}

fn delivery_state(text: &str) -> Result<DeliveryState, String> {
    let states = DeliveryState::ALL;
    states
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| {
            let names = states.map(DeliveryState::as_str);
            format!("the states are {}", names.join(", "))
        })
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it needs a name and `=`, such as login=jdoe".to_owned()),
    }
}

fn state(text: &str) -> Result<provisor::model::OperationState, String> {
    use provisor::model::OperationState as State;
    let all = [
        State::Waiting,
        State::Opening,
        State::Open,
        State::Done,
        State::Verified,
        State::Contradicted,
        State::Failed,
        State::Cancelled,
    ];
    all.into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|state| state.as_str()).collect();
            format!("one of {}", names.join(", "))
        })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
