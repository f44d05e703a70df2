//! The one thread that writes, and commits in groups.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::StoreError;
use crate::fault;
use crate::place::{Place, here};
use crate::work::Work;

/// Transactions that may wait; whoever comes then waits in turn.
const QUEUE: usize = 1024;

/// Transactions that are committed together. A sync of the disk costs as much as some hundred of
/// them, so that more in a group gains little and only makes the first one wait.
const GROUP: usize = 256;

/// A group that has worked so long takes no more in: its first member waits for its answer.
const LONGEST: Duration = Duration::from_millis(20);

/// Runs in the group's transaction, or is told why there is none. What it returns is called once it
/// is known whether the group was committed.
type Job = Box<dyn FnOnce(Result<&Connection, &StoreError>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;

pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub fn start(connection: Connection, database: Arc<Path>) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("provisor-store".to_owned())
            .spawn(move || {
                let _place = Place::enter(database);
                write(&connection, queue);
            })
            .map_err(|error| StoreError::Open {
                path: "writing thread".to_owned(),
                problem: error.to_string(),
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub async fn run<R, E>(
        &self,
        act: impl FnOnce(&mut Work<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answered) = job(act);
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    pub fn run_blocking<R, E>(
        &self,
        act: impl FnOnce(&mut Work<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answered) = job(act);
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.blocking_send(job).map_err(|_| StoreError::Closed)?;
        answered.blocking_recv().map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    /// Waits until everything that was handed in is committed.
    fn drop(&mut self) {
        drop(self.jobs.take());
        // The last handle may have been inside a transaction's closure: nobody waits for itself.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _panicked = thread.join();
        }
    }
}

fn job<R, E>(
    act: impl FnOnce(&mut Work<'_>) -> Result<R, E> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<R, E>>)
where
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        let result = match connection {
            Ok(connection) => in_savepoint(connection, act),
            Err(error) => Err(error.clone().into()),
        };
        Box::new(move |committed| {
            let result = match (result, committed) {
                (Ok(_), Err(error)) => Err(error.clone().into()),
                (result, _) => result,
            };
            // Whoever asked may be gone; the transaction stands all the same.
            let _gone = answer.send(result);
        })
    });
    (job, answered)
}

fn write(connection: &Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let begun = Instant::now();
        let begin = connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(StoreError::from);
        fault::point("store.begun");
        let mut answers = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            answers.push(job(begin.as_ref().map(|()| connection)));
            let lost = begin.is_ok() && connection.is_autocommit();
            let more = !lost && answers.len() < GROUP && begun.elapsed() < LONGEST;
            // Where another process holds the database, those that waited too are told so now;
            // one after the other they would wait for ever longer.
            next = match more || (begin.is_err() && answers.len() < GROUP) {
                true => queue.try_recv().ok(),
                false => None,
            };
        }
        fault::point("store.before-commit");
        let committed = begin.and_then(|()| commit(connection));
        fault::point("store.after-commit");
        for answer in answers {
            answer(committed.as_ref().copied());
        }
    }
}

fn commit(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_autocommit() {
        return Err(StoreError::Aborted { path: here() });
    }
    let committed = connection.execute_batch("COMMIT");
    if committed.is_err() && !connection.is_autocommit() {
        // What cannot be committed must not stay open for the next group.
        let _already_rolled_back = connection.execute_batch("ROLLBACK");
    }
    Ok(committed?)
}

fn in_savepoint<R, E>(
    connection: &Connection,
    act: impl FnOnce(&mut Work<'_>) -> Result<R, E>,
) -> Result<R, E>
where
    E: From<StoreError>,
{
    connection
        .execute_batch("SAVEPOINT job")
        .map_err(StoreError::from)?;
    let result = catch_unwind(AssertUnwindSafe(|| act(&mut Work::new(connection))))
        .unwrap_or_else(|_panic| Err(StoreError::Panicked.into()));
    if connection.is_autocommit() {
        // SQLite gave the group up, and the savepoint with it.
        return result.and(Err(StoreError::Aborted { path: here() }.into()));
    }
    let end = match result.is_ok() {
        true => "RELEASE job",
        false => "ROLLBACK TO job; RELEASE job",
    };
    if let Err(error) = connection.execute_batch(end) {
        // Half a job must not be committed with its neighbours.
        let _already_rolled_back = connection.execute_batch("ROLLBACK");
        return result.and(Err(StoreError::from(error).into()));
    }
    result
}
