//! `provisor component stats`

use std::time::Duration;

use clap::Args;
use provisor::configuration::parse_duration;

#[derive(Debug, Args)]
pub struct StatsArguments {
    /// Only components of this name, or whose digest begins with it.
    pub component: Option<String>,
    /// How far back to look, such as 90m, 24h or 30d; whole hours are counted.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
    pub since: Duration,
}
