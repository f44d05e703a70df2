//! `provisor component upload`

use std::path::PathBuf;

use clap::Args;
use provisor::model::PersonName;

#[derive(Debug, Args)]
pub struct UploadArguments {
    /// The component's file.
    pub file: PathBuf,
    /// Who uploads it.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: PersonName,
    /// Why, in words.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
    /// The report of its conformance, as `provisor component conform` writes it.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// A signature of the component or of its report; can be repeated.
    #[arg(long = "signature", value_name = "FILE")]
    pub signatures: Vec<PathBuf>,
}
