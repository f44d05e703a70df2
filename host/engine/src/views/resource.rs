//! How a resource stands, its exports, and what happened.

use std::collections::BTreeMap;

use provisor_model::{Export, Notification, NotificationKind, Operation, Timestamp, World};
use provisor_store::{AccountFilter, HistoryEntry, HistoryFilter, StoreError, TicketFilter};
use serde::Serialize;

use crate::canary;
use crate::configuration::{Resource, SinkUse};
use crate::notifications::{Audience, enqueue};
use crate::uploads;
use crate::{Host, HostError};

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
    /// Accounts with drift that nobody has acknowledged.
    pub drifted: u64,
    /// Rows of the last export that no account claims and nobody has acknowledged.
    pub unexpected: u64,
    /// The last accepted export.
    pub last_export: Option<Export>,
    /// What somebody should look at.
    pub attention: Vec<String>,
}

impl Host {
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
            let unbound = World::ALL
                .iter()
                .filter_map(|world| self.bound(resource, *world).err());
            attention.extend(unbound.map(|error| error.to_string()));
            if held > 0 {
                attention.push(match held {
                    1 => "1 operation is held and waits for a release".to_owned(),
                    _ => format!("{held} operations are held and wait for a release"),
                });
            }
            let looked_for = view.tickets(&TicketFilter {
                resource: Some(resource.name.clone()),
                attention: true,
                limit: usize::MAX,
                ..TicketFilter::default()
            })?;
            match looked_for.len() {
                0 => {}
                1 => attention.push("1 ticket needs somebody to look at it".to_owned()),
                several => {
                    attention.push(format!("{several} tickets need somebody to look at them"));
                }
            }
            attention.extend(canary::attention(view, resource)?);
            let rules = &self.inner.configuration.components;
            attention.extend(uploads::attention(view, rules, resource)?);
            if stale > 0 {
                attention.push(format!(
                    "stale export: {} done longer ago than the grace allows, and the last export \
                     ({}) is too old to tell",
                    match stale {
                        1 => "1 operation was".to_owned(),
                        _ => format!("{stale} operations were"),
                    },
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
                view.unexpected_drift(&resource.name)?.open
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
}

impl Host {
    /// Lets people know of resources on which completed work waits for an export in vain; once for
    /// each export that is too old.
    pub(crate) async fn tell_stale(&self) -> Result<(), HostError> {
        let now = self.now();
        for resource in self.inner.configuration.resources.values() {
            let takes = |sink: &SinkUse| sink.takes(NotificationKind::ExportStale, &resource.name);
            if !resource.rules.verifies || !resource.sinks.sinks.values().any(takes) {
                continue;
            }
            let (last, operations) = self.inner.store.read(|view| {
                let last = view.last_accepted_export(&resource.name)?;
                let mut stale = 0_u64;
                for id in view.accounts_under_way(&resource.name)? {
                    let account = view.account(id)?;
                    stale += account
                        .iter()
                        .flat_map(|account| &account.operations)
                        .filter(|one| one.counts())
                        .filter(|one| waits_in_vain(resource, one, last.as_ref(), now))
                        .count() as u64;
                }
                Ok::<_, StoreError>((last.map(|export| export.id), stale))
            })?;
            if operations == 0 {
                continue;
            }
            let resource = resource.clone();
            let notification = Notification::ExportStale { last, operations };
            self.inner
                .store
                .update(move |work| {
                    let audience = Audience::of(&resource.operators);
                    enqueue(work, &[&resource], audience, &notification, now)
                })
                .await?;
        }
        Ok(())
    }
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
