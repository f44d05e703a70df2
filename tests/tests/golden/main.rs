//! Components that were made once and are never made again: whatever changes in the host, they go on
//! working. What each of them said to its recorded input, it says today.

mod play;
mod slips;

use std::collections::BTreeSet;
use std::path::PathBuf;

use provisor::sandbox::{
    Allocation, CacheConfig, Call, CallErrorKind, Component, PageBuilder, Sandbox, SandboxConfig,
    Table, World, inspect,
};
use provisor_tests::golden::{Golden, folder};
use serde_json::Value;

/// The versions of the contract of which components are kept.
const VERSIONS: [&str; 1] = ["0.1"];

/// Megabytes that all of them may have together, as they are kept.
const ROOM: u64 = 15;

/// A sandbox that keeps machine code from one run of the tests to the next: compiling a component
/// that carries Python takes longer than all the rest.
fn sandbox(allocation: Allocation) -> Sandbox {
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("golden");
    Sandbox::new(SandboxConfig {
        allocation,
        cache: Some(CacheConfig {
            directory: kept.join("code"),
            key_file: kept.join("key"),
        }),
        ..SandboxConfig::default()
    })
    .expect("a sandbox")
}

async fn load(sandbox: &Sandbox, golden: &Golden, version: &str) -> Component {
    let loaded = sandbox.load(&golden.bytes(version)).await;
    loaded.unwrap_or_else(|error| panic!("{}: {error}", golden.name))
}

/// All components of a world, each with the version of the contract that it is of.
fn of(world: World) -> Vec<(&'static str, Golden)> {
    let all = VERSIONS.iter().flat_map(|&version| {
        let all = Golden::all(version).into_iter();
        all.map(move |golden| (version, golden))
    });
    let ending = format!("-{world}");
    let found: Vec<_> = all
        .filter(|(_, golden)| golden.name.ends_with(&ending))
        .collect();
    assert!(!found.is_empty(), "there is no golden {world}");
    found
}

/// What is played to all components of a world, and what they say to it.
fn recording(version: &str, world: World) -> Value {
    let file = folder(version).join(format!("{world}.json"));
    let text = std::fs::read_to_string(&file).expect("the recording is there");
    serde_json::from_str(&text).expect("the recording is JSON")
}

/// Plays the recording of a world to all of its components.
async fn say_what_they_said(world: World) {
    let sandbox = sandbox(Allocation::OnDemand);
    for (version, golden) in of(world) {
        let component = load(&sandbox, &golden, version).await;
        assert_eq!(component.about().name, golden.name);
        let recording = recording(version, world);
        let said = play::play(&component, &recording).await;
        assert_eq!(
            said, recording["output"],
            "{} says now:\n{said:#}",
            golden.name
        );
    }
}

#[test]
fn nothing_was_made_anew() {
    for version in VERSIONS {
        let mut known = BTreeSet::new();
        let mut size = 0;
        for golden in Golden::all(version) {
            let inspection = inspect(&golden.bytes(version)).expect("it is a component");
            assert_eq!(
                inspection.digest.to_string(),
                golden.digest,
                "{}",
                golden.name
            );
            assert!(!golden.made_with.is_empty());
            let file = golden.file();
            size += std::fs::metadata(folder(version).join(&file))
                .unwrap()
                .len();
            known.insert(file);
        }
        let files = std::fs::read_dir(folder(version)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let there: BTreeSet<String> = names.filter(|name| name.contains(".wasm.")).collect();
        assert_eq!(there, known, "components.toml lists every file");
        assert!(
            size < ROOM * 1024 * 1024,
            "{size} bytes of golden components"
        );
    }
}

#[tokio::test]
async fn golden_mappings_say_what_they_said() {
    say_what_they_said(World::Mapping).await;
}

#[tokio::test]
async fn golden_policies_say_what_they_said() {
    say_what_they_said(World::Policy).await;
}

#[tokio::test]
async fn golden_readers_say_what_they_said() {
    say_what_they_said(World::Reader).await;
}

#[tokio::test]
async fn golden_ticketing_components_say_what_they_said() {
    say_what_they_said(World::Ticketing).await;
}

#[tokio::test]
async fn a_pool_has_room_for_as_many_instances_of_any_language() {
    const INSTANCES: u32 = 4;
    let sandbox = sandbox(Allocation::Pooled {
        instances: INSTANCES,
    });
    let call = Call {
        settings: recording("0.1", World::Mapping)["settings"].to_string(),
        ..Call::default()
    };
    let nobody = Table {
        columns: vec!["given".to_owned()],
        rows: PageBuilder::new().finish(),
    };
    for (version, golden) in of(World::Mapping) {
        let mapping = load(&sandbox, &golden, version).await.mapping().unwrap();
        let mut held = Vec::new();
        for number in 1..=INSTANCES {
            let mut run = mapping.start(&call).await.unwrap();
            let said = run.evaluate(&nobody).await;
            assert!(said.is_ok(), "{}, instance {number}: {said:?}", golden.name);
            held.push(run);
        }
        let mut more = mapping.start(&call).await.unwrap();
        let refused = more.evaluate(&nobody).await.unwrap_err();
        assert_eq!(refused.kind, CallErrorKind::Busy, "{}", golden.name);
    }
}

/// The bytes of a component as if it had been made for another version of the contract.
fn made_for(version: &str) -> Vec<u8> {
    let mut bytes = Golden::named("rust-mapping").bytes("0.1");
    let (from, to) = ("@0.1.0", format!("@{version}"));
    assert_eq!(from.len(), to.len(), "names keep their lengths");
    let places: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from.as_bytes())
        .map(|(place, _)| place)
        .collect();
    assert!(!places.is_empty(), "the version stands in the component");
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

#[tokio::test]
async fn a_component_of_a_later_patch_works_and_one_of_another_minor_version_is_refused() {
    let sandbox = sandbox(Allocation::OnDemand);
    let recording = recording("0.1", World::Mapping);
    let later = sandbox
        .load(&made_for("0.1.7"))
        .await
        .expect("a later patch");
    assert_eq!(play::play(&later, &recording).await, recording["output"]);

    let refused = sandbox
        .load(&made_for("0.2.0"))
        .await
        .expect_err("another minor version");
    assert!(
        refused.to_string().contains("provisor:connector"),
        "{refused}"
    );
}
