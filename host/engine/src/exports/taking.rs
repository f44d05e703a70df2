//! From a file to a verdict: accepted, held or refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use provisor_model::gate::{judge, strictest};
use provisor_model::{
    Event, EventKind, Export, ExportId, ExportState, GateAction, Gates, Notification, ResourceName,
    Timestamp, Tripped, World,
};
use provisor_store::{StoreError, View, Work, fault};

use super::counting::Count;
use super::source::{Taken, take};
use super::writing::{Acceptance, write};
use crate::components::Bound;
use crate::configuration::{ExportTime, ReaderUse, Resource};
use crate::dispatch::Dispatched;
use crate::notifications::{Audience, enqueue};
use crate::{ExportError, Host, HostError};

/// How often an export is compared anew because another one was taken in meanwhile.
const TRIES: u32 = 5;

/// Exports that are searched for one of the same content.
const RECENT: usize = 50;

/// What taking an export did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExportReport {
    /// The export; when it was taken before, as it was then.
    pub export: Export,
    /// Whether the very same export was taken before and came to the same end, so that it tells
    /// nothing new.
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

impl ExportReport {
    /// An export that changed nothing.
    fn idle(export: Export, known: bool) -> Self {
        Self {
            unchanged: match export.state {
                ExportState::Accepted => export.rows,
                _ => 0,
            },
            export,
            known,
            appeared: 0,
            changed: 0,
            vanished: 0,
            events: BTreeMap::new(),
            dispatched: Dispatched::default(),
        }
    }
}

impl Host {
    /// Takes an export: the configured file, or another one in the same folder.
    ///
    /// The file is copied as evidence, read, compared with what is known, and led through the
    /// safety gates. All that follows from it is stored in one transaction, or nothing is. An
    /// export that is refused or held is kept as such; that is an answer, not an error.
    pub async fn take_export(
        &self,
        resource: &str,
        file: Option<&str>,
    ) -> Result<ExportReport, HostError> {
        self.refresh_components().await?;
        let resource = self.resource(resource)?;
        let (reader, bound) = self.reader(resource)?;
        let name = file.unwrap_or(&reader.file);
        let (taken, _hold) = {
            let (resource, reader) = (resource.name.clone(), reader.clone());
            let (name, evidence) = (name.to_owned(), self.inner.evidence.clone());
            self.blocking(move || {
                let hold = evidence.hold()?;
                Ok::<_, HostError>((take(&resource, &reader, &name, &evidence)?, hold))
            })
            .await??
        };
        fault::point("export.copied");
        let mut tries = 0;
        loop {
            tries += 1;
            match self.take_copied(resource, reader, &bound, &taken).await {
                Err(HostError::Store(StoreError::Overtaken { .. })) if tries < TRIES => {}
                Err(error) => return Err(error),
                Ok(mut report) => {
                    if report.export.state == ExportState::Accepted && !report.known {
                        fault::point("export.accepted");
                        report.dispatched = self.dispatch(None).await?;
                    }
                    return Ok(report);
                }
            }
        }
    }

