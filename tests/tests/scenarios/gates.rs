//! E: exports that are too surprising to be believed at once.

use provisor::HostError;
use provisor::model::{DriftKind, EventKind, ExportId, ExportState, OperationState};
use provisor::store::HistoryFilter;

use provisor_tests::world::{Fixture, HEADER, WILL, World, identity, person, will};

/// Rows of the accounts with these numbers.
fn rows(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers
        .into_iter()
        .map(|number| format!("user{number:04},User {number},,,false,\n"))
        .collect()
}

/// A person whose account has a row of [`rows`].
fn user(number: usize) -> provisor::Identity {
    identity(&format!("user{number:04}"))
        .with("full-name", [format!("User {number}")])
        .with("interests", [""; 0])
}

/// A resource with 1,000 accounts, of which three were asked for.
async fn thousand(fixture: Fixture) -> World {
    let world = fixture.open().await;
    world.export(&rows(0..1000));
    world.reads().await;
    for number in [1, 700, 999] {
        world.requests(user(number)).await;
    }
    world.minutes(1);
    world
}

/// Takes what the file shows now; it is held, and nothing has changed.
async fn held(world: &World) -> ExportId {
    let before = world.views();
    let report = world.take("accounts.csv").await.expect("an answer");
    assert_eq!(
        report.export.state,
        ExportState::Held,
        "{:?}",
        report.export.remarks
    );
    assert_eq!(world.views(), before);
    report.export.id
}

async fn refused(world: &World) -> String {
    let before = world.views();
    let report = world.take("accounts.csv").await.expect("an answer");
    assert_eq!(report.export.state, ExportState::Refused);
    assert_eq!(world.views(), before);
    report.export.remarks.join("\n")
}

/// Kinds of events of an export, with who caused them.
fn history(world: &World, export: ExportId) -> Vec<(EventKind, String)> {
    let history = world.host.history(&HistoryFilter {
        export: Some(export),
        limit: 10_000,
        ..HistoryFilter::default()
    });
    history
        .expect("the history can be read")
        .into_iter()
        .filter(|entry| entry.event.operation.is_none() && entry.account.is_none())
        .map(|entry| (entry.event.kind, entry.actor))
        .collect()
}

