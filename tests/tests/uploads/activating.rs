//! A version comes into use, is gone back from, and is taken out of use.

use provisor::model::{Digest, EventKind, Grants};
use provisor::store::{HistoryFilter, UploadFilter};
use provisor::{HostError, Wanted};
use provisor_tests::world::{Fixture, World, identity, open, person, will};

use crate::version::{activates, goes_back, mapping, upload, uploads, with_uploaded_mapping};

/// The versions of the mapping that have computed an account, in the order in which they did.
fn mapped_by(world: &World) -> Vec<Digest> {
    let history = world.host.history(&HistoryFilter {
        resource: Some("app".parse().expect("a name")),
        limit: 1000,
        ..HistoryFilter::default()
    });
    history
        .expect("listed")
        .into_iter()
        .filter(|entry| entry.event.kind == EventKind::Requested)
        .filter_map(|entry| entry.event.component)
        .collect()
}

/// What happened to components, in order.
fn told(world: &World) -> Vec<(EventKind, String)> {
    let history = world.host.history(&HistoryFilter {
        resource: Some("-".parse().expect("a name")),
        limit: 1000,
        ..HistoryFilter::default()
    });
    let history = history.expect("listed").into_iter();
    history
        .map(|entry| (entry.event.kind, entry.actor))
        .collect()
}

#[tokio::test]
async fn a_resource_whose_mapping_is_not_active_says_how_to_activate_it_and_goes_on_then() {
    let world = with_uploaded_mapping().open().await;
    let error = world.ask(will(), Wanted::Account, false).await.unwrap_err();
    assert_eq!(error.code(), "component-not-active");
    assert!(
        error
            .to_string()
            .contains("provisor component activate cel-mapping"),
        "{error}"
    );
    let version = uploads(&world, &mapping(1)).await;
    assert!(world.attention().contains("component activate cel-mapping"));
    let error = world.ask(will(), Wanted::Account, false).await.unwrap_err();
    assert_eq!(error.code(), "component-not-active");
    activates(&world, &version, "eva")
        .await
        .expect("it is activated");
    world.requests(will()).await;
    assert_eq!(mapped_by(&world), [version.digest]);
    assert_eq!(
        told(&world),
        [
            (EventKind::Uploaded, "ann".to_owned()),
            (EventKind::Ready, "engine".to_owned()),
            (EventKind::Activated, "eva".to_owned()),
        ]
    );
}

#[tokio::test]
async fn operations_whose_policy_is_not_active_wait_and_go_out_once_it_is() {
    let world = Fixture::m()
        .policy("settings = { rules = [] }")
        .with_policy("uploaded:cel-policy")
        .open()
        .await;
    world.requests(will()).await;
    assert!(world.cases().is_empty());
    let report = world.host.run().await.expect("it runs");
    assert_eq!(report.failed.len(), 1, "{report:?}");
    assert!(report.failed[0].1.contains("component activate cel-policy"));
    let version = uploads(&world, provisor_builtin::CEL_POLICY).await;
    activates(&world, &version, "eva")
        .await
        .expect("it is activated");
    let report = world.host.run().await.expect("it runs");
    assert!(report.failed.is_empty(), "{report:?}");
    assert_eq!(world.cases().len(), 1);
}

#[tokio::test]
async fn versions_follow_one_another_and_are_gone_back_from_in_one_step() {
    let mut world = with_uploaded_mapping().open().await;
    let (one, two) = (
        uploads(&world, &mapping(1)).await,
        uploads(&world, &mapping(2)).await,
    );
    activates(&world, &one, "eva")
        .await
        .expect("it is activated");
    world.requests(identity("a")).await;
    activates(&world, &two, "eva")
        .await
        .expect("it is activated");
    world.requests(identity("b")).await;
    let error = activates(&world, &two, "eva").await.unwrap_err();
    assert_eq!(error.code(), "component-already-active");
    goes_back(&world, "cel-mapping", "eva")
        .await
        .expect("it is gone back");
    world.requests(identity("c")).await;
    world.restart().await;
    world.requests(identity("d")).await;
    let expected = [one.digest, two.digest, one.digest, one.digest];
    assert_eq!(mapped_by(&world), expected);
    let error = goes_back(&world, "cel-mapping", "eva").await.unwrap_err();
    assert_eq!(error.code(), "component-nothing-before");
}

