//! The first pass: an export is read and compared with what is observed, and nothing is written.
//!
//! The component reads on one thread, the comparison runs on another.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use provisor_model::{AttributeName, ExportFacts, RejectedRow, ResourceName, Timestamp, Values};
use provisor_sandbox::Batch;
use provisor_store::{Compared, Comparison, ObservedRow, Seen, View};
use tokio::sync::mpsc;

use super::reading::{Columns, Pass};
use super::source::Taken;
use crate::components::Bound;
use crate::configuration::Resource;
use crate::{Host, HostError};

/// Rejected rows that are kept with an export.
const REMEMBERED_REJECTIONS: usize = 100;

/// Rejected rows whose identifiers are kept in mind while an export is read. With more, nothing is
/// concluded from the absence of any row.
const REMEMBERED_KEYS: usize = 100_000;

/// Identifiers of which it is told that they stand there twice.
const REMEMBERED_DUPLICATES: usize = 100;

/// Rows that are kept as examples of a kind of change.
const EXAMPLES: usize = 5;

/// Batches that may wait between reading and comparing.
const BATCHES_BETWEEN: usize = 4;

/// What the first pass found.
pub(super) struct Count {
    pub tally: Tally,
    pub covered: Vec<AttributeName>,
    pub absent: Vec<AttributeName>,
    /// What is odd about it.
    pub oddities: Vec<String>,
    /// Why it cannot be used at all.
    pub refused: Option<String>,
    pub declared_rows: Option<u64>,
    pub declared_time: Option<Timestamp>,
}

/// What the comparison found.
#[derive(Default)]
pub(super) struct Tally {
    /// Rows that were observed before.
    pub known: u64,
    pub rows: u64,
    pub rejected: u64,
    pub rejected_rows: Vec<RejectedRow>,
    /// Keys of rejected rows whose identifier could be read.
    pub unreadable: BTreeSet<String>,
    /// Whether there were rejected rows of which not even that is known.
    pub nameless: bool,
    /// Identifiers that stand there more than once, by key, with their lines as far as known.
    pub duplicates: BTreeMap<String, (String, Vec<u64>)>,
    /// Rows with other values, by attribute.
    pub changed: BTreeMap<AttributeName, ChangedValues>,
    /// Some of the rows that are new.
    pub appeared: Vec<ObservedRow>,
    /// `None` if the export did not come to its end.
    pub compared: Option<Compared>,
}

/// What changed in one attribute.
#[derive(Default)]
pub(super) struct ChangedValues {
    pub rows: u64,
    /// Identifier, line, before and after of some of them.
    pub examples: Vec<(String, u64, Values, Values)>,
}

enum Message {
    Rows(Batch),
    End,
}

impl Count {
    fn new() -> Self {
        Self {
            tally: Tally::default(),
            covered: Vec::new(),
            absent: Vec::new(),
            oddities: Vec::new(),
            refused: None,
            declared_rows: None,
            declared_time: None,
        }
    }

    /// What the gates want to know, but for what is only known of the export as a whole.
    pub fn facts(&self) -> ExportFacts {
        let tally = &self.tally;
        let compared = tally.compared.as_ref();
        ExportFacts {
            known: tally.known,
            rows: tally.rows,
            rejected: tally.rejected,
            vanished: compared.map_or(0, |compared| compared.vanished),
            kept: compared.map_or(0, |compared| compared.changed + compared.unchanged),
            changed: tally
                .changed
                .iter()
                .map(|(name, values)| (name.clone(), values.rows))
                .collect(),
            duplicates: tally.duplicates.values().cloned().collect(),
            declared_rows: self.declared_rows,
            ..ExportFacts::default()
        }
    }

    /// The first reason stands.
    pub fn refuse(&mut self, reason: String) {
        self.refused.get_or_insert(reason);
    }
}

