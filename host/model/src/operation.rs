//! One pending change of one account.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    AttributeName, AttributeVerdict, Attributes, CaseId, CorrelationId, Delta, ExportId,
    Obligations, OperationId, PersonName, Priority, State, Subject, Timestamp,
};

/// What an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// The account comes into being.
    Create,
    /// Attributes change.
    Modify,
    /// The account goes.
    Delete,
    /// The account may be used again.
    Enable,
    /// The account stays but may not be used.
    Disable,
    /// The identifier changes.
    Rename,
}

impl OperationKind {
    /// Its name in configuration, API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            OperationKind::Create => "create",
            OperationKind::Modify => "modify",
            OperationKind::Delete => "delete",
            OperationKind::Enable => "enable",
            OperationKind::Disable => "disable",
            OperationKind::Rename => "rename",
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationState {
    /// Not with anybody yet: undecided, held, or not before some time.
    Waiting,
    /// The intent to create a ticket is stored; whether there is one is being found out.
    Opening,
    /// With a person.
    Open,
    /// The person says it is done.
    Done,
    /// An export shows it.
    Verified,
    /// An export shows something else.
    Contradicted,
    /// It could not be done.
    Failed,
    /// It is no longer wanted.
    Cancelled,
}

impl OperationState {
    /// Its name in configuration, API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            OperationState::Waiting => "waiting",
            OperationState::Opening => "opening",
            OperationState::Open => "open",
            OperationState::Done => "done",
            OperationState::Verified => "verified",
            OperationState::Contradicted => "contradicted",
            OperationState::Failed => "failed",
            OperationState::Cancelled => "cancelled",
        }
    }

    /// Whether an operation may go from this state to the next.
    pub fn may_become(self, next: OperationState) -> bool {
        use OperationState::{
            Cancelled, Contradicted, Done, Failed, Open, Opening, Verified, Waiting,
        };
        matches!(
            (self, next),
            (Waiting, Opening | Open | Cancelled)
                | (Opening, Open | Failed | Cancelled)
                | (Open, Done | Failed | Cancelled)
                | (Done, Verified | Contradicted)
        )
    }
}

impl fmt::Display for OperationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a waiting operation does not go out by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldKind {
    /// The policy says so.
    Policy,
    /// The policy could not decide: it failed, or asked for something the host cannot heed.
    Undecidable,
    /// A person says so.
    Person,
    /// More of its kind than usual would go out.
    Threshold,
    /// The account may be there already, under another name.
    Correlation,
}

/// A waiting operation that a person must release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hold {
    /// Who holds it.
    pub kind: HoldKind,
    /// The policy's code, for machines.
    pub code: String,
    /// The reason, for people.
    pub reason: String,
}

impl Hold {
    /// Whether it stays when something else is wanted: nobody else but a person ends it.
    pub fn stays(&self) -> bool {
        matches!(self.kind, HoldKind::Person | HoldKind::Correlation)
    }
}

/// One pending change of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Operation {
    /// Its number.
    pub id: OperationId,
    /// Its name outside; `None` until it goes out.
    pub correlation: Option<CorrelationId>,
    /// What was asked for.
    pub delta: Delta,
    /// What was expected to be there before, as far as the delta touches it.
    pub before: State,
    /// Where it stands.
    pub state: OperationState,
    /// Who asked; `None` when the engine itself did.
    pub requester: Option<PersonName>,
    /// When it was planned first.
    pub requested_at: Timestamp,
    /// Whether the policy has decided about this very delta.
    pub decided: bool,
    /// Why it does not go out by itself.
    pub held: Option<Hold>,
    /// Whether a person has released it: no threshold holds it again.
    #[serde(default)]
    pub released: bool,
    /// By the policy, it does not go out before this time.
    pub not_before: Option<Timestamp>,
    /// Until this time it waits for others that go out with it.
    pub propagate_at: Option<Timestamp>,
    /// It does not go out before this one was carried out or given up.
    pub after: Option<OperationId>,
    /// What the policy asked to be heeded.
    pub obligations: Obligations,
    /// The case that carries it.
    pub case: Option<CaseId>,
    /// Whether somebody has taken the case that carries it, so that it cannot be taken back.
    pub claimed: bool,
    /// When it was given to a person.
    pub opened_at: Option<Timestamp>,
    /// When the person did it, by the person's account.
    pub completed_at: Option<Timestamp>,
    /// When it was over; from then on it changes nothing any more.
    pub ended_at: Option<Timestamp>,
    /// Values that the person set instead of those that were asked for.
    pub reported: Attributes,
    /// Attributes that could not be set as asked, each with the reason.
    pub refused: BTreeMap<AttributeName, String>,
    /// Why it ended as it did, in words.
    pub reason: Option<String>,
    /// Whether it was taken back from a case because something else is wanted.
    pub withdrawn: bool,
    /// The contradicted operation that it repeats.
    pub follow_up_of: Option<OperationId>,
    /// How many operations before it asked for the same in vain.
    pub raised: u32,
    /// The first export that showed it while it was still open.
    pub seen: Option<ExportId>,
    /// What the last export that had something to say said.
    pub verdicts: Vec<AttributeVerdict>,
    /// The export that verified or contradicted it.
    pub decided_by: Option<ExportId>,
}

impl Operation {
    /// A waiting operation.
    pub fn new(id: OperationId, delta: Delta, before: State, requested_at: Timestamp) -> Self {
        Self {
            id,
            correlation: None,
            delta,
            before,
            state: OperationState::Waiting,
            requester: None,
            requested_at,
            decided: false,
            held: None,
            released: false,
            not_before: None,
            propagate_at: None,
            after: None,
            obligations: Obligations::default(),
            case: None,
            claimed: false,
            opened_at: None,
            completed_at: None,
            ended_at: None,
            reported: Attributes::new(),
            refused: BTreeMap::new(),
            reason: None,
            withdrawn: false,
            follow_up_of: None,
            raised: 0,
            seen: None,
            verdicts: Vec::new(),
            decided_by: None,
        }
    }

    /// Whether it is part of the expected view.
    pub fn counts(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether it has gone out and nobody has ended it: people have it, or soon will.
    pub fn is_out(&self) -> bool {
        self.counts() && matches!(self.state, OperationState::Opening | OperationState::Open)
    }

    /// The moment before which it does not go out, if there is one. What is urgent waits for no
    /// others.
    pub fn goes_out_at(&self) -> Option<Timestamp> {
        if self.obligations.priority == Priority::Urgent {
            self.not_before
        } else {
            self.not_before.max(self.propagate_at)
        }
    }

    /// Whether it waits for the policy.
    pub fn is_undecided(&self) -> bool {
        self.state == OperationState::Waiting && self.held.is_none() && !self.decided
    }

    /// Whether it waits for nobody but the clock: it can go out at `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == OperationState::Waiting
            && self.held.is_none()
            && self.goes_out_at().is_none_or(|time| time <= now)
    }

    /// What it really does: what was asked for, without what could not be done, and with the
    /// values that the person set instead.
    pub fn effect(&self) -> Delta {
        if self.reported.is_empty() && self.refused.is_empty() {
            return self.delta.clone();
        }
        let refused = |subject: &Subject| matches!(subject, Subject::Attribute(name) if self.refused.contains_key(name));
        self.delta.without(refused).overridden(&self.reported)
    }

    /// Goes to another state if the state machine allows it; the answer says whether it did.
    #[must_use]
    pub fn become_state(&mut self, next: OperationState) -> bool {
        let allowed = self.ended_at.is_none() && self.state.may_become(next);
        if allowed {
            self.state = next;
        }
        allowed
    }
}
