//! Answers that say less, more or something else than they seem to.

use crate::desk::Desk;
use proptest::prelude::*;
use provisor_sdk::{Condition, FailureKind, Http, Response, Ticketing, document, testing};
use provisor_simulated::{Action, Fault};
use serde_json::json;

/// An answer with status 201 or 204 whose header field says that nothing was done.
fn error_beside_success(status: u16) -> Fault {
    let messages =
        r#"[{"messageType":"ERROR","messageText":"Authentication failed","messageNumber":623}]"#;
    Fault::Instead {
        status,
        headers: vec![("X-AR-Messages".to_owned(), messages.to_owned())],
        body: String::new(),
    }
}

fn messages(status: u16, number: u32) -> Fault {
    let body = json!([{
        "messageType": "ERROR",
        "messageText": "What happened",
        "messageAppendedText": "Status_Reason",
        "messageNumber": number,
    }]);
    Fault::Instead {
        status,
        headers: vec![],
        body: body.to_string(),
    }
}

#[test]
fn a_ticket_made_with_204_is_found_in_the_same_call() {
    let desk = Desk::incidents();
    desk.product(|product| product.traps.creates_without_answer = true);
    let ticket = desk.ticket("corr-0001");
    assert_eq!(ticket.number, desk.seen()[0].number);
    assert!(ticket.reference.contains("entry"));
}

#[test]
fn a_204_behind_which_no_ticket_is_found_is_ambiguous() {
    let desk = Desk::incidents();
    desk.product(|product| {
        product.traps.creates_without_answer = true;
        product.traps.drops_correlation = true;
    });
    let draft = testing::draft("corr-0001");
    let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    assert!(failure.message.contains("corr-0001"), "{failure:?}");

    desk.product(|product| product.traps.drops_correlation = false);
    desk.spoil("GET", "IncidentInterface", Fault::maintenance());
    let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    desk.faults_were_used();
}

#[test]
fn a_number_that_was_answered_is_kept_even_if_the_workflow_drops_the_correlation_id() {
    let desk = Desk::incidents();
    desk.product(|product| product.traps.drops_correlation = true);
    let ticket = desk.ticket("corr-0001");
    assert!(matches!(desk.condition(&ticket), Condition::Progress(_)));
}

#[test]
fn a_success_with_an_error_beside_it_is_none() {
    let desk = Desk::incidents();
    desk.spoil("POST", "_Create", error_beside_success(201));
    let draft = testing::draft("corr-0001");
    let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert!(failure.message.contains("ARERR 623"), "{failure:?}");

    let ticket = desk.ticket("corr-0001");
    desk.spoil("PUT", "IncidentInterface", error_beside_success(204));
    let withdrawal = desk.remedy.withdraw(&desk.http, &ticket.reference, "no");
    assert_eq!(withdrawal.unwrap_err().kind, FailureKind::Unauthorized);
    desk.faults_were_used();
}

#[test]
fn a_server_that_ignores_the_question_finds_nothing_that_is_not_asked_for() {
    let desk = Desk::incidents();
    let other = desk.ticket("corr-0001");
    desk.ticket("corr-0003");
    desk.product(|product| product.traps.ignores_query = true);
    assert_eq!(desk.remedy.find(&desk.http, "corr-0002"), Ok(vec![]));
    assert_eq!(desk.remedy.find(&desk.http, "CORR-0001"), Ok(vec![]));
    desk.product(|product| {
        product.traps.ignores_query = false;
    });
    desk.act(&other, Action::Hide);
    desk.product(|product| product.traps.ignores_query = true);
    // The answer holds another ticket only, so this one is asked for alone.
    assert_eq!(desk.condition(&other), Condition::Forbidden);
}

#[test]
fn a_server_that_gives_pages_is_followed_to_the_end() {
    let desk = Desk::incidents();
    let tickets: Vec<_> = (0..7)
        .map(|at| desk.ticket(&format!("corr-{at:04}")))
        .collect();
    desk.product(|product| product.traps.most_entries = 2);
    let references: Vec<String> = tickets
        .iter()
        .map(|ticket| ticket.reference.clone())
        .collect();
    let conditions = desk.remedy.status(&desk.http, &references).unwrap();
    assert!(
        conditions
            .iter()
            .all(|condition| matches!(condition, Condition::Progress(_)))
    );
    desk.product(|product| product.traps.ignores_query = true);
    let found = desk.remedy.find(&desk.http, "corr-0006").unwrap();
    assert_eq!(found[0].ticket.number, tickets[6].number);
}

