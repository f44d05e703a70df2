//! What is wanted but not asked for again.

use serde::{Deserialize, Serialize};

use crate::{OperationId, Schema, State, Subject, Timestamp, Values};

/// Why something that is wanted is not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WithheldReason {
    /// A person said that it could not be done.
    NotPossible(String),
    /// A person took the work back.
    Cancelled(String),
    /// The policy denied it.
    Denied(String),
    /// It was asked for as often as the resource allows, and never done.
    RaisedTooOften(u32),
}

impl std::fmt::Display for WithheldReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WithheldReason::NotPossible(reason) => write!(f, "could not be done: {reason}"),
            WithheldReason::Cancelled(reason) => write!(f, "cancelled: {reason}"),
            WithheldReason::Denied(reason) => write!(f, "denied by policy: {reason}"),
            WithheldReason::RaisedTooOften(times) => {
                write!(f, "asked for {times} times and never done")
            }
        }
    }
}

/// One thing that is wanted and is not asked for again until somebody asks anew, releases it, or
/// wants something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Withheld {
    /// What it is about.
    pub subject: Subject,
    /// Whether an account was wanted, for [`Subject::Existence`].
    pub existence: bool,
    /// The values that were wanted, for an attribute.
    pub wanted: Values,
    /// Why.
    pub reason: WithheldReason,
    /// The operation that was not carried out.
    pub operation: OperationId,
    /// Since when.
    pub since: Timestamp,
}

impl Withheld {
    /// Whether this is about something that `desired` wants.
    pub fn concerns(&self, schema: &Schema, desired: &State) -> bool {
        holds_back(schema, desired, &self.subject, self.existence, &self.wanted)
    }
}

/// Whether `desired` wants just this of the subject.
pub(crate) fn holds_back(
    schema: &Schema,
    desired: &State,
    subject: &Subject,
    existence: bool,
    wanted: &Values,
) -> bool {
    match (subject, desired) {
        (Subject::Existence, _) => desired.exists() == existence,
        (Subject::Attribute(name), State::Present(attributes)) => attributes
            .get(name)
            .is_some_and(|values| schema.same(name, values, wanted)),
        (Subject::Attribute(_), State::Absent) => false,
    }
}
