//! An operation goes out, and somebody says what became of it.

use super::{Account, Adoption, Step};
use crate::{
    Attributes, CaseId, Change, CorrelationId, Delta, Event, EventKind, Hold, Obligations,
    Operation, OperationId, OperationState, PersonName, Subject, Timestamp, Values, WithheldReason,
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
    /// A value was reported for something that the operation does not decide.
    #[error("{operation} is a {kind}: no other value can be reported for it")]
    NoValues {
        /// The operation.
        operation: OperationId,
        /// What it is.
        kind: crate::OperationKind,
    },
}

impl WorkError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            WorkError::Unknown(_) => "operation-unknown",
            WorkError::State { .. } => "operation-state",
            WorkError::NoValues { .. } => "operation-without-values",
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
                operation.held = Some(hold);
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

    /// Lets an operation go out that was held or delayed.
    pub fn release(&mut self, id: OperationId, by: &PersonName) -> Result<(), WorkError> {
        let operation = self.find(id)?;
        if operation.state != OperationState::Waiting
            || operation.held.is_none() && operation.not_before.is_none()
        {
            return Err(impossible(operation, "released"));
        }
        operation.held = None;
        operation.not_before = None;
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
    /// than those asked for. Those take the place of the desired ones.
    ///
    /// Where exports decide, the operation goes on counting until one does. Where there are none,
    /// what the person says is believed.
    pub fn complete(
        &mut self,
        step: &mut Step<'_>,
        id: OperationId,
        reported: Attributes,
        completed_at: Timestamp,
    ) -> Result<(), WorkError> {
        let schema = &step.rules.schema;
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
        // Nobody completes before being asked.
        let completed_at = operation
            .opened_at
            .map_or(completed_at, |opened| completed_at.max(opened));
        operation.completed_at = Some(completed_at);
        let effect = operation.effect();
        let reported = operation.reported.clone();
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
        self.settle(step);
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

fn impossible(operation: &Operation, step: &'static str) -> WorkError {
    WorkError::State {
        operation: operation.id,
        state: operation.state,
        step,
    }
}
