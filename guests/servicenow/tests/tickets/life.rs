//! From the draft to the end of a ticket.

use provisor_sdk::{Class, Condition, Draft, Predecessor, Priority, Withdrawal, document, testing};
use provisor_sdk::{Failure, FailureKind, Ticketing};
use provisor_simulated::Action;
use serde_json::{Value, json};

use crate::desk::{CORRELATION, Desk, desk, desk_with, instance};

const TABLES: [&str; 3] = ["incident", "sc_task", "change_request"];

fn desk_of(table: &str) -> Desk {
    desk_with(instance(), json!({ "table": table }))
}

#[test]
fn a_ticket_is_made_with_its_text_and_correlation_id() {
    for (table, number) in [
        ("incident", "INC0010001"),
        ("sc_task", "SCTASK0010001"),
        ("change_request", "CHG0010001"),
    ] {
        let desk = desk_of(table);
        let ticket = desk.create();
        assert_eq!(ticket.number, number);
        let seen = &desk.seen()[0];
        assert_eq!(seen.title, "Create account asmith on PayMaster");
        assert!(
            seen.description.contains("full-name       Smith, Ann"),
            "{seen:?}"
        );
        assert_eq!(seen.correlation_id, CORRELATION);
        assert_eq!(desk.field(&ticket, "correlation_display"), "Provisor");
        assert_eq!(desk.field(&ticket, "due_date"), "2026-12-01 12:00:00");
        let url = ticket.url.unwrap();
        let page =
            format!("https://example.service-now.com/nav_to.do?uri=%2F{table}.do%3Fsys_id%3D");
        assert!(url.starts_with(&page), "{url}");
    }
}

#[test]
fn a_ticket_is_found_again_open_and_closed() {
    for table in TABLES {
        let desk = desk_of(table);
        assert_eq!(desk.find(), Ok(vec![]));
        let ticket = desk.create();
        assert_eq!(desk.find(), Ok(vec![ticket.number.clone()]));
        desk.act(
            &ticket,
            Action::Resolve {
                note: "done".to_owned(),
            },
        );
        let found = desk.tickets.find(&desk.http, CORRELATION).unwrap();
        assert_eq!(found[0].ticket, ticket);
        assert_eq!(found[0].correlation_id, CORRELATION);
    }
}

#[test]
fn every_state_that_a_table_has_means_something() {
    let class_after = |desk: &Desk, action: Option<Action>| {
        let ticket = desk.create_as("corr-another-one");
        if let Some(action) = action {
            desk.act(&ticket, action);
        }
        desk.progress(&ticket).class
    };
    let note = || "so it is".to_owned();
    for table in TABLES {
        let desk = desk_of(table);
        assert_eq!(class_after(&desk, None), Class::Open, "{table}");
        assert_eq!(class_after(&desk, Some(Action::Begin)), Class::InProgress);
        assert_eq!(
            class_after(&desk, Some(Action::Resolve { note: note() })),
            Class::Done
        );
        assert_eq!(
            class_after(&desk, Some(Action::Refuse { note: note() })),
            Class::Refused
        );
        assert_eq!(
            class_after(&desk, Some(Action::Cancel { note: note() })),
            Class::Cancelled
        );
        let status = "17".to_owned();
        assert_eq!(
            class_after(&desk, Some(Action::Status { status })),
            Class::Unknown
        );
    }
}

#[test]
fn what_is_known_of_a_closed_ticket_are_its_own_words_and_times() {
    let desk = desk();
    let ticket = desk.create();
    let open = desk.progress(&ticket);
    assert_eq!(open.updated_at.as_deref(), Some("2026-11-02T08:00:00Z"));
    assert_eq!(
        (open.closed_at, open.assignee, open.note),
        (None, None, None)
    );

    desk.act(&ticket, Action::Begin);
    assert_eq!(
        desk.progress(&ticket).assignee.as_deref(),
        Some("Abel Tuter")
    );
    desk.act(
        &ticket,
        Action::Resolve {
            note: "Login is a.smith".to_owned(),
        },
    );
    let done = desk.progress(&ticket);
    assert_eq!(done.status, "6");
    assert_eq!(done.resolution.as_deref(), Some("Solution provided"));
    assert_eq!(done.closed_at.as_deref(), Some("2026-11-02T10:00:00Z"));
    assert_eq!(done.note.as_deref(), Some("Login is a.smith"));
}

