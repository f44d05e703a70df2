//! Operations that may go out, go out: the policy is asked, and a case is opened.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::account::Decision;
use provisor_model::{
    Account, AccountId, Case, CaseId, CaseState, CorrelationId, Delta, Event, EventKind,
    OperationId, OperationState, PersonName, ResourceName, Timestamp,
};
use provisor_store::{StoreError, Work};

use crate::configuration::Resource;
use crate::host::{save, step};
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
                                    .filter(|operation| operation.is_due(now))
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
            "policy",
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
        Some(waiting) if waiting.is_due(now) && waiting.decided => {
            let case = open_case(work, &mut account, operation, resource, installation, now)?;
            dispatched.opened.push(case);
        }
        _ => {}
    }
    Ok(())
}

fn open_case(
    work: &mut Work<'_>,
    account: &mut Account,
    operation: OperationId,
    resource: &Resource,
    installation: &str,
    now: Timestamp,
) -> Result<CaseId, HostError> {
    let id = work.next_case()?;
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
    let follow_up_of = opened
        .follow_up_of
        .and_then(|first| account.operation(first))
        .and_then(|first| first.case);
    let case = Case {
        id,
        resource: account.resource.clone(),
        account: account.id,
        identifier: account.identifier.clone(),
        operations: [(operation, opened.delta.kind(&resource.rules.schema))].into(),
        state: CaseState::Open,
        priority: obligations.priority,
        due: obligations.due_in.map(|due_in| now.after(due_in)),
        operators: match &obligations.route {
            Some(route) => vec![route.clone()],
            None => resource.operators.clone(),
        },
        claimed_by: None,
        opened_at: now,
        closed_at: None,
        closed_by: None,
        require_note: obligations.require_note,
        follow_up_of,
    };
    work.save_case(&case)?;
    save(work, account, resource, now, "engine")?;
    Ok(id)
}

/// Closes every case of an account in which nothing is open any more.
pub(crate) fn close_settled_cases(
    work: &mut Work<'_>,
    account: &Account,
    by: Option<&PersonName>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let cases: BTreeSet<CaseId> = account
        .operations
        .iter()
        .filter(|operation| operation.state != OperationState::Open)
        .filter_map(|operation| operation.case)
        .collect();
    for id in cases {
        let still_open = account
            .operations
            .iter()
            .any(|operation| operation.case == Some(id) && operation.state == OperationState::Open);
        if still_open {
            continue;
        }
        let Some(mut case) = work.case(id)? else {
            continue;
        };
        if case.close(by, now).is_ok() {
            work.save_case(&case)?;
            let actor = by.map_or("engine", PersonName::as_str);
            work.add_event(
                now,
                actor,
                &case.resource,
                Some(account.id),
                Event::new(EventKind::Closed, format!("by {actor}")).case(id),
            )?;
        }
    }
    Ok(())
}
