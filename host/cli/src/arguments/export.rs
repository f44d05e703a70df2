//! What can be typed about exports.

use clap::Subcommand;
use provisor::model::{ExportId, PersonName};

#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// Take the export of a resource: compare what is really there with what was asked for.
    Take {
        /// The resource.
        resource: String,
        /// Another file in the same folder than the configured one.
        #[arg(long, value_name = "NAME")]
        file: Option<String>,
    },
    /// Exports of a resource, the newest first.
    List {
        /// The resource.
        resource: String,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// One export: time, rows, rejected rows, remarks.
    Show {
        /// Its number.
        export: ExportId,
    },
    /// What a held export would do if it were released now: rows, values, operations, cases.
    Preview {
        /// Its number.
        export: ExportId,
    },
    /// Believe a held export after all.
    Release {
        /// Its number.
        export: ExportId,
        /// Who releases it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why it is right in spite of what the gates say.
        #[arg(long)]
        reason: String,
    },
    /// Say that a held export is wrong: it changes nothing, and is not held again.
    Discard {
        /// Its number.
        export: ExportId,
        /// Who discards it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// What is wrong with it.
        #[arg(long)]
        reason: String,
    },
}
