//! An operation goes out, and somebody says what became of it.

use std::collections::BTreeMap;

use super::{Account, Adoption, Step};
use crate::{
    AttributeName, Attributes, Candidate, CaseId, Change, CorrelationId, Delta, Event, EventKind,
    Hold, HoldKind, Obligations, Operation, OperationId, OperationState, PersonName, ResourceRules,
    Schema, State, Subject, Timestamp, Values, WithheldReason,
};

/// What the policy says of a waiting operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may go out.
    Allow,
    /// It must not.
    Deny {
        /// For machines.
        code: String,
        /// For people.
        reason: String,
    },
    /// A person decides.
    Hold(Hold),
}

/// A verdict with what has to be heeded once the operation goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// May it go out?
    pub verdict: Verdict,
    /// What has to be heeded.
    pub obligations: Obligations,
    /// Not before this time.
    pub not_before: Option<Timestamp>,
    /// An account that should be deleted is disabled.
    pub disable_instead: bool,
}

impl Decision {
    /// This verdict, with nothing to heed.
    pub fn plain(verdict: Verdict) -> Self {
        Self {
            verdict,
            obligations: Obligations::default(),
            not_before: None,
            disable_instead: false,
        }
    }
}

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
    /// Takes the policy's decision about a waiting operation whose delta is still `about`. A
    /// decision about what it no longer is, is forgotten; the answer says whether it was taken.
    pub fn decide(
        &mut self,
        step: &mut Step<'_>,
        id: OperationId,
        about: &Delta,
        decision: Decision,
    ) -> bool {
        let can_disable = step.rules.schema.status().is_some();
        let Some(operation) = self.operation_mut(id).filter(|operation| {
            operation.state == OperationState::Waiting
                && !operation.decided
                && operation.delta == *about
        }) else {
            return false;
        };
        if let Verdict::Deny { code, reason } = decision.verdict {
            operation.decided = true;
            operation.state = OperationState::Cancelled;
            operation.ended_at = Some(step.now);
            operation.reason = Some(format!("denied by policy: {reason}"));
            self.events
                .push(Event::new(EventKind::Denied, format!("{code}: {reason}")).operation(id));
            self.withhold_all(step, id, &WithheldReason::Denied(reason));
            self.replan(step);
            return true;
        }
        if decision.disable_instead && can_disable && operation.delta == Delta::Delete {
            if let Some(desired) = &mut self.desired {
                desired.disable_instead = true;
            }
            self.replan(step);
        }
        // The decision was also about what it turned the operation into.
        let Some(operation) = self
            .operation_mut(id)
            .filter(|operation| operation.state == OperationState::Waiting)
        else {
            return true;
        };
        operation.decided = true;
        operation.obligations = decision.obligations;
        operation.not_before = decision.not_before;
        let event = match decision.verdict {
            Verdict::Hold(hold) => {
                let text = format!("{}: {}", hold.code, hold.reason);
                operation.held.get_or_insert(hold);
                Event::new(EventKind::Held, text)
            }
            _ => Event::new(
                EventKind::Allowed,
                match decision.not_before {
                    Some(time) => format!("not before {time}"),
                    None => "may go out".to_owned(),
                },
            ),
        };
        self.events.push(event.operation(id));
        true
    }

    /// Lets a waiting operation wait until a person releases it.
    pub fn hold(&mut self, id: OperationId, by: &PersonName, why: &str) -> Result<(), WorkError> {
        let operation = self.find(id)?;
        if operation.state != OperationState::Waiting {
            return Err(impossible(operation, "held"));
        }
        let hold = Hold {
            kind: HoldKind::Person,
            code: "held".to_owned(),
            reason: format!("{by}: {why}"),
        };
        if operation.held.as_ref() == Some(&hold) {
            return Ok(());
        }
        operation.held = Some(hold);
        self.events
            .push(Event::new(EventKind::Held, format!("by {by}: {why}")).operation(id));
        Ok(())
    }

    /// Lets a waiting operation wait for a person because more of its kind than usual would go out.
    /// One that a person has released is not held again; the answer says whether it is held.
    pub fn hold_at_threshold(&mut self, id: OperationId, reason: &str) -> bool {
        let Some(operation) = self.operation_mut(id).filter(|operation| {
            operation.state == OperationState::Waiting
                && operation.held.is_none()
                && !operation.released
        }) else {
            return false;
        };
        operation.held = Some(Hold {
            kind: HoldKind::Threshold,
            code: "threshold".to_owned(),
            reason: reason.to_owned(),
        });
        self.events
            .push(Event::new(EventKind::Held, reason).operation(id));
        true
    }

    /// Lets the waiting creation wait for a person, because the account may be one of these rows.
    /// One that a person has released is not held again; the answer says whether it is held.
    pub fn hold_for_candidates(&mut self, candidates: &[Candidate]) -> bool {
        let rows: Vec<String> = candidates
            .iter()
            .map(|one| format!("{} by {}", one.identifier, one.rule))
            .collect();
        let reason = format!("the account may be there: {}", rows.join(", "));
        let Some(operation) = self.operations.iter_mut().find(|operation| {
            operation.state == OperationState::Waiting
                && matches!(operation.delta, Delta::Create(_))
                && operation.held.is_none()
                && !operation.released
        }) else {
            return false;
        };
        operation.held = Some(Hold {
            kind: HoldKind::Correlation,
            code: "correlation".to_owned(),
            reason: reason.clone(),
        });
        let event = Event::new(EventKind::Held, reason).operation(operation.id);
        self.events.push(event);
        true
    }

    /// Lets an operation go out with others whose window is over before its own.
    pub fn end_window(&mut self, id: OperationId) {
        if let Some(operation) = self.operation_mut(id) {
            operation.propagate_at = None;
        }
    }

    /// Lets an operation go out at once that was held, delayed, or waits for others.
    pub fn release(&mut self, id: OperationId, by: &PersonName) -> Result<(), WorkError> {
        let operation = self.find(id)?;
        if operation.state != OperationState::Waiting
            || operation.held.is_none() && operation.goes_out_at().is_none()
        {
            return Err(impossible(operation, "released"));
        }
        operation.held = None;
        operation.released = true;
        operation.not_before = None;
        operation.propagate_at = None;
        self.events
            .push(Event::new(EventKind::Released, format!("by {by}")).operation(id));
        Ok(())
    }

    /// Asks again for what `id` was about and is withheld since; answers whether there was
    /// something.
    pub fn ask_again(&mut self, step: &mut Step<'_>, id: OperationId, by: &PersonName) -> bool {
        let before = self.withheld.len();
        self.withheld.retain(|withheld| withheld.operation != id);
        let released = self.withheld.len() < before;
        if released {
            self.events
                .push(Event::new(EventKind::Released, format!("by {by}")).operation(id));
            // Whoever asks again also allows the repetitions anew.
            if let Some(operation) = self.operation_mut(id) {
                operation.raised = 0;
            }
            self.replan(step);
        }
        released
    }

    /// How a waiting operation can go out beside what is open already.
    pub fn way(&self, rules: &ResourceRules) -> Way {
        if !rules.one_case_per_account {
            return Way::NewCase;
        }
        let mut way = Way::NewCase;
        for open in self
            .operations
            .iter()
            .filter(|operation| operation.counts() && operation.state == OperationState::Open)
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
    fn withhold_all(&mut self, step: &Step<'_>, id: OperationId, reason: &WithheldReason) {
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

    fn find(&mut self, id: OperationId) -> Result<&mut Operation, WorkError> {
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

fn impossible(operation: &Operation, step: &'static str) -> WorkError {
    WorkError::State {
        operation: operation.id,
        state: operation.state,
        step,
    }
}
