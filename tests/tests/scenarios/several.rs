//! P: several changes of one account at a time.

use provisor::model::{EventKind, OperationState};
use provisor::{Request, Wanted};

use provisor_tests::world::{Fixture, Seen, WILL, World, person, state, will};

/// Will's account exists.
async fn existing(fixture: Fixture) -> World {
    let world = fixture.open().await;
    if world.host.resource_view("app").expect("known").verifies {
        world.export(WILL);
        world.reads().await;
        world.requests(will()).await;
    } else {
        world.requests(will()).await;
        world.minutes(2);
        world.host.run().await.expect("a run");
        world.completes(world.case().case.id).await;
    }
    assert_eq!(world.cases(), []);
    world.minutes(60);
    world
}

fn with_window(fixture: Fixture) -> Fixture {
    fixture.rule("propagation = \"2m\"")
}

fn captain() -> provisor::Identity {
    will().with("full-name", ["Captain Turner"])
}

fn disabled(identity: provisor::Identity) -> provisor::Identity {
    identity.with("status", ["gone"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p9_many_requests_at_once_for_one_account_make_one_operation_and_one_case() {
    let world = Fixture::m().open().await;
    let all = futures_util::future::join_all((0..10).map(|_| {
        let host = world.host.clone();
        let request = Request {
            resource: "app".parse().expect("a name"),
            identity: will(),
            wanted: Wanted::Account,
            requester: person("iam"),
            anew: false,
            after: None,
        };
        tokio::spawn(async move { host.request(request).await })
    }));
    for answer in all.await {
        answer.expect("no panic").expect("recorded");
    }
    let operations = world.operations();
    assert_eq!(operations.len(), 1, "{operations:#?}");
    assert_eq!(world.case().case.items.len(), 1);
    assert_eq!(world.count("will", EventKind::Requested), 1);
}

#[tokio::test]
async fn c3_within_the_window_an_operation_waits_and_counts() {
    let world = with_window(Fixture::m()).open().await;
    world.requests(will()).await;
    assert_eq!(state(&world.last()), ("create", OperationState::Waiting));
    assert_eq!(world.cases(), []);
    let account = world.account("will");
    assert!(!account.current_exists);
    assert_eq!(account.expected("full-name"), "Will Turner");
}

#[tokio::test]
async fn c5_and_c6_after_the_window_it_goes_out_once() {
    let world = with_window(Fixture::s()).open().await;
    world.requests(will()).await;
    world.minutes(1);
    world.host.dispatch(None).await.expect("nothing is due");
    assert_eq!(world.cases(), []);
    world.minutes(1);
    world.host.dispatch(None).await.expect("one is due");
    let case = world.case();
    world.host.dispatch(None).await.expect("nothing is due");
    assert_eq!(world.case(), case);
}

#[tokio::test]
async fn u2_the_views_are_the_same_while_a_change_waits() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = existing(with_window(fixture)).await;
        world.requests(captain()).await;
        assert_eq!(state(&world.last()), ("modify", OperationState::Waiting));
        assert_eq!(world.cases(), []);
        let account = world.account("will");
        assert_eq!(account.current("full-name"), "Will Turner");
        assert_eq!(account.expected("full-name"), "Captain Turner");
        world.minutes(2);
        world.host.run().await.expect("a run");
        assert_eq!(world.last().state, OperationState::Open);
    }
}

#[tokio::test]
async fn p0_what_comes_later_joins_a_case_that_nobody_has_claimed() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = existing(fixture).await;
        world.requests(captain()).await;
        world.requests(disabled(captain())).await;
        let case = world.case();
        assert_eq!(case.work.len(), 2, "{case:#?}");
        assert!(
            case.work
                .iter()
                .all(|one| one.state == OperationState::Open)
        );
    }
}

#[tokio::test]
async fn p0_what_comes_later_waits_behind_a_case_that_somebody_works_on() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = existing(fixture).await;
        world.requests(captain()).await;
        let first = world.case().case.id;
        world
            .host
            .claim(first, &person("eva"))
            .await
            .expect("claimed");
        world.requests(disabled(captain())).await;
        assert_eq!(world.case().work.len(), 1);
        assert_eq!(state(&world.last()), ("disable", OperationState::Waiting));
        world.completes(first).await;
        let second = world.case();
        assert_ne!(second.case.id, first);
        assert_eq!(second.work.len(), 1);
        assert_eq!(second.work[0].kind.as_str(), "disable");
    }
}

