//! Settings, the check of a connection, and messages of webhooks.

use crate::desk::{Desk, settings};
use provisor_sdk::{FailureKind, Hint, Message, Ticketing, testing};
use provisor_simulated::Fault;
use remedy::{Remedy, Settings};
use serde_json::{Value, json};

/// The places of all that is wrong with settings.
fn problems(more: Value) -> Vec<String> {
    let read: Settings = serde_json::from_str(&settings(more)).unwrap();
    let problems = Remedy::check(&read).into_iter();
    problems.map(|problem| problem.path).collect()
}

#[test]
fn settings_that_cannot_work_are_found_at_their_place() {
    let wrong = [
        (json!({ "url": "itsm.example.com" }), "/url"),
        (json!({ "url": "https://user@itsm.example.com" }), "/url"),
        (json!({ "url": "https://itsm.example.com?x" }), "/url"),
        (json!({ "url": "https://" }), "/url"),
        (json!({ "preset": "work-order" }), "/correlation-field"),
        (json!({ "correlation-field": "" }), "/correlation-field"),
        (
            json!({ "number-field": "A,B", "create-number-field": "A" }),
            "/number-field",
        ),
        (json!({ "status-field": " " }), "/status-field"),
        (json!({ "form": "F".repeat(151) }), "/form"),
        (json!({ "ticket-url": "https://h/{id}" }), "/ticket-url"),
        (
            json!({ "ticket-url": "javascript:{number}" }),
            "/ticket-url",
        ),
        (json!({ "title-limit": 3 }), "/title-limit"),
        (json!({ "description-limit": 3 }), "/description-limit"),
        (json!({ "batch": 0 }), "/batch"),
        (json!({ "batch": 101 }), "/batch"),
        (json!({ "fields": { "A": "{account" } }), "/fields/A"),
        (
            json!({ "fields": { "Description": "mine" } }),
            "/fields/Description",
        ),
        (
            json!({ "priorities": { "low": { "A": "}" } } }),
            "/priorities/low/A",
        ),
        (json!({ "withdrawal": {} }), "/withdrawal"),
    ];
    for (more, place) in wrong {
        assert_eq!(problems(more.clone()), [place], "{more}");
    }
}

#[test]
fn settings_that_work_have_no_problems() {
    assert!(problems(json!({})).is_empty());
    assert!(problems(json!({ "url": "http://ars.example.com:8008/prefix/" })).is_empty());
    for preset in ["work-order", "change"] {
        let more = json!({ "preset": preset, "correlation-field": "ID", "note-field": "" });
        assert!(problems(more).is_empty());
    }
    let withdrawal = json!({ "Status": "Closed", "Status_Reason": "{reason}" });
    assert!(problems(json!({ "withdrawal": withdrawal })).is_empty());
}

#[test]
fn a_setting_that_does_not_exist_is_refused() {
    let failure = testing::ticketing::<Remedy>(&settings(json!({ "password": "x" })));
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.message.contains("/password"), "{failure:?}");
}

