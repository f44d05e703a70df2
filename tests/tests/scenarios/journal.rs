//! What components do is written down, in figures and lines, and never a secret.

use std::time::Duration;

use provisor::component_records::{ComponentFigures, OperationFigures, OutcomeFigures};
use provisor::model::{LogLevel, OutcomeClass, SaidBy};
use provisor::{ComponentLineView, HostError, LineQuery, ManualClock, Wanted};
use provisor_builtin::hostile;

use provisor_tests::world::{
    CANARY, Fixture, WILL, World, beginning, identity, open, person, will,
};

/// A policy with nothing to say about what is asked for here.
const POLICY: &str = r#"
[[resource.app.policy.settings.rules]]
name = "look"
when = 'operation == "delete"'
verdict = "hold"
reason = "somebody should look"
"#;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A world whose mapping behaves so, and is granted the canary as its secret.
async fn misbehaving(misbehave: &str) -> World {
    let settings = "[resource.app.mapping.settings.attributes]";
    let text = Fixture::m()
        .with(
            "component = \"cel-mapping\"",
            "component = \"./hostile.wasm\"\nsecrets.granted = { file = \"canary\" }",
        )
        .with(
            settings,
            &format!("[resource.app.mapping.settings]\nmisbehave = \"{misbehave}\"\n\n{settings}"),
        )
        .text();
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, content: &[u8]| {
        std::fs::write(folder.path().join(name), content).expect("written");
    };
    write("provisor.toml", text.as_bytes());
    write("canary", CANARY.as_bytes());
    write("hostile.wasm", hostile::MAPPING);
    std::fs::create_dir(folder.path().join("exports")).expect("made");
    let clock = ManualClock::at(beginning());
    let host = open(folder.path(), &clock).await.expect("the host opens");
    World {
        host,
        clock,
        folder,
    }
}

async fn figures(world: &World, component: &str) -> ComponentFigures {
    let stats = world.host.component_stats(Some(component), DAY).await;
    let mut components = stats.expect("there are figures").components;
    assert_eq!(components.len(), 1, "{components:?}");
    components.remove(0)
}

