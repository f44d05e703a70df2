//! `provisor component approve`

use clap::Args;
use provisor::model::PersonName;

#[derive(Debug, Args)]
pub struct ApproveArguments {
    /// The first digits of the digest that was looked at, or the name of the component.
    pub component: String,
    /// Who approves.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
}