#[test]
fn a_ticket_that_was_opened_again_is_open_again() {
    for (table, class) in [("incident", Class::InProgress), ("sc_task", Class::Open)] {
        let desk = desk_of(table);
        let ticket = desk.create();
        desk.act(
            &ticket,
            Action::Resolve {
                note: "done".to_owned(),
            },
        );
        assert_eq!(desk.progress(&ticket).class, Class::Done);
        desk.act(&ticket, Action::Reopen);
        let again = desk.progress(&ticket);
        assert_eq!((again.class, again.closed_at), (class, None));
    }
}

#[test]
fn priorities_become_urgency_and_impact_and_never_wake_people_up() {
    let desk = desk();
    for (priority, expected) in [
        (Priority::Low, "5"),
        (Priority::Normal, "4"),
        (Priority::High, "3"),
        (Priority::Urgent, "2"),
    ] {
        let draft = Draft {
            priority,
            ..testing::draft(CORRELATION)
        };
        let ticket = desk.create_from(&draft).unwrap();
        assert_eq!(desk.field(&ticket, "priority"), expected);
    }
    let urgent = json!({ "priority": { "urgent": { "urgency": "1", "impact": "1" } } });
    let desk = desk_with(instance(), urgent);
    let draft = Draft {
        priority: Priority::Urgent,
        ..testing::draft(CORRELATION)
    };
    let ticket = desk.create_from(&draft).unwrap();
    assert_eq!(desk.field(&ticket, "priority"), "1");
}

#[test]
fn a_follow_up_names_the_ticket_before_and_refers_to_it() {
    let desk = desk();
    let before = desk.create();
    let mut draft = testing::draft("corr-after-that");
    draft.follow_up_of = Some(Predecessor {
        reference: before.reference.clone(),
        number: before.number.clone(),
    });
    let after = desk.create_from(&draft).unwrap();
    let description = desk.field(&after, "description");
    assert!(
        description
            .starts_with("Follow-up of INC0010001 (https://example.service-now.com/nav_to.do")
    );
    let reference: Value = serde_json::from_str(&before.reference).unwrap();
    assert_eq!(desk.field(&after, "parent"), reference["sys-id"]);

    // A ticket of another system is named all the same.
    draft.follow_up_of = Some(Predecessor {
        reference: "PROV-17".to_owned(),
        number: "PROV-17".to_owned(),
    });
    let after = desk.create_from(&draft).unwrap();
    assert!(
        desk.field(&after, "description")
            .starts_with("Follow-up of PROV-17: its work")
    );
    assert_eq!(desk.field(&after, "parent"), "");
}

#[test]
fn comments_go_where_the_settings_say() {
    for (settings, journal) in [
        (json!({}), "work_notes"),
        (json!({ "comments": "comments" }), "comments"),
    ] {
        let desk = desk_with(instance(), settings);
        let ticket = desk.create();
        let text = [document::paragraph(
            "Still wanted. [code]<b>Please</b>[/code]",
        )];
        desk.tickets
            .comment(&desk.http, &ticket.reference, &text)
            .unwrap();
        let said = "Still wanted. [ code]<b>Please</b>[ /code]";
        assert_eq!(desk.seen()[0].comments, [said]);
        let body: Value =
            serde_json::from_slice(desk.sent().last().unwrap().body.as_ref().unwrap()).unwrap();
        assert_eq!(body, json!({ journal: said }));
    }
}

#[test]
fn a_comment_that_was_dropped_without_a_word_is_not_taken_for_written() {
    let desk = desk_with(instance().unwritable("work_notes"), json!({}));
    let ticket = desk.create();
    let text = [document::paragraph("Still wanted.")];
    let failure = desk
        .tickets
        .comment(&desk.http, &ticket.reference, &text)
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert!(failure.message.contains("`work_notes`"), "{failure:?}");
}

#[test]
fn a_ticket_is_taken_back_with_the_reason() {
    for (table, state) in [("incident", "8"), ("sc_task", "7"), ("change_request", "4")] {
        let desk = desk_of(table);
        let ticket = desk.create();
        let withdrawn = || {
            desk.tickets
                .withdraw(&desk.http, &ticket.reference, "Ann stays.")
        };
        assert_eq!(withdrawn(), Ok(Withdrawal::Withdrawn));
        assert_eq!(desk.field(&ticket, "state"), state);
        assert_eq!(desk.field(&ticket, "close_notes"), "Ann stays.");
        assert_eq!(desk.progress(&ticket).class, Class::Cancelled);
        // Twice is once.
        assert_eq!(withdrawn(), Ok(Withdrawal::Withdrawn));
    }
}

