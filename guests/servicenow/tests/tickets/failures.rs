//! Answers that are none, and refusals.

use provisor_sdk::{Failure, FailureKind, Http, Ticketing, document, testing};
use provisor_simulated::{Fault, Matching};
use serde_json::json;

use crate::desk::{CORRELATION, component, desk, desk_with, instance};

fn html(status: u16) -> Fault {
    Fault::Instead {
        status,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: "<html><body>Your instance is hibernating</body></html>".to_owned(),
    }
}

#[test]
fn an_answer_that_is_none_makes_a_new_ticket_ambiguous_and_a_search_unavailable() {
    for fault in [
        html(200),
        html(201),
        Fault::Garbled,
        Fault::status(502),
        Fault::status(500),
    ] {
        let desk = desk();
        desk.spoil(Matching::always(), fault.clone());
        let made = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
        assert_eq!(made.kind, FailureKind::Ambiguous, "{fault:?}");
        let found = desk.find().unwrap_err();
        assert_eq!(found.kind, FailureKind::Unavailable, "{fault:?}");
    }
}

#[test]
fn a_ticket_that_was_made_without_saying_which_is_ambiguous() {
    for body in [
        json!({ "result": {} }),
        json!({ "result": { "sys_id": "1" } }),
        json!({}),
        json!([]),
    ] {
        let desk = desk();
        desk.spoil(
            Matching::always(),
            Fault::Instead {
                status: 201,
                headers: Vec::new(),
                body: body.to_string(),
            },
        );
        let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Ambiguous, "{body}");
    }
}

#[test]
fn a_page_of_maintenance_says_that_nothing_was_done() {
    let desk = desk();
    desk.spoil(Matching::always(), Fault::maintenance());
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(
        failure.message.contains("We will be back soon"),
        "{failure:?}"
    );
}

#[test]
fn too_many_calls_are_told_with_the_time_to_wait() {
    let desk = desk();
    desk.spoil(Matching::always(), Fault::too_many(Some(1_800)));
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert_eq!(failure.retry_after, Some(1_800));
}

#[test]
fn a_data_policy_refuses_this_ticket_and_names_the_field() {
    let desk = desk_with(instance().requiring("assignment_group"), json!({}));
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert!(
        failure.message.contains("mandatory: assignment_group"),
        "{failure:?}"
    );
}

#[test]
fn an_account_without_rights_is_told_from_one_that_is_not_known() {
    let desk = desk_with(instance().forbidding("incident"), json!({}));
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert!(
        failure.message.contains("a role that may do this"),
        "{failure:?}"
    );

    let desk = desk_with(instance().with_key("another"), json!({}));
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert!(
        failure.message.contains("correct the credential"),
        "{failure:?}"
    );
}

#[test]
fn a_table_that_does_not_exist_is_a_wrong_setting() {
    let desk = desk_with(instance(), json!({ "table": "u_requests" }));
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        failure.message.contains("Invalid table u_requests"),
        "{failure:?}"
    );
    assert_eq!(desk.find().unwrap_err().kind, FailureKind::Configuration);
}

#[test]
fn an_address_without_a_table_api_is_a_wrong_setting() {
    for status in [404, 302] {
        let desk = desk();
        desk.spoil(Matching::always(), Fault::status(status));
        let made = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
        assert_eq!(made.kind, FailureKind::Configuration);
        assert!(made.message.contains("`url`"), "{made:?}");
        assert_eq!(desk.find().unwrap_err().kind, FailureKind::Configuration);
    }
}

#[test]
fn a_lost_answer_to_a_comment_or_to_taking_back_is_ambiguous() {
    let desk = desk();
    let ticket = desk.create();
    desk.spoil(
        Matching {
            method: Some("PATCH".to_owned()),
            ..Matching::default()
        },
        Fault::LoseAnswer,
    );
    let kind = |failure: Failure| failure.kind;
    let text = [document::paragraph("Still wanted.")];
    let commented = desk.tickets.comment(&desk.http, &ticket.reference, &text);
    assert_eq!(commented.map_err(kind), Err(FailureKind::Ambiguous));
    let withdrawn = desk
        .tickets
        .withdraw(&desk.http, &ticket.reference, "Ann stays.");
    assert_eq!(withdrawn.map_err(kind), Err(FailureKind::Ambiguous));
}

#[test]
fn a_reference_of_another_system_is_not_sent_anywhere() {
    let desk = desk();
    let kind = |failure: Failure| failure.kind;
    let commented = desk.tickets.comment(&desk.http, "PROV-17", &[]);
    assert_eq!(commented.map_err(kind), Err(FailureKind::Configuration));
    let withdrawn = desk.tickets.withdraw(&desk.http, "PROV-17", "");
    assert_eq!(withdrawn.map_err(kind), Err(FailureKind::Configuration));
    assert_eq!(desk.calls(), 0);
}

#[test]
fn no_answer_makes_the_component_panic() {
    let odd = [
        json!(null),
        json!({ "result": null }),
        json!({ "result": [null] }),
        json!({ "result": [[]] }),
        json!({ "result": { "sys_id": 7 } }),
        json!({ "result": [{ "sys_id": { "value": ["x"] }, "state": { "link": 1 } }] }),
        json!({ "error": 1, "result": [{}] }),
        json!({ "error": { "message": ["x"] } }),
    ];
    let tickets = component(json!({ "assignment-group": "Service Desk" }));
    let desk = desk();
    let reference = desk.create().reference;
    for status in [200, 201, 204, 400, 403, 404, 599] {
        for body in &odd {
            let body = body.to_string().into_bytes();
            let http = Http::answering(move |request| {
                Ok(provisor_sdk::Response {
                    method: request.method,
                    status,
                    headers: vec![("x-total-count".to_owned(), "-1".to_owned())],
                    body: body.clone(),
                })
            });
            assert!(tickets.create(&http, &testing::draft(CORRELATION)).is_err());
            let _found = tickets.find(&http, CORRELATION);
            let _status = tickets.status(&http, std::slice::from_ref(&reference));
            let _checked = tickets.check_connection(&http);
            assert!(tickets.comment(&http, &reference, &[]).is_err());
            assert_ne!(
                tickets.withdraw(&http, &reference, "x"),
                Ok(provisor_sdk::Withdrawal::Withdrawn)
            );
        }
    }
}
