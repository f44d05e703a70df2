//! Answers that are not what they look like.

mod site;

use provisor_sdk::{Condition, Failure, FailureKind, Http, Response, Ticketing, testing};
use provisor_simulated::Fault;
use provisor_simulated::service_manager::Object;
use serde_json::{Value, json};
use service_manager::ServiceManager;
use site::Site;

fn creating(site: &Site) -> Failure {
    let draft = testing::draft("corr-0001");
    let made = site.component.create(&site.http, &draft);
    assert!(site.all_faults_used());
    made.expect_err("no ticket is made")
}

fn finding(site: &Site) -> Failure {
    let found = site.component.find(&site.http, "corr-0001");
    assert!(site.all_faults_used());
    found.expect_err("the search fails")
}

fn page(status: u16, body: &str) -> Fault {
    Fault::Instead {
        status,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: body.to_owned(),
    }
}

#[test]
fn success_with_a_return_code_is_no_success() {
    let site = Site::new();
    for (status, code, kind) in [
        (200, 3, FailureKind::Unavailable),
        (400, 3, FailureKind::Unavailable),
        (200, 70, FailureKind::Rejected),
        (400, 71, FailureKind::Rejected),
        (200, 28, FailureKind::Unauthorized),
        (400, 51, FailureKind::Unavailable),
        (400, 66, FailureKind::Configuration),
        (404, 9, FailureKind::Configuration),
        (500, -1, FailureKind::Ambiguous),
        (200, -1, FailureKind::Ambiguous),
        (400, 54, FailureKind::Rejected),
        (200, 54, FailureKind::Ambiguous),
    ] {
        site.refuse("POST", status, code, "what it says");
        let failure = creating(&site);
        assert_eq!(failure.kind, kind, "{code} with status {status}");
        assert!(failure.message.contains("what it says"), "{failure:?}");
    }
    assert_eq!(site.seen().len(), 0);
}

#[test]
fn return_codes_of_reading_are_told_apart() {
    let site = Site::new();
    for (status, code, kind) in [
        (500, -1, FailureKind::Unavailable),
        (200, 66, FailureKind::Configuration),
        (403, 28, FailureKind::Unauthorized),
        (200, 3, FailureKind::Unavailable),
    ] {
        site.refuse("GET", status, code, "what it says");
        assert_eq!(finding(&site).kind, kind, "{code} with status {status}");
    }
}

#[test]
fn too_many_threads_are_not_taken_for_wrong_credentials() {
    let site = Site::new();
    site.refuse("POST", 401, -4, "Too many sessions are in use");
    let failure = creating(&site);
    assert_eq!(failure.kind, FailureKind::Unavailable);
    site.refuse("POST", 401, -4, "Not Authorized");
    let failure = creating(&site);
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert!(failure.message.contains("user and password"));
}

#[test]
fn fields_that_the_form_wants_are_named() {
    let mut settings = site::settings();
    settings["fields"] = json!({ "Service": "{nothing}" });
    let site = Site::of(Object::incidents(), &settings);
    for status in [200, 400] {
        site.traps(|traps| traps.refusal_status = status);
        let failure = creating(&site);
        assert_eq!(failure.kind, FailureKind::Rejected);
        for field in ["Area", "Subarea", "Service", "AssignmentGroup"] {
            let said = format!("{field} is required");
            assert!(failure.message.contains(&said), "{failure:?}");
        }
        assert!(failure.message.contains("/fields"), "{failure:?}");
    }
}

#[test]
fn pages_of_a_load_balancer_are_no_answers() {
    let html = "<html><body>Sorry</body></html>";
    let site = Site::new();
    for (status, kind) in [
        (200, FailureKind::Unavailable),
        (404, FailureKind::Unavailable),
        (401, FailureKind::Unauthorized),
        (502, FailureKind::Unavailable),
        (503, FailureKind::Unavailable),
    ] {
        site.spoil("GET", "", page(status, html));
        let failure = finding(&site);
        assert_eq!(failure.kind, kind, "reading, {status}");
        assert!(failure.message.contains("Sorry"), "{failure:?}");
    }
    for (status, kind) in [
        // The balancer may have cut off an answer of Service Manager.
        (200, FailureKind::Ambiguous),
        (502, FailureKind::Ambiguous),
        (404, FailureKind::Unavailable),
        (503, FailureKind::Unavailable),
    ] {
        site.spoil("POST", "", page(status, html));
        assert_eq!(creating(&site).kind, kind, "creating, {status}");
    }
}

