//! `provisor component export`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The name of a built-in one, or a file.
    pub component: String,
    /// A new folder, or a new file if it ends in .tar.
    #[arg(long, value_name = "PATH")]
    pub to: PathBuf,
    /// A signature that goes along; may be repeated.
    #[arg(long = "signature", value_name = "FILE")]
    pub signatures: Vec<PathBuf>,
}
