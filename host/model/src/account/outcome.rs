//! Somebody says what became of an operation that went out.

use std::collections::BTreeMap;

use super::work::{WorkError, impossible};
use super::{Account, Adoption, Step};
use crate::{
    AttributeName, Attributes, CaseId, Change, Delta, Event, EventKind, Operation, OperationId,
    OperationState, Schema, State, Subject, Timestamp, Values, WithheldReason,
};

impl Account {
    /// The ticket that carries a case was taken back: what was open in it is cancelled, and what is
    /// wanted now is planned.
    pub fn withdrawn(&mut self, step: &mut Step<'_>, case: CaseId, why: &str) {
        for operation in &mut self.operations {
            if operation.case != Some(case) || !operation.is_out() {
                continue;
            }
            if !operation.become_state(OperationState::Cancelled) {
                continue;
            }
            operation.ended_at = Some(step.now);
            operation.withdrawn = true;
            operation.reason = Some(why.to_owned());
            self.events.push(
                Event::new(EventKind::Cancelled, why)
                    .operation(operation.id)
                    .case(case),
            );
        }
        self.settle(step);
        self.replan(step);
    }

    /// A person says that an open operation was done at `completed_at`, perhaps with other values
    /// than those asked for; those take the place of the desired ones. Attributes that could not be
    /// set are refused, each with a reason, and not asked for again by themselves.
    ///
    /// Where exports decide, the operation goes on counting until one does. Where there are none,
    /// what the person says is believed.
    pub fn complete(
        &mut self,
        step: &mut Step<'_>,
        id: OperationId,
        reported: Attributes,
        refused: BTreeMap<AttributeName, String>,
        completed_at: Timestamp,
    ) -> Result<(), WorkError> {
        let schema = &step.rules.schema;
        if !refused.is_empty() && self.refuses_everything(schema, id, &refused)? {
            let reasons: Vec<_> = refused
                .iter()
                .map(|(name, reason)| format!("{name}: {reason}"))
                .collect();
            return self.fail(step, id, &reasons.join("; "));
        }
        let desired = self.desired.as_ref().map(|desired| desired.state.clone());
        let operation = self.find(id)?;
        if operation.delta == Delta::Delete && !reported.is_empty() {
            return Err(WorkError::NoValues {
                operation: id,
                kind: operation.delta.kind(schema),
            });
        }
        if !operation.become_state(OperationState::Done) {
            return Err(impossible(operation, "completed"));
        }
        // What was reported as asked for is no other value.
        let asked = operation.delta.apply(schema, &operation.before);
        operation.reported = reported
            .into_iter()
            .filter(|(name, values)| !schema.same(name, asked.get(name), values))
            .collect();
        operation.refused = refused;
        // Nobody completes before being asked.
        let completed_at = operation
            .opened_at
            .map_or(completed_at, |opened| completed_at.max(opened));
        operation.completed_at = Some(completed_at);
        let effect = operation.effect();
        let reported = operation.reported.clone();
        let refused = operation.refused.clone();
        let unverifiable = effect.subjects().iter().all(|subject| {
            matches!(subject, Subject::Attribute(name)
                if schema.attribute(name.as_str()).is_none_or(|attribute| attribute.is_secret()))
        });
        if unverifiable {
            operation.ended_at = Some(step.now);
        }
        let text = match reported.len() {
            0 => format!("done at {completed_at}"),
            _ => format!("done at {completed_at} with other values"),
        };
        self.events
            .push(Event::new(EventKind::Completed, text).operation(id));
        if let Some(identifier) = effect
            .changes()
            .and_then(|changes| changes.get(schema.identifier()))
            .map(|change: &Change| change.apply(schema, schema.identifier(), &Values::NONE))
            .and_then(|values| values.first().map(str::to_owned))
        {
            self.identifier = identifier;
        }
        for (name, value) in reported {
            let Some(instead_of) = desired
                .as_ref()
                .and_then(|desired| desired.attributes())
                .and_then(|attributes| attributes.get(&name))
            else {
                continue;
            };
            self.adoptions.retain(|adoption| adoption.attribute != name);
            self.adoptions.push(Adoption {
                attribute: name,
                instead_of: instead_of.clone(),
                value,
                operation: Some(id),
                export: None,
                since: step.now,
            });
        }
        if let Some(desired) = self.desired_state(step.rules) {
            for (name, reason) in refused {
                let subject = Subject::Attribute(name);
                self.withhold(
                    &desired,
                    subject,
                    WithheldReason::NotPossible(reason),
                    id,
                    step.now,
                );
            }
        }
        self.settle(step);
        self.replan(step);
        Ok(())
    }

