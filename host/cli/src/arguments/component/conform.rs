//! `provisor component conform`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use provisor_conformance::Level;

/// What is judged, and how strictly. What a project's component.toml says is the default of most.
#[derive(Debug, Args)]
pub struct ConformArguments {
    /// A component, the folder of a project that was built, or the name of a built-in one.
    #[arg(default_value = ".", value_name = "FILE|FOLDER|NAME")]
    pub component: PathBuf,
    /// A file with settings that are valid, as JSON. Default: no settings.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// An example of what it works on: an export; or identities or proposals as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The name of a secret that it reads; the suite fills in values that it looks for afterwards.
    #[arg(long = "secret", value_name = "NAME")]
    pub secrets: Vec<String>,
    /// Tickets: the simulated product that it is judged with.
    #[arg(long, value_parser = products(), value_name = "PRODUCT")]
    pub product: Option<String>,
    /// What has to hold. Default: must.
    #[arg(long)]
    pub level: Option<Strictness>,
    /// Try this property only; may be repeated. A part says of no component that it conforms.
    #[arg(long = "property", value_name = "ID")]
    pub properties: Vec<String>,
    /// Where everything comes from that is left to chance.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub seed: u64,
    /// Write the report as JUnit XML into this file.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the report into this file, as it is signed and given to a host.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Show all properties; nothing is tried.
    #[arg(long)]
    pub list: bool,
}

fn products() -> clap::builder::PossibleValuesParser {
    let products = provisor_conformance::target::PRODUCTS.iter();
    products
        .map(|product| product.name)
        .collect::<Vec<_>>()
        .into()
}

/// How strictly a component is judged.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Strictness {
    /// What puts the host or the data at risk.
    Must,
    /// And what gives people trouble.
    Should,
    /// And what is good to have.
    May,
}

impl From<Strictness> for Level {
    fn from(strictness: Strictness) -> Self {
        match strictness {
            Strictness::Must => Level::Must,
            Strictness::Should => Level::Should,
            Strictness::May => Level::May,
        }
    }
}
