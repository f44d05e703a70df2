//! Whose account a row is: said by people, found out, taken back.

use provisor::Wanted;
use provisor::model::{EventKind, OperationState};

use provisor_tests::world::{Fixture, Seen, WILL, World, identity, person, state, will};

const TURNER: &str = "w.turner,Will Turner,,pirates;swords,false,\n";

async fn links(world: &World, row: &str, id: &str) -> Result<(), provisor::HostError> {
    world
        .host
        .link_account(
            "app",
            row,
            &id.parse().expect("an id"),
            &person("petra"),
            "HR says so",
        )
        .await
        .map(|_| ())
}

async fn unlinks(world: &World, row: &str) -> Result<(), provisor::HostError> {
    world
        .host
        .unlink_account("app", row, &person("petra"), "it is another one")
        .await
        .map(|_| ())
}

async fn removes(world: &World, row: &str) -> Result<(), provisor::HostError> {
    world
        .host
        .remove_account("app", row, &person("petra"), "a leftover")
        .await
        .map(|_| ())
}

fn unexpected(world: &World) -> Vec<String> {
    let rows = world.host.unexpected("app", 100).expect("listed");
    rows.into_iter().map(|row| row.identifier).collect()
}

#[tokio::test]
async fn e9_a_row_is_linked_to_whom_it_belongs_and_keeps_its_name() {
    let world = Fixture::s().open().await;
    world
        .shows("w.turner,W. Turner,,pirates;swords,false,\n")
        .await;
    assert_eq!(unexpected(&world), ["w.turner"]);
    links(&world, "W.TURNER", "will").await.expect("linked");
    assert_eq!(unexpected(&world), [""; 0]);
    let before = world.everything();
    links(&world, "w.turner", "will").await.expect("again");
    assert_eq!(world.everything(), before, "once");

    world.requests(will()).await;
    let account = world.account("w.turner");
    assert_eq!(account.desired("username"), "w.turner");
    let work = world.case();
    let changes = &work.work[0].changes;
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0].attribute.as_str(), "full-name");
    world.requests(will()).await;
    assert_eq!(world.cases().len(), 1, "nothing is asked twice");
}

#[tokio::test]
async fn e9_a_row_that_nobody_asked_for_is_turned_into_a_delete() {
    let world = Fixture::s().open().await;
    world.shows(WILL).await;
    for _ in 0..2 {
        removes(&world, "will").await.expect("planned");
    }
    assert_eq!(unexpected(&world), [""; 0]);
    let case = world.case();
    assert_eq!(case.title, "delete the account will on Application");
    world.completes(case.case.id).await;
    world.shows("bill,Bill,,,false,\n").await;
    assert_eq!(state(&world.last()), ("delete", OperationState::Verified));
    let history = world.history("will");
    assert!(history.contains(&EventKind::Adopted), "{history:?}");
    assert_eq!(removes(&world, "will").await.unwrap_err().code(), "unknown");

    // Whoever wants an account of this name can have it.
    world.requests(will()).await;
    assert_eq!(world.case().title, "create the account will on Application");
}

#[tokio::test]
async fn e9_removing_can_be_taken_back() {
    let world = Fixture::s().open().await;
    world.shows(WILL).await;
    removes(&world, "will").await.expect("planned");
    unlinks(&world, "will").await.expect("taken back");
    assert_eq!(world.cases(), []);
    assert_eq!(unexpected(&world), ["will"]);
    links(&world, "will", "will").await.expect("linked");
    world.requests(will()).await;
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn an_account_that_waits_to_be_made_is_the_row_that_somebody_made() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    let create = world.case();
    world.shows(TURNER).await;
    assert_eq!(
        world.case().case.id,
        create.case.id,
        "another name, so nobody knows"
    );
    links(&world, "w.turner", "will").await.expect("linked");
    assert_eq!(world.cases(), [], "there is nothing left to make");
    assert!(world.last().withdrawn);
    assert!(world.account("w.turner").current_exists);
    world.requests(will()).await;
    assert_eq!(world.cases(), []);
    world.shows(TURNER).await;
    assert_eq!(world.account("w.turner").drift, []);
}

