//! When somebody is reminded of a case, and who is called in next.

use std::time::Duration;

use crate::{Case, PersonName, ResourceRules, Timestamp};

/// What happens to cases that are not closed in time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deadlines {
    /// A case is due so long after it was opened, unless the policy says otherwise. Default: never.
    pub due_in: Option<Duration>,
    /// So long before a case is due, its operators are reminded of it. Default: when it is due.
    pub remind_before: Duration,
    /// Who is called in when it stays open, one level after the other.
    pub escalation: Vec<Level>,
}

/// One level of escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// How long after the case was due.
    pub after: Duration,
    /// Who may work on it from then on, beside its operators: a person or a group.
    pub to: PersonName,
}

/// What is to be done about a case that is late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nudge {
    /// Its operators are reminded.
    Remind,
    /// Somebody else is called in.
    Escalate {
        /// How high it rises, from 1.
        level: u32,
        /// Who.
        to: PersonName,
    },
}

impl Deadlines {
    /// When a case is due that is opened at `now`; the policy's word comes before the resource's.
    /// Counted in business hours where the resource has a calendar.
    pub fn due(
        &self,
        rules: &ResourceRules,
        by_policy: Option<Duration>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        by_policy
            .or(self.due_in)
            .map(|due_in| rules.later(now, due_in))
    }

    /// Gives a case that is opened at `now`, or gets more work then, its dates: the earliest due date
    /// counts. See [`due`](Self::due) and [`next`](Self::next).
    pub fn apply(
        &self,
        rules: &ResourceRules,
        case: &mut Case,
        by_policy: Option<Duration>,
        now: Timestamp,
    ) {
        let due = self.due(rules, by_policy, now);
        case.due = [case.due, due].into_iter().flatten().min();
        case.nudge_at = self.next(rules, case).map(|(at, _)| at);
    }

    /// What comes next for a case, and when. Each comes once; `None` when nothing is left, or the
    /// case has no date.
    pub fn next(&self, rules: &ResourceRules, case: &Case) -> Option<(Timestamp, Nudge)> {
        let due = case.due?;
        if !case.reminded {
            return Some((due.before(self.remind_before), Nudge::Remind));
        }
        let level = self
            .escalation
            .get(usize::try_from(case.escalated).unwrap_or(usize::MAX))?;
        let nudge = Nudge::Escalate {
            level: case.escalated + 1,
            to: level.to.clone(),
        };
        Some((rules.later(due, level.after), nudge))
    }
}
