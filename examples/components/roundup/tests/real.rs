//! The component at a real Roundup, which `tests/peers/roundup/run` starts.

use std::time::SystemTime;

use provisor_sdk::{
    Class, Condition, Draft, Failure, FailureKind, Http, Method, Request, Response, Ticketing,
    document, testing,
};
use roundup::Roundup;
use serde_json::{Value, json};

const PROVISOR: &str = "Basic cHJvdmlzb3I6cHJvdmlzb3ItcGFzc3dvcmQtMQ==";
const AGENT: &str = "Basic YWdlbnQ6YWdlbnQtcGFzc3dvcmQtMQ==";

fn url(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: start this with tests/peers/roundup/run")
    })
}

fn send(credential: &str, request: &Request) -> Response {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut builder = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(&request.url)
        .header("authorization", credential);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let sent = match &request.body {
        Some(body) => agent.run(builder.body(body.clone()).expect("a request")),
        None => agent.run(builder.body(()).expect("a request")),
    };
    let mut answer = sent.expect("an answer");
    let headers = answer.headers().iter();
    Response {
        method: request.method,
        status: answer.status().as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect(),
        body: answer.body_mut().read_to_vec().expect("a body"),
    }
}

fn component(variable: &str) -> Roundup {
    let settings = json!({ "url": url(variable) });
    testing::ticketing(&settings.to_string()).expect("good settings")
}

fn straight() -> Http {
    Http::answering(|request| Ok(send(PROVISOR, request)))
}

fn draft(name: &str) -> Draft {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    testing::draft(&format!("{name}-{}", now.expect("a clock").as_nanos()))
}

fn class(roundup: &Roundup, http: &Http, reference: &str) -> Class {
    match &roundup
        .status(http, &[reference.to_owned()])
        .expect("an answer")[0]
    {
        Condition::Progress(progress) => progress.class,
        other => panic!("not where it should stand: {other:?}"),
    }
}

#[test]
#[ignore = "needs a Roundup: tests/peers/roundup/run"]
fn an_issue_is_made_found_commented_and_resolved() {
    let (roundup, http) = (component("PROVISOR_ROUNDUP"), straight());
    assert!(roundup.check_connection(&http).expect("findings")[0].good);
    let draft = draft("life");
    let ticket = roundup.create(&http, &draft).expect("a ticket");
    let found = roundup
        .find(&http, &draft.correlation_id)
        .expect("an answer");
    assert_eq!(found[0].ticket, ticket);
    assert_eq!(class(&roundup, &http, &ticket.reference), Class::Open);
    let text = [document::paragraph("Is it done?")];
    assert_eq!(roundup.comment(&http, &ticket.reference, &text), Ok(()));

    let base = url("PROVISOR_ROUNDUP");
    let path = ["rest", "data", "issue", &ticket.number];
    let issue: Value = send(AGENT, &Request::new(Method::Get, &base, path))
        .json()
        .expect("an issue");
    let messages = issue["data"]["attributes"]["messages"].as_array();
    assert_eq!(messages.map(Vec::len), Some(2));
    let resolve = Request::new(Method::Put, &base, path)
        .header("origin", base.trim_end_matches("/t"))
        .header("x-requested-with", "rest")
        .json(&json!({ "status": "resolved", "@etag": issue["data"]["@etag"] }));
    assert_eq!(send(AGENT, &resolve).status, 200);
    assert_eq!(class(&roundup, &http, &ticket.reference), Class::Done);

    let unknown = roundup.status(&http, &["99999".to_owned(), "x".to_owned()]);
    let unknown = unknown.expect("an answer");
    assert_eq!(unknown[0], Condition::Gone);
    assert!(matches!(unknown[1], Condition::Failed(_)));
}

#[test]
#[ignore = "needs a Roundup: tests/peers/roundup/run"]
fn a_request_that_a_proxy_sends_twice_makes_one_issue() {
    let roundup = component("PROVISOR_ROUNDUP");
    let twice = Http::answering(|request| {
        if !request.method.is_safe() {
            send(PROVISOR, request);
        }
        Ok(send(PROVISOR, request))
    });
    let draft = draft("twice");
    let ticket = roundup.create(&twice, &draft).expect("a ticket");
    let found = roundup
        .find(&straight(), &draft.correlation_id)
        .expect("an answer");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].ticket, ticket);
}

#[test]
#[ignore = "needs a Roundup: tests/peers/roundup/run"]
fn a_lost_answer_leaves_one_issue_that_is_found() {
    let roundup = component("PROVISOR_ROUNDUP");
    let losing = Http::answering(|request| {
        let response = send(PROVISOR, request);
        match request.url.contains("%40poe/") {
            true => Err(Failure::ambiguous("no answer came")),
            false => Ok(response),
        }
    });
    let draft = draft("lost");
    let failure = roundup.create(&losing, &draft).expect_err("no answer");
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    let found = roundup
        .find(&straight(), &draft.correlation_id)
        .expect("an answer");
    assert_eq!(found.len(), 1);
}

#[test]
#[ignore = "needs a Roundup: tests/peers/roundup/run"]
fn too_many_calls_are_answered_with_the_time_to_wait() {
    let (roundup, http) = (component("PROVISOR_ROUNDUP_LIMITED"), straight());
    let failure = (0..50)
        .find_map(|_| roundup.find(&http, "corr-0001").err())
        .expect("a limit");
    assert_eq!(failure.kind, FailureKind::RateLimited);
    let seconds = failure.retry_after.expect("a time to wait");
    assert!((1..=60).contains(&seconds), "{seconds}");
}
