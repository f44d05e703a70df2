//! The life of a ticket: made, found, watched, commented, taken back.

use crate::desk::{Desk, NOW, OWN_FIELD};
use provisor_sdk::{
    Class, Condition, FailureKind, Method, Predecessor, Priority, Ticketing, Withdrawal, document,
    testing,
};
use provisor_simulated::{Action, Fault};
use serde_json::json;

fn done(note: &str) -> Action {
    Action::Resolve {
        note: note.to_owned(),
    }
}

#[test]
fn a_ticket_is_made_with_its_correlation_id_and_found_by_it() {
    for desk in [Desk::incidents(), Desk::work_orders(), Desk::changes()] {
        let ticket = desk.ticket("corr-0001");
        let seen = desk.seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].number, ticket.number);
        assert_eq!(seen[0].title, "Create account asmith on PayMaster");
        assert_eq!(seen[0].correlation_id, "corr-0001");
        assert!(seen[0].description.contains("full-name"));
        let found = desk.remedy.find(&desk.http, "corr-0001").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].ticket, ticket);
        assert_eq!(found[0].correlation_id, "corr-0001");
        assert_eq!(desk.progress(&ticket).class, Class::Open);
    }
}

#[test]
fn a_reference_holds_the_entry_id_of_the_form_for_reading() {
    let ticket = Desk::incidents().ticket("corr-0001");
    assert_eq!(ticket.number, "INC000000000101");
    assert_eq!(
        ticket.reference,
        r#"{"form":"HPD:IncidentInterface","number":"INC000000000101","entry":"INC000000000501|INC000000000501"}"#
    );
}

#[test]
fn closed_tickets_are_found_as_well() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    desk.act(&ticket, done("made"));
    assert_eq!(desk.remedy.find(&desk.http, "corr-0001").unwrap().len(), 1);
}

#[test]
fn a_ticket_whose_answer_was_lost_is_found() {
    let desk = Desk::incidents();
    desk.spoil("POST", "_Create", Fault::LoseAnswer);
    let draft = testing::draft("corr-0001");
    let failure = desk.remedy.create(&desk.http, &draft).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Ambiguous);
    let found = desk.remedy.find(&desk.http, "corr-0001").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].ticket.number, desk.seen()[0].number);
    desk.faults_were_used();
}

#[test]
fn every_outcome_of_an_incident_is_told_with_its_reason_note_and_time() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    let new = desk.progress(&ticket);
    assert_eq!((new.status.as_str(), new.class), ("New", Class::Open));
    assert_eq!(new.updated_at.as_deref(), Some("2026-03-01T10:00:00Z"));
    assert_eq!(new.closed_at, None);

    desk.act(&ticket, Action::Begin);
    let begun = desk.progress(&ticket);
    assert_eq!(begun.class, Class::InProgress);
    assert_eq!(begun.assignee.as_deref(), Some("Eva Klein"));

    desk.now.set(NOW + 3600);
    desk.act(&ticket, done("made as asked"));
    let resolved = desk.progress(&ticket);
    assert_eq!(resolved.status, "Resolved");
    assert_eq!(
        resolved.resolution.as_deref(),
        Some("No Further Action Required")
    );
    assert_eq!(resolved.class, Class::Done);
    assert_eq!(resolved.closed_at.as_deref(), Some("2026-03-01T11:00:00Z"));
    assert_eq!(resolved.note.as_deref(), Some("made as asked"));

    desk.act(&ticket, Action::Reopen);
    let again = desk.progress(&ticket);
    assert_eq!(again.class, Class::Open);
    assert_eq!(
        again.closed_at, None,
        "an open ticket does not say when it was closed"
    );

    desk.act(
        &ticket,
        Action::Refuse {
            note: "no licence".to_owned(),
        },
    );
    let refused = desk.progress(&ticket);
    assert_eq!(refused.status, "Closed");
    assert_eq!(refused.class, Class::Refused);
    assert_eq!(refused.note.as_deref(), Some("no licence"));
}

#[test]
fn every_outcome_of_work_orders_and_changes_is_told_with_the_last_comment() {
    for desk in [Desk::work_orders(), Desk::changes()] {
        let tickets =
            ["corr-0001", "corr-0002", "corr-0003", "corr-0004"].map(|id| desk.ticket(id));
        desk.act(&tickets[0], done("made"));
        let note = |text: &str| text.to_owned();
        desk.act(
            &tickets[1],
            Action::Refuse {
                note: note("not possible"),
            },
        );
        desk.act(
            &tickets[2],
            Action::Cancel {
                note: note("not wanted"),
            },
        );
        desk.act(&tickets[3], Action::Begin);
        desk.clear_record();
        let references = tickets.map(|ticket| ticket.reference);
        let conditions = desk.remedy.status(&desk.http, &references).unwrap();
        let told: Vec<(Class, Option<String>)> = conditions
            .into_iter()
            .map(|condition| match condition {
                Condition::Progress(progress) => (progress.class, progress.note),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                (Class::Done, Some(note("made"))),
                (Class::Refused, Some(note("not possible"))),
                (Class::Cancelled, Some(note("not wanted"))),
                (Class::InProgress, None),
            ]
        );
        // One question for where they stand, one for the last comments.
        assert_eq!(desk.requests("GET"), 2);
    }
}

