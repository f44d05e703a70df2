//! Everything known of one account on one resource. All rules of the model meet here.
//!
//! An [`Account`] changes only by the methods of its parts: [`request`](Account::request) sets
//! what is desired, [`decide`](Account::decide) and [`open`](Account::open) let an operation go
//! out, [`complete`](Account::complete) and its siblings end it on a person's word,
//! [`observe`](Account::observe) takes in what an export shows. Each of them ends by planning
//! again, so that the operations always lead from what is known to what is desired.

mod decision;
mod drift;
mod erase;
mod explain;
mod link;
mod observe;
mod outcome;
mod replan;
mod request;
mod retain;
mod work;

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AttributeName, Attributes, CaseId, Drift, Event, ExportId, IdentityId, Operation,
    OperationId, OperationState, PersonName, Remedy, ResourceName, ResourceRules, State, Timestamp,
    Values, Withheld, WithheldReason, project,
};

pub use decision::{Decision, Verdict};
pub use drift::About;
pub use explain::{AttributeOrigin, Source};
pub use request::Wish;
pub use work::{Way, WorkError};

/// What somebody wants an account to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Desired {
    /// As it came out of the mapping.
    pub state: State,
    /// Who asked for it.
    pub requester: PersonName,
    /// How often the mapping was asked for another identifier before this one was free.
    pub iteration: u32,
    /// When this state was asked for first.
    pub since: Timestamp,
    /// The account is not wanted, but it is disabled rather than deleted.
    pub disable_instead: bool,
    /// What is planned for it does not go out before this operation was carried out or given up.
    pub after: Option<OperationId>,
}

/// A value that takes the place of a desired one for as long as that stays the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Adoption {
    /// The attribute.
    pub attribute: AttributeName,
    /// The desired value that it replaces.
    pub instead_of: Values,
    /// The value.
    pub value: Values,
    /// The operation that was completed with it; `None` if it comes from drift.
    pub operation: Option<OperationId>,
    /// The export that showed it, if it comes from drift.
    pub export: Option<ExportId>,
    /// Since when.
    pub since: Timestamp,
}

/// The account as the last accepted export that could tell showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Observation {
    /// The export.
    pub export: ExportId,
    /// When the application made it.
    pub exported_at: Timestamp,
    /// The line of the row; `None` without one.
    pub position: Option<u64>,
    /// What it showed. An attribute that the export had no column for is not there.
    pub state: State,
}

/// Everything known of one account on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Where it is.
    pub resource: ResourceName,
    /// Whose it is; `None` if nobody knows.
    pub identity: Option<IdentityId>,
    /// How it is called in the application.
    pub identifier: String,
    /// What it should be; `None` if nobody ever asked.
    pub desired: Option<Desired>,
    /// The wish whose place what the application has has taken: that there be an account, or none.
    /// Asking for the same once more changes nothing.
    #[serde(default)]
    pub overruled: Option<State>,
    /// Values that take the place of desired ones.
    pub adoptions: Vec<Adoption>,
    /// What finished operations make us believe.
    pub assumed: State,
    /// What the last accepted export showed; kept where the exports are.
    #[serde(skip)]
    pub observed: Option<Observation>,
    /// Every operation that is remembered, in the order in which they were requested; kept in a
    /// place of their own.
    #[serde(skip)]
    pub operations: Vec<Operation>,
    /// What is wanted but not asked for again.
    pub withheld: Vec<Withheld>,
    /// What changed behind our backs and is not settled.
    pub drift: Vec<Drift>,
    /// What was to be set right lately, as long as it counts against the limit.
    #[serde(default)]
    pub remedies: Vec<Remedy>,
    /// The open case that asks what shall be done about the drift.
    #[serde(default)]
    pub question: Option<CaseId>,
    /// What happened since the account was loaded; whoever stores the account takes it.
    #[serde(skip)]
    pub events: Vec<Event>,
}

/// What a step needs from outside: the rules, the time, and numbers for new operations.
pub struct Step<'a> {
    /// The rules of the account's resource.
    pub rules: &'a ResourceRules,
    /// The time of the step.
    pub now: Timestamp,
    /// Gives the number of the next operation.
    pub next_operation: &'a mut dyn FnMut() -> OperationId,
}

