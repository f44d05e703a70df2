//! An operation goes out, alone or beside others, and somebody takes it.

use super::Account;
use super::replan::contradicts;
use crate::{
    AttributeName, CaseId, CorrelationId, Event, EventKind, Operation, OperationId, OperationState,
    ResourceRules, Timestamp,
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
        let operation = self.send_out(id, OperationState::Open, case, correlation, now)?;
        operation.opened_at = Some(now);
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
        self.send_out(id, OperationState::Opening, case, correlation, now)?;
        self.events.push(
            Event::new(EventKind::Intended, format!("a ticket, as {case}"))
                .operation(id)
                .case(case),
        );
        Ok(())
    }

    /// A waiting operation waits no more.
    fn send_out(
        &mut self,
        id: OperationId,
        state: OperationState,
        case: CaseId,
        correlation: CorrelationId,
        now: Timestamp,
    ) -> Result<&mut Operation, WorkError> {
        let operation = self.find(id)?;
        if !operation.is_due(now) || !operation.become_state(state) {
            return Err(impossible(operation, "opened"));
        }
        operation.case = Some(case);
        operation.correlation = Some(correlation);
        Ok(operation)
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

    pub(super) fn find(&mut self, id: OperationId) -> Result<&mut Operation, WorkError> {
        self.operation_mut(id).ok_or(WorkError::Unknown(id))
    }
}

pub(super) fn impossible(operation: &Operation, step: &'static str) -> WorkError {
    WorkError::State {
        operation: operation.id,
        state: operation.state,
        step,
    }
}
