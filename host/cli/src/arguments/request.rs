//! What can be typed to ask for accounts.

use std::path::PathBuf;

use clap::Args;
use provisor::model::{IdentityId, OperationId, PersonName};

use super::name_and_value;

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
