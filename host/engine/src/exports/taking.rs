//! From a file to what is observed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use provisor_model::{
    AccountId, Event, EventKind, Evidence, Export, ExportId, ExportState, Observation, RejectedRow,
    Row, State, Timestamp,
};
use provisor_store::{Changed, ObservedRow, StoreError, Work};
use tokio::sync::mpsc;

use super::reading::{Pass, Rows};
use super::source::{Taken, take};
use crate::components::Bound;
use crate::configuration::{ExportTime, ReaderUse, Resource};
use crate::dispatch::Dispatched;
use crate::host::{Actor, step};
use crate::{ExportError, Host, HostError};

/// Rejected rows that are kept with an export.
const REMEMBERED_REJECTIONS: usize = 100;

/// Batches that may wait between reading and writing.
const BATCHES_BETWEEN: usize = 4;

/// How far the application's clock may be ahead of ours.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// What taking an export did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExportReport {
    /// The export; when it was taken before, as it was then.
    pub export: Export,
    /// Whether the very same export had been accepted before, so that it tells nothing new.
    pub known: bool,
    /// Rows that were not there before.
    pub appeared: u64,
    /// Rows that are different from before.
    pub changed: u64,
    /// Rows that are there no longer.
    pub vanished: u64,
    /// Rows that are as before.
    pub unchanged: u64,
    /// What it says of accounts, as a count for each kind of event.
    pub events: BTreeMap<String, u64>,
    /// What went out because of it.
    pub dispatched: Dispatched,
}

/// What the first pass found.
struct Count {
    rows: u64,
    rejected: u64,
    rejected_rows: Vec<RejectedRow>,
    /// Keys of rejected rows whose identifier could be read.
    unreadable: BTreeSet<String>,
    /// Whether there were rejected rows of which not even that is known.
    nameless: bool,
    covered: Vec<provisor_model::AttributeName>,
    absent: Vec<provisor_model::AttributeName>,
    remarks: Vec<String>,
    /// Why the export must be refused.
    refused: Option<String>,
    declared_time: Option<Timestamp>,
}

impl Host {
    /// Takes an export: the configured file, or another one in the same folder.
    ///
    /// The file is copied as evidence, read once to be judged, and read again to be compared with
    /// what is known. All that follows from it is stored in one transaction, or nothing is. An
    /// export that has to be refused is kept as such; that is an answer, not an error.
    pub async fn take_export(
        &self,
        resource: &str,
        file: Option<&str>,
    ) -> Result<ExportReport, HostError> {
        let resource = self.resource(resource)?;
        let (Some(reader), Some(bound)) = (&resource.reader, &self.components(resource).reader)
        else {
            return Err(ExportError::NoReader(resource.name.clone()).into());
        };
        let name = file.unwrap_or(&reader.file);
        let taken = {
            let (resource, reader) = (resource.name.clone(), reader.clone());
            let (name, evidence) = (name.to_owned(), self.inner.evidence.clone());
            tokio::task::spawn_blocking(move || take(&resource, &reader, &name, &evidence))
                .await
                .map_err(|error| HostError::Data {
                    path: self.inner.configuration.data.display().to_string(),
                    source: std::io::Error::other(error),
                })??
        };
        let now = self.now();
        let mut count = self.count(resource, bound, &taken).await?;
        let (exported_at, from) = export_time(reader, &taken, count.declared_time, now)?;
        let last = self
            .inner
            .store
            .read(|view| view.last_accepted_export(&resource.name))?;
        if let Some(last) = &last {
            if last.digest == taken.digest && last.exported_at == exported_at {
                return Ok(ExportReport {
                    unchanged: last.rows,
                    export: last.clone(),
                    known: true,
                    appeared: 0,
                    changed: 0,
                    vanished: 0,
                    events: BTreeMap::new(),
                    dispatched: Dispatched::default(),
                });
            }
            if exported_at < last.exported_at {
                count.refuse(format!(
                    "it was made at {exported_at}, before the last accepted one ({}, made at {})",
                    last.id, last.exported_at
                ));
            }
        }
        if exported_at > now.after(CLOCK_TOLERANCE) {
            count.refuse(format!(
                "it says that it was made at {exported_at}, which is in the future"
            ));
        }
        let export = Export {
            id: ExportId(0),
            resource: resource.name.clone(),
            digest: taken.digest,
            name: taken.name.clone(),
            size: taken.size,
            exported_at,
            exported_at_from: from.to_owned(),
            read_at: now,
            state: if count.refused.is_some() {
                ExportState::Refused
            } else {
                ExportState::Accepted
            },
            rows: count.rows,
            rejected: count.rejected,
            rejected_rows: count.rejected_rows.clone(),
            covered: count.covered.clone(),
            absent: count.absent.clone(),
            remarks: count
                .refused
                .iter()
                .chain(&count.remarks)
                .cloned()
                .collect(),
            reader: *bound.component.digest(),
        };
        if count.refused.is_some() {
            return self.refuse(export).await;
        }
        let mut report = self.accept(resource, bound, &taken, export, count).await?;
        report.dispatched = self.dispatch(None).await?;
        Ok(report)
    }

