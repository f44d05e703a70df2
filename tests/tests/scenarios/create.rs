//! C: an account comes into being.

use provisor::model::{EventKind, OperationState, Verdict};

use provisor_tests::world::{Fixture, HEADER, Seen, WILL, World, identity, state, verdict, will};

fn assert_asked_for(world: &World) {
    let operations = world.operations();
    assert_eq!(operations.len(), 1);
    assert_eq!(state(&operations[0]), ("create", OperationState::Open));
    let case = world.case();
    assert_eq!(case.work[0].id, operations[0].id);
    let account = world.account("will");
    assert!(!account.current_exists);
    assert!(account.expected_exists);
    assert_eq!(account.expected("full-name"), "Will Turner");
    assert_eq!(account.expected("interests"), "pirates, swords");
    assert_eq!(account.expected("enabled"), "true");
    assert!(
        case.work[0]
            .changes
            .iter()
            .all(|change| change.attribute.as_str() != "password")
    );
    world.assert_no_secret();
}

#[tokio::test]
async fn c1_a_request_opens_one_case_and_no_secret_is_anywhere() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    assert_asked_for(&world);
}

#[tokio::test]
async fn c2_the_same_where_exports_are_read() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    assert_asked_for(&world);
    let account = world.account("will");
    assert_eq!(account.current_exists_from.kind, "unknown");
}

#[tokio::test]
async fn c4_the_same_request_again_makes_nothing_new() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = fixture.open().await;
        world.requests(will()).await;
        let before = world.everything();
        let again = world.requests(will()).await;
        assert_eq!(again.operations, []);
        world.host.dispatch(None).await.expect("nothing is due");
        assert_eq!(world.everything(), before);
    }
}

#[tokio::test]
async fn c4_also_after_the_process_was_gone() {
    let mut world = Fixture::s().open().await;
    world.requests(will()).await;
    let before = world.operations();
    world.restart().await;
    world.requests(will()).await;
    world.host.run().await.expect("a run");
    assert_eq!(world.operations(), before);
    assert_eq!(world.cases().len(), 1);
}

#[tokio::test]
async fn c7_a_row_that_appears_while_the_case_is_open_is_seen() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    world.minutes(1);
    world.export("will,Will Turner,blacksmith,swords;pirates,false,\n");
    world.reads().await;
    let account = world.account("will");
    assert!(account.current_exists);
    assert_eq!(account.current("full-name"), "Will Turner");
    assert_eq!(account.current("description"), "blacksmith");
    assert_eq!(account.current("enabled"), "true");
    let operation = world.last();
    assert_eq!(state(&operation), ("create", OperationState::Open));
    assert!(operation.seen);
}

#[tokio::test]
async fn c8_where_people_are_believed_a_completed_case_is_the_end() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    let operation = world.last();
    assert!(operation.finished);
    assert_eq!(operation.state, OperationState::Done);
    let account = world.account("will");
    assert!(account.current_exists);
    assert_eq!(account.current("full-name"), "Will Turner");
    assert_eq!(account.current("interests"), "pirates, swords");
    assert_eq!(account.attribute("full-name").current_from.kind, "assumed");
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn c9_what_was_seen_while_open_is_verified_once_the_case_is_completed() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    world.minutes(1);
    world.export(WILL);
    world.reads().await;
    world.minutes(1);
    world.completes(world.case().case.id).await;
    world.reads().await;
    let operation = world.last();
    assert_eq!(operation.state, OperationState::Verified);
    assert!(operation.finished);
    assert_eq!(
        verdict(&operation, "the account itself"),
        Verdict::Confirmed
    );
    assert_eq!(verdict(&operation, "full-name"), Verdict::Confirmed);
}

#[tokio::test]
async fn c9_with_close_when_seen_nobody_has_to_close_the_case() {
    let world = Fixture::s().rule("close-when-seen = true").open().await;
    world.requests(will()).await;
    world.minutes(1);
    world.export(WILL);
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert_eq!(world.cases(), []);
}

/// A completed creation that the export does not show.
async fn c10() -> World {
    let world = Fixture::s().open().await;
    world.reads().await;
    world.minutes(1);
    world.requests(will()).await;
    world.minutes(60);
    world.completes(world.case().case.id).await;
    world.minutes(5);
    world.reads().await;
    world
}