#[tokio::test]
async fn p0b_a_change_that_is_taken_back_before_anybody_claimed_it_is_withdrawn() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = existing(fixture).await;
        world.requests(captain()).await;
        let first = world.last();
        world.requests(will()).await;
        assert_eq!(world.cases(), []);
        let first = world.operation(first.id);
        assert_eq!(first.state, OperationState::Cancelled);
        assert!(first.withdrawn);
        assert!(world.account("will").withheld.is_empty());
        world.requests(captain()).await;
        assert_eq!(world.cases().len(), 1, "it can be asked for again");
    }
}

#[tokio::test]
async fn p0b_the_way_back_waits_behind_a_case_that_somebody_works_on() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = existing(fixture).await;
        world.requests(captain()).await;
        let first = world.case().case.id;
        world
            .host
            .claim(first, &person("eva"))
            .await
            .expect("claimed");
        world.requests(will()).await;
        assert_eq!(world.case().case.id, first);
        assert_eq!(world.last().state, OperationState::Waiting);
        assert_eq!(world.account("will").expected("full-name"), "Will Turner");

        world.cannot(first, "not today").await;
        assert_eq!(world.cases(), [], "what was never done need not be undone");
    }
}

/// A full name that was changed; disabling, and enabling again while that case is claimed.
async fn p1(fixture: Fixture) -> World {
    let world = existing(fixture.rule("one-case-per-account = false")).await;
    world.requests(captain()).await;
    world.completes(world.case().case.id).await;
    if world.host.resource_view("app").expect("known").verifies {
        world.minutes(1);
        world.export("will,Captain Turner,,pirates;swords,false,\n");
        world.reads().await;
    }
    world.requests(disabled(captain())).await;
    let first = world.case().case.id;
    world
        .host
        .claim(first, &person("eva"))
        .await
        .expect("claimed");
    world.requests(captain()).await;
    assert_eq!(world.cases().len(), 2);
    let account = world.account("will");
    assert_eq!(account.current("enabled"), "true");
    assert_eq!(account.expected("enabled"), "true");
    world
}

#[tokio::test]
async fn p1_to_p3_two_open_operations_are_completed_in_their_order() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = p1(fixture).await;
        let verifies = world.host.resource_view("app").expect("known").verifies;
        let mut cases: Vec<_> = world.cases().iter().map(|case| case.case.id).collect();
        cases.sort();
        world.completes(cases[0]).await;
        let account = world.account("will");
        assert_eq!(
            account.current("enabled"),
            if verifies { "true" } else { "false" }
        );
        assert_eq!(account.expected("enabled"), "true");
        world.completes(cases[1]).await;
        assert_eq!(world.account("will").current("enabled"), "true");
        assert_eq!(world.cases(), []);
    }
}

#[tokio::test]
async fn p4_the_order_of_closing_makes_no_difference() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = p1(fixture).await;
        let mut cases: Vec<_> = world.cases().iter().map(|case| case.case.id).collect();
        cases.sort();
        world.completes(cases[1]).await;
        world.completes(cases[0]).await;
        let account = world.account("will");
        assert_eq!(account.current("enabled"), "true");
        assert_eq!(account.expected("enabled"), "true");
        assert_eq!(world.cases(), []);
    }
}

#[tokio::test]
async fn p5_what_cancels_itself_out_within_the_window_makes_no_case() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = existing(with_window(fixture)).await;
        world.requests(disabled(will())).await;
        world.requests(captain()).await;
        world.minutes(2);
        world.host.run().await.expect("a run");
        let case = world.case();
        assert_eq!(case.work.len(), 1);
        assert_eq!(case.work[0].changes.len(), 1, "only what is left of them");
        assert_eq!(case.work[0].changes[0].attribute.as_str(), "full-name");
    }
}

#[tokio::test]
async fn p6_a_creation_goes_out_with_the_final_values() {
    let world = with_window(Fixture::s()).open().await;
    world.requests(will()).await;
    world.requests(captain()).await;
    world.minutes(1);
    world.requests(captain().with("interests", ["ships"])).await;
    world.minutes(1);
    world.host.run().await.expect("a run");
    assert_eq!(world.operations().len(), 1);
    assert_eq!(state(&world.last()), ("create", OperationState::Open));
    let account = world.account("will");
    assert_eq!(account.expected("full-name"), "Captain Turner");
    assert_eq!(account.expected("interests"), "ships");
}

#[tokio::test]
async fn p7_created_and_unassigned_within_the_window_is_nothing() {
    let world = with_window(Fixture::m()).open().await;
    world.requests(will()).await;
    world.unassigns("will").await;
    world.minutes(2);
    world.host.run().await.expect("a run");
    assert_eq!(world.cases(), []);
    assert!(world.operations().iter().all(|one| one.finished));
}

