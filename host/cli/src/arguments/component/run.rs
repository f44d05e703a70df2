//! `provisor component run`

use std::path::PathBuf;

use clap::Args;
use provisor::configuration::LimitOverrides;
use provisor::sandbox::egress::{IpNet, Origin};

/// What a component is asked: without any of these, it works on its input once; one that keeps
/// tickets is asked whether it can work.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// A component, or the folder of a project that was built.
    #[arg(default_value = ".", value_name = "FILE|FOLDER")]
    pub component: PathBuf,
    /// A file with its settings, as JSON. Default: that of component.toml, else no settings.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// A secret that it may read, and the variable of the environment that holds it.
    #[arg(long = "secret", value_name = "NAME=VARIABLE", value_parser = super::super::name_and_value)]
    pub secrets: Vec<(String, String)>,
    /// What it works on: an export; or identities or proposals as JSON lines. Default: that of
    /// component.toml.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// A limit other than the default, such as memory=64MiB, cpu-time=2s or wall-time=5s.
    #[arg(long = "limit", value_name = "NAME=VALUE")]
    pub limits: Vec<LimitOverrides>,
    /// Rows of an export that are shown; with --json, all are unless this says otherwise.
    #[arg(long, value_name = "NUMBER")]
    pub rows: Option<usize>,
    /// Tickets: how the system behaves, and whether everything is there that the settings name.
    #[arg(long, group = "question")]
    pub check: bool,
    /// Tickets: make one from this file, then look for it and at it, as a host does.
    #[arg(long, value_name = "FILE", group = "question")]
    pub create: Option<PathBuf>,
    /// Tickets: look for those with this correlation id.
    #[arg(long, value_name = "ID", group = "question")]
    pub find: Option<String>,
    /// Tickets: look at those with these references.
    #[arg(long, value_name = "REFERENCE", num_args = 1.., group = "question")]
    pub status: Vec<String>,
    /// Tickets: an origin that may be reached, such as https://tickets.example.org.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub reach: Vec<Origin>,
    /// Tickets: the variable of the environment with the token that is added to requests.
    #[arg(long, value_name = "VARIABLE", requires = "reach")]
    pub bearer: Option<String>,
    /// Tickets: private addresses that the origins may stand for, such as 127.0.0.1/32.
    #[arg(long, value_name = "NETWORK", requires = "reach")]
    pub allow_private: Vec<IpNet>,
    /// Tickets: speak to a simulated system instead. Default: that of component.toml.
    #[arg(long, value_name = "PRODUCT", value_parser = ["slips"], conflicts_with = "reach")]
    pub product: Option<String>,
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).map_err(|error| error.to_string())
}