#[test]
fn a_page_that_says_404_does_not_make_a_ticket_gone() {
    let site = Site::new();
    let ticket = site.create("corr-0001");
    site.spoil("GET", "IM10001", page(404, "<html>404</html>"));
    match &site.status(&[ticket])[0] {
        Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::Unavailable),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_system_that_asks_for_fewer_calls_is_obeyed() {
    let site = Site::new();
    site.spoil("POST", "", Fault::too_many(Some(17)));
    let failure = creating(&site);
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert_eq!(failure.retry_after, Some(17));
}

#[test]
fn a_garbled_answer_leaves_open_whether_the_ticket_was_made() {
    let site = Site::new();
    site.spoil("POST", "", Fault::Garbled);
    assert_eq!(creating(&site).kind, FailureKind::Ambiguous);
    assert_eq!(site.seen().len(), 1);
    site.spoil("GET", "", Fault::Garbled);
    assert_eq!(finding(&site).kind, FailureKind::Unavailable);
}

#[test]
fn a_query_that_is_not_obeyed_finds_nobody_elses_ticket() {
    let site = Site::new();
    for at in 0..3 {
        site.create(&format!("other-{at:04}"));
    }
    site.traps(|traps| traps.queries_ignored = true);
    let failure = finding(&site);
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.message.contains("not obeyed"), "{failure:?}");
}

#[test]
fn a_query_that_is_not_obeyed_gives_each_ticket_its_own_status() {
    let site = Site::new();
    let tickets: Vec<_> = (0..200).map(|_| site.create("corr-0001")).collect();
    site.traps(|traps| traps.queries_ignored = true);
    site.requests();
    let conditions = site.status(&tickets[150..153]);
    assert!(
        conditions
            .iter()
            .all(|it| matches!(it, Condition::Progress(_)))
    );
    assert_eq!(site.requests().len(), 4);
}

#[test]
fn a_correlation_id_that_is_not_shown_is_not_taken_for_a_missing_ticket() {
    let site = Site::new();
    site.create("corr-0001");
    site.traps(|traps| traps.correlation_unseen = true);
    let failure = finding(&site);
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.message.contains("not published"), "{failure:?}");
}

#[test]
fn a_hidden_ticket_of_a_site_that_says_so_is_gone() {
    let site = Site::new();
    let ticket = site.create("corr-0001");
    site.traps(|traps| traps.hidden_is_missing = true);
    site.act(&ticket, &provisor_simulated::Action::Hide);
    assert_eq!(site.status(&[ticket]), [Condition::Gone]);
}

/// A component before a system that gives one answer to everything.
fn before(status: u16, body: &Value) -> (ServiceManager, Http) {
    let body = body.to_string().into_bytes();
    let http = Http::answering(move |request| {
        Ok(Response {
            method: request.method,
            status,
            headers: Vec::new(),
            body: body.clone(),
        })
    });
    let component = testing::ticketing(&site::settings().to_string());
    (component.expect("these settings are right"), http)
}

#[test]
fn success_without_a_number_leaves_open_whether_the_ticket_was_made() {
    for body in [
        json!({ "ReturnCode": 0 }),
        json!({ "ReturnCode": 0, "Incident": {} }),
        json!({ "ReturnCode": 0, "Incident": { "IncidentID": "" } }),
        json!({ "ReturnCode": 0, "Incident": { "IncidentID": "a\nb" } }),
        json!({ "Incident": { "IncidentID": "IM1" } }),
        json!([]),
    ] {
        let (component, http) = before(200, &body);
        let made = component.create(&http, &testing::draft("corr-0001"));
        assert_eq!(made.unwrap_err().kind, FailureKind::Ambiguous, "{body}");
    }
}