#[tokio::test]
async fn nobody_takes_work_from_under_the_hands_of_an_operator() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.host.claim(case, &person("eva")).await.expect("hers");
    world.shows(TURNER).await;
    let refused = links(&world, "w.turner", "will").await.unwrap_err();
    assert_eq!(refused.code(), "operation-at-work");
    assert!(refused.to_string().contains("case-1"), "{refused}");
    assert_eq!(unexpected(&world), ["w.turner"], "nothing has changed");
}

#[tokio::test]
async fn a_wrong_correlation_is_undone_and_everybody_gets_his_own() {
    let world = Fixture::s().open().await;
    world.shows(WILL).await;
    world.requests(will()).await;
    assert_eq!(world.cases(), [], "taken for his by its name");
    unlinks(&world, "will").await.expect("undone");
    assert_eq!(unexpected(&world), ["will"]);
    let create = world.case();
    assert_eq!(
        create.title, "create the account will1 on Application",
        "he wants one still"
    );

    links(&world, "will", "william").await.expect("linked");
    world
        .requests(identity("william").with("username", ["will"]))
        .await;
    assert_eq!(world.cases().len(), 1, "his is as he wants it");
    world.completes(create.case.id).await;
    world
        .shows(&format!("{WILL}will1,Will Turner,,pirates;swords,false,\n"))
        .await;
    assert_eq!(state(&world.last()), ("create", OperationState::Verified));
    for kind in [EventKind::Adopted, EventKind::Unlinked, EventKind::Linked] {
        assert_eq!(
            world.count("will", kind),
            1,
            "{kind:?} stays in its history"
        );
    }
}

#[tokio::test]
async fn an_identity_has_one_account() {
    let world = Fixture::s().open().await;
    world.shows(&format!("{WILL}{TURNER}")).await;
    world.requests(will()).await;
    let refused = links(&world, "w.turner", "will").await.unwrap_err();
    assert_eq!(refused.code(), "has-account");
    let claimed = links(&world, "will", "elizabeth").await.unwrap_err();
    assert_eq!(claimed.code(), "unknown", "it is somebody's");
    unlinks(&world, "will").await.expect("undone");
    links(&world, "w.turner", "will").await.expect("linked");
    assert_eq!(world.cases(), [], "the other one is his");
    assert_eq!(unexpected(&world), ["will"]);
}

#[tokio::test]
async fn an_account_that_is_unlinked_while_work_waits_takes_it_back() {
    let world = Fixture::s().open().await;
    world.shows("will,Will,,pirates;swords,false,\n").await;
    world.requests(will()).await;
    assert_eq!(state(&world.last()), ("modify", OperationState::Open));
    unlinks(&world, "will").await.expect("undone");
    let cases = world.cases();
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].title, "create the account will1 on Application");
    let unwanted = world.unassigns("will").await;
    assert!(unwanted.operations.is_empty());
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn an_account_that_is_unlinked_while_it_is_renamed_keeps_the_name_that_it_has() {
    let world = Fixture::s().open().await;
    world.shows(WILL).await;
    world.requests(will()).await;
    world.requests(will().with("username", ["will.t"])).await;
    world.completes(world.case().case.id).await;
    unlinks(&world, "will.t").await.expect("undone");
    assert_eq!(unexpected(&world), ["will"]);
    let before = world.everything();
    for name in ["will", "will.t"] {
        unlinks(&world, name).await.expect("again");
        assert_eq!(world.everything(), before, "once");
    }
    links(&world, "will", "will").await.expect("linked");
    let gone = unlinks(&world, "will.t").await.unwrap_err();
    assert_eq!(gone.code(), "unknown", "it is somebody's again");
}