#[test]
fn a_status_that_is_not_known_is_never_done() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    for status in ["Done", "resolved", "5", "Abgeschlossen"] {
        desk.act(
            &ticket,
            Action::Status {
                status: status.to_owned(),
            },
        );
        let progress = desk.progress(&ticket);
        assert_eq!(progress.status, status);
        assert_eq!(progress.class, Class::Unknown);
    }
}

#[test]
fn three_hundred_tickets_are_asked_for_in_blocks() {
    let desk = Desk::incidents();
    let references: Vec<String> = (0..300)
        .map(|at| desk.ticket(&format!("corr-{at:04}")).reference)
        .collect();
    desk.clear_record();
    let conditions = desk.remedy.status(&desk.http, &references).unwrap();
    assert_eq!(conditions.len(), 300);
    assert!(
        conditions
            .iter()
            .all(|condition| matches!(condition, Condition::Progress(_)))
    );
    assert_eq!(desk.remedy.behaviour().batch, 40);
    assert_eq!(desk.requests("GET"), 8);
}

#[test]
fn gone_forbidden_and_replaced_are_told_apart() {
    let desk = Desk::set(json!({
        "fields": { "First_Name": "Provisor", "Last_Name": "Bot" },
        "replaced-by-field": "Original Incident Number",
    }));
    let tickets = ["corr-0001", "corr-0002", "corr-0003", "corr-0004"].map(|id| desk.ticket(id));
    desk.act(&tickets[0], Action::Delete);
    desk.act(&tickets[1], Action::Hide);
    desk.act(
        &tickets[2],
        Action::Replace {
            number: tickets[3].number.clone(),
        },
    );
    let references = tickets.clone().map(|ticket| ticket.reference);
    let conditions = desk.remedy.status(&desk.http, &references).unwrap();
    assert_eq!(conditions[0], Condition::Gone);
    assert_eq!(conditions[1], Condition::Forbidden);
    assert_eq!(conditions[2], Condition::Replaced(tickets[3].clone()));
    assert!(matches!(conditions[3], Condition::Progress(_)));
    desk.act(&tickets[1], Action::Show);
    assert_eq!(desk.progress(&tickets[1]).class, Class::Open);
}

#[test]
fn only_the_server_itself_can_say_that_a_ticket_is_gone() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    desk.act(&ticket, Action::Hide);
    for status in [403, 404, 500, 503] {
        desk.spoil("GET", "%7C", Fault::status(status));
        match desk.condition(&ticket) {
            Condition::Failed(failure) => assert!(!failure.message.is_empty()),
            other => panic!("{status}: {other:?}"),
        }
    }
    desk.faults_were_used();
}

