//! One piece of work that a component does at its author's desk.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use provisor::configuration::settings_schema;
use provisor_sandbox::{
    Accounts, Call, CallError, CallReport, Component, Condition, Decision, Draft, Finding, Found,
    Input, LogLine, RejectedRow, Shape, Summary, Table, Ticket, Traits,
};
use serde_json::Value;

use crate::error::KitError;

/// Rows that are asked of a reader at once, as a host does.
const ROWS: u32 = 4096;

/// What is asked of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Accounts for these identities.
    Map(Table),
    /// Decisions about these proposals.
    Decide(Table),
    /// All of an export; so many rows of it are kept to be shown.
    Read {
        /// The export.
        file: PathBuf,
        /// How many rows are kept.
        kept: usize,
    },
    /// How the system behaves, and whether it can be reached.
    Check,
    /// A ticket; afterwards it is looked for, and looked at, as a host does.
    Create(Draft),
    /// The tickets with a correlation id.
    Find(String),
    /// How tickets stand.
    Status(Vec<String>),
}

/// What a component answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To [`Task::Map`].
    Accounts(Accounts),
    /// To [`Task::Decide`].
    Decisions(Vec<Decision>),
    /// To [`Task::Read`].
    Export(Export),
    /// To [`Task::Check`].
    Checked(Traits, Vec<Finding>),
    /// To [`Task::Create`]: the ticket, what was found with its id, and how it stands.
    Created(Ticket, Vec<Found>, Vec<Condition>),
    /// To [`Task::Find`].
    Found(Vec<Found>),
    /// To [`Task::Status`].
    Conditions(Vec<Condition>),
}

/// What came of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// What the rows look like.
    pub shape: Shape,
    /// The first rows with their lines; the values of each cell.
    pub rows: Vec<(u64, Vec<Vec<String>>)>,
    /// The first rows that were rejected.
    pub rejected: Vec<RejectedRow>,
    /// What was known at the end.
    pub summary: Summary,
}

/// How an attempt went.
#[derive(Debug)]
pub struct Attempt {
    /// What the component answered, or what happened instead.
    pub answer: Result<Answer, CallError>,
    /// The last lines that it wrote.
    pub log: Vec<LogLine>,
    /// What it wanted and did not get, by name.
    pub refused: Vec<String>,
    /// What it used.
    pub report: CallReport,
    /// Time by the clock.
    pub elapsed: Duration,
}

/// Has a component do one piece of work, in a fresh instance.
///
/// # Errors
/// `project-io` when the export cannot be read. What goes wrong in the component is in the attempt.
pub async fn attempt(component: &Component, call: &Call, task: &Task) -> Result<Attempt, KitError> {
    let begin = Instant::now();
    // Each world has a run of its own with the same four questions.
    macro_rules! done {
        ($started:expr, |$run:ident| $work:expr) => {
            match $started {
                Ok(mut $run) => {
                    let answer = $work;
                    Attempt {
                        log: match &answer {
                            Ok(_) => $run.log(),
                            Err(error) => error.log.to_vec(),
                        },
                        answer,
                        refused: $run.refused().to_vec(),
                        report: $run.report(),
                        elapsed: begin.elapsed(),
                    }
                }
                Err(error) => failed(error, begin),
            }
        };
    }
    Ok(match task {
        Task::Map(identities) => match component.mapping() {
            Ok(mapping) => done!(mapping.start(call).await, |run| {
                run.evaluate(identities).await.map(Answer::Accounts)
            }),
            Err(wrong) => failed(wrong.into(), begin),
        },
        Task::Decide(proposals) => match component.policy() {
            Ok(policy) => done!(policy.start(call).await, |run| {
                run.decide(proposals).await.map(Answer::Decisions)
            }),
            Err(wrong) => failed(wrong.into(), begin),
        },
        Task::Read { file, kept } => match component.reader() {
            Ok(reader) => {
                let input = input(file)?;
                done!(reader.open(call, input).await, |reading| {
                    read(&mut reading, *kept).await.map(Answer::Export)
                })
            }
            Err(wrong) => failed(wrong.into(), begin),
        },
        Task::Check | Task::Create(_) | Task::Find(_) | Task::Status(_) => {
            match component.ticketing() {
                Ok(ticketing) => done!(ticketing.start(call).await, |run| {
                    ask(&mut run, task).await
                }),
                Err(wrong) => failed(wrong.into(), begin),
            }
        }
    })
}