#[test]
fn fewer_records_than_were_counted_are_no_result() {
    let body = json!({ "ReturnCode": 0, "@totalcount": 2, "content": [] });
    let (component, http) = before(200, &body);
    let failure = component.find(&http, "corr-0001").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}

#[test]
fn a_system_that_gives_the_same_page_for_ever_is_left() {
    let record = json!({ "Incident": { "IncidentID": "IM1", "CorrelationID": "corr-0001" } });
    let body = json!({ "ReturnCode": "0", "content": [record] });
    let (component, http) = before(200, &body);
    let found = component.find(&http, "corr-0001").unwrap();
    assert_eq!(found.len(), 1);
    let body = json!({ "ReturnCode": 0, "@totalcount": 5, "content": body["content"] });
    let (component, http) = before(200, &body);
    let failure = component.find(&http, "corr-0001").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}

#[test]
fn a_query_that_never_ends_is_left() {
    let asked = std::cell::Cell::new(0);
    let http = Http::answering(move |request| {
        asked.set(asked.get() + 1);
        let key = format!("IM{}", asked.get());
        let record = json!({ "Incident": { "IncidentID": key, "CorrelationID": "corr-0001" } });
        Ok(Response {
            method: request.method,
            status: 200,
            headers: Vec::new(),
            body: json!({ "ReturnCode": 0, "content": [record] })
                .to_string()
                .into_bytes(),
        })
    });
    let component: ServiceManager = testing::ticketing(&site::settings().to_string()).unwrap();
    let failure = component.find(&http, "corr-0001").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
}

#[test]
fn another_record_than_the_one_that_was_asked_for_is_not_believed() {
    let record = json!({ "IncidentID": "IM2", "Status": "Closed", "ClosureCode": "Fulfilled" });
    let (component, http) = before(200, &json!({ "ReturnCode": 0, "Incident": record }));
    let reference = r#"{"collection":"incidents","key":"IM1"}"#.to_owned();
    let conditions = component.status(&http, &[reference]).unwrap();
    match &conditions[0] {
        Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::Malformed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_without_a_status_is_a_matter_of_the_settings() {
    let (component, http) = before(
        200,
        &json!({ "ReturnCode": 0, "Incident": { "IncidentID": "IM1", "Status": null } }),
    );
    let reference = r#"{"collection":"incidents","key":"IM1"}"#.to_owned();
    let conditions = component.status(&http, &[reference]).unwrap();
    match &conditions[0] {
        Condition::Failed(failure) => {
            assert!(failure.message.contains("/captions/status"), "{failure:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_time_without_an_offset_is_no_time() {
    let record = json!({
        "IncidentID": "IM1", "Status": "Open",
        "UpdatedTime": "2026-12-01T12:00:00", "ClosedTime": 7,
    });
    let (component, http) = before(200, &json!({ "ReturnCode": 0, "Incident": record }));
    let reference = r#"{"collection":"incidents","key":"IM1"}"#.to_owned();
    match component.status(&http, &[reference]).unwrap().remove(0) {
        Condition::Progress(progress) => assert_eq!(progress.updated_at, None),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_ticket_that_was_opened_again_is_not_closed_by_what_it_still_shows() {
    let record = json!({
        "IncidentID": "IM1", "Status": "Work In Progress", "ClosureCode": "Fulfilled",
        "Solution": ["done"], "ClosedTime": "2026-12-01T12:00:00+00:00",
        "UpdatedTime": "2026-12-02T12:00:00+02:00",
    });
    let (component, http) = before(200, &json!({ "ReturnCode": 0, "Incident": record }));
    let reference = r#"{"collection":"incidents","key":"IM1"}"#.to_owned();
    match component.status(&http, &[reference]).unwrap().remove(0) {
        Condition::Progress(progress) => {
            assert_eq!(progress.class, provisor_sdk::Class::InProgress);
            assert_eq!(progress.closed_at, None);
            assert_eq!(progress.note, None);
            assert_eq!(progress.updated_at.as_deref(), Some("2026-12-02T10:00:00Z"));
        }
        other => panic!("{other:?}"),
    }
}
