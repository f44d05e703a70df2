//! `provisor component compare`

use clap::Args;
use provisor::model::ComponentName;

#[derive(Debug, Args)]
pub struct CompareArguments {
    /// The uploaded component.
    pub name: ComponentName,
    /// Show so many of the last differences.
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub limit: usize,
}
