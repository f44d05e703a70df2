//! Operations that may go out, go out: the policy is asked, and a case is opened.

mod opening;
mod threshold;

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::{
    AccountId, CaseId, Delta, OperationId, OperationState, ResourceName, Timestamp, VerdictKind,
    World,
};
use provisor_store::{RecordedProposal, StoreError, Work, fault};

use opening::{Groups, Opening, waits_for_another};
use provisor_model::account::Verdict;
use threshold::Asked;

use crate::configuration::Resource;
use crate::host::{Actor, step};
use crate::policy::{self, Judgement, Proposal};
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
    /// Resources whose operations wait because their policy is not there to be asked, with why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<(ResourceName, String)>,
}

impl Host {
    /// Sends out what is due: of the given accounts, or of all.
    pub async fn dispatch(&self, accounts: Option<&[AccountId]>) -> Result<Dispatched, HostError> {
        self.refresh_components().await?;
        let only: Option<BTreeSet<AccountId>> =
            accounts.map(|accounts| accounts.iter().copied().collect());
        let mut dispatched = Dispatched::default();
        // What was looked at once in this call is not looked at again, so that the call ends
        // whatever happens meanwhile.
        let mut seen: BTreeSet<OperationId> = BTreeSet::new();
        let mut groups = Groups::default();
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
            for (name, mut proposals) in due {
                // A resource that the configuration no longer has keeps its operations.
                let Ok(resource) = self.resource(name.as_str()) else {
                    continue;
                };
                // What nobody can judge waits; what was judged before goes out.
                if let Err(error) = self.bound(resource, World::Policy) {
                    let all = proposals.len();
                    proposals.retain(|proposal| proposal.operation.decided);
                    if proposals.len() < all {
                        dispatched.add_unjudged([(name, error.to_string())]);
                    }
                }
                for batch in proposals.chunks(policy::BATCH) {
                    let judgements = self.judgements(resource, batch, now).await?;
                    let known = std::mem::take(&mut groups);
                    fault::point("dispatch.decided");
                    let sent = self.send(resource, batch, judgements, known, now).await?;
                    fault::point("dispatch.sent");
                    groups = sent.groups;
                    dispatched.add(sent.dispatched);
                }
            }
        }
    }

    /// One transaction: the decisions, and the cases of what may go out.
    async fn send(
        &self,
        resource: &Resource,
        proposals: &[Proposal],
        judgements: Vec<Option<Judgement>>,
        groups: Groups,
        now: Timestamp,
    ) -> Result<Sent, HostError> {
        let batch: Vec<_> = proposals
            .iter()
            .zip(judgements)
            .map(|(proposal, judgement)| Sending {
                account: proposal.account.id,
                operation: proposal.operation.id,
                about: proposal.operation.delta.clone(),
                judgement,
            })
            .collect();
        let configuration = self.inner.configuration.clone();
        let installation = self.inner.store.installation().to_owned();
        let resource = resource.clone();
        self.inner
            .store
            .update(move |work| {
                let mut sent = Sent {
                    dispatched: Dispatched::default(),
                    groups,
                    asked: Asked::default(),
                };
                let opening = Opening {
                    configuration: &configuration,
                    installation: &installation,
                    now,
                };
                for one in batch {
                    send(work, &opening, &resource, one, &mut sent)?;
                }
                let opened = opening.fill(work, &mut sent.groups, &mut sent.asked)?;
                sent.dispatched.add_opened(opened);
                opening.tell(work, &sent.dispatched.opened)?;
                Ok(sent)
            })
            .await
    }
}

impl Dispatched {
    pub(crate) fn add(&mut self, other: Dispatched) {
        self.add_opened(other.opened);
        self.held.extend(other.held);
        self.denied.extend(other.denied);
        self.add_unjudged(other.unjudged);
    }

    fn add_unjudged(&mut self, unjudged: impl IntoIterator<Item = (ResourceName, String)>) {
        for one in unjudged {
            if !self.unjudged.contains(&one) {
                self.unjudged.push(one);
            }
        }
    }

    fn add_opened(&mut self, opened: impl IntoIterator<Item = CaseId>) {
        for case in opened {
            if !self.opened.contains(&case) {
                self.opened.push(case);
            }
        }
    }
}

/// What one transaction sent out, with the cases that have room for more of their kind.
struct Sent {
    dispatched: Dispatched,
    groups: Groups,
    asked: Asked,
}

/// A waiting operation with what the policy said of it just now.
struct Sending {
    account: AccountId,
    operation: OperationId,
    /// What the policy was asked about.
    about: Delta,
    judgement: Option<Judgement>,
}

fn send(
    work: &mut Work<'_>,
    opening: &Opening<'_>,
    resource: &Resource,
    sending: Sending,
    sent: &mut Sent,
) -> Result<(), HostError> {
    let (operation, now) = (sending.operation, opening.now);
    let Some(mut account) = work.account(sending.account)? else {
        return Ok(());
    };
    if let Some(Judgement { decision, basis }) = sending.judgement {
        if decision.disable_instead || matches!(decision.verdict, Verdict::Deny { .. }) {
            sent.asked.forget();
        }
        let verdict = VerdictKind::from(&decision.verdict);
        let taken = step(
            work,
            &mut account,
            resource,
            now,
            Actor::Policy,
            |account, step| {
                let taken = account.decide(step, operation, &sending.about, decision);
                if let Some(basis) = &basis {
                    let inputs = basis.inputs();
                    for event in &mut account.events {
                        event.component = Some(basis.component);
                        event.inputs = Some(inputs);
                    }
                }
                taken
            },
        )?;
        if !taken {
            return Ok(());
        }
        if let Some(basis) = basis {
            let proposal = RecordedProposal {
                account: account.id,
                operation,
                at: now,
                component: basis.component,
                inputs: policy::without_secrets(resource, basis.shown),
                verdict,
            };
            let keep = opening.configuration.components.recorded_inputs as usize;
            work.record_proposal(&resource.name, &proposal, keep)?;
        }
    }
    let dispatched = &mut sent.dispatched;
    match account.operation(operation) {
        Some(waiting) if waiting.held.is_some() => dispatched.held.push(operation),
        Some(ended) if ended.state == OperationState::Cancelled => {
            dispatched.denied.push(operation);
        }
        Some(waiting)
            if waiting.is_due(now) && waiting.decided && !waits_for_another(work, waiting)? =>
        {
            if threshold::hold(
                work,
                &mut account,
                operation,
                resource,
                &mut sent.asked,
                now,
            )? {
                dispatched.held.push(operation);
                return Ok(());
            }
            let opened = opening.open(work, &mut account, operation, resource, &mut sent.groups)?;
            dispatched.add_opened(opened);
        }
        _ => {}
    }
    Ok(())
}