#[tokio::test]
async fn p8_a_value_that_comes_and_goes_within_the_window() {
    let world = existing(with_window(Fixture::m())).await;
    let with = |values: &[&str]| will().with("interests", values.to_vec());
    world.requests(with(&["pirates", "swords", "ships"])).await;
    world.requests(with(&["pirates", "swords"])).await;
    world.minutes(2);
    world.host.run().await.expect("a run");
    assert_eq!(world.cases(), [], "it was not there before");

    world.requests(with(&["pirates", "swords", "ships"])).await;
    world.requests(with(&["pirates"])).await;
    world.minutes(2);
    world.host.run().await.expect("a run");
    let change = &world.case().work[0].changes[0];
    assert!(change.add.is_empty());
    assert_eq!(change.remove.to_string(), "swords");
}

#[tokio::test]
async fn p10_one_request_waits_for_another() {
    let world = existing(Fixture::m()).await;
    world.requests(captain()).await;
    let first = world.last();
    let second = world
        .host
        .request(provisor::Request {
            resource: "app".parse().expect("a name"),
            identity: captain().with("interests", ["ships"]),
            wanted: Wanted::Account,
            requester: person("iam"),
            anew: false,
            after: Some(first.id),
        })
        .await
        .expect("recorded");
    assert_eq!(
        world.operation(second.operations[0]).state,
        OperationState::Waiting
    );
    world.cannot(first.case.expect("a case"), "no").await;
    let case = world.case();
    assert_eq!(case.work[0].id, second.operations[0]);
    assert_eq!(world.account("will").expected("interests"), "ships");
    assert_eq!(world.account("will").expected("full-name"), "Will Turner");
}

#[tokio::test]
async fn urgent_operations_do_not_wait_and_a_person_may_send_now_or_hold() {
    let rules = r#"
[[resource.app.policy.settings.rules]]
name = "leavers-first"
when = 'operation == "disable"'
priority = "urgent"
"#;
    let world = existing(with_window(Fixture::m()).policy(rules)).await;
    world.requests(disabled(will())).await;
    assert_eq!(state(&world.last()), ("disable", OperationState::Open));
    world.completes(world.case().case.id).await;

    world.requests(will()).await;
    let waiting = world.last();
    assert_eq!(state(&waiting), ("enable", OperationState::Waiting));
    world
        .host
        .hold(waiting.id, &person("eva"), "let us wait for the form")
        .await
        .expect("held");
    world.minutes(5);
    world.host.run().await.expect("a run");
    assert_eq!(world.cases(), []);
    world
        .host
        .release(waiting.id, &person("eva"))
        .await
        .expect("released");
    assert_eq!(world.cases().len(), 1);
}

#[tokio::test]
async fn a_rename_before_anybody_claimed_the_creation_makes_one_case_with_the_new_name() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    let receipt = world.requests(will().with("username", ["wturner"])).await;
    assert_eq!(receipt.identifier.as_deref(), Some("wturner"));
    let case = world.case();
    assert_eq!(case.work[0].identifier, "wturner");
    assert_eq!(case.work[0].kind.as_str(), "create");
}

#[tokio::test]
async fn a_rename_while_the_creation_is_under_way_keeps_one_account() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    let first = world.case().case.id;
    world
        .host
        .claim(first, &person("eva"))
        .await
        .expect("claimed");
    world.requests(will().with("username", ["wturner"])).await;
    assert_eq!(state(&world.last()), ("rename", OperationState::Waiting));
    world.completes(first).await;
    world.minutes(1);
    world.export(WILL);
    world.reads().await;
    assert_eq!(
        world.account("wturner").id,
        world.account("will").id,
        "both names match while it is under way"
    );
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export("wturner,Will Turner,,pirates;swords,false,\n");
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert_eq!(world.count("wturner", EventKind::Requested), 2);
    assert_eq!(world.host.unexpected("app", 10).expect("listed").len(), 0);
}

#[tokio::test]
async fn an_account_that_is_gone_is_taken_over_under_the_name_that_is_wanted_now() {
    let world = Fixture::s().open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    world.minutes(1);
    world.export("wturner,Will Turner,,pirates;swords,false,\n");
    world.reads().await;
    assert!(!world.account("will").current_exists);
    let receipt = world.requests(will().with("username", ["wturner"])).await;
    assert!(receipt.adopted);
    assert_eq!(world.cases(), []);
    let before = world.everything();
    world.requests(will().with("username", ["wturner"])).await;
    assert_eq!(world.everything(), before, "the same again changes nothing");
    assert!(world.account("wturner").current_exists);
    assert_eq!(world.host.unexpected("app", 10).expect("listed").len(), 0);
}
