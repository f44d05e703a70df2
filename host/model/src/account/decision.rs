//! Whether a waiting operation may go out: what the policy says, and what people do about it.

use super::work::{WorkError, impossible};
use super::{Account, Step};
use crate::{
    Candidate, Delta, Event, EventKind, Hold, HoldKind, Obligations, Operation, OperationId,
    OperationState, PersonName, Timestamp, WithheldReason,
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
        self.hold_for(HoldKind::Threshold, "threshold", reason, |one| one.id == id)
    }

    /// Lets the waiting creation wait for a person, because the account may be one of these rows.
    /// One that a person has released is not held again; the answer says whether it is held.
    pub fn hold_for_candidates(&mut self, candidates: &[Candidate]) -> bool {
        let rows: Vec<String> = candidates
            .iter()
            .map(|one| format!("{} by {}", one.identifier, one.rule))
            .collect();
        let reason = format!("the account may be there: {}", rows.join(", "));
        self.hold_for(HoldKind::Correlation, "correlation", &reason, |one| {
            matches!(one.delta, Delta::Create(_))
        })
    }

    fn hold_for(
        &mut self,
        kind: HoldKind,
        code: &str,
        reason: &str,
        which: impl Fn(&Operation) -> bool,
    ) -> bool {
        let Some(operation) = self.operations.iter_mut().find(|operation| {
            operation.state == OperationState::Waiting
                && operation.held.is_none()
                && !operation.released
                && which(operation)
        }) else {
            return false;
        };
        operation.held = Some(Hold {
            kind,
            code: code.to_owned(),
            reason: reason.to_owned(),
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
}
