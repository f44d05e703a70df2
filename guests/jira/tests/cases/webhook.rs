//! What Jira sends by itself.

use provisor_sdk::{FailureKind, Hint, Message, Ticketing};
use provisor_simulated::Action;
use serde_json::json;

use crate::world::{Deployed, World, failing, on_both};

on_both!(
    a_webhook_names_its_ticket,
    a_webhook_about_a_move_names_the_ticket_as_it_was_known,
    other_labels_are_no_correlation_ids,
    a_webhook_about_something_else_names_nothing,
    what_is_no_webhook_of_jira_is_refused,
);

fn received<P: Deployed>(world: &World<P>, number: &str, event: &str) -> Vec<Hint> {
    let now = world.now.get();
    let webhook = world
        .site(|site| site.webhook(number, event, "secret", now))
        .unwrap();
    let message = Message {
        headers: webhook.headers,
        body: webhook.body,
    };
    world.jira.receive(&message).unwrap()
}

fn a_webhook_names_its_ticket<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    world.act(&ticket, Action::Begin);
    assert!(world.jira.behaviour().receives);
    for event in [
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
    ] {
        assert_eq!(
            received(&world, &ticket.number, event),
            [Hint {
                reference: Some(ticket.reference.clone()),
                number: Some("PROV-1".to_owned()),
                correlation_id: Some("corr-0001".to_owned()),
            }]
        );
    }
}

fn a_webhook_about_a_move_names_the_ticket_as_it_was_known<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    world.act(
        &ticket,
        Action::Replace {
            number: String::new(),
        },
    );
    let hints = received(&world, "OPS-1", "jira:issue_updated");
    let numbers: Vec<_> = hints.iter().map(|hint| hint.number.as_deref()).collect();
    assert_eq!(numbers, [Some("OPS-1"), Some("PROV-1")]);
    assert_eq!(hints[1].reference.as_ref(), Some(&ticket.reference));
}

fn other_labels_are_no_correlation_ids<P: Deployed>() {
    let world = World::<P>::with(json!({ "labels": ["provisor-managed"] }));
    let ticket = world.create();
    world
        .site(|site| site.remove_labels(&ticket.number))
        .unwrap();
    let hints = received(&world, &ticket.number, "jira:issue_updated");
    assert_eq!(hints[0].correlation_id, None);
    let message = |labels: serde_json::Value| {
        let issue = json!({ "id": "10001", "key": "PROV-1", "fields": { "labels": labels } });
        let body = json!({ "webhookEvent": "jira:issue_updated", "issue": issue });
        let message = Message {
            headers: vec![],
            body: body.to_string().into_bytes(),
        };
        world
            .jira
            .receive(&message)
            .unwrap()
            .remove(0)
            .correlation_id
    };
    let others = json!([
        "provisor-managed",
        "provisor-withdrawn",
        "provisor-x",
        "provisor-a b c d e f"
    ]);
    assert_eq!(message(others), None);
    let with = json!(["provisor-withdrawn", "provisor-corr-0001"]);
    assert_eq!(message(with).as_deref(), Some("corr-0001"));
}

fn a_webhook_about_something_else_names_nothing<P: Deployed>() {
    let world = World::<P>::new();
    for body in [
        r#"{"webhookEvent":"project_created","project":{"id":1}}"#,
        r#"{"webhookEvent":"issuelink_created","issueLink":{"id":1}}"#,
        r#"{"webhookEvent":"jira:issue_updated","issue":{"id":7,"key":null}}"#,
        r#"{"webhookEvent":"jira:issue_updated","issue":{"id":"1 OR 1","key":"PROV-1"}}"#,
    ] {
        let message = Message {
            headers: vec![],
            body: body.as_bytes().to_vec(),
        };
        assert_eq!(world.jira.receive(&message), Ok(vec![]), "{body}");
    }
}

fn what_is_no_webhook_of_jira_is_refused<P: Deployed>() {
    let world = World::<P>::new();
    for body in [
        &b""[..],
        b"hello",
        b"\xff\xfe",
        b"{}",
        b"[]",
        b"{\"webhookEvent\":7}",
    ] {
        let message = Message {
            headers: vec![],
            body: body.to_vec(),
        };
        failing(world.jira.receive(&message), FailureKind::Malformed);
    }
}
