//! What can be typed about accounts.

use clap::{Args, Subcommand};
use provisor::model::{IdentityId, PersonName};

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