#[tokio::test]
async fn another_process_takes_a_new_version_into_use_with_its_next_request() {
    let world = with_uploaded_mapping().open().await;
    let other = open(world.folder.path(), &world.clock)
        .await
        .expect("it opens");
    let other = World {
        host: other,
        clock: world.clock.clone(),
        folder: tempfile::tempdir().expect("a folder"),
    };
    let (one, two) = (
        uploads(&world, &mapping(1)).await,
        uploads(&world, &mapping(2)).await,
    );
    activates(&world, &one, "eva")
        .await
        .expect("it is activated");
    other.requests(identity("a")).await;
    activates(&other, &two, "eva")
        .await
        .expect("it is activated");
    world.requests(identity("b")).await;
    goes_back(&other, "cel-mapping", "eva")
        .await
        .expect("it is gone back");
    world.requests(identity("c")).await;
    assert_eq!(mapped_by(&world), [one.digest, two.digest, one.digest]);
}

#[tokio::test]
async fn settings_that_do_not_fit_refuse_the_activation_with_their_places() {
    let world = with_uploaded_mapping()
        .with("username = 'withIteration(", "username = 'no function(")
        .open()
        .await;
    let version = uploads(&world, &mapping(1)).await;
    let error = activates(&world, &version, "eva").await.unwrap_err();
    assert_eq!(error.code(), "component-does-not-fit");
    assert!(error.to_string().contains("provisor.toml:"), "{error}");
    assert!(error.to_string().contains("username"), "{error}");
    let error = world.ask(will(), Wanted::Account, false).await.unwrap_err();
    assert_eq!(error.code(), "component-not-active");
}

#[tokio::test]
async fn a_component_that_does_something_else_cannot_take_the_place() {
    let world = with_uploaded_mapping().open().await;
    // It calls itself `csv`, and nobody uses it.
    let reader = uploads(&world, provisor_builtin::CSV).await;
    activates(&world, &reader, "eva")
        .await
        .expect("nobody uses it");
    let world = Fixture::m()
        .with(
            "component = \"cel-mapping\"",
            "component = \"uploaded:csv\"",
        )
        .open()
        .await;
    let reader = uploads(&world, provisor_builtin::CSV).await;
    let error = activates(&world, &reader, "eva").await.unwrap_err();
    assert!(
        error.to_string().contains("is a reader, not a mapping"),
        "{error}"
    );
}

#[tokio::test]
async fn with_four_eyes_somebody_else_approves_what_was_asked_for() {
    let world = with_uploaded_mapping()
        .more("[components]\nfour-eyes = true\nuploaders = [\"ann\"]\nactivators = [\"helpdesk\", \"ann\"]")
        .open()
        .await;
    let version = uploads(&world, &mapping(1)).await;
    let asked = activates(&world, &version, "eva")
        .await
        .expect("it is asked for");
    assert_eq!(asked.activations.active(), None);
    let error = world.ask(will(), Wanted::Account, false).await.unwrap_err();
    assert_eq!(error.code(), "component-not-active");
    for (who, code) in [
        ("ann", "component-four-eyes"),
        ("eva", "component-four-eyes"),
        ("zoe", "not-allowed"),
    ] {
        let error = world
            .host
            .approve_component("cel-mapping", &person(who))
            .await;
        assert_eq!(error.unwrap_err().code(), code, "{who}");
    }
    world
        .host
        .approve_component("cel-mapping", &person("jan"))
        .await
        .expect("it is approved");
    world.requests(will()).await;
    let error = world
        .host
        .approve_component("cel-mapping", &person("jan"))
        .await;
    assert_eq!(error.unwrap_err().code(), "component-nothing-asked");
}

#[tokio::test]
async fn only_those_who_may_upload_and_activate_do() {
    let world = with_uploaded_mapping()
        .more("[components]\nuploaders = [\"zoe\"]\nactivators = [\"jan\"]")
        .open()
        .await;
    let error = upload(&world, &mapping(1)).await.unwrap_err();
    assert_eq!(error.code(), "not-allowed");
    assert!(error.to_string().contains("uploaders"), "{error}");
    let all = UploadFilter {
        limit: 10,
        ..UploadFilter::default()
    };
    assert_eq!(world.host.uploads(&all).expect("listed"), []);
}

