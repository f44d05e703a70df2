//! The check of a connection.

mod site;

use provisor_sdk::{FailureKind, Finding, Http, Ticketing};
use provisor_simulated::Fault;
use provisor_simulated::service_manager::Object;
use serde_json::{Value, json};
use site::{Site, with};

fn findings(site: &Site) -> Vec<Finding> {
    let checked = site.component.check_connection(&site.http);
    checked.unwrap_or_else(|failure| panic!("nothing was looked at: {}", failure.message))
}

/// What is not as it should be, when that is one thing.
fn bad(site: &Site) -> Finding {
    let mut bad: Vec<Finding> = findings(site).into_iter().filter(|it| !it.good).collect();
    assert_eq!(bad.len(), 1, "{bad:?}");
    bad.remove(0)
}

fn of(changes: Value) -> Site {
    let site = Site::of(Object::incidents(), &with(changes));
    let made = Site::new();
    made.create("corr-0001");
    std::mem::swap(
        &mut site.simulator.borrow_mut().product,
        &mut made.simulator.borrow_mut().product,
    );
    site
}

#[test]
fn all_is_well_and_nothing_is_changed() {
    let site = of(json!({}));
    let findings = findings(&site);
    assert!(findings.iter().all(|it| it.good), "{findings:?}");
    let subjects: Vec<&str> = findings.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [
            "credentials",
            "collection incidents",
            "field IncidentID",
            "field Status",
            "field CorrelationID"
        ]
    );
    assert!(site.requests().iter().all(|it| it.starts_with("GET ")));
}

#[test]
fn an_empty_collection_is_said_to_be_empty() {
    let findings = findings(&Site::new());
    assert!(findings.iter().all(|it| it.good));
    assert!(findings[1].message.contains("no record"));
    assert!(findings[2].message.contains("no record has one yet"));
}

#[test]
fn wrong_credentials_are_found() {
    let mut site = of(json!({}));
    let inner = provisor_sdk::testing::simulated(site.simulator.clone(), site.now.clone());
    site.http = Http::answering(move |request| inner.send(request));
    let finding = bad(&site);
    assert_eq!(finding.subject, "credentials");
    assert!(finding.message.contains("user and password"), "{finding:?}");
}

#[test]
fn a_missing_right_is_told_from_wrong_credentials() {
    let site = of(json!({}));
    site.refuse("GET", 403, 28, "not authorized");
    let finding = bad(&site);
    assert_eq!(finding.subject, "collection incidents");
    assert!(finding.message.contains("profiles"), "{finding:?}");
}

#[test]
fn wrong_names_are_found() {
    for (changes, subject, setting) in [
        (
            json!({ "envelope": "Ticket" }),
            "collection incidents",
            "/envelope",
        ),
        (
            json!({ "captions": { "key": "Number" } }),
            "collection incidents",
            "/captions",
        ),
        (
            json!({ "captions": { "status": "State" } }),
            "field State",
            "/captions/status",
        ),
        (
            json!({ "captions": { "correlation-id": "Nothing" } }),
            "field Nothing",
            "/query-names",
        ),
    ] {
        let finding = bad(&of(changes));
        assert_eq!(finding.subject, subject);
        assert!(finding.message.contains(setting), "{finding:?}");
    }
}

#[test]
fn a_correlation_id_that_is_not_shown_or_not_asked_for_is_found() {
    let site = of(json!({}));
    site.traps(|traps| traps.correlation_unseen = true);
    let finding = bad(&site);
    assert_eq!(finding.subject, "field CorrelationID");
    assert!(finding.message.contains("published"), "{finding:?}");

    let site = of(json!({}));
    site.traps(|traps| traps.queries_ignored = true);
    let finding = bad(&site);
    assert_eq!(finding.subject, "field CorrelationID");
    assert!(finding.message.contains("does not obey"), "{finding:?}");
}

#[test]
fn a_wrong_url_and_a_system_that_is_down_are_failures() {
    let site = of(json!({ "url": "https://sm.example.com/elsewhere" }));
    let failure = site.component.check_connection(&site.http).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.message.contains("/url"), "{failure:?}");

    let site = of(json!({}));
    site.spoil("GET", "", Fault::maintenance());
    let failure = site.component.check_connection(&site.http).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}
