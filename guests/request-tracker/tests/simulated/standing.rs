//! Where tickets stand.

use provisor_sdk::{Class, Condition, FailureKind, Ticketing, document};
use provisor_simulated::{Action, Fault, Matching};

use crate::office::Office;

#[test]
fn what_people_do_with_a_ticket_has_its_meaning() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    assert_eq!(office.progress(&ticket).class, Class::Open);

    office.act(&ticket, &Action::Begin);
    let progress = office.progress(&ticket);
    assert_eq!(progress.class, Class::InProgress);
    assert_eq!(progress.assignee.as_deref(), Some("agent"));
    assert_eq!(progress.closed_at, None);

    office.resolve(&ticket, "Made as written.");
    let progress = office.progress(&ticket);
    assert_eq!(
        (progress.status.as_str(), progress.class),
        ("resolved", Class::Done)
    );
    assert_eq!(progress.closed_at.as_deref(), Some("2026-11-26T12:02:00Z"));
    assert_eq!(progress.updated_at, progress.closed_at);
    assert_eq!(progress.note.as_deref(), Some("Made as written."));

    let other = office.made("corr-0002");
    office.refuse(&other, "The licence is gone.");
    let progress = office.progress(&other);
    assert_eq!(progress.class, Class::Refused);
    assert_eq!(progress.note.as_deref(), Some("The licence is gone."));
}

#[test]
fn a_ticket_that_is_opened_again_is_not_closed_any_more() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    office.resolve(&ticket, "done");
    office.act(&ticket, &Action::Reopen);
    // The product still says when it was resolved.
    assert_eq!(office.shown(&ticket, "Resolved"), "2026-11-26T12:01:00Z");
    let progress = office.progress(&ticket);
    assert_eq!(progress.class, Class::InProgress);
    assert_eq!(progress.closed_at, None);
}

#[test]
fn a_status_that_nobody_knows_is_never_done() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    let status = "waiting-for-vendor".to_owned();
    office.act(&ticket, &Action::Status { status });
    let progress = office.progress(&ticket);
    assert_eq!(progress.status, "waiting-for-vendor");
    assert_eq!(progress.class, Class::Unknown);
}

#[test]
fn gone_merged_hidden_and_never_made_are_told_apart() {
    let office = Office::new();
    let tickets: Vec<_> = (0..4)
        .map(|at| office.made(&format!("corr-000{at}")))
        .collect();
    office.act(&tickets[1], &Action::Delete);
    let number = String::new();
    office.act(&tickets[2], &Action::Replace { number });
    office.act(&tickets[3], &Action::Hide);
    let conditions = office.statuses(&["1", "2", "3", "4", "999"]).unwrap();
    assert!(matches!(conditions[0], Condition::Progress(_)));
    assert_eq!(conditions[1], Condition::Gone);
    match &conditions[2] {
        Condition::Replaced(by) => assert_eq!(by.reference, "5"),
        other => panic!("{other:?}"),
    }
    assert_eq!(conditions[3], Condition::Forbidden);
    assert_eq!(conditions[4], Condition::Gone);

    office.act(&tickets[3], &Action::Show);
    assert_eq!(office.progress(&tickets[3]).class, Class::Open);
}

#[test]
fn three_hundred_tickets_are_asked_for_in_four_blocks() {
    let office = Office::new();
    let references: Vec<String> = (0..300)
        .map(|at| office.made(&format!("corr-{at:04}")).reference)
        .collect();
    let batch = office.tracker.behaviour().batch as usize;
    office.calls();
    for block in references.chunks(batch) {
        let block: Vec<&str> = block.iter().map(String::as_str).collect();
        let conditions = office.statuses(&block).unwrap();
        assert!(
            conditions
                .iter()
                .all(|it| matches!(it, Condition::Progress(_)))
        );
    }
    assert_eq!(office.calls(), 4);
}

#[test]
fn a_block_of_missing_tickets_stays_below_the_requests_of_one_call() {
    let office = Office::new();
    let references: Vec<String> = (1..=office.tracker.behaviour().batch)
        .map(|id| id.to_string())
        .collect();
    for at in &references {
        let ticket = office.made(&format!("corr-000{at}"));
        office.refuse(&ticket, "no");
        office.act(&ticket, &Action::Hide);
    }
    office.calls();
    let block: Vec<&str> = references.iter().map(String::as_str).collect();
    let conditions = office.statuses(&block).unwrap();
    assert!(conditions.iter().all(|it| *it == Condition::Forbidden));
    // Up to five more bring notes.
    assert!(office.calls() + 5 <= 100);
}