#[tokio::test]
async fn what_is_active_is_not_taken_away_and_what_was_active_is_kept() {
    let world = with_uploaded_mapping().open().await;
    let (one, two, three) = (
        uploads(&world, &mapping(1)).await,
        uploads(&world, &mapping(2)).await,
        uploads(&world, &mapping(3)).await,
    );
    activates(&world, &one, "eva")
        .await
        .expect("it is activated");
    activates(&world, &two, "eva")
        .await
        .expect("it is activated");
    let host = &world.host;
    let eva = person("eva");
    let name = |upload: &provisor::model::Upload| upload.digest.to_string();
    let code = |result: Result<provisor::model::Upload, HostError>| result.unwrap_err().code();
    let retire = async |upload| {
        host.retire_component(&name(upload), &eva, "it is old")
            .await
    };
    assert_eq!(code(retire(&two).await), "component-active");
    assert_eq!(
        code(host.delete_component(&name(&two), &eva).await),
        "component-active"
    );
    assert_eq!(
        code(host.delete_component(&name(&one), &eva).await),
        "component-was-active"
    );
    retire(&one).await.expect("it is retired");
    // Nothing that is retired is gone back to, or activated.
    let error = goes_back(&world, "cel-mapping", "eva").await.unwrap_err();
    assert_eq!(error.code(), "component-nothing-before");
    let error = activates(&world, &one, "eva").await.unwrap_err();
    assert_eq!(error.code(), "component-not-ready");
    host.delete_component(&name(&three), &eva)
        .await
        .expect("it is deleted");
    assert!(host.uploaded_bytes(&three).await.is_err());
    assert!(host.uploaded_bytes(&one).await.is_ok());
}

#[tokio::test]
async fn a_version_is_called_by_its_name_or_by_the_first_digits_of_its_digest() {
    let world = with_uploaded_mapping().open().await;
    let one = uploads(&world, &mapping(1)).await;
    world.minutes(1);
    let two = uploads(&world, &mapping(2)).await;
    let called = |text: &str| world.host.uploaded(text).map(|upload| upload.digest);
    assert_eq!(called("cel-mapping").expect("found"), two.digest);
    assert_eq!(called(&one.digest.short()).expect("found"), one.digest);
    assert_eq!(
        called(&format!("sha256:{}", one.digest)).expect("found"),
        one.digest
    );
    assert_eq!(called("nothing").unwrap_err().code(), "unknown");
    assert_eq!(called("").unwrap_err().code(), "unknown");
}

#[tokio::test]
async fn the_settings_that_were_changed_meanwhile_keep_the_host_from_nothing_else() {
    let mut world = with_uploaded_mapping().open().await;
    let version = uploads(&world, &mapping(1)).await;
    activates(&world, &version, "eva")
        .await
        .expect("it is activated");
    let file = world.folder.path().join("provisor.toml");
    let text = std::fs::read_to_string(&file).expect("readable");
    let good = text.clone();
    let bad = text.replace("withIteration(identity", "no function(identity");
    std::fs::write(&file, bad).expect("written");
    world.restart().await;
    let error = world.ask(will(), Wanted::Account, false).await.unwrap_err();
    assert_eq!(error.code(), "component-unusable");
    assert!(
        error.to_string().contains("does not fit the settings"),
        "{error}"
    );
    std::fs::write(&file, good).expect("written");
    world.restart().await;
    world.requests(will()).await;
}

#[tokio::test]
async fn a_view_of_a_version_says_whether_it_would_fit() {
    let world = with_uploaded_mapping().open().await;
    let version = uploads(&world, &mapping(1)).await;
    let view = world
        .host
        .version_view("cel-mapping", None)
        .await
        .expect("known");
    assert_eq!((view.active, view.problem), (false, None));
    assert_eq!(view.uses, ["app.mapping"]);
    activates(&world, &version, "eva")
        .await
        .expect("it is activated");
    let view = world
        .host
        .version_view("cel-mapping", None)
        .await
        .expect("known");
    assert!(view.active);
    let activations = view.activations.expect("there are some");
    assert_eq!(activations.history.len(), 1);
    assert_eq!(activations.history[0].grants, Grants::default());
}