impl Host {
    /// Reads everything and changes nothing.
    pub(super) async fn count(
        &self,
        resource: &Resource,
        bound: &Bound,
        taken: &Taken,
    ) -> Result<Count, HostError> {
        let count = self
            .count_without(resource, bound, taken, BTreeSet::new())
            .await?;
        if count.tally.duplicates.is_empty() {
            return Ok(count);
        }
        // The first of two rows passed by unnoticed. Now that it is known which they are, all of
        // them are found, and none of them is used.
        let duplicates = count.tally.duplicates.into_keys().collect();
        self.count_without(resource, bound, taken, duplicates).await
    }

    /// Rows with these keys are rejected.
    async fn count_without(
        &self,
        resource: &Resource,
        bound: &Bound,
        taken: &Taken,
        excluded: BTreeSet<String>,
    ) -> Result<Count, HostError> {
        let mut count = Count::new();
        match self
            .count_rows(resource, bound, taken, excluded, &mut count)
            .await
        {
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
        excluded: BTreeSet<String>,
        count: &mut Count,
    ) -> Result<(), HostError> {
        let (mut pass, columns) = Pass::open(
            self,
            resource,
            bound,
            &taken.name,
            taken.size,
            &taken.digest,
        )
        .await?;
        count.covered.clone_from(&columns.covered);
        count.absent.clone_from(&columns.absent);
        for name in &columns.absent {
            count.oddities.push(format!(
                "it has no column for {name}; nothing is concluded about it"
            ));
        }
        if !columns.ignored.is_empty() {
            count.oddities.push(format!(
                "columns that the schema does not know are ignored: {}",
                columns.ignored.join(", ")
            ));
        }
        let (sender, receiver) = mpsc::channel(BATCHES_BETWEEN);
        let comparing = {
            let (store, name) = (self.inner.store.clone(), resource.name.clone());
            self.blocking(move || {
                store.read(|view| compare(view, &name, &columns, receiver, &excluded))
            })
        };
        let reading = async move {
            while let Some(batch) = pass.next().await? {
                if sender.send(Message::Rows(batch)).await.is_err() {
                    // The comparison has ended with an error, which is the one to tell.
                    return Ok(None);
                }
            }
            let summary = pass.finish().await?;
            let _gone = sender.send(Message::End).await;
            Ok::<_, HostError>(Some(summary))
        };
        let (compared, read) = futures_util::future::join(comparing, reading).await;
        count.tally = compared??;
        let Some(summary) = read? else {
            return Ok(());
        };
        if !summary.complete {
            count.refuse("it is cut off: it does not end as it should".to_owned());
        }
        count.declared_rows = summary.declared_rows;
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
}

fn compare(
    view: &View<'_>,
    resource: &ResourceName,
    columns: &Columns,
    mut receiver: mpsc::Receiver<Message>,
    excluded: &BTreeSet<String>,
) -> Result<Tally, HostError> {
    let mut comparing = Comparing {
        columns,
        excluded,
        comparison: view.compare(resource, &columns.shape)?,
        tally: Tally {
            known: view.observed_count(resource)?,
            ..Tally::default()
        },
        bytes: Vec::new(),
    };
    loop {
        match receiver.blocking_recv() {
            Some(Message::Rows(batch)) => comparing.batch(batch)?,
            Some(Message::End) => return comparing.finish(),
            None => return Ok(comparing.tally),
        }
    }
}

struct Comparing<'a, 'v, 'c> {
    columns: &'a Columns,
    excluded: &'a BTreeSet<String>,
    comparison: Comparison<'v, 'c>,
    tally: Tally,
    /// The cells of one row; kept for its room.
    bytes: Vec<u8>,
}

impl Comparing<'_, '_, '_> {
    fn batch(&mut self, mut batch: Batch) -> Result<(), HostError> {
        let mut rejected = std::mem::take(&mut batch.rejected).into_iter().peekable();
        let columns = self.columns;
        for (row, position) in columns.rows(&batch) {
            self.reject_before(position, &mut rejected)?;
            self.row(row, position)?;
        }
        self.reject_before(u64::MAX, &mut rejected)
    }

