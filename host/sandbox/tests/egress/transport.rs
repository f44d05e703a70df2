//! Systems that are played by the program itself: everything but the network is as in earnest.

use std::sync::{Arc, Mutex};

use provisor_sandbox::egress::{
    Answered, Credential, Grant, Origin, Outcome, Secret, Sent, Transport,
};
use provisor_sandbox::{CallErrorKind, Egress, EgressConfig, EgressLimits};
use serde_json::json;

use crate::fixture::{World, call};

/// Does the same to every request, and keeps what it saw.
struct Played {
    outcome: Outcome,
    seen: Mutex<Vec<Sent>>,
}

impl Transport for Played {
    fn exchange(&self, request: &Sent) -> Outcome {
        self.seen.lock().unwrap().push(request.clone());
        self.outcome.clone()
    }
}

fn played(outcome: Outcome) -> Arc<Played> {
    let seen = Mutex::default();
    Arc::new(Played { outcome, seen })
}

fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Answered {
    let field = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Answered {
        status,
        headers: headers.iter().map(field).collect(),
        body: body.as_bytes().to_vec(),
    }
}

fn granted() -> Grant {
    let mut grant = Grant::new(Origin::parse("https://system.example").unwrap());
    grant.path = "/rest".to_owned();
    grant
}

fn egress(world: &World, grant: Grant, transport: &Arc<Played>) -> Egress {
    let config = EgressConfig {
        reach: vec![grant],
        limits: EgressLimits {
            response_bytes: 1000,
            ..EgressLimits::default()
        },
        ..EgressConfig::default()
    };
    Egress::over(config, &world.origins, transport.clone()).unwrap()
}

const URL: &str = "https://system.example/rest/a?b=c";

#[tokio::test]
async fn an_answer_arrives_without_name_connection_or_certificate() {
    let world = World::open().await;
    let transport = played(Outcome::Answer(answered(201, &[("x-a", "1")], "made")));
    let mut grant = granted();
    grant.credential = Some(Credential::Bearer {
        token: Secret::new("hunter2"),
    });
    let egress = egress(&world, grant, &transport);
    let told = world.post(&egress, URL).await.unwrap();
    assert!(
        told.starts_with("201: ") && told.ends_with("made"),
        "{told}"
    );
    assert!(world.names.asked().is_empty());

    let seen = transport.seen.lock().unwrap();
    let [sent] = &seen[..] else {
        panic!("one request, and {} were seen", seen.len());
    };
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", URL));
    assert_eq!(sent.target(), "/rest/a?b=c");
    assert_eq!(&*sent.body, b"content");
    let carried = ("authorization".to_owned(), "Bearer hunter2".to_owned());
    assert!(sent.headers.contains(&carried));
    assert!(!format!("{sent:?}").contains("hunter2"));
}

#[tokio::test]
async fn what_is_not_granted_does_not_reach_the_transport() {
    let world = World::open().await;
    let transport = played(Outcome::Answer(answered(200, &[], "")));
    let egress = egress(&world, granted(), &transport);
    for url in ["https://other.example/rest", "https://system.example/else"] {
        let error = world.get(&egress, url).await.unwrap_err();
        assert!(matches!(error.kind, CallErrorKind::Denied(_)), "{error}");
    }
    assert!(transport.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_goes_wrong_is_told_as_if_a_network_had_done_it() {
    let world = World::open().await;
    let long = "x".repeat(1001);
    let sent_kinds = ("Unavailable", "Ambiguous");
    for (outcome, (get, post), words) in [
        (
            Outcome::Unreachable("its certificate has expired".to_owned()),
            ("Unavailable", "Unavailable"),
            "its certificate has expired",
        ),
        (Outcome::Lost, sent_kinds, "broke off"),
        (Outcome::Late, sent_kinds, "limit of request time"),
        (
            Outcome::Cut(answered(200, &[], "some words"), 4),
            sent_kinds,
            "broke off after 4 bytes",
        ),
        (
            Outcome::Endless(answered(200, &[], "")),
            sent_kinds,
            "limit of response bytes (1000)",
        ),
        (
            Outcome::Answer(answered(200, &[], &long)),
            sent_kinds,
            "limit of response bytes (1000)",
        ),
        (
            Outcome::Answer(answered(200, &[("x-a", "1\r\n2")], "")),
            sent_kinds,
            "no HTTP",
        ),
        (
            Outcome::Answer(answered(99, &[], "")),
            sent_kinds,
            "no HTTP",
        ),
    ] {
        let transport = played(outcome.clone());
        let egress = egress(&world, granted(), &transport);
        let told = world.get(&egress, URL).await.unwrap();
        assert!(told.starts_with(get) && told.contains(words), "{told}");
        let told = world.post(&egress, URL).await.unwrap();
        assert!(told.starts_with(post) && told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn only_what_was_sent_counts_as_a_request_that_can_change_something() {
    let world = World::open().await;
    let post = json!([{ "method": "POST", "url": URL }]);
    let unreachable = Outcome::Unreachable("nobody is there".to_owned());
    for (outcome, changing) in [(unreachable, 0), (Outcome::Lost, 1)] {
        let egress = egress(&world, granted(), &played(outcome));
        let (_, report) = world.report(&egress, post.clone()).await;
        assert_eq!((report.http.requests, report.http.changing), (1, changing));
    }
}

#[tokio::test]
async fn a_system_that_asks_for_fewer_calls_is_left_alone() {
    let world = World::open().await;
    let limited = Outcome::Answer(answered(429, &[("retry-after", "7")], ""));
    let transport = played(limited);
    let egress = egress(&world, granted(), &transport);
    let twice = json!([{ "url": URL }, { "url": URL }]);
    let call = call(Some(&egress), twice);
    let ticketing = world.component.ticketing().unwrap();
    let mut run = ticketing.start(&call).await.unwrap();
    let findings = run.check_connection().await.unwrap();
    let subjects: Vec<&str> = findings.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(subjects, ["429", "RateLimited"]);
    assert_eq!(transport.seen.lock().unwrap().len(), 1);
    assert_eq!(
        egress.paused_until().map(|until| until.to_string()),
        Some("2026-01-01T00:00:07Z".to_owned())
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_secrets_in_it_are_covered() {
    let world = World::open().await;
    let away = Outcome::Answer(answered(
        302,
        &[
            ("location", "https://other.example/hunter2"),
            ("set-cookie", "a=b"),
        ],
        "",
    ));
    let transport = played(away);
    let mut grant = granted();
    grant.credential = Some(Credential::Bearer {
        token: Secret::new("hunter2"),
    });
    let egress = egress(&world, grant, &transport);
    let told = world.get(&egress, URL).await.unwrap();
    assert!(told.starts_with("302: "), "{told}");
    assert!(told.contains("https://other.example/[removed]"), "{told}");
    assert!(!told.contains("set-cookie"), "{told}");
    assert_eq!(transport.seen.lock().unwrap().len(), 1);
}
