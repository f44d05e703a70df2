//! `provisor component conform`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use provisor::sandbox::egress::IpNet;
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
    #[arg(long, value_parser = products(), value_name = "PRODUCT", group = "behind")]
    pub product: Option<String>,
    /// Tickets: judge it at the system of [conformance.target] in component.toml, where tickets are
    /// made.
    #[arg(long, group = "behind")]
    pub live: bool,
    /// Tickets: judge it at the system that this file says, with the keys of [conformance.target].
    #[arg(long, value_name = "FILE", group = "behind")]
    pub target: Option<PathBuf>,
    /// Tickets: judge it at the system at this origin, such as https://tickets.example.org.
    #[arg(long, value_name = "ORIGIN", group = "behind")]
    pub url: Option<String>,
    /// Tickets: what that system is entered by, written as in a configuration, such as
    /// '{ kind = "bearer", token = { env = "TICKETS_TOKEN" } }'.
    #[arg(long, value_name = "TABLE", requires = "url")]
    pub credential: Option<String>,
    /// Tickets: private addresses that the origin may stand for, such as 127.0.0.1/32.
    #[arg(long, value_name = "NETWORK", requires = "url")]
    pub allow_private: Vec<IpNet>,
    /// Tickets: judge it by what a system has answered before, without any system.
    #[arg(long, value_name = "FILE", group = "behind")]
    pub recording: Option<PathBuf>,
    /// Tickets: write what the system answers into this file, for --recording.
    #[arg(long, value_name = "FILE", conflicts_with = "recording")]
    pub record: Option<PathBuf>,
    /// Make tickets in a system that is there without asking first.
    #[arg(long)]
    pub yes: bool,
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
    let products = provisor_conformance::simulated::PRODUCTS.iter();
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
