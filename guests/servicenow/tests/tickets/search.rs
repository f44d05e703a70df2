//! Finding a ticket again, when the instance does not search as it is asked.

use provisor_sdk::{FailureKind, Ticketing, testing};
use provisor_simulated::{Action, Fault, Matching, Product};
use serde_json::json;

use crate::desk::{CORRELATION, desk, desk_with, instance};

#[test]
fn an_answer_that_was_lost_leaves_one_ticket_which_is_found() {
    let desk = desk();
    desk.spoil(Matching::once("POST", "/incident"), Fault::LoseAnswer);
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    assert!(desk.all_faults_used());
    assert_eq!(desk.find(), Ok(vec!["INC0010001".to_owned()]));
    assert_eq!(desk.seen().len(), 1);
}

#[test]
fn a_request_that_was_lost_leaves_no_ticket() {
    let desk = desk();
    desk.spoil(Matching::once("POST", "/incident"), Fault::LoseRequest);
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    assert_eq!(desk.find(), Ok(vec![]));
}

#[test]
fn a_correlation_id_that_differs_in_case_is_another_one() {
    let desk = desk();
    desk.create_as("CORR-0123456789");
    assert_eq!(desk.find(), Ok(vec![]));
}

#[test]
fn all_tickets_with_the_same_correlation_id_are_found() {
    let desk = desk();
    for _ in 0..230 {
        desk.create();
    }
    desk.calls();
    assert_eq!(desk.find().unwrap().len(), 230);
    assert_eq!(desk.calls(), 3, "pages of 100");
}

#[test]
fn where_the_instance_does_not_count_pages_are_read_until_one_is_short() {
    let desk = desk_with(instance().without_counts(), json!({}));
    for _ in 0..130 {
        desk.create();
    }
    assert_eq!(desk.find().unwrap().len(), 130);
}

#[test]
fn a_page_from_which_hidden_tickets_were_taken_is_not_the_last() {
    let desk = desk();
    let tickets: Vec<_> = (0..110).map(|_| desk.create()).collect();
    desk.act(&tickets[3], Action::Hide);
    assert_eq!(desk.find().unwrap().len(), 109);
}

#[test]
fn a_table_without_the_field_finds_everything_and_that_is_not_taken_for_nothing() {
    for lists_all in [true, false] {
        let desk = desk();
        desk.create();
        let mut bare = instance().without_field("correlation_id");
        if !lists_all {
            bare = bare.invalid_queries_find_nothing();
        }
        let bare = desk_with(bare, json!({ "cancel-state": "" }));
        bare.create();
        let failure = bare.find().unwrap_err();
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert!(failure.message.contains("`correlation_id`"), "{failure:?}");
    }
}

#[test]
fn a_field_that_may_not_be_read_finds_nothing_and_that_is_not_taken_for_nothing() {
    let desk = desk_with(
        instance().unreadable("correlation_id"),
        json!({ "cancel-state": "" }),
    );
    desk.create();
    let failure = desk.find().unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.message.contains("allowed to read"), "{failure:?}");
}

#[test]
fn a_table_of_foreign_tickets_is_not_read_without_end() {
    // The server hands out everything whatever it is asked for.
    let foreign: Vec<_> = (0..100)
        .map(|at| json!({ "sys_id": format!("{at:032x}"), "number": "INC", "correlation_id": "other" }))
        .collect();
    let desk = desk();
    desk.spoil(
        Matching::always(),
        Fault::Instead {
            status: 200,
            headers: vec![("x-total-count".to_owned(), "1000000".to_owned())],
            body: json!({ "result": foreign }).to_string(),
        },
    );
    let failure = desk.find().unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        failure.message.contains("does not search by this field"),
        "{failure:?}"
    );
    assert_eq!(desk.calls(), 10);
}

#[test]
fn foreign_tickets_on_the_page_are_left_out() {
    let record = |number: &str, correlation_id: &str| json!({ "sys_id": "0".repeat(32), "number": number, "correlation_id": correlation_id });
    let desk = desk();
    let all = [
        record("INC1", "other"),
        record("INC2", CORRELATION),
        record("INC3", ""),
    ];
    desk.spoil(
        Matching::always(),
        Fault::Instead {
            status: 200,
            headers: Vec::new(),
            body: json!({ "result": all }).to_string(),
        },
    );
    assert_eq!(desk.find(), Ok(vec!["INC2".to_owned()]));
}

#[test]
fn a_correlation_id_that_would_change_the_query_is_never_sent() {
    let desk = desk();
    for id in [
        "a^ORnumberISNOTEMPTY",
        "javascript:gs.getUserID()",
        "a\nb",
        "",
    ] {
        assert!(desk.tickets.find(&desk.http, id).is_err());
        assert!(desk.create_from(&testing::draft(id)).is_err());
    }
    assert_eq!(desk.calls(), 0);
}

#[test]
fn a_ticket_that_does_not_keep_its_correlation_id_is_cancelled_and_the_failure_names_the_field() {
    let desk = desk_with(instance().unwritable("correlation_id"), json!({}));
    let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.message.contains("`correlation_id`"), "{failure:?}");
    assert!(
        failure.message.contains("INC0010001 was cancelled"),
        "{failure:?}"
    );
    let states: Vec<_> = desk.seen().into_iter().map(|it| it.status).collect();
    assert_eq!(
        states,
        ["8"],
        "nobody works on a ticket that nobody waits for"
    );
}

#[test]
fn a_ticket_that_can_neither_be_found_again_nor_cancelled_is_the_ticket() {
    let instance = instance().unwritable("correlation_id").unwritable("state");
    let desk = desk_with(instance, json!({}));
    let ticket = desk.create();
    // It goes on by its reference, so that no second one is made.
    assert_eq!(desk.progress(&ticket).status, "1");
    assert_eq!(desk.seen().len(), 1);
}

#[test]
fn the_correlation_id_can_stand_in_a_field_of_ones_own() {
    let settings = json!({ "correlation-field": "u_provisor" });
    let desk = desk_with(instance().with_field("u_provisor"), settings);
    let ticket = desk.create();
    assert_eq!(desk.field(&ticket, "u_provisor"), CORRELATION);
    assert_eq!(desk.field(&ticket, "correlation_id"), "");
    assert_eq!(desk.find(), Ok(vec![ticket.number]));
}

#[test]
fn the_simulated_instance_is_the_one_that_is_meant() {
    assert_eq!(instance().name(), "servicenow");
    assert_eq!(desk().tickets.behaviour().search_lag, 0);
}
