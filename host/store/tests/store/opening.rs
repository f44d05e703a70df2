//! Opening the database.

use std::time::Duration;

use provisor_store::{OpenOptions, Store, StoreError};

use crate::fixture::{fixture, new_account, payroll};

#[test]
fn what_was_saved_is_there_after_opening_again() {
    let fixture = fixture();
    let id = fixture.account("ann");
    let installation = fixture.store.installation().to_owned();

    let again = Store::open(&fixture.path, &OpenOptions::default()).unwrap();
    assert_eq!(again.installation(), installation);
    assert_eq!(
        again
            .read(|view| view.account_named(&payroll(), "ann"))
            .unwrap(),
        Some(id)
    );
}

#[test]
fn each_database_gets_an_installation_of_its_own() {
    assert_ne!(
        fixture().store.installation(),
        fixture().store.installation()
    );
}

#[test]
fn a_named_installation_is_kept_and_another_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("provisor.db");
    let named = |name: &str| OpenOptions {
        installation: Some(name.to_owned()),
        ..OpenOptions::default()
    };
    let store = Store::open(&path, &named("north")).unwrap();
    assert_eq!(store.installation(), "north");
    store
        .update_blocking(|work| new_account(work, "ann"))
        .unwrap();
    let Err(error) = Store::open(&path, &named("south")) else {
        panic!("another installation's database was opened");
    };
    assert_eq!(error.code(), "store-other-installation");
}

#[test]
fn a_newer_schema_is_refused_and_not_touched() {
    let fixture = fixture();
    fixture
        .raw()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    match Store::open(&fixture.path, &OpenOptions::default()).err() {
        Some(error @ StoreError::Newer { found: 99, .. }) => {
            assert!(error.to_string().contains("provisor.db has schema 99"));
            assert!(!error.retryable());
        }
        other => panic!("{other:?}"),
    }
    let version: i64 = fixture
        .raw()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

#[test]
fn the_database_of_another_program_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE account (x)").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(&path, &OpenOptions::default()).err().unwrap();
    assert_eq!(error.code(), "store-foreign");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(
        &path,
        "not a database, but long enough to be looked at".repeat(40),
    )
    .unwrap();
    let error = Store::open(&path, &OpenOptions::default()).err().unwrap();
    assert_eq!(error.code(), "store-damaged");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(
        &folder.path().join("no/provisor.db"),
        &OpenOptions::default(),
    )
    .err()
    .unwrap();
    assert_eq!(error.code(), "store-open");
    assert!(error.to_string().contains("no/provisor.db"));
}

#[test]
fn many_may_open_a_new_database_at_once() {
    // Each round gives them another chance to meet.
    for _ in 0..20 {
        open_at_once();
    }
}

fn open_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("provisor.db");
    let mut names: Vec<String> = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let store = Store::open(&path, &OpenOptions::default()).unwrap();
                    store.update_blocking(|work| work.next_account()).unwrap();
                    store.installation().to_owned()
                })
            })
            .collect();
        opening
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    names.dedup();
    assert_eq!(names.len(), 1);
    let store = Store::open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(
        store.update_blocking(|work| work.next_account()).unwrap().0,
        9
    );
}

#[test]
fn a_database_that_another_holds_is_busy_and_can_be_tried_again() {
    let fixture = fixture();
    let quick = OpenOptions {
        busy_timeout: Duration::ZERO,
        ..OpenOptions::default()
    };
    let other = fixture.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let second = Store::open(&fixture.path, &quick).unwrap();
    let error = second
        .update_blocking(|work| new_account(work, "ann"))
        .unwrap_err();
    assert_eq!(error.code(), "store-busy");
    assert!(error.retryable());
    other.execute_batch("ROLLBACK").unwrap();
    second
        .update_blocking(|work| new_account(work, "ann"))
        .unwrap();
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = fixture();
    fixture.account("ann");
    let mut files = 0;
    for entry in std::fs::read_dir(fixture.path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{entry:?}"
        );
        files += 1;
    }
    assert!(files >= 2, "the database and its log");
}

/// POSIX locks belong to the process: if opening a second store only once closed the file by itself,
/// the locks of the first would be gone, and another process could take the database over under it.
#[cfg(target_os = "linux")]
#[test]
fn opening_a_second_store_does_not_let_go_the_locks_of_the_first() {
    use std::os::unix::fs::MetadataExt;
    let fixture = fixture();
    fixture.account("ann");
    let inode = std::fs::metadata(&fixture.path).unwrap().ino().to_string();
    let locks = || {
        let table = std::fs::read_to_string("/proc/locks").unwrap();
        let ours = |line: &&str| {
            let file = line.split_whitespace().nth(5).unwrap_or("");
            line.contains("POSIX") && file.rsplit(':').next() == Some(&inode)
        };
        table.lines().filter(ours).count()
    };
    let before = locks();
    assert!(before > 0, "a database in use is locked");
    drop(Store::open(&fixture.path, &OpenOptions::default()).unwrap());
    assert_eq!(locks(), before);
}
