//! The work order for a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AttributeName, Attributes, CaseId, Digest, OperationId, OperationKind, PersonName,
    Priority, ResourceName, TicketSystemName, Timestamp,
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

/// What a case asks: what shall be done about the drift of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Question {
    /// Where the account is.
    pub resource: ResourceName,
    /// The account.
    pub account: AccountId,
    /// How it was called in the application when the case was opened.
    pub identifier: String,
}

/// Something that shows what was done, attached by a person. Its content is kept by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attachment {
    /// What the file was called.
    pub name: String,
    /// What it is, by its content: `image/png`, `image/jpeg`, `application/pdf`, `text/plain`.
    pub media_type: String,
    /// The content.
    pub digest: Digest,
    /// How long it is, in bytes.
    pub size: u64,
    /// Who attached it.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
}

/// Provisor's own work order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Case {
    /// Its number.
    pub id: CaseId,
    /// What has to be done, operation by operation.
    pub items: BTreeMap<OperationId, CaseItem>,
    /// What has to be answered. A case has either work or a question.
    #[serde(default)]
    pub question: Option<Question>,
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
    /// Whether something that shows it must be attached to complete it.
    #[serde(default)]
    pub require_evidence: bool,
    /// Whether it must be closed by somebody else than whom it is about or who asked for it.
    #[serde(default)]
    pub by_another: bool,
    /// What was attached to it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Whether its operators were reminded that it is due.
    #[serde(default)]
    pub reminded: bool,
    /// How high it has risen since it was due.
    #[serde(default)]
    pub escalated: u32,
    /// When something is to be done if it stays open.
    #[serde(default)]
    pub nudge_at: Option<Timestamp>,
    /// The case whose work was not found in the export.
    pub follow_up_of: Option<CaseId>,
    /// The system in which its work is kept as a ticket. People there do it, not our operators.
    #[serde(default)]
    pub ticket_system: Option<TicketSystemName>,
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
    /// The policy wants to see what was done.
    #[error("{case} needs evidence of what was done: attach a picture, a PDF or a text first")]
    EvidenceRequired {
        /// The case.
        case: CaseId,
    },
    /// It is a question, and has no work that could be done, cancelled, or done again.
    #[error(
        "{case} asks what shall be done about drift: answer it with `provisor case answer {case}`"
    )]
    Question {
        /// The case.
        case: CaseId,
    },
    /// It has work to be done, and asks nothing.
    #[error("{case} asks nothing: it has work to be done")]
    NoQuestion {
        /// The case.
        case: CaseId,
    },
    /// Nobody does this for himself.
    #[error("{case} must be closed by somebody else: {person} {why}")]
    ByAnother {
        /// The case.
        case: CaseId,
        /// Who tried.
        person: PersonName,
        /// What that person has to do with it.
        why: &'static str,
    },
    /// It is worked on in another system.
    #[error(
        "{case} is worked on as a ticket in {system}: end it there, or take it over with \
         `provisor ticket take-over {case}`"
    )]
    Ticket {
        /// The case.
        case: CaseId,
        /// Where its ticket is.
        system: TicketSystemName,
    },
    /// It has as much evidence as a case may have.
    #[error("{case} has {most} attachments already, and no case can have more")]
    TooManyAttachments {
        /// The case.
        case: CaseId,
        /// How many there may be.
        most: usize,
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
            CaseError::EvidenceRequired { .. } => "evidence-required",
            CaseError::Question { .. } => "case-question",
            CaseError::NoQuestion { .. } => "case-no-question",
            CaseError::ByAnother { .. } => "by-another",
            CaseError::Ticket { .. } => "case-ticket",
            CaseError::TooManyAttachments { .. } => "too-many-attachments",
        }
    }
}

/// More evidence than this is an archive, not an answer.
const MOST_ATTACHMENTS: usize = 20;

impl Case {
    /// An open case that asks for nothing yet.
    pub fn new(id: CaseId, operators: Vec<PersonName>, opened_at: Timestamp) -> Self {
        Self {
            id,
            items: BTreeMap::new(),
            question: None,
            state: CaseState::Open,
            priority: Priority::default(),
            due: None,
            operators,
            claimed_by: None,
            opened_at,
            closed_at: None,
            closed_by: None,
            require_note: false,
            require_evidence: false,
            by_another: false,
            attachments: Vec::new(),
            reminded: false,
            escalated: 0,
            nudge_at: None,
            follow_up_of: None,
            ticket_system: None,
        }
    }

    /// The accounts that it is about.
    pub fn accounts(&self) -> BTreeSet<AccountId> {
        self.about().into_keys().collect()
    }

    /// The resources that it is about.
    pub fn resources(&self) -> BTreeSet<&ResourceName> {
        self.about().into_values().collect()
    }

    /// The accounts that it is about, each with its resource.
    pub fn about(&self) -> BTreeMap<AccountId, &ResourceName> {
        let question = self.question.iter();
        let asked = question.map(|question| (question.account, &question.resource));
        let items = self.items.values();
        items
            .map(|item| (item.account, &item.resource))
            .chain(asked)
            .collect()
    }

    /// Refuses to end by the word of whoever did the work what is a question.
    pub fn ensure_work(&self) -> Result<(), CaseError> {
        match self.question {
            None => Ok(()),
            Some(_) => Err(CaseError::Question { case: self.id }),
        }
    }

    /// Refuses what our operators do to a case while people in another system work on it.
    pub fn ensure_ours(&self) -> Result<(), CaseError> {
        match &self.ticket_system {
            None => Ok(()),
            Some(system) => Err(CaseError::Ticket {
                case: self.id,
                system: system.clone(),
            }),
        }
    }

    /// Refuses to answer where nothing is asked.
    pub fn ensure_question(&self) -> Result<(), CaseError> {
        match self.question {
            Some(_) => Ok(()),
            None => Err(CaseError::NoQuestion { case: self.id }),
        }
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

    /// Attaches something. The same content is attached once.
    pub fn attach(&mut self, attachment: Attachment) -> Result<(), CaseError> {
        self.ensure_open()?;
        let known = |other: &Attachment| other.digest == attachment.digest;
        if self.attachments.iter().any(known) {
            return Ok(());
        }
        if self.attachments.len() >= MOST_ATTACHMENTS {
            return Err(CaseError::TooManyAttachments {
                case: self.id,
                most: MOST_ATTACHMENTS,
            });
        }
        self.attachments.push(attachment);
        Ok(())
    }

    /// Lets `to` work on the case beside its operators.
    pub fn call_in(&mut self, to: &PersonName) {
        if !self.operators.contains(to) {
            self.operators.push(to.clone());
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
