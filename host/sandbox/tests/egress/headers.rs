//! Header fields and request lines that try to mean something else.

use provisor_sandbox::{CallErrorKind, EgressLimits};
use serde_json::json;

use crate::fixture::{World, system, url};
use crate::server::{Server, always};

#[tokio::test]
async fn no_field_smuggles_a_request_or_names_another_host() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let egress = world.egress([system(server.port())]);
    for (name, value) in [
        ("host", "other.example"),
        ("Host", "other.example"),
        ("content-length", "0"),
        ("Content-Length", "5"),
        ("transfer-encoding", "chunked"),
        ("connection", "x-secret"),
        ("keep-alive", "timeout=5"),
        ("upgrade", "websocket"),
        ("te", "trailers"),
        ("trailer", "host"),
        ("expect", "100-continue"),
        ("proxy-authorization", "Basic eA=="),
        ("proxy-connection", "keep-alive"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
        ("x-a", "b\r\nhost: other.example"),
        ("x-a", "b\nhost: other.example"),
        ("x-a", "b\rhost: other.example"),
        ("x-a", "b\0"),
        ("x-a\r\nhost", "other.example"),
        ("x-a: b\r\nhost", "other.example"),
        (" host", "other.example"),
        ("host ", "other.example"),
        ("", "b"),
    ] {
        let request = json!({
            "method": "POST",
            "url": url(server.port(), "/"),
            "headers": [[name, value]],
            "body": "x",
        });
        let told = world.one(&egress, request).await.unwrap();
        assert!(told.starts_with("Configuration: "), "{name:?}: {told}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_request_has_one_host_and_one_length_and_both_are_the_hosts() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let egress = world.egress([system(server.port())]);
    let request = json!({
        "method": "POST",
        "url": url(server.port(), "/"),
        "headers": [["x-a", "1"], ["X-A", "2"], ["content-type", "text/plain"]],
        "body": "content",
    });
    world.one(&egress, request).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(
        seen.fields("host"),
        [format!("system.example:{}", server.port())]
    );
    assert_eq!(seen.fields("content-length"), ["7"]);
    assert_eq!(seen.fields("transfer-encoding"), [""; 0]);
    assert_eq!(seen.fields("x-a"), ["1", "2"]);
    assert_eq!(seen.fields("user-agent").len(), 1);
    assert_eq!(seen.body, "content");
}

#[tokio::test]
async fn a_path_that_looks_like_a_url_is_a_path() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let egress = world.egress([system(server.port())]);
    for path in [
        "/http://other.example/x",
        "//other.example/x",
        "/@other.example",
    ] {
        world.get(&egress, &url(server.port(), path)).await.unwrap();
        let seen = server.seen().pop().unwrap();
        assert_eq!(seen.line(), format!("GET {path} HTTP/1.1"));
        assert_eq!(
            seen.fields("host"),
            [format!("system.example:{}", server.port())]
        );
    }
}

#[tokio::test]
async fn too_many_or_too_long_fields_are_not_sent() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let limits = EgressLimits {
        header_fields: 10,
        header_bytes: 1000,
        ..EgressLimits::default()
    };
    let egress = world.limited([system(server.port())], limits);
    let many: Vec<_> = (0..11)
        .map(|number| json!([format!("x-{number}"), ""]))
        .collect();
    let long = vec![json!(["x-a", "x".repeat(1000)])];
    for (headers, limit) in [(many, "header fields"), (long, "header bytes")] {
        let request = json!({ "url": url(server.port(), "/"), "headers": headers });
        let error = world.one(&egress, request).await.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::LimitExceeded(limit));
    }
    assert_eq!(server.seen().len(), 0);
}
