//! The whole host against a real Request Tracker: requests, the sandboxed component, HTTP, people
//! who work in its queue, and exports. `tests/peers/host/run` starts one and runs these.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use provisor::ManualClock;
use provisor::model::{OperationState, Ticket, TicketState, Timestamp};
use provisor::store::TicketFilter;
use provisor_tests::ticket_system::REQUEST_TRACKER;
use provisor_tests::world::{Fixture, WILL, World, identity, will};
use serde_json::{Value, json};

/// A host whose work is kept as tickets in the Request Tracker that runs.
struct Desk {
    world: World,
    url: String,
    http: ureq::Agent,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: use tests/peers/host/run"))
}

impl Desk {
    async fn open(fixture: Fixture) -> Self {
        let url = variable("PROVISOR_REQUEST_TRACKER");
        let token = std::fs::read_to_string(variable("PROVISOR_REQUEST_TRACKER_TOKEN"))
            .expect("the token can be read");
        let passed = SystemTime::now().duration_since(UNIX_EPOCH).expect("now");
        let now = Timestamp::from_millis(i64::try_from(passed.as_millis()).expect("now"));
        let header = format!("token {}", token.trim());
        let world = fixture
            .more(&REQUEST_TRACKER.tables(&url, ""))
            .open_with_file(ManualClock::at(now), "token", &header)
            .await;
        let http = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        Desk { world, url, http }
    }

    async fn runs(&self) -> provisor::RunReport {
        let report = self.world.host.run_without_exports().await;
        report.expect("it can be run")
    }

    /// Every ticket is looked at.
    async fn noticed(&self) {
        self.world.minutes(10);
        self.runs().await;
        self.world.minutes(10);
        self.runs().await;
    }

    fn tickets(&self) -> Vec<Ticket> {
        let filter = TicketFilter {
            limit: 1_000,
            ..TicketFilter::default()
        };
        self.world
            .host
            .tickets(&filter)
            .expect("they can be listed")
    }

    fn ticket(&self) -> Ticket {
        let mut tickets = self.tickets();
        assert_eq!(tickets.len(), 1, "{tickets:#?}");
        tickets.remove(0)
    }

    /// Somebody there writes and sets a status.
    fn people(&self, ticket: &Ticket, who: (&str, &str), status: &str, words: &str) {
        let reference = &ticket.place.as_ref().expect("it is there").reference;
        let basic = format!("{}:{}", who.0, who.1);
        let basic = base64::engine::general_purpose::STANDARD.encode(basic);
        let target = |path: &str| format!("{}/REST/2.0/ticket/{reference}{path}", self.url);
        let content = json!({"Content": words, "ContentType": "text/plain"});
        let said = self
            .http
            .post(target("/correspond"))
            .header("authorization", format!("Basic {basic}"))
            .header("content-type", "application/json")
            .send(content.to_string())
            .expect("it answers");
        assert_eq!(said.status(), 201);
        let changed = self
            .http
            .put(target(""))
            .header("authorization", format!("Basic {basic}"))
            .header("content-type", "application/json")
            .send(json!({"Status": status}).to_string())
            .expect("it answers");
        assert_eq!(changed.status(), 200);
        let shown: Value = self
            .http
            .get(target(""))
            .header("authorization", format!("Basic {basic}"))
            .call()
            .expect("it answers")
            .body_mut()
            .read_to_string()
            .map(|text| serde_json::from_str(&text).expect("JSON"))
            .expect("text");
        assert_eq!(shown["Status"], status);
    }
}

const AGENT: (&str, &str) = ("agent", "agent-password-1");
const ROOT: (&str, &str) = ("root", "password");

fn request_tracker(script: &str, arguments: &[&str]) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let done = Command::new(root.join("peers/request-tracker").join(script))
        .args(arguments)
        .output()
        .expect("the script runs");
    assert!(done.status.success(), "{script}: {done:?}");
}