    /// The component that reads the exports of a resource.
    pub(super) fn reader<'a>(
        &self,
        resource: &'a Resource,
    ) -> Result<(&'a ReaderUse, Arc<Bound>), HostError> {
        match (&resource.reader, self.bound(resource, World::Reader)?) {
            (Some(reader), Some(bound)) => Ok((reader, bound)),
            _ => Err(ExportError::NoReader(resource.name.clone()).into()),
        }
    }

    async fn take_copied(
        &self,
        resource: &Resource,
        reader: &ReaderUse,
        bound: &Bound,
        taken: &Taken,
    ) -> Result<ExportReport, HostError> {
        let now = self.now();
        let last = self
            .inner
            .store
            .read(|view| view.last_accepted_export(&resource.name))?;
        let is_known = |exported_at: Timestamp| {
            last.as_ref()
                .filter(|last| last.digest == taken.digest && last.exported_at == exported_at)
        };
        // A trailer is only known when all is read.
        if !matches!(reader.exported_at, ExportTime::Trailer)
            && let Some(last) = is_known(export_time(reader, taken, None, now)?.0)
        {
            return Ok(ExportReport::idle(last.clone(), true));
        }
        let mut count = self.count(resource, bound, taken).await?;
        if let Some(manifest) = &taken.manifest {
            count.declared_rows = manifest.rows.or(count.declared_rows);
            if let Some(problem) = manifest.contradicts(&taken.digest) {
                count.refused.get_or_insert(problem);
            }
        }
        fault::point("export.counted");
        let (exported_at, from) = match export_time(reader, taken, count.declared_time, now) {
            Ok(time) => time,
            // It is refused for a better reason.
            Err(_) if count.refused.is_some() => (now, "read"),
            Err(error) => return Err(error.into()),
        };
        if let Some(last) = is_known(exported_at) {
            return Ok(ExportReport::idle(last.clone(), true));
        }
        let gates = pass_gates(
            resource,
            &reader.gates,
            &count,
            exported_at,
            now,
            last.as_ref(),
        );
        let state = match (&count.refused, strictest(&gates)) {
            (Some(_), _) | (None, Some(GateAction::Stop)) => ExportState::Refused,
            (None, Some(GateAction::Hold)) => ExportState::Held,
            _ => ExportState::Accepted,
        };
        let remarks = count
            .refused
            .iter()
            .chain(gates.iter().map(|tripped| &tripped.why))
            .chain(&count.oddities);
        let export = Export {
            id: ExportId(0),
            resource: resource.name.clone(),
            digest: taken.digest,
            name: taken.name.clone(),
            size: taken.size,
            exported_at,
            exported_at_from: from.to_owned(),
            read_at: now,
            state,
            rows: count.tally.rows,
            rejected: count.tally.rejected,
            rejected_rows: count.tally.rejected_rows.clone(),
            covered: count.covered.clone(),
            absent: count.absent.clone(),
            remarks: remarks.cloned().collect(),
            gates,
            decision: None,
            content_dropped_at: None,
            reader: *bound.component.digest(),
        };
        let judged_by = last.map(|last| last.id);
        if state != ExportState::Accepted {
            let kept = self.keep(export, judged_by).await;
            fault::point("export.kept");
            return kept;
        }
        let acceptance = Acceptance {
            export,
            count,
            now,
            released_by: None,
        };
        let resource = resource.clone();
        self.inner
            .store
            .update(move |work| {
                still_last(work, &resource.name, judged_by)?;
                write(work, &resource, acceptance).map(|(report, _)| report)
            })
            .await
    }

    /// Keeps an export that changes nothing.
    async fn keep(
        &self,
        mut export: Export,
        judged_by: Option<ExportId>,
    ) -> Result<ExportReport, HostError> {
        let now = self.now();
        let resource = self.resource(export.resource.as_str())?.clone();
        self.inner
            .store
            .update(move |work| {
                still_last(work, &export.resource, judged_by)?;
                if let Some(known) = same_again(work, &export)? {
                    return Ok(ExportReport::idle(known, true));
                }
                let held = work.held_export(&export.resource)?;
                if let Some(held) = held.filter(|held| {
                    export.state == ExportState::Held && held.digest == export.digest
                }) {
                    // The same content once more is the same question to the same person.
                    export.id = held.id;
                    work.save_export(&export)?;
                    return Ok(ExportReport::idle(export, true));
                }
                export.id = work.next_export()?;
                let (kind, how) = match export.state {
                    ExportState::Held => {
                        replace_held(work, &export, now)?;
                        (EventKind::Held, "is held")
                    }
                    _ => (EventKind::Refused, "was refused"),
                };
                work.save_export(&export)?;
                let why = export.remarks.first().map_or("", String::as_str);
                let text = format!("{} {how}: {why}", export.name);
                let event = Event::new(kind, text)
                    .export(export.id)
                    .component(export.reader);
                work.add_event(now, "engine", &export.resource, None, event)?;
                let (id, file, digest) = (export.id, export.name.clone(), export.digest);
                let notification = match export.state {
                    ExportState::Held => Notification::ExportHeld {
                        export: id,
                        file,
                        digest,
                    },
                    _ => Notification::ExportRefused {
                        export: id,
                        file,
                        digest,
                    },
                };
                let audience = Audience::of(&resource.operators);
                enqueue(work, &[&resource], audience, &notification, now)?;
                Ok::<_, HostError>(ExportReport::idle(export, false))
            })
            .await
    }
}

