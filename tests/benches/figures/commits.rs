//! Saving accounts: through the store, and with bare SQLite under the same pragmas.

use std::time::{Duration, Instant};

use criterion::Criterion;
use provisor::model::{
    Account, AccountId, AttributeName, Attributes, Delta, Event, EventKind, Operation, OperationId,
    OperationKind, ResourceName, State, Timestamp, Values,
};
use provisor::store::{OpenOptions, Store, StoreError, Work};
use rusqlite::{Connection, params};
use tokio::task::JoinSet;

use crate::ratios::{Ratios, Times};

/// Accounts that are saved at a time, by how many callers.
const SAVED: [(usize, usize); 3] = [(256, 1), (2048, 16), (4096, 256)];

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    for (accounts, callers) in SAVED {
        let mut group = criterion.benchmark_group(format!("commits-of-{callers}-callers"));
        group.sample_size(10);
        let (store, bare) = (Times::default(), Times::default());
        group.bench_function("bare SQLite", |bencher| {
            bencher.iter_custom(|times| {
                let took = (0..times).map(|_| bare_commits(accounts, callers)).sum();
                bare.add(times, took)
            });
        });
        group.bench_function("store", |bencher| {
            bencher.iter_custom(|times| {
                let took = (0..times)
                    .map(|_| store_commits(&runtime, accounts, callers))
                    .sum();
                store.add(times, took)
            });
        });
        group.finish();
        if !ratios.wants(&store) {
            continue;
        }
        let saved = u32::try_from(accounts).unwrap_or(u32::MAX);
        ratios.figure(
            &format!("store, callers at once: {callers}; an account"),
            &store,
            saved,
        );
        ratios.speed(
            &format!("store with {callers} at once, of bare SQLite"),
            5,
            || store_commits(&runtime, accounts, callers),
            || bare_commits(accounts, callers),
            "",
        );
    }
}

/// Each caller saves one account after the other, and waits for each answer.
fn store_commits(runtime: &tokio::runtime::Runtime, accounts: usize, callers: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let store =
        Store::open(&folder.path().join("provisor.db"), &OpenOptions::default()).expect("a store");
    runtime.block_on(async {
        let begun = Instant::now();
        let mut working = JoinSet::new();
        for _ in 0..callers {
            let store = store.clone();
            working.spawn(async move {
                for _ in 0..accounts / callers {
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

fn save(work: &mut Work<'_>) -> Result<(), StoreError> {
    let (mut account, name) = account(work.next_account()?.0, work.next_operation()?.0);
    let kind = |_: &Operation| OperationKind::Create;
    work.save_account(&mut account, &[name], &kind, now(), "iam")
}

/// The same facts by hand, as many in one transaction as there are callers: what a program that
/// knew only this would write, without names, history and its hash chain.
fn bare_commits(accounts: usize, callers: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = Connection::open(folder.path().join("bare.db")).expect("a database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;
             CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                                   body TEXT NOT NULL) STRICT;
             CREATE TABLE operation (id INTEGER PRIMARY KEY,
                                     account INTEGER NOT NULL REFERENCES account (id),
                                     body TEXT NOT NULL) STRICT;
             CREATE INDEX operation_of ON operation (account);
             CREATE TABLE event (id INTEGER PRIMARY KEY,
                                 account INTEGER NOT NULL REFERENCES account (id),
                                 text TEXT NOT NULL) STRICT;",
        )
        .expect("a schema");
    let begun = Instant::now();
    for first in (0..accounts).step_by(callers) {
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .expect("a transaction");
        for id in first as i64..(first + callers).min(accounts) as i64 {
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

/// An account with ten attributes and one operation.
fn account(id: i64, operation: i64) -> (Account, String) {
    let name = format!("login-{id}");
    let resource = ResourceName::new("app").expect("a name");
    let mut account = Account::new(AccountId(id), resource, None, name.clone());
    let attributes: Attributes = (0..10)
        .map(|number| {
            let attribute = AttributeName::new(format!("column-{number}")).expect("a name");
            let values = Values::canonical(vec![format!("{name} a {number}")]);
            (attribute, values)
        })
        .collect();
    account.assumed = State::Present(attributes);
    let operation = OperationId(operation);
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

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}
