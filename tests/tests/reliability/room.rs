//! There is no room for what should be stored.

use std::io::Write;
use std::path::{Path, PathBuf};

use provisor::store::AccountFilter;
use provisor::{Host, HostError, ManualClock, Request, Wanted};
use provisor_tests::world::{self, Fixture, HEADER, beginning, identity, person};
use serde::{Deserialize, Serialize};

use crate::child::{command, task, tell, told};

/// What a host came to that had too little room.
#[derive(Debug, Serialize, Deserialize)]
struct Filled {
    /// Accounts that were acknowledged.
    acknowledged: usize,
    /// Accounts that could be seen after the first that could not be stored.
    seen: usize,
    /// Code and message of the error.
    request: (String, String),
    /// Code and message of the error when an export is taken.
    export: (String, String),
}

/// More than there ever is room for.
const MANY: usize = 2000;

#[tokio::test]
#[ignore = "it is no test: the others start it with too little room"]
async fn the_process_without_room() {
    let (folder, most): (PathBuf, Option<u64>) = task();
    let clock = ManualClock::at(beginning());
    let host = world::open(&folder, &clock).await.expect("the host opens");
    if most.is_some() {
        // Not before: the sandbox keeps components in files without a name.
        let limit = rustix::process::Rlimit {
            current: most,
            maximum: most,
        };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).expect("limited");
    }
    let mut acknowledged = 0;
    let request = loop {
        assert!(acknowledged < MANY, "there is room for everything");
        match ask(&host, acknowledged).await {
            Ok(()) => acknowledged += 1,
            Err(error) => break words(&error),
        }
    };
    let export = host.take_export("app", None).await;
    tell(&Filled {
        acknowledged,
        seen: accounts(&host),
        request,
        export: words(&export.expect_err("it cannot be copied")),
    });
}

async fn ask(host: &Host, number: usize) -> Result<(), HostError> {
    let request = Request {
        resource: "app".parse().expect("a name"),
        identity: identity(&format!("user{number:04}")),
        wanted: Wanted::Account,
        requester: person("iam"),
        anew: false,
        after: None,
    };
    host.request(request).await.map(|_| ())
}

fn words(error: &HostError) -> (String, String) {
    (error.code().to_owned(), error.to_string())
}

fn accounts(host: &Host) -> usize {
    let filter = AccountFilter {
        limit: 10 * MANY,
        ..AccountFilter::default()
    };
    host.accounts(&filter).expect("listed").len()
}

/// A host that was opened once, with an export that is larger than there is room for.
async fn prepare(folder: &Path) {
    let row = |number: usize| format!("row{number:06},{},,,false,\n", "x".repeat(100));
    std::fs::create_dir(folder.join("exports")).expect("made");
    let rows: String = (0..10_000).map(row).collect();
    std::fs::write(
        folder.join("exports/accounts.csv"),
        HEADER.to_owned() + &rows,
    )
    .expect("written");
    std::fs::write(folder.join("provisor.toml"), Fixture::s().text()).expect("written");
    let clock = ManualClock::at(beginning());
    world::open(folder, &clock).await.expect("the host opens");
}

/// What was acknowledged is there, and with room everything goes on.
async fn goes_on(folder: &Path, filled: &Filled) {
    let clock = ManualClock::at(beginning());
    let host = world::open(folder, &clock).await.expect("the host opens");
    assert_eq!(accounts(&host), filled.seen);
    // The last may have been recorded, and not sent out.
    assert!(filled.seen - filled.acknowledged <= 1, "{filled:?}");
    ask(&host, filled.acknowledged)
        .await
        .expect("there is room");
    assert_eq!(accounts(&host), filled.acknowledged + 1);
    let cases = host.cases(&provisor::store::CaseFilter {
        limit: 10 * MANY,
        ..Default::default()
    });
    assert_eq!(cases.expect("listed").len(), filled.acknowledged + 1);
    let report = host.take_export("app", None).await.expect("taken");
    assert_eq!(report.export.rows, 10_000);
    crate::whole::assert_whole(folder);
}

#[tokio::test]
async fn files_that_may_not_grow_stop_the_work_and_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    prepare(folder.path()).await;
    // The signal would end the process; without it, writing fails as on a full disk.
    let deaf = "trap '' XFSZ; exec \"$0\" \"$@\"";
    let filled: Filled = told(command(
        "room::the_process_without_room",
        &["sh", "-c", deaf],
        &(folder.path(), Some(900 * 1024)),
    ));
    assert!(filled.acknowledged > 0, "{filled:?}");
    let database = folder.path().join("data/provisor.db");
    let (code, message) = &filled.request;
    assert!(
        ["store-full", "store-disk"].contains(&&**code),
        "{filled:?}"
    );
    assert!(message.contains(&*database.to_string_lossy()), "{message}");
    assert!(message.contains("try again"), "{message}");
    let (code, message) = &filled.export;
    assert_eq!(code, "evidence", "{filled:?}");
    let evidence = folder.path().join("data/evidence");
    assert!(message.contains(&*evidence.to_string_lossy()), "{message}");
    assert!(message.ends_with("make room and try again"), "{message}");
    goes_on(folder.path(), &filled).await;
}

#[tokio::test]
#[ignore = "it needs a small disk: name a folder on one in PROVISOR_SMALL_DISK"]
async fn a_full_disk_stops_the_work_and_loses_nothing() {
    let disk = std::env::var("PROVISOR_SMALL_DISK").expect("a folder on a small disk");
    let folder = tempfile::tempdir_in(&disk).expect("a folder");
    prepare(folder.path()).await;
    let filler = folder.path().join("filler");
    fill(&filler, 400 * 1024);
    let filled: Filled = told(command(
        "room::the_process_without_room",
        &[],
        &(folder.path(), None::<u64>),
    ));
    assert!(filled.acknowledged > 0, "{filled:?}");
    assert_eq!(filled.request.0, "store-full", "{filled:?}");
    assert_eq!(filled.export.0, "evidence", "{filled:?}");
    std::fs::remove_file(&filler).expect("removed");
    goes_on(folder.path(), &filled).await;
}

/// Leaves so many bytes of the disk.
fn fill(filler: &Path, leave: u64) {
    let mut file = std::fs::File::create(filler).expect("made");
    let block = vec![0; 16 * 1024];
    while file.write_all(&block).is_ok() {}
    let length = file.metadata().expect("known").len();
    file.set_len(length.saturating_sub(leave)).expect("cut");
    file.sync_all().expect("synced");
}
