//! What people and programs get to see. Every type here has a stable JSON form.

use std::collections::BTreeMap;

use provisor_model::{
    Account, AccountId, AttributeName, AttributeVerdict, Case, CaseId, Change, Delta, Drift,
    Export, Operation, OperationId, OperationKind, OperationState, PersonName, Source, Timestamp,
    Values, Withheld,
};
use provisor_store::{
    AccountFilter, AccountSummary, CaseFilter, HistoryEntry, HistoryFilter, ObservedRow,
    OperationEntry, OperationFilter, StoreError,
};
use serde::Serialize;

use crate::cases::resource_of;
use crate::configuration::Resource;
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

/// One change of one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChangeView {
    /// The attribute.
    pub attribute: AttributeName,
    /// What is there now, as far as it is known. `None` where the policy keeps it from view.
    pub now: Option<Values>,
    /// What should be there. `None` where the policy keeps it from view.
    pub wanted: Option<Values>,
    /// Of several values, those that come.
    pub add: Values,
    /// Of several values, those that go.
    pub remove: Values,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OperationView {
    /// Its number.
    pub id: OperationId,
    /// The account.
    pub account: AccountId,
    /// Where.
    pub resource: String,
    /// How the account is called.
    pub identifier: String,
    /// What it is called.
    pub kind: OperationKind,
    /// Where it stands.
    pub state: OperationState,
    /// Whether it is over: it changes nothing any more.
    pub finished: bool,
    /// What changes.
    pub changes: Vec<ChangeView>,
    /// Who asked.
    pub requester: Option<PersonName>,
    /// When it was planned first.
    pub requested_at: Timestamp,
    /// When it was given to a person.
    pub opened_at: Option<Timestamp>,
    /// When the person did it.
    pub completed_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Why it waits, if a person must release it.
    pub held: Option<String>,
    /// It does not go out before this time.
    pub not_before: Option<Timestamp>,
    /// Why it ended as it did.
    pub reason: Option<String>,
    /// The case that carries it.
    pub case: Option<CaseId>,
    /// The operation that it repeats.
    pub follow_up_of: Option<OperationId>,
    /// The values that the person set instead.
    pub reported: BTreeMap<AttributeName, Values>,
    /// What the last export that had something to say said.
    pub verdicts: Vec<AttributeVerdict>,
    /// Whether an export showed it while it was open.
    pub seen: bool,
}

/// A case with all that its operator needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseView {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// What has to be done, in one line.
    pub title: String,
    /// The name of the resource for people.
    pub resource_title: String,
    /// What has to be done in full.
    pub work: Vec<OperationView>,
    /// Why it has to be done again: what the export showed of the work of the case before.
    pub follow_up: Option<String>,
}

/// How a resource stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResourceView {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Whether exports say what is really there.
    pub verifies: bool,
    /// Accounts that exist, as far as is known.
    pub accounts: u64,
    /// Operations by state, of those that are not over.
    pub under_way: BTreeMap<&'static str, u64>,
    /// Accounts with open drift.
    pub drifted: u64,
    /// Rows of the last export that no account claims.
    pub unexpected: u64,
    /// The last accepted export.
    pub last_export: Option<Export>,
    /// What somebody should look at.
    pub attention: Vec<String>,
}

/// Which operations are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationQuery {
    /// Of this resource.
    pub resource: Option<String>,
    /// In these states; all if empty.
    pub states: Vec<OperationState>,
    /// Also those that ended longer ago than the resource keeps them among the pending ones.
    pub history: bool,
    /// At most so many.
    pub limit: usize,
}

impl Host {
    /// An account by the identifier that it has on a resource.
    pub fn account(&self, resource: &str, identifier: &str) -> Result<AccountView, HostError> {
        let resource = self.resource(resource)?;
        let key = resource.rules.schema.identifier_key(identifier);
        let account = self.inner.store.read(|view| {
            Ok::<_, StoreError>(match view.account_named(&resource.name, &key)? {
                Some(id) => view.account(id)?,
                None => None,
            })
        })?;
        let account = account.ok_or_else(|| HostError::Unknown {
            what: "account",
            name: identifier.chars().take(80).collect(),
            hint: format!(" on {}; `provisor account list` shows them", resource.name),
        })?;
        Ok(self.view_account(resource, &account))
    }

    /// An account by number.
    pub fn account_by_id(&self, id: AccountId) -> Result<AccountView, HostError> {
        let account = self
            .inner
            .store
            .read(|view| view.account(id))?
            .ok_or_else(|| HostError::unknown("account", id))?;
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
        Ok(self
            .inner
            .store
            .read(|view| view.unexpected_rows(&resource.name, limit))?)
    }

