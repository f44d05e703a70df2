//! The clock jumps back.

use std::time::Duration;

use provisor::model::{ExportState, OperationState};
use provisor_tests::world::{Fixture, WILL, World, identity, person, will};

/// Three days, as when a machine starts with a wrong clock.
const BACK: Duration = Duration::from_secs(3 * 24 * 60 * 60);

fn back(world: &World) {
    world.clock.set(world.host.now().before(BACK));
}

fn forth(world: &World) {
    world.clock.advance(BACK);
}

async fn run(world: &World) {
    let report = world.host.run_without_exports().await.expect("a run");
    assert_eq!(report.failed, []);
}

#[tokio::test]
async fn a_window_that_the_clock_jumps_out_of_still_ends_once() {
    let world = Fixture::m().rule("propagation = \"2m\"").open().await;
    world.requests(will()).await;
    back(&world);
    run(&world).await;
    assert_eq!(world.cases(), []);
    world
        .requests(will().with("full-name", ["Captain Turner"]))
        .await;
    run(&world).await;
    forth(&world);
    world.minutes(2);
    run(&world).await;
    let case = world.case();
    assert_eq!(case.work.len(), 1);
    run(&world).await;
    assert_eq!(world.case(), case);
}

#[tokio::test]
async fn people_work_on_while_the_clock_is_wrong() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = fixture.open().await;
        world.requests(will()).await;
        let case = world.case().case.id;
        back(&world);
        let eva = person("eva");
        world.host.claim(case, &eva).await.expect("claimed");
        world.requests(identity("elizabeth")).await;
        world.completes(case).await;
        assert_eq!(world.cases().len(), 1);
        world
            .host
            .reopen_case(case, &eva, "too early")
            .await
            .expect("opened again");
        world.completes(case).await;
        run(&world).await;
        let done = world.operation(provisor::model::OperationId(1)).state;
        assert!(done == OperationState::Done, "{done}");
        crate::whole::assert_whole(world.folder.path());
    }
}

#[tokio::test]
async fn an_export_from_before_the_last_one_is_held_and_the_next_one_counts() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    world.reads().await;
    world.completes(world.case().case.id).await;
    world.export(WILL);
    let before = world.views();
    back(&world);
    let early = world.take("accounts.csv").await.expect("an answer").export;
    assert_ne!(early.state, ExportState::Accepted);
    let why = early.remarks.join("\n");
    assert!(why.contains("older") || why.contains("before"), "{why}");
    assert_eq!(world.views(), before);
    forth(&world);
    world.minutes(16);
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert_eq!(world.cases(), []);
    crate::whole::assert_whole(world.folder.path());
}