/// The gates have judged by the last accepted export; by another one they may judge otherwise.
fn still_last(
    work: &mut Work<'_>,
    resource: &ResourceName,
    judged_by: Option<ExportId>,
) -> Result<(), StoreError> {
    let last = work.last_accepted_export(resource)?.map(|last| last.id);
    if last == judged_by {
        return Ok(());
    }
    Err(StoreError::Overtaken {
        export: work.next_export()?,
    })
}

/// An export of the same content, made at the same time, that came to the same end: refused for
/// the same reason, or discarded by a person and held again. Where reading itself tells the time,
/// no time is another one.
fn same_again(view: &View<'_>, export: &Export) -> Result<Option<Export>, StoreError> {
    let recent = view.exports(&export.resource, RECENT)?;
    let accepted = |other: &&Export| other.state != ExportState::Accepted;
    Ok(recent.iter().take_while(accepted).find_map(|other| {
        let same = other.digest == export.digest
            && other.exported_at_from == export.exported_at_from
            && (other.exported_at == export.exported_at || export.exported_at_from == "read");
        let same_end = match (other.state, export.state) {
            (ExportState::Refused, ExportState::Refused) => other.remarks == export.remarks,
            (ExportState::Discarded, ExportState::Held) => true,
            _ => false,
        };
        (same && same_end).then(|| other.clone())
    }))
}

/// A later export takes the place of a held one.
pub(super) fn replace_held(
    work: &mut Work<'_>,
    export: &Export,
    now: Timestamp,
) -> Result<(), StoreError> {
    let held = work.held_export(&export.resource)?;
    let Some(mut held) = held.filter(|held| held.id != export.id) else {
        return Ok(());
    };
    held.state = ExportState::Replaced;
    work.save_export(&held)?;
    let text = format!("{} is replaced by {}", held.id, export.id);
    let event = Event::new(EventKind::Replaced, text).export(held.id);
    work.add_event(now, "engine", &held.resource, None, event)
}

pub(super) fn pass_gates(
    resource: &Resource,
    gates: &Gates,
    count: &Count,
    exported_at: Timestamp,
    now: Timestamp,
    last: Option<&Export>,
) -> Vec<Tripped> {
    let mut facts = count.facts();
    facts.exported_at = Some(exported_at);
    facts.now = Some(now);
    facts.last = last.map(|last| (last.id, last.exported_at));
    facts.vanished_columns = last
        .map(|last| &last.covered)
        .into_iter()
        .flatten()
        .filter(|name| !count.covered.contains(name))
        .filter(|name| {
            // What the configuration has dropped is not missed.
            let attribute = resource.rules.schema.attribute(name.as_str());
            attribute.is_some_and(|attribute| !attribute.is_secret())
        })
        .cloned()
        .collect();
    match count.refused {
        // What could not be read to its end cannot be measured.
        Some(_) => Vec::new(),
        None => judge(gates, &facts),
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
        ExportTime::Manifest => match &taken.manifest {
            Some(manifest) => (manifest.exported_at, "manifest"),
            None => {
                return Err(ExportError::Time {
                    name: taken.name.clone(),
                    problem: "its manifest should say when it was made".to_owned(),
                });
            }
        },
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
