//! D: an account goes.

use provisor::model::{OperationState, Verdict};

use provisor_tests::world::{Fixture, Seen, WILL, World, state, verdict, will};

/// Will's account exists and is no longer wanted.
async fn d1(fixture: Fixture) -> World {
    let world = fixture.open().await;
    if world.host.resource_view("app").expect("known").verifies {
        world.export(WILL);
        world.reads().await;
        world.requests(will()).await;
    } else {
        world.requests(will()).await;
        world.completes(world.case().case.id).await;
    }
    world.minutes(60);
    world.unassigns("will").await;
    world
}

#[tokio::test]
async fn d1_an_account_that_nobody_wants_is_asked_to_be_deleted() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = d1(fixture).await;
        assert_eq!(state(&world.last()), ("delete", OperationState::Open));
        let account = world.account("will");
        assert!(account.current_exists);
        assert_eq!(account.current("full-name"), "Will Turner");
        assert!(!account.expected_exists);
        assert_eq!(account.desired_exists, Some(false));
    }
}

#[tokio::test]
async fn d2_where_people_are_believed_completion_ends_it() {
    let world = d1(Fixture::m()).await;
    world.completes(world.case().case.id).await;
    let account = world.account("will");
    assert!(!account.current_exists);
    assert!(!account.expected_exists);
    assert!(world.last().finished);
}

/// The deletion was reported as done; five minutes later the row is still there.
async fn d3() -> World {
    let world = d1(Fixture::s()).await;
    world.completes(world.case().case.id).await;
    world.minutes(5);
    world.reads().await;
    world
}

#[tokio::test]
async fn d3_a_row_that_is_still_there_within_the_grace_says_not_yet() {
    let world = d3().await;
    let operation = world.last();
    assert_eq!(state(&operation), ("delete", OperationState::Done));
    assert_eq!(verdict(&operation, "the account itself"), Verdict::NotYet);
    assert!(!world.account("will").expected_exists);
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn d3_after_the_grace_it_is_asked_for_again() {
    let world = d3().await;
    let first = world.last();
    world.minutes(11);
    world.reads().await;
    assert_eq!(
        world.operation(first.id).state,
        OperationState::Contradicted
    );
    assert_eq!(world.case().case.follow_up_of, first.case);
}

#[tokio::test]
async fn d4_an_export_without_the_row_verifies_it() {
    let world = d3().await;
    world.export("");
    world.minutes(1);
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    let account = world.account("will");
    assert!(!account.current_exists);
    assert_eq!(account.drift, []);
}

#[tokio::test]
async fn d5_an_account_may_be_disabled_instead() {
    let world = d1(Fixture::s().rule("on-unassign = \"disable\"")).await;
    assert_eq!(state(&world.last()), ("disable", OperationState::Open));
    let account = world.account("will");
    assert!(account.expected_exists);
    assert_eq!(account.expected("enabled"), "false");
}

#[tokio::test]
async fn d6_until_an_export_shows_it_the_account_is_still_enabled() {
    let world = d1(Fixture::s().rule("on-unassign = \"disable\"")).await;
    world.completes(world.case().case.id).await;
    world.minutes(5);
    world.reads().await;
    let account = world.account("will");
    assert_eq!(account.current("enabled"), "true");
    assert_eq!(account.expected("enabled"), "false");
    assert_eq!(world.last().state, OperationState::Done);
    world.minutes(5);
    world.export("will,Will Turner,,pirates;swords,true,\n");
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
}

#[tokio::test]
async fn d7_when_it_cannot_be_done_the_account_stays_alive() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = d1(fixture).await;
        world
            .cannot(world.case().case.id, "he still owes us a ship")
            .await;
        let account = world.account("will");
        assert!(account.current_exists);
        assert!(account.expected_exists);
        assert_eq!(account.expected("full-name"), "Will Turner");
        assert_eq!(world.last().state, OperationState::Failed);
        world.host.run().await.expect("a run");
        assert_eq!(world.cases(), []);
    }
}

#[tokio::test]
async fn what_was_never_there_needs_no_deletion() {
    let world = Fixture::m().open().await;
    let receipt = world.unassigns("jack").await;
    assert_eq!(receipt.account, None);
    assert_eq!(world.operations(), []);
}

#[tokio::test]
async fn somebody_else_may_have_the_name_of_an_account_that_is_gone() {
    let world = d3().await;
    world.export("");
    world.minutes(1);
    world.reads().await;
    let other = provisor_tests::world::identity("william").with("username", ["will"]);
    let receipt = world.requests(other).await;
    assert_eq!(receipt.identifier.as_deref(), Some("will"));
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export(WILL);
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert_eq!(world.account("will").identity.as_deref(), Some("william"));
}

#[tokio::test]
async fn the_name_of_an_account_that_came_back_by_itself_is_not_free() {
    let world = d3().await;
    world.export("");
    world.minutes(1);
    world.reads().await;
    world.export(WILL);
    world.minutes(1);
    world.reads().await;
    assert_eq!(world.account("will").drift.len(), 1, "it reappeared");
    let other = provisor_tests::world::identity("william").with("username", ["will"]);
    let receipt = world.requests(other).await;
    assert_eq!(receipt.identifier.as_deref(), Some("will1"));
    world.minutes(1);
    world.reads().await;
}

#[tokio::test]
async fn a_vanished_account_with_drift_can_lose_its_name_without_harm_to_exports() {
    let world = Fixture::s().open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    world.export("");
    world.minutes(1);
    world.reads().await;
    assert_eq!(world.account("will").drift.len(), 1, "it is missing");
    world.unassigns("will").await;
    let other = provisor_tests::world::identity("william").with("username", ["will"]);
    let receipt = world.requests(other).await;
    assert_eq!(receipt.identifier.as_deref(), Some("will"));
    world.completes(world.case().case.id).await;
    world.export(WILL);
    world.minutes(1);
    world.reads().await;
    world.minutes(1);
    world.reads().await;
    assert_eq!(world.account("will").identity.as_deref(), Some("william"));
}
