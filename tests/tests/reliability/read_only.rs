//! What should be written may not be.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use provisor::{Host, HostError, ManualClock};
use provisor_tests::world::{self, Fixture, World, beginning, identity, will};

use crate::child::{command, task, tell, told};

#[tokio::test]
#[ignore = "it is no test: the others start it where it may not write"]
async fn the_process_that_may_not_write() {
    let folder: PathBuf = task();
    let error = work(&folder).await.err();
    tell(&error.map(|error| (error.code().to_owned(), error.to_string())));
}

async fn work(folder: &Path) -> Result<(), HostError> {
    let clock = ManualClock::at(beginning());
    let host: Host = world::open(folder, &clock).await?;
    host.take_export("app", None).await?;
    Ok(())
}

/// Whoever may write everything has to be made somebody else first.
fn through(folder: &Path) -> &'static [&'static str] {
    let file = folder.join("probe");
    std::fs::write(&file, "").expect("written");
    set(&file, 0o444);
    match std::fs::File::options().write(true).open(&file) {
        Err(_) => &[],
        Ok(_) => &["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
    }
}

fn set(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

/// Takes the right to write from something below the data folder: the work stops with this code
/// and names the place; with the right again, nothing is missing and it goes on.
async fn without_writing(places: &[&str], mode: u32, code: &str, named: &str) {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    world.export("will,Will Turner,,pirates;swords,false,\n");
    let before = world.everything();
    let World {
        host,
        folder,
        clock,
    } = world;
    drop(host);
    let data = folder.path().join("data");
    let modes: Vec<(PathBuf, u32)> = places
        .iter()
        .map(|place| data.join(place))
        .map(|path| {
            let now = std::fs::metadata(&path).expect("it is there");
            (path, now.permissions().mode())
        })
        .collect();
    for (path, _) in &modes {
        set(path, mode);
    }
    let error: Option<(String, String)> = told(command(
        "read_only::the_process_that_may_not_write",
        through(folder.path()),
        &folder.path(),
    ));
    for (path, mode) in &modes {
        set(path, *mode);
    }
    let (found, message) = error.expect("it may not write");
    assert_eq!(found, code, "{message}");
    let named = data.join(named);
    assert!(message.contains(&*named.to_string_lossy()), "{message}");
    assert!(message.contains("check"), "{message}");

    let host = world::open(folder.path(), &clock).await.expect("it opens");
    let world = World {
        host,
        folder,
        clock,
    };
    assert_eq!(world.everything(), before);
    world.reads().await;
    world.requests(identity("elizabeth")).await;
    assert_eq!(world.cases().len(), 2);
}

#[tokio::test]
async fn a_database_that_may_not_be_written_is_not_opened() {
    without_writing(&["provisor.db"], 0o444, "store-read-only", "provisor.db").await;
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_named() {
    without_writing(&[""], 0o555, "store-read-only", "provisor.db").await;
}

#[tokio::test]
async fn an_evidence_folder_that_may_not_be_written_is_named() {
    without_writing(&["evidence"], 0o555, "evidence", "evidence").await;
}
