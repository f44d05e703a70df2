//! `provisor component check`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// A component, or the folder of a project that was built.
    #[arg(default_value = ".", value_name = "FILE|FOLDER")]
    pub component: PathBuf,
}
