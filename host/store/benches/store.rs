//! What the store costs, side by side with bare SQLite under the same pragmas. The ratios are
//! printed at the end.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use provisor_model::{
    Account, AttributeName, Attributes, Delta, Digest, Event, EventKind, Export, ExportState,
    Operation, OperationKind, ResourceName, State, Timestamp, Values,
};
use provisor_store::{ObservedRow, OpenOptions, Store, StoreError, Work};
use rusqlite::{Connection, params};
use tokio::task::JoinSet;

const COMMITS: usize = 4096;
const CALLERS: [usize; 3] = [1, 16, 256];
const ROWS: u64 = 100_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    let mut ratios = Vec::new();
    commits(&runtime, &mut ratios);
    exports(&mut ratios);
    println!();
    for ratio in ratios {
        println!("{ratio}");
    }
}

fn commits(runtime: &tokio::runtime::Runtime, ratios: &mut Vec<String>) {
    for callers in CALLERS {
        // One caller waits for the disk each time; fewer of its commits are enough to tell.
        let commits = if callers == 1 { COMMITS / 8 } else { COMMITS };
        let bare = per_second(commits, || bare_commits(commits, callers));
        let store = per_second(commits, || store_commits(runtime, commits, callers));
        println!("bare SQLite, {callers:>3} rows a commit        {bare:>12.0} accounts/s");
        println!("store,       {callers:>3} callers at once      {store:>12.0} accounts/s");
        ratios.push(format!(
            "store with {callers} callers, of bare SQLite committing {callers} at once: {:.2}",
            store / bare
        ));
    }
}

fn exports(ratios: &mut Vec<String>) {
    let folder = folder();
    let store = open(folder.path());
    let mut first = Duration::ZERO;
    for (name, value) in [
        ("first time", "a"),
        ("unchanged", "a"),
        ("all changed", "b"),
    ] {
        let begun = Instant::now();
        store
            .update_blocking(|work| accept(work, value))
            .expect("an export");
        let took = begun.elapsed();
        println!(
            "{ROWS} rows, {name:<12}                {:>12.0} ms",
            took.as_secs_f64() * 1e3
        );
        match first {
            Duration::ZERO => first = took,
            _ => ratios.push(format!(
                "{ROWS} rows {name}, of the first time: {:.2}",
                took.as_secs_f64() / first.as_secs_f64()
            )),
        }
    }
}

fn per_second(commits: usize, run: impl Fn() -> Duration) -> f64 {
    // The best of three: what else the machine did is not what is measured.
    let best = (0..3).map(|_| run()).min().unwrap_or_default();
    commits as f64 / best.as_secs_f64()
}

/// Each caller saves one account after the other, and waits for each answer.
fn store_commits(runtime: &tokio::runtime::Runtime, commits: usize, callers: usize) -> Duration {
    let folder = folder();
    let store = open(folder.path());
    runtime.block_on(async {
        let begun = Instant::now();
        let mut working = JoinSet::new();
        for _ in 0..callers {
            let store = store.clone();
            working.spawn(async move {
                for _ in 0..commits / callers {
                    store.update(save).await.expect("an account");
                }
            });
        }
        while let Some(done) = working.join_next().await {
            done.expect("a caller");
        }
        begun.elapsed()
    })
}

/// The same rows by hand: what a program that knew only this would write.
fn bare_commits(commits: usize, group: usize) -> Duration {
    let folder = folder();
    let connection = Connection::open(folder.path().join("bare.db")).expect("a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;
             CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
             CREATE TABLE operation (id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account (id), body TEXT NOT NULL) STRICT;
             CREATE INDEX operation_of ON operation (account);
             CREATE TABLE event (id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account (id), text TEXT NOT NULL) STRICT;",
        )
        .expect("a schema");
    let begun = Instant::now();
    for first in (0..commits).step_by(group) {
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .expect("a transaction");
        for id in first as i64..(first + group).min(commits) as i64 {
            let (account, name) = account(id + 1, id + 1);
            let body = serde_json::to_string(&account).expect("a body");
            let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
                connection
                    .prepare_cached(sql)
                    .and_then(|mut statement| statement.execute(values))
                    .expect("a row");
            };
            run(
                "INSERT INTO account VALUES (?1, ?2, ?3)",
                params![id, name, body],
            );
            let body = serde_json::to_string(&account.operations[0]).expect("a body");
            run(
                "INSERT INTO operation VALUES (?1, ?1, ?2)",
                params![id, body],
            );
            run(
                "INSERT INTO event VALUES (?1, ?1, ?2)",
                params![id, account.events[0].text],
            );
        }
        connection.execute_batch("COMMIT").expect("a commit");
    }
    begun.elapsed()
}

fn save(work: &mut Work<'_>) -> Result<(), StoreError> {
    let (mut account, name) = account(work.next_account()?.0, work.next_operation()?.0);
    let kind = |_: &Operation| OperationKind::Create;
    work.save_account(&mut account, &[name], &kind, now(), "iam")
}

fn accept(work: &mut Work<'_>, value: &str) -> Result<(), StoreError> {
    let export = Export {
        id: work.next_export()?,
        resource: resource(),
        digest: Digest::from_bytes([1; 32]),
        name: "payroll.csv".to_owned(),
        size: 1,
        exported_at: now(),
        exported_at_from: "read".to_owned(),
        read_at: now(),
        state: ExportState::Accepted,
        rows: ROWS,
        rejected: 0,
        rejected_rows: Vec::new(),
        covered: Vec::new(),
        absent: Vec::new(),
        remarks: Vec::new(),
        reader: Digest::from_bytes([2; 32]),
    };
    work.save_export(&export)?;
    let mut rows = (0..ROWS).map(|number| {
        let login = format!("login-{number}");
        let attributes = attributes(&login, value);
        Ok::<_, StoreError>(ObservedRow::new(
            login.clone(),
            login,
            number + 2,
            attributes,
        ))
    });
    work.accept_rows(&export, &mut rows, &BTreeSet::new(), false)?;
    Ok(())
}

fn account(id: i64, operation: i64) -> (Account, String) {
    let name = format!("login-{id}");
    let id = provisor_model::AccountId(id);
    let operation = provisor_model::OperationId(operation);
    let mut account = Account::new(id, resource(), None, name.clone());
    account.assumed = State::Present(attributes(&name, "a"));
    account.operations.push(Operation::new(
        operation,
        Delta::Delete,
        State::Absent,
        now(),
    ));
    account
        .events
        .push(Event::new(EventKind::Planned, "planned").operation(operation));
    (account, name)
}

/// Ten columns, as a payroll export may have them.
fn attributes(login: &str, value: &str) -> Attributes {
    let mut attributes = Attributes::new();
    for number in 0..10 {
        let name = AttributeName::new(format!("column-{number}")).expect("a name");
        let values = Values::canonical(vec![format!("{login} {value} {number}")]);
        attributes.insert(name, values);
    }
    attributes
}

fn resource() -> ResourceName {
    ResourceName::new("payroll").expect("a name")
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn open(folder: &Path) -> Store {
    Store::open(&folder.join("provisor.db"), &OpenOptions::default()).expect("a store")
}
