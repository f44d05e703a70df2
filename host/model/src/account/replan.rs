//! Making the operations lead from what is known to what is desired.

use std::collections::BTreeSet;

use super::{Account, Step};
use crate::withheld::holds_back;
use crate::{
    Change, Delta, Drift, Event, EventKind, Hold, Operation, OperationState, Reaction, Schema,
    State, Subject, Timestamp, Values, Withheld, WithheldReason, plan, project,
};

impl Account {
    /// Plans again. What is not yet with a person is changed or taken back rather than asked for
    /// beside something new, so there is at most one waiting operation.
    pub fn replan(&mut self, step: &mut Step<'_>) {
        let Some(desired) = self.desired_state(step.rules) else {
            return;
        };
        self.withdraw_what_is_no_longer_wanted(step, &desired);
        let schema = &step.rules.schema;
        let base = project(
            schema,
            &self.base(step.rules),
            self.operations
                .iter()
                .filter(|operation| operation.state != OperationState::Waiting),
        );
        let delta = self
            .allowed(schema, &desired, &base)
            .and_then(|desired| plan(schema, &desired, &base));
        let waiting = self
            .operations
            .iter()
            .position(|operation| operation.state == OperationState::Waiting);

        match (waiting, delta) {
            (None, None) => {}
            (Some(index), None) => {
                let operation = &mut self.operations[index];
                operation.state = OperationState::Cancelled;
                operation.ended_at = Some(step.now);
                operation.reason = Some("nothing is left to do".to_owned());
                let event = Event::new(EventKind::Cancelled, "nothing is left to do")
                    .operation(operation.id);
                self.events.push(event);
            }
            (Some(index), Some(delta)) => {
                let before = touched(&delta, &base);
                let operation = &mut self.operations[index];
                if operation.delta != delta {
                    operation.delta = delta;
                    operation.before = before;
                    operation.decided = false;
                    operation.released = false;
                    operation.held = operation.held.take().filter(Hold::stays);
                    operation.not_before = None;
                    let event = Event::new(
                        EventKind::Amended,
                        format!("now to {}", operation.delta.kind(schema)),
                    )
                    .operation(operation.id);
                    self.events.push(event);
                }
            }
            (None, Some(delta)) => self.raise(step, &desired, delta, &base),
        }
        self.take_the_name_of_what_is_to_come(step);
    }

    /// Takes open operations back that nobody has begun and that would make something that is
    /// wanted otherwise by now. What of them is still wanted is planned anew.
    fn withdraw_what_is_no_longer_wanted(&mut self, step: &Step<'_>, desired: &State) {
        for operation in &mut self.operations {
            let can_be_taken_back =
                operation.is_out() && operation.case.is_some() && !operation.claimed;
            if !can_be_taken_back || !contradicts(&step.rules.schema, &operation.delta, desired) {
                continue;
            }
            if !operation.become_state(OperationState::Cancelled) {
                continue;
            }
            operation.ended_at = Some(step.now);
            operation.withdrawn = true;
            operation.reason = Some("withdrawn, since something else is wanted now".to_owned());
            let mut event = Event::new(
                EventKind::Cancelled,
                "withdrawn, since something else is wanted now",
            )
            .operation(operation.id);
            event.case = operation.case;
            self.events.push(event);
        }
    }

    /// An account that does not exist yet is called as it is to be called.
    fn take_the_name_of_what_is_to_come(&mut self, step: &Step<'_>) {
        let identifier = step.rules.schema.identifier();
        let begun = self.current(step.rules).exists()
            || self
                .operations
                .iter()
                .any(|operation| operation.counts() && operation.opened_at.is_some());
        let coming = self
            .operations
            .iter()
            .find(|operation| operation.state == OperationState::Waiting)
            .filter(|_| !begun)
            .and_then(|operation| operation.delta.changes()?.get(identifier))
            .map(|change| change.apply(&step.rules.schema, identifier, &Values::NONE));
        if let Some(name) = coming.as_ref().and_then(Values::first) {
            self.identifier = name.to_owned();
        }
    }