fn operation(figures: &ComponentFigures, name: &str) -> OperationFigures {
    let found = figures.operations.iter().find(|one| one.operation == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {figures:?}"))
        .clone()
}

fn outcome(outcome: &str, class: OutcomeClass, calls: u64) -> OutcomeFigures {
    OutcomeFigures {
        outcome: outcome.to_owned(),
        class,
        calls,
    }
}

async fn lines(world: &World, query: LineQuery) -> Vec<ComponentLineView> {
    world.host.component_lines(&query).await.expect("listed")
}

#[tokio::test]
async fn calls_of_all_worlds_are_counted_by_function_and_outcome() {
    let world = Fixture::s().policy(POLICY).open().await;
    world.requests(will()).await;
    world.host.run_without_exports().await.expect("it runs");
    world.export(WILL);
    world.reads().await;

    let mapping = figures(&world, "cel-mapping").await;
    let evaluate = operation(&mapping, "evaluate");
    assert_eq!(
        evaluate.outcomes,
        [outcome("ok", OutcomeClass::Good, evaluate.calls)]
    );
    assert!(evaluate.calls >= 1 && evaluate.cpu > 0 && evaluate.peak_memory > 0);
    assert!(evaluate.median <= evaluate.within_95 && evaluate.within_95 <= evaluate.largest);
    let counted: u64 = evaluate.durations.iter().map(|bucket| bucket.calls).sum();
    assert_eq!(counted, evaluate.calls);
    // Opening the host is told along with the work.
    assert_eq!(operation(&mapping, "load").calls, 1);
    assert_eq!(operation(&mapping, "check-settings").calls, 1);

    assert_eq!(
        operation(&figures(&world, "cel-policy").await, "decide").calls,
        1
    );
    let reader = figures(&world, "csv").await;
    // Rows are kept aside while they are counted, so an export is read once.
    assert_eq!(operation(&reader, "open").calls, 1);
    assert_eq!(operation(&reader, "summary").calls, 1);
}

#[tokio::test]
async fn a_host_that_was_only_opened_has_written_nothing() {
    let mut world = Fixture::m().open().await;
    // Whatever had to be compiled is cached by now.
    world.restart().await;
    let before = world
        .host
        .component_stats(None, DAY)
        .await
        .expect("figures");
    world.restart().await;
    let after = world
        .host
        .component_stats(None, DAY)
        .await
        .expect("figures");
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
}

#[tokio::test]
async fn an_error_is_told_with_its_code_and_the_lines_before_it() {
    let world = misbehaving("talk-panic").await;
    let refused = world.ask(will(), Wanted::Account, false).await;
    let error = refused.expect_err("the mapping broke down").to_string();
    assert!(!error.contains(CANARY), "{error}");
    let evaluate = operation(&figures(&world, "hostile-mapping").await, "evaluate");
    assert_eq!(
        evaluate.outcomes,
        [outcome("trapped", OutcomeClass::HostError, 1)]
    );

    let all = lines(&world, LineQuery::default()).await;
    let last = all.last().expect("lines");
    assert_eq!((last.said_by, last.level), (SaidBy::Host, LogLevel::Error));
    assert!(last.text.contains("evaluate broke down"), "{last:?}");
    for line in &all {
        assert_eq!(line.code.as_deref(), Some("trapped"), "{line:?}");
        assert_eq!(line.resource.as_deref(), Some("app"), "{line:?}");
        assert_eq!(
            (line.operation.as_str(), line.at),
            ("evaluate", beginning())
        );
    }
    assert_eq!(all[0].text, "a quiet word");
    assert!(
        all.iter()
            .any(|line| line.text.contains("the token is ***")),
        "{all:?}"
    );
    world.assert_no_secret();
}

#[tokio::test]
async fn lines_of_calls_that_went_well_are_kept_without_secrets_and_survive_a_restart() {
    let mut world = misbehaving("talk").await;
    // The accounts that it makes do not fit, but that is found out after the call.
    let _unusable = world.ask(will(), Wanted::Account, false).await;
    let warnings = LineQuery {
        level: LogLevel::Warn,
        ..LineQuery::default()
    };
    let before = lines(&world, warnings.clone()).await;
    assert_eq!(before.len(), 1, "{before:?}");
    assert_eq!(before[0].text, "the token is ***, look:\\n***");
    assert_eq!(before[0].code, None);
    world.restart().await;
    assert_eq!(lines(&world, warnings).await, before);
    world.assert_no_secret();
}

#[tokio::test]
async fn what_one_process_does_another_one_shows() {
    let world = misbehaving("talk-panic").await;
    let other = open(world.folder.path(), &world.clock).await.expect("open");
    world
        .ask(will(), Wanted::Account, false)
        .await
        .expect_err("broken");
    let last = lines(&world, LineQuery::default()).await;
    let last = last.last().expect("lines").line;
    let after = LineQuery {
        after: Some(last),
        ..LineQuery::default()
    };
    assert_eq!(other.component_lines(&after).await.expect("listed"), []);
    world
        .ask(identity("eva"), Wanted::Account, false)
        .await
        .expect_err("broken");
    // It asks for what is written, so its own process must have written it.
    let own = lines(&world, after.clone()).await;
    assert!(!own.is_empty());
    assert_eq!(other.component_lines(&after).await.expect("listed"), own);
    let stats = other
        .component_stats(Some("hostile-mapping"), DAY)
        .await
        .expect("figures");
    assert_eq!(operation(&stats.components[0], "evaluate").calls, 2);
}

#[tokio::test]
async fn figures_and_lines_are_dropped_when_they_have_been_kept_long_enough() {
    let world = misbehaving("talk-panic").await;
    let text = std::fs::read_to_string(world.folder.path().join("provisor.toml")).expect("read");
    let text = format!("{text}\n[retention]\ncomponent-records = \"7d\"\n");
    std::fs::write(world.folder.path().join("provisor.toml"), text).expect("written");
    let mut world = world;
    world.restart().await;
    world
        .ask(will(), Wanted::Account, false)
        .await
        .expect_err("broken");
    let all = lines(&world, LineQuery::default()).await.len() as u64;
    world.minutes(6 * 24 * 60);
    let report = world.host.run_without_exports().await.expect("it runs");
    assert_eq!(report.dropped.component_records, 0);
    world.minutes(2 * 24 * 60);
    let report = world.host.run_without_exports().await.expect("it runs");
    assert!(report.dropped.component_records > all);
    assert_eq!(lines(&world, LineQuery::default()).await, []);
    let stats = world
        .host
        .component_stats(None, 30 * DAY)
        .await
        .expect("figures");
    assert!(stats.components.is_empty(), "{stats:?}");
}

#[tokio::test]
async fn what_names_a_person_who_is_forgotten_is_erased() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    world.host.run_without_exports().await.expect("it runs");
    world.completes(world.case().case.id).await;
    world.shows(WILL).await;
    // A reader that quotes a row says whose it is.
    world.minutes(1);
    world.export("will,\"unfinished");
    world.take("accounts.csv").await.expect("an answer");
    let all = lines(&world, LineQuery::default()).await;
    assert!(!all.is_empty(), "the reader has failed");
    world.unassigns("will").await;
    world.host.run_without_exports().await.expect("it runs");
    world.completes(world.case().case.id).await;
    world.shows("").await;
    let erased = world
        .host
        .erase_identity(&"will".parse().expect("an id"), &person("jan"), "asked")
        .await
        .expect("erased");
    let left = lines(&world, LineQuery::default()).await;
    assert_eq!(all.len() - left.len(), erased.log_lines as usize);
    assert!(
        left.iter().all(|line| !line.text.contains("will")),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_component_that_nobody_called_is_unknown_and_the_others_are_named() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    let error = world
        .host
        .component_stats(Some("cel"), DAY)
        .await
        .expect_err("unknown");
    assert!(matches!(error, HostError::Unknown { .. }));
    assert!(
        error.to_string().contains("these were: cel-mapping"),
        "{error}"
    );
}