#[tokio::test]
async fn what_could_not_be_asked_for_again_is_tried_with_each_run() {
    let world = Fixture::s()
        .with(
            "username = 'withIteration(identity.username, iteration, 20)'",
            "username = 'identity.username'",
        )
        .rule("max-iterations = 1")
        .open()
        .await;
    world.shows(WILL).await;
    world.requests(will()).await;
    unlinks(&world, "will").await.expect("undone");
    assert_eq!(world.cases(), []);
    let report = world.host.run_without_exports().await.expect("done");
    assert_eq!(report.failed.len(), 1);
    assert!(report.failed[0].1.contains("will"), "{:?}", report.failed);
    removes(&world, "will").await.expect("planned");
    world.completes(world.case().case.id).await;
    world.shows("").await;
    let report = world.host.run_without_exports().await.expect("done");
    assert!(report.failed.is_empty(), "{:?}", report.failed);
    assert_eq!(world.case().title, "create the account will on Application");
}

#[tokio::test]
async fn deleting_and_creating_again_inside_the_grace_is_one_account() {
    let world = Fixture::s().open().await;
    world.shows(WILL).await;
    world.requests(will()).await;
    world.unassigns("will").await;
    world.completes(world.case().case.id).await;
    world.minutes(5);
    world.requests(will()).await;
    assert_eq!(world.case().title, "create the account will on Application");
    // The export is from before both, or shows neither: nothing is known yet.
    world.shows(WILL).await;
    assert_eq!(world.cases().len(), 1);
    world.completes(world.case().case.id).await;
    world.minutes(20);
    world.shows(WILL).await;
    let account = world.account("will");
    assert!(account.current_exists);
    assert_eq!((account.drift, world.cases()), (vec![], vec![]));
    let states: Vec<_> = world.operations().iter().map(state).collect();
    assert!(
        states.contains(&("create", OperationState::Verified)),
        "{states:?}"
    );
}

#[tokio::test]
async fn creating_deleting_and_creating_asks_for_one_account_in_the_end() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    let first = world.case().case.id;
    world.host.claim(first, &person("eva")).await.expect("hers");
    world.unassigns("will").await;
    world.requests(will()).await;
    assert_eq!(
        world.case().case.id,
        first,
        "what eva does is what is wanted"
    );
    world.unassigns("will").await;
    world.completes(first).await;
    assert_eq!(world.case().title, "delete the account will on Application");
    world.requests(will()).await;
    assert_eq!(world.cases(), [], "nobody has begun to delete it");
    world.minutes(20);
    world.shows(WILL).await;
    assert_eq!(world.cases(), []);
    assert!(world.account("will").current_exists);
}

#[tokio::test]
async fn an_account_that_somebody_made_behind_our_backs_closes_what_asks_for_it() {
    for claimed in [false, true] {
        let world = Fixture::s().rule("close-when-seen = true").open().await;
        world.requests(will()).await;
        let case = world.case().case.id;
        if claimed {
            world.host.claim(case, &person("eva")).await.expect("hers");
        }
        world.shows(WILL).await;
        assert_eq!(world.cases(), []);
        assert_eq!(state(&world.last()), ("create", OperationState::Verified));
        world.unassigns("will").await;
        assert_eq!(world.case().title, "delete the account will on Application");
    }
}

#[tokio::test]
async fn an_account_made_while_the_request_waits_needs_no_case() {
    let world = Fixture::s().rule("propagation = \"1h\"").open().await;
    world.requests(will()).await;
    assert_eq!(world.last().state, OperationState::Waiting);
    world.shows(WILL).await;
    assert_eq!(world.last().state, OperationState::Cancelled);
    world.minutes(120);
    world.host.run_without_exports().await.expect("done");
    assert_eq!(world.cases(), []);
    world
        .ask(will(), Wanted::Account, true)
        .await
        .expect("recorded");
    assert_eq!(world.cases(), []);
}