/// What a host would say against the settings when it loads them: first by the schema, then the
/// component itself. A JSON pointer and a message each.
///
/// # Errors
/// When the component breaks down, and what its own schema lacks.
pub async fn problems(
    component: &Component,
    call: &Call,
) -> Result<Vec<(String, String)>, ProblemsError> {
    let settings: Value = serde_json::from_str(&call.settings)
        .map_err(|error| ProblemsError::Settings(error.to_string()))?;
    let schema = &component.about().settings_schema;
    let problems = settings_schema::validate(schema, &settings)
        .map_err(|error| ProblemsError::Schema(error.to_string()))?;
    if !problems.is_empty() {
        return Ok(problems);
    }
    let said = component
        .check_settings(call)
        .await
        .map_err(ProblemsError::Call)?;
    Ok(said.into_iter().map(|it| (it.path, it.message)).collect())
}

/// Why it cannot be said whether settings are good.
#[derive(Debug, thiserror::Error)]
pub enum ProblemsError {
    /// They are no JSON.
    #[error("the settings are no JSON: {0}")]
    Settings(String),
    /// The component's own schema judges nothing.
    #[error("{0}")]
    Schema(String),
    /// The component broke down.
    #[error(transparent)]
    Call(CallError),
}

fn failed(error: CallError, begin: Instant) -> Attempt {
    Attempt {
        log: error.log.to_vec(),
        answer: Err(error),
        refused: Vec::new(),
        report: CallReport::default(),
        elapsed: begin.elapsed(),
    }
}

fn input(file: &Path) -> Result<Input, KitError> {
    let opened = std::fs::File::open(file).map_err(KitError::file(file))?;
    let size = opened.metadata().map_err(KitError::file(file))?.len();
    let name = file.file_name().unwrap_or_default();
    Ok(Input {
        name: name.to_string_lossy().into_owned(),
        size,
        content: Box::new(opened),
    })
}

async fn read(reading: &mut provisor_sandbox::Reading, kept: usize) -> Result<Export, CallError> {
    let shape = reading.shape().clone();
    let columns = shape.columns.len();
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    while let Some(batch) = reading.next(ROWS).await? {
        let room = kept.saturating_sub(rows.len());
        let values = |row: provisor_sandbox::Row<'_>| {
            row.cells()
                .map(|cell| cell.values().map(str::to_owned).collect())
                .collect()
        };
        let page = batch.rows.rows(columns).map(values);
        rows.extend(batch.positions.iter().copied().zip(page).take(room));
        let room = kept.saturating_sub(rejected.len());
        rejected.extend(batch.rejected.into_iter().take(room));
    }
    Ok(Export {
        shape,
        rows,
        rejected,
        summary: reading.finish().await?,
    })
}

async fn ask(run: &mut provisor_sandbox::TicketingRun, task: &Task) -> Result<Answer, CallError> {
    Ok(match task {
        Task::Create(draft) => {
            let ticket = run.create(draft).await?;
            let found = run.find(&draft.correlation_id).await?;
            let conditions = run.status(std::slice::from_ref(&ticket.reference)).await?;
            Answer::Created(ticket, found, conditions)
        }
        Task::Find(id) => Answer::Found(run.find(id).await?),
        Task::Status(references) => Answer::Conditions(run.status(references).await?),
        _ => Answer::Checked(run.behaviour().await?, run.check_connection().await?),
    })
}
