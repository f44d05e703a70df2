//! `provisor component retire`

use clap::Args;
use provisor::model::PersonName;

#[derive(Debug, Args)]
pub struct RetireArguments {
    /// The first digits of its digest, or its name, which means the newest that is ready.
    pub component: String,
    /// Who says so.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
    /// Why.
    #[arg(long)]
    pub reason: String,
}
