//! Whoever got no answer asks once more. Nothing is done twice because of it: the second call says
//! what is already so, or that it is too late for it.

use provisor::model::{CaseId, EventKind, ExportId, ExportState, OperationId, OperationState};
use provisor::{Host, HostError, Report, Request, Wanted};
use provisor_tests::world::{Fixture, World, identity, person, will};

/// Asks twice; the second time changes nothing that can be seen.
async fn twice<F, R>(world: &World, ask: impl Fn(Host) -> F)
where
    F: Future<Output = Result<R, HostError>>,
{
    let before = world.everything();
    ask(world.host.clone()).await.expect("it can be done once");
    let once = world.everything();
    assert_ne!(before, once, "it should have an effect");
    let _already_so = ask(world.host.clone()).await;
    assert_eq!(once, world.everything());
}

/// Will's account is asked for, and nobody has begun.
async fn asked(fixture: Fixture) -> (World, CaseId, OperationId) {
    let world = fixture.open().await;
    world.requests(will()).await;
    let (case, operation) = (world.case().case.id, world.last().id);
    (world, case, operation)
}

#[tokio::test]
async fn what_an_operator_says_twice_is_said_once() {
    let (world, case, _) = asked(Fixture::s()).await;
    let (eva, jan) = (person("eva"), person("jan"));
    twice(&world, async |host| host.claim(case, &eva).await).await;
    twice(&world, async |host| host.comment(case, &eva, "who?").await).await;
    twice(&world, async |host| {
        let picture = b"done".to_vec();
        host.attach(case, &eva, "done.txt", picture).await
    })
    .await;
    twice(&world, async |host| host.pass_on(case, &eva, &jan).await).await;
    twice(&world, async |host| host.give_back(case, &jan).await).await;
    twice(&world, async |host| host.pass_on(case, &eva, &eva).await).await;
    twice(&world, async |host| {
        host.close_case(case, &eva, Report::done()).await
    })
    .await;
    twice(&world, async |host| {
        host.reopen_case(case, &eva, "too early").await
    })
    .await;
}

#[tokio::test]
async fn the_same_words_after_something_else_are_said_again() {
    let (world, case, _) = asked(Fixture::m()).await;
    let (eva, jan) = (person("eva"), person("jan"));
    for (who, words) in [(&eva, "who?"), (&jan, "me"), (&eva, "who?"), (&jan, "who?")] {
        world
            .host
            .comment(case, who, words)
            .await
            .expect("it is said");
    }
    assert_eq!(world.count("will", EventKind::Commented), 4);
}

#[tokio::test]
async fn what_is_asked_for_anew_twice_is_asked_for_once() {
    let (world, case, _) = asked(Fixture::m()).await;
    world.cannot(case, "no licence left").await;
    let anew = |host: Host| async move {
        host.request(Request {
            resource: "app".parse().expect("a name"),
            identity: will(),
            wanted: Wanted::Account,
            requester: person("iam"),
            anew: true,
            after: None,
        })
        .await
    };
    twice(&world, anew).await;
    assert_eq!(world.last().state, OperationState::Open);
}

#[tokio::test]
async fn what_is_held_or_released_twice_is_so_once() {
    let world = Fixture::m().rule("propagation = \"2m\"").open().await;
    world.requests(will()).await;
    let (operation, boss) = (world.last().id, person("boss"));
    twice(&world, async |host| {
        host.hold(operation, &boss, "wait").await
    })
    .await;
    twice(&world, async |host| host.release(operation, &boss).await).await;
}

#[tokio::test]
async fn a_held_export_is_released_once() {
    let world = Fixture::s()
        .with(
            "settle = \"0s\"",
            "settle = \"0s\"\ngates.shrank = { above = \"40%\", from-rows = 2 }",
        )
        .open()
        .await;
    let row = |id: &str| format!("{id},Will Turner,,pirates;swords,false,\n");
    world.export(&(row("will") + &row("elizabeth")));
    world.reads().await;
    for id in ["will", "elizabeth"] {
        world.requests(identity(id)).await;
    }
    world.minutes(1);
    world.export(&row("will"));
    let held = world.take("accounts.csv").await.expect("an answer").export;
    assert_eq!(held.state, ExportState::Held);
    let (id, boss): (ExportId, _) = (held.id, person("boss"));
    twice(&world, async |host| {
        host.release_export(id, &boss, "they left").await
    })
    .await;
    // Its file is still there.
    let once = world.everything();
    world.reads().await;
    assert_eq!(once, world.everything());
}