    /// Operations under way, and those that ended a short while ago.
    pub fn operations(&self, query: &OperationQuery) -> Result<Vec<OperationView>, HostError> {
        let name = match &query.resource {
            Some(name) => Some(self.resource(name)?.name.clone()),
            None => None,
        };
        let now = self.now();
        let entries = self.inner.store.read(|view| {
            view.operations(&OperationFilter {
                resource: name,
                states: query.states.clone(),
                limit: query.limit,
                ..OperationFilter::default()
            })
        })?;
        Ok(entries
            .iter()
            .filter_map(|entry| {
                let resource = self
                    .inner
                    .configuration
                    .resources
                    .get(entry.resource.as_str())?;
                let shown = query.history || is_pending(resource, &entry.operation, now);
                shown.then(|| view_entry(resource, entry))
            })
            .collect())
    }

    /// An operation by number.
    pub fn operation(&self, id: OperationId) -> Result<OperationView, HostError> {
        let account = self
            .inner
            .store
            .read(|view| {
                Ok::<_, StoreError>(match view.account_of_operation(id)? {
                    Some(account) => view.account(account)?,
                    None => None,
                })
            })?
            .ok_or_else(|| HostError::unknown("operation", id))?;
        let resource = resource_of(&self.inner.configuration, &account)?;
        account
            .operation(id)
            .map(|operation| view_operation(resource, &account, operation))
            .ok_or_else(|| HostError::unknown("operation", id))
    }

    /// Cases, the most urgent first.
    pub fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseView>, HostError> {
        self.inner.store.read(|view| {
            let mut cases = Vec::new();
            for case in view.cases(filter)? {
                if let Some(account) = view.account(case.account)? {
                    let before = match case.follow_up_of {
                        Some(before) => view.case(before)?,
                        None => None,
                    };
                    cases.extend(self.view_case(case, &account, before));
                }
            }
            Ok(cases)
        })
    }

    /// A case by number.
    pub fn case(&self, id: CaseId) -> Result<CaseView, HostError> {
        self.inner.store.read(|view| {
            let case = view
                .case(id)?
                .ok_or_else(|| HostError::unknown("case", id))?;
            let account = view
                .account(case.account)?
                .ok_or_else(|| HostError::unknown("account", case.account))?;
            let before = match case.follow_up_of {
                Some(before) => view.case(before)?,
                None => None,
            };
            self.view_case(case, &account, before)
                .ok_or_else(|| HostError::unknown("resource", account.resource))
        })
    }

    /// Exports of a resource, the newest first.
    pub fn exports(&self, resource: &str, limit: usize) -> Result<Vec<Export>, HostError> {
        let resource = self.resource(resource)?;
        Ok(self
            .inner
            .store
            .read(|view| view.exports(&resource.name, limit))?)
    }

    /// An export by number.
    pub fn export(&self, id: provisor_model::ExportId) -> Result<Export, HostError> {
        self.inner
            .store
            .read(|view| view.export(id))?
            .ok_or_else(|| HostError::unknown("export", id))
    }

    /// What happened, in order.
    pub fn history(&self, filter: &HistoryFilter) -> Result<Vec<HistoryEntry>, HostError> {
        Ok(self.inner.store.read(|view| view.history(filter))?)
    }

