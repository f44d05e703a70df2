//! History is only ever added to.

use provisor_model::{AccountId, CaseId, Event, EventKind, ExportId, OperationId};
use provisor_store::{BrokenRecord, HistoryFilter, StoreError};

use crate::fixture::{Fixture, at, fixture, payroll};

fn with_history() -> Fixture {
    let fixture = fixture();
    for number in 1..=5 {
        fixture.act(move |work| {
            let event = Event::new(EventKind::Planned, format!("text {number}"))
                .operation(OperationId(number))
                .case(CaseId(number % 2))
                .export(ExportId(7));
            let account = Some(AccountId(number % 2));
            work.add_event(at(number), "ann", &payroll(), account, event)
        });
    }
    fixture
}

fn verify(fixture: &Fixture) -> Result<u64, BrokenRecord> {
    let verified = fixture.store.read(|view| view.verify_history()).unwrap();
    verified.map(|chain| chain.end().0)
}

fn sequences(fixture: &Fixture, filter: HistoryFilter) -> Vec<u64> {
    let entries = fixture.store.read(|view| view.history(&filter)).unwrap();
    entries.iter().map(|entry| entry.sequence).collect()
}

fn all() -> HistoryFilter {
    HistoryFilter {
        limit: 100,
        ..HistoryFilter::default()
    }
}

#[test]
fn an_event_is_read_as_it_was_added() {
    let fixture = with_history();
    let entries = fixture.store.read(|view| view.history(&all())).unwrap();
    assert_eq!(entries.len(), 5);
    let entry = &entries[2];
    assert_eq!((entry.sequence, entry.at), (3, at(3)));
    assert_eq!((entry.actor.as_str(), &entry.resource), ("ann", &payroll()));
    assert_eq!(entry.account, Some(AccountId(1)));
    assert_eq!(
        entry.event,
        Event::new(EventKind::Planned, "text 3")
            .operation(OperationId(3))
            .case(CaseId(1))
            .export(ExportId(7))
    );
}

#[test]
fn every_kind_of_event_can_be_read_again() {
    let fixture = fixture();
    let kinds = [
        EventKind::Requested,
        EventKind::Adopted,
        EventKind::NotPossible,
        EventKind::Contradicted,
        EventKind::Closed,
    ];
    fixture.act(move |work| {
        for kind in kinds {
            work.add_event(at(0), "x", &payroll(), None, Event::new(kind, ""))?;
        }
        Ok(())
    });
    let entries = fixture.store.read(|view| view.history(&all())).unwrap();
    let read: Vec<_> = entries.iter().map(|entry| entry.event.kind).collect();
    assert_eq!(read, kinds);
}

#[test]
fn history_is_listed_by_what_it_is_about() {
    let fixture = with_history();
    let by = |change: fn(&mut HistoryFilter)| {
        let mut filter = all();
        change(&mut filter);
        sequences(&fixture, filter)
    };
    assert_eq!(by(|filter| filter.account = Some(AccountId(0))), [2, 4]);
    assert_eq!(by(|filter| filter.case = Some(CaseId(1))), [1, 3, 5]);
    assert_eq!(by(|filter| filter.operation = Some(OperationId(4))), [4]);
    assert_eq!(by(|filter| filter.export = Some(ExportId(8))), [0; 0]);
    assert_eq!(by(|filter| filter.resource = Some(payroll())).len(), 5);
    assert_eq!(by(|filter| filter.after = Some(3)), [4, 5]);
    assert_eq!(by(|filter| filter.limit = 2), [1, 2]);
}

#[test]
fn an_untouched_chain_holds() {
    assert_eq!(verify(&fixture()), Ok(0));
    assert_eq!(verify(&with_history()), Ok(5));
}

#[test]
fn the_database_itself_refuses_to_change_history() {
    let fixture = with_history();
    for sql in [
        "UPDATE history SET actor = actor + 1 WHERE sequence = 2",
        "DELETE FROM history WHERE sequence = 2",
        "UPDATE history_text SET text = 'nothing' WHERE sequence = 2",
        "UPDATE party SET name = 'eve'",
        "DELETE FROM party",
    ] {
        let error = fixture.raw().execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(verify(&fixture), Ok(5));
}

/// Somebody with the file in hand can take the triggers away; the chain still tells.
#[test]
fn the_first_record_that_was_tampered_with_is_named() {
    for (sql, sequence) in [
        ("UPDATE history SET behalf = 1 WHERE sequence = 2", 2),
        ("UPDATE party SET name = 'eve'", 1),
        ("UPDATE history SET at = at + 1 WHERE sequence = 3", 3),
        ("UPDATE history SET account = NULL WHERE sequence = 1", 1),
        ("UPDATE history SET kind = 'denied' WHERE sequence = 4", 4),
        (
            "UPDATE history_text SET text = 'nothing' WHERE sequence = 2",
            2,
        ),
        ("DELETE FROM history WHERE sequence = 1", 1),
        ("DELETE FROM history WHERE sequence = 3", 3),
        ("DELETE FROM history WHERE sequence = 5", 5),
        ("DELETE FROM history", 1),
        (
            "INSERT INTO history SELECT 6, at, actor, behalf, kind, resource, account, operation,
                    work_case, export, component, inputs, text_digest, digest
               FROM history WHERE sequence = 5",
            6,
        ),
    ] {
        let fixture = with_history();
        fixture
            .raw()
            .execute_batch(&format!(
                "PRAGMA foreign_keys = OFF;
                 DROP TRIGGER history_is_never_changed;
                 DROP TRIGGER history_is_never_removed;
                 DROP TRIGGER history_text_is_never_changed;
                 DROP TRIGGER party_is_only_erased;
                 {sql};"
            ))
            .unwrap();
        let broken = verify(&fixture).unwrap_err();
        assert_eq!(broken.sequence, sequence, "{sql}: {}", broken.problem);
    }
}

#[test]
fn texts_can_be_erased_and_the_chain_still_holds() {
    let fixture = with_history();
    let erased = fixture.act(|work| work.erase_texts(AccountId(1)));
    assert_eq!(erased, 3);
    assert_eq!(verify(&fixture), Ok(5));
    let entries = fixture.store.read(|view| view.history(&all())).unwrap();
    let texts: Vec<_> = entries
        .iter()
        .map(|entry| entry.event.text.as_str())
        .collect();
    assert_eq!(
        texts,
        ["(erased)", "text 2", "(erased)", "text 4", "(erased)"]
    );

    // Not only given free, but overwritten: the file does not hold it any more.
    let raw = fixture.raw();
    raw.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let content = std::fs::read(&fixture.path).unwrap();
    let holds = |text: &str| {
        content
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds("text 2"));
    assert!(!holds("text 3"));
}

#[test]
fn a_transaction_that_fails_leaves_no_history() {
    let fixture = with_history();
    let failed = fixture.store.update_blocking(|work| {
        let event = Event::new(EventKind::Held, "never");
        work.add_event(at(9), "ann", &payroll(), None, event)?;
        Err::<(), _>(StoreError::Closed)
    });
    assert!(failed.is_err());
    assert_eq!(verify(&fixture), Ok(5));
}
