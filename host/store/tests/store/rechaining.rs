//! A database whose records had the actor in the chain.

use provisor_model::{AccountId, EventKind};
use provisor_store::{BrokenRecord, HistoryFilter, OpenOptions, Store};
use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

const STEPS: [&str; 3] = [
    include_str!("../../src/schema.sql"),
    include_str!("../../src/migrations/listing.sql"),
    include_str!("../../src/migrations/deadlines.sql"),
];

fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// A database of the third schema in which four things happened to account 7; the text of the
/// second was erased.
fn before() -> (TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("provisor.db")).unwrap();
    for step in STEPS {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "user_version", 3).unwrap();
    let mut head = Vec::new();
    for sequence in 1..=4_i64 {
        let salt = [9_u8; 16];
        let text = format!("text {sequence}");
        let text_digest = digest(&[&salt, text.as_bytes()]);
        let record =
            format!("[{sequence},{sequence},\"ann\",\"planned\",\"payroll\",7,1,null,null]");
        head = digest(&[&head, record.as_bytes(), &text_digest]);
        connection
            .execute(
                "INSERT INTO history VALUES
                   (?1, ?1, 'ann', 'planned', 'payroll', 7, 1, NULL, NULL, ?2, ?3)",
                params![sequence, text_digest, head],
            )
            .unwrap();
        if sequence != 2 {
            connection
                .execute(
                    "INSERT INTO history_text VALUES (?1, ?2, ?3)",
                    params![sequence, salt, text],
                )
                .unwrap();
        }
    }
    connection
        .execute("UPDATE history_head SET sequence = 4, digest = ?1", [head])
        .unwrap();
    (folder, connection)
}

fn open(folder: &TempDir) -> Store {
    Store::open(&folder.path().join("provisor.db"), &OpenOptions::default()).unwrap()
}

fn verify(store: &Store) -> Result<u64, BrokenRecord> {
    let verified = store.read(|view| view.verify_history()).unwrap();
    verified.map(|chain| chain.end().0)
}

#[test]
fn the_records_are_chained_anew_and_hold() {
    let (folder, connection) = before();
    drop(connection);
    let store = open(&folder);
    assert_eq!(verify(&store), Ok(4));
    let filter = HistoryFilter {
        account: Some(AccountId(7)),
        limit: 10,
        ..HistoryFilter::default()
    };
    let entries = store.read(|view| view.history(&filter)).unwrap();
    let said: Vec<_> = entries
        .iter()
        .map(|entry| {
            assert_eq!(entry.event.kind, EventKind::Planned);
            (entry.actor.as_str(), entry.event.text.as_str())
        })
        .collect();
    assert_eq!(
        said,
        [
            ("ann", "text 1"),
            ("ann", "(erased)"),
            ("ann", "text 3"),
            ("ann", "text 4")
        ]
    );
}

/// For a while new databases had the new records in the third schema already.
#[test]
fn records_that_are_as_they_should_be_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join("provisor.db")).unwrap();
    for step in STEPS {
        connection.execute_batch(step).unwrap();
    }
    connection
        .execute_batch(concat!(
            include_str!("../../src/migrations/history.sql"),
            "DROP TABLE history_text_before; DROP TABLE history_before;
             INSERT INTO party VALUES (1, zeroblob(32), NULL, NULL);"
        ))
        .unwrap();
    connection.pragma_update(None, "user_version", 3).unwrap();
    drop(connection);
    assert_eq!(verify(&open(&folder)), Ok(0));
    let connection = Connection::open(folder.path().join("provisor.db")).unwrap();
    let parties: i64 = connection
        .query_row("SELECT count(*) FROM party", [], |row| row.get(0))
        .unwrap();
    assert_eq!(parties, 1, "nothing was made anew");
}

#[test]
fn what_was_broken_is_not_healed() {
    for (sql, sequence) in [
        ("UPDATE history SET actor = 'eve' WHERE sequence = 2", 2),
        ("UPDATE history_text SET text = 'x' WHERE sequence = 3", 3),
        ("DELETE FROM history WHERE sequence = 3", 3),
        ("DELETE FROM history WHERE sequence = 4", 4),
        ("UPDATE history_head SET digest = zeroblob(32)", 4),
    ] {
        let (folder, connection) = before();
        connection
            .execute_batch(&format!(
                "PRAGMA foreign_keys = OFF;
                 DROP TRIGGER history_is_never_changed;
                 CREATE TRIGGER history_is_never_changed BEFORE UPDATE ON meta BEGIN SELECT 1; END;
                 DROP TRIGGER history_is_never_removed;
                 CREATE TRIGGER history_is_never_removed BEFORE UPDATE ON meta BEGIN SELECT 1; END;
                 DROP TRIGGER history_text_is_never_changed;
                 CREATE TRIGGER history_text_is_never_changed BEFORE UPDATE ON meta
                 BEGIN SELECT 1; END;
                 {sql};"
            ))
            .unwrap();
        drop(connection);
        let broken = verify(&open(&folder)).unwrap_err();
        assert_eq!(broken.sequence, sequence, "{sql}: {}", broken.problem);
    }
}
