//! How much a system is asked: at a time, in a minute, and not at all for a while.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use provisor_sandbox::EgressLimits;
use tokio::sync::Notify;

use crate::fixture::{World, system, url};
use crate::server::{Act, Server, always, answer};

#[tokio::test]
async fn a_system_is_asked_one_thing_at_a_time_by_everybody_together() {
    let world = World::open().await;
    let (go, arrived) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = {
        let (go, arrived) = (go.clone(), arrived.clone());
        Server::start(move |seen| {
            arrived.notify_one();
            match seen.line().contains("/slow") {
                true => Act::Wait(go.clone(), answer(200, &[], "")),
                false => Act::Answer(answer(200, &[], "")),
            }
        })
        .await
    };
    let port = server.port();
    let one = world.egress([system(port)]);
    let impatient = EgressLimits {
        request_time: Duration::from_millis(100),
        ..EgressLimits::default()
    };
    let other = world.limited([system(port)], impatient);
    let slow_url = url(port, "/slow");
    let slow = world.post(&one, &slow_url);
    let meanwhile = async {
        arrived.notified().await;
        let told = world.post(&other, &url(port, "/")).await.unwrap();
        assert!(told.starts_with("Unavailable: "), "{told}");
        assert!(told.contains("limit of parallel requests"), "{told}");
        assert_eq!(server.seen().len(), 1);
        go.notify_one();
    };
    let (slow, ()) = tokio::join!(slow, meanwhile);
    assert!(slow.unwrap().starts_with("200: "));
    let told = world.post(&other, &url(port, "/")).await.unwrap();
    assert!(told.starts_with("200: "), "{told}");
}

#[tokio::test]
async fn as_many_at_a_time_as_the_configuration_says() {
    let world = World::open().await;
    let (go, arrived) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = {
        let (go, arrived) = (go.clone(), arrived.clone());
        Server::start(move |_| {
            arrived.notify_one();
            Act::Wait(go.clone(), answer(200, &[], ""))
        })
        .await
    };
    let limits = EgressLimits {
        parallel: NonZeroU32::new(2).unwrap(),
        ..EgressLimits::default()
    };
    let egress = world.limited([system(server.port())], limits);
    let url = url(server.port(), "/");
    let both_there = async {
        while server.seen().len() < 2 {
            arrived.notified().await;
        }
        go.notify_one();
        go.notify_one();
    };
    // Ends only if both are under way together.
    let (one, other, ()) = tokio::join!(
        world.get(&egress, &url),
        world.get(&egress, &url),
        both_there
    );
    assert!(one.is_ok() && other.is_ok());
}

#[tokio::test]
async fn a_minute_has_only_so_many_requests_and_the_next_has_as_many_again() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let limits = EgressLimits {
        rate: NonZeroU32::new(2).unwrap(),
        ..EgressLimits::default()
    };
    let egress = world.limited([system(server.port())], limits);
    let url = url(server.port(), "/");
    for _ in 0..2 {
        assert!(
            world
                .post(&egress, &url)
                .await
                .unwrap()
                .starts_with("200: ")
        );
        world.hand.advance(10);
    }
    let told = world.post(&egress, &url).await.unwrap();
    assert!(told.starts_with("RateLimited: "), "{told}");
    assert!(told.ends_with("(after 40)"), "{told}");
    assert_eq!(server.seen().len(), 2);
    world.hand.advance(40);
    assert!(
        world
            .post(&egress, &url)
            .await
            .unwrap()
            .starts_with("200: ")
    );
}

#[tokio::test]
async fn a_system_that_asks_for_fewer_calls_gets_none_from_anybody_until_then() {
    for (status, asked) in [
        (429, "30"),
        (503, "30"),
        (429, "Thu, 01 Jan 2026 00:00:30 GMT"),
    ] {
        let world = World::open().await;
        let server =
            Server::start(move |_| Act::Answer(answer(status, &[("retry-after", asked)], "")))
                .await;
        let port = server.port();
        let (one, other) = (world.egress([system(port)]), world.egress([system(port)]));
        assert_eq!(one.paused_until(), None);
        let told = world.post(&one, &url(port, "/")).await.unwrap();
        assert!(told.starts_with(&format!("{status}: ")), "{told}");
        for egress in [&one, &other] {
            let told = world.get(egress, &url(port, "/")).await.unwrap();
            assert!(told.starts_with("RateLimited: "), "{told}");
            assert!(told.ends_with("(after 30)"), "{told}");
            assert_eq!(
                egress.paused_until().map(|until| until.to_string()),
                Some("2026-01-01T00:00:30Z".to_owned())
            );
        }
        assert_eq!(server.seen().len(), 1);
        world.hand.advance(30);
        assert_eq!(one.paused_until(), None);
        world.get(&one, &url(port, "/")).await.unwrap();
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn other_systems_go_on_while_one_is_paused() {
    let world = World::open().await;
    let tired = Server::start(always(429, &[("retry-after", "30")], "")).await;
    let fresh = Server::start(always(200, &[], "")).await;
    let egress = world.egress([system(tired.port()), system(fresh.port())]);
    world.get(&egress, &url(tired.port(), "/")).await.unwrap();
    let told = world.get(&egress, &url(fresh.port(), "/")).await.unwrap();
    assert!(told.starts_with("200: "), "{told}");
    let told = world.get(&egress, &url(tired.port(), "/")).await.unwrap();
    assert!(told.starts_with("RateLimited: "), "{told}");
}

#[tokio::test]
async fn a_system_that_is_down_without_saying_for_how_long_is_asked_again() {
    let world = World::open().await;
    let server = Server::start(always(503, &[], "")).await;
    let egress = world.egress([system(server.port())]);
    for _ in 0..2 {
        let told = world.get(&egress, &url(server.port(), "/")).await.unwrap();
        assert!(told.starts_with("503: "), "{told}");
    }
    assert_eq!(egress.paused_until(), None);
}
