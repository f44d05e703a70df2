//! What people outside are told.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    CanaryId, CaseId, ComponentName, Digest, ExportId, OperationId, OperationKind, PersonName,
    Priority, ResourceName, Timestamp,
};

/// Something that people should hear of without asking. It never holds a secret, and of what is
/// personal only what the title of a case has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Notification {
    /// There is a new case.
    CaseOpened {
        /// Which.
        case: CaseId,
        /// What has to be done, in one line.
        title: String,
        /// How soon.
        priority: Priority,
        /// By when.
        due: Option<Timestamp>,
    },
    /// Somebody else has taken the case.
    CaseClaimed {
        /// Which.
        case: CaseId,
        /// What has to be done, in one line.
        title: String,
        /// Who has it now.
        by: PersonName,
    },
    /// The case is due, or will be soon.
    CaseDue {
        /// Which.
        case: CaseId,
        /// What has to be done, in one line.
        title: String,
        /// By when.
        due: Timestamp,
    },
    /// The case was not closed in spite of reminders.
    CaseEscalated {
        /// Which.
        case: CaseId,
        /// What has to be done, in one line.
        title: String,
        /// How high it has risen, from 1.
        level: u32,
    },
    /// What had been closed has to be done after all.
    CaseReopened {
        /// Which.
        case: CaseId,
        /// What has to be done, in one line.
        title: String,
        /// Who opened it again.
        by: PersonName,
    },
    /// An operation waits for a person's release.
    OperationHeld {
        /// Which.
        operation: OperationId,
        /// What it would do, in one line.
        title: String,
    },
    /// More operations of a kind were asked for than go out without a person; one for all of a day.
    OutgoingHeld {
        /// Of which kind they are.
        kind: OperationKind,
        /// How many were asked for lately.
        operations: u64,
        /// When it was noticed.
        at: Timestamp,
    },
    /// An export waits for a person's release.
    ExportHeld {
        /// Which.
        export: ExportId,
        /// How the file was called.
        file: String,
        /// The digest of its content.
        digest: Digest,
    },
    /// An export was not taken in.
    ExportRefused {
        /// Which.
        export: ExportId,
        /// How the file was called.
        file: String,
        /// The digest of its content.
        digest: Digest,
    },
    /// Completed work waits for an export that does not come.
    ExportStale {
        /// The last one that was accepted.
        last: Option<ExportId>,
        /// How many operations wait for a newer one.
        operations: u64,
    },
    /// Accounts were changed behind our backs; one for all that an export shows.
    DriftFound {
        /// Which export shows it.
        export: ExportId,
        /// How many accounts are concerned.
        accounts: u64,
        /// How many rows came that no account claims.
        unexpected: u64,
    },
    /// What is wanted was asked for as often as is allowed, and is not asked for again.
    GaveUp {
        /// The last operation that asked for it.
        operation: OperationId,
        /// What it should have done, in one line.
        title: String,
    },
    /// A person should look at a ticket.
    TicketAttention {
        /// The case that is worked on there.
        case: CaseId,
        /// What has to be done, in one line.
        title: String,
        /// How people there name the ticket.
        ticket: String,
        /// What is wrong.
        why: String,
    },
    /// A version of a component that was tried is not tried any more, because it failed.
    CanaryStopped {
        /// Which trial.
        canary: CanaryId,
        /// The component.
        component: ComponentName,
        /// How it failed.
        why: String,
    },
}

/// The kinds of notifications, by the names under which they are configured and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotificationKind {
    /// There is a new case.
    CaseOpened,
    /// Somebody else has taken a case.
    CaseClaimed,
    /// A case is due, or will be soon.
    CaseDue,
    /// A case was not closed in spite of reminders.
    CaseEscalated,
    /// A case was opened again.
    CaseReopened,
    /// An operation waits for a person's release.
    OperationHeld,
    /// More operations of a kind were asked for than go out without a person.
    OutgoingHeld,
    /// An export waits for a person's release.
    ExportHeld,
    /// An export was not taken in.
    ExportRefused,
    /// Completed work waits for an export that does not come.
    ExportStale,
    /// Accounts were changed behind our backs.
    DriftFound,
    /// Something is not asked for again.
    GaveUp,
    /// A person should look at a ticket.
    TicketAttention,
    /// A version of a component is not tried any more, because it failed.
    CanaryStopped,
}

