//! What changed behind our backs: the report, and what people say about it.

use std::collections::BTreeMap;

use provisor_model::account::About;
use provisor_model::{
    AccountId, Acknowledgement, Answer, Drift, DriftKind, Event, EventKind, IdentityId, PersonName,
    ResourceName,
};
use provisor_store::drift::{DriftCount, UnexpectedRow};
use provisor_store::fault;
use serde::Serialize;

use crate::cases::{check_words, named, on_drift};
use crate::configuration::Resource;
use crate::host::load_account;
use crate::{Host, HostError};

/// Accounts that are looked at in one go.
const CHUNK: usize = 500;

/// Which drift is reported.
#[derive(Debug, Clone, Default)]
pub struct DriftQuery {
    /// Only of this resource.
    pub resource: Option<String>,
    /// Also what is acknowledged.
    pub all: bool,
    /// At most so many are listed; the counts are of all.
    pub limit: usize,
}

/// What differs from what was asked for, and no operation explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DriftReport {
    /// How much there is in total.
    pub total: DriftCount,
    /// How much there is on each resource that has any.
    pub resources: Vec<ResourceDrift>,
    /// What drifted of accounts, by resource and account.
    pub accounts: Vec<AccountDrift>,
    /// Rows that nobody asked for.
    pub unexpected: Vec<UnexpectedDrift>,
}

/// How much drift there is on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResourceDrift {
    /// Its name.
    pub resource: ResourceName,
    /// Its name for people.
    pub title: String,
    /// All of it.
    #[serde(flatten)]
    pub count: DriftCount,
    /// By kind.
    pub kinds: BTreeMap<&'static str, DriftCount>,
}

/// A drift with the account that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AccountDrift {
    /// Where the account is.
    pub resource: ResourceName,
    /// Its number.
    pub account: AccountId,
    /// How it is called.
    pub identifier: String,
    /// Whose it is.
    pub identity: Option<IdentityId>,
    /// For how many seconds it is known.
    pub age: u64,
    /// What differs.
    #[serde(flatten)]
    pub drift: Drift,
}

/// A row that nobody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct UnexpectedDrift {
    /// Where it is.
    pub resource: ResourceName,
    /// For how many seconds it is known as it is.
    pub age: u64,
    /// What it shows.
    #[serde(flatten)]
    pub row: UnexpectedRow,
}

impl Host {
    /// The drift report: how much there is on each resource, and what it is.
    pub fn drift(&self, query: &DriftQuery) -> Result<DriftReport, HostError> {
        let resources: Vec<&Resource> = match &query.resource {
            Some(name) => vec![self.resource(name)?],
            None => self.inner.configuration.resources.values().collect(),
        };
        let now = self.now();
        self.inner.store.read(|view| {
            let mut report = DriftReport {
                total: DriftCount::default(),
                resources: Vec::new(),
                accounts: Vec::new(),
                unexpected: Vec::new(),
            };
            let counts = view.drift_counts()?;
            for resource in resources.into_iter().filter(|one| one.rules.verifies) {
                let unexpected = view.unexpected_drift(&resource.name)?;
                let kinds: BTreeMap<&'static str, DriftCount> = counts
                    .iter()
                    .filter(|((name, _), _)| *name == resource.name)
                    .map(|((_, kind), count)| (*kind, *count))
                    .chain([(DriftKind::Unexpected, unexpected)])
                    .filter(|(_, count)| count.open + count.acknowledged > 0)
                    .map(|(kind, count)| (kind.as_str(), count))
                    .collect();
                let count = kinds
                    .values()
                    .fold(DriftCount::default(), |all, one| all.and(*one));
                report.total = report.total.and(count);
                if kinds.is_empty() {
                    continue;
                }
                report.resources.push(ResourceDrift {
                    resource: resource.name.clone(),
                    title: resource.title.clone(),
                    count,
                    kinds,
                });
                let left = |report: &DriftReport| {
                    let listed = report.accounts.len() + report.unexpected.len();
                    query.limit.saturating_sub(listed)
                };
                let mut after = AccountId(0);
                loop {
                    let most = left(&report).min(CHUNK);
                    let accounts = view.drifted_accounts(&resource.name, query.all, after, most)?;
                    let Some(last) = accounts.last() else {
                        break;
                    };
                    after = last.id;
                    for account in accounts {
                        let shown = account
                            .drift
                            .iter()
                            .filter(|one| query.all || one.is_open())
                            .take(left(&report));
                        report.accounts.extend(shown.map(|drift| AccountDrift {
                            resource: account.resource.clone(),
                            account: account.id,
                            identifier: account.identifier.clone(),
                            identity: account.identity.clone(),
                            age: now.since(drift.since).as_secs(),
                            drift: drift.clone(),
                        }));
                    }
                }
                let most = left(&report);
                let rows = view.unexpected_rows(&resource.name, query.all, None, most)?;
                report
                    .unexpected
                    .extend(rows.into_iter().map(|row| UnexpectedDrift {
                        resource: resource.name.clone(),
                        age: now.since(row.since).as_secs(),
                        row,
                    }));
            }
            Ok(report)
        })
    }