#[test]
fn the_schema_describes_every_setting_and_no_other() {
    let schema: Value = serde_json::from_str(include_str!("../../settings.schema.json")).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    let described = schema["properties"].as_object().unwrap();
    for (name, property) in described {
        assert!(property["title"].is_string(), "{name}");
        assert!(property["description"].is_string(), "{name}");
    }
    // What serde says that it knows.
    let error = serde_json::from_str::<Settings>(r#"{ "?": 1 }"#).unwrap_err();
    let error = error.to_string();
    let mut known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    known.sort_unstable();
    let mut described: Vec<&str> = described.keys().map(String::as_str).collect();
    described.sort_unstable();
    assert_eq!(known, described);
}

#[test]
fn the_defaults_of_the_schema_are_those_of_the_component() {
    let schema: Value = serde_json::from_str(include_str!("../../settings.schema.json")).unwrap();
    let read: Settings = serde_json::from_str(&settings(json!({}))).unwrap();
    let default = |name: &str| schema["properties"][name]["default"].as_u64();
    assert_eq!(default("batch"), Some(u64::from(read.batch)));
    assert_eq!(default("title-limit"), Some(read.title_limit as u64));
    assert_eq!(
        default("description-limit"),
        Some(read.description_limit as u64)
    );
}

/// The subjects of what is not as it should be.
fn bad(desk: &Desk) -> Vec<String> {
    let findings = desk.remedy.check_connection(&desk.http).unwrap();
    assert!(findings.iter().all(|finding| !finding.message.is_empty()));
    let bad = findings.into_iter().filter(|finding| !finding.good);
    bad.map(|finding| finding.subject).collect()
}

#[test]
fn a_good_connection_has_only_good_findings_and_changes_nothing() {
    for desk in [Desk::incidents(), Desk::work_orders(), Desk::changes()] {
        assert_eq!(bad(&desk), Vec::<String>::new());
        assert_eq!(desk.requests("POST") + desk.requests("PUT"), 0);
        assert!(desk.requests("GET") > 0);
    }
}

#[test]
fn each_wrong_name_is_a_finding() {
    let desk = Desk::set(json!({ "form": "HPD:Nothing" }));
    assert_eq!(bad(&desk), ["form HPD:Nothing"]);
    let desk = Desk::set(json!({ "comment-form": "HPD:Nothing" }));
    assert_eq!(bad(&desk), ["form HPD:Nothing"]);
    let desk = Desk::set(json!({ "create-form": "HPD:Nothing" }));
    assert_eq!(bad(&desk), ["form HPD:Nothing"]);
    let desk = Desk::set(json!({
        "correlation-field": "No Such Field",
        "create-correlation-field": "Vendor Ticket Number",
    }));
    assert_eq!(bad(&desk), ["field No Such Field of HPD:IncidentInterface"]);
    let desk = Desk::set(json!({ "fields": { "Site": "x" }, "note-field": "Solution" }));
    assert_eq!(
        bad(&desk),
        [
            "field Solution of HPD:IncidentInterface",
            "field Site of HPD:IncidentInterface_Create",
        ]
    );
}

#[test]
fn wrong_credentials_are_a_finding_and_a_server_that_is_down_is_a_failure() {
    let desk = Desk::incidents();
    let refused = Fault::Instead {
        status: 500,
        headers: vec![],
        body:
            r#"[{"messageType":"ERROR","messageText":"Authentication failed","messageNumber":623}]"#
                .to_owned(),
    };
    desk.spoil("GET", "IncidentInterface", refused);
    assert_eq!(bad(&desk), ["credentials"]);
    desk.spoil("GET", "IncidentInterface", Fault::maintenance());
    let failure = desk.remedy.check_connection(&desk.http).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    desk.faults_were_used();
}

#[test]
fn a_field_that_cannot_be_searched_is_a_finding() {
    let desk = Desk::incidents();
    desk.ticket("corr-0001");
    desk.product(|product| product.traps.ignores_query = true);
    assert_eq!(
        bad(&desk),
        ["field Vendor Ticket Number of HPD:IncidentInterface"]
    );
}

fn hints(body: &str) -> Result<Vec<Hint>, FailureKind> {
    let remedy: Remedy = testing::ticketing(&settings(json!({}))).unwrap();
    let message = Message {
        headers: vec![],
        body: body.as_bytes().to_vec(),
    };
    remedy.receive(&message).map_err(|failure| failure.kind)
}

#[test]
fn a_message_says_which_ticket_it_is_about_however_it_is_spelt() {
    let spelt = [
        json!({ "formName": "HPD:Help Desk", "entryId": "INC1",
                "values": { "Incident Number": "INC9", "Vendor Ticket Number": "corr-0001" } }),
        json!([{ "form": "HPD:Help Desk",
                 "fields": [{ "name": "Incident Number", "value": "INC9" },
                            { "fieldName": "Vendor Ticket Number", "value": "corr-0001" }] }]),
        json!({ "Incident Number": "INC9", "Vendor Ticket Number": "corr-0001" }),
    ];
    for body in spelt {
        let hint = Hint {
            reference: None,
            number: Some("INC9".to_owned()),
            correlation_id: Some("corr-0001".to_owned()),
        };
        assert_eq!(hints(&body.to_string()), Ok(vec![hint]), "{body}");
    }
}

#[test]
fn a_message_about_the_form_for_reading_names_the_reference_that_was_given() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    let body = json!({
        "formName": "HPD:IncidentInterface",
        "entryId": "INC000000000501|INC000000000501",
        "fieldValues": { "Incident Number": ticket.number },
    });
    let found = hints(&body.to_string()).unwrap();
    assert_eq!(
        found[0].reference.as_deref(),
        Some(ticket.reference.as_str())
    );
}

#[test]
fn a_message_that_says_nothing_usable_is_malformed() {
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        "7",
        "{\"entryId\": \"INC1\"}",
        "[[[]]]",
        "<html>",
    ];
    for body in bodies {
        assert_eq!(hints(body), Err(FailureKind::Malformed), "{body}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(hints(&deep), Err(FailureKind::Malformed));
}
