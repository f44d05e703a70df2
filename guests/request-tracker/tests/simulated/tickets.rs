//! Tickets that are made, found, commented and taken back.

use provisor_sdk::{
    FailureKind, Message, Predecessor, Priority, Ticketing, Withdrawal, document, testing,
};
use provisor_simulated::{Action, Fault, Matching};
use serde_json::json;

use crate::office::{self, Office};

#[test]
fn a_ticket_says_what_is_asked_for_and_is_found_again() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    assert_eq!(ticket.number, "1");
    assert_eq!(
        ticket.url.as_deref(),
        Some("http://rt.test/Ticket/Display.html?id=1")
    );
    let seen = &office.seen()[0];
    assert_eq!(seen.title, "Create account asmith on PayMaster");
    assert_eq!(seen.correlation_id, "corr-0001");
    assert!(
        seen.description.contains("<td>Smith, Ann</td>"),
        "{}",
        seen.description
    );
    assert_eq!(office.shown(&ticket, "Due"), "2026-12-01T12:00:00Z");
    assert_eq!(office.shown(&ticket, "Priority"), "50");

    let found = office.find("corr-0001").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].ticket, ticket);
    assert_eq!(found[0].correlation_id, "corr-0001");
}

#[test]
fn a_lost_answer_leaves_a_ticket_that_is_found() {
    let office = Office::new();
    office.spoil(Matching::once("POST", "/ticket"), Fault::LoseAnswer);
    let failure = office.create(&testing::draft("corr-0001")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    assert_eq!(office.find("corr-0001").unwrap()[0].ticket.number, "1");

    office.spoil(Matching::once("POST", "/ticket"), Fault::LoseRequest);
    let failure = office.create(&testing::draft("corr-0002")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    assert!(office.find("corr-0002").unwrap().is_empty());
}

#[test]
fn an_answer_that_cannot_be_read_leaves_it_open_whether_there_is_a_ticket() {
    let office = Office::new();
    for fault in [Fault::Garbled, Fault::status(500), Fault::status(200)] {
        office.spoil(Matching::once("POST", "/ticket"), fault);
        let failure = office.create(&testing::draft("corr-0001")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Ambiguous, "{}", failure.message);
    }
    assert_eq!(office.simulator.borrow_mut().faults().unused(), 0);
}

#[test]
fn a_ticket_that_was_made_counts_even_when_it_cannot_be_looked_at_then() {
    let office = Office::new();
    office.spoil(Matching::once("GET", "/ticket/1"), Fault::maintenance());
    assert_eq!(office.made("corr-0001").number, "1");
}

#[test]
fn a_value_that_the_product_drops_without_a_word_is_noticed() {
    let settings = r#"{ "url": "http://rt.test", "queue": "Provisioning",
                        "correlation-field": "Korrelation" }"#;
    let office = Office::settings(settings);
    let failure = office.create(&testing::draft("corr-0001")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        failure.message.contains("`Korrelation`"),
        "{}",
        failure.message
    );
    assert!(
        failure.message.contains("ticket 1 was closed again"),
        "{}",
        failure.message
    );
    // Nobody works on what Provisor does not know.
    assert_eq!(office.seen()[0].status, "rejected");
}

#[test]
fn a_field_of_unique_values_leads_to_the_ticket_that_has_the_value() {
    let settings = r#"{ "url": "http://rt.test", "queue": "Provisioning",
                        "correlation-field": "UniqueId" }"#;
    let office = Office::settings(settings);
    let first = office.made("corr-0001");
    let second = office.made("corr-0001");
    assert_eq!(first, second);
    let statuses: Vec<_> = office.seen().into_iter().map(|it| it.status).collect();
    assert_eq!(statuses, ["new", "rejected"]);
}

#[test]
fn only_equal_correlation_ids_are_found() {
    let office = Office::new();
    office.made("corr-ABCD");
    office.made("corr-abcd");
    // The product's search makes no difference between them.
    let found = office.find("corr-abcd").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].ticket.number, "2");
    assert!(office.find("corr-' OR id != '0").unwrap().is_empty());
}

#[test]
fn closed_tickets_are_found_and_pages_are_read_to_their_end() {
    for without_totals in [false, true] {
        let office = Office::with(office::SETTINGS, |product| match without_totals {
            true => product.without_totals(),
            false => product,
        });
        for _ in 0..101 {
            office.made("corr-0001");
        }
        office.resolve(&office.find("corr-0001").unwrap()[100].ticket, "done");
        assert_eq!(office.find("corr-0001").unwrap().len(), 101);
    }
}

#[test]
fn a_comment_is_written_beside_the_ticket() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    office
        .comment(&ticket, &[document::paragraph("Due tomorrow <b>")])
        .unwrap();
    assert_eq!(
        office.seen()[0].comments,
        ["<p>Due tomorrow &lt;b&gt;</p>\n"]
    );

    office.act(&ticket, &Action::Hide);
    let failure = office.comment(&ticket, &[]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    let mut missing = ticket;
    missing.reference = "99".to_owned();
    let failure = office.comment(&missing, &[]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
}

#[test]
fn a_ticket_is_taken_back_with_a_reason() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    assert_eq!(
        office.withdraw(&ticket, "she stays"),
        Ok(Withdrawal::Withdrawn)
    );
    let seen = &office.seen()[0];
    assert_eq!(seen.status, "rejected");
    assert!(seen.comments[0].contains("she stays"));
    // Once more changes nothing.
    assert_eq!(
        office.withdraw(&ticket, "she stays"),
        Ok(Withdrawal::Withdrawn)
    );
    assert_eq!(office.seen()[0].comments.len(), 1);
}

