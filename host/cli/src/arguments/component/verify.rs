//! `provisor component verify`

use std::path::PathBuf;

use clap::Args;
use provisor::model::KeyName;
use provisor::package::PublicKey;

#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// A component, or the report of its conformance.
    pub file: PathBuf,
    /// A signature; may be repeated. Default: FILE.sig.
    #[arg(long = "signature", value_name = "FILE")]
    pub signatures: Vec<PathBuf>,
    /// A key that is trusted; may be repeated, and all of them have to vouch. Default: the keys and
    /// rules of the configuration.
    #[arg(long = "key", value_name = "NAME=HEX", value_parser = named_key)]
    pub keys: Vec<NamedKey>,
}

/// A key and how it is called.
#[derive(Debug, Clone)]
pub struct NamedKey {
    /// How it is called.
    pub name: KeyName,
    /// The key.
    pub key: PublicKey,
}

fn named_key(text: &str) -> Result<NamedKey, String> {
    let (name, key) = text
        .split_once('=')
        .ok_or("it needs a name, `=` and 64 hexadecimal digits")?;
    Ok(NamedKey {
        name: KeyName::new(name).map_err(|error| error.to_string())?,
        key: key
            .parse()
            .map_err(|error: provisor::package::KeyError| error.to_string())?,
    })
}
