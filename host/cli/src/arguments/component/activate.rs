//! `provisor component activate`

use clap::Args;
use provisor::model::PersonName;

#[derive(Debug, Args)]
pub struct ActivateArguments {
    /// The name of an uploaded component, which means the newest that is ready; or the first digits
    /// of its digest.
    pub component: String,
    /// Who activates it.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
    /// An origin that it may reach, such as https://tickets.example.org; can be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub grant: Vec<String>,
    /// The name of a secret that it may read; can be repeated.
    #[arg(long, value_name = "NAME")]
    pub grant_secret: Vec<String>,
    /// Let it use, too, what is approved for the version that is active.
    #[arg(long)]
    pub keep_grants: bool,
    /// Why.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
    /// Show what it would be granted and whether it fits; nothing is changed.
    #[arg(long)]
    pub preview: bool,
}
