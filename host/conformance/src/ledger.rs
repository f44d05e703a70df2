//! What a run does at its target: its visits there, the tickets that it makes, what comes between.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use provisor_sandbox::Ticket;

use crate::recording::{Content, Event, LARGEST};
use crate::trial::Objection;

/// What a run does at its target. A *visit* is what one desk, or one piece of work, does there; it
/// begins where nothing of the visits before is known.
#[derive(Debug)]
pub(crate) struct Ledger {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    scope: Scope,
    /// What has come between and says nothing about the component.
    disturbance: Option<Objection>,
    /// Tickets that were asked for, where they are to be withdrawn.
    made: Vec<Made>,
    /// Tickets that may still be made; no limit where there is none.
    left: Option<u32>,
    recorded: Option<Recorded>,
    /// Whether nothing is recorded any more.
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Recorded {
    visits: BTreeMap<String, Vec<Vec<Event>>>,
    size: u64,
}

/// Tickets that were asked for under one correlation id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub correlation_id: String,
    /// How often.
    pub times: u32,
    /// Those that were told.
    pub tickets: Vec<Ticket>,
}

/// For what visits are made: a property, or what several of them share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    name: String,
    visits: usize,
}

/// Which visit.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub scope: String,
    pub number: usize,
}

impl Ledger {
    /// Of a run that may make so many tickets, and is recorded or not.
    pub fn new(tickets: Option<u32>, is_recorded: bool) -> Self {
        Self {
            state: Mutex::new(State {
                left: tickets,
                recorded: is_recorded.then(Recorded::default),
                ..State::default()
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on visits are made for this; what they were made for until now.
    pub fn enter(&self, name: &str) -> Scope {
        let scope = Scope {
            name: name.to_owned(),
            visits: 0,
        };
        std::mem::replace(&mut self.state().scope, scope)
    }

    /// Visits are made for what they were made for before.
    pub fn leave(&self, before: Scope) {
        self.state().scope = before;
    }

    /// All properties are judged: what is done now is not recorded.
    pub fn close(&self) {
        self.state().is_closed = true;
    }

    /// The next visit.
    pub fn visit(&self) -> Visit {
        let mut guard = self.state();
        let state = &mut *guard;
        let scope = &mut state.scope;
        scope.visits += 1;
        let visit = Visit {
            scope: scope.name.clone(),
            number: scope.visits - 1,
        };
        if let Some(recorded) = &mut state.recorded
            && !state.is_closed
        {
            let visits = recorded.visits.entry(visit.scope.clone()).or_default();
            visits.resize_with(visits.len().max(visit.number + 1), Vec::new);
        }
        visit
    }

    /// Keeps what happened, where the run is recorded.
    pub fn note(&self, visit: &Visit, event: impl FnOnce() -> Event) {
        let mut state = self.state();
        let is_closed = state.is_closed;
        let Some(recorded) = &mut state.recorded else {
            return;
        };
        // What is too large in the end is not kept until then.
        if is_closed || recorded.size > LARGEST {
            return;
        }
        let visits = recorded.visits.get_mut(&visit.scope);
        if let Some(events) = visits.and_then(|visits| visits.get_mut(visit.number)) {
            let event = event();
            recorded.size += match &event {
                Event::Exchange { url, content, .. } => url.len() + Content::size(content),
                other => format!("{other:?}").len(),
            } as u64;
            events.push(event);
        }
    }

    /// Something has come between: what is found now says nothing about the component. The first
    /// counts, for what comes later may come of it.
    pub fn disturb(&self, objection: Objection) {
        self.state().disturbance.get_or_insert(objection);
    }

    /// What has come between.
    pub fn disturbance(&self) -> Option<Objection> {
        self.state().disturbance.clone()
    }

    /// What has come between is told.
    pub fn settle(&self) -> Option<Objection> {
        self.state().disturbance.take()
    }

    /// Whether one more ticket may be made.
    pub fn may_make(&self, correlation_id: &str) -> bool {
        let mut guard = self.state();
        let state = &mut *guard;
        let Some(left) = &mut state.left else {
            return true;
        };
        let Some(fewer) = left.checked_sub(1) else {
            state.disturbance.get_or_insert(Objection::Skipped(
                "the run has made as many tickets as it may; `tickets` of the target says how many"
                    .to_owned(),
            ));
            return false;
        };
        *left = fewer;
        let made = &mut state.made;
        match made
            .iter_mut()
            .find(|it| it.correlation_id == correlation_id)
        {
            Some(made) => made.times += 1,
            None => made.push(Made {
                correlation_id: correlation_id.to_owned(),
                times: 1,
                tickets: Vec::new(),
            }),
        }
        true
    }

    /// This ticket was made, where that matters.
    pub fn has_made(&self, correlation_id: &str, ticket: &Ticket) {
        let made = &mut self.state().made;
        if let Some(made) = made
            .iter_mut()
            .find(|it| it.correlation_id == correlation_id)
        {
            made.tickets.push(ticket.clone());
        }
    }

    /// The tickets that were asked for, where there is a limit to them.
    pub fn made(&self) -> Vec<Made> {
        self.state().made.clone()
    }

    /// What was recorded; nothing where it was not, or is too large.
    pub fn recorded(&self) -> Option<BTreeMap<String, Vec<Vec<Event>>>> {
        let recorded = self.state().recorded.take()?;
        (recorded.size <= LARGEST).then_some(recorded.visits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(id: &str) -> Event {
        Event::Look {
            ids: vec![id.to_owned()],
            tickets: Vec::new(),
        }
    }

    #[test]
    fn what_happens_is_kept_by_visit_whatever_the_order_in_which_visits_come() {
        let ledger = Ledger::new(None, true);
        ledger.enter("T44");
        let (first, second) = (ledger.visit(), ledger.visit());
        ledger.note(&second, || looked("b"));
        let before = ledger.enter("stress");
        let third = ledger.visit();
        ledger.leave(before);
        ledger.note(&third, || looked("c"));
        ledger.note(&first, || looked("a"));
        assert_eq!(ledger.visit().number, 2);
        ledger.close();
        let after = ledger.visit();
        ledger.note(&after, || looked("d"));
        let recorded = ledger.recorded().unwrap();
        let t44 = vec![vec![looked("a")], vec![looked("b")], vec![]];
        assert_eq!(recorded["T44"], t44);
        assert_eq!(recorded["stress"], [vec![looked("c")]]);
    }

    #[test]
    fn no_more_tickets_are_made_than_may_be() {
        let ledger = Ledger::new(Some(2), false);
        assert!(ledger.may_make("a") && ledger.may_make("b"));
        assert_eq!(ledger.disturbance(), None);
        assert!(!ledger.may_make("c"));
        assert!(matches!(ledger.settle(), Some(Objection::Skipped(_))));
        let made: Vec<String> = ledger
            .made()
            .into_iter()
            .map(|it| it.correlation_id)
            .collect();
        assert_eq!(made, ["a", "b"]);
        assert!(Ledger::new(None, false).may_make("d"));
    }

    #[test]
    fn what_has_come_between_first_is_what_is_told() {
        let ledger = Ledger::new(None, false);
        let told = |what: &str| Objection::Inconclusive(what.to_owned());
        ledger.disturb(told("a"));
        ledger.disturb(told("b"));
        assert_eq!(ledger.settle(), Some(told("a")));
        assert_eq!(ledger.settle(), None);
    }
}
