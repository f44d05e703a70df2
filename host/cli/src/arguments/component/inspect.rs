//! `provisor component inspect`

use clap::Args;

#[derive(Debug, Args)]
pub struct InspectArguments {
    /// The name of a built-in one, or a file.
    pub component: String,
    /// Print the JSON Schema of its settings only.
    #[arg(long)]
    pub settings_schema: bool,
}