    /// The first pass: reads everything and changes nothing.
    async fn count(
        &self,
        resource: &Resource,
        bound: &Bound,
        taken: &Taken,
    ) -> Result<Count, HostError> {
        let mut count = Count {
            rows: 0,
            rejected: 0,
            rejected_rows: Vec::new(),
            unreadable: BTreeSet::new(),
            nameless: false,
            covered: Vec::new(),
            absent: Vec::new(),
            remarks: Vec::new(),
            refused: None,
            declared_time: None,
        };
        match self.count_rows(resource, bound, taken, &mut count).await {
            Ok(()) => {}
            // What the component says of the content is a verdict on the export; what the host
            // finds out about the component is an error of the host.
            Err(HostError::Component { source, .. }) if source.is_about_the_content() => {
                count.refuse(source.to_string());
            }
            Err(error) => return Err(error),
        }
        Ok(count)
    }

    async fn count_rows(
        &self,
        resource: &Resource,
        bound: &Bound,
        taken: &Taken,
        count: &mut Count,
    ) -> Result<(), HostError> {
        let mut pass = Pass::open(
            self,
            resource,
            bound,
            &taken.name,
            taken.size,
            &taken.digest,
        )
        .await?;
        count.covered.clone_from(&pass.covered);
        count.absent.clone_from(&pass.absent);
        for name in &pass.absent {
            count.remarks.push(format!(
                "it has no column for {name}; nothing is concluded about it"
            ));
        }
        if !pass.ignored.is_empty() {
            count.remarks.push(format!(
                "columns that the schema does not know are ignored: {}",
                pass.ignored.join(", ")
            ));
        }
        // Hashes rather than keys keep the memory small; a hit is only a suspicion, which the
        // second pass confirms by the keys themselves.
        let mut seen: HashMap<u64, u64> = HashMap::new();
        let hasher = std::collections::hash_map::RandomState::new();
        while let Some(Rows { rows, rejected }) = pass.next().await? {
            count.rows += rows.len() as u64;
            count.rejected += rejected.len() as u64;
            for row in rejected {
                match &row.identifier {
                    Some(identifier) => {
                        let key = resource.rules.schema.identifier_key(identifier);
                        count.unreadable.insert(key);
                    }
                    None => count.nameless = true,
                }
                if count.rejected_rows.len() < REMEMBERED_REJECTIONS {
                    count.rejected_rows.push(row);
                }
            }
            for row in rows {
                use std::hash::BuildHasher;
                let hash = hasher.hash_one(&row.key);
                if let Some(first) = seen.insert(hash, row.position) {
                    count.refuse(format!(
                        "{} stands in it twice, on line {first} and on line {}",
                        row.identifier, row.position
                    ));
                }
            }
        }
        let summary = pass.finish().await?;
        if !summary.complete {
            count.refuse("it is cut off: it does not end as it should".to_owned());
        }
        if let Some(declared) = summary.declared_rows
            && declared != summary.rows + summary.rejected
        {
            count.refuse(format!(
                "it says that it has {declared} rows and has {}",
                summary.rows + summary.rejected
            ));
        }
        count.declared_time = match &summary.exported_at {
            None => None,
            Some(text) => match text.parse() {
                Ok(time) => Some(time),
                Err(_) => {
                    count.refuse(format!("the time in its trailer, {text:?}, is no moment"));
                    None
                }
            },
        };
        Ok(())
    }

    async fn refuse(&self, mut export: Export) -> Result<ExportReport, HostError> {
        let now = self.now();
        let export = self
            .inner
            .store
            .update(move |work| {
                export.id = work.next_export()?;
                work.save_export(&export)?;
                let text = format!(
                    "{} was refused: {}",
                    export.name,
                    export.remarks.first().map_or("", String::as_str)
                );
                let event = Event::new(EventKind::Refused, text).export(export.id);
                work.add_event(now, "engine", &export.resource, None, event)?;
                Ok::<_, StoreError>(export)
            })
            .await?;
        Ok(ExportReport {
            export,
            known: false,
            appeared: 0,
            changed: 0,
            vanished: 0,
            unchanged: 0,
            events: BTreeMap::new(),
            dispatched: Dispatched::default(),
        })
    }

