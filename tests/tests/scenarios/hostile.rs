//! What a person can get wrong with files, names and values: an error that says so, and
//! everything as it was.

use provisor::{HostError, Identity, Wanted};

use provisor_tests::world::{Fixture, HEADER, WILL, World, identity, will};

async fn world() -> World {
    let world = Fixture::s().open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    world
}

async fn export_error(world: &World, name: &str) -> HostError {
    let before = world.everything();
    let error = world.take(name).await.expect_err("it cannot be taken");
    assert_eq!(world.everything(), before, "{error}");
    error
}

#[tokio::test]
async fn only_files_right_in_the_folder_are_opened() {
    let world = world().await;
    let outside = world.folder.path().join("outside.csv");
    std::fs::write(&outside, format!("{HEADER}{WILL}")).expect("written");
    for name in [
        "../outside.csv",
        outside.to_str().expect("text"),
        "..",
        ".",
        "",
        "a/../accounts.csv",
        "..\\outside.csv",
        "c:accounts.csv",
    ] {
        assert_eq!(
            export_error(&world, name).await.code(),
            "export-name",
            "{name:?}"
        );
    }
    std::fs::create_dir(world.path("folder")).expect("made");
    let code = export_error(&world, "folder").await.code();
    assert!(matches!(code, "export-name" | "export-file"), "{code}");
    assert_eq!(
        export_error(&world, "nothing.csv").await.code(),
        "export-file"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_pipes_lead_nowhere() {
    let world = world().await;
    let outside = world.folder.path().join("outside.csv");
    std::fs::write(&outside, format!("{HEADER}{WILL}")).expect("written");
    std::os::unix::fs::symlink(&outside, world.path("link.csv")).expect("linked");
    std::os::unix::fs::symlink(world.path("accounts.csv"), world.path("near.csv")).expect("linked");
    for name in ["link.csv", "near.csv"] {
        let code = export_error(&world, name).await.code();
        assert!(matches!(code, "export-file" | "export-name"), "{code}");
    }
    let made = std::process::Command::new("mkfifo")
        .arg(world.path("pipe.csv"))
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    let code = export_error(&world, "pipe.csv").await.code();
    assert!(matches!(code, "export-file" | "export-name"), "{code}");
}

#[tokio::test]
async fn a_file_that_is_still_being_written_is_left_for_later() {
    let world = Fixture::s()
        .with("settle = \"0s\"", "settle = \"1h\"")
        .open()
        .await;
    world.export(WILL);
    let error = export_error(&world, "accounts.csv").await;
    assert_eq!(error.code(), "export-being-written");
    assert!(error.retryable());
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_read() {
    let world = Fixture::s()
        .with("settle = \"0s\"", "settle = \"0s\"\nmax-size = \"100B\"")
        .open()
        .await;
    world.export(&WILL.repeat(10));
    let error = export_error(&world, "accounts.csv").await;
    assert_eq!(error.code(), "export-too-large");
}

#[tokio::test]
async fn the_wrong_encoding_refuses_the_export_with_the_line() {
    let world = world().await;
    let mut content = format!("{HEADER}{WILL}").into_bytes();
    content.extend_from_slice(b"jose,Jos\xe9 Garc\xeda,,,false,\n");
    world.export_as("latin.csv", &content);
    let report = world.take("latin.csv").await.expect("an answer");
    assert_eq!(report.export.state.as_str(), "refused");
    assert!(
        report.export.remarks[0].contains("line 3"),
        "{:?}",
        report.export.remarks
    );
    assert!(!world.everything().contains("Garc"));
}

#[tokio::test]
async fn a_file_that_is_no_table_is_refused() {
    let world = world().await;
    for (name, content) in [
        ("empty.csv", &b""[..]),
        ("binary.csv", &[0, 159, 146, 150, 0, 1, 2, 3][..]),
        ("other.csv", b"name,age\nWill,27\n"),
    ] {
        world.export_as(name, content);
        let report = world.take(name).await.expect("an answer");
        assert_eq!(report.export.state.as_str(), "refused", "{name}");
        assert!(!report.export.remarks.is_empty());
    }
}

#[tokio::test]
async fn an_identity_that_cannot_be_taken_is_refused_and_nothing_is_stored() {
    let world = world().await;
    let before = world.everything();
    let long = "x".repeat(2 * 1024 * 1024);
    for (identity, code) in [
        (identity("jack").with("$iteration", ["7"]), "identity"),
        (identity("jack").with("", ["x"]), "identity"),
        (identity("jack").with("full-name", ["a\0b"]), "identity"),
        (
            identity("jack").with("full-name", [long.as_str()]),
            "identity",
        ),
        (Identity::new("jack".parse().expect("an id")), "mapping"),
        (
            identity("jack").with("full-name", ["x".repeat(70_000)]),
            "mapping",
        ),
    ] {
        let error = world
            .ask(identity, Wanted::Account, false)
            .await
            .expect_err(code);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().len() < 2000);
    }
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn an_unknown_resource_is_named_with_those_that_there_are() {
    let world = world().await;
    let error = world.host.account("ap", "will").expect_err("unknown");
    assert_eq!(error.code(), "unknown");
    assert!(error.to_string().contains("app"), "{error}");
    let error = world.host.account("app", "nobody").expect_err("unknown");
    assert!(error.to_string().contains("nobody"), "{error}");
}

#[tokio::test]
async fn a_name_that_is_taken_and_for_which_the_mapping_has_no_other_is_an_error() {
    let world = Fixture::s()
        .with(
            "withIteration(identity.username, iteration, 20)",
            "identity.username",
        )
        .open()
        .await;
    world.requests(will()).await;
    let error = world
        .ask(
            identity("bill").with("username", ["will"]),
            Wanted::Account,
            false,
        )
        .await
        .expect_err("it is taken");
    assert_eq!(error.code(), "no-free-identifier");
    assert_eq!(world.cases().len(), 1);
}