impl Account {
    /// An account of which nothing is known yet.
    pub fn new(
        id: AccountId,
        resource: ResourceName,
        identity: Option<IdentityId>,
        identifier: impl Into<String>,
    ) -> Self {
        Self {
            id,
            resource,
            identity,
            identifier: identifier.into(),
            desired: None,
            overruled: None,
            adoptions: Vec::new(),
            assumed: State::Absent,
            observed: None,
            operations: Vec::new(),
            withheld: Vec::new(),
            drift: Vec::new(),
            remedies: Vec::new(),
            question: None,
            events: Vec::new(),
        }
    }

    /// The current view: what the last export showed where there is a reader, else what finished
    /// operations make us believe. An attribute that the export has no column for is believed too.
    pub fn current(&self, rules: &ResourceRules) -> State {
        if !rules.verifies {
            let done = self
                .operations
                .iter()
                .filter(|operation| operation.state == OperationState::Done);
            return project(&rules.schema, &self.assumed, done);
        }
        let Some(observation) = &self.observed else {
            return self.assumed.clone();
        };
        match &observation.state {
            State::Absent => State::Absent,
            State::Present(shown) => {
                let mut attributes = match &self.assumed {
                    State::Present(assumed) => assumed.clone(),
                    State::Absent => Attributes::new(),
                };
                attributes.extend(shown.clone());
                State::Present(attributes)
            }
        }
    }

    /// The expected view: the current view with everything that is under way.
    pub fn expected(&self, rules: &ResourceRules) -> State {
        project(&rules.schema, &self.base(rules), &self.operations)
    }

    /// What the operations that count are applied to.
    fn base(&self, rules: &ResourceRules) -> State {
        if rules.verifies {
            self.current(rules)
        } else {
            self.assumed.clone()
        }
    }

    /// The desired state, with adopted values in their places; `None` if nobody ever asked.
    pub fn desired_state(&self, rules: &ResourceRules) -> Option<State> {
        let desired = self.desired.as_ref()?;
        match (&desired.state, rules.schema.status()) {
            (State::Absent, Some(status)) if desired.disable_instead => {
                // An account that is not there need not be made only to be disabled.
                let exists = self.current(rules).exists()
                    || self.operations.iter().any(|operation| {
                        operation.counts()
                            && operation
                                .effect()
                                .apply(&rules.schema, &State::Absent)
                                .exists()
                    });
                Some(if exists {
                    let disabled = Values::canonical(vec!["false".to_owned()]);
                    State::Present([(status.clone(), disabled)].into())
                } else {
                    State::Absent
                })
            }
            (State::Absent, _) => Some(State::Absent),
            (State::Present(attributes), _) => {
                let mut attributes = attributes.clone();
                for (name, values) in &mut attributes {
                    if let Some(adoption) = self.adoption(rules, name, values) {
                        *values = adoption.value.clone();
                    }
                }
                Some(State::Present(attributes))
            }
        }
    }

    /// The names under which a row of an export may be this account: its own first, then those
    /// that a renaming under way gives or takes.
    pub fn names(&self, rules: &ResourceRules) -> Vec<String> {
        let identifier = rules.schema.identifier();
        let mut names = vec![self.identifier.clone()];
        for operation in self
            .operations
            .iter()
            .filter(|operation| operation.counts())
        {
            let effect = operation.effect();
            let wanted = effect
                .changes()
                .and_then(|changes| changes.get(identifier))
                .map(|change| change.apply(&rules.schema, identifier, &Values::NONE));
            let before = operation.before.get(identifier).clone();
            for name in wanted.iter().chain([&before]).filter_map(Values::first) {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    /// Whether what an operation was about is not asked for again, since it was asked for in vain as
    /// often as is allowed.
    pub fn gave_up(&self, operation: OperationId) -> bool {
        self.withheld.iter().any(|withheld| {
            withheld.operation == operation
                && matches!(withheld.reason, WithheldReason::RaisedTooOften(_))
        })
    }

    /// An operation by number.
    pub fn operation(&self, id: OperationId) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    fn operation_mut(&mut self, id: OperationId) -> Option<&mut Operation> {
        self.operations
            .iter_mut()
            .find(|operation| operation.id == id)
    }

    fn adoption(
        &self,
        rules: &ResourceRules,
        name: &AttributeName,
        desired: &Values,
    ) -> Option<&Adoption> {
        self.adoptions.iter().find(|adoption| {
            adoption.attribute == *name && rules.schema.same(name, &adoption.instead_of, desired)
        })
    }
}