#[test]
fn a_server_that_never_comes_to_an_end_is_given_up_and_nothing_counts_as_not_found() {
    let desk = Desk::incidents();
    let url = "https://itsm.example.com";
    let page = json!({
        "entries": [{ "values": { "Vendor Ticket Number": "other", "Incident Number": "INC1" } }],
        "_links": { "next": [{ "href": url }] },
    });
    let endless = Http::answering(move |request| {
        Ok(Response {
            method: request.method,
            status: 200,
            headers: vec![],
            body: page.to_string().into_bytes(),
        })
    });
    let failure = desk.remedy.find(&endless, "corr-0001").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Malformed);
}

#[test]
fn a_list_without_entries_in_its_answer_is_no_empty_list() {
    let desk = Desk::incidents();
    for body in [
        "{}",
        "[]",
        "null",
        "",
        "<html>Login</html>",
        "{\"entries\": [{",
    ] {
        let fault = Fault::Instead {
            status: 200,
            headers: vec![],
            body: body.to_owned(),
        };
        desk.spoil("GET", "IncidentInterface", fault);
        let failure = desk.remedy.find(&desk.http, "corr-0001").unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unavailable, "{body}");
    }
    desk.faults_were_used();
}

#[test]
fn a_web_page_or_garbled_content_after_a_change_is_ambiguous() {
    let desk = Desk::incidents();
    let page = || Fault::Instead {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: "<html>Please log in</html>".to_owned(),
    };
    let draft = testing::draft("corr-0001");
    for fault in [
        page(),
        Fault::Garbled,
        Fault::status(200),
        Fault::status(202),
        Fault::status(502),
    ] {
        desk.spoil("POST", "_Create", fault.clone());
        let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Ambiguous, "{fault:?}");
    }
    let ticket = desk.ticket("corr-0002");
    let text = [document::paragraph("Hurry.")];
    for fault in [page(), Fault::Cut { after: 3 }, Fault::status(200)] {
        desk.spoil("POST", "WorkLog", fault.clone());
        let comment = desk.remedy.comment(&desk.http, &ticket.reference, &text);
        assert_eq!(
            comment.unwrap_err().kind,
            FailureKind::Ambiguous,
            "{fault:?}"
        );
    }
    desk.faults_were_used();
}

#[test]
fn the_numbers_of_messages_say_what_to_do() {
    use FailureKind::{Ambiguous, Configuration, Conflict, Rejected, Unauthorized, Unavailable};
    let desk = Desk::incidents();
    let draft = testing::draft("corr-0001");
    let expected = [
        (500, 90, Unavailable),
        (500, 92, Ambiguous),
        (400, 101, Rejected),
        (404, 303, Configuration),
        (500, 307, Rejected),
        (400, 314, Configuration),
        (403, 330, Configuration),
        (500, 382, Conflict),
        (500, 623, Unauthorized),
        (500, 45_386, Rejected),
        (500, 4_711, Ambiguous),
        (400, 4_711, Rejected),
    ];
    for (status, number, kind) in expected {
        desk.spoil("POST", "_Create", messages(status, number));
        let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
        assert_eq!(failure.kind, kind, "{status} {number}");
        assert!(failure.message.contains("What happened: Status_Reason"));
        assert!(failure.message.contains(&format!("ARERR {number}")));
    }
    // What answers without a message is not the AR System.
    for (status, kind) in [(404, Unavailable), (302, Configuration), (303, Ambiguous)] {
        desk.spoil("POST", "_Create", Fault::status(status));
        let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
        assert_eq!(failure.kind, kind, "{status}");
    }
    desk.spoil("GET", "IncidentInterface", messages(500, 92));
    let failure = desk.remedy.find(&desk.http, "corr-0001").unwrap_err();
    assert_eq!(failure.kind, Unavailable, "nothing was changed");
    desk.faults_were_used();
    assert!(desk.seen().is_empty());
}