#[test]
fn what_is_done_or_merged_is_not_taken_back() {
    let office = Office::new();
    let done = office.made("corr-0001");
    office.resolve(&done, "done");
    assert!(matches!(
        office.withdraw(&done, "x"),
        Ok(Withdrawal::Refused(_))
    ));
    assert_eq!(office.seen()[0].status, "resolved");

    let merged = office.made("corr-0002");
    let number = String::new();
    office.act(&merged, &Action::Replace { number });
    match office.withdraw(&merged, "x") {
        Ok(Withdrawal::Refused(why)) => assert!(why.contains("ticket 3"), "{why}"),
        other => panic!("{other:?}"),
    }
    // The ticket that it was merged into may stand for other work.
    assert_eq!(office.seen()[1].status, "new");
}

#[test]
fn a_deleted_ticket_is_not_brought_back_by_taking_it_back() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    office.act(&ticket, &Action::Delete);
    assert_eq!(office.withdraw(&ticket, "x"), Ok(Withdrawal::Withdrawn));
    assert_eq!(office.shown(&ticket, "Status"), "deleted");
}

#[test]
fn a_status_that_cannot_be_set_is_refused_although_the_product_says_200() {
    let settings = r#"{ "url": "http://rt.test", "queue": "Provisioning",
                        "withdrawn-status": "withdrawn" }"#;
    let office = Office::settings(settings);
    let ticket = office.made("corr-0001");
    match office.withdraw(&ticket, "x") {
        Ok(Withdrawal::Refused(why)) => assert!(why.contains("`withdrawn`"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(office.seen()[0].comments.is_empty());
}

#[test]
fn a_ticket_that_changes_while_it_is_taken_back_is_left_alone() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    let changed = Fault::Instead {
        status: 412,
        headers: Vec::new(),
        body: json!({ "message": "Precondition Failed" }).to_string(),
    };
    office.spoil(Matching::once("PUT", "/ticket/1"), changed);
    let failure = office.withdraw(&ticket, "x").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[test]
fn a_ticket_that_follows_another_one_says_so() {
    let office = Office::new();
    let first = office.made("corr-0001");
    let mut draft = testing::draft("corr-0002");
    draft.follow_up_of = Some(Predecessor {
        reference: first.reference.clone(),
        number: first.number.clone(),
    });
    draft.priority = Priority::Urgent;
    draft.due = Some("2026-12-01T13:30:00.25+02:00".to_owned());
    let second = office.create(&draft).unwrap();
    let text = &office.seen()[1].description;
    assert!(
        text.contains(
            "<a href=\"http://rt.test/Ticket/Display.html?id=1\"><strong>#1</strong></a>"
        ),
        "{text}"
    );
    assert_eq!(office.shown(&second, "_hyperlinks")[1]["id"], "1");
    assert_eq!(office.shown(&second, "Priority"), "100");
    assert_eq!(office.shown(&second, "Due"), "2026-12-01T11:30:00Z");
}

#[test]
fn the_fields_of_a_site_are_filled_from_the_facts() {
    let settings = json!({
        "url": "http://rt.test/", "queue": "Provisioning",
        "resolution-field": "Outcome",
        "priorities": { "normal": 30 },
        "fields": { "Owner": "{route}-desk", "Requestor": "{mail}" },
        "custom-fields": { "Operation": "{operation}", "Outcome": "asked by {requester}" },
    });
    let office = Office::settings(&settings.to_string());
    let mut draft = testing::draft("corr-0001");
    draft.facts.push(("route".to_owned(), "payroll".to_owned()));
    let ticket = office.create(&draft).unwrap();
    assert_eq!(office.shown(&ticket, "Owner")["id"], "payroll-desk");
    assert_eq!(office.shown(&ticket, "Priority"), "30");
    assert_eq!(
        office.progress(&ticket).resolution.as_deref(),
        Some("asked by iam")
    );
    let fields = office.shown(&ticket, "CustomFields").to_string();
    assert!(fields.contains(r#""values":["create"]"#), "{fields}");

    office
        .simulator
        .borrow_mut()
        .product
        .set_field(1, "Outcome", "not possible");
    office.resolve(&ticket, "No.");
    let progress = office.progress(&ticket);
    assert_eq!(progress.resolution.as_deref(), Some("not possible"));
}

#[test]
fn a_message_names_its_ticket() {
    let office = Office::new();
    let read = |body: &str| {
        office.tracker.receive(&Message {
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    };
    let hints = read(r#"{ "ticket": 17, "correlation-id": "corr-0001", "status": "x" }"#).unwrap();
    assert_eq!(hints[0].reference.as_deref(), Some("17"));
    assert_eq!(hints[0].correlation_id.as_deref(), Some("corr-0001"));
    assert_eq!(
        read(r#"{ "ticket": "17" }"#).unwrap()[0].correlation_id,
        None
    );
    for broken in [
        "",
        "[]",
        "<html>",
        r#"{ "ticket": -1 }"#,
        r#"{ "ticket": "x" }"#,
    ] {
        assert_eq!(
            read(broken).unwrap_err().kind,
            FailureKind::Malformed,
            "{broken}"
        );
    }
}
