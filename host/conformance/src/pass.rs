//! One pass of a reader over a content, and what it gave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use provisor_sandbox::{CallError, Limits, Reading, RejectedRow, Shape, Summary};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::content::Content;
use crate::trial::Trial;
use crate::work::{Conditions, Done, Work};

/// Rows that are asked for at a time, where a trial does not say otherwise.
pub const BATCH: u32 = 100;

/// Batches that a pass takes for each byte of the content before it is given up: a reader that has
/// more rows than bytes makes them up.
const BATCHES_PER_BYTE: u64 = 2;

/// Batches that any pass may take.
const FEWEST_BATCHES: u64 = 20_000;

/// What one pass gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// What the rows look like.
    pub shape: Shape,
    /// The values of each cell of each row; empty where they were only counted.
    pub rows: Vec<Vec<Vec<String>>>,
    /// For each row its line.
    pub positions: Vec<u64>,
    /// Rows that could not be used.
    pub rejected: Vec<RejectedRow>,
    /// What the reader says at the end.
    pub summary: Summary,
}

/// Why a pass gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The call ended in an error.
    Call(CallError),
    /// It went on and on.
    Endless,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Broken::Call(error) => write!(f, "{}: {error}", error.code()),
            Broken::Endless => write!(f, "more batches than the content has bytes"),
        }
    }
}

/// How a content is read.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Rows that are asked for at a time.
    pub batch: u32,
    /// Whether rows are kept; else they are only counted.
    pub keep: bool,
    /// What the component may use.
    pub limits: Limits,
}

impl Default for Manner {
    fn default() -> Self {
        Manner {
            batch: BATCH,
            keep: true,
            limits: Limits::default(),
        }
    }
}

/// What came of a pass.
#[derive(Debug, Clone)]
pub struct Passed {
    /// What it gave, if it came to its end.
    pub outcome: Result<Pass, Broken>,
    /// Whether it met the break of the content.
    pub met_break: bool,
    /// The most memory that it had, in bytes.
    pub peak_memory: usize,
}

impl Pass {
    /// The place of the identifier among the columns.
    pub fn identifier(&self) -> usize {
        let columns = self.shape.columns.iter();
        let mut names = columns.map(|column| &column.name);
        // The sandbox refuses a shape whose identifier is none of its columns.
        names
            .position(|name| *name == self.shape.identifier)
            .unwrap_or(0)
    }

    /// Rows, used and rejected.
    pub fn met(&self) -> u64 {
        self.summary.rows + self.summary.rejected
    }

    /// In a form that can be shown.
    pub fn show(&self) -> Value {
        let columns = self.shape.columns.iter();
        let rejected = self.rejected.iter();
        json!({
            "columns": columns.map(|it| json!([it.name, it.multi_valued])).collect::<Value>(),
            "identifier": self.shape.identifier,
            "absent": self.shape.absent,
            "rows": self.rows,
            "positions": self.positions,
            "rejected": rejected
                .map(|row| json!([row.position, row.identifier, row.message]))
                .collect::<Value>(),
            "summary": {
                "rows": self.summary.rows,
                "rejected": self.summary.rejected,
                "complete": self.summary.complete,
                "declared-rows": self.summary.declared_rows,
                "exported-at": self.summary.exported_at,
            },
        })
    }
}

impl Trial {
    /// Lets a fresh instance read a content, and keeps that as evidence.
    pub async fn read(&mut self, content: &Content, manner: &Manner) -> Passed {
        let begun = Instant::now();
        let met = Arc::new(AtomicBool::new(false));
        let bench = Arc::clone(&self.bench);
        let conditions = Conditions {
            limits: manner.limits.clone(),
            ..Conditions::default()
        };
        let mut done = Done {
            answer: Ok(Value::Null),
            log: Vec::new(),
            report: provisor_sandbox::CallReport::default(),
            refused: Vec::new(),
            time: std::time::Duration::ZERO,
        };
        let outcome = match open(&bench, &conditions, content, &met).await {
            Err(error) => Err(Broken::Call(error)),
            Ok(mut reading) => {
                let read = take(&mut reading, content, manner).await;
                let outcome = match read {
                    Err(broken) => Err(broken),
                    Ok(mut pass) => match reading.finish().await {
                        Ok(summary) => {
                            pass.summary = summary;
                            Ok(pass)
                        }
                        Err(error) => Err(Broken::Call(error)),
                    },
                };
                done.report = reading.report();
                outcome
            }
        };
        done.time = begun.elapsed();
        done.answer = match &outcome {
            Ok(pass) => Ok(pass.show()),
            Err(Broken::Call(error)) => Err(error.clone()),
            Err(broken) => Ok(Value::String(broken.to_string())),
        };
        let peak_memory = done.report.peak_memory;
        self.saw(&Work::Read(content.beginning().into_bytes()), &done);
        Passed {
            outcome,
            met_break: met.load(Ordering::Relaxed),
            peak_memory,
        }
    }
}

async fn open(
    bench: &Bench,
    conditions: &Conditions,
    content: &Content,
    met: &Arc<AtomicBool>,
) -> Result<Reading, CallError> {
    let call = bench.call(conditions);
    let input = content.input(Arc::clone(met));
    bench.component.reader()?.open(&call, input).await
}

/// Everything but the summary, which is made up of what was counted until then.
async fn take(reading: &mut Reading, content: &Content, manner: &Manner) -> Result<Pass, Broken> {
    let shape = reading.shape().clone();
    let columns = shape.columns.len();
    let mut pass = Pass {
        shape,
        rows: Vec::new(),
        positions: Vec::new(),
        rejected: Vec::new(),
        summary: Summary {
            rows: 0,
            rejected: 0,
            complete: false,
            declared_rows: None,
            exported_at: None,
        },
    };
    let most = FEWEST_BATCHES.max(content.size().saturating_mul(BATCHES_PER_BYTE));
    for _ in 0..most {
        let Some(batch) = reading.next(manner.batch).await.map_err(Broken::Call)? else {
            return Ok(pass);
        };
        pass.summary.rows += batch.positions.len() as u64;
        pass.summary.rejected += batch.rejected.len() as u64;
        if manner.keep {
            let cells = |row: provisor_sandbox::Row<'_>| -> Vec<Vec<String>> {
                let values =
                    |cell: provisor_sandbox::Cell<'_>| cell.values().map(str::to_owned).collect();
                row.cells().map(values).collect()
            };
            pass.rows.extend(batch.rows.rows(columns).map(cells));
            pass.positions.extend(batch.positions);
            pass.rejected.extend(batch.rejected);
        }
    }
    Err(Broken::Endless)
}
