//! What the states of tickets mean when they are not plain.

use provisor_sdk::{Class, Condition};
use provisor_simulated::Action;
use serde_json::json;

use crate::desk::{desk, desk_with, instance};

#[test]
fn an_incident_that_was_resolved_without_a_solution_is_refused() {
    let desk = desk();
    let ticket = desk.create();
    for (code, class) in [
        ("Solution provided", Class::Done),
        ("Solved (Permanently)", Class::Done),
        ("A code of this site", Class::Done),
        ("No resolution provided", Class::Refused),
        ("Not Solved (Too Costly)", Class::Refused),
        ("Duplicate", Class::Refused),
    ] {
        desk.fill(
            &ticket,
            &[("state", "6"), ("close_code", code), ("close_notes", "x")],
        );
        let progress = desk.progress(&ticket);
        assert_eq!(progress.class, class, "{code}");
        assert_eq!(progress.resolution.as_deref(), Some(code));
    }
}

#[test]
fn a_change_that_was_closed_with_a_code_that_nobody_knows_is_not_done() {
    let desk = desk_with(instance(), json!({ "table": "change_request" }));
    let ticket = desk.create();
    for (code, class) in [
        ("successful", Class::Done),
        ("successful_issues", Class::Done),
        ("unsuccessful", Class::Refused),
        ("", Class::Unknown),
        ("partly", Class::Unknown),
    ] {
        desk.fill(
            &ticket,
            &[("state", "3"), ("close_code", code), ("close_notes", "x")],
        );
        assert_eq!(desk.progress(&ticket).class, class, "{code}");
    }
}

#[test]
fn a_ticket_that_is_not_active_in_a_state_of_work_to_be_done_is_unknown() {
    let desk = desk();
    let ticket = desk.create();
    desk.fill(&ticket, &[("state", "2"), ("active", "false")]);
    assert_eq!(desk.progress(&ticket).class, Class::Unknown);
}

#[test]
fn states_of_a_table_of_ones_own_mean_nothing_by_themselves() {
    // Its fields are those of an incident, but nobody knows what its states are.
    let component = crate::desk::component(json!({ "table": "x_acme_request" }));
    let table = servicenow::table::Table::new(
        &serde_json::from_value(json!({ "url": "https://h", "table": "x_acme_request" })).unwrap(),
    );
    for state in ["1", "2", "3", "6", "7", "closed"] {
        assert_eq!(table.class(state, ""), Class::Unknown);
    }
    assert!(!provisor_sdk::Ticketing::behaviour(&component).withdraws);
}

#[test]
fn an_incident_that_goes_on_in_its_parent_is_replaced_by_it() {
    let desk = desk();
    let ticket = desk.create();
    desk.act(
        &ticket,
        Action::Replace {
            number: "ignored".to_owned(),
        },
    );
    let Condition::Replaced(parent) = desk.condition(&ticket) else {
        panic!("the ticket is not replaced");
    };
    assert_eq!(parent.number, "INC0010002");
    // The host goes on with the other one.
    assert_eq!(desk.progress(&parent).class, Class::Open);
}

#[test]
fn a_parent_alone_replaces_nothing() {
    let desk = desk();
    let (ticket, other) = (desk.create(), desk.create_as("corr-other-one"));
    let other: serde_json::Value = serde_json::from_str(&other.reference).unwrap();
    desk.fill(
        &ticket,
        &[("parent_incident", other["sys-id"].as_str().unwrap())],
    );
    assert_eq!(desk.progress(&ticket).class, Class::Open);
}

#[test]
fn without_close_notes_the_last_thing_that_was_written_says_why() {
    let desk = desk_with(instance(), json!({ "table": "sc_task" }));
    let ticket = desk.create();
    desk.write_about(&ticket, "Looking at it");
    desk.write_about(
        &ticket,
        "PayMaster has no such role.\n\nAsk the owner (Ann).",
    );
    desk.act(
        &ticket,
        Action::Refuse {
            note: String::new(),
        },
    );
    let progress = desk.progress(&ticket);
    let why = "PayMaster has no such role.\n\nAsk the owner (Ann).";
    assert_eq!(progress.note.as_deref(), Some(why));

    // Nobody is asked for a reason of what was done.
    desk.calls();
    desk.act(&ticket, Action::Reopen);
    desk.act(
        &ticket,
        Action::Resolve {
            note: String::new(),
        },
    );
    assert_eq!(desk.progress(&ticket).note, None);
    assert_eq!(desk.calls(), 1);
}

#[test]
fn a_state_that_may_not_be_read_fails_that_ticket_and_says_what_to_do() {
    let desk = desk_with(instance().unreadable("state"), json!({}));
    let ticket = desk.create();
    let Condition::Failed(failure) = desk.condition(&ticket) else {
        panic!("the ticket has a state");
    };
    assert!(
        failure
            .message
            .contains("the field `state` is empty or not shown"),
        "{failure:?}"
    );
}
