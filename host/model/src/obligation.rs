//! What a policy asks to be heeded when an operation goes out.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{AttributeName, PersonName};

/// How soon somebody should look at a case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// When nothing else is there.
    Low,
    /// The usual.
    #[default]
    Normal,
    /// Before the usual.
    High,
    /// Now.
    Urgent,
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        })
    }
}

/// The obligations of one operation, all of which the host heeds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Obligations {
    /// The priority of the case.
    #[serde(default)]
    pub priority: Priority,
    /// The case is due this long after it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_in: Option<Duration>,
    /// Who gets the case, instead of the resource's operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<PersonName>,
    /// Attributes whose values the case does not show.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub redact: BTreeSet<AttributeName>,
    /// Whoever closes the case must say in a note what was done.
    #[serde(default)]
    pub require_note: bool,
    /// Whoever completes the case must attach something that shows it.
    #[serde(default)]
    pub require_evidence: bool,
    /// Whoever closes the case is neither the person it is about nor the one who asked for it.
    #[serde(default)]
    pub by_another: bool,
    /// Operations of the same resource with the same name here may share a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}
