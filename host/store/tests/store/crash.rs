//! A real process is killed in the middle of its work, many times. What it said was done is done,
//! and nothing is there in half.
//!
//! The killed process is this test program again, started for `the_process_that_is_killed` with a
//! task in its environment. It tells on its standard output how far it is; when it is killed is
//! decided by how much it has told, at random, so that no clock is involved.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use provisor_model::{AccountId, Event, EventKind, OperationId};
use provisor_store::{HistoryFilter, OpenOptions, Store, StoreError};

use crate::fixture::{at, case, compare, new_account, new_export, operation, payroll, row, save};

const TASK: &str = "PROVISOR_STORE_CRASH_TASK";
const DATABASE: &str = "PROVISOR_STORE_CRASH_DATABASE";
const ROWS: u64 = 100_000;
const KILLS: u64 = 12;
const KILLS_OF_EXPORTS: u64 = 6;

#[test]
fn the_process_that_is_killed() {
    let (Ok(task), Ok(database)) = (std::env::var(TASK), std::env::var(DATABASE)) else {
        return;
    };
    let store = Store::open(Path::new(&database), &OpenOptions::default()).unwrap();
    match task.as_str() {
        "updates" => update_for_ever(&store),
        "rows" => accept_for_ever(&store),
        other => panic!("{other}"),
    }
}

fn tell(what: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    // Whoever listens may have heard enough.
    let _gone = writeln!(out, "{what}").and_then(|()| out.flush());
}

/// Several callers at once, each telling the number of the account when it is acknowledged.
fn update_for_ever(store: &Store) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let id = store.update_blocking(whole_account).unwrap();
                    tell(format!("done {}", id.0));
                }
            });
        }
    });
}

/// An account with an operation, a case and an event: all of them or none.
fn whole_account(work: &mut provisor_store::Work<'_>) -> Result<AccountId, StoreError> {
    let next = work.next_account()?;
    let name = format!("account-{}", next.0);
    let mut account = provisor_model::Account::new(next, payroll(), None, name.clone());
    save(work, &mut account, &[&name])?;
    let case = case(work.next_case()?, next);
    work.save_case(&case)?;
    let mut one = operation(OperationId(next.0), at(0));
    one.case = Some(case.id);
    account.operations.push(one);
    let text = format!("made {name}");
    account
        .events
        .push(Event::new(EventKind::Planned, text).case(case.id));
    save(work, &mut account, &[&name])?;
    Ok(next)
}

/// One export after the other, each with other values in all of its rows.
fn accept_for_ever(store: &Store) {
    loop {
        let newest = store.read(|view| view.exports(&payroll(), 1)).unwrap();
        let next = newest.first().map_or(1, |export| export.id.0 + 1);
        let value = next.to_string();
        let rows: Vec<_> = (0..ROWS)
            .map(|number| row(&format!("key-{number}"), number + 2, &value))
            .collect();
        let compared = store
            .read(|view| compare(view, &rows, "", BTreeSet::new(), false))
            .unwrap();
        tell("rows are compared");
        let id = store
            .update_blocking(|work| {
                let export = new_export(work, ROWS)?;
                tell("row");
                work.accept_rows(&export, compared)?;
                tell("rows are in");
                let event = Event::new(EventKind::Accepted, "").export(export.id);
                work.add_event(at(0), "test", &payroll(), None, event)?;
                Ok::<_, StoreError>(export.id)
            })
            .unwrap();
        tell(format!("done {}", id.0));
    }
}

/// Starts the process, listens to so many lines, kills it; answers everything that it told, also
/// what was on its way when it was killed.
fn run_and_kill(task: &str, database: &Path, lines: u64) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::the_process_that_is_killed",
            "--nocapture",
        ])
        .env(TASK, task)
        .env(DATABASE, database)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut heard = Vec::new();
    while (heard.len() as u64) < lines {
        match told.next() {
            Some(line) => heard.push(line.unwrap()),
            None => panic!("the process ended by itself after {heard:?}"),
        }
    }
    // On Unix this is SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    heard.extend(told.map_while(Result::ok));
    heard
}

fn done(heard: &[String]) -> Vec<i64> {
    let number = |line: &String| line.strip_prefix("done ")?.parse().ok();
    heard.iter().filter_map(number).collect()
}

fn assert_whole(database: &Path) {
    let raw = rusqlite::Connection::open(database).unwrap();
    let check: String = raw
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let broken: i64 = raw
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(broken, 0);
}