#[test]
fn a_field_that_is_missing_or_wrong_is_named() {
    let desk = Desk::set(json!({}));
    let draft = testing::draft("corr-0001");
    let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert!(failure.message.contains("First_Name"), "{failure:?}");

    let desk = Desk::set(json!({ "fields": { "Site Field": "{account}" } }));
    let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(failure.message.contains("Site Field"), "{failure:?}");
}

#[test]
fn a_server_that_asks_for_fewer_calls_is_obeyed_by_the_host() {
    let desk = Desk::incidents();
    desk.spoil("GET", "IncidentInterface", Fault::too_many(Some(30)));
    let failure = desk.remedy.find(&desk.http, "corr-0001").unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert_eq!(failure.retry_after, Some(30));
    desk.spoil("POST", "_Create", Fault::maintenance());
    let draft = testing::draft("corr-0001");
    let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    desk.faults_were_used();
}

#[test]
fn comments_that_cannot_be_read_do_not_hide_the_status() {
    let desk = Desk::work_orders();
    let ticket = desk.ticket("corr-0001");
    desk.act(
        &ticket,
        Action::Resolve {
            note: "made".to_owned(),
        },
    );
    desk.spoil("GET", "WorkInfo", Fault::status(403));
    let progress = desk.progress(&ticket);
    assert_eq!(progress.status, "Completed");
    assert_eq!(progress.note, None);
    desk.faults_were_used();
}

#[test]
fn what_people_wrote_comes_back_cut() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    let note = "č".repeat(300_000);
    desk.act(&ticket, Action::Resolve { note });
    let note = desk.progress(&ticket).note.unwrap();
    assert_eq!(note.chars().count(), 4_000);
}

/// JSON of the shapes that answers have, filled with anything.
fn answers() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        any::<String>().prop_map(|text| json!(text)),
        Just(json!("corr-0001")),
        (100usize..400).prop_map(|length| json!("\"".repeat(length))),
        Just(json!("INC000000000101")),
        any::<i64>().prop_map(|number| json!(number)),
        Just(json!(null)),
        Just(json!([{}])),
    ];
    let entry = (value.clone(), value.clone(), value.clone(), value).prop_map(
        |(number, correlation, status, href)| {
            json!({
                "values": {
                    "Incident Number": number, "Vendor Ticket Number": correlation,
                    "Status": status, "Last Modified Date": status, "Resolution": status,
                },
                "_links": { "self": [{ "href": href }] },
            })
        },
    );
    let entries = proptest::collection::vec(entry.clone(), 0..3);
    prop_oneof![
        entry.prop_map(|entry| entry.to_string()),
        entries.prop_map(|entries| json!({ "entries": entries }).to_string()),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn no_answer_ends_the_component_or_makes_a_reference_that_is_too_long(
        status in prop_oneof![Just(200u16), Just(201), Just(204), 100u16..600],
        body in answers(),
    ) {
        let desk = Desk::incidents();
        let ticket = desk.ticket("corr-0001");
        let http = Http::answering(move |request| {
            Ok(Response {
                method: request.method,
                status,
                headers: vec![("x-ar-messages".to_owned(), "[{}]".to_owned())],
                body: body.clone().into_bytes(),
            })
        });
        let created = desk.remedy.create(&http, &testing::draft("corr-0001"));
        prop_assert!(created.is_err() || created.is_ok_and(|made| made.reference.len() <= 1_000));
        if let Ok(found) = desk.remedy.find(&http, "corr-0001") {
            prop_assert!(found.iter().all(|found| found.ticket.reference.len() <= 1_000));
        }
        if let Ok(conditions) = desk.remedy.status(&http, std::slice::from_ref(&ticket.reference)) {
            prop_assert_eq!(conditions.len(), 1);
            prop_assert_ne!(&conditions[0], &Condition::Gone);
        }
        let text = [document::paragraph("x")];
        let commented = desk.remedy.comment(&http, &ticket.reference, &text);
        let withdrawn = desk.remedy.withdraw(&http, &ticket.reference, "x");
        prop_assert!(status < 300 || (commented.is_err() && withdrawn.is_err()));
    }
}
