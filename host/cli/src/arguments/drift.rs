//! What can be typed about drift.

use clap::{Args, Subcommand};
use provisor::model::PersonName;

#[derive(Debug, Subcommand)]
pub enum DriftCommand {
    /// How much there is on each resource, and what it is.
    List {
        /// Only of this resource.
        #[arg(long)]
        resource: Option<String>,
        /// Also what is acknowledged.
        #[arg(long)]
        all: bool,
        /// At most so many; the counts are of all.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Ask for it to be set right, with an operation.
    Fix(DriftArguments),
    /// Let it stay: what the application has becomes what is desired.
    Keep(DriftArguments),
    /// Say that you know of it. Nothing is done about it, and it is not counted as open.
    Acknowledge(DriftArguments),
}

#[derive(Debug, Args)]
pub struct DriftArguments {
    /// The resource.
    pub resource: String,
    /// How the account is called there; to acknowledge, also a row that nobody asked for.
    pub identifier: String,
    /// Only of this attribute; may be repeated.
    #[arg(long = "attribute", value_name = "NAME")]
    pub attributes: Vec<String>,
    /// Who decides.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
    /// Why.
    #[arg(long)]
    pub reason: String,
}
