//! Forgetting whose an account was and what it was.

use super::Account;
use crate::{Delta, Event, EventKind, PersonName, ResourceRules, State, Values};

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

    /// All names under which the application may have known the account, as far as they are
    /// remembered.
    pub fn known_names(&self, rules: &ResourceRules) -> Vec<String> {
        let identifier = rules.schema.identifier();
        let mut names = self.names(rules);
        let states = [&self.assumed]
            .into_iter()
            .chain(self.desired.iter().map(|desired| &desired.state))
            .chain(self.operations.iter().map(|operation| &operation.before));
        names.extend(states.flat_map(|state| {
            state
                .get(identifier)
                .iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        }));
        for operation in &self.operations {
            let effect = operation.effect();
            let wanted = [&operation.delta, &effect].map(|delta| {
                let change = delta.changes()?.get(identifier)?;
                Some(change.apply(&rules.schema, identifier, &Values::NONE))
            });
            let given = wanted.iter().flatten().flat_map(Values::iter);
            names.extend(given.map(str::to_owned));
        }
        names.sort();
        names.dedup();
        names
    }

    /// Removes everything that tells whose it was and what it was. That there was an account, and
    /// what kinds of operations there were and when, stays. `stand_in` takes the place of its name.
    pub fn erase(&mut self, stand_in: &str, who: &PersonName, why: &str) {
        let person = self.identity.take();
        stand_in.clone_into(&mut self.identifier);
        self.desired = None;
        self.overruled = None;
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