#[tokio::test]
async fn c10_within_the_grace_an_export_without_the_row_says_not_yet() {
    let world = c10().await;
    let operation = world.last();
    assert_eq!(state(&operation), ("create", OperationState::Done));
    assert_eq!(verdict(&operation, "the account itself"), Verdict::NotYet);
    assert!(world.account("will").expected_exists);
    assert!(!world.account("will").current_exists);
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn c11_after_the_grace_it_is_contradicted_and_asked_for_once_more() {
    let world = c10().await;
    let first = world.last();
    world.minutes(11);
    world.reads().await;
    let first = world.operation(first.id);
    assert_eq!(first.state, OperationState::Contradicted);
    assert_eq!(verdict(&first, "the account itself"), Verdict::Missing);
    let again = world.case();
    assert_eq!(again.case.follow_up_of, first.case);
    let said = again
        .follow_up
        .expect("it says why it has to be done again");
    assert!(said.contains(&first.case.expect("a case").to_string()));
    assert!(said.contains("the account itself is missing"), "{said}");
    assert_eq!(again.work[0].follow_up_of, Some(first.id));

    world.minutes(1);
    world.reads().await;
    assert_eq!(world.operations().len(), 2, "one follow-up, not one a read");
}

#[tokio::test]
async fn c12_a_stale_file_warns_and_asks_for_nothing() {
    let world = Fixture::s()
        .with("exported-at = \"read\"", "exported-at = \"mtime\"")
        .open()
        .await;
    world.written_at("accounts.csv", world.host.now());
    world.reads().await;
    world.minutes(1);
    world.requests(will()).await;
    world.minutes(60);
    world.completes(world.case().case.id).await;
    world.minutes(5);
    world.written_at("accounts.csv", world.host.now());
    world.reads().await;
    assert_eq!(world.attention(), "");
    world.minutes(26);
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Done);
    assert_eq!(world.cases(), []);
    assert!(
        world.attention().contains("stale export"),
        "{}",
        world.attention()
    );
}

#[tokio::test]
async fn c13_after_the_keeping_time_a_finished_operation_is_only_in_the_history() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    world.minutes(29);
    assert_eq!(world.pending().len(), 1);
    assert_eq!(world.account("will").operations.len(), 1);
    world.minutes(2);
    assert_eq!(world.pending(), []);
    assert_eq!(world.account("will").operations, []);
    assert_eq!(world.operations().len(), 1);
    assert_eq!(world.count("will", EventKind::Completed), 1);
}

#[tokio::test]
async fn c14_an_account_that_is_there_as_wanted_is_taken_over() {
    let world = Fixture::s().open().await;
    world.export(WILL);
    world.reads().await;
    let receipt = world.requests(will()).await;
    assert!(receipt.adopted);
    assert_eq!(world.operations(), []);
    assert_eq!(world.cases(), []);
    assert_eq!(world.count("will", EventKind::Adopted), 1);
    assert!(world.account("will").current_exists);
}

#[tokio::test]
async fn c15_of_an_account_that_is_there_only_what_differs_is_asked_for() {
    let world = Fixture::s().open().await;
    world.export("will,Bill Turner,,pirates;swords,false,\n");
    world.reads().await;
    world.requests(will()).await;
    let operations = world.operations();
    assert_eq!(operations.len(), 1);
    assert_eq!(state(&operations[0]), ("modify", OperationState::Open));
    let changed: Vec<_> = operations[0]
        .changes
        .iter()
        .map(|change| change.attribute.as_str())
        .collect();
    assert_eq!(changed, ["full-name"]);
}

#[tokio::test]
async fn a_name_that_is_taken_gets_the_next_one_that_the_mapping_offers() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    let other = identity("bill").with("username", ["will"]);
    let receipt = world.requests(other).await;
    assert_eq!(receipt.identifier.as_deref(), Some("will1"));
    assert_eq!(world.cases().len(), 2);
}

#[tokio::test]
async fn what_several_ask_for_at_the_same_time_is_asked_for_once() {
    let world = Fixture::m().open().await;
    let requests = (0..10).map(|_| world.requests(will()));
    futures_util::future::join_all(requests).await;
    assert_eq!(world.operations().len(), 1);
    assert_eq!(world.cases().len(), 1);
}

#[tokio::test]
async fn an_account_is_found_under_any_spelling_that_the_application_takes_for_the_same() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export_as(
        "accounts.csv",
        format!("{HEADER}WILL,Will Turner,,swords;pirates,false,\n").as_bytes(),
    );
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert_eq!(world.account("Will").id, world.account("will").id);
}