/// A number that nobody foresees; a failing run tells it in its message.
fn random_below(limit: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0) % limit
}

#[test]
fn what_was_acknowledged_is_there_and_nothing_in_half() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("provisor.db");
    let mut acknowledged = BTreeSet::new();
    for _ in 0..KILLS {
        let lines = 3 + random_below(400);
        let heard = done(&run_and_kill("updates", &database, lines));
        for id in &heard {
            assert!(acknowledged.insert(*id), "{id} was given twice");
        }
        assert_whole(&database);
        let store = Store::open(&database, &OpenOptions::default()).unwrap();
        store
            .read(|view| {
                for id in acknowledged.iter().copied().map(AccountId) {
                    assert!(view.account(id)?.is_some(), "{id} after {lines} lines");
                }
                // Every account, acknowledged or not, has all that was stored with it.
                let (mut accounts, mut after) = (0, AccountId(0));
                while let Some(account) = next_account(view, after)? {
                    accounts += 1;
                    after = account.id;
                    assert_eq!(account.operations.len(), 1);
                    let case = account.operations[0].case.unwrap();
                    assert!(view.case(case)?.unwrap().accounts().contains(&account.id));
                    let about = HistoryFilter {
                        account: Some(account.id),
                        limit: 9,
                        ..HistoryFilter::default()
                    };
                    assert_eq!(view.history(&about)?.len(), 1);
                }
                let chain = view.verify_history()?;
                assert_eq!(chain.map(|chain| chain.end().0), Ok(accounts));
                assert!(accounts >= acknowledged.len() as u64);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
    assert!(acknowledged.len() as u64 > KILLS);
}

fn next_account(
    view: &provisor_store::View<'_>,
    after: AccountId,
) -> Result<Option<provisor_model::Account>, StoreError> {
    let filter = provisor_store::AccountFilter {
        after: Some(after),
        limit: 1,
        ..Default::default()
    };
    match view.accounts(&filter)?.first() {
        Some(summary) => view.account(summary.id),
        None => Ok(None),
    }
}

#[test]
fn an_export_is_taken_in_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("provisor.db");
    let store = Store::open(&database, &OpenOptions::default()).unwrap();
    store
        .update_blocking(|work| new_account(work, "key-77777"))
        .unwrap();
    drop(store);
    // One pass tells when the rows are compared, when they begin to be taken in, when they are in,
    // and when it is acknowledged. The test program itself tells two lines before.
    let (before, one_pass) = (2, 4);
    let (mut committed, mut interrupted) = (0, 0);
    for kill in 0..KILLS_OF_EXPORTS {
        // While the first pass takes its rows in, or anywhere in the second.
        let lines = match kill % 2 {
            0 => before + 2,
            _ => before + one_pass + random_below(one_pass),
        };
        let heard = run_and_kill("rows", &database, lines);
        let acknowledged = done(&heard).into_iter().max().unwrap_or(committed);
        assert_whole(&database);
        let store = Store::open(&database, &OpenOptions::default()).unwrap();
        let last = store
            .read(|view| view.last_accepted_export(&payroll()))
            .unwrap()
            .map_or(0, |export| export.id.0);
        assert!(
            last == acknowledged || last == acknowledged + 1,
            "{acknowledged} was acknowledged, {last} is there, after {lines} lines"
        );
        interrupted += u64::from(heard.last().is_some_and(|line| line == "row"));
        assert_rows_of(&store, &database, last);
        committed = last;
    }
    assert!(committed > 0, "not one pass came to its end");
    assert!(interrupted > 0, "not one pass was interrupted");
}

fn assert_rows_of(store: &Store, database: &Path, export: i64) {
    let raw = rusqlite::Connection::open(database).unwrap();
    let (rows, from_it): (u64, u64) = raw
        .query_row(
            "SELECT count(*), count(*) FILTER (WHERE observed_row.export = ?1)
               FROM observation JOIN observed_row ON observed_row.id = observation.row",
            [export],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let expected = if export == 0 { 0 } else { ROWS };
    assert_eq!((rows, from_it), (expected, expected));
    store
        .read(|view| {
            assert_eq!(view.observed_count(&payroll())?, expected);
            let chain = view.verify_history()?;
            assert_eq!(chain.map(|chain| chain.end().0), Ok(export.unsigned_abs()));
            let observed = view.account(AccountId(1))?.unwrap().observed;
            assert_eq!(observed.map_or(0, |observed| observed.export.0), export);
            Ok::<_, StoreError>(())
        })
        .unwrap();
}
