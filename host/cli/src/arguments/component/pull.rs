//! `provisor component pull`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct PullArguments {
    /// What to fetch: REGISTRY/NAME@sha256:… with the digest of its manifest.
    pub reference: String,
    /// A new file for the component. Its signatures are written beside it: FILE.sig, FILE.2.sig, and so on.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Who asks. The password or token is taken from PROVISOR_REGISTRY_PASSWORD.
    #[arg(long)]
    pub user: Option<String>,
    /// Speak without encryption, to a registry on this machine.
    #[arg(long)]
    pub plain_http: bool,
}
