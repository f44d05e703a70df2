//! `provisor component show`

use clap::Args;

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The name of an uploaded component, which means the newest that is ready; or the first digits
    /// of its digest.
    pub component: String,
}
