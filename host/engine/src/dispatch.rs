//! Operations that may go out, go out: the policy is asked, and a case is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use provisor_model::account::{Decision, Verdict};
use provisor_model::{
    Account, AccountId, AttributeName, Case, CaseId, CaseState, CorrelationId, Event, EventKind,
    Hold, HoldKind, Operation, OperationId, OperationState, PersonName, Priority, ResourceName,
    Timestamp,
};
use provisor_sandbox::{
    Decision as Answer, Obligation, PageBuilder, Table, Verdict as PolicyVerdict,
};
use provisor_store::{StoreError, Work};

use crate::configuration::Resource;
use crate::host::{save, step};
use crate::{Host, HostError};

/// Operations that are looked at in one round.
const ROUND: usize = 500;

/// Proposals that the policy gets in one call.
const BATCH: usize = 100;

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

/// A waiting operation with what the policy needs to know.
struct Proposal {
    account: Account,
    operation: Operation,
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
                for batch in proposals.chunks(BATCH) {
                    let decisions = self.decisions(resource, batch, now).await?;
                    let sent = batch
                        .iter()
                        .zip(decisions)
                        .map(|(proposal, decision)| self.send(resource, proposal, decision, now));
                    for one in futures_util::future::join_all(sent).await {
                        let one = one?;
                        dispatched.opened.extend(one.opened);
                        dispatched.held.extend(one.held);
                        dispatched.denied.extend(one.denied);
                    }
                }
            }
        }
    }

    /// One transaction: the decision, and the case if it may go out.
    async fn send(
        &self,
        resource: &Resource,
        proposal: &Proposal,
        decision: Option<Decision>,
        now: Timestamp,
    ) -> Result<Dispatched, HostError> {
        let resource = resource.clone();
        let account = proposal.account.id;
        let operation = proposal.operation.id;
        let about = proposal.operation.delta.clone();
        let installation = self.inner.store.installation().to_owned();
        self.inner
            .store
            .update(move |work| {
                let mut dispatched = Dispatched::default();
                let Some(mut account) = work.account(account)? else {
                    return Ok(dispatched);
                };
                if let Some(decision) = decision {
                    let taken = step(
                        work,
                        &mut account,
                        &resource,
                        now,
                        "policy",
                        |account, step| account.decide(step, operation, &about, decision),
                    )?;
                    if !taken {
                        return Ok(dispatched);
                    }
                }
                match account.operation(operation) {
                    Some(waiting) if waiting.held.is_some() => dispatched.held.push(operation),
                    Some(ended) if ended.state == OperationState::Cancelled => {
                        dispatched.denied.push(operation);
                    }
                    Some(waiting) if waiting.is_due(now) && waiting.decided => {
                        let case = open_case(
                            work,
                            &mut account,
                            operation,
                            &resource,
                            &installation,
                            now,
                        )?;
                        dispatched.opened.push(case);
                    }
                    _ => {}
                }
                Ok(dispatched)
            })
            .await
    }

    /// What the policy says of each proposal; `None` where it has said so before.
    async fn decisions(
        &self,
        resource: &Resource,
        proposals: &[Proposal],
        now: Timestamp,
    ) -> Result<Vec<Option<Decision>>, HostError> {
        let undecided: Vec<&Proposal> = proposals
            .iter()
            .filter(|proposal| !proposal.operation.decided)
            .collect();
        let mut answers = match &self.components(resource).policy {
            None => vec![Decision::plain(Verdict::Allow); undecided.len()],
            Some(_) if undecided.is_empty() => Vec::new(),
            Some(bound) => {
                let facts = self.facts(resource, &undecided, now)?;
                match self.ask(bound, resource, &undecided, &facts, now).await {
                    Ok(answers) => answers,
                    // One proposal that breaks the policy must not hold up its neighbours.
                    Err(_) if undecided.len() > 1 => {
                        let mut answers = Vec::new();
                        for proposal in &undecided {
                            let one = self
                                .ask(bound, resource, std::slice::from_ref(proposal), &facts, now)
                                .await;
                            answers.extend(one.unwrap_or_else(|error| vec![undecidable(&error)]));
                        }
                        answers
                    }
                    Err(error) => vec![undecidable(&error)],
                }
            }
        }
        .into_iter();
        Ok(proposals
            .iter()
            .map(|proposal| {
                (!proposal.operation.decided).then(|| answers.next().unwrap_or_else(no_answer))
            })
            .collect())
    }

    async fn ask(
        &self,
        bound: &crate::components::Bound,
        resource: &Resource,
        proposals: &[&Proposal],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Vec<Decision>, provisor_sandbox::CallError> {
        let mut run = bound.component.policy()?.start(&bound.call).await?;
        let table = table(resource, proposals, facts, now);
        let answers = run.decide(&table).await?;
        let groups = &self.inner.configuration.operators;
        Ok(answers
            .into_iter()
            .map(|answer| decision(resource, groups, answer))
            .collect())
    }

    /// What the host counts for policies.
    fn facts(
        &self,
        resource: &Resource,
        proposals: &[&Proposal],
        now: Timestamp,
    ) -> Result<Facts, HostError> {
        let since = Timestamp::from_millis(now.millis() - 24 * 60 * 60 * 1000);
        Ok(self.inner.store.read(|view| {
            let mut identities = BTreeMap::new();
            for identity in proposals
                .iter()
                .filter_map(|proposal| proposal.account.identity.as_ref())
            {
                if let Some(attributes) = view.identity(identity)? {
                    identities.insert(identity.to_string(), attributes);
                }
            }
            Ok::<_, StoreError>(Facts {
                counts: view
                    .operation_counts(&resource.name, since)?
                    .into_iter()
                    .map(|(kind, count)| (kind.as_str(), count))
                    .collect(),
                accounts: view.account_count(&resource.name)?,
                identities,
            })
        })?)
    }
}