    /// How a resource stands.
    pub fn resource_view(&self, name: &str) -> Result<ResourceView, HostError> {
        let resource = self.resource(name)?;
        let now = self.now();
        self.inner.store.read(|view| {
            let mut under_way: BTreeMap<&'static str, u64> = BTreeMap::new();
            let mut attention = Vec::new();
            let last_export = view.last_accepted_export(&resource.name)?;
            let (mut held, mut stale) = (0_u64, 0_u64);
            for id in view.accounts_under_way(&resource.name)? {
                let Some(account) = view.account(id)? else {
                    continue;
                };
                for operation in account.operations.iter().filter(|one| one.counts()) {
                    *under_way.entry(operation.state.as_str()).or_default() += 1;
                    held += u64::from(operation.held.is_some());
                    stale += u64::from(waits_in_vain(
                        resource,
                        operation,
                        last_export.as_ref(),
                        now,
                    ));
                }
            }
            if held > 0 {
                attention.push(format!("{held} operations are held and wait for a release"));
            }
            if stale > 0 {
                attention.push(format!(
                    "stale export: {stale} operations were done longer ago than the grace allows, \
                     and the last export ({}) is too old to tell",
                    last_export
                        .as_ref()
                        .map_or("none yet".to_owned(), |export| format!(
                            "{} of {}",
                            export.id, export.exported_at
                        ))
                ));
            }
            let drifted = view
                .accounts(&AccountFilter {
                    resource: Some(resource.name.clone()),
                    drifted: true,
                    limit: usize::MAX,
                    ..AccountFilter::default()
                })?
                .len() as u64;
            let unexpected = if resource.rules.verifies {
                view.unexpected_count(&resource.name)?
            } else {
                0
            };
            Ok(ResourceView {
                name: resource.name.to_string(),
                title: resource.title.clone(),
                verifies: resource.rules.verifies,
                accounts: view.account_count(&resource.name)?,
                under_way,
                drifted,
                unexpected,
                last_export,
                attention,
            })
        })
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

    fn view_case(&self, case: Case, account: &Account, before: Option<Case>) -> Option<CaseView> {
        let resource = resource_of(&self.inner.configuration, account).ok()?;
        let work: Vec<OperationView> = case
            .operations
            .keys()
            .filter_map(|id| account.operation(*id))
            .map(|operation| view_operation(resource, account, operation))
            .collect();
        let kinds: Vec<_> = case.operations.values().map(ToString::to_string).collect();
        let follow_up = before.map(|before| {
            let said = before
                .operations
                .keys()
                .filter_map(|id| account.operation(*id)?.reason.clone())
                .collect::<Vec<_>>()
                .join("; ");
            let by = before
                .closed_by
                .as_ref()
                .map_or_else(String::new, |by| format!(" by {by}"));
            format!("{} was closed{by}, but {said}", before.id)
        });
        Some(CaseView {
            title: format!(
                "{} the account {} on {}",
                kinds.join(" and "),
                account.identifier,
                resource.title
            ),
            resource_title: resource.title.clone(),
            work,
            follow_up,
            case,
        })
    }
}

/// Whether the operation is under way, or ended so short ago that it is still shown with those.
fn is_pending(resource: &Resource, operation: &Operation, now: Timestamp) -> bool {
    operation
        .ended_at
        .is_none_or(|ended| ended.after(resource.keep_finished) > now)
}

/// Whether a completed operation waits for an export that should have come.
fn waits_in_vain(
    resource: &Resource,
    operation: &Operation,
    last: Option<&Export>,
    now: Timestamp,
) -> bool {
    operation.completed_at.is_some_and(|completed| {
        let decisive = completed.after(resource.rules.grace);
        decisive < now && last.is_none_or(|export| export.exported_at < decisive)
    })
}

fn view_entry(resource: &Resource, entry: &OperationEntry) -> OperationView {
    view(resource, entry.account, &entry.identifier, &entry.operation)
}

fn view_operation(resource: &Resource, account: &Account, operation: &Operation) -> OperationView {
    view(resource, account.id, &account.identifier, operation)
}

fn view(
    resource: &Resource,
    account: AccountId,
    identifier: &str,
    operation: &Operation,
) -> OperationView {
    let schema = &resource.rules.schema;
    let redacted = |name: &AttributeName| operation.obligations.redact.contains(name);
    let changes = match &operation.delta {
        Delta::Delete => Vec::new(),
        Delta::Create(changes) | Delta::Modify(changes) | Delta::Recreate(changes) => changes
            .iter()
            .map(|(name, change)| {
                let before = operation.before.get(name);
                let wanted = change.apply(schema, name, before);
                let (add, remove) = match change {
                    Change::Set(_) => (Values::NONE, Values::NONE),
                    Change::Edit { add, remove } => (add.clone(), remove.clone()),
                };
                let shown = !redacted(name);
                ChangeView {
                    attribute: name.clone(),
                    now: shown.then(|| before.clone()),
                    wanted: shown.then_some(wanted),
                    add: if shown { add } else { Values::NONE },
                    remove: if shown { remove } else { Values::NONE },
                }
            })
            .collect(),
    };
    OperationView {
        id: operation.id,
        account,
        resource: resource.name.to_string(),
        identifier: identifier.to_owned(),
        kind: operation.delta.kind(schema),
        state: operation.state,
        finished: !operation.counts(),
        changes,
        requester: operation.requester.clone(),
        requested_at: operation.requested_at,
        opened_at: operation.opened_at,
        completed_at: operation.completed_at,
        ended_at: operation.ended_at,
        held: operation
            .held
            .as_ref()
            .map(|hold| format!("{}: {}", hold.code, hold.reason)),
        not_before: operation.not_before,
        reason: operation.reason.clone(),
        case: operation.case,
        follow_up_of: operation.follow_up_of,
        reported: operation
            .reported
            .iter()
            .filter(|(name, _)| !redacted(name))
            .map(|(name, values)| (name.clone(), values.clone()))
            .collect(),
        verdicts: operation
            .verdicts
            .iter()
            .filter(|verdict| match &verdict.subject {
                provisor_model::Subject::Attribute(name) => !redacted(name),
                provisor_model::Subject::Existence => true,
            })
            .cloned()
            .collect(),
        seen: operation.seen.is_some(),
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
