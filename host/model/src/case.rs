//! The work order for a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AttributeName, Attributes, CaseId, OperationId, OperationKind, PersonName, Priority,
    ResourceName, Timestamp,
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
        /// Attributes that could not be set, each with the reason.
        refused: BTreeMap<AttributeName, String>,
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

/// One operation of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseItem {
    /// Where the work is to be done.
    pub resource: ResourceName,
    /// The account.
    pub account: AccountId,
    /// How the account was called in the application when the case got the operation.
    pub identifier: String,
    /// What has to be done.
    pub kind: OperationKind,
}

/// Provisor's own work order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Case {
    /// Its number.
    pub id: CaseId,
    /// What has to be done, operation by operation.
    pub items: BTreeMap<OperationId, CaseItem>,
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
    /// It is open, so that it need not be opened again.
    #[error("{case} is open")]
    Open {
        /// The case.
        case: CaseId,
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
            CaseError::Open { .. } => "case-open",
            CaseError::Claimed { .. } => "case-claimed",
            CaseError::NoteRequired { .. } => "note-required",
        }
    }
}

impl Case {
    /// The accounts that it is about.
    pub fn accounts(&self) -> BTreeSet<AccountId> {
        self.items.values().map(|item| item.account).collect()
    }

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

    /// Refuses when somebody else has the case.
    pub fn ensure_with(&self, operator: &PersonName) -> Result<(), CaseError> {
        match &self.claimed_by {
            Some(by) if by != operator => Err(CaseError::Claimed {
                case: self.id,
                by: by.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Takes the case from `operator`, who has it, and gives it to nobody.
    pub fn give_back(&mut self, operator: &PersonName) -> Result<(), CaseError> {
        self.ensure_open()?;
        self.ensure_with(operator)?;
        self.claimed_by = None;
        Ok(())
    }

    /// Gives the case, which is with `operator` or with nobody, to somebody else.
    pub fn pass_on(&mut self, operator: &PersonName, to: &PersonName) -> Result<(), CaseError> {
        self.ensure_open()?;
        self.ensure_with(operator)?;
        self.claimed_by = Some(to.clone());
        Ok(())
    }

    /// Opens a closed case again; nobody has it then.
    pub fn reopen(&mut self) -> Result<(), CaseError> {
        if self.state == CaseState::Open {
            return Err(CaseError::Open { case: self.id });
        }
        self.state = CaseState::Open;
        self.claimed_by = None;
        self.closed_by = None;
        self.closed_at = None;
        Ok(())
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
