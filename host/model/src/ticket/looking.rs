//! Looking at a ticket that is there: how it stands, what that means for its work, and when it is
//! looked at again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Ticket, TicketClass, TicketRules, TicketState};
use crate::Timestamp;
use crate::backoff::spread;

/// The longest pause between two looks at a ticket.
pub(super) const LONGEST_LOOK: Duration = Duration::from_secs(6 * 60 * 60);

/// How a ticket stands in its system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TicketProgress {
    /// The status as the system calls it.
    pub status: String,
    /// The resolution as the system calls it.
    pub resolution: Option<String>,
    /// What that means.
    pub class: TicketClass,
    /// When it changed last.
    pub updated_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// What whoever closed it wrote.
    pub note: Option<String>,
}

/// What a look at a ticket means for its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Nothing new.
    Same,
    /// The work was done at this time.
    Done {
        /// By the ticket's own time, if it tells.
        at: Timestamp,
    },
    /// It will not be done.
    Refused {
        /// Why.
        reason: String,
    },
    /// It is not wanted there.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// It was closed, and is open again.
    Reopened,
}

impl Ticket {
    /// It stands so. Its class is what the rules make of it.
    pub fn looked(
        &mut self,
        mut progress: TicketProgress,
        rules: &TicketRules,
        now: Timestamp,
    ) -> Turn {
        progress.class = rules.class(
            &progress.status,
            progress.resolution.as_deref(),
            progress.class,
        );
        let class = progress.class;
        let closed_before = self.state == TicketState::Closed;
        self.problem = None;
        self.attention = (class == TicketClass::Unknown).then(|| {
            format!(
                "nobody knows what the status {:?} means: say it under classes in the configuration",
                status_of(&progress)
            )
        });
        self.looked_at = Some(now);
        let reason = || {
            let status = status_of(&progress);
            match progress.note.as_deref().map(str::trim) {
                Some(note) if !note.is_empty() => format!("{status}: {note}"),
                _ => status,
            }
        };
        let turn = match class {
            _ if class.is_closed() && closed_before => Turn::Same,
            TicketClass::Done => Turn::Done {
                // Nothing is closed in the future, whatever the clock there says.
                at: progress
                    .closed_at
                    .or(progress.updated_at)
                    .unwrap_or(now)
                    .min(now),
            },
            TicketClass::Refused => Turn::Refused { reason: reason() },
            TicketClass::Cancelled => Turn::Cancelled { reason: reason() },
            TicketClass::Open | TicketClass::InProgress if closed_before => Turn::Reopened,
            TicketClass::Open | TicketClass::InProgress | TicketClass::Unknown => Turn::Same,
        };
        match &turn {
            Turn::Done { .. } | Turn::Refused { .. } | Turn::Cancelled { .. } => {
                self.state = TicketState::Closed;
                self.closed_at = Some(progress.closed_at.unwrap_or(now).min(now));
                self.taking_back = None;
            }
            Turn::Reopened => {
                self.state = TicketState::Open;
                self.closed_at = None;
            }
            Turn::Same => {}
        }
        self.progress = Some(progress);
        self.look_at = self.next_look(rules, now);
        self.let_go();
        turn
    }

    /// It may be there, but may not be seen.
    pub fn forbidden(&mut self, rules: &TicketRules, now: Timestamp) {
        self.attention = Some(format!(
            "{} does not show it any more: give Provisor's account there the right to see it, or take \
             the work over",
            self.system
        ));
        self.looked_at = Some(now);
        self.problem = None;
        self.look_at = self.next_look(rules, now);
        self.let_go();
    }

    /// It does not exist any more.
    pub fn gone(&mut self, now: Timestamp) {
        self.end();
        self.looked_at = Some(now);
        self.attention = Some(format!("it was deleted in {}", self.system));
    }

    /// When it is looked at next: the older it is the later, and not all at once.
    pub fn next_look(&self, rules: &TicketRules, now: Timestamp) -> Timestamp {
        let since = self.opened_at.unwrap_or(self.intended_at);
        let longest = LONGEST_LOOK.max(rules.look_every);
        let pause = (now.since(since) / 10).clamp(rules.look_every, longest);
        // Another round each time it is looked at, so that what came together drifts apart.
        let round = (now.millis() / 1000) as u32;
        now.after(pause + pause.mul_f64(spread(self.case.0, round) / 10.0))
    }

    /// Whether a closed ticket need not be looked at any more: its work is over for good, or it was
    /// closed long ago.
    pub fn is_final(&self, verified: bool, rules: &TicketRules, now: Timestamp) -> bool {
        let closed = self.closed_at.unwrap_or(self.intended_at);
        self.state == TicketState::Closed && (verified || closed.after(rules.final_after) <= now)
    }
}

fn status_of(progress: &TicketProgress) -> String {
    match &progress.resolution {
        Some(resolution) if !resolution.is_empty() => {
            format!("{}/{resolution}", progress.status)
        }
        _ => progress.status.clone(),
    }
}
