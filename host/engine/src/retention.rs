//! What has been kept long enough is dropped, unless something alive needs it.
//!
//! Each kind of thing goes in transactions of its own, and what refers to something goes before it:
//! operations before their case, all that is known from an export before the export, everything
//! before the content in the evidence. So a kill in between leaves only something that the next
//! look through the store drops.

mod uploads;

use std::collections::BTreeMap;
use std::time::Duration;

use provisor_model::{
    AccountId, CaseId, CaseState, Event, EventKind, Export, ExportId, ResourceName, Timestamp,
};
use provisor_store::{StoreError, Work};

use crate::configuration::{Resource, Retention};
use crate::{Host, HostError};

/// The store is looked through no more often: what is needed may be as much as there is.
const PAUSE: Duration = Duration::from_secs(60 * 60);

/// Things that are looked at in one go.
const BATCH: usize = 500;

/// Exports that are dropped in one transaction: for each one SQLite looks through all rows.
const EXPORTS: usize = 20;

/// Policies count the operations of so long.
const COUNTED: Duration = Duration::from_secs(24 * 60 * 60);

/// What was dropped because it had been kept long enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Dropped {
    /// Operations.
    pub operations: u64,
    /// Cases.
    pub cases: u64,
    /// Exports.
    pub exports: u64,
    /// Contents of exports that are kept themselves.
    pub contents: u64,
    /// Notifications that were delivered or given up.
    pub notifications: u64,
    /// Texts of the history.
    pub texts: u64,
    /// Log lines of components, and hours of their figures.
    pub component_records: u64,
    /// Uploaded components of which the bytes went, or the record of their refusal.
    pub uploads: u64,
    /// Files of the evidence that nothing refers to any more.
    pub files: u64,
}

