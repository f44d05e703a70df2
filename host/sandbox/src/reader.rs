//! The world `reader`, with the host's own types.

use wasmtime::component::ResourceAny;

use crate::bindings::reader::Reader as Instance;
use crate::bindings::reader::exports::provisor::connector::reading as guest;
use crate::call::{Call, CallReport, Input};
use crate::component::{Component, Linked};
use crate::error::{CallError, WrongWorld};
use crate::inspection::World;
use crate::limits::EMPTY_BATCHES;
use crate::log::LogLine;
use crate::page::Page;
use crate::run::{Run, Wrong, clip, from_guest};

/// A component of the world `reader`.
#[derive(Clone)]
pub struct Reader(pub(crate) Component);

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name of the attribute.
    pub name: String,
    /// Whether a cell may hold more than one value.
    pub multi_valued: bool,
}

/// What the rows look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The columns.
    pub columns: Vec<Column>,
    /// Which of them identifies a row.
    pub identifier: String,
    /// Attributes that the export should have and has not.
    pub absent: Vec<String>,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its line.
    pub position: u64,
    /// Its identifier, if that could be read.
    pub identifier: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// Some rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The rows, with the columns of the shape.
    pub rows: Page,
    /// For each row its line.
    pub positions: Vec<u64>,
    /// Rows that could not be used.
    pub rejected: Vec<RejectedRow>,
}

/// What is known at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Usable rows.
    pub rows: u64,
    /// Rejected rows.
    pub rejected: u64,
    /// Whether the input ended where it should.
    pub complete: bool,
    /// How many rows the export says it has.
    pub declared_rows: Option<u64>,
    /// When the export says it was made.
    pub exported_at: Option<String>,
}

/// A pass over an input.
pub struct Reading {
    run: Run,
    instance: Instance,
    cursor: ResourceAny,
    shape: Shape,
    rows: u64,
    rejected: u64,
    empty: u32,
    ended: bool,
}

impl Reader {
    /// Opens an input.
    pub async fn open(&self, call: &Call, input: Input) -> Result<Reading, CallError> {
        const FUNCTION: &str = "open";
        let Linked::Reader(pre) = &self.0.inner.linked else {
            return Err(WrongWorld {
                is: self.0.world(),
                wanted: World::Reader,
            }
            .into());
        };
        let mut run = self.0.run(call, Some(input))?;
        let (instance, opened) = run
            .call(FUNCTION, async |store| {
                let instance = pre.instantiate_async(&mut *store).await?;
                let cursors = instance.provisor_connector_reading().cursor();
                let opened = match cursors.call_open(&mut *store).await? {
                    Ok(cursor) => Ok((cursor, cursors.call_shape(&mut *store, cursor).await?)),
                    Err(failure) => Err(failure),
                };
                Ok((instance, opened))
            })
            .await?;
        let (cursor, shape) = match opened {
            Ok(opened) => opened,
            Err(failure) => return Err(run.failure(FUNCTION, failure)),
        };
        let shape = Shape {
            columns: shape
                .columns
                .into_iter()
                .map(|column| Column {
                    name: column.name,
                    multi_valued: column.multi_valued,
                })
                .collect(),
            identifier: shape.identifier,
            absent: shape.absent,
        };
        let names: std::collections::BTreeSet<&str> = shape
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        if names.len() != shape.columns.len() || !names.contains(shape.identifier.as_str()) {
            let rule =
                "its columns must have different names, and the identifier must be one of them";
            return Err(run.wrong("shape", rule.to_owned().into()));
        }
        Ok(Reading {
            run,
            instance,
            cursor,
            shape,
            rows: 0,
            rejected: 0,
            empty: 0,
            ended: false,
        })
    }
}

impl Reading {
    /// What the rows look like.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The next rows, at most so many; `None` at the end.
    pub async fn next(&mut self, max_rows: u32) -> Result<Option<Batch>, CallError> {
        const FUNCTION: &str = "next";
        if self.ended {
            return Ok(None);
        }
        let (instance, cursor) = (&self.instance, self.cursor);
        let answer = self
            .run
            .call(FUNCTION, async |store| {
                instance
                    .provisor_connector_reading()
                    .cursor()
                    .call_next(&mut *store, cursor, max_rows)
                    .await
            })
            .await?;
        let batch = match answer {
            Ok(Some(batch)) => batch,
            Ok(None) => {
                self.ended = true;
                return Ok(None);
            }
            Err(failure) => return Err(self.run.failure(FUNCTION, failure)),
        };
        let batch = match self.check(batch, max_rows) {
            Ok(batch) => batch,
            Err(wrong) => return Err(self.run.wrong(FUNCTION, wrong)),
        };
        self.rows += batch.positions.len() as u64;
        self.rejected += batch.rejected.len() as u64;
        if batch.positions.is_empty() && batch.rejected.is_empty() {
            self.empty += 1;
            if self.empty > EMPTY_BATCHES {
                let rule = format!("more than {EMPTY_BATCHES} batches without row");
                return Err(self.run.wrong(FUNCTION, rule.into()));
            }
        } else {
            self.empty = 0;
        }
        Ok(Some(batch))
    }

    /// What is known at the end, after `next` has answered `None`.
    pub async fn finish(&mut self) -> Result<Summary, CallError> {
        const FUNCTION: &str = "summary";
        let (instance, cursor) = (&self.instance, self.cursor);
        let answer = self
            .run
            .call(FUNCTION, async |store| {
                instance
                    .provisor_connector_reading()
                    .cursor()
                    .call_summary(&mut *store, cursor)
                    .await
            })
            .await?;
        let summary = match answer {
            Ok(summary) => summary,
            Err(failure) => return Err(self.run.failure(FUNCTION, failure)),
        };
        if (summary.rows, summary.rejected) != (self.rows, self.rejected) {
            let rule = format!(
                "it counts {} rows and {} rejected, and gave {} and {}",
                summary.rows, summary.rejected, self.rows, self.rejected
            );
            return Err(self.run.wrong(FUNCTION, rule.into()));
        }
        Ok(Summary {
            rows: summary.rows,
            rejected: summary.rejected,
            complete: summary.complete,
            declared_rows: summary.declared_rows,
            exported_at: summary.exported_at,
        })
    }

    /// What the run has used so far.
    pub fn report(&self) -> CallReport {
        self.run.report()
    }

    /// The last lines that the component wrote; after an error they are in the error.
    pub fn log(&self) -> Vec<LogLine> {
        self.run.log()
    }

    /// What the component was refused so far, by name.
    pub fn refused(&self) -> &[String] {
        self.run.refused()
    }

    fn check(&self, batch: guest::Batch, max_rows: u32) -> Result<Batch, Wrong> {
        let columns = self.shape.columns.len();
        let page = from_guest(batch.rows, columns)?;
        let rows = page.row_count(columns);
        if rows != batch.positions.len() {
            return Err(format!("{} positions for {rows} rows", batch.positions.len()).into());
        }
        if rows > max_rows as usize {
            return Err(format!("{rows} rows where {max_rows} were asked for").into());
        }
        Ok(Batch {
            rows: page,
            positions: batch.positions,
            rejected: batch
                .rejected
                .into_iter()
                .map(|row| RejectedRow {
                    position: row.position,
                    identifier: row.identifier.map(clip),
                    message: clip(row.message),
                })
                .collect(),
        })
    }
}