    /// In the order of the export, so that its rows and those before stay side by side.
    fn reject_before(
        &mut self,
        position: u64,
        rejected: &mut Peekable<std::vec::IntoIter<provisor_sandbox::RejectedRow>>,
    ) -> Result<(), HostError> {
        while let Some(row) = rejected.next_if(|row| row.position <= position) {
            self.reject(RejectedRow {
                position: row.position,
                identifier: row.identifier,
                message: row.message,
            })?;
        }
        Ok(())
    }

    fn row(&mut self, row: provisor_sandbox::Row<'_>, position: u64) -> Result<(), HostError> {
        self.columns.write_down(row, &mut self.bytes);
        let digest = self.comparison.digest(&self.bytes);
        if self.excluded.is_empty() && self.comparison.knows(digest)? {
            self.tally.rows += 1;
            return Ok(());
        }
        let observed = match self.columns.read(row, position) {
            Ok(observed) => observed,
            Err(message) => {
                let identifier = self.columns.identifier(row);
                return self.reject(RejectedRow {
                    position,
                    identifier: identifier
                        .filter(|identifier| !identifier.is_empty())
                        .map(str::to_owned),
                    message,
                });
            }
        };
        if self.excluded.contains(&observed.key) {
            self.duplicate(&observed, &[position]);
            return self.reject(RejectedRow {
                position,
                identifier: Some(observed.identifier),
                message: "its identifier stands in the export more than once".to_owned(),
            });
        }
        if !self.excluded.is_empty() && self.comparison.knows(digest)? {
            self.tally.rows += 1;
            return Ok(());
        }
        match self.comparison.row(digest, &observed)? {
            Seen::Same => {}
            Seen::Appeared => {
                if self.tally.appeared.len() < EXAMPLES {
                    self.tally.appeared.push(observed);
                }
            }
            Seen::Changed(before) => self.changed(&before, &observed),
            Seen::Duplicate { first } => {
                let lines: Vec<u64> = first.into_iter().chain([position]).collect();
                self.duplicate(&observed, &lines);
                return Ok(());
            }
        }
        self.tally.rows += 1;
        Ok(())
    }

    fn changed(&mut self, before: &ObservedRow, after: &ObservedRow) {
        for name in self.columns.differences(before, after) {
            let values = self.tally.changed.entry(name.clone()).or_default();
            values.rows += 1;
            if values.examples.len() < EXAMPLES {
                values.examples.push((
                    after.identifier.clone(),
                    after.position,
                    before.attributes[name].clone(),
                    after.attributes[name].clone(),
                ));
            }
        }
    }

    fn duplicate(&mut self, row: &ObservedRow, lines: &[u64]) {
        let duplicates = &mut self.tally.duplicates;
        if duplicates.len() < REMEMBERED_DUPLICATES || duplicates.contains_key(&row.key) {
            let (_, known) = duplicates
                .entry(row.key.clone())
                .or_insert_with(|| (row.identifier.clone(), Vec::new()));
            if known.len() < REMEMBERED_DUPLICATES {
                known.extend(lines);
            }
        }
    }

    fn reject(&mut self, row: RejectedRow) -> Result<(), HostError> {
        self.tally.rejected += 1;
        match &row.identifier {
            Some(identifier) if self.tally.unreadable.len() < REMEMBERED_KEYS => {
                let key = self.columns.key(identifier);
                self.comparison.unreadable(&key)?;
                self.tally.unreadable.insert(key);
            }
            _ => self.tally.nameless = true,
        }
        if self.tally.rejected_rows.len() < REMEMBERED_REJECTIONS {
            self.tally.rejected_rows.push(row);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Tally, HostError> {
        let unreadable = self.tally.unreadable.clone();
        let compared = self.comparison.finish(unreadable, self.tally.nameless)?;
        self.tally.compared = Some(compared);
        Ok(self.tally)
    }
}
