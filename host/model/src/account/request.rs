//! Somebody wants the account to be something.

use super::{Account, Desired, Step};
use crate::{Event, EventKind, OnUnassign, OperationId, PersonName, State};

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// As it came out of the mapping.
    pub state: State,
    /// Who asks.
    pub requester: PersonName,
    /// How often the mapping was asked for another identifier.
    pub iteration: u32,
    /// Ask again even for what was withheld, and put right what drifted.
    pub anew: bool,
    /// What is planned for it does not go out before this operation was carried out or given up.
    pub after: Option<OperationId>,
}

impl Account {
    /// Sets the desired state. The same state again changes nothing, unless it is asked for
    /// anew: then what was withheld is asked for again, and drift no longer stands in the way.
    /// Where nothing is withheld and nothing has drifted, anew is the same as once more.
    pub fn request(&mut self, step: &mut Step<'_>, wish: Wish) {
        let Wish {
            state,
            requester,
            iteration,
            anew,
            after,
        } = wish;
        let same = self
            .desired
            .as_ref()
            .is_some_and(|desired| same_wish(step, &desired.state, &state));
        let overruled = self.overruled.as_ref();
        let overruled = overruled.is_some_and(|wish| same_wish(step, wish, &state));
        let same = same || overruled;
        let in_the_way = overruled || !self.withheld.is_empty() || !self.drift.is_empty();
        if !overruled {
            self.overruled = None;
        }
        if same && !(anew && in_the_way) {
            // Nothing is new, but the operations may lag behind.
            self.replan(step);
            return;
        }
        self.events.push(Event::new(
            EventKind::Requested,
            match &state {
                State::Present(_) if same => "asked for anew".to_owned(),
                State::Present(_) => "the account should exist".to_owned(),
                State::Absent => "the account should not exist".to_owned(),
            },
        ));
        let disable_instead = !state.exists()
            && step.rules.on_unassign == OnUnassign::Disable
            && step.rules.schema.status().is_some();
        if !self.expected(step.rules).exists()
            && let Some(identifier) = state.get(step.rules.schema.identifier()).first()
        {
            self.identifier = identifier.to_owned();
        }
        // An account that was linked to its identity before anybody asked for it.
        let linked = self.desired.is_none() && self.current(step.rules).exists();
        self.overruled = None;
        self.desired = Some(Desired {
            state,
            requester,
            iteration,
            since: step.now,
            disable_instead,
            after,
        });
        if linked {
            self.keep_its_name(step);
        }
        self.forget_what_is_no_longer_wanted(step, anew);
        self.replan(step);
    }

    /// Takes over an account that is there already.
    pub fn adopt(&mut self, text: impl Into<String>) {
        self.events.push(Event::new(EventKind::Adopted, text));
    }

    fn forget_what_is_no_longer_wanted(&mut self, step: &Step<'_>, anew: bool) {
        let schema = &step.rules.schema;
        let Some(mapped) = self.desired.as_ref().map(|desired| desired.state.clone()) else {
            return;
        };
        self.adoptions.retain(|adoption| {
            schema.same(
                &adoption.attribute,
                &adoption.instead_of,
                mapped.get(&adoption.attribute),
            )
        });
        let Some(desired) = self.desired_state(step.rules) else {
            return;
        };
        if anew {
            self.withheld.clear();
            self.drift.clear();
            self.remedies.clear();
        } else {
            self.withheld
                .retain(|withheld| withheld.concerns(schema, &desired));
            self.drift.retain(|drift| drift.concerns(schema, &desired));
        }
    }
}

fn same_wish(step: &Step<'_>, left: &State, right: &State) -> bool {
    match (left, right) {
        (State::Absent, State::Absent) => true,
        (State::Present(left_attributes), State::Present(right_attributes)) => {
            left_attributes.keys().eq(right_attributes.keys())
                && left.satisfies(&step.rules.schema, right)
        }
        _ => false,
    }
}
