//! Operations that may go out, go out: the policy is asked, and a case is opened.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::account::{Decision, Way};
use provisor_model::{
    Account, AccountId, Case, CaseId, CaseItem, CaseState, CorrelationId, Delta, Operation,
    OperationId, OperationState, ResourceName, Timestamp,
};
use provisor_store::{StoreError, Work};

use crate::configuration::Resource;
use crate::host::{Actor, save, step};
use crate::policy::{self, Proposal};
use crate::{Host, HostError};

/// Operations that are looked at in one round.
const ROUND: usize = 500;

/// What went out.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Dispatched {
    /// Cases that were opened.
    pub opened: Vec<CaseId>,
    /// Operations that wait for a person's release.
    pub held: Vec<OperationId>,
    /// Operations that the policy denied.
    pub denied: Vec<OperationId>,
}

impl Host {
    /// Sends out what is due: of the given accounts, or of all.
    pub async fn dispatch(&self, accounts: Option<&[AccountId]>) -> Result<Dispatched, HostError> {
        let only: Option<BTreeSet<AccountId>> =
            accounts.map(|accounts| accounts.iter().copied().collect());
        let mut dispatched = Dispatched::default();
        // What was looked at once in this call is not looked at again, so that the call ends
        // whatever happens meanwhile.
        let mut seen: BTreeSet<OperationId> = BTreeSet::new();
        loop {
            let now = self.now();
            let due = self.inner.store.read(|view| {
                let due = match &only {
                    Some(accounts) => {
                        let mut due = Vec::new();
                        for account in accounts {
                            let Some(account) = view.account(*account)? else {
                                continue;
                            };
                            due.extend(
                                account
                                    .operations
                                    .iter()
                                    .filter(|operation| {
                                        operation.is_due(now) || operation.is_undecided()
                                    })
                                    .map(|operation| (account.id, operation.id)),
                            );
                        }
                        due
                    }
                    None => view.due_operations(now, ROUND + seen.len())?,
                };
                let mut proposals: BTreeMap<ResourceName, Vec<Proposal>> = BTreeMap::new();
                for (account, operation) in due {
                    if seen.contains(&operation) {
                        continue;
                    }
                    seen.insert(operation);
                    let Some(account) = view.account(account)? else {
                        continue;
                    };
                    let Some(operation) = account.operation(operation).cloned() else {
                        continue;
                    };
                    proposals
                        .entry(account.resource.clone())
                        .or_default()
                        .push(Proposal { account, operation });
                }
                Ok::<_, StoreError>(proposals)
            })?;
            if due.is_empty() {
                return Ok(dispatched);
            }
            for (name, proposals) in due {
                // A resource that the configuration no longer has keeps its operations.
                let Ok(resource) = self.resource(name.as_str()) else {
                    continue;
                };
                for batch in proposals.chunks(policy::BATCH) {
                    let decisions = self.decisions(resource, batch, now).await?;
                    let one = self.send(resource, batch, decisions, now).await?;
                    dispatched.opened.extend(one.opened);
                    dispatched.held.extend(one.held);
                    dispatched.denied.extend(one.denied);
                }
            }
        }
    }

    /// One transaction: the decisions, and the cases of what may go out.
    async fn send(
        &self,
        resource: &Resource,
        proposals: &[Proposal],
        decisions: Vec<Option<Decision>>,
        now: Timestamp,
    ) -> Result<Dispatched, HostError> {
        let resource = resource.clone();
        let batch: Vec<_> = proposals
            .iter()
            .zip(decisions)
            .map(|(proposal, decision)| Sending {
                account: proposal.account.id,
                operation: proposal.operation.id,
                about: proposal.operation.delta.clone(),
                decision,
            })
            .collect();
        let installation = self.inner.store.installation().to_owned();
        self.inner
            .store
            .update(move |work| {
                let mut dispatched = Dispatched::default();
                for one in batch {
                    send(work, &resource, &installation, one, now, &mut dispatched)?;
                }
                Ok(dispatched)
            })
            .await
    }
}

/// A waiting operation with what the policy said of it just now.
struct Sending {
    account: AccountId,
    operation: OperationId,
    /// What the policy was asked about.
    about: Delta,
    decision: Option<Decision>,
}

