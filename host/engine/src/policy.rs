//! Asking the policy component about operations that wait to go out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use provisor_model::account::{Decision, Verdict};
use provisor_model::{
    Account, AttributeName, Digest, Hold, HoldKind, Operation, PersonName, Priority, Timestamp,
    World,
};
use provisor_sandbox::{
    CallError, Decision as Answer, Obligation, PageBuilder, Table, Verdict as PolicyVerdict,
};
use provisor_store::StoreError;
use sha2::{Digest as _, Sha256};

use crate::answering::{Answering, Each, each};
use crate::components::Bound;
use crate::configuration::Resource;
use crate::{Host, HostError};

/// Proposals that the policy gets in one call.
pub(crate) const BATCH: usize = 100;

/// The longest name of a group, in bytes.
const LONGEST_GROUP: usize = 64;

/// A waiting operation with what the policy needs to know.
pub(crate) struct Proposal {
    pub account: Account,
    pub operation: Operation,
}

/// What the policy says of a proposal, and on what that rests.
pub(crate) struct Judgement {
    pub decision: Decision,
    /// `None` where there is no policy.
    pub basis: Option<Basis>,
}

/// On what a decision rests.
pub(crate) struct Basis {
    pub component: Digest,
    pub shown: Row,
}

impl Basis {
    /// The digest of what the policy was shown: SHA-256 of the row as a JSON object with its names
    /// in order.
    pub fn inputs(&self) -> Digest {
        // A map of texts always is JSON.
        let text = serde_json::to_vec(&self.shown).unwrap_or_default();
        Digest::from_bytes(Sha256::digest(text).into())
    }
}

impl Judgement {
    fn new(decision: Decision) -> Self {
        Self {
            decision,
            basis: None,
        }
    }
}

impl Host {
    /// What the policy says of each proposal; `None` where it has said so before.
    pub(crate) async fn judgements(
        &self,
        resource: &Resource,
        proposals: &[Proposal],
        now: Timestamp,
    ) -> Result<Vec<Option<Judgement>>, HostError> {
        let undecided: Vec<&Proposal> = proposals
            .iter()
            .filter(|proposal| !proposal.operation.decided)
            .collect();
        // Where nothing is undecided, nobody needs to be there to be asked.
        let policy = match undecided.is_empty() {
            true => None,
            false => self.bound(resource, World::Policy)?,
        };
        let mut judgements = match &policy {
            None => undecided
                .iter()
                .map(|_| Judgement::new(Decision::plain(Verdict::Allow)))
                .collect::<Vec<_>>(),
            Some(bound) => {
                let facts = self.facts(resource, &undecided, now)?;
                let rows: Vec<Row> = undecided
                    .iter()
                    .map(|proposal| row(resource, proposal, &facts, now))
                    .collect();
                let mut active = self.policy_version(resource, bound.clone());
                let decisions = each(&mut active, &rows, u32::MAX).await;
                let component = *bound.component.digest();
                let mut judgements: Vec<Judgement> = decisions
                    .into_iter()
                    .map(decided)
                    .zip(rows)
                    .map(|(decision, shown)| Judgement {
                        decision,
                        basis: Some(Basis { component, shown }),
                    })
                    .collect();
                self.try_policy(resource, &undecided, &mut judgements)
                    .await?;
                judgements
            }
        }
        .into_iter();
        Ok(proposals
            .iter()
            .map(|proposal| {
                (!proposal.operation.decided).then(|| {
                    let next = judgements.next();
                    next.unwrap_or_else(|| Judgement::new(no_answer()))
                })
            })
            .collect())
    }

    /// One version of the policy of a resource.
    pub(crate) fn policy_version<'a>(
        &'a self,
        resource: &'a Resource,
        bound: Arc<Bound>,
    ) -> PolicyVersion<'a> {
        PolicyVersion {
            resource,
            groups: &self.inner.configuration.operators,
            bound,
        }
    }

    /// What the host counts for policies.
    fn facts(
        &self,
        resource: &Resource,
        proposals: &[&Proposal],
        now: Timestamp,
    ) -> Result<Facts, HostError> {
        let since = now.before(Duration::from_secs(24 * 60 * 60));
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

/// One version of the policy of a resource.
pub(crate) struct PolicyVersion<'a> {
    resource: &'a Resource,
    groups: &'a BTreeMap<PersonName, Vec<PersonName>>,
    bound: Arc<Bound>,
}

impl Answering for PolicyVersion<'_> {
    type Input = Row;
    type Answer = Decision;

    async fn ask(&mut self, rows: &[Row]) -> Result<Vec<Decision>, CallError> {
        let mut run = self
            .bound
            .component
            .policy()?
            .start(&self.bound.call)
            .await?;
        let answers = run.decide(&table(rows)).await?;
        Ok(answers
            .into_iter()
            .map(|answer| decision(self.resource, self.groups, answer))
            .collect())
    }
}

/// What counts where a policy was asked: a person decides where it did not answer.
pub(crate) fn decided(answer: Each<Decision>) -> Decision {
    match answer {
        Each::Answered(decision) => decision,
        Each::Failed(error) => undecidable(&error),
        Each::Unasked => no_answer(),
    }
}

struct Facts {
    counts: BTreeMap<&'static str, u64>,
    accounts: u64,
    identities: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// What a policy is shown of one proposal, by column.
pub(crate) type Row = BTreeMap<String, Vec<String>>;

/// The columns of `proposals` in `wit/decisions.wit`, of one proposal.
fn row(resource: &Resource, proposal: &Proposal, facts: &Facts, now: Timestamp) -> Row {
    let schema = &resource.rules.schema;
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
}

/// What is kept of what a policy was shown: an identity that another resource knows may have what is
/// secret on this one.
pub(crate) fn without_secrets(resource: &Resource, mut row: Row) -> Row {
    row.retain(|column, _| {
        column
            .split_once('.')
            .and_then(|(_, name)| resource.rules.schema.attribute(name))
            .is_none_or(|attribute| !attribute.is_secret())
    });
    row
}

fn table(rows: &[Row]) -> Table {
    let columns: BTreeSet<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
    let mut page = PageBuilder::new();
    for row in rows {
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
        Obligation::RequireEvidence => obligations.require_evidence = true,
        Obligation::ByAnother => obligations.by_another = true,
        Obligation::Group(name) => {
            let good = !name.is_empty()
                && name.len() <= LONGEST_GROUP
                && !name.chars().any(char::is_control)
                && obligations.group.as_ref().is_none_or(|one| *one == name);
            if !good {
                return Err(format!(
                    "group {:?}",
                    name.chars().take(64).collect::<String>()
                ));
            }
            obligations.group = Some(name);
        }
        Obligation::Other(name, _) => return Err(name),
    }
    Ok(())
}

fn undecidable(error: &CallError) -> Decision {
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
