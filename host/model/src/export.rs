//! One snapshot of the application's accounts.

use serde::{Deserialize, Serialize};

use crate::{AttributeName, Digest, ExportId, ResourceName, Timestamp};

/// What became of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportState {
    /// What it shows is what is observed.
    Accepted,
    /// It changed nothing.
    Refused,
}

impl ExportState {
    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            ExportState::Accepted => "accepted",
            ExportState::Refused => "refused",
        }
    }
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RejectedRow {
    /// Its line, counted from 1.
    pub position: u64,
    /// Its identifier, if that could be read.
    pub identifier: Option<String>,
    /// What is wrong with it.
    pub message: String,
}

/// One snapshot of the application's accounts. Its content is kept as evidence by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Export {
    /// Its number.
    pub id: ExportId,
    /// Whose accounts.
    pub resource: ResourceName,
    /// The content.
    pub digest: Digest,
    /// What the file was called.
    pub name: String,
    /// How long it is, in bytes.
    pub size: u64,
    /// When the application made it.
    pub exported_at: Timestamp,
    /// How that is known: `trailer`, `file-name`, `mtime` or `read`.
    pub exported_at_from: String,
    /// When it was read.
    pub read_at: Timestamp,
    /// What became of it.
    pub state: ExportState,
    /// Usable rows.
    pub rows: u64,
    /// Rejected rows.
    pub rejected: u64,
    /// The first of the rejected rows.
    pub rejected_rows: Vec<RejectedRow>,
    /// The attributes that it has columns for.
    pub covered: Vec<AttributeName>,
    /// Attributes that the reader looked for in vain.
    pub absent: Vec<AttributeName>,
    /// Why it was refused, or what is odd about it.
    pub remarks: Vec<String>,
    /// The component that read it.
    pub reader: Digest,
}
