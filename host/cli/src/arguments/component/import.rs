//! `provisor component import`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The layout: a folder, or a .tar file.
    pub layout: PathBuf,
    /// A new file for the component. Its signatures are written beside it: FILE.sig, FILE.2.sig, and so on.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Which of several: the digest of the component or of its manifest.
    #[arg(long, value_name = "SHA256")]
    pub digest: Option<String>,
}