#[test]
fn without_the_entry_id_a_ticket_that_is_not_shown_is_neither_gone_nor_forbidden() {
    let desk = Desk::incidents();
    desk.spoil("GET", "IncidentInterface", Fault::status(503));
    let ticket = desk.ticket("corr-0001");
    desk.faults_were_used();
    assert!(!ticket.reference.contains("entry"), "{}", ticket.reference);
    assert_eq!(desk.progress(&ticket).class, Class::Open);
    desk.act(&ticket, Action::Hide);
    match desk.condition(&ticket) {
        Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::NotFound),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_broken_reference_spoils_no_other() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    let mut references = vec![
        String::new(),
        "INC000000000101".to_owned(),
        r#"{"form":"HPD:IncidentInterface","number":""}"#.to_owned(),
        r#"{"form":"HPD:IncidentInterface","number":"INC1","more":1}"#.to_owned(),
        r#"{"form":"HPD:IncidentInterface","number":"INC\u0000"}"#.to_owned(),
        // On another form the same number would be gone.
        ticket.reference.replace("HPD:", "WOI:"),
    ];
    references.push(ticket.reference);
    let conditions = desk.remedy.status(&desk.http, &references).unwrap();
    let (last, broken) = conditions.split_last().unwrap();
    assert!(matches!(last, Condition::Progress(_)));
    for condition in broken {
        match condition {
            Condition::Failed(failure) => assert_eq!(failure.kind, FailureKind::Configuration),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_comment_is_added() {
    for desk in [Desk::incidents(), Desk::work_orders(), Desk::changes()] {
        let ticket = desk.ticket("corr-0001");
        let text = [document::paragraph("Please hurry.")];
        desk.remedy
            .comment(&desk.http, &ticket.reference, &text)
            .unwrap();
        assert_eq!(desk.seen()[0].comments, ["Please hurry."]);
        assert_eq!(desk.written(Method::Post)["View Access"], "Internal");
    }
}

#[test]
fn a_ticket_is_taken_back_and_says_why() {
    for desk in [Desk::incidents(), Desk::work_orders(), Desk::changes()] {
        let ticket = desk.ticket("corr-0001");
        let withdraw = || {
            desk.remedy
                .withdraw(&desk.http, &ticket.reference, "left the company")
        };
        assert_eq!(withdraw(), Ok(Withdrawal::Withdrawn));
        assert_eq!(desk.progress(&ticket).class, Class::Cancelled);
        assert_eq!(desk.seen()[0].comments, ["left the company"]);
        // The second time there is nothing to do.
        desk.clear_record();
        assert_eq!(withdraw(), Ok(Withdrawal::Withdrawn));
        assert_eq!(desk.requests("PUT"), 0);
    }
}

#[test]
fn what_is_done_or_gone_or_hidden_cannot_be_taken_back() {
    let desk = Desk::incidents();
    let tickets = ["corr-0001", "corr-0002", "corr-0003"].map(|id| desk.ticket(id));
    desk.act(&tickets[0], done("made"));
    desk.act(&tickets[1], Action::Delete);
    desk.act(&tickets[2], Action::Hide);
    desk.clear_record();
    let why = ["Resolved already", "does not exist", "may not see"];
    for (ticket, why) in tickets.iter().zip(why) {
        match desk.remedy.withdraw(&desk.http, &ticket.reference, "no") {
            Ok(Withdrawal::Refused(message)) => assert!(message.contains(why), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(desk.requests("PUT"), 0);
}

#[test]
fn a_withdrawal_that_the_workflow_refuses_or_undoes_is_refused() {
    let desk = Desk::set(json!({
        "fields": { "First_Name": "Provisor", "Last_Name": "Bot" },
        "withdrawal": { "Status": "Resolved", "Resolution": "{reason}" },
    }));
    let ticket = desk.ticket("corr-0001");
    let withdraw = || desk.remedy.withdraw(&desk.http, &ticket.reference, "no");
    match withdraw() {
        Ok(Withdrawal::Refused(message)) => assert!(message.contains("Assignee"), "{message}"),
        other => panic!("{other:?}"),
    }

    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    desk.product(|product| product.traps.reverts_status = true);
    match desk.remedy.withdraw(&desk.http, &ticket.reference, "no") {
        Ok(Withdrawal::Refused(message)) => assert!(message.contains("is New"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert!(desk.seen()[0].comments.is_empty());
}

#[test]
fn a_lost_answer_to_a_withdrawal_is_ambiguous() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    desk.spoil("PUT", "IncidentInterface", Fault::LoseAnswer);
    let failure = desk.remedy.withdraw(&desk.http, &ticket.reference, "no");
    assert_eq!(failure.unwrap_err().kind, FailureKind::Ambiguous);
    desk.faults_were_used();
}

#[test]
fn priority_due_date_and_the_ticket_before_reach_the_people() {
    let desk = Desk::incidents();
    let mut draft = testing::draft("corr-0001");
    draft.priority = Priority::Urgent;
    draft.follow_up_of = Some(Predecessor {
        reference: "{}".to_owned(),
        number: "INC000000000077".to_owned(),
    });
    desk.remedy.create(&desk.http, &draft).unwrap();
    let written = desk.written(Method::Post);
    assert_eq!(written["Urgency"], "1-Critical");
    assert_eq!(written["Impact"], "2-Significant/Large");
    // Incidents have no field for it by default.
    let text = written["Detailed_Decription"].as_str().unwrap();
    assert!(
        text.starts_with("This follows INC000000000077, whose work turned out not to be done.")
    );
    assert!(text.contains("To be done by 2026-12-01T12:00:00Z."));

    let desk = Desk::work_orders();
    desk.remedy.create(&desk.http, &draft).unwrap();
    let written = desk.written(Method::Post);
    assert_eq!(written["Priority"], "Critical");
    assert_eq!(
        written["Scheduled End Date"],
        "2026-12-01T12:00:00.000+0000"
    );
    assert_eq!(written[OWN_FIELD], "corr-0001");
    let text = written["Detailed Description"].as_str().unwrap();
    assert!(!text.contains("To be done by"));
}

#[test]
fn a_token_that_has_ended_costs_one_more_login() {
    let desk = Desk::incidents();
    let ticket = desk.ticket("corr-0001");
    desk.now.set(NOW + 3600);
    assert_eq!(desk.progress(&ticket).class, Class::Open);
    desk.product(provisor_simulated::Remedy::end_logins);
    assert_eq!(desk.progress(&ticket).class, Class::Open);
}
