//! Forgetting whose an account was and what it was.

use super::Account;
use crate::{Delta, Event, EventKind, PersonName, ResourceRules, State};

impl Account {
    /// Why the account cannot be forgotten; `None` when nothing of it is alive.
    pub fn alive(&self, rules: &ResourceRules) -> Option<&'static str> {
        if self.operations.iter().any(|operation| operation.counts()) {
            return Some("something is under way for it");
        }
        if self.current(rules).exists() {
            return Some("it exists");
        }
        let wanted = self
            .desired_state(rules)
            .is_some_and(|state| state.exists());
        wanted.then_some("it is wanted")
    }

    /// Removes everything that tells whose it was and what it was. That there was an account, and
    /// what kinds of operations there were and when, stays. `stand_in` takes the place of its name.
    pub fn erase(&mut self, stand_in: &str, who: &PersonName, why: &str) {
        let person = self.identity.take();
        stand_in.clone_into(&mut self.identifier);
        self.desired = None;
        self.adoptions.clear();
        self.assumed = State::Absent;
        self.observed = None;
        self.withheld.clear();
        self.drift.clear();
        self.remedies.clear();
        for operation in &mut self.operations {
            operation.delta = match operation.delta {
                Delta::Create(_) => Delta::Create(Default::default()),
                Delta::Modify(_) => Delta::Modify(Default::default()),
                Delta::Recreate(_) => Delta::Recreate(Default::default()),
                Delta::Delete => Delta::Delete,
            };
            operation.before = State::Absent;
            operation.held = None;
            operation.reported.clear();
            operation.refused.clear();
            operation.reason = operation.reason.as_ref().map(|_| "(erased)".to_owned());
            operation.verdicts.clear();
            operation.requester = operation.requester.take().filter(|requester| {
                person
                    .as_ref()
                    .is_none_or(|person| person.as_str() != requester.as_str())
            });
        }
        self.events.clear();
        let text = format!("by {who}: {why}");
        self.events.push(Event::new(EventKind::Erased, text));
    }
}
