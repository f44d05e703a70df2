//! E: what exports show, and what they do not prove.

use provisor::model::{DriftKind, EventKind, OperationState, Subject};

use provisor_tests::world::{Fixture, HEADER, Seen, WILL, World, identity, will};

/// Rows of `count` accounts, of which Will's is not one.
fn rows(count: usize) -> String {
    (0..count)
        .map(|number| format!("user{number:04},User {number},,,false,\n"))
        .collect()
}

async fn refused(world: &World, content: &str) -> String {
    world.minutes(1);
    world.export_as("accounts.csv", content.as_bytes());
    let before = world.views();
    let report = world.take("accounts.csv").await.expect("an answer");
    assert_eq!(report.export.state.as_str(), "refused");
    assert_eq!(world.views(), before);
    assert_eq!(
        world
            .host
            .resource_view("app")
            .expect("known")
            .last_export
            .map(|export| export.rows),
        Some(1),
        "the last accepted export stays"
    );
    report.export.remarks.join("\n")
}

async fn with_will() -> World {
    let world = Fixture::s().open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    world
}

#[tokio::test]
async fn e2_a_file_whose_last_row_is_cut_off_is_refused_with_the_line() {
    let world = with_will().await;
    let said = refused(&world, &format!("{HEADER}{WILL}bill,Bill Tur")).await;
    assert!(said.contains("line 3"), "{said}");
    let said = refused(&world, &format!("{HEADER}{WILL}bill,\"Bill Tur")).await;
    assert!(said.contains("line 3"), "{said}");
}

#[tokio::test]
async fn e3_one_malformed_row_is_reported_and_its_account_keeps_what_was_seen() {
    let world = Fixture::s()
        .with(
            "identifier = \"username\"\ncolumns",
            "identifier = \"username\"\nbad-row = \"reject-row\"\ncolumns",
        )
        .open()
        .await;
    world.export(&format!("{}{WILL}", rows(999)));
    world.reads().await;
    world.requests(will()).await;
    world
        .requests(
            identity("user0001")
                .with("full-name", ["User 1"])
                .with("interests", [""; 0]),
        )
        .await;
    world.minutes(1);
    world.export(&format!(
        "{}will,Will Turner,,pirates;swords,perhaps,\n",
        rows(999)
    ));
    let report = world.reads().await;
    assert_eq!((report.export.rows, report.export.rejected), (999, 1));
    assert_eq!(report.export.rejected_rows[0].position, 1001);
    assert_eq!(report.vanished, 0);
    let account = world.account("will");
    assert!(account.current_exists);
    assert_eq!(account.current("full-name"), "Will Turner");
    assert_eq!(account.drift, []);
    assert!(world.account("user0001").current_exists);
}

#[tokio::test]
async fn e4_an_identifier_that_stands_there_twice_stops_the_export() {
    let world = with_will().await;
    let said = refused(
        &world,
        &format!("{HEADER}{WILL}bill,Bill,,,false,\nWILL,Another Will,,,false,\n"),
    )
    .await;
    assert!(said.contains("line 2") && said.contains("line 4"), "{said}");
}

#[tokio::test]
async fn e5_the_same_bytes_again_tell_nothing_new() {
    let world = Fixture::s()
        .with("exported-at = \"read\"", "exported-at = \"mtime\"")
        .open()
        .await;
    let made = world.host.now();
    world.written_at("accounts.csv", made);
    world.reads().await;
    world.minutes(1);
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    world.minutes(60);
    let before = world.everything();
    let again = world.reads().await;
    assert!(again.known);
    assert_eq!(world.everything(), before);

    world.written_at("accounts.csv", world.host.now());
    let newer = world.reads().await;
    assert!(!newer.known, "the application wrote it again, later");
    assert_eq!(
        world.count("will", EventKind::Contradicted),
        1,
        "now it proves something"
    );
}

#[tokio::test]
async fn an_export_that_is_older_than_the_last_one_is_refused() {
    let world = Fixture::s()
        .with("exported-at = \"read\"", "exported-at = \"mtime\"")
        .open()
        .await;
    let made = world.host.now();
    world.written_at("accounts.csv", made);
    world.reads().await;
    world.minutes(60);
    world.export(WILL);
    world.written_at(
        "accounts.csv",
        provisor::model::Timestamp::from_millis(made.millis() - 1000),
    );
    let report = world.take("accounts.csv").await.expect("an answer");
    assert_eq!(report.export.state.as_str(), "refused");
    world.written_at(
        "accounts.csv",
        world.host.now().after(std::time::Duration::from_secs(600)),
    );
    let report = world.take("accounts.csv").await.expect("an answer");
    assert_eq!(report.export.state.as_str(), "refused");
    assert!(report.export.remarks[0].contains("future"));
}

#[tokio::test]
async fn e6_a_change_that_nobody_asked_for_is_reported_once_with_both_values() {
    let world = with_will().await;
    world.minutes(1);
    world.export("will,Will Sparrow,,pirates;swords,false,\n");
    let report = world.reads().await;
    let drift = world.account("will").drift;
    assert_eq!(drift.len(), 1);
    assert_eq!(drift[0].kind, DriftKind::Changed);
    assert_eq!(
        drift[0].subject,
        Subject::Attribute("full-name".parse().expect("a name"))
    );
    assert_eq!(drift[0].expected.to_string(), "Will Turner");
    assert_eq!(drift[0].observed.to_string(), "Will Sparrow");
    assert_eq!(drift[0].export, report.export.id);
    assert_eq!(world.cases(), []);
    assert_eq!(world.operations(), []);

    world.minutes(1);
    world.reads().await;
    world.requests(will()).await;
    assert_eq!(world.count("will", EventKind::Drifted), 1);
    assert_eq!(world.operations(), []);

    world.minutes(1);
    world.export(WILL);
    world.reads().await;
    assert_eq!(world.account("will").drift, []);
    assert_eq!(world.count("will", EventKind::Settled), 1);
}