    /// Whether nothing is left of an operation without what was refused. The identifier of a new
    /// account, and what was not asked for, cannot be refused on their own.
    fn refuses_everything(
        &mut self,
        schema: &Schema,
        id: OperationId,
        refused: &BTreeMap<AttributeName, String>,
    ) -> Result<bool, WorkError> {
        let delta = &self.find(id)?.delta;
        let creates = !matches!(delta, Delta::Modify(_));
        for attribute in refused.keys() {
            let asked = delta
                .changes()
                .is_some_and(|changes| changes.contains_key(attribute));
            if !asked || creates && attribute == schema.identifier() {
                return Err(WorkError::NotAsked {
                    operation: id,
                    attribute: attribute.clone(),
                });
            }
        }
        Ok(!creates
            && delta
                .changes()
                .is_some_and(|changes| changes.len() == refused.len()))
    }

    /// What was closed by mistake has to be done after all: the operation is open again, as if
    /// nobody had said anything. Not possible once an export has decided, or another operation
    /// about the same has been planned since.
    pub fn reopen(
        &mut self,
        step: &mut Step<'_>,
        id: OperationId,
        why: &str,
    ) -> Result<(), WorkError> {
        let schema = &step.rules.schema;
        let index = self.operations.iter().position(|one| one.id == id);
        let index = index.ok_or(WorkError::Unknown(id))?;
        let (head, later) = self.operations.split_at_mut(index + 1);
        let operation = &mut head[index];
        let closed_by_a_person = operation.opened_at.is_some()
            && !operation.withdrawn
            && matches!(
                operation.state,
                OperationState::Done | OperationState::Failed | OperationState::Cancelled
            );
        if !closed_by_a_person {
            return Err(impossible(operation, "reopened"));
        }
        let about = |delta: &Delta, subject: &Subject| {
            delta.hides(subject) || delta.subjects().contains(subject)
        };
        let overlaps = |other: &Operation| {
            let (one, two) = (&operation.delta, &other.delta);
            one.subjects().iter().any(|subject| about(two, subject))
                || two.subjects().iter().any(|subject| about(one, subject))
        };
        let overtaken = later.iter().find(|other| {
            other.opened_at.is_some()
                && !other.withdrawn
                && !matches!(
                    other.state,
                    OperationState::Failed | OperationState::Cancelled
                )
                && overlaps(other)
        });
        if let Some(by) = overtaken {
            return Err(WorkError::Overtaken {
                operation: id,
                by: by.id,
            });
        }
        if operation.state == OperationState::Done && operation.ended_at.is_some() {
            self.assumed = taken_back(&operation.effect(), &self.assumed, &operation.before);
        }
        operation.state = OperationState::Open;
        operation.claimed = false;
        operation.completed_at = None;
        operation.ended_at = None;
        operation.reason = None;
        operation.reported.clear();
        operation.refused.clear();
        operation.verdicts.clear();
        let identifier = schema.identifier();
        let name = match &operation.delta {
            Delta::Create(changes) | Delta::Recreate(changes) => changes
                .get(identifier)
                .map(|change| change.apply(schema, identifier, &Values::NONE)),
            Delta::Modify(changes) if changes.contains_key(identifier) => {
                Some(operation.before.get(identifier).clone())
            }
            _ => None,
        };
        if let Some(name) = name.as_ref().and_then(Values::first) {
            self.identifier = name.to_owned();
        }
        self.adoptions
            .retain(|adoption| adoption.operation != Some(id));
        self.withheld.retain(|withheld| withheld.operation != id);
        self.events
            .push(Event::new(EventKind::Reopened, why).operation(id));
        self.replan(step);
        Ok(())
    }

