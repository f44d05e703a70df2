//! One snapshot of the application's accounts.

use serde::{Deserialize, Serialize};

use crate::{
    AttributeName, Digest, ExportId, GateAction, PersonName, ResourceName, Timestamp, Tripped,
};

/// What became of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportState {
    /// What it shows is what is observed.
    Accepted,
    /// It changed nothing.
    Refused,
    /// It changes nothing until a person releases or discards it.
    Held,
    /// It was held, and a person said that it is wrong. It changed nothing.
    Discarded,
    /// It was held, and a later one took its place. It changed nothing.
    Replaced,
}

impl ExportState {
    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            ExportState::Accepted => "accepted",
            ExportState::Refused => "refused",
            ExportState::Held => "held",
            ExportState::Discarded => "discarded",
            ExportState::Replaced => "replaced",
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

/// What a person said about a held export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExportDecision {
    /// Who.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
    /// Why, in words.
    pub reason: String,
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
    /// Why it was refused or held, or what is odd about it.
    pub remarks: Vec<String>,
    /// The gates that did not let it pass unseen, the strictest first.
    #[serde(default)]
    pub gates: Vec<Tripped>,
    /// What a person said about it when it was held.
    #[serde(default)]
    pub decision: Option<ExportDecision>,
    /// When its content was dropped because it had been kept long enough; all else about it stays.
    #[serde(default)]
    pub content_dropped_at: Option<Timestamp>,
    /// The component that read it.
    pub reader: Digest,
}

impl Export {
    /// Why it is held: what the gates say that hold it.
    pub fn held_because(&self) -> Vec<&str> {
        self.gates
            .iter()
            .filter(|tripped| tripped.action == GateAction::Hold)
            .map(|tripped| tripped.why.as_str())
            .collect()
    }
}