#[tokio::test]
async fn e7_with_fix_drift_becomes_a_case_and_the_next_export_ends_it() {
    let world = Fixture::s().rule("drift = \"fix\"").open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    world.minutes(1);
    world.export("will,Will Sparrow,,pirates;swords,false,\n");
    world.reads().await;
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export(WILL);
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert_eq!(world.account("will").drift, []);
}

#[tokio::test]
async fn e8_with_accept_the_value_becomes_what_is_desired() {
    let world = Fixture::s().rule("drift = \"accept\"").open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    world.minutes(1);
    world.export("will,Will Sparrow,,pirates;swords,false,\n");
    world.reads().await;
    assert_eq!(world.account("will").desired("full-name"), "Will Sparrow");
    assert_eq!(world.cases(), []);
    world.requests(will()).await;
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn e9_a_row_that_nobody_asked_for_is_listed_as_unexpected() {
    let world = with_will().await;
    world.minutes(1);
    world.export(&format!("{WILL}{}", rows(2)));
    world.reads().await;
    let unexpected = world.host.unexpected("app", 10).expect("listed");
    assert_eq!(unexpected.len(), 2);
    assert_eq!(
        world.host.resource_view("app").expect("known").unexpected,
        2
    );
}

#[tokio::test]
async fn e10_an_account_that_vanishes_is_missing() {
    let world = with_will().await;
    world.minutes(1);
    world.export("");
    world.reads().await;
    let account = world.account("will");
    assert!(!account.current_exists);
    assert_eq!(account.drift.len(), 1);
    assert_eq!(account.drift[0].kind, DriftKind::Missing);
    assert_eq!(world.cases(), []);
    world.minutes(1);
    world.export(WILL);
    world.reads().await;
    assert_eq!(world.account("will").drift, []);
}

#[tokio::test]
async fn e10_with_fix_an_account_that_vanishes_is_made_again() {
    let world = Fixture::s().rule("drift = \"fix\"").open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    world.minutes(1);
    world.export("");
    world.reads().await;
    assert_eq!(world.account("will").drift[0].kind, DriftKind::Missing);
    assert_eq!(world.case().title, "create the account will on Application");
}

#[tokio::test]
async fn the_password_of_an_export_is_kept_only_as_evidence_is_and_never_shown() {
    let world = with_will().await;
    world.minutes(1);
    world.export("will,Will Turner,,pirates;swords,false,secret-of-the-application\n");
    world.reads().await;
    assert!(!world.everything().contains("secret-of-the-application"));
    let database = std::fs::read(world.folder.path().join("data/provisor.db")).expect("read");
    let wal = std::fs::read(world.folder.path().join("data/provisor.db-wal")).unwrap_or_default();
    for file in [database, wal] {
        assert!(
            !file
                .windows(b"secret-of-the-application".len())
                .any(|part| part == b"secret-of-the-application")
        );
    }
}

#[tokio::test]
async fn a_manifest_says_when_an_export_was_made_and_what_is_in_it() {
    let world = Fixture::s()
        .with("exported-at = \"read\"", "exported-at = \"manifest\"")
        .open()
        .await;
    world.export(WILL);
    let error = world.take("accounts.csv").await.expect_err("no manifest");
    assert_eq!((error.code(), error.retryable()), ("export-manifest", true));
    let manifest = |text: &str| world.export_as("accounts.csv.manifest.json", text.as_bytes());
    for wrong in [
        "",
        "[]",
        "{}",
        "{\"exported-at\": \"yesterday\"}",
        "{\"exported-at\": \"2026-03-02T07:00:00Z\", \"sha256\": \"abc\"}",
        "{\"exported-at\": \"2026-03-02T07:00:00Z\", \"rows\": -1}",
        &" ".repeat(70_000),
    ] {
        manifest(wrong);
        let error = world.take("accounts.csv").await.expect_err("a wrong one");
        assert_eq!(
            (error.code(), error.retryable()),
            ("export-manifest", false)
        );
    }
    let of_another = "0".repeat(64);
    for (wrong, said) in [
        ("\"rows\": 2", "says that it has 2 rows and has 1"),
        (&format!("\"sha256\": \"{of_another}\""), "SHA-256"),
    ] {
        manifest(&format!(
            "{{\"exported-at\": \"2026-03-02T07:00:00Z\", {wrong}}}"
        ));
        let refused = world.take("accounts.csv").await.expect("an answer").export;
        assert_eq!(refused.state.as_str(), "refused");
        assert!(refused.remarks[0].contains(said), "{:?}", refused.remarks);
    }
    manifest("{\"exported-at\": \"2026-03-02T07:00:00Z\", \"rows\": 1, \"by\": \"payroll\"}");
    let taken = world.reads().await.export;
    assert_eq!(taken.exported_at.to_string(), "2026-03-02T07:00:00Z");
    assert_eq!(taken.exported_at_from, "manifest");
    assert!(world.reads().await.known);
    std::fs::remove_file(world.path("accounts.csv.manifest.json")).expect("removed");
    std::fs::create_dir(world.path("accounts.csv.manifest.json")).expect("made");
    let error = world.take("accounts.csv").await.expect_err("a folder");
    assert_eq!(error.code(), "export-manifest");
}
