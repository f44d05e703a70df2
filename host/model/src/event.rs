//! What happened, for the history of an account.

use serde::{Deserialize, Serialize};

use crate::{CaseId, Digest, ExportId, OperationId, PersonName};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A requester set the desired state.
    Requested,
    /// An account that was there already was taken over.
    Adopted,
    /// A person said whose account a row is.
    Linked,
    /// A person said that it is not the account of whom it was thought to be.
    Unlinked,
    /// An operation was planned.
    Planned,
    /// A waiting operation was changed before it went out.
    Amended,
    /// The policy let it pass.
    Allowed,
    /// The policy denied it.
    Denied,
    /// It waits for a person's release.
    Held,
    /// A person released it.
    Released,
    /// It is to be given to people outside.
    Intended,
    /// It was given to a person.
    Opened,
    /// The person says it is done.
    Completed,
    /// The person says it cannot be done.
    NotPossible,
    /// It is no longer wanted, or a person took it back.
    Cancelled,
    /// An export shows it while it is still open.
    Seen,
    /// An export shows it.
    Verified,
    /// An export shows something else.
    Contradicted,
    /// Something that is wanted is not asked for again.
    Withheld,
    /// Something changed behind our backs.
    Drifted,
    /// It is as it should be again.
    Settled,
    /// Somebody is asked what shall be done about it.
    Asked,
    /// Somebody said what shall be done about it.
    Answered,
    /// Somebody knows of it and leaves it as it is.
    Acknowledged,
    /// An export was accepted.
    Accepted,
    /// An export or an uploaded component was refused.
    Refused,
    /// A held export was discarded by a person.
    Discarded,
    /// A later export took the place of a held one.
    Replaced,
    /// Somebody took a case.
    Claimed,
    /// Somebody gave a case back, or passed it on to somebody else.
    PassedOn,
    /// Somebody was reminded of a case that is due.
    Reminded,
    /// Somebody else was called in for a case that stayed open.
    Escalated,
    /// Somebody attached evidence to a case.
    Attached,
    /// Somebody said something about a case.
    Commented,
    /// A case was closed.
    Closed,
    /// What had been closed by mistake has to be done after all.
    Reopened,
    /// What was personal about it was erased.
    Erased,
    /// What had been kept long enough, or was never used, was dropped.
    Dropped,
    /// Somebody uploaded a component.
    Uploaded,
    /// An uploaded component can be activated.
    Ready,
    /// Somebody asked that a version of a component be used.
    ActivationAsked,
    /// A version of a component is in use from now on.
    Activated,
    /// The version of a component before is in use again.
    RolledBack,
    /// Nobody shall use a version of a component any more.
    Retired,
    /// A version of a component is tried before everybody gets it.
    CanaryBegun,
    /// A version of a component is not tried any more.
    CanaryEnded,
}

impl EventKind {
    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Requested => "requested",
            EventKind::Adopted => "adopted",
            EventKind::Linked => "linked",
            EventKind::Unlinked => "unlinked",
            EventKind::Planned => "planned",
            EventKind::Amended => "amended",
            EventKind::Allowed => "allowed",
            EventKind::Denied => "denied",
            EventKind::Held => "held",
            EventKind::Released => "released",
            EventKind::Intended => "intended",
            EventKind::Opened => "opened",
            EventKind::Completed => "completed",
            EventKind::NotPossible => "not-possible",
            EventKind::Cancelled => "cancelled",
            EventKind::Seen => "seen",
            EventKind::Verified => "verified",
            EventKind::Contradicted => "contradicted",
            EventKind::Withheld => "withheld",
            EventKind::Drifted => "drifted",
            EventKind::Settled => "settled",
            EventKind::Asked => "asked",
            EventKind::Answered => "answered",
            EventKind::Acknowledged => "acknowledged",
            EventKind::Accepted => "accepted",
            EventKind::Refused => "refused",
            EventKind::Discarded => "discarded",
            EventKind::Replaced => "replaced",
            EventKind::Claimed => "claimed",
            EventKind::PassedOn => "passed-on",
            EventKind::Reminded => "reminded",
            EventKind::Escalated => "escalated",
            EventKind::Attached => "attached",
            EventKind::Commented => "commented",
            EventKind::Closed => "closed",
            EventKind::Reopened => "reopened",
            EventKind::Erased => "erased",
            EventKind::Dropped => "dropped",
            EventKind::Uploaded => "uploaded",
            EventKind::Ready => "ready",
            EventKind::ActivationAsked => "activation-asked",
            EventKind::Activated => "activated",
            EventKind::RolledBack => "rolled-back",
            EventKind::Retired => "retired",
            EventKind::CanaryBegun => "canary-begun",
            EventKind::CanaryEnded => "canary-ended",
        }
    }
}

/// One thing that happened to an account. When and through whom is known where it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// To which operation.
    pub operation: Option<OperationId>,
    /// In which case.
    pub case: Option<CaseId>,
    /// Because of which export.
    pub export: Option<ExportId>,
    /// For whom it was done, where that is somebody else than who did it: the requester.
    #[serde(default)]
    pub on_behalf_of: Option<PersonName>,
    /// The component that took part: the mapping, the policy or the reader.
    #[serde(default)]
    pub component: Option<Digest>,
    /// What the policy was shown, as a digest of it.
    #[serde(default)]
    pub inputs: Option<Digest>,
    /// In words. May hold personal data, never a secret.
    pub text: String,
}

impl Event {
    /// An event about no operation in particular.
    pub fn new(kind: EventKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            operation: None,
            case: None,
            export: None,
            on_behalf_of: None,
            component: None,
            inputs: None,
            text: text.into(),
        }
    }

    /// Names the operation.
    pub fn operation(mut self, operation: OperationId) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Names the case.
    pub fn case(mut self, case: CaseId) -> Self {
        self.case = Some(case);
        self
    }

    /// Names the component that took part.
    pub fn component(mut self, component: Digest) -> Self {
        self.component = Some(component);
        self
    }

    /// Names the export.
    pub fn export(mut self, export: ExportId) -> Self {
        self.export = Some(export);
        self
    }
}
