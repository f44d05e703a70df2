//! The work order for a person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Attributes, CaseId, OperationId, OperationKind, PersonName, Priority, ResourceName,
    Timestamp,
};

/// Whether there is still something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseState {
    /// Somebody has to do something.
    Open,
    /// Nobody has to do anything any more.
    Closed,
}

impl CaseState {
    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            CaseState::Open => "open",
            CaseState::Closed => "closed",
        }
    }
}

/// How a person ends an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, perhaps with other values than those asked for.
    Done {
        /// Attributes that were set to other values.
        reported: Attributes,
        /// What the person has to say.
        note: Option<String>,
    },
    /// It cannot be done.
    NotPossible {
        /// Why not.
        reason: String,
    },
    /// It shall not be done.
    Cancelled {
        /// Why not.
        reason: String,
    },
}

/// Provisor's own work order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Case {
    /// Its number.
    pub id: CaseId,
    /// Where the work is to be done.
    pub resource: ResourceName,
    /// The account.
    pub account: AccountId,
    /// How the account is called in the application.
    pub identifier: String,
    /// What has to be done, operation by operation.
    pub operations: BTreeMap<OperationId, OperationKind>,
    /// Whether there is still something to do.
    pub state: CaseState,
    /// How soon.
    pub priority: Priority,
    /// By when.
    pub due: Option<Timestamp>,
    /// Who may do it: operators or groups of them.
    pub operators: Vec<PersonName>,
    /// Who has taken it.
    pub claimed_by: Option<PersonName>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Who closed it.
    pub closed_by: Option<PersonName>,
    /// Whether a note is needed to complete it.
    pub require_note: bool,
    /// The case whose work was not found in the export.
    pub follow_up_of: Option<CaseId>,
}

/// Why something cannot be done with a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// Somebody was faster.
    #[error("{case} was closed by {by} at {at}")]
    Closed {
        /// The case.
        case: CaseId,
        /// Who closed it.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody has taken it.
    #[error("{case} is with {by}")]
    Claimed {
        /// The case.
        case: CaseId,
        /// Who has it.
        by: PersonName,
    },
    /// The policy wants to read what was done.
    #[error("{case} needs a note that says what was done")]
    NoteRequired {
        /// The case.
        case: CaseId,
    },
}

impl CaseError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            CaseError::Closed { .. } => "case-closed",
            CaseError::Claimed { .. } => "case-claimed",
            CaseError::NoteRequired { .. } => "note-required",
        }
    }
}

impl Case {
    /// Refuses when the case is closed.
    pub fn ensure_open(&self) -> Result<(), CaseError> {
        match self.state {
            CaseState::Open => Ok(()),
            CaseState::Closed => Err(CaseError::Closed {
                case: self.id,
                by: self
                    .closed_by
                    .as_ref()
                    .map_or("the engine".to_owned(), ToString::to_string),
                at: self.closed_at.unwrap_or(self.opened_at),
            }),
        }
    }

    /// Gives the case to `operator`. Claiming again what one has is no error.
    pub fn claim(&mut self, operator: &PersonName) -> Result<(), CaseError> {
        self.ensure_open()?;
        match &self.claimed_by {
            Some(by) if by != operator => Err(CaseError::Claimed {
                case: self.id,
                by: by.clone(),
            }),
            _ => {
                self.claimed_by = Some(operator.clone());
                Ok(())
            }
        }
    }

    /// Closes the case; `by` is `None` when no person did.
    pub fn close(&mut self, by: Option<&PersonName>, now: Timestamp) -> Result<(), CaseError> {
        self.ensure_open()?;
        self.state = CaseState::Closed;
        self.closed_by = by.cloned();
        self.closed_at = Some(now);
        Ok(())
    }
}
