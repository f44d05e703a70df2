//! `provisor component sign`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct SignArguments {
    /// A component, or the report of its conformance.
    pub file: PathBuf,
    /// The file of the key; `provisor component key new` makes one.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// A new file for the signature. Default: FILE.sig.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// What the signer calls himself. It proves nothing.
    #[arg(long)]
    pub name: Option<String>,
}