    fn raise(&mut self, step: &mut Step<'_>, desired: &State, delta: Delta, base: &State) {
        let schema = &step.rules.schema;
        let subjects = delta.subjects();
        let repeated = self.contradicted_about(&subjects);
        if let Some((contradicted, raised)) = repeated
            && raised >= step.rules.reraise_limit
        {
            for subject in delta.essential_subjects() {
                self.withhold(
                    desired,
                    subject,
                    WithheldReason::RaisedTooOften(raised + 1),
                    contradicted,
                    step.now,
                );
            }
            // What is left of the delta was never asked for in vain.
            self.replan(step);
            return;
        }
        let before = touched(&delta, base);
        let id = (step.next_operation)();
        let mut operation = Operation::new(id, delta, before, step.now);
        if let Some(desired) = &self.desired {
            operation.requester = Some(desired.requester.clone());
            operation.after = desired.after;
        }
        operation.propagate_at = step.rules.goes_out_at(step.now);
        if let Some((contradicted, raised)) = repeated {
            operation.follow_up_of = Some(contradicted);
            operation.raised = raised + 1;
        }
        let kind = operation.delta.kind(schema);
        let text = match operation.follow_up_of {
            Some(first) => format!("{kind}, because {first} was not carried out"),
            None => kind.to_string(),
        };
        self.events
            .push(Event::new(EventKind::Planned, text).operation(id));
        self.operations.push(operation);
    }

    /// The newest operation about one of the subjects, if it was contradicted, and how often it
    /// had been raised.
    fn contradicted_about(
        &self,
        subjects: &BTreeSet<Subject>,
    ) -> Option<(crate::OperationId, u32)> {
        self.operations
            .iter()
            .rev()
            .find(|operation| {
                // A contradicted creation whose row is there with a wrong attribute is repeated
                // as a modification, so one shared subject is enough. What was withdrawn never
                // had its chance.
                !operation.withdrawn && !operation.effect().subjects().is_disjoint(subjects)
            })
            .filter(|operation| operation.state == OperationState::Contradicted)
            .map(|operation| (operation.id, operation.raised))
    }

    /// What may be asked for of what is desired; `None` if nothing.
    fn allowed(&self, schema: &Schema, desired: &State, base: &State) -> Option<State> {
        let held = |subject: &Subject| {
            self.withheld
                .iter()
                .any(|withheld| withheld.subject == *subject && withheld.concerns(schema, desired))
                || self.drift.iter().any(|drift| {
                    drift.subject == *subject
                        && drift.reaction != Reaction::Fix
                        && drift.concerns(schema, desired)
                })
        };
        if desired.exists() != base.exists() && held(&Subject::Existence) {
            return None;
        }
        Some(match desired {
            State::Absent => State::Absent,
            State::Present(attributes) => State::Present(
                attributes
                    .iter()
                    .filter(|(name, _)| !held(&Subject::Attribute((*name).clone())))
                    .map(|(name, values)| (name.clone(), values.clone()))
                    .collect(),
            ),
        })
    }

    pub(super) fn withhold(
        &mut self,
        desired: &State,
        subject: Subject,
        reason: WithheldReason,
        operation: crate::OperationId,
        since: Timestamp,
    ) {
        let wanted = match &subject {
            Subject::Existence => Values::NONE,
            Subject::Attribute(name) => desired.get(name).clone(),
        };
        self.events.push(
            Event::new(EventKind::Withheld, format!("{subject}: {reason}")).operation(operation),
        );
        self.withheld.retain(|withheld| withheld.subject != subject);
        self.withheld.push(Withheld {
            existence: desired.exists(),
            subject,
            wanted,
            reason,
            operation,
            since,
        });
    }
}

impl Drift {
    /// Whether this is about something that `desired` wants.
    pub fn concerns(&self, schema: &Schema, desired: &State) -> bool {
        let existence = !matches!(self.kind, crate::DriftKind::Reappeared);
        holds_back(schema, desired, &self.subject, existence, &self.expected)
    }
}

/// Whether carrying a delta out would make something else than what is wanted.
pub(super) fn contradicts(schema: &Schema, delta: &Delta, desired: &State) -> bool {
    let wanted = match (delta, desired) {
        (Delta::Delete, State::Present(_)) => return true,
        (Delta::Delete, State::Absent) => return false,
        (_, State::Absent) => return true,
        (_, State::Present(wanted)) => wanted,
    };
    delta.changes().into_iter().flatten().any(|(name, change)| {
        wanted.get(name).is_some_and(|wanted| match change {
            Change::Set(values) => !schema.same(name, values, wanted),
            Change::Edit { add, remove } => {
                !schema.difference(name, add, wanted).is_empty()
                    || !schema.intersection(name, remove, wanted).is_empty()
            }
        })
    })
}

/// The part of a state that a delta is about.
fn touched(delta: &Delta, state: &State) -> State {
    match (delta, state) {
        (_, State::Absent) => State::Absent,
        (Delta::Delete | Delta::Recreate(_), State::Present(_)) => state.clone(),
        (Delta::Create(changes) | Delta::Modify(changes), State::Present(attributes)) => {
            State::Present(
                attributes
                    .iter()
                    .filter(|(name, _)| changes.contains_key(*name))
                    .map(|(name, values)| (name.clone(), values.clone()))
                    .collect(),
            )
        }
    }
}