#[test]
fn what_was_attached_is_no_note_and_what_is_too_long_is_left_out() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    office.resolve(&ticket, "see the log");
    let mut simulator = office.simulator.borrow_mut();
    simulator.product.attach("a.log", "log");
    drop(simulator);
    assert_eq!(
        office.progress(&ticket).note.as_deref(),
        Some("see the log")
    );
    office.refuse(&ticket, &"long ".repeat(10_000));
    assert_eq!(office.progress(&ticket).note, None);
    office.refuse(&ticket, &"long ".repeat(5_000));
    let note = office.progress(&ticket).note.unwrap();
    assert_eq!(note.chars().count(), 2_000);
}

#[test]
fn a_block_of_closed_tickets_brings_its_notes_in_three_more_calls() {
    let office = Office::new();
    let mut references = Vec::new();
    for at in 0..90 {
        let ticket = office.made(&format!("corr-{at:04}"));
        office.refuse(&ticket, &format!("reason {at}"));
        references.push(ticket.reference);
    }
    office.calls();
    let block: Vec<&str> = references.iter().map(String::as_str).collect();
    let conditions = office.statuses(&block).unwrap();
    for (at, condition) in conditions.into_iter().enumerate() {
        let Condition::Progress(progress) = condition else {
            panic!("{condition:?}");
        };
        assert_eq!(progress.note, Some(format!("reason {at}")));
    }
    assert_eq!(office.calls(), 4);
}

#[test]
fn a_missing_note_does_not_hide_the_status() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    office.resolve(&ticket, "done");
    office.spoil(Matching::once("GET", "/transactions"), Fault::status(500));
    let progress = office.progress(&ticket);
    assert_eq!((progress.class, progress.note), (Class::Done, None));
}

#[test]
fn what_the_component_wrote_itself_is_no_note() {
    let office = Office::new();
    let ticket = office.made("corr-0001");
    office.resolve(&ticket, "by a person");
    office
        .comment(&ticket, &[document::paragraph("by Provisor")])
        .unwrap();
    assert_eq!(
        office.progress(&ticket).note.as_deref(),
        Some("by a person")
    );
}

#[test]
fn a_broken_reference_spoils_only_itself() {
    let office = Office::new();
    office.made("corr-0001");
    let conditions = office
        .statuses(&["PROV-1", "1", "{}", "1 OR id = 2"])
        .unwrap();
    assert!(matches!(conditions[1], Condition::Progress(_)));
    for at in [0, 2, 3] {
        match &conditions[at] {
            Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::Configuration),
            other => panic!("{other:?}"),
        }
    }
    assert!(office.statuses(&[]).unwrap().is_empty());
}

#[test]
fn a_system_that_falls_silent_is_not_asked_once_for_each_missing_ticket() {
    let office = Office::new();
    let kept = office.made("corr-0001");
    office.spoil(
        Matching {
            path: Some("/ticket/".to_owned()),
            ..Matching::default()
        },
        Fault::too_many(Some(30)),
    );
    office.calls();
    let conditions = office.statuses(&["1", "7", "8", "9"]).unwrap();
    assert!(matches!(conditions[0], Condition::Progress(_)), "{kept:?}");
    for condition in &conditions[1..] {
        match condition {
            Condition::Failed(failure) => {
                assert_eq!(failure.kind, FailureKind::RateLimited);
                assert_eq!(failure.retry_after, Some(30));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(office.calls(), 2);
}

#[test]
fn a_404_that_is_not_from_the_product_does_not_mean_that_a_ticket_is_gone() {
    let office = Office::new();
    let page = Fault::Instead {
        status: 404,
        headers: Vec::new(),
        body: "<html>no such site</html>".to_owned(),
    };
    office.spoil(Matching::once("GET", "/ticket/7"), page);
    match &office.statuses(&["7"]).unwrap()[0] {
        Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::Unavailable),
        other => panic!("{other:?}"),
    }
}
