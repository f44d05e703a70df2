//! An operation goes out, and somebody says what became of it.

use std::collections::BTreeMap;

use super::replan::contradicts;
use super::{Account, Adoption, Step};
use crate::{
    AttributeName, Attributes, CaseId, Change, CorrelationId, Delta, Event, EventKind, Operation,
    OperationId, OperationState, ResourceRules, Schema, State, Subject, Timestamp, Values,
    WithheldReason,
};

/// How a waiting operation can go out beside what is open already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In a case of its own.
    NewCase,
    /// With what nobody has begun yet.
    With(CaseId),
    /// Not before this case is closed: somebody is working on it.
    Behind(CaseId),
}

/// Why a step with an operation is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// There is no such operation.
    #[error("there is no {0} of this account")]
    Unknown(OperationId),
    /// It is not in the state for that.
    #[error("{operation} is {state}, so it cannot be {step}")]
    State {
        /// The operation.
        operation: OperationId,
        /// Where it stands.
        state: OperationState,
        /// What was tried.
        step: &'static str,
    },
    /// Somebody is at work on it.
    #[error(
        "{operation} cannot be {step}: somebody is at work on it{}; close it, or give it back, first",
        .case.map_or(String::new(), |case| format!(" in {case}"))
    )]
    AtWork {
        /// The operation.
        operation: OperationId,
        /// The case that carries it.
        case: Option<CaseId>,
        /// What was tried.
        step: &'static str,
    },
    /// A value was reported for something that the operation does not decide.
    #[error("{operation} is a {kind}: no other value can be reported for it")]
    NoValues {
        /// The operation.
        operation: OperationId,
        /// What it is.
        kind: crate::OperationKind,
    },
    /// An attribute was refused that the operation does not change, or without which there is none.
    #[error("{operation} does not ask for {attribute}, so that cannot be refused on its own")]
    NotAsked {
        /// The operation.
        operation: OperationId,
        /// The attribute.
        attribute: AttributeName,
    },
    /// What has to be done again was decided by another operation since.
    #[error("{operation} cannot be reopened: {by} has taken its place")]
    Overtaken {
        /// The operation.
        operation: OperationId,
        /// The other one.
        by: OperationId,
    },
}

impl WorkError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            WorkError::Unknown(_) => "operation-unknown",
            WorkError::State { .. } => "operation-state",
            WorkError::AtWork { .. } => "operation-at-work",
            WorkError::NoValues { .. } => "operation-without-values",
            WorkError::NotAsked { .. } => "operation-not-asked",
            WorkError::Overtaken { .. } => "operation-overtaken",
        }
    }
}

impl Account {
    /// How a waiting operation can go out beside what is open already.
    pub fn way(&self, rules: &ResourceRules) -> Way {
        if !rules.one_case_per_account {
            return Way::NewCase;
        }
        let mut way = Way::NewCase;
        for open in self
            .operations
            .iter()
            .filter(|operation| operation.is_out())
        {
            match open.case {
                Some(case) if open.claimed => return Way::Behind(case),
                Some(case) => way = Way::With(case),
                None => {}
            }
        }
        way
    }

    /// Somebody takes the case that carries some operations, or gives it back.
    pub fn set_claimed(&mut self, case: CaseId, claimed: bool) {
        for operation in &mut self.operations {
            if operation.case == Some(case) && operation.counts() {
                operation.claimed = claimed;
            }
        }
    }

    /// Gives a waiting operation to a person.
    pub fn open(
        &mut self,
        id: OperationId,
        case: CaseId,
        correlation: CorrelationId,
        now: Timestamp,
    ) -> Result<(), WorkError> {
        let operation = self.find(id)?;
        if !operation.is_due(now) || !operation.become_state(OperationState::Open) {
            return Err(impossible(operation, "opened"));
        }
        operation.opened_at = Some(now);
        operation.case = Some(case);
        operation.correlation = Some(correlation);
        self.events.push(
            Event::new(EventKind::Opened, format!("as {case}"))
                .operation(id)
                .case(case),
        );
        Ok(())
    }

    /// Intends to give a waiting operation to people outside, by a ticket that is yet to be made.
    pub fn intend(
        &mut self,
        id: OperationId,
        case: CaseId,
        correlation: CorrelationId,
        now: Timestamp,
    ) -> Result<(), WorkError> {
        let operation = self.find(id)?;
        if !operation.is_due(now) || !operation.become_state(OperationState::Opening) {
            return Err(impossible(operation, "opened"));
        }
        operation.case = Some(case);
        operation.correlation = Some(correlation);
        self.events.push(
            Event::new(EventKind::Intended, format!("a ticket, as {case}"))
                .operation(id)
                .case(case),
        );
        Ok(())
    }

    /// People have the operations of a case that were intended for them: as a ticket, which cannot
    /// be taken back just so, or in the case itself. `how` says which, in words.
    pub fn reach(&mut self, case: CaseId, ticket: bool, how: &str, now: Timestamp) {
        for operation in &mut self.operations {
            if operation.case != Some(case) || operation.state != OperationState::Opening {
                continue;
            }
            if !operation.become_state(OperationState::Open) {
                continue;
            }
            operation.opened_at = Some(now);
            operation.claimed = ticket;
            self.events.push(
                Event::new(EventKind::Opened, how)
                    .operation(operation.id)
                    .case(case),
            );
        }
    }

    /// Whether nothing of what the open operations of a case do is wanted any more.
    pub fn wants_nothing_of(&self, rules: &ResourceRules, case: CaseId) -> bool {
        let Some(desired) = self.desired_state(rules) else {
            return false;
        };
        let mut open = self
            .operations
            .iter()
            .filter(|operation| operation.case == Some(case) && operation.is_out())
            .peekable();
        open.peek().is_some()
            && open.all(|operation| contradicts(&rules.schema, &operation.delta, &desired))
    }

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

    pub(super) fn find(&mut self, id: OperationId) -> Result<&mut Operation, WorkError> {
        self.operation_mut(id).ok_or(WorkError::Unknown(id))
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

pub(super) fn impossible(operation: &Operation, step: &'static str) -> WorkError {
    WorkError::State {
        operation: operation.id,
        state: operation.state,
        step,
    }
}
