//! `provisor component refresh`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct RefreshArguments {
    /// The folder of the project.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}
