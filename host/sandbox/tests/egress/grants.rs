//! Where requests get to.

use std::time::Duration;

use provisor_sandbox::egress::{Grant, Origin};
use provisor_sandbox::{CallErrorKind, EgressLimits};
use serde_json::json;

use crate::fixture::{World, call, grant, system, url};
use crate::server::{Act, Server, always, answer};

/// What a call that was denied says.
fn denied<T: std::fmt::Debug>(result: Result<T, provisor_sandbox::CallError>) -> String {
    let error = result.unwrap_err();
    assert!(matches!(error.kind, CallErrorKind::Denied(_)), "{error:?}");
    assert_eq!(error.code(), "denied");
    error.to_string()
}

#[tokio::test]
async fn a_granted_system_answers() {
    let world = World::open().await;
    let server = Server::start(always(200, &[("x-here", "yes")], "hello")).await;
    let egress = world.egress([system(server.port())]);
    let told = world.get(&egress, &url(server.port(), "/a?b=c")).await;
    let told = told.unwrap();
    assert!(
        told.starts_with("200: ") && told.ends_with(" 5 hello"),
        "{told}"
    );
    assert!(told.contains(r#"("x-here", "yes")"#), "{told}");
    let seen = server.seen();
    assert_eq!(seen[0].line(), "GET /a?b=c HTTP/1.1");
    assert_eq!(
        seen[0].fields("host"),
        [format!("system.example:{}", server.port())]
    );
}

#[tokio::test]
async fn without_any_grant_nothing_is_sent() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let request = json!([{ "url": url(server.port(), "/") }]);
    let ticketing = world.component.ticketing().unwrap();
    let mut run = ticketing.start(&call(None, request)).await.unwrap();
    let message = denied(run.check_connection().await);
    assert!(message.contains("add a reach"), "{message}");
    assert_eq!(server.seen().len(), 0);
    assert_eq!(world.names.asked().len(), 0);
}

#[tokio::test]
async fn a_refusal_names_the_grant_that_would_allow_it() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let egress = world.egress([system(server.port())]);
    for (url, origin) in [
        (
            "https://other.example/x?key=hunter2",
            "https://other.example",
        ),
        ("http://system.example/", "http://system.example"),
        ("http://system.example:1/", "http://system.example:1"),
        ("http://sub.system.example/", "http://sub.system.example"),
        ("http://bücher.example", "http://xn--bcher-kva.example"),
    ] {
        let message = denied(world.get(&egress, url).await);
        let wanted = format!("add a reach with origin = \"{origin}\"");
        assert!(message.contains(&wanted), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    let other_scheme = format!("https://system.example:{}/", server.port());
    denied(world.get(&egress, &other_scheme).await);
    assert_eq!(server.seen().len(), 0);
    assert_eq!(world.names.asked().len(), 0);
}

#[tokio::test]
async fn a_grant_that_was_removed_grants_nothing_any_more() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let url = url(server.port(), "/");
    let before = world.egress([system(server.port())]);
    world.get(&before, &url).await.unwrap();
    let after = world.egress([grant("http://other.example")]);
    denied(world.get(&after, &url).await);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_path_is_not_left_however_it_is_written() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let mut narrow = system(server.port());
    narrow.path = "/rest".to_owned();
    let egress = world.egress([narrow]);
    for path in [
        "/",
        "/restful",
        "/rest/../x",
        "/rest/%2e%2e/x",
        "/rest/..%2fx",
        "/rest/..;/x",
    ] {
        let message = denied(world.get(&egress, &url(server.port(), path)).await);
        assert!(message.contains("(/rest)"), "{message}");
    }
    assert_eq!(server.seen().len(), 0);
    world
        .get(&egress, &url(server.port(), "/rest/a%2Fb"))
        .await
        .unwrap();
    assert_eq!(server.seen()[0].line(), "GET /rest/a%2Fb HTTP/1.1");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_and_the_refusal_says_what_would_allow_it() {
    let world = World::open().await;
    let egress = world.egress([Grant::new(Origin::parse("http://inside.example").unwrap())]);
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "fd00:ec2::254",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "0.0.0.0",
    ] {
        world.names.lead("inside.example", &[&[address]]);
        let message = denied(world.get(&egress, "http://inside.example/").await);
        assert!(
            message.contains("allow-private = ["),
            "{address}: {message}"
        );
    }
}

#[tokio::test]
async fn of_several_addresses_only_those_that_may_be_are_connected_to() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    world.names.lead(
        "system.example",
        &[&["10.0.0.1", "169.254.169.254", "127.0.0.1", "::1"]],
    );
    let egress = world.egress([system(server.port())]);
    world.get(&egress, &url(server.port(), "/")).await.unwrap();
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_after_the_check_makes_no_difference() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    world
        .names
        .lead("system.example", &[&["127.0.0.1"], &["10.0.0.1"]]);
    let egress = world.egress([system(server.port())]);
    world.get(&egress, &url(server.port(), "/")).await.unwrap();
    assert_eq!(world.names.asked(), ["system.example"]);

    // The other way round it is refused, and no second look-up makes it good.
    world
        .names
        .lead("other.example", &[&["10.0.0.1"], &["127.0.0.1"]]);
    let egress = world.egress([grant(&format!("http://other.example:{}", server.port()))]);
    let other = format!("http://other.example:{}/", server.port());
    denied(world.get(&egress, &other).await);
    assert_eq!(world.names.asked(), ["system.example", "other.example"]);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_where_it_leads_needs_its_own_grant() {
    let world = World::open().await;
    let to = "http://169.254.169.254/latest/meta-data";
    let server = Server::start(move |_| Act::Answer(answer(302, &[("location", to)], ""))).await;
    let egress = world.egress([system(server.port())]);
    let told = world.get(&egress, &url(server.port(), "/")).await.unwrap();
    assert!(told.starts_with("302: ") && told.contains(to), "{told}");
    assert_eq!(server.seen().len(), 1);
    denied(world.get(&egress, to).await);
}

const LOOPBACK: [&str; 12] = [
    "127.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "127.1",
    "127.0.1",
    "0177.0.0.01",
    "127.0.0.1.",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "①②⑦。⓪.0.1",
    "%31%32%37.0.0.1",
];

#[tokio::test]
async fn no_spelling_of_an_address_gets_past_the_grant() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let port = server.port();
    let by_name = world.egress([system(port)]);
    let without_exemption = format!("http://127.0.0.1:{port}");
    let without_exemption = Grant::new(Origin::parse(&without_exemption).unwrap());
    let without_exemption = world.egress([without_exemption]);
    for spelling in LOOPBACK {
        let url = format!("http://{spelling}:{port}/");
        let message = denied(world.get(&by_name, &url).await);
        let wanted = format!("http://127.0.0.1:{port} is not granted");
        assert!(message.contains(&wanted), "{spelling}: {message}");
        let message = denied(world.get(&without_exemption, &url).await);
        assert!(
            message.contains("which is loopback"),
            "{spelling}: {message}"
        );
    }
    let message = denied(world.get(&by_name, &format!("http://[::1]:{port}/")).await);
    assert!(message.contains("[::1]"), "{message}");
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn every_spelling_of_what_is_granted_is_the_same() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let port = server.port();
    let egress = world.egress([grant(&format!("http://127.0.0.1:{port}")), system(port)]);
    let spellings =
        LOOPBACK
            .into_iter()
            .chain(["SYSTEM.example", "system.example.", "ｓystem。example"]);
    for spelling in spellings {
        let told = world
            .get(&egress, &format!("http://{spelling}:{port}/"))
            .await;
        assert!(told.unwrap().starts_with("200: "), "{spelling}");
    }
    let hosts: std::collections::BTreeSet<String> = server
        .seen()
        .iter()
        .map(|seen| seen.fields("host").concat())
        .collect();
    let wanted = [
        format!("127.0.0.1:{port}"),
        format!("system.example:{port}"),
    ];
    assert_eq!(hosts.into_iter().collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn what_is_no_request_is_told_to_the_component_and_not_sent() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let port = server.port();
    let egress = world.egress([system(port)]);
    for request in [
        json!({ "url": "" }),
        json!({ "url": "/path" }),
        json!({ "url": format!("http://user:hunter2@system.example:{port}/") }),
        json!({ "url": format!("http://system.example:{port}\\@other.example/") }),
        json!({ "url": format!("http://system.example:{port}/ HTTP/1.1\r\nx: y") }),
        json!({ "url": format!("http://system.example:{port}/#part") }),
        json!({ "url": "ftp://system.example/" }),
        json!({ "url": format!("http://system.example:{port}/{}", "x".repeat(9000)) }),
        json!({ "url": url(port, "/"), "method": "CONNECT" }),
        json!({ "url": url(port, "/"), "method": "get" }),
        json!({ "url": url(port, "/"), "method": "GET / HTTP/1.1\r\nx: y\r\n\r\nGET" }),
    ] {
        let told = world.one(&egress, request.clone()).await.unwrap();
        assert!(told.starts_with("Configuration: "), "{request}: {told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_system_that_is_not_there_is_unavailable() {
    let world = World::open().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap().port();
    drop(listener);
    let egress = world.egress([system(closed), grant("http://nowhere.example")]);
    let told = world.post(&egress, &url(closed, "/")).await.unwrap();
    assert!(told.starts_with("Unavailable: "), "{told}");
    let told = world
        .post(&egress, "http://nowhere.example/")
        .await
        .unwrap();
    assert!(told.contains("cannot be found: no such name"), "{told}");
    world.names.lead("nowhere.example", &[&[]]);
    let told = world.get(&egress, "http://nowhere.example/").await.unwrap();
    assert!(told.contains("there is no address"), "{told}");
}

#[tokio::test]
async fn a_name_that_nobody_answers_for_takes_no_longer_than_connecting_may() {
    let world = World::open().await;
    let limits = EgressLimits {
        connect_time: Duration::from_millis(50),
        ..EgressLimits::default()
    };
    let egress = world.limited([grant("http://silent.example")], limits);
    let told = world.post(&egress, "http://silent.example/").await.unwrap();
    assert!(told.starts_with("Unavailable: "), "{told}");
    assert!(told.contains("limit of connect time"), "{told}");
}