    /// Says what shall be done about the drift of an account: of the named attributes, or of all
    /// that there is. What is to be set right is asked for with an operation; what may stay
    /// becomes what is desired.
    ///
    /// # Errors
    ///
    /// [`HostError::Unknown`] when there is no such account, or nothing of it drifted.
    pub async fn answer_drift(
        &self,
        resource: &str,
        identifier: &str,
        attributes: &[String],
        answer: Answer,
        by: &PersonName,
        reason: &str,
    ) -> Result<AccountId, HostError> {
        check_words("the reason for the answer", reason)?;
        let id = self.find_account(resource, identifier)?;
        let resource = self.resource(resource)?.clone();
        let attributes = named(&resource, attributes)?;
        let (by, reason, now) = (by.clone(), reason.to_owned(), self.now());
        self.inner
            .store
            .update(move |work| {
                let mut account = load_account(work, id)?;
                let about = About {
                    question: None,
                    attributes: attributes.as_ref(),
                };
                on_drift(
                    work,
                    &mut account,
                    &resource,
                    about,
                    &by,
                    now,
                    |account, step| account.answer(step, about, answer, &by, &reason),
                )
            })
            .await?;
        fault::point("drift.answered");
        self.dispatch(Some(&[id])).await?;
        Ok(id)
    }

    /// Notes that somebody knows of drift and leaves it as it is: that of an account, of the named
    /// attributes or all, or a row that nobody asked for. It stays in the report of all drift until
    /// it is gone, and is new drift as soon as it changes. Answers the account; `None` for a row.
    ///
    /// # Errors
    ///
    /// [`HostError::Unknown`] when there is no such account or row, or nothing of it drifted.
    pub async fn acknowledge_drift(
        &self,
        resource: &str,
        identifier: &str,
        attributes: &[String],
        by: &PersonName,
        reason: &str,
    ) -> Result<Option<AccountId>, HostError> {
        check_words("the reason why it may stay", reason)?;
        let resource = self.resource(resource)?.clone();
        let attributes = named(&resource, attributes)?;
        let now = self.now();
        let acknowledgement = Acknowledgement {
            by: by.clone(),
            at: now,
            reason: reason.to_owned(),
        };
        let key = resource.rules.schema.identifier_key(identifier);
        if attributes.is_none()
            && let Some(row) = self
                .inner
                .store
                .read(|view| view.unexpected_row(&resource.name, &key))?
        {
            self.inner
                .store
                .update(move |work| {
                    let Acknowledgement { by, reason, .. } = &acknowledgement;
                    let known = work.acknowledged_row(&resource.name, &key)?;
                    if known.is_some_and(|known| known.by == *by && known.reason == *reason) {
                        return Ok(());
                    }
                    if !work.acknowledge_row(&resource.name, &key, &acknowledgement)? {
                        return Err(HostError::unknown("row", row.identifier));
                    }
                    let text = format!("the row {}, by {by}: {reason}", row.identifier);
                    let event = Event::new(EventKind::Acknowledged, text);
                    work.add_event(now, by.as_str(), &resource.name, None, event)?;
                    Ok(())
                })
                .await?;
            return Ok(None);
        }
        let id = self.find_account(resource.name.as_str(), identifier)?;
        self.inner
            .store
            .update(move |work| {
                let mut account = load_account(work, id)?;
                let about = About {
                    question: None,
                    attributes: attributes.as_ref(),
                };
                let by = &acknowledgement.by;
                on_drift(
                    work,
                    &mut account,
                    &resource,
                    about,
                    by,
                    now,
                    |account, _| account.acknowledge(about, &acknowledgement),
                )?;
                Ok(Some(id))
            })
            .await
    }
}