#[tokio::test]
async fn e1_half_an_export_is_held_shows_what_it_would_do_and_does_it_when_released() {
    let world = thousand(Fixture::s().rule("drift = \"fix\"")).await;
    world.export(&rows(0..500));
    let export = held(&world).await;

    let before = world.everything();
    let preview = world.host.preview_export(export).await.expect("a preview");
    assert_eq!(world.everything(), before, "looking changes nothing");
    assert_eq!((preview.known, preview.rows), (1000, 500));
    assert_eq!(preview.vanished.count, 500);
    assert_eq!(preview.vanished.examples[0].identifier, "user0500");
    assert_eq!((preview.unchanged, preview.changed), (500, 0));
    assert_eq!(preview.drift.len(), 1);
    assert_eq!(preview.drift[0].kind, DriftKind::Missing.as_str());
    assert_eq!(preview.drift[0].accounts.count, 2);
    assert_eq!((preview.planned.count, preview.due), (2, 2));
    let said = preview.to_string();
    for words in [
        "500 of 1000 known rows are not in it (50 %; the limit is 20 %)",
        "would leave 500 rows where 1000 are known now",
        "500 gone: user0500",
        "2 accounts would be missing, though nobody asked for that",
        "2 operations planned: user0700",
    ] {
        assert!(said.contains(words), "{words:?} is missing in {said}");
    }

    let released = world
        .host
        .release_export(export, &person("eva"), "half of them moved away")
        .await
        .expect("it is released");
    assert_eq!((released.vanished, released.unchanged), (500, 500));
    assert!(world.account("user0001").current_exists);
    for gone in ["user0700", "user0999"] {
        assert!(!world.account(gone).current_exists);
    }
    assert_eq!(world.cases().len(), 2, "as the preview said");
    let export = world.host.export(export).expect("it is kept");
    let decision = export.decision.expect("somebody decided");
    assert_eq!(decision.by, person("eva"));
    assert_eq!(decision.reason, "half of them moved away");
    assert_eq!(
        history(&world, export.id),
        [
            (EventKind::Held, "engine".to_owned()),
            (EventKind::Released, "eva".to_owned()),
            (EventKind::Accepted, "engine".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_held_export_that_is_discarded_changes_nothing_and_does_not_come_back() {
    let world = thousand(Fixture::s()).await;
    world.export(&rows(0..500));
    let export = held(&world).await;
    let before = world.views();
    let nothing = world.host.discard_export(export, &person("eva"), " ").await;
    assert!(matches!(nothing, Err(HostError::ReasonRequired { .. })));
    world
        .host
        .discard_export(export, &person("eva"), "the application was restarting")
        .await
        .expect("it is discarded");
    assert_eq!(world.views(), before);
    assert_eq!(
        history(&world, export),
        [
            (EventKind::Held, "engine".to_owned()),
            (EventKind::Discarded, "eva".to_owned()),
        ]
    );
    let again = world.take("accounts.csv").await.expect("an answer");
    assert!(again.known);
    assert_eq!(
        (again.export.id, again.export.state),
        (export, ExportState::Discarded)
    );
    for late in [
        world
            .host
            .release_export(export, &person("jan"), "no, it was right")
            .await
            .map(|_| ()),
        world.host.preview_export(export).await.map(|_| ()),
        world
            .host
            .discard_export(export, &person("jan"), "me too")
            .await
            .map(|_| ()),
    ] {
        assert_eq!(late.expect_err("it is over").code(), "export-not-held");
    }
}

#[tokio::test]
async fn the_same_file_again_is_the_same_question() {
    let world = thousand(Fixture::s()).await;
    world.export(&rows(0..500));
    let export = held(&world).await;
    world.minutes(60);
    let again = world.take("accounts.csv").await.expect("an answer");
    assert!(again.known);
    assert_eq!(again.export.id, export);
    assert_eq!(again.export.exported_at, world.host.now());
    assert_eq!(history(&world, export).len(), 1);
}

#[tokio::test]
async fn a_newer_export_takes_the_place_of_a_held_one() {
    let world = thousand(Fixture::s()).await;
    world.export(&rows(0..500));
    let first = held(&world).await;
    world.minutes(1);
    world.export(&rows(0..400));
    let second = held(&world).await;
    assert_ne!(first, second);
    assert_eq!(
        world.host.export(first).expect("kept").state,
        ExportState::Replaced
    );
    let waiting = world.host.held_export("app").expect("asked");
    assert_eq!(waiting.expect("one waits").id, second);

    world.minutes(1);
    world.export(&rows(0..999));
    world.reads().await;
    assert_eq!(world.host.held_export("app").expect("asked"), None);
    let late = world
        .host
        .release_export(second, &person("eva"), "go on")
        .await;
    assert_eq!(late.expect_err("too late").code(), "export-not-held");
    assert!(world.account("user0700").current_exists);
}

#[tokio::test]
async fn what_a_held_export_would_decide_is_decided_by_its_own_time() {
    let world = thousand(Fixture::s()).await;
    world
        .requests(user(700).with("full-name", ["Renamed"]))
        .await;
    world.requests(user(1).with("full-name", ["Renamed"])).await;
    for case in world.cases() {
        world.completes(case.case.id).await;
    }
    world.minutes(16);
    let renamed = rows(0..600).replace("User 1,", "Renamed,");
    world.export(&renamed);
    let export = held(&world).await;
    let preview = world.host.preview_export(export).await.expect("a preview");
    assert_eq!(preview.verified.examples[0].identifier, "user0001");
    assert_eq!(preview.contradicted.examples[0].identifier, "user0700");
    assert_eq!((preview.verified.count, preview.contradicted.count), (1, 1));
    let change = &preview.attributes[0];
    assert_eq!(change.attribute.as_str(), "full-name");
    assert_eq!(change.rows, 1);
    let example = &change.examples[0];
    assert_eq!(example.before.to_string(), "User 1");
    assert_eq!(example.after.to_string(), "Renamed");

    world.minutes(600);
    world
        .host
        .release_export(export, &person("eva"), "it is right")
        .await
        .expect("released");
    let verified = world.operations();
    assert!(
        verified
            .iter()
            .any(|operation| operation.state == OperationState::Verified)
    );
    let observed = world.host.export(export).expect("kept");
    assert!(observed.exported_at < world.host.now());
}

#[tokio::test]
async fn an_export_without_rows_is_held() {
    let world = Fixture::s().open().await;
    world.export(&rows(0..2));
    world.reads().await;
    world.minutes(1);
    world.export("");
    held(&world).await;
}

#[tokio::test]
async fn an_attribute_that_changes_everywhere_is_held_with_values_of_before_and_after() {
    let world = thousand(Fixture::s()).await;
    let moved = |count: usize| {
        let changed: String = (0..count)
            .map(|number| format!("user{number:04},User {number},Moved,,false,\n"))
            .collect();
        format!("{changed}{}", rows(count..1000))
    };
    world.export(&moved(300));
    let report = world.reads().await;
    assert_eq!(report.changed, 300, "three tenths pass");
    world.minutes(1);
    world.export(&rows(0..1000).replace(",,,false", ",Elsewhere,,false"));
    let export = held(&world).await;
    let preview = world.host.preview_export(export).await.expect("a preview");
    assert_eq!(preview.attributes.len(), 1);
    assert_eq!(preview.attributes[0].rows, 1000);
    let said = preview.to_string();
    assert!(said.contains("description in 1000 rows (100 %)"), "{said}");
    assert!(
        said.contains("user0000 (line 2): Moved -> Elsewhere"),
        "{said}"
    );
}

#[tokio::test]
async fn a_change_of_case_where_case_does_not_matter_is_no_change() {
    let world = thousand(Fixture::s()).await;
    world.export(&rows(0..1000).replace("user0", "USER0"));
    let report = world.reads().await;
    assert_eq!((report.appeared, report.vanished), (0, 0));
}

#[tokio::test]
async fn a_column_that_is_gone_is_held_once() {
    let world = thousand(Fixture::s()).await;
    let without = rows(0..1000).replace(",,,false", ",,false");
    let header = HEADER.replace("description,", "");
    world.export_as("accounts.csv", format!("{header}{without}").as_bytes());
    let export = held(&world).await;
    world
        .host
        .release_export(export, &person("eva"), "they dropped it")
        .await
        .expect("released");
    world.minutes(1);
    world.reads().await;
}

#[tokio::test]
async fn too_many_rows_that_cannot_be_read_are_held_and_their_accounts_stay() {
    let world = thousand(Fixture::s().with(
        "identifier = \"username\"\ncolumns",
        "identifier = \"username\"\nbad-row = \"reject-row\"\ncolumns",
    ))
    .await;
    let broken = |count: usize| {
        let bad: String = (0..count)
            .map(|number| format!("user{number:04},User {number},,,perhaps,\n"))
            .collect();
        format!("{bad}{}", rows(count..1000))
    };
    world.export(&broken(5));
    world.reads().await;
    world.minutes(1);
    world.export(&broken(6));
    let export = held(&world).await;
    let released = world
        .host
        .release_export(export, &person("eva"), "known trouble")
        .await
        .expect("released");
    assert_eq!(released.vanished, 0);
    assert!(world.account("user0001").current_exists);
}

#[tokio::test]
async fn e4_duplicates_can_be_left_out_instead() {
    let world = Fixture::s()
        .with(
            "settle = \"0s\"",
            "settle = \"0s\"\ngates.duplicates = { action = \"warn\" }\n\
             gates.rejected = { action = \"warn\" }",
        )
        .open()
        .await;
    world.export(&format!("{WILL}{}", rows(0..10)));
    world.reads().await;
    world.requests(will()).await;
    world.minutes(1);
    world.export(&format!(
        "WILL,Another Will,,,false,\n{}{WILL}",
        rows(0..10)
    ));
    let report = world.reads().await;
    assert_eq!((report.export.rows, report.export.rejected), (10, 2));
    assert!(
        report.export.remarks[0].contains("on line 2 and on line 13"),
        "{:?}",
        report.export.remarks
    );
    let account = world.account("will");
    assert!(account.current_exists);
    assert_eq!(account.drift, []);
    world.minutes(1);
    world.export(&format!("{}{WILL}", rows(0..10)));
    let report = world.reads().await;
    assert_eq!((report.unchanged, report.changed), (11, 0));
}

#[tokio::test]
async fn a_refused_export_is_told_once() {
    let world = thousand(Fixture::s()).await;
    world.export(&format!("{}{}", rows(0..1000), rows(3..4)));
    let said = refused(&world).await;
    assert!(
        said.contains("line 5") && said.contains("line 1002"),
        "{said}"
    );
    let exports = world.host.exports("app", 10).expect("listed").len();
    assert_eq!(refused(&world).await, said);
    assert_eq!(
        world.host.exports("app", 10).expect("listed").len(),
        exports
    );
}

#[tokio::test]
async fn gates_are_what_the_configuration_says() {
    let gates = [
        (
            "shrank = { action = \"stop\", above = \"49.9%\" }",
            500,
            "refused",
        ),
        ("shrank = { action = \"warn\" }", 500, "accepted"),
        ("shrank = { above = \"50%\" }", 500, "accepted"),
        ("shrank = { from-rows = 1001 }", 500, "accepted"),
        ("grew = { action = \"hold\", above = \"9%\" }", 1100, "held"),
        (
            "grew = { action = \"hold\", above = \"10%\" }",
            1100,
            "accepted",
        ),
    ];
    for (gate, count, state) in gates {
        let world = Fixture::s()
            .with("settle = \"0s\"", &format!("settle = \"0s\"\ngates.{gate}"))
            .open()
            .await;
        world.export(&rows(0..1000));
        world.reads().await;
        world.minutes(1);
        world.export(&rows(0..count));
        let report = world.take("accounts.csv").await.expect("an answer");
        assert_eq!(report.export.state.as_str(), state, "{gate}");
        let remarked = report.export.gates.is_empty();
        assert_eq!(
            remarked,
            gate.contains("above = \"50%\"") || gate.contains("10%") || gate.contains("1001"),
            "{gate}"
        );
    }
}

#[tokio::test]
async fn a_held_export_survives_a_restart() {
    let mut world = thousand(Fixture::s()).await;
    world.export(&rows(0..500));
    let export = held(&world).await;
    world.restart().await;
    std::fs::remove_file(world.path("accounts.csv")).expect("removed");
    let released = world
        .host
        .release_export(export, &person("eva"), "it is right")
        .await
        .expect("its content is kept as evidence");
    assert_eq!(released.vanished, 500);
}
