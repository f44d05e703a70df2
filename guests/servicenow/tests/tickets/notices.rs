//! What a business rule of the instance sends.

use provisor_sdk::{FailureKind, Message, Ticketing};
use serde_json::{Value, json};

use crate::desk::desk;

fn message(body: &Value) -> Message {
    Message {
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

#[test]
fn a_notice_names_the_ticket_as_the_component_itself_does() {
    let desk = desk();
    let ticket = desk.create();
    let reference: Value = serde_json::from_str(&ticket.reference).unwrap();
    let notice = json!({
        "id": reference["sys-id"], "number": ticket.number, "state": "6",
        "correlation_id": "corr-0123456789", "sys_updated_on": "2026-12-01 12:00:00",
    });
    let hints = desk.tickets.receive(&message(&notice)).unwrap();
    assert_eq!(hints.len(), 1);
    assert_eq!(hints[0].reference, Some(ticket.reference));
    assert_eq!(hints[0].number, Some(ticket.number));
    assert_eq!(hints[0].correlation_id.as_deref(), Some("corr-0123456789"));
}

#[test]
fn a_number_alone_is_a_hint() {
    let hints = desk()
        .tickets
        .receive(&message(&json!({ "number": "INC0010001" })))
        .unwrap();
    assert_eq!(hints[0].reference, None);
    assert_eq!(hints[0].number.as_deref(), Some("INC0010001"));
}

#[test]
fn anything_else_is_malformed() {
    let huge = "x".repeat(70_000);
    for body in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "number": " " }),
        json!({ "id": "short", "number": "INC1" }),
        json!({ "id": 7 }),
        json!({ "number": "INC1", "table": "a/b" }),
        json!({ "number": huge }),
    ] {
        let failure = desk().tickets.receive(&message(&body)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Malformed);
    }
    let garbled = Message {
        headers: Vec::new(),
        body: vec![0xff, 0x00],
    };
    assert!(desk().tickets.receive(&garbled).is_err());
}
