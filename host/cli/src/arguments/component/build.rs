//! `provisor component build`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct BuildArguments {
    /// The folder of the project.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}
