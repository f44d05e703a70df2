//! The bytes of uploads: kept whole by their digest, or not at all.

use provisor::canary::STOP_AFTER;
use provisor::model::{CanaryScope, EventKind, Upload};
use provisor::sandbox::Allocation;
use provisor::store::HistoryFilter;
use provisor::{CanaryRequest, Dropped};
use provisor_tests::world::{World, identity, person, will};

use crate::version::{
    activates, goes_back, has_machine_code, mapping, upload, uploads, with_its_own_machine_code,
    with_uploaded_mapping,
};

fn contents(world: &World) -> usize {
    let mut count = 0;
    let folder = world.folder.path().join("data/components");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            count += std::fs::read_dir(path).expect("a folder").count();
        }
    }
    count
}

#[tokio::test]
async fn the_same_component_once_more_is_the_same_upload_and_makes_damaged_bytes_good() {
    let mut world = with_uploaded_mapping().open().await;
    let version = uploads(&world, &mapping(1)).await;
    activates(&world, &version, "eva")
        .await
        .expect("it is activated");
    let digest = version.digest.to_string();
    let path = format!("data/components/{}/{digest}", &digest[..2]);
    let path = world.folder.path().join(path);
    std::fs::write(&path, b"damaged").expect("written");
    world.restart().await;
    let error = world
        .ask(will(), provisor::Wanted::Account, false)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "component-unusable");
    let again = uploads(&world, &mapping(1)).await;
    assert_eq!(again, version);
    world.requests(will()).await;
    assert_eq!(contents(&world), 1);
}

#[tokio::test]
async fn of_what_is_refused_the_record_is_kept_and_not_the_bytes() {
    let world = with_uploaded_mapping().open().await;
    let refused = upload(&world, b"no component")
        .await
        .expect("it is answered");
    assert_eq!(refused.state(), "refused");
    assert_eq!(contents(&world), 0);
    let kept = world
        .host
        .uploaded(&refused.digest.to_string())
        .expect("known");
    assert_eq!(kept, refused);
    // The same bytes are judged anew, and refused anew.
    let again = upload(&world, b"no component")
        .await
        .expect("it is answered");
    assert_eq!(again.stage, refused.stage);
}

/// Thirty days and an hour.
const LONG: u64 = (30 * 24 + 1) * 60;

async fn world_that_forgets() -> World {
    with_uploaded_mapping()
        .more("[retention]\nuploads = \"30d\"")
        .open()
        .await
}

/// Versions of the mapping, uploaded one after the other.
async fn versions(world: &World, count: u8) -> Vec<Upload> {
    let mut versions = Vec::new();
    for number in 1..=count {
        versions.push(uploads(world, &mapping(number)).await);
        world.minutes(1);
    }
    versions
}

async fn retired(world: &World, version: &Upload) {
    let called = version.digest.to_string();
    let eva = person("eva");
    let retired = world.host.retire_component(&called, &eva, "old").await;
    retired.expect("it is retired");
}

async fn run(world: &World) -> Dropped {
    let report = world.host.run_without_exports().await.expect("it runs");
    report.dropped
}

fn state(world: &World, version: &Upload) -> (&'static str, bool) {
    let upload = world.host.uploaded(&version.digest.to_string());
    let upload = upload.expect("the record is kept");
    (upload.state(), upload.bytes_dropped_at.is_some())
}