struct Facts {
    counts: BTreeMap<&'static str, u64>,
    accounts: u64,
    identities: BTreeMap<String, BTreeMap<String, Vec<String>>>,
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

/// The columns of `proposals` in `wit/decisions.wit`.
fn table(resource: &Resource, proposals: &[&Proposal], facts: &Facts, now: Timestamp) -> Table {
    let schema = &resource.rules.schema;
    let rows: Vec<BTreeMap<String, Vec<String>>> = proposals
        .iter()
        .map(|proposal| {
            let account = &proposal.account;
            let operation = &proposal.operation;
            let kind = operation.delta.kind(schema);
            let mut row: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let mut set = |name: &str, value: String| {
                row.insert(name.to_owned(), vec![value]);
            };
            set("resource", resource.name.to_string());
            set("account", account.identifier.clone());
            set("operation", kind.to_string());
            set("now", now.to_string());
            if let Some(requester) = &operation.requester {
                set("requester", requester.to_string());
            }
            for counted in ["create", "modify", "delete", "disable"] {
                let mut count = facts.counts.get(counted).copied().unwrap_or(0);
                if kind.as_str() == counted {
                    // The proposal itself has been stored already.
                    count = count.saturating_sub(1);
                }
                set(&format!("count.{counted}s-24h"), count.to_string());
            }
            // The plural of "modify" is irregular.
            if let Some(count) = row.remove("count.modifys-24h") {
                row.insert("count.modifies-24h".to_owned(), count);
            }
            row.insert(
                "count.accounts".to_owned(),
                vec![facts.accounts.to_string()],
            );
            row.insert(
                "changed".to_owned(),
                operation
                    .delta
                    .changes()
                    .into_iter()
                    .flat_map(|changes| changes.keys())
                    .map(ToString::to_string)
                    .collect(),
            );
            if let Some(identity) = account
                .identity
                .as_ref()
                .and_then(|identity| facts.identities.get(identity.as_str()))
            {
                for (name, values) in identity {
                    row.insert(format!("identity.{name}"), values.clone());
                }
            }
            let current = account.current(&resource.rules);
            let wanted = operation.delta.apply(schema, &current);
            for (prefix, state) in [("current", &current), ("wanted", &wanted)] {
                for (name, _) in schema.attributes() {
                    row.insert(
                        format!("{prefix}.{name}"),
                        state.get(name).iter().map(str::to_owned).collect(),
                    );
                }
            }
            row
        })
        .collect();
    let columns: BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
    let mut page = PageBuilder::new();
    for row in &rows {
        for column in &columns {
            page.cell(row.get(*column).into_iter().flatten());
        }
    }
    Table {
        columns: columns.into_iter().cloned().collect(),
        rows: page.finish(),
    }
}

/// Turns the answer of a component into a decision of the model. An obligation that the host
/// cannot heed holds the operation.
fn decision(
    resource: &Resource,
    groups: &BTreeMap<PersonName, Vec<PersonName>>,
    answer: Answer,
) -> Decision {
    let verdict = match answer.verdict {
        PolicyVerdict::Deny => {
            return Decision::plain(Verdict::Deny {
                code: answer.code,
                reason: answer.reason,
            });
        }
        PolicyVerdict::NotApplicable => return Decision::plain(Verdict::Allow),
        PolicyVerdict::Allow => Verdict::Allow,
        PolicyVerdict::Hold => Verdict::Hold(Hold {
            kind: HoldKind::Policy,
            code: answer.code,
            reason: answer.reason,
        }),
    };
    let mut decision = Decision::plain(verdict);
    let mut unheeded = Vec::new();
    for obligation in answer.obligations {
        if let Err(what) = heed(&mut decision, resource, groups, obligation) {
            unheeded.push(what);
        }
    }
    if !unheeded.is_empty() {
        decision.verdict = Verdict::Hold(Hold {
            kind: HoldKind::Undecidable,
            code: "obligation-not-heeded".to_owned(),
            reason: format!(
                "the policy asks for what cannot be heeded: {}",
                unheeded.join(", ")
            ),
        });
    }
    decision
}

/// Adds an obligation to a decision; of two of a kind the stricter one holds. The error names
/// the obligation that cannot be heeded.
fn heed(
    decision: &mut Decision,
    resource: &Resource,
    groups: &BTreeMap<PersonName, Vec<PersonName>>,
    obligation: Obligation,
) -> Result<(), String> {
    let obligations = &mut decision.obligations;
    match obligation {
        Obligation::Priority(priority) => {
            let priority = match priority {
                provisor_sandbox::Priority::Low => Priority::Low,
                provisor_sandbox::Priority::Normal => Priority::Normal,
                provisor_sandbox::Priority::High => Priority::High,
                provisor_sandbox::Priority::Urgent => Priority::Urgent,
            };
            obligations.priority = obligations.priority.max(priority);
        }
        Obligation::DueIn(seconds) => {
            let due_in = Duration::from_secs(seconds);
            obligations.due_in = Some(obligations.due_in.map_or(due_in, |one| one.min(due_in)));
        }
        Obligation::Route(name) => {
            let route = PersonName::new(name.clone())
                .ok()
                .filter(|route| groups.contains_key(route) || resource.operators.contains(route))
                .filter(|route| obligations.route.as_ref().is_none_or(|one| one == route))
                .ok_or_else(|| format!("route {name:?}"))?;
            obligations.route = Some(route);
        }
        Obligation::DelayUntil(time) => {
            let time: Timestamp = time.parse().map_err(|_| format!("delay-until {time:?}"))?;
            decision.not_before = Some(decision.not_before.map_or(time, |one| one.max(time)));
        }
        Obligation::DisableInsteadOfDelete => {
            if resource.rules.schema.status().is_none() {
                return Err("disable-instead-of-delete without a status attribute".to_owned());
            }
            decision.disable_instead = true;
        }
        Obligation::Redact(name) => {
            let name = AttributeName::new(name.clone())
                .ok()
                .filter(|name| resource.rules.schema.attribute(name.as_str()).is_some())
                .ok_or_else(|| format!("redact {name:?}"))?;
            obligations.redact.insert(name);
        }
        Obligation::RequireNote => obligations.require_note = true,
        Obligation::Other(name, _) => return Err(name),
    }
    Ok(())
}

fn undecidable(error: &provisor_sandbox::CallError) -> Decision {
    Decision::plain(Verdict::Hold(Hold {
        kind: HoldKind::Undecidable,
        code: error.code().to_owned(),
        reason: format!("the policy could not decide: {error}"),
    }))
}

fn no_answer() -> Decision {
    Decision::plain(Verdict::Hold(Hold {
        kind: HoldKind::Undecidable,
        code: "no-answer".to_owned(),
        reason: "the policy did not answer".to_owned(),
    }))
}