    /// Where people are believed, finished operations become part of the assumed state, in the
    /// order in which they were requested: one that was done before an earlier one waits for it,
    /// so that the order of closing makes no difference.
    fn settle(&mut self, step: &Step<'_>) {
        if step.rules.verifies {
            return;
        }
        for operation in self
            .operations
            .iter_mut()
            .filter(|operation| operation.counts())
        {
            if operation.state != OperationState::Done {
                break;
            }
            operation.ended_at = Some(step.now);
            self.assumed = operation.effect().apply(&step.rules.schema, &self.assumed);
        }
    }

    /// A person says that an open operation cannot be done. No view changes, and the same is not
    /// asked for again by itself.
    pub fn fail(
        &mut self,
        step: &mut Step<'_>,
        id: OperationId,
        reason: &str,
    ) -> Result<(), WorkError> {
        self.give_up(
            step,
            id,
            OperationState::Failed,
            "given up",
            WithheldReason::NotPossible(reason.to_owned()),
        )
    }

    /// Takes an operation back that nobody has carried out. No view changes, and the same is not
    /// asked for again by itself.
    pub fn cancel(
        &mut self,
        step: &mut Step<'_>,
        id: OperationId,
        reason: &str,
    ) -> Result<(), WorkError> {
        self.give_up(
            step,
            id,
            OperationState::Cancelled,
            "cancelled",
            WithheldReason::Cancelled(reason.to_owned()),
        )
    }

    fn give_up(
        &mut self,
        step: &mut Step<'_>,
        id: OperationId,
        state: OperationState,
        tried: &'static str,
        reason: WithheldReason,
    ) -> Result<(), WorkError> {
        let now = step.now;
        let operation = self.find(id)?;
        if !operation.become_state(state) {
            return Err(impossible(operation, tried));
        }
        operation.ended_at = Some(now);
        operation.reason = Some(reason.to_string());
        let kind = if state == OperationState::Failed {
            EventKind::NotPossible
        } else {
            EventKind::Cancelled
        };
        self.events
            .push(Event::new(kind, reason.to_string()).operation(id));
        self.withhold_all(step, id, &reason);
        self.settle(step);
        self.replan(step);
        Ok(())
    }

    /// Withholds everything that an operation was about, as far as it is still desired.
    pub(super) fn withhold_all(
        &mut self,
        step: &Step<'_>,
        id: OperationId,
        reason: &WithheldReason,
    ) {
        let Some(desired) = self.desired_state(step.rules) else {
            return;
        };
        let Some(delta) = self.operation(id).map(|operation| operation.delta.clone()) else {
            return;
        };
        let subjects = delta.essential_subjects();
        let after = delta.apply(
            &step.rules.schema,
            &self
                .operation(id)
                .map(|operation| operation.before.clone())
                .unwrap_or_default(),
        );
        for subject in subjects {
            let still_wanted = match &subject {
                Subject::Existence => desired.exists() == after.exists(),
                Subject::Attribute(name) => {
                    step.rules
                        .schema
                        .same(name, desired.get(name), after.get(name))
                }
            };
            if still_wanted {
                self.withhold(&desired, subject, reason.clone(), id, step.now);
            }
        }
    }
}

/// The state without what an operation did to it; `before` is what the operation touched.
fn taken_back(effect: &Delta, now: &State, before: &State) -> State {
    match (effect, before) {
        (Delta::Modify(changes), _) => {
            let mut attributes = now.attributes().cloned().unwrap_or_default();
            for name in changes.keys() {
                attributes.insert(name.clone(), before.get(name).clone());
            }
            match now {
                State::Present(_) => State::Present(attributes),
                State::Absent => State::Absent,
            }
        }
        (_, before) => before.clone(),
    }
}
