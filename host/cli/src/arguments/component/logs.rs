//! `provisor component logs`

use clap::Args;
use provisor::model::LogLevel;

#[derive(Debug, Args)]
pub struct LogsArguments {
    /// Only components of this name, or whose digest begins with it.
    pub component: Option<String>,
    /// Only lines that matter as much or more: debug, info, warn or error.
    #[arg(long, default_value = "debug")]
    pub level: LogLevel,
    /// How many lines, the last ones.
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// Go on with what is written from now on, until stopped (Ctrl-C).
    #[arg(long)]
    pub follow: bool,
}
