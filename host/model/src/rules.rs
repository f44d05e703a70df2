//! How a resource wants its accounts to be treated.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::{AttributeName, Calendar, CorrelationRule, Reaction, Schema, Timestamp};

/// What happens to an account that is no longer wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUnassign {
    /// It is deleted.
    #[default]
    Delete,
    /// It is disabled; the schema must have a status attribute.
    Disable,
}

/// The rules of one resource that the model follows. They come from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRules {
    /// What its accounts look like.
    pub schema: Schema,
    /// Whether exports say what is really there. Without, people are believed.
    pub verifies: bool,
    /// How long after its completion an operation may still be missing from an export.
    pub grace: Duration,
    /// How often the same is asked for again after it was not done.
    pub reraise_limit: u32,
    /// How often within [`remedy_within`](Self::remedy_within) the same is set right after it
    /// drifted; then its drift is only reported.
    pub remedy_limit: u32,
    /// See [`remedy_limit`](Self::remedy_limit).
    pub remedy_within: Duration,
    /// What happens to an account that is no longer wanted.
    pub on_unassign: OnUnassign,
    /// Whether an open operation that an export shows is closed without a person.
    pub close_when_seen: bool,
    /// How long an operation waits for others of its account, so that they go out together. Counted
    /// from the first of them.
    pub propagation: Duration,
    /// When people work: the window and due dates are counted in its hours, and nothing but what is
    /// urgent goes out while it is closed. Without one, all hours are the same.
    pub calendar: Option<Arc<Calendar>>,
    /// Whether an account has at most one open case: what comes later is added to it while nobody
    /// has claimed it, and waits behind it otherwise.
    pub one_case_per_account: bool,
    /// By what a row is recognised that is called otherwise than it should be.
    pub correlation: Vec<CorrelationRule>,
    /// What is done about drift.
    pub drift: Reaction,
    /// What is done about drift of single attributes.
    pub drift_of: BTreeMap<AttributeName, Reaction>,
}

impl ResourceRules {
    /// The defaults for a schema: people are believed, a grace of a day, three repetitions,
    /// operations go out at once and one case at a time, unassigned accounts are deleted, drift is reported.
    pub fn new(schema: Schema) -> Self {
        Self {
            schema,
            verifies: false,
            grace: Duration::from_secs(24 * 60 * 60),
            reraise_limit: 3,
            remedy_limit: 3,
            remedy_within: Duration::from_secs(30 * 24 * 60 * 60),
            on_unassign: OnUnassign::Delete,
            close_when_seen: false,
            propagation: Duration::ZERO,
            calendar: None,
            one_case_per_account: true,
            correlation: Vec::new(),
            drift: Reaction::Report,
            drift_of: BTreeMap::new(),
        }
    }

    /// The moment that is so long after `at`, counted in business hours where there is a calendar.
    pub fn later(&self, at: Timestamp, duration: Duration) -> Timestamp {
        match &self.calendar {
            Some(calendar) => calendar.add_business(at, duration),
            None => at.after(duration),
        }
    }

    /// When an operation that is planned at `now` goes out; `None` if it need not wait.
    pub fn goes_out_at(&self, now: Timestamp) -> Option<Timestamp> {
        let over = self.later(now, self.propagation);
        let at = match &self.calendar {
            Some(calendar) => calendar.next_open(over),
            None => over,
        };
        (at > now).then_some(at)
    }

    /// What is done about drift of an attribute.
    pub fn reaction(&self, name: &AttributeName) -> Reaction {
        self.drift_of.get(name).copied().unwrap_or(self.drift)
    }
}