#[tokio::test]
async fn what_nobody_can_use_any_more_loses_its_bytes_in_time_and_keeps_its_record() {
    let world = world_that_forgets().await;
    // The fourth is never active, and the fifth takes its place.
    let all = versions(&world, 5).await;
    for version in &all[..3] {
        activates(&world, version, "eva").await.expect("activated");
    }
    retired(&world, &all[0]).await;
    let refused = upload(&world, b"no component").await.expect("answered");
    assert_eq!(run(&world).await, Dropped::default(), "all is fresh");
    assert_eq!(contents(&world), 5);
    world.minutes(LONG);
    assert_eq!(run(&world).await.uploads, 3);
    let states: Vec<_> = all.iter().map(|version| state(&world, version)).collect();
    assert_eq!(
        states,
        [
            ("retired", true),
            ("ready", false),
            ("ready", false),
            ("dropped", true),
            ("ready", false),
        ]
    );
    assert_eq!(contents(&world), 3);
    assert!(world.host.uploaded(&refused.digest.to_string()).is_err());
    let history = world.host.history(&HistoryFilter {
        limit: 1000,
        ..HistoryFilter::default()
    });
    let dropped = history.expect("listed").into_iter();
    let dropped: Vec<_> = dropped
        .filter(|entry| entry.event.kind == EventKind::Dropped)
        .filter_map(|entry| entry.event.component)
        .collect();
    assert_eq!(dropped.len(), 2);
    assert!(dropped.contains(&all[0].digest) && dropped.contains(&all[3].digest));
    let retired = world.host.uploaded(&all[0].digest.to_string());
    let bytes = world.host.uploaded_bytes(&retired.expect("known")).await;
    assert_eq!(bytes.unwrap_err().code(), "component-bytes-dropped");
    let error = activates(&world, &all[3], "eva").await.unwrap_err();
    assert_eq!(error.code(), "component-not-ready");
    world.requests(will()).await;
    goes_back(&world, "cel-mapping", "eva").await.expect("back");
    // Whoever has the file brings it again; what was retired stays so.
    assert_eq!(uploads(&world, &mapping(4)).await.bytes_dropped_at, None);
    let again = upload(&world, &mapping(1)).await.expect("answered");
    assert_eq!(again.state(), "retired");
    assert_eq!(contents(&world), 4);
}

#[tokio::test]
async fn what_is_tried_keeps_its_bytes_until_the_canary_ends() {
    let world = world_that_forgets().await;
    let all = versions(&world, 3).await;
    activates(&world, &all[0], "eva").await.expect("activated");
    let name = all[0].name().expect("a name").clone();
    let request = CanaryRequest {
        component: name.clone(),
        candidate: all[1].digest.to_string(),
        scope: CanaryScope::Resources(["app".parse().expect("a name")].into()),
        by: person("eva"),
        reason: String::new(),
        stop_after: STOP_AFTER,
    };
    world.host.begin_canary(request).await.expect("it begins");
    world.minutes(LONG);
    assert_eq!(run(&world).await.uploads, 0);
    let stopped = world.host.stop_canary(&name, &person("eva"), "").await;
    stopped.expect("it ends");
    world.minutes(LONG);
    assert_eq!(run(&world).await.uploads, 1);
    assert_eq!(state(&world, &all[1]), ("dropped", true));
}

#[tokio::test]
async fn bytes_that_a_kill_left_behind_go_when_the_host_opens_again() {
    let mut world = world_that_forgets().await;
    let all = versions(&world, 2).await;
    retired(&world, &all[0]).await;
    world.minutes(LONG);
    let digest = all[0].digest.to_string();
    let file = format!("data/components/{}/{digest}", &digest[..2]);
    let file = world.folder.path().join(file);
    let bytes = std::fs::read(&file).expect("it is there");
    assert_eq!(run(&world).await.uploads, 1);
    // It was said that they go, and they did not yet.
    std::fs::write(&file, bytes).expect("written");
    world.restart().await;
    assert!(!file.exists());
    assert_eq!(state(&world, &all[0]), ("retired", true));
}

#[tokio::test]
async fn the_machine_code_may_be_deleted_while_the_host_is_at_work() {
    let mut world = with_uploaded_mapping().open().await;
    with_its_own_machine_code(&mut world, Allocation::OnDemand).await;
    let one = uploads(&world, &mapping(1)).await;
    activates(&world, &one, "eva").await.expect("activated");
    let cache = world.folder.path().join("data/cache");
    assert!(has_machine_code(&world, &one.digest));
    std::fs::remove_dir_all(&cache).expect("deleted");
    world.requests(will()).await;
    let two = uploads(&world, &mapping(2)).await;
    activates(&world, &two, "eva").await.expect("activated");
    assert!(has_machine_code(&world, &two.digest), "it is kept again");
    goes_back(&world, "cel-mapping", "eva").await.expect("back");
    assert!(
        has_machine_code(&world, &one.digest),
        "it was compiled again"
    );
    std::fs::remove_dir_all(&cache).expect("deleted");
    with_its_own_machine_code(&mut world, Allocation::OnDemand).await;
    world.requests(identity("a")).await;
    assert!(
        has_machine_code(&world, &one.digest),
        "by another process, too"
    );
}