/// What is told of one resource.
type Told = BTreeMap<(ResourceName, &'static str), u64>;

impl Host {
    /// Drops what has been kept as long as the configuration says and nothing alive needs. Looks
    /// through the store once an hour at most.
    pub(crate) async fn drop_what_is_over(&self) -> Result<Dropped, HostError> {
        let retention = &self.inner.configuration.retention;
        let now = self.now();
        let mut dropped = Dropped::default();
        if *retention == Retention::default() || !self.is_time(now)? {
            return Ok(dropped);
        }
        if let Some(kept) = retention.finished_operations {
            dropped.operations = self.drop_operations(kept, now).await?;
            self.inner
                .store
                .update(move |work| work.drop_recorded(now.before(kept)))
                .await?;
        }
        if let Some(kept) = retention.cases {
            dropped.cases = self.drop_cases(kept, now).await?;
        }
        if retention.exports.is_some() || retention.evidence.is_some() {
            (dropped.exports, dropped.contents) = self.drop_exports(retention, now).await?;
        }
        if let Some(kept) = retention.notifications {
            dropped.notifications = self.drop_notifications(kept, now).await?;
        }
        if let Some(kept) = retention.history_texts {
            dropped.texts = self.drop_texts(kept, now).await?;
        }
        if let Some(kept) = retention.component_records {
            dropped.component_records = self.drop_component_records(kept, now).await?;
        }
        if let Some(kept) = retention.uploads {
            dropped.uploads = self.drop_uploads(kept, now).await?;
        }
        if [retention.cases, retention.exports, retention.evidence]
            .iter()
            .any(Option::is_some)
        {
            dropped.files = self.sweep().await?;
        }
        self.inner
            .store
            .update(move |work| work.set_looked_through(now))
            .await?;
        Ok(dropped)
    }

    fn is_time(&self, now: Timestamp) -> Result<bool, HostError> {
        let last = self.inner.store.read(|view| view.looked_through())?;
        // A clock that was put back must not keep everything until it has caught up.
        Ok(last.is_none_or(|last| now < last || last.after(PAUSE) <= now))
    }

    async fn drop_operations(&self, kept: Duration, now: Timestamp) -> Result<u64, HostError> {
        let (mut count, mut after) = (0, AccountId(0));
        let followed_up = self.inner.store.read(|view| view.followed_up_cases())?;
        loop {
            let before = now.before(kept);
            let accounts = self
                .inner
                .store
                .read(|view| view.accounts_with_ended(before, after, BATCH))?;
            let Some(last) = accounts.last() else {
                return Ok(count);
            };
            after = *last;
            let (configuration, followed_up) =
                (self.inner.configuration.clone(), followed_up.clone());
            count += self
                .inner
                .store
                .update(move |work| {
                    let mut told = Told::new();
                    for id in accounts {
                        let Some(account) = work.account(id)? else {
                            continue;
                        };
                        let resource = configuration.resources.get(&account.resource);
                        let before = now.before(resource.map_or(kept, |one| kept.max(needed(one))));
                        // What is done again shows what became of it before.
                        let mut open = Vec::new();
                        for case in account.operations.iter().filter_map(|one| one.case) {
                            let found = work.case(case)?;
                            if followed_up.contains(&case)
                                || found.is_some_and(|found| found.state == CaseState::Open)
                            {
                                open.push(case);
                            }
                        }
                        let over = account.dispensable(before, &|case| open.contains(&case));
                        work.drop_operations(&over)?;
                        if !over.is_empty() {
                            let place = told.entry((account.resource.clone(), "operations"));
                            *place.or_default() += over.len() as u64;
                        }
                    }
                    tell(work, told, kept, now)
                })
                .await?;
        }
    }

    async fn drop_cases(&self, kept: Duration, now: Timestamp) -> Result<u64, HostError> {
        let before = now.before(kept);
        let (mut count, mut after) = (0, CaseId(0));
        loop {
            let (cases, followed_up) = self.inner.store.read(|view| {
                Ok::<_, StoreError>((
                    view.cases_without_operations(after, BATCH)?,
                    view.followed_up_cases()?,
                ))
            })?;
            let Some(last) = cases.last() else {
                return Ok(count);
            };
            after = last.id;
            let over: Vec<_> = cases
                .into_iter()
                .filter(|case| case.closed_at.is_some_and(|closed| closed < before))
                .filter(|case| !followed_up.contains(&case.id))
                .collect();
            count += self
                .inner
                .store
                .update(move |work| {
                    let mut told = Told::new();
                    for case in over {
                        work.drop_case(case.id)?;
                        if let Some(resource) = case.resources().into_iter().next() {
                            let place = told.entry((resource.clone(), "cases"));
                            *place.or_default() += 1;
                        }
                    }
                    tell(work, told, kept, now)
                })
                .await?;
        }
    }

    /// Drops exports, and the contents of others.
    async fn drop_exports(
        &self,
        retention: &Retention,
        now: Timestamp,
    ) -> Result<(u64, u64), HostError> {
        let (mut dropped, mut without) = (0, 0);
        let over = |export: &Export, kept: Option<Duration>| {
            kept.is_some_and(|kept| export.read_at < now.before(kept))
        };
        let resources = self.inner.store.read(|view| view.exporting_resources())?;
        for resource in resources {
            let exports = self.inner.store.read(|view| {
                let mut exports = view.earlier_exports(&resource)?;
                exports.retain(|export| {
                    over(export, retention.exports)
                        || (over(export, retention.evidence) && export.content_dropped_at.is_none())
                });
                if !exports.is_empty() {
                    // What refers to an old export later only takes over what does now.
                    let used = view.exports_in_use(&resource)?;
                    exports.retain(|export| !used.contains(&export.id));
                }
                Ok::<_, StoreError>(exports)
            })?;
            let (gone, content): (Vec<_>, Vec<_>) = exports
                .into_iter()
                .partition(|export| over(export, retention.exports));
            let gone: Vec<ExportId> = gone.into_iter().map(|export| export.id).collect();
            for batch in gone.chunks(EXPORTS) {
                let (batch, resource) = (batch.to_vec(), resource.clone());
                let kept = retention.exports.unwrap_or_default();
                dropped += self
                    .inner
                    .store
                    .update(move |work| {
                        for export in &batch {
                            work.drop_export(*export)?;
                        }
                        let told = ((resource, "exports"), batch.len() as u64);
                        tell(work, [told].into(), kept, now)
                    })
                    .await?;
            }
            for batch in content.chunks(BATCH) {
                let (batch, resource) = (batch.to_vec(), resource.clone());
                let kept = retention.evidence.unwrap_or_default();
                without += self
                    .inner
                    .store
                    .update(move |work| {
                        let count = batch.len() as u64;
                        for mut export in batch {
                            export.content_dropped_at = Some(now);
                            work.save_export(&export)?;
                        }
                        let told = ((resource, "contents of exports"), count);
                        tell(work, [told].into(), kept, now)
                    })
                    .await?;
            }
        }
        Ok((dropped, without))
    }

    async fn drop_notifications(&self, kept: Duration, now: Timestamp) -> Result<u64, HostError> {
        let before = now.before(kept);
        let mut count = 0;
        loop {
            let dropped = self
                .inner
                .store
                .update(move |work| {
                    let mut told = Told::new();
                    for resource in work.drop_notifications(before, BATCH)? {
                        *told.entry((resource, "notifications")).or_default() += 1;
                    }
                    tell(work, told, kept, now)
                })
                .await?;
            count += dropped;
            if dropped < BATCH as u64 {
                return Ok(count);
            }
        }
    }

    async fn drop_texts(&self, kept: Duration, now: Timestamp) -> Result<u64, HostError> {
        let before = now.before(kept);
        let (mut count, mut after) = (0, 0);
        loop {
            let texts = self
                .inner
                .store
                .read(|view| view.texts_before(before, after, BATCH))?;
            let Some((last, _)) = texts.last() else {
                return Ok(count);
            };
            after = *last;
            count += self
                .inner
                .store
                .update(move |work| {
                    let mut told = Told::new();
                    let mut sequences = Vec::with_capacity(texts.len());
                    for (sequence, resource) in texts {
                        sequences.push(sequence);
                        *told.entry((resource, "texts")).or_default() += 1;
                    }
                    work.drop_texts(&sequences)?;
                    tell(work, told, kept, now)
                })
                .await?;
        }
    }

    /// Drops what is kept of components. It concerns no resource, so the history does not tell of it.
    async fn drop_component_records(
        &self,
        kept: Duration,
        now: Timestamp,
    ) -> Result<u64, HostError> {
        let before = now.before(kept);
        let dropped = self.inner.store.update(move |work| {
            Ok::<_, StoreError>(work.drop_component_lines(before)? + work.drop_usage(before)?)
        });
        Ok(dropped.await?)
    }

    /// Removes the files of the evidence that nothing refers to; when somebody is about to refer to
    /// one, next time.
    async fn sweep(&self) -> Result<u64, HostError> {
        let (evidence, store) = (self.inner.evidence.clone(), self.inner.store.clone());
        let swept = self
            .blocking(move || {
                evidence.sweep(|| Ok::<_, HostError>(store.read(|view| view.evidence_in_use())?))
            })
            .await??;
        Ok(swept.unwrap_or(0))
    }
}

/// How long the operations of a resource are needed for what is shown and counted.
fn needed(resource: &Resource) -> Duration {
    resource
        .outgoing
        .values()
        .map(|threshold| threshold.within)
        .chain([resource.keep_finished, COUNTED])
        .max()
        .unwrap_or(COUNTED)
}

/// Writes into the history what was dropped; answers how much it was.
fn tell(work: &mut Work<'_>, told: Told, kept: Duration, now: Timestamp) -> Result<u64, HostError> {
    let mut all = 0;
    for ((resource, what), count) in told {
        all += count;
        let text = format!("{count} {what} from before {}", now.before(kept));
        let event = Event::new(EventKind::Dropped, text);
        work.add_event(now, "engine", &resource, None, event)?;
    }
    Ok(all)
}
