//! Another process holds the database for longer than anybody waits.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use provisor::model::{OperationId, OperationState};
use provisor_tests::world::{self, Fixture, World, identity, will};

use crate::child::{command, task, tell};

#[test]
#[ignore = "it is no test: the others start it as the one who holds the database"]
fn the_process_that_holds_the_database() {
    let database: PathBuf = task();
    let connection = rusqlite::Connection::open(database).expect("opened");
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .expect("it is free");
    tell(&"held");
    // Until it is killed.
    let _never = std::io::stdin().lines().next();
}

fn hold(world: &World) -> Child {
    let database = world.folder.path().join("data/provisor.db");
    let mut child = command(
        "locked::the_process_that_holds_the_database",
        &[],
        &database,
    )
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .spawn()
    .expect("it starts");
    let out = child.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(out).lines().map_while(Result::ok);
    assert!(
        lines.any(|line| line.contains("held")),
        "it holds the database"
    );
    child
}

#[tokio::test]
async fn a_database_that_another_process_holds_is_waited_for_and_then_named() {
    let mut world = Fixture::s().open().await;
    let patience = Duration::from_millis(20);
    world.requests(will()).await;
    let case = world.case().case.id;
    world.host = world::open_with(world.folder.path(), &world.clock, patience)
        .await
        .expect("it opens");
    let before = world.everything();
    let mut holder = hold(&world);
    let request = world
        .ask(identity("elizabeth"), provisor::Wanted::Account, false)
        .await
        .map(|_| ());
    let close = world.closes(case, provisor::Report::done()).await;
    let export = world.take("accounts.csv").await.map(|_| ());
    for result in [request, close, export] {
        let error = result.expect_err("the database is held");
        assert_eq!(error.code(), "store-busy");
        assert!(error.retryable());
        let message = error.to_string();
        let database = world.folder.path().join("data/provisor.db");
        assert!(message.contains(&*database.to_string_lossy()), "{message}");
        assert!(message.contains("try again"), "{message}");
    }
    assert_eq!(world.everything(), before, "reading goes on");
    holder.kill().expect("it can be killed");
    holder.wait().expect("it is gone");

    assert_eq!(world.everything(), before);
    world.requests(identity("elizabeth")).await;
    world.completes(case).await;
    world.reads().await;
    assert_eq!(world.operation(OperationId(1)).state, OperationState::Done);
    assert_eq!(world.cases().len(), 1);
}
