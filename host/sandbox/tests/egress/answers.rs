//! What servers do to requests: answers that never end, never come, or are too much.

use std::time::Duration;

use provisor_sandbox::{CallErrorKind, Draft, EgressLimits, Priority};
use provisor_simulated::{
    Action, Fault, Matching, Product, Request, Response, Seen as Ticket, Server as Simulated,
};
use serde_json::json;

use crate::fixture::{World, call, system, url};
use crate::server::{Act, Server, always, answer};

/// Answers everything with the same few words.
struct Plain;

impl Product for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn answer(&mut self, _request: &Request) -> Response {
        Response::text(200, "text/plain", "some words")
    }

    fn tickets(&self) -> Vec<Ticket> {
        Vec::new()
    }

    fn act(&mut self, _number: &str, _action: &Action, _now: i64) -> Result<(), String> {
        Err("it has no tickets".to_owned())
    }
}

/// What a GET and a POST end in when a server misbehaves so: the kinds and what both messages say.
async fn both(world: &World, fault: Fault, limits: EgressLimits) -> (String, String) {
    let server = Simulated::start(Plain).await.unwrap();
    let port = server.address().port();
    server.spoil(Matching::always(), fault);
    let egress = world.limited([system(port)], limits);
    let get = world.get(&egress, &url(port, "/")).await.unwrap();
    let post = world.post(&egress, &url(port, "/")).await.unwrap();
    (get, post)
}

fn impatient() -> EgressLimits {
    EgressLimits {
        request_time: Duration::from_millis(200),
        ..EgressLimits::default()
    }
}

#[tokio::test]
async fn what_was_sent_and_not_answered_whole_is_ambiguous_if_it_can_change_something() {
    let world = World::open().await;
    let endless = EgressLimits {
        response_bytes: 100_000,
        ..EgressLimits::default()
    };
    for (fault, limits, words) in [
        (Fault::LoseAnswer, EgressLimits::default(), "broke off"),
        (
            Fault::Cut { after: 3 },
            EgressLimits::default(),
            "broke off",
        ),
        (Fault::Endless, endless, "limit of response bytes (100000)"),
        (
            Fault::Late {
                milliseconds: 600_000,
            },
            impatient(),
            "limit of request time",
        ),
        (
            Fault::Drip {
                milliseconds: 600_000,
            },
            impatient(),
            "limit of request time",
        ),
    ] {
        let (get, post) = both(&world, fault.clone(), limits).await;
        assert!(
            get.starts_with("Unavailable: ") && get.contains(words),
            "{fault:?}: {get}"
        );
        assert!(
            post.starts_with("Ambiguous: ") && post.contains(words),
            "{fault:?}: {post}"
        );
    }
}

#[tokio::test]
async fn answers_that_are_no_http_or_have_too_much_head_are_refused() {
    let world = World::open().await;
    let limits = EgressLimits {
        header_fields: 20,
        header_bytes: 2000,
        ..EgressLimits::default()
    };
    let many: String = (0..30).map(|number| format!("x-{number}: 1\r\n")).collect();
    let long = format!("x-long: {}\r\n", "x".repeat(3000));
    let huge = format!("x-long: {}\r\n", "x".repeat(100_000));
    let two_lengths = "content-length: 0\r\ncontent-length: 5\r\n".to_owned();
    for fields in [many, long, huge, two_lengths] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{fields}\r\n").into_bytes();
        let server = Server::start(move |_| Act::Answer(bytes.clone())).await;
        let egress = world.limited([system(server.port())], limits.clone());
        let told = world.get(&egress, &url(server.port(), "/")).await.unwrap();
        assert!(told.starts_with("Unavailable: "), "{told}");
        let told = world.post(&egress, &url(server.port(), "/")).await.unwrap();
        assert!(
            told.starts_with("Ambiguous: ") && told.contains("header "),
            "{told}"
        );
    }
    let server = Server::start(|_| Act::Answer(b"220 mail.example ESMTP\r\n\r\n".to_vec())).await;
    let egress = world.egress([system(server.port())]);
    let told = world.get(&egress, &url(server.port(), "/")).await.unwrap();
    assert!(told.starts_with("Unavailable: "), "{told}");
}

#[tokio::test]
async fn too_large_a_request_is_not_sent() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let limits = EgressLimits {
        request_bytes: 1000,
        ..EgressLimits::default()
    };
    let egress = world.limited([system(server.port())], limits);
    let request =
        |bytes| json!({ "method": "POST", "url": url(server.port(), "/"), "fill": bytes });
    let told = world.one(&egress, request(1000)).await.unwrap();
    assert!(told.starts_with("200: "), "{told}");
    let error = world.one(&egress, request(1001)).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::LimitExceeded("request bytes"));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn one_call_makes_only_so_many_requests_and_the_next_call_as_many_again() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let limits = EgressLimits {
        requests: 3,
        ..EgressLimits::default()
    };
    let egress = world.limited([system(server.port())], limits);
    let requests = |times| json!([{ "url": url(server.port(), "/"), "times": times }]);
    let error = world.ask(&egress, requests(4)).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::LimitExceeded("requests"));
    assert_eq!(server.seen().len(), 3);

    let call = call(Some(&egress), requests(3));
    let ticketing = world.component.ticketing().unwrap();
    let mut run = ticketing.start(&call).await.unwrap();
    run.check_connection().await.unwrap();
    run.check_connection().await.unwrap();
    assert_eq!(server.seen().len(), 9);
}

