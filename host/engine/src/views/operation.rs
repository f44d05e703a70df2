//! One operation, and what it changes.

use std::collections::BTreeMap;

use provisor_model::{
    Account, AccountId, AttributeName, AttributeVerdict, CaseId, Change, Delta, Operation,
    OperationId, OperationKind, OperationState, PersonName, Timestamp, Values,
};
use provisor_store::{OperationEntry, OperationFilter};
use serde::Serialize;

use crate::cases::resource_of;
use crate::configuration::Resource;
use crate::{Host, HostError};

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
    /// It does not go out before this operation was carried out or given up.
    pub after: Option<OperationId>,
    /// Why it ended as it did.
    pub reason: Option<String>,
    /// The case that carries it.
    pub case: Option<CaseId>,
    /// The operation that it repeats.
    pub follow_up_of: Option<OperationId>,
    /// The values that the person set instead.
    pub reported: BTreeMap<AttributeName, Values>,
    /// Attributes that could not be set as asked, each with the reason.
    pub refused: BTreeMap<AttributeName, String>,
    /// Whether it was taken back from its case because something else is wanted.
    pub withdrawn: bool,
    /// What the last export that had something to say said.
    pub verdicts: Vec<AttributeVerdict>,
    /// Whether an export showed it while it was open.
    pub seen: bool,
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
    /// Operations under way, and those that ended a short while ago.
    pub fn operations(&self, query: &OperationQuery) -> Result<Vec<OperationView>, HostError> {
        let name = match &query.resource {
            Some(name) => Some(self.resource(name)?.name.clone()),
            None => None,
        };
        let now = self.now();
        let resources = &self.inner.configuration.resources;
        let longest_kept = resources
            .values()
            .map(|resource| resource.keep_finished)
            .max()
            .unwrap_or_default();
        let mut filter = OperationFilter {
            resource: name,
            states: query.states.clone(),
            unfinished_or_ended_after: (!query.history).then(|| now.before(longest_kept)),
            limit: query.limit,
            ..OperationFilter::default()
        };
        self.inner.store.read(|view| {
            let mut operations = Vec::new();
            loop {
                let entries = view.operations(&filter)?;
                let last_page = entries.is_empty() || entries.len() < filter.limit;
                filter.after = entries.last().map(|entry| entry.operation.id);
                for entry in &entries {
                    // A resource that the configuration no longer has is not shown.
                    let Some(resource) = resources.get(entry.resource.as_str()) else {
                        continue;
                    };
                    // Resources keep finished operations for times of their own.
                    if query.history || is_pending(resource, &entry.operation, now) {
                        operations.push(view_entry(resource, entry));
                    }
                    if operations.len() >= query.limit {
                        return Ok(operations);
                    }
                }
                if last_page {
                    return Ok(operations);
                }
            }
        })
    }

    /// An operation by number.
    pub fn operation(&self, id: OperationId) -> Result<OperationView, HostError> {
        let account = self
            .inner
            .store
            .read(|view| view.account_if(view.account_of_operation(id)?))?
            .ok_or_else(|| HostError::unknown("operation", id))?;
        let resource = resource_of(&self.inner.configuration, &account)?;
        account
            .operation(id)
            .map(|operation| view_operation(resource, &account, operation))
            .ok_or_else(|| HostError::unknown("operation", id))
    }
}

/// Whether the operation is under way, or ended so short ago that it is still shown with those.
pub(super) fn is_pending(resource: &Resource, operation: &Operation, now: Timestamp) -> bool {
    operation
        .ended_at
        .is_none_or(|ended| ended.after(resource.keep_finished) > now)
}

fn view_entry(resource: &Resource, entry: &OperationEntry) -> OperationView {
    view(resource, entry.account, &entry.identifier, &entry.operation)
}

pub(super) fn view_operation(
    resource: &Resource,
    account: &Account,
    operation: &Operation,
) -> OperationView {
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
        not_before: operation.goes_out_at(),
        after: operation.after,
        reason: operation.reason.clone(),
        case: operation.case,
        follow_up_of: operation.follow_up_of,
        reported: operation
            .reported
            .iter()
            .filter(|(name, _)| !redacted(name))
            .map(|(name, values)| (name.clone(), values.clone()))
            .collect(),
        refused: operation.refused.clone(),
        withdrawn: operation.withdrawn,
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
