//! What an uploaded component may use: what the configuration has for it, as far as it was approved.

use provisor::model::Grants;
use provisor_tests::world::{Fixture, World, person};

use crate::version::{uploads, version};

const SYSTEM: &str = r#"
[ticket-system.helpdesk]
component = "uploaded:hostile-ticketing"
reach = [{ origin = "http://127.0.0.1:9", allow-private = ["127.0.0.1/32"] }]

[ticket-system.helpdesk.settings]
requests = [{ url = "http://127.0.0.1:9/tickets" }]

[ticket-system.helpdesk.secrets]
token = { file = "token" }

[resource.app.tickets]
system = "helpdesk"
"#;

async fn world() -> World {
    Fixture::m().more(SYSTEM).open().await
}

fn grants(origins: &[&str], secrets: &[&str]) -> Grants {
    let texts = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Grants {
        origins: texts(origins),
        secrets: texts(secrets),
    }
}

async fn activated(world: &World, number: u8, given: &Grants) -> provisor::Activated {
    let upload = uploads(
        world,
        &version(provisor_builtin::hostile::TICKETING, number),
    )
    .await;
    let digest = upload.digest.to_string();
    world
        .host
        .activate_component(&digest, &person("eva"), given.clone(), "")
        .await
        .expect("it is activated")
}

#[tokio::test]
async fn what_is_configured_and_not_approved_is_missing_and_named() {
    let world = world().await;
    let done = activated(&world, 1, &Grants::default()).await;
    let missing: Vec<&str> = done.missing.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(missing, ["http://127.0.0.1:9", "token"]);
    let done = activated(&world, 2, &grants(&["HTTP://127.0.0.1:9/"], &["token"])).await;
    assert_eq!(done.missing, []);
}

#[tokio::test]
async fn an_origin_that_is_configured_and_not_approved_is_denied_by_name() {
    let world = world().await;
    activated(&world, 1, &Grants::default()).await;
    let error = world.host.check_tickets("app").await.unwrap_err();
    assert_eq!(error.code(), "denied");
    let said = error.to_string();
    assert!(said.contains("http://127.0.0.1:9 is not granted"), "{said}");
    assert!(
        said.contains(" --keep-grants --grant http://127.0.0.1:9 --as PERSON"),
        "{said}"
    );
    assert!(!said.contains("add a reach"), "{said}");
    // Nobody listens there, but now it may be tried.
    activated(&world, 2, &grants(&["http://127.0.0.1:9"], &[])).await;
    let findings = world
        .host
        .check_tickets("app")
        .await
        .expect("it is answered");
    assert_eq!(findings[0].subject, "Unavailable");
}