#[tokio::test]
#[ignore = "needs a Request Tracker, which tests/peers/host/run starts"]
async fn a_ticket_is_made_resolved_and_verified() {
    let desk = Desk::open(Fixture::s()).await;
    let findings = desk
        .world
        .host
        .check_tickets("app")
        .await
        .expect("it answers");
    assert!(
        findings.len() > 2 && findings.iter().all(|one| one.good),
        "{findings:#?}"
    );
    desk.world.requests(will()).await;
    let report = desk.runs().await;
    assert_eq!(report.tickets.made.len(), 1, "{:#?}", report.tickets);
    desk.people(&desk.ticket(), AGENT, "resolved", "done as asked");
    desk.noticed().await;
    assert_eq!(desk.world.last().state, OperationState::Done);
    desk.world.shows(WILL).await;
    assert_eq!(desk.world.last().state, OperationState::Verified);
    desk.noticed().await;
    assert_eq!(desk.ticket().state, TicketState::Ended);
    desk.world.assert_no_secret();
}

#[tokio::test]
#[ignore = "needs a Request Tracker, which tests/peers/host/run starts"]
async fn a_ticket_that_is_rejected_fails_with_what_was_written() {
    let desk = Desk::open(Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(&desk.ticket(), AGENT, "rejected", "we have no licence left");
    desk.noticed().await;
    let operation = desk.world.last();
    assert_eq!(operation.state, OperationState::Failed);
    let reason = operation.reason.expect("it says why");
    assert!(reason.contains("no licence left"), "{reason}");
}

#[tokio::test]
#[ignore = "needs a Request Tracker, which tests/peers/host/run starts"]
async fn a_ticket_that_is_opened_again_is_open_again() {
    let desk = Desk::open(Fixture::s()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(&desk.ticket(), AGENT, "resolved", "done");
    desk.noticed().await;
    assert_eq!(desk.world.last().state, OperationState::Done);
    desk.people(&desk.ticket(), AGENT, "open", "not yet after all");
    desk.noticed().await;
    assert_eq!(desk.world.last().state, OperationState::Open);
    assert_eq!(desk.ticket().state, TicketState::Open);
}

#[tokio::test]
#[ignore = "needs a Request Tracker, which tests/peers/host/run starts"]
async fn a_ticket_that_is_deleted_is_gone_and_can_be_asked_for_anew() {
    let desk = Desk::open(Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(&desk.ticket(), ROOT, "deleted", "a mistake");
    desk.noticed().await;
    assert_eq!(desk.world.last().state, OperationState::Cancelled);
    assert!(desk.ticket().attention.is_some());
}

#[tokio::test]
#[ignore = "needs a Request Tracker, which tests/peers/host/run starts"]
async fn what_is_not_wanted_any_more_is_taken_back() {
    let desk = Desk::open(Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.world.unassigns("will").await;
    desk.runs().await;
    desk.noticed().await;
    assert!(desk.world.operations().iter().all(|one| one.finished));
    assert_eq!(desk.ticket().state, TicketState::Ended);
}

#[tokio::test]
#[ignore = "needs a Request Tracker, which tests/peers/host/run starts"]
async fn work_goes_on_where_it_was_when_the_system_is_stopped_in_the_middle() {
    let folder = variable("PROVISOR_REQUEST_TRACKER_FOLDER");
    let desk = Desk::open(Fixture::m()).await;
    for number in 0..4 {
        desk.world
            .requests(identity(&format!("user{number}")))
            .await;
    }
    desk.runs().await;
    request_tracker("down", &[&folder]);
    for number in 4..8 {
        desk.world
            .requests(identity(&format!("user{number}")))
            .await;
    }
    desk.world.minutes(10);
    let report = desk.runs().await;
    assert!(!report.tickets.failed.is_empty());
    let problem = desk.tickets().into_iter().find_map(|ticket| ticket.problem);
    let problem = problem.expect("it cannot be reached");
    assert!(problem.contains("127.0.0.1"), "{problem}");
    let port = desk.url.rsplit(':').next().expect("a port").to_owned();
    request_tracker("up", &[&folder, &port]);
    for _ in 0..40 {
        desk.world.minutes(2);
        desk.runs().await;
    }
    let tickets = desk.tickets();
    assert_eq!(tickets.len(), 8);
    assert!(
        tickets.iter().all(|one| one.state == TicketState::Open),
        "{tickets:#?}"
    );
    for ticket in &tickets {
        desk.people(ticket, AGENT, "resolved", "done");
    }
    desk.noticed().await;
    desk.noticed().await;
    assert!(desk.world.operations().iter().all(|one| one.finished));
}
