//! The way by a proxy.

use provisor_sandbox::egress::{Grant, Proxy, Secret};
use provisor_sandbox::{Egress, EgressConfig};

use crate::certificates::Authority;
use crate::fixture::{World, grant};
use crate::server::{Act, Server, always, answer};

const CANARY: &str = "canary-of-the-proxy";

/// `provisor:canary-of-the-proxy`
const ENCODED: &str = "Basic cHJvdmlzb3I6Y2FuYXJ5LW9mLXRoZS1wcm94eQ==";

fn by_way_of(proxy: &Server, mut grant: Grant) -> Grant {
    grant.allow_private.clear();
    grant.proxy = Some(Proxy {
        url: format!("http://proxy.example:{}", proxy.port()),
        username: Some("provisor".to_owned()),
        password: Some(Secret::new(CANARY)),
    });
    grant
}

#[tokio::test]
async fn what_is_not_encrypted_goes_to_the_proxy_as_a_whole_url() {
    let world = World::open().await;
    let proxy = Server::start(always(200, &[], "hello")).await;
    let egress = world.egress([by_way_of(&proxy, grant("http://far.example:8080"))]);
    let told = world
        .get(&egress, "http://far.example:8080/a?b=c")
        .await
        .unwrap();
    assert!(
        told.starts_with("200: ") && !told.contains(CANARY),
        "{told}"
    );
    let seen = &proxy.seen()[0];
    assert_eq!(seen.line(), "GET http://far.example:8080/a?b=c HTTP/1.1");
    assert_eq!(seen.fields("host"), ["far.example:8080"]);
    assert_eq!(seen.fields("proxy-authorization"), [ENCODED]);
    // It is the proxy that knows where it is.
    assert_eq!(world.names.asked(), ["proxy.example"]);
}

#[tokio::test]
async fn what_is_encrypted_goes_through_a_tunnel_that_the_proxy_cannot_look_into() {
    let world = World::open().await;
    let authority = Authority::new();
    let config = authority.sign("far.example").server(None);
    let far = Server::encrypted(config, always(200, &[], "hello")).await;
    let to = far.address;
    let proxy = Server::start(move |_| Act::Tunnel(to)).await;
    let mut grant = grant("https://far.example");
    grant.authorities = Some(authority.pem.clone());
    let egress = world.egress([by_way_of(&proxy, grant)]);
    for _ in 0..2 {
        let told = world.post(&egress, "https://far.example/a").await.unwrap();
        assert!(told.starts_with("200: "), "{told}");
    }
    let seen = proxy.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line(), "CONNECT far.example:443 HTTP/1.1");
    assert_eq!(seen[0].fields("proxy-authorization"), [ENCODED]);
    let seen = far.seen();
    assert_eq!(seen[0].line(), "POST /a HTTP/1.1");
    assert_eq!(seen[0].fields("proxy-authorization"), [""; 0]);
    assert_eq!(world.names.asked(), ["proxy.example"]);
}

#[tokio::test]
async fn a_proxy_that_refuses_makes_the_system_unreachable() {
    let world = World::open().await;
    for (status, kind) in [
        (407, "Unauthorized"),
        (403, "Unavailable"),
        (502, "Unavailable"),
    ] {
        let proxy = Server::start(move |_| Act::Answer(answer(status, &[], ""))).await;
        let egress = world.egress([by_way_of(&proxy, grant("https://far.example"))]);
        let told = world.post(&egress, "https://far.example/").await.unwrap();
        assert!(told.starts_with(&format!("{kind}: ")), "{status}: {told}");
        assert!(
            told.contains("proxy.example") && !told.contains(CANARY),
            "{told}"
        );
    }
    let proxy = Server::start(always(407, &[], "")).await;
    let egress = world.egress([by_way_of(&proxy, grant("http://far.example"))]);
    let told = world.post(&egress, "http://far.example/").await.unwrap();
    assert!(told.starts_with("Unauthorized: "), "{told}");
}

#[tokio::test]
async fn the_destination_is_granted_and_checked_all_the_same() {
    let world = World::open().await;
    let proxy = Server::start(always(200, &[], "")).await;
    let egress = world.egress([
        by_way_of(&proxy, grant("http://far.example")),
        by_way_of(&proxy, grant("http://169.254.169.254")),
    ]);
    for url in [
        "http://other.example/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
    ] {
        let error = world.get(&egress, url).await.unwrap_err();
        assert_eq!(error.code(), "denied", "{url}");
    }
    assert_eq!(proxy.seen().len(), 0);
}

#[tokio::test]
async fn a_proxy_that_can_never_work_is_refused_at_once() {
    let world = World::open().await;
    for (url, username) in [
        ("https://proxy.example", Some("a")),
        ("socks5://proxy.example", Some("a")),
        ("proxy.example:3128", Some("a")),
        ("http://proxy.example/path", Some("a")),
        ("http://proxy.example", Some("a:b")),
        ("http://proxy.example", None),
    ] {
        let mut grant = grant("https://far.example");
        grant.proxy = Some(Proxy {
            url: url.to_owned(),
            username: username.map(str::to_owned),
            password: Some(Secret::new(CANARY)),
        });
        let config = EgressConfig {
            reach: vec![grant],
            ..EgressConfig::default()
        };
        let error = Egress::new(config, &world.origins).unwrap_err();
        assert_eq!(error.field, "proxy", "{url}");
        assert!(!error.to_string().contains(CANARY), "{error}");
    }
}
