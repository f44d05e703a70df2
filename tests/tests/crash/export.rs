//! An export of 100,000 rows.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use provisor::ManualClock;
use provisor::model::{OperationState, Timestamp};
use provisor::store::{HistoryFilter, Store};
use provisor_tests::folder::copy;
use provisor_tests::world::{self, Fixture, World, identity};
use tempfile::TempDir;

use crate::victim::{Moment, take_export};

const ROWS: usize = 100_000;

/// Rows of the export; `right` of ten show what was asked for.
fn rows(full_name: &str, right: usize) -> String {
    (0..ROWS)
        .map(|number| {
            let name = if number % 10 < right {
                "Will Turner"
            } else {
                full_name
            };
            format!("user{number:06},{name},,pirates;swords,false,\n")
        })
        .collect()
}

/// A host that knows an export of 100,000 rows and has something of every kind under way; the
/// next export changes most rows, verifies, contradicts and makes drift.
async fn world() -> World {
    let world = Fixture::s()
        .with(
            "settle = \"0s\"",
            "settle = \"0s\"\ngates.changed.action = \"warn\"",
        )
        .open()
        .await;
    world.export(&rows("Before", 1));
    world.reads().await;
    for number in (0..40).chain(200_000..200_010) {
        world.requests(identity(&format!("user{number:06}"))).await;
    }
    for case in world.cases().iter().skip(4) {
        world.completes(case.case.id).await;
    }
    world.minutes(16);
    world.export(&rows("After", 2));
    world
}

/// Everything that can be seen of a host, and a hash of what is too much to show.
async fn everything(folder: &Path, now: Timestamp) -> (String, u64) {
    let host = world::open(folder, &ManualClock::at(now))
        .await
        .expect("the host opens after a kill");
    let rows = host.unexpected("app", 2 * ROWS).expect("rows are there");
    assert!(rows.len() > ROWS / 2);
    let mut hasher = DefaultHasher::new();
    format!("{rows:?}").hash(&mut hasher);
    let history = host.history(&HistoryFilter {
        limit: 100_000,
        ..HistoryFilter::default()
    });
    let operations = host.operations(&provisor::OperationQuery {
        history: true,
        limit: 100_000,
        ..Default::default()
    });
    let seen = format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}",
        host.resource_view("app").expect("known"),
        host.exports("app", 100).expect("listed"),
        operations.expect("listed"),
        history.expect("listed"),
    );
    (seen, hasher.finish())
}

/// Holds that a folder is in the state of the undisturbed one.
async fn reaches(folder: &TempDir, after: &(String, u64), moment: Moment, now: Timestamp) {
    let reached = everything(folder.path(), now).await;
    assert!(
        reached == *after,
        "killed {moment:?}, it does not come to the same end:\n{}",
        difference(after, &reached)
    );
}

/// The first lines in which two states differ.
fn difference(one: &(String, u64), other: &(String, u64)) -> String {
    let lines = one.0.lines().zip(other.0.lines());
    let different: Vec<_> = lines
        .enumerate()
        .filter(|(_, (one, other))| one != other)
        .take(12)
        .map(|(number, (one, other))| format!("{number}: {one}\n{number}: {other}"))
        .collect();
    let rows = if one.1 == other.1 { "same" } else { "other" };
    format!("{rows} rows\n{}", different.join("\n"))
}

#[tokio::test]
async fn a_killed_export_is_taken_whole_or_not_at_all() {
    let world = world().await;
    let now = world.host.now();
    let World { host, folder, .. } = world;
    drop(host);
    let before = everything(folder.path(), now).await;

    let undisturbed = tempfile::tempdir().expect("a folder");
    copy(folder.path(), undisturbed.path());
    let fate = take_export(undisturbed.path(), now, Moment::Never);
    assert!(fate.finished);
    let after = everything(undisturbed.path(), now).await;
    assert_ne!(before, after);
    for state in [
        OperationState::Verified,
        OperationState::Contradicted,
        OperationState::Open,
    ] {
        assert!(
            after.0.contains(&format!("state: {state:?}")),
            "the export should leave operations {state}"
        );
    }

    let times = (1..=4).map(|part| Moment::After(fate.lived * part / 4));
    let logs = [0.1, 0.9].map(|part| Moment::Log((fate.log as f64 * part) as u64));
    let mut as_before = 0;
    for moment in times.chain(logs) {
        let killed = tempfile::tempdir().expect("a folder");
        copy(folder.path(), killed.path());
        take_export(killed.path(), now, moment);
        let left = everything(killed.path(), now).await;
        if left == before {
            as_before += 1;
            // Once is enough: whatever is as before is as before.
            if as_before == 1 {
                assert!(take_export(killed.path(), now, Moment::Never).finished);
                reaches(&killed, &after, moment, now).await;
            }
        } else {
            // The export is taken in one transaction; cases of what it set free are opened after
            // it, by whoever comes next.
            let host = world::open(killed.path(), &ManualClock::at(now)).await;
            let dispatched = host.expect("the host opens").dispatch(None).await;
            dispatched.expect("what is left is opened");
            reaches(&killed, &after, moment, now).await;
        }
        let store = Store::open(&killed.path().join("data/provisor.db"), &Default::default())
            .expect("the store opens");
        let history = store.read(|view| view.verify_history());
        assert!(history.expect("readable").is_ok(), "the history is whole");
    }
    assert!(as_before > 0, "no kill came early enough to be one");
}
