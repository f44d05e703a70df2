//! What changed behind our backs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CaseId, ExportId, PersonName, Subject, Timestamp, Values};

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// The owner is asked which of the two it shall be.
    Ask,
}

impl Reaction {
    /// Its name in configuration, API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Reaction::Report => "report",
            Reaction::Fix => "fix",
            Reaction::Accept => "accept",
            Reaction::Ask => "ask",
        }
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a person says shall be done about a drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is set right: an operation for it is planned.
    Fix,
    /// What the application has becomes what is desired.
    Keep,
}

/// Somebody knows of a drift and leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Acknowledgement {
    /// Who.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
    /// Why it may stay.
    pub reason: String,
}

/// That something was to be set right once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Remedy {
    /// What.
    pub subject: Subject,
    /// When the drift was found that it was the answer to.
    pub at: Timestamp,
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
    /// It was set right as often as is allowed and drifted again, so that it is only reported.
    #[serde(default)]
    pub gave_up: bool,
    /// The case that asks what shall be done about it.
    #[serde(default)]
    pub question: Option<CaseId>,
    /// Who knows of it. It is not counted as open from then on.
    #[serde(default)]
    pub acknowledged: Option<Acknowledgement>,
}

impl Drift {
    /// Whether nobody has said yet that it may stay.
    pub fn is_open(&self) -> bool {
        self.acknowledged.is_none()
    }

    /// Whether its owner has to be asked, and has not been asked yet.
    pub fn is_unasked(&self) -> bool {
        self.reaction == Reaction::Ask && self.question.is_none() && self.is_open()
    }
}