#[test]
fn a_closed_ticket_is_not_taken_back() {
    for table in TABLES {
        let desk = desk_of(table);
        let ticket = desk.create();
        desk.act(
            &ticket,
            Action::Resolve {
                note: "done".to_owned(),
            },
        );
        let withdrawal = desk
            .tickets
            .withdraw(&desk.http, &ticket.reference, "Ann stays.");
        let Ok(Withdrawal::Refused(why)) = withdrawal else {
            panic!("{withdrawal:?}");
        };
        assert!(why.contains("is closed already"), "{why}");
        assert_eq!(desk.progress(&ticket).class, Class::Done);
    }
}

#[test]
fn a_state_that_is_kept_although_the_change_was_answered_with_200_is_a_refusal() {
    let desk = desk_with(instance().unwritable("state"), json!({}));
    let ticket = desk.create();
    let withdrawal = desk
        .tickets
        .withdraw(&desk.http, &ticket.reference, "Ann stays.");
    let Ok(Withdrawal::Refused(why)) = withdrawal else {
        panic!("{withdrawal:?}");
    };
    assert!(why.contains("left the state at `1`"), "{why}");
}

#[test]
fn a_data_policy_that_forbids_to_take_a_ticket_back_is_a_refusal_with_its_words() {
    // In this instance tickets are taken back by resolving them, which wants a closure code.
    let desk = desk_with(instance(), json!({ "cancel-state": "6" }));
    let ticket = desk.create();
    let withdrawal = desk
        .tickets
        .withdraw(&desk.http, &ticket.reference, "Ann stays.");
    let Ok(Withdrawal::Refused(why)) = withdrawal else {
        panic!("{withdrawal:?}");
    };
    assert!(why.contains("mandatory: close_code"), "{why}");

    let settings = json!({ "cancel-state": "6", "cancel-code": "No resolution provided" });
    let desk = desk_with(instance(), settings);
    let ticket = desk.create();
    let withdrawal = desk
        .tickets
        .withdraw(&desk.http, &ticket.reference, "Ann stays.");
    assert_eq!(withdrawal, Ok(Withdrawal::Withdrawn));
    assert_eq!(desk.progress(&ticket).class, Class::Refused);
    let again = desk
        .tickets
        .withdraw(&desk.http, &ticket.reference, "Ann stays.");
    assert_eq!(again, Ok(Withdrawal::Withdrawn), "twice is once");
}

#[test]
fn a_ticket_that_is_not_active_in_a_state_that_nobody_knows_is_not_taken_back() {
    let desk = desk();
    let ticket = desk.create();
    desk.fill(&ticket, &[("state", "17"), ("active", "false")]);
    let withdrawal = desk
        .tickets
        .withdraw(&desk.http, &ticket.reference, "Ann stays.");
    let Ok(Withdrawal::Refused(why)) = withdrawal else {
        panic!("{withdrawal:?}");
    };
    assert!(why.contains("not active any more"), "{why}");
    assert_eq!(desk.field(&ticket, "state"), "17");
}

#[test]
fn without_a_state_for_it_tickets_are_not_taken_back() {
    let desk = desk_with(instance(), json!({ "cancel-state": "" }));
    assert!(!desk.tickets.behaviour().withdraws);
    let ticket = desk.create();
    let withdrawal = desk
        .tickets
        .withdraw(&desk.http, &ticket.reference, "Ann stays.");
    assert!(matches!(withdrawal, Ok(Withdrawal::Refused(why)) if why.contains("`cancel-state`")));
}

#[test]
fn a_ticket_that_is_gone_is_neither_commented_nor_taken_back() {
    let desk = desk();
    let ticket = desk.create();
    desk.act(&ticket, Action::Delete);
    assert_eq!(desk.condition(&ticket), Condition::Gone);
    let kind = |failure: Failure| failure.kind;
    let text = [document::paragraph("Still wanted.")];
    let commented = desk.tickets.comment(&desk.http, &ticket.reference, &text);
    assert_eq!(commented.map_err(kind), Err(FailureKind::NotFound));
    let withdrawn = desk
        .tickets
        .withdraw(&desk.http, &ticket.reference, "Ann stays.");
    assert_eq!(withdrawn.map_err(kind), Err(FailureKind::NotFound));
}