fn send(
    work: &mut Work<'_>,
    resource: &Resource,
    installation: &str,
    sending: Sending,
    now: Timestamp,
    dispatched: &mut Dispatched,
) -> Result<(), HostError> {
    let operation = sending.operation;
    let Some(mut account) = work.account(sending.account)? else {
        return Ok(());
    };
    if let Some(decision) = sending.decision {
        let taken = step(
            work,
            &mut account,
            resource,
            now,
            Actor::Policy,
            |account, step| account.decide(step, operation, &sending.about, decision),
        )?;
        if !taken {
            return Ok(());
        }
    }
    match account.operation(operation) {
        Some(waiting) if waiting.held.is_some() => dispatched.held.push(operation),
        Some(ended) if ended.state == OperationState::Cancelled => {
            dispatched.denied.push(operation);
        }
        Some(waiting)
            if waiting.is_due(now) && waiting.decided && !waits_for_another(work, waiting)? =>
        {
            let opened = open_case(work, &mut account, operation, resource, installation, now)?;
            dispatched
                .opened
                .extend(opened.filter(|case| !dispatched.opened.contains(case)));
        }
        _ => {}
    }
    Ok(())
}

/// Whether an operation has to wait until another one was carried out or given up.
fn waits_for_another(work: &Work<'_>, operation: &Operation) -> Result<bool, StoreError> {
    let Some(after) = operation.after.filter(|after| *after != operation.id) else {
        return Ok(false);
    };
    let account = match work.account_of_operation(after)? {
        Some(account) => work.account(account)?,
        None => None,
    };
    Ok(account
        .as_ref()
        .and_then(|account| account.operation(after))
        .is_some_and(|first| {
            first.counts()
                && matches!(
                    first.state,
                    OperationState::Waiting | OperationState::Opening | OperationState::Open
                )
        }))
}

/// Gives a waiting operation to people: in a case of its own, or with what nobody has begun yet.
/// `None` when it has to wait behind a case that somebody is working on.
fn open_case(
    work: &mut Work<'_>,
    account: &mut Account,
    operation: OperationId,
    resource: &Resource,
    installation: &str,
    now: Timestamp,
) -> Result<Option<CaseId>, HostError> {
    let operators = match account
        .operation(operation)
        .and_then(|one| one.obligations.route.clone())
    {
        Some(route) => vec![route],
        None => resource.operators.clone(),
    };
    let joined = match account.way(&resource.rules) {
        Way::Behind(_) => return Ok(None),
        Way::NewCase => None,
        Way::With(case) => match work.case(case)? {
            // What others have to do cannot be put into the same case.
            Some(case) if case.operators != operators => return Ok(None),
            case => case,
        },
    };
    let id = match &joined {
        Some(case) => case.id,
        None => work.next_case()?,
    };
    account.open(
        operation,
        id,
        CorrelationId::new(installation, operation),
        now,
    )?;
    let Some(opened) = account.operation(operation) else {
        return Err(HostError::unknown("operation", operation));
    };
    let obligations = &opened.obligations;
    let due = obligations.due_in.map(|due_in| now.after(due_in));
    let item = CaseItem {
        resource: account.resource.clone(),
        account: account.id,
        identifier: account.identifier.clone(),
        kind: opened.delta.kind(&resource.rules.schema),
    };
    let case = match joined {
        Some(mut case) => {
            case.items.insert(operation, item);
            case.priority = case.priority.max(obligations.priority);
            case.due = [case.due, due].into_iter().flatten().min();
            case.require_note |= obligations.require_note;
            case
        }
        None => Case {
            id,
            items: [(operation, item)].into(),
            state: CaseState::Open,
            priority: obligations.priority,
            due,
            operators,
            claimed_by: None,
            opened_at: now,
            closed_at: None,
            closed_by: None,
            require_note: obligations.require_note,
            follow_up_of: opened
                .follow_up_of
                .and_then(|first| account.operation(first))
                .and_then(|first| first.case),
        },
    };
    work.save_case(&case)?;
    save(work, account, resource, now, Actor::Engine)?;
    Ok(Some(id))
}