#[tokio::test]
async fn a_component_can_still_say_that_its_request_took_all_the_time() {
    let world = World::open().await;
    let server = Simulated::start(Plain).await.unwrap();
    let port = server.address().port();
    let late = Fault::Late {
        milliseconds: 600_000,
    };
    server.spoil(Matching::always(), late);
    let egress = world.egress([system(port)]);
    let request = json!([{ "method": "POST", "url": url(port, "/") }]);
    let mut call = call(Some(&egress), request);
    call.limits.wall_time = Duration::from_millis(2000);
    let ticketing = world.component.ticketing().unwrap();
    let mut run = ticketing.start(&call).await.unwrap();
    let findings = run.check_connection().await.unwrap();
    assert_eq!(findings[0].subject, "Ambiguous");
}

#[tokio::test]
async fn connections_are_kept_from_one_call_to_the_next() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "x")).await;
    let egress = world.egress([system(server.port())]);
    for _ in 0..3 {
        world.post(&egress, &url(server.port(), "/")).await.unwrap();
    }
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 0]);
    assert_eq!(world.names.asked().len(), 1);
}

#[tokio::test]
async fn a_kept_connection_that_breaks_is_tried_anew_only_for_what_changes_nothing() {
    let world = World::open().await;
    // Each connection serves one request and closes under the second.
    let server = Server::start(|seen| match seen.line().contains("first") {
        true => Act::Answer(answer(200, &[], "")),
        false if seen.connection > 0 && seen.line().starts_with("GET") => {
            Act::Answer(answer(200, &[], "again"))
        }
        false => Act::Close,
    })
    .await;
    let egress = world.egress([system(server.port())]);
    let first = url(server.port(), "/first");
    let second = url(server.port(), "/second");
    world.get(&egress, &first).await.unwrap();
    let told = world.get(&egress, &second).await.unwrap();
    assert!(told.ends_with("again"), "{told}");

    let other = world.egress([system(server.port())]);
    world.get(&other, &first).await.unwrap();
    let told = world.post(&other, &second).await.unwrap();
    assert!(told.starts_with("Ambiguous: "), "{told}");
    let posts = server.seen();
    let posts = posts.iter().filter(|seen| seen.line().starts_with("POST"));
    assert_eq!(posts.count(), 1);
}

#[tokio::test]
async fn the_report_counts_what_was_sent_and_answered() {
    let world = World::open().await;
    let server = Server::start(|seen| match seen.line() {
        line if line.contains("/missing") => Act::Answer(answer(404, &[], "no")),
        line if line.contains("/closed") => Act::Close,
        _ => Act::Answer(answer(200, &[], "hello")),
    })
    .await;
    let port = server.port();
    let egress = world.egress([system(port)]);
    let (findings, report) = world
        .report(
            &egress,
            json!([
                { "url": url(port, "/") },
                { "url": url(port, "/missing") },
                { "method": "POST", "url": url(port, "/"), "body": "1234" },
                { "method": "POST", "url": url(port, "/closed"), "body": "1234" },
                { "method": "POST", "url": "nonsense" },
            ]),
        )
        .await;
    assert_eq!(findings.unwrap().len(), 5);
    assert_eq!(report.http.requests, 5);
    assert_eq!(report.http.changing, 2);
    assert_eq!(report.http.bytes_sent, 8);
    assert_eq!(report.http.bytes_received, 12);
    assert_eq!(report.http.answers, [0, 2, 0, 1, 0]);
}

#[tokio::test]
async fn a_component_that_breaks_down_after_it_sent_something_leaves_a_trace_of_that() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "")).await;
    let egress = world.egress([system(server.port())]);
    let draft = Draft {
        correlation_id: "PROV-00000001".to_owned(),
        title: "Do it".to_owned(),
        description: Vec::new(),
        priority: Priority::Normal,
        due: None,
        follow_up_of: None,
        facts: Vec::new(),
    };
    let mut call = call(Some(&egress), json!([]));
    let request = json!({ "method": "POST", "url": url(server.port(), "/") });
    for (requests, changing) in [(json!([]), 0), (json!([request]), 1)] {
        call.settings = json!({ "misbehave": "trap-after", "requests": requests }).to_string();
        let ticketing = world.component.ticketing().unwrap();
        let mut run = ticketing.start(&call).await.unwrap();
        let error = run.create(&draft).await.unwrap_err();
        assert!(matches!(error.kind, CallErrorKind::Trapped(_)), "{error}");
        assert_eq!(run.report().http.changing, changing);
    }
}
