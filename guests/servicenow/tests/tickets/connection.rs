//! The check of everything that the settings name.

use provisor_sdk::{FailureKind, Finding, Ticketing};
use provisor_simulated::{Fault, Matching, ServiceNow};
use serde_json::{Value, json};

use crate::desk::{Desk, desk_with, instance};

fn checked(desk: &Desk) -> Vec<Finding> {
    desk.tickets
        .check_connection(&desk.http)
        .expect("the instance answers")
}

/// What is wrong, after one ticket was made by somebody else.
fn wrong(instance: ServiceNow, settings: Value) -> Vec<String> {
    let mut other = settings.clone();
    for setting in ["assignment-group", "fallback-group", "caller"] {
        if let Some(settings) = other.as_object_mut() {
            settings.remove(setting);
        }
    }
    other["cancel-state"] = json!("");
    let desk = desk_with(instance, settings);
    crate::desk::component(other)
        .create(&desk.http, &provisor_sdk::testing::draft("corr-of-others"))
        .expect("the ticket is made");
    let findings = checked(&desk).into_iter().filter(|finding| !finding.good);
    findings
        .map(|finding| format!("{}: {}", finding.subject, finding.message))
        .collect()
}

#[test]
fn where_everything_is_there_everything_is_good() {
    for table in ["incident", "sc_task", "change_request"] {
        let mut settings = json!({
            "table": table, "assignment-group": "{route}", "fallback-group": "Service Desk",
            "fields": { "u_application": "{resource}" },
        });
        if table != "sc_task" {
            settings["caller"] = json!("abel.tuter");
        }
        let found = wrong(instance().with_field("u_application"), settings);
        assert_eq!(found, Vec::<String>::new(), "{table}");
    }
}

#[test]
fn the_check_changes_nothing() {
    let settings = json!({ "assignment-group": "Service Desk", "caller": "abel.tuter" });
    let desk = desk_with(instance(), settings);
    let findings = checked(&desk);
    assert!(findings.iter().all(|it| it.good), "{findings:?}");
    assert!(desk.sent().iter().all(|it| it.method.is_safe()));
    assert!(
        findings
            .iter()
            .any(|it| it.subject == "fields" && it.message.contains("no record"))
    );
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    for (instance, settings, sign) in [
        (
            instance().without_field("correlation_id"),
            json!({}),
            "field correlation_id: the table `incident` has no such field",
        ),
        (
            instance().without_field("correlation_id"),
            json!({}),
            "search by correlation_id: ServiceNow ignores the condition",
        ),
        (
            instance().unreadable("close_notes"),
            json!({}),
            "field close_notes",
        ),
        (
            instance(),
            json!({ "fields": { "u_typo": "x" } }),
            "field u_typo",
        ),
        (
            instance(),
            json!({ "due-field": "u_due" }),
            "correct the setting `due-field`",
        ),
        (
            instance(),
            json!({ "assignment-group": "Nobody" }),
            "there is no active group `Nobody`",
        ),
        (
            instance(),
            json!({ "assignment-group": "0".repeat(32) }),
            "No Record found",
        ),
        (
            instance(),
            json!({ "caller": "nobody" }),
            "there is no active person with the login `nobody`",
        ),
        (
            instance(),
            json!({ "cancel-state": "99" }),
            "states: the table `incident` has no state `99`",
        ),
    ] {
        let found = wrong(instance, settings.clone());
        assert!(
            found.iter().any(|it| it.contains(sign)),
            "{settings}: {found:?}"
        );
    }
}

#[test]
fn credentials_that_are_not_accepted_are_a_finding() {
    let desk = desk_with(instance().with_key("another"), json!({}));
    let findings = checked(&desk);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].good, findings[0].subject.as_str()),
        (false, "credentials")
    );
}

#[test]
fn an_account_that_may_not_touch_the_table_is_told_from_wrong_credentials() {
    let desk = desk_with(instance().forbidding("incident"), json!({}));
    let findings = checked(&desk);
    assert!(findings[0].good && findings[0].subject == "credentials");
    assert!(!findings[1].good && findings[1].subject == "table incident");
}

#[test]
fn a_table_whose_records_are_all_hidden_is_not_taken_for_empty() {
    let desk = desk_with(instance(), json!({}));
    let ticket = desk.create();
    desk.act(&ticket, provisor_simulated::Action::Hide);
    let findings = checked(&desk);
    let table = findings
        .iter()
        .find(|it| it.subject == "table incident")
        .unwrap();
    assert!(
        !table.good && table.message.contains("sees none"),
        "{table:?}"
    );
}

#[test]
fn a_table_that_does_not_exist_is_a_finding() {
    let desk = desk_with(instance(), json!({ "table": "u_requests" }));
    let findings = checked(&desk);
    assert!(
        findings[0].message.contains("correct the setting `table`"),
        "{findings:?}"
    );
}

#[test]
fn a_list_of_states_that_may_not_be_read_spoils_nothing() {
    let desk = desk_with(instance().forbidding("sys_choice"), json!({}));
    let findings = checked(&desk);
    let states = findings.iter().find(|it| it.subject == "states").unwrap();
    assert!(states.good && states.message.contains("not looked at"));
}

#[test]
fn an_instance_that_does_not_answer_fails_the_check() {
    let desk = desk_with(instance(), json!({}));
    desk.spoil(Matching::always(), Fault::maintenance());
    let failure = desk.tickets.check_connection(&desk.http).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}