    /// The second pass: reads again while one transaction writes what is new, and lets every
    /// account that it concerns see it.
    async fn accept(
        &self,
        resource: &Resource,
        bound: &Bound,
        taken: &Taken,
        export: Export,
        count: Count,
    ) -> Result<ExportReport, HostError> {
        let (sender, receiver) =
            mpsc::channel::<Result<Vec<ObservedRow>, HostError>>(BATCHES_BETWEEN);
        let writing = {
            let resource = resource.clone();
            let now = self.now();
            self.inner
                .store
                .update(move |work| write(work, &resource, export, count, receiver, now))
        };
        let reading = async move {
            let result = self.send_rows(resource, bound, taken, &sender).await;
            if let Err(error) = result {
                // The transaction is given up; if it is gone already there is nobody to tell.
                let _gone = sender.send(Err(error)).await;
            }
        };
        let (report, ()) = futures_util::future::join(writing, reading).await;
        report
    }

    async fn send_rows(
        &self,
        resource: &Resource,
        bound: &Bound,
        taken: &Taken,
        sender: &mpsc::Sender<Result<Vec<ObservedRow>, HostError>>,
    ) -> Result<(), HostError> {
        let mut pass = Pass::open(
            self,
            resource,
            bound,
            &taken.name,
            taken.size,
            &taken.digest,
        )
        .await?;
        while let Some(Rows { rows, .. }) = pass.next().await? {
            if sender.send(Ok(rows)).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl Count {
    /// The first reason stands.
    fn refuse(&mut self, reason: String) {
        self.refused.get_or_insert(reason);
    }
}

fn export_time(
    reader: &ReaderUse,
    taken: &Taken,
    declared: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Timestamp, &'static str), ExportError> {
    Ok(match &reader.exported_at {
        ExportTime::Read => (now, "read"),
        ExportTime::Modified => (taken.modified_at, "mtime"),
        ExportTime::Trailer => match declared {
            Some(time) => (time, "trailer"),
            None => {
                return Err(ExportError::Time {
                    name: taken.name.clone(),
                    problem: "its trailer should say when it was made, and does not".to_owned(),
                });
            }
        },
        ExportTime::FileName(pattern) => (
            pattern
                .read(&taken.name)
                .map_err(|error| ExportError::Time {
                    name: taken.name.clone(),
                    problem: error.to_string(),
                })?,
            "file-name",
        ),
    })
}

/// The transaction of an accepted export, on the store's writing thread.
fn write(
    work: &mut Work<'_>,
    resource: &Resource,
    mut export: Export,
    count: Count,
    mut receiver: mpsc::Receiver<Result<Vec<ObservedRow>, HostError>>,
    now: Timestamp,
) -> Result<ExportReport, HostError> {
    export.id = work.next_export()?;
    work.save_export(&export)?;
    let mut rows = std::iter::from_fn(|| receiver.blocking_recv()).flat_map(|batch| {
        let (rows, error) = match batch {
            Ok(rows) => (rows, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        rows.into_iter().map(Ok).chain(error)
    });
    let accepted =
        work.accept_rows::<HostError>(&export, &mut rows, &count.unreadable, count.nameless)?;

    let mut concerned: BTreeSet<AccountId> = accepted.changes.keys().copied().collect();
    concerned.extend(work.accounts_under_way(&resource.name)?);
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    for id in concerned {
        let Some(mut account) = work.account(id)? else {
            continue;
        };
        let row = evidence_row(&account.observed, &count, &account, resource);
        // The account was loaded with what this export shows; the model wants to see what it
        // knew before.
        if let Some(Changed { before }) = accepted.changes.get(&id) {
            account.observed.clone_from(before);
        }
        let evidence = Evidence {
            export: export.id,
            exported_at: export.exported_at,
            row,
            covered: &export.covered,
        };
        step(
            work,
            &mut account,
            resource,
            now,
            Actor::Engine,
            |account, step| {
                account.observe(step, &evidence);
                for event in &account.events {
                    *events.entry(event.kind.as_str().to_owned()).or_default() += 1;
                }
            },
        )?;
    }
    let text = format!("{} with {} rows", export.name, export.rows);
    let event = Event::new(EventKind::Accepted, text).export(export.id);
    work.add_event(now, "engine", &resource.name, None, event)?;
    Ok(ExportReport {
        export,
        known: false,
        appeared: accepted.appeared,
        changed: accepted.changed,
        vanished: accepted.vanished,
        unchanged: accepted.unchanged,
        events,
        dispatched: Dispatched::default(),
    })
}

fn evidence_row(
    observed: &Option<Observation>,
    count: &Count,
    account: &provisor_model::Account,
    resource: &Resource,
) -> Row {
    let rules = &resource.rules;
    let unreadable = account.names(rules).iter().any(|name| {
        count
            .unreadable
            .contains(&rules.schema.identifier_key(name))
    });
    if unreadable {
        return Row::Unreadable;
    }
    match observed.as_ref().map(|observed| &observed.state) {
        Some(State::Present(attributes)) => Row::Present {
            position: observed
                .as_ref()
                .and_then(|observed| observed.position)
                .unwrap_or(0),
            attributes: attributes.clone(),
        },
        // A row that could not be read at all may have been this account's.
        _ if count.nameless => Row::Unreadable,
        _ => Row::Absent,
    }
}
