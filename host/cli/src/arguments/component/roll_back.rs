//! `provisor component roll-back`

use clap::Args;
use provisor::model::PersonName;

#[derive(Debug, Args)]
pub struct RollBackArguments {
    /// The name of the component.
    pub name: String,
    /// Who goes back.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
    /// Why.
    #[arg(long)]
    pub reason: String,
}
