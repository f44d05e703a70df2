//! `provisor component key`

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key that only its owner can read.
    New {
        /// A new file.
        file: PathBuf,
    },
    /// The public half of a key, which others need to verify with.
    Show {
        /// The file of the key: Ed25519 in PEM format (PKCS #8).
        file: PathBuf,
    },
}
