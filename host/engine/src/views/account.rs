//! An account in all views.

use provisor_model::{Account, AccountId, AttributeName, Drift, Source, Values, Withheld};
use provisor_store::{AccountFilter, AccountSummary, ObservedRow};
use serde::Serialize;

use super::operation::{OperationView, is_pending, view_operation};
use crate::cases::resource_of;
use crate::configuration::Resource;
use crate::host::load_account;
use crate::{Host, HostError};

/// Where a value comes from, in words and for machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// `requested`, `reported`, `accepted-drift`, `observed`, `assumed`, `under-way` or `unknown`.
    pub kind: &'static str,
    /// In words.
    pub text: String,
}

/// One attribute in all views.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AttributeView {
    /// Its name.
    pub name: AttributeName,
    /// What it should be; `None` when nobody cares.
    pub desired: Option<Values>,
    /// Where that comes from.
    pub desired_from: Option<Origin>,
    /// What it is.
    pub current: Values,
    /// Where that comes from.
    pub current_from: Origin,
    /// What it will be once everything under way is done.
    pub expected: Values,
    /// Where that comes from.
    pub expected_from: Origin,
}

/// Everything known of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AccountView {
    /// Its number.
    pub id: AccountId,
    /// Where it is.
    pub resource: String,
    /// How it is called there.
    pub identifier: String,
    /// Whose it is.
    pub identity: Option<String>,
    /// Whether it should exist; `None` if nobody ever asked.
    pub desired_exists: Option<bool>,
    /// Whether it exists.
    pub current_exists: bool,
    /// How that is known.
    pub current_exists_from: Origin,
    /// Whether it will exist once everything under way is done.
    pub expected_exists: bool,
    /// How that is known.
    pub expected_exists_from: Origin,
    /// The attributes in all views.
    pub attributes: Vec<AttributeView>,
    /// Operations under way, and those that ended within the resource's `keep-finished`.
    pub operations: Vec<OperationView>,
    /// What is wanted but not asked for again.
    pub withheld: Vec<Withheld>,
    /// What changed behind our backs.
    pub drift: Vec<Drift>,
}

impl Host {
    /// An account by the identifier that it has on a resource.
    pub fn account(&self, resource: &str, identifier: &str) -> Result<AccountView, HostError> {
        self.account_by_id(self.find_account(resource, identifier)?)
    }

    /// The number of the account that is called so.
    pub(crate) fn find_account(
        &self,
        resource: &str,
        identifier: &str,
    ) -> Result<AccountId, HostError> {
        let resource = self.resource(resource)?;
        let key = resource.rules.schema.identifier_key(identifier);
        let found = self
            .inner
            .store
            .read(|view| view.account_named(&resource.name, &key))?;
        found.ok_or_else(|| HostError::unknown_account(&resource.name, identifier))
    }

    /// An account by number.
    pub fn account_by_id(&self, id: AccountId) -> Result<AccountView, HostError> {
        let account = self.inner.store.read(|view| load_account(view, id))?;
        let resource = resource_of(&self.inner.configuration, &account)?;
        Ok(self.view_account(resource, &account))
    }

    /// Accounts, shortly.
    pub fn accounts(&self, filter: &AccountFilter) -> Result<Vec<AccountSummary>, HostError> {
        Ok(self.inner.store.read(|view| view.accounts(filter))?)
    }

    /// Rows of the last export of a resource that no account claims.
    pub fn unexpected(&self, resource: &str, limit: usize) -> Result<Vec<ObservedRow>, HostError> {
        let resource = self.resource(resource)?;
        if !resource.rules.verifies {
            return Ok(Vec::new());
        }
        let rows = self
            .inner
            .store
            .read(|view| view.unexpected_rows(&resource.name, true, None, limit))?;
        Ok(rows.into_iter().map(|one| one.row).collect())
    }

    fn view_account(&self, resource: &Resource, account: &Account) -> AccountView {
        let rules = &resource.rules;
        let now = self.now();
        let (current_from, expected_from) = account.explain_existence(rules);
        AccountView {
            id: account.id,
            resource: account.resource.to_string(),
            identifier: account.identifier.clone(),
            identity: account.identity.as_ref().map(ToString::to_string),
            desired_exists: account.desired_state(rules).map(|state| state.exists()),
            current_exists: account.current(rules).exists(),
            current_exists_from: origin(current_from),
            expected_exists: account.expected(rules).exists(),
            expected_exists_from: origin(expected_from),
            attributes: account
                .explain(rules)
                .into_iter()
                .map(|one| {
                    let (desired, desired_from) = one.desired.unzip();
                    AttributeView {
                        name: one.name,
                        desired,
                        desired_from: desired_from.map(origin),
                        current: one.current.0,
                        current_from: origin(one.current.1),
                        expected: one.expected.0,
                        expected_from: origin(one.expected.1),
                    }
                })
                .collect(),
            operations: account
                .operations
                .iter()
                .filter(|operation| is_pending(resource, operation, now))
                .map(|operation| view_operation(resource, account, operation))
                .collect(),
            withheld: account.withheld.clone(),
            drift: account.drift.clone(),
        }
    }
}

fn origin(source: Source) -> Origin {
    let (kind, text) = match source {
        Source::Requested { by, since } => ("requested", format!("requested by {by} at {since}")),
        Source::Reported(operation) => ("reported", format!("reported with {operation}")),
        Source::AcceptedDrift(export) => ("accepted-drift", format!("accepted from {export}")),
        Source::Observed {
            export,
            position,
            exported_at,
        } => (
            "observed",
            match position {
                Some(line) => format!("{export} of {exported_at}, line {line}"),
                None => format!("no row in {export} of {exported_at}"),
            },
        ),
        Source::Assumed => ("assumed", "a finished operation".to_owned()),
        Source::UnderWay(operation) => ("under-way", format!("{operation} under way")),
        Source::Unknown => ("unknown", String::new()),
    };
    Origin { kind, text }
}
