//! `provisor component replay`

use clap::Args;

#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// A version of a mapping or policy: an uploaded one by its digest or name, a built-in one by its
    /// name, or a file.
    pub component: String,
    /// Compare it on this resource. Without: on all that use a component of the same name.
    #[arg(long = "resource", value_name = "RESOURCE")]
    pub resources: Vec<String>,
    /// Compare at most so many identities, or the last so many proposals.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Show so many examples of each difference.
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    pub examples: usize,
}