impl NotificationKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::CaseOpened,
        Self::CaseClaimed,
        Self::CaseDue,
        Self::CaseEscalated,
        Self::CaseReopened,
        Self::OperationHeld,
        Self::OutgoingHeld,
        Self::ExportHeld,
        Self::ExportRefused,
        Self::ExportStale,
        Self::DriftFound,
        Self::GaveUp,
        Self::TicketAttention,
        Self::CanaryStopped,
    ];

    /// Its name in configuration, API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CaseOpened => "case-opened",
            Self::CaseClaimed => "case-claimed",
            Self::CaseDue => "case-due",
            Self::CaseEscalated => "case-escalated",
            Self::CaseReopened => "case-reopened",
            Self::OperationHeld => "operation-held",
            Self::OutgoingHeld => "outgoing-held",
            Self::ExportHeld => "export-held",
            Self::ExportRefused => "export-refused",
            Self::ExportStale => "export-stale",
            Self::DriftFound => "drift-found",
            Self::GaveUp => "gave-up",
            Self::TicketAttention => "ticket-attention",
            Self::CanaryStopped => "canary-stopped",
        }
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Notification {
    /// Which kind it is.
    pub fn kind(&self) -> NotificationKind {
        match self {
            Self::CaseOpened { .. } => NotificationKind::CaseOpened,
            Self::CaseClaimed { .. } => NotificationKind::CaseClaimed,
            Self::CaseDue { .. } => NotificationKind::CaseDue,
            Self::CaseEscalated { .. } => NotificationKind::CaseEscalated,
            Self::CaseReopened { .. } => NotificationKind::CaseReopened,
            Self::OperationHeld { .. } => NotificationKind::OperationHeld,
            Self::OutgoingHeld { .. } => NotificationKind::OutgoingHeld,
            Self::ExportHeld { .. } => NotificationKind::ExportHeld,
            Self::ExportRefused { .. } => NotificationKind::ExportRefused,
            Self::ExportStale { .. } => NotificationKind::ExportStale,
            Self::DriftFound { .. } => NotificationKind::DriftFound,
            Self::GaveUp { .. } => NotificationKind::GaveUp,
            Self::TicketAttention { .. } => NotificationKind::TicketAttention,
            Self::CanaryStopped { .. } => NotificationKind::CanaryStopped,
        }
    }

    /// What happened, in one line without control characters. `title` is what people call the
    /// resource.
    pub fn headline(&self, title: &str) -> String {
        let line = match self {
            Self::CaseOpened {
                case,
                title,
                priority,
                ..
            } => match priority {
                Priority::Low | Priority::Normal => format!("New {case}: {title}"),
                Priority::High | Priority::Urgent => format!("New {case} ({priority}): {title}"),
            },
            Self::CaseClaimed { case, title, by } => format!("{by} has {case}: {title}"),
            Self::CaseDue { case, title, due } => {
                format!("Due {due}, {case}: {title}")
            }
            Self::CaseEscalated { case, title, level } => {
                format!("Still not done, {case} (level {level}): {title}")
            }
            Self::CaseReopened { case, title, by } => format!("{by} reopened {case}: {title}"),
            Self::OperationHeld { operation, title } => {
                format!("{operation} waits for a release: {title}")
            }
            Self::OutgoingHeld {
                kind, operations, ..
            } => {
                format!("{operations} times {kind} on {title}: more of it waits for a release")
            }
            Self::ExportHeld { export, file, .. } => {
                format!("{export} of {title} waits for a decision: {file}")
            }
            Self::ExportRefused { export, file, .. } => {
                format!("{export} of {title} was refused: {file}")
            }
            Self::ExportStale { operations, .. } => {
                let wait = match operations {
                    1 => "1 operation waits".to_owned(),
                    _ => format!("{operations} operations wait"),
                };
                format!("{title} needs a new export: {wait} for one")
            }
            Self::DriftFound {
                export,
                accounts,
                unexpected,
            } => {
                let drift = match accounts {
                    0 => None,
                    1 => Some("1 account is not as asked for".to_owned()),
                    _ => Some(format!("{accounts} accounts are not as asked for")),
                };
                let rows = match unexpected {
                    0 => None,
                    1 => Some("1 account that nobody asked for".to_owned()),
                    _ => Some(format!("{unexpected} accounts that nobody asked for")),
                };
                let found: Vec<String> = drift.into_iter().chain(rows).collect();
                format!("{export} of {title}: {}", found.join(", "))
            }
            Self::GaveUp { operation, title } => {
                format!("Not asked for again after {operation}: {title}")
            }
            Self::TicketAttention {
                title, ticket, why, ..
            } => format!("Look at {ticket} ({title}): {why}"),
            Self::CanaryStopped { component, why, .. } => {
                format!("The new version of {component} is not tried any more on {title}: {why}")
            }
        };
        line.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    }

    /// The command that shows more of it.
    pub fn command(&self, resource: &ResourceName) -> String {
        match self {
            Self::CaseOpened { case, .. }
            | Self::CaseClaimed { case, .. }
            | Self::CaseDue { case, .. }
            | Self::CaseEscalated { case, .. }
            | Self::CaseReopened { case, .. } => format!("provisor case show {case}"),
            Self::TicketAttention { case, .. } => format!("provisor ticket show {case}"),
            Self::OperationHeld { operation, .. } | Self::GaveUp { operation, .. } => {
                format!("provisor operation show {operation}")
            }
            Self::OutgoingHeld { .. } => {
                format!("provisor operation list --resource {resource}")
            }
            Self::ExportHeld { export, .. } => format!("provisor export preview {export}"),
            Self::ExportRefused { export, .. } => format!("provisor export show {export}"),
            Self::ExportStale { .. } => format!("provisor resource show {resource}"),
            Self::DriftFound { .. } => {
                format!("provisor account list --resource {resource} --drifted")
            }
            Self::CanaryStopped { component, .. } => {
                format!("provisor component compare {component}")
            }
        }
    }

    /// What it is about, where the same is told only once however often it is noticed: an export
    /// that is refused again with each run, say. `None` for what can happen several times, such as
    /// holding the same operation.
    pub fn occasion(&self, resource: &ResourceName) -> Option<String> {
        let about = match self {
            Self::CaseOpened { case, .. } => case.to_string(),
            Self::CaseDue { case, due, .. } => format!("{case} {due}"),
            Self::CaseEscalated { case, level, .. } => format!("{case} {level}"),
            Self::OutgoingHeld { kind, at, .. } => {
                format!("{resource} {kind} {:.10}", at.to_string())
            }
            Self::ExportHeld { digest, .. } | Self::ExportRefused { digest, .. } => {
                format!("{resource} {digest}")
            }
            Self::ExportStale { last, .. } => match last {
                Some(last) => last.to_string(),
                None => resource.to_string(),
            },
            Self::DriftFound { export, .. } => export.to_string(),
            Self::GaveUp { operation, .. } => operation.to_string(),
            Self::TicketAttention { case, why, .. } => format!("{case} {why}"),
            Self::CanaryStopped { canary, .. } => canary.to_string(),
            Self::CaseClaimed { .. } | Self::CaseReopened { .. } | Self::OperationHeld { .. } => {
                return None;
            }
        };
        Some(format!("{} {about}", self.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_name_under_which_it_is_stored() {
        for kind in NotificationKind::ALL {
            let stored = serde_json::to_string(&kind).unwrap();
            assert_eq!(stored, format!("{:?}", kind.as_str()));
        }
        let told = Notification::ExportStale {
            last: None,
            operations: 3,
        };
        let stored = serde_json::to_value(&told).unwrap();
        assert_eq!(stored["event"], told.kind().as_str());
    }

    #[test]
    fn what_happened_is_one_line_whatever_an_account_is_called() {
        let told = Notification::CaseClaimed {
            case: CaseId(7),
            title: "create the account eve\r\nBcc: all on Payroll".to_owned(),
            by: "eva".parse().unwrap(),
        };
        assert_eq!(
            told.headline("Payroll"),
            "eva has case-7: create the account eve  Bcc: all on Payroll"
        );
    }
}
