//! One writer that commits in groups, and many readers.

use std::sync::mpsc;

use provisor_model::Event;
use provisor_model::EventKind;
use provisor_store::{StoreError, View};

use crate::fixture::{at, fixture, new_account, payroll};

#[derive(Debug)]
enum Failure {
    OnPurpose,
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

fn named(view: &View<'_>, name: &str) -> bool {
    view.account_named(&payroll(), name).unwrap().is_some()
}

/// Holds the writer until all of a group wait, so that they are surely committed together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_and_a_panic_in_a_group_undo_only_themselves() {
    let fixture = fixture();
    let store = &fixture.store;
    let (open, gate) = mpsc::channel::<()>();
    let gate = store.update(move |work| {
        gate.recv().unwrap();
        new_account(work, "gate").map_err(Failure::from)
    });
    let good = |name: &'static str| {
        store.update(move |work| new_account(work, name).map_err(Failure::from))
    };
    let bad = store.update(|work| {
        new_account(work, "bad")?;
        Err::<(), _>(Failure::OnPurpose)
    });
    let panicking = store.update(|work| {
        new_account(work, "panicking")?;
        if named(work, "panicking") {
            panic!("on purpose");
        }
        Ok::<_, Failure>(())
    });
    let opening = async {
        // The futures before this one in the join have handed in their transactions.
        open.send(()).unwrap();
    };
    let (gate, first, bad, panicking, last, ()) =
        tokio::join!(biased; gate, good("first"), bad, panicking, good("last"), opening);
    gate.unwrap();
    first.unwrap();
    last.unwrap();
    assert!(matches!(bad, Err(Failure::OnPurpose)));
    assert!(matches!(
        panicking,
        Err(Failure::Store(StoreError::Panicked))
    ));
    store
        .read(|view| {
            assert!(named(view, "gate") && named(view, "first") && named(view, "last"));
            assert!(!named(view, "bad") && !named(view, "panicking"));
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn readers_see_only_what_is_committed_and_one_moment_of_it() {
    let fixture = fixture();
    let store = fixture.store.clone();
    store
        .read(|view| {
            assert!(!named(view, "ann"));
            // Meanwhile somebody commits.
            fixture.account("ann");
            assert!(!named(view, "ann"), "the snapshot stays as it was");
            Ok::<_, StoreError>(())
        })
        .unwrap();
    fixture.act({
        let store = store.clone();
        move |work| {
            new_account(work, "bea")?;
            assert!(named(work, "bea"), "a transaction sees what it wrote");
            store.read(|view| {
                assert!(named(view, "ann"));
                assert!(!named(view, "bea"), "and nobody else does");
                Ok(())
            })
        }
    });
}

/// Each account is saved with its event, so a reader that saw one without the other would have seen
/// a transaction in half.
#[test]
fn many_readers_beside_a_writer_each_see_whole_transactions() {
    let fixture = fixture();
    const ACCOUNTS: u64 = 200;
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut seen = 0;
                while seen < ACCOUNTS {
                    let (accounts, events) = fixture
                        .store
                        .read(|view| {
                            let filter = provisor_store::AccountFilter {
                                limit: usize::MAX,
                                ..Default::default()
                            };
                            let accounts = view.accounts(&filter)?.len() as u64;
                            let chain = view.verify_history()?;
                            Ok::<_, StoreError>((accounts, chain.map(|chain| chain.end().0)))
                        })
                        .unwrap();
                    assert_eq!(events, Ok(accounts));
                    assert!(accounts >= seen, "time does not go backwards");
                    seen = accounts;
                }
            });
        }
        for number in 0..ACCOUNTS {
            fixture.act(move |work| {
                let id = new_account(work, &format!("a{number}"))?;
                let event = Event::new(EventKind::Requested, "");
                work.add_event(at(0), "test", &payroll(), Some(id), event)
            });
        }
    });
}

#[test]
fn a_panicking_reader_leaves_the_store_usable() {
    let fixture = fixture();
    let store = fixture.store.clone();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.read::<(), StoreError>(|_| panic!("on purpose"))
    }));
    assert!(panicked.is_err());
    fixture.account("ann");
    assert!(
        store
            .read(|view| Ok::<_, StoreError>(named(view, "ann")))
            .unwrap()
    );
}

#[test]
fn numbers_rise_and_never_come_again() {
    let fixture = fixture();
    let first = fixture.act(|work| work.next_operation());
    let second = fixture.act(|work| work.next_operation());
    assert!(second > first);
    fixture.raw().execute("DELETE FROM operation", []).unwrap();
    assert!(fixture.act(|work| work.next_operation()) > second);
    // Each noun counts for itself.
    assert_eq!(fixture.act(|work| work.next_case()).0, 1);
}

#[test]
fn what_was_handed_in_is_committed_when_the_last_handle_goes() {
    let fixture = fixture();
    let handed_in = fixture.store.update({
        let store = fixture.store.clone();
        move |work| {
            // The last handle may even be inside a transaction.
            drop(store);
            work.add_event(
                at(0),
                "test",
                &payroll(),
                None,
                Event::new(EventKind::Held, "x"),
            )
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(handed_in).unwrap();
    let path = fixture.path.clone();
    drop(fixture.store.clone());
    let again = provisor_store::Store::open(&path, &Default::default()).unwrap();
    let chain = again.read(|view| view.verify_history()).unwrap();
    assert_eq!(chain.map(|chain| chain.end().0), Ok(1));
}

#[test]
fn the_same_save_again_writes_nothing() {
    let fixture = fixture();
    let id = fixture.account("ann");
    let raw = fixture.raw();
    let version = |raw: &rusqlite::Connection| -> i64 {
        raw.query_row("PRAGMA data_version", [], |row| row.get(0))
            .unwrap()
    };
    let before = version(&raw);
    fixture.act(move |work| {
        let mut account = work.account(id)?.unwrap();
        crate::fixture::save(work, &mut account, &["ann"])
    });
    assert_eq!(version(&raw), before, "nothing was committed");
    fixture.account("bea");
    assert_ne!(version(&raw), before);
}
