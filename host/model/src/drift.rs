//! What changed behind our backs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ExportId, Subject, Timestamp, Values};

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// An attribute has another value.
    Changed,
    /// The account is gone.
    Missing,
    /// There is an account that nobody asked for.
    Unexpected,
    /// An account that had been removed is there again.
    Reappeared,
}

impl DriftKind {
    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            DriftKind::Changed => "changed",
            DriftKind::Missing => "missing",
            DriftKind::Unexpected => "unexpected",
            DriftKind::Reappeared => "reappeared",
        }
    }
}

impl fmt::Display for DriftKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is done about a drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reaction {
    /// It is reported, and stays until somebody asks for the account anew or it goes away.
    #[default]
    Report,
    /// An operation that sets it right is planned.
    Fix,
    /// What the application has becomes what is desired.
    Accept,
}

/// A difference between observed and expected that no operation explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Drift {
    /// What it is about.
    pub subject: Subject,
    /// What kind it is.
    pub kind: DriftKind,
    /// What should be there. Empty for existence.
    pub expected: Values,
    /// What is there. Empty for existence.
    pub observed: Values,
    /// The export that showed it first.
    pub export: ExportId,
    /// The time of that export.
    pub since: Timestamp,
    /// What is done about it.
    pub reaction: Reaction,
}
