//! World `policy`: whether an operation may go out, and how.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::bindings::decisions::exports::provisor::connector::decisions;
use crate::bindings::description::exports::provisor::connector::about;
use crate::settings::{Built, judge_own, with_built};
use crate::{About, Decision, Failure, Problem, Row, Table, Values};

/// Decides whether operations may go out. It keeps no state and has no clock: times and counters
/// come with the proposals. Exported with [`export_policy!`](crate::export_policy).
pub trait Policy: Sized + 'static {
    /// What the resource's configuration says about this component.
    type Settings: DeserializeOwned;

    /// What is wrong with the settings beyond what their schema and type can say. Asked when a
    /// configuration is loaded. The default finds nothing.
    fn check(settings: &Self::Settings) -> Vec<Problem> {
        let _ = settings;
        Vec::new()
    }

    /// Builds the policy, once per instance.
    ///
    /// # Errors
    /// `configuration` when it cannot work with these settings.
    fn new(settings: Self::Settings) -> Result<Self, Failure>;

    /// Decides about one operation, for itself: the proposals beside it must not matter.
    fn decide(&self, proposal: &Proposal<'_>) -> Decision;
}

/// What kind of change an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// The account is made.
    Create,
    /// Attributes of the account change.
    Modify,
    /// The account is removed.
    Delete,
    /// The account is switched on.
    Enable,
    /// The account is switched off.
    Disable,
    /// The identifier of the account changes.
    Rename,
}

impl Operation {
    /// As it stands in the contract, such as `create`.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Modify => "modify",
            Operation::Delete => "delete",
            Operation::Enable => "enable",
            Operation::Disable => "disable",
            Operation::Rename => "rename",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        use Operation::*;
        [Create, Modify, Delete, Enable, Disable, Rename]
            .into_iter()
            .find(|operation| operation.as_str() == text)
    }
}

/// One operation that somebody wants to go out.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    row: Row<'a>,
    operation: Operation,
}

impl<'a> Proposal<'a> {
    /// The name of the resource.
    pub fn resource(&self) -> &'a str {
        self.row.first("resource").unwrap_or("")
    }

    /// The identifier of the account.
    pub fn account(&self) -> &'a str {
        self.row.first("account").unwrap_or("")
    }

    /// Every column of the proposal with its values, for policies that take names from settings.
    pub fn cells(&self) -> impl Iterator<Item = (&'a str, Values<'a>)> {
        self.row.cells()
    }

    /// What kind of change it is.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The names of the attributes that change.
    pub fn changed(&self) -> Values<'a> {
        self.row.values("changed")
    }

    /// The current time in RFC 3339.
    pub fn now(&self) -> &'a str {
        self.row.first("now").unwrap_or("")
    }

    /// Who wants it; `None` if the host does not know.
    pub fn requester(&self) -> Option<&'a str> {
        self.row.first("requester")
    }

    /// An attribute of the identity.
    pub fn identity(&self, attribute: &str) -> Values<'a> {
        self.member("identity.", attribute)
    }

    /// What an attribute of the account is now.
    pub fn current(&self, attribute: &str) -> Values<'a> {
        self.member("current.", attribute)
    }

    /// What an attribute of the account will be after the operation.
    pub fn wanted(&self, attribute: &str) -> Values<'a> {
        self.member("wanted.", attribute)
    }

    /// A counter, such as `deletes-24h` or `accounts`; `None` if the host does not give it.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.member("count.", name).next()?.parse().ok()
    }

    /// All columns of one family (`identity`, `current`, `wanted`, `count`) with their names
    /// in it.
    pub fn family(&self, family: &str) -> impl Iterator<Item = (&'a str, Values<'a>)> {
        self.row.cells().filter_map(move |(name, values)| {
            let member = name.strip_prefix(family)?.strip_prefix('.')?;
            Some((member, values))
        })
    }

    /// The row of the proposals as it came.
    pub fn row(&self) -> &Row<'a> {
        &self.row
    }

    fn member(&self, family: &str, name: &str) -> Values<'a> {
        let found = self.row.columns().iter().position(|column| {
            column
                .strip_prefix(family)
                .is_some_and(|member| member == name)
        });
        self.row.cell(found.unwrap_or(usize::MAX))
    }
}

/// Decides about all rows: what `decide` does once the policy has been built.
pub(crate) fn decide<P: Policy>(policy: &P, proposals: &Table) -> Result<Vec<Decision>, Failure> {
    let rows = proposals.view()?.iter();
    rows.map(|row| {
        let text = row.first("operation").unwrap_or("");
        let operation = Operation::parse(text).ok_or_else(|| {
            Failure::malformed(format!(
                "row {}: the operation `{text}` is none of this contract",
                row.index()
            ))
        })?;
        Ok(policy.decide(&Proposal { row, operation }))
    })
    .collect()
}

/// What [`export_policy!`](crate::export_policy) adds to a policy.
#[doc(hidden)]
pub trait ExportPolicy: Policy {
    /// What it says of itself.
    const ABOUT: About;

    /// Where the instance keeps it.
    fn built() -> &'static Built<Self>;
}

/// The component that a policy becomes.
#[doc(hidden)]
pub struct PolicyComponent<P>(PhantomData<P>);

impl<P: ExportPolicy> about::Guest for PolicyComponent<P> {
    fn describe() -> about::Description {
        P::ABOUT.describe()
    }

    fn check_settings() -> Vec<about::Problem> {
        judge_own(P::check)
    }
}

impl<P: ExportPolicy> decisions::Guest for PolicyComponent<P> {
    fn decide(proposals: Table) -> Result<Vec<Decision>, Failure> {
        with_built(P::built(), P::new, |policy| decide(policy, &proposals))
    }
}
