//! `provisor component delete`

use clap::Args;
use provisor::model::PersonName;

#[derive(Debug, Args)]
pub struct DeleteArguments {
    /// The first digits of its digest, or its name, which means the newest that is ready.
    pub component: String,
    /// Who deletes it.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
}
