//! Many tickets at once, and those that the answer does not have.

use provisor_sdk::{Class, Condition, FailureKind, Ticketing};
use provisor_simulated::{Action, Fault, Matching};
use serde_json::json;

use crate::desk::{desk, desk_with, instance};

#[test]
fn three_hundred_tickets_are_asked_for_in_two_calls() {
    let desk = desk();
    let references: Vec<String> = (0..300).map(|_| desk.create().reference).collect();
    desk.calls();
    let batch = desk.tickets.behaviour().batch as usize;
    let mut known = 0;
    for some in references.chunks(batch) {
        let conditions = desk.tickets.status(&desk.http, some).unwrap();
        known += conditions
            .iter()
            .filter(
                |it| matches!(it, Condition::Progress(progress) if progress.class == Class::Open),
            )
            .count();
    }
    assert_eq!(known, 300);
    assert_eq!(desk.calls(), 2);
    let longest = desk.sent().iter().map(|it| it.url.len()).max().unwrap();
    assert!(longest < 8_000, "an address of {longest} bytes");
}

#[test]
fn more_than_a_batch_is_divided() {
    let desk = desk();
    let references: Vec<String> = (0..201).map(|_| desk.create().reference).collect();
    desk.calls();
    let conditions = desk.tickets.status(&desk.http, &references).unwrap();
    assert_eq!(conditions.len(), 201);
    assert_eq!(desk.calls(), 2);
}

#[test]
fn nothing_is_asked_about_nothing() {
    let desk = desk();
    assert_eq!(desk.tickets.status(&desk.http, &[]), Ok(vec![]));
    assert_eq!(desk.calls(), 0);
}

#[test]
fn each_ticket_has_its_own_condition_in_the_order_of_the_question() {
    let desk = desk();
    let [open, gone, hidden, replaced] = [0; 4].map(|_| desk.create());
    desk.act(&gone, Action::Delete);
    desk.act(&hidden, Action::Hide);
    desk.act(
        &replaced,
        Action::Replace {
            number: String::new(),
        },
    );
    let asked = [
        gone.reference,
        "INC0010001".to_owned(),
        hidden.reference.clone(),
        open.reference.clone(),
        replaced.reference,
        open.reference,
    ];
    desk.calls();
    let conditions = desk.tickets.status(&desk.http, &asked).unwrap();
    assert_eq!(conditions[0], Condition::Gone);
    assert!(
        matches!(&conditions[1], Condition::Failed(it) if it.kind == FailureKind::Configuration)
    );
    assert_eq!(conditions[2], Condition::Forbidden);
    assert!(matches!(&conditions[3], Condition::Progress(it) if it.class == Class::Open));
    assert!(matches!(&conditions[4], Condition::Replaced(it) if it.number == "INC0010005"));
    assert_eq!(conditions[5], conditions[3]);
    assert_eq!(desk.calls(), 5, "one for all, two for each that is missing");

    desk.act(&hidden, Action::Show);
    let shown = desk
        .tickets
        .status(&desk.http, &[hidden.reference])
        .unwrap();
    assert!(matches!(&shown[0], Condition::Progress(_)));
}

#[test]
fn where_the_instance_does_not_count_a_missing_ticket_may_exist() {
    let desk = desk_with(instance().without_counts(), json!({}));
    let ticket = desk.create();
    desk.act(&ticket, Action::Delete);
    assert_eq!(desk.condition(&ticket), Condition::Forbidden);
}

#[test]
fn what_the_list_has_lost_is_read_alone() {
    let desk = desk();
    let ticket = desk.create();
    let empty = Fault::Instead {
        status: 200,
        headers: Vec::new(),
        body: json!({ "result": [] }).to_string(),
    };
    desk.spoil(Matching::once("GET", "/incident"), empty);
    assert_eq!(desk.progress(&ticket).class, Class::Open);
    assert!(desk.all_faults_used());
}

#[test]
fn records_that_were_not_asked_for_change_nothing() {
    let desk = desk();
    let ticket = desk.create();
    let foreign = json!({ "sys_id": "f".repeat(32), "number": "INC9", "state": "6" });
    let body = json!({ "result": [foreign] }).to_string();
    desk.spoil(
        Matching::once("GET", "/incident"),
        Fault::Instead {
            status: 200,
            headers: Vec::new(),
            body,
        },
    );
    assert_eq!(desk.progress(&ticket).class, Class::Open);
}

#[test]
fn an_instance_that_breaks_down_in_the_middle_is_not_asked_about_the_rest() {
    let desk = desk();
    let tickets = [0; 3].map(|_| desk.create());
    desk.act(&tickets[0], Action::Delete);
    desk.act(&tickets[1], Action::Delete);
    let asked = tickets.map(|ticket| ticket.reference);
    desk.calls();
    let matching = Matching {
        after: 1,
        ..Matching::default()
    };
    desk.spoil(matching, Fault::too_many(Some(17)));
    let conditions = desk.tickets.status(&desk.http, &asked).unwrap();
    assert!(matches!(&conditions[2], Condition::Progress(_)));
    for missing in &conditions[..2] {
        let Condition::Failed(failure) = missing else {
            panic!("{missing:?}");
        };
        assert_eq!(failure.kind, FailureKind::RateLimited);
        assert_eq!(failure.retry_after, Some(17));
    }
    assert_eq!(desk.calls(), 2);
}

#[test]
fn tickets_of_the_table_before_are_judged_by_its_states() {
    let desk = desk();
    let incident = desk.create();
    desk.fill(&incident, &[("state", "3")]);
    let changed = crate::desk::component(json!({ "table": "sc_task" }));
    let asked = [incident.reference];
    let conditions = changed.status(&desk.http, &asked).unwrap();
    let Condition::Progress(progress) = &conditions[0] else {
        panic!("{conditions:?}");
    };
    assert_eq!(
        progress.class,
        Class::InProgress,
        "what is on hold here is done there"
    );
    assert!(desk.sent().last().unwrap().url.contains("/table/incident?"));
}

#[test]
fn a_ticket_that_alone_is_refused_is_forbidden_and_wrong_credentials_are_not() {
    for (status, forbidden) in [(403, true), (401, false)] {
        let desk = desk();
        let ticket = desk.create();
        desk.act(&ticket, Action::Hide);
        let alone = Matching {
            after: 1,
            ..Matching::default()
        };
        desk.spoil(alone, Fault::status(status));
        let condition = desk.condition(&ticket);
        assert_eq!(
            condition == Condition::Forbidden,
            forbidden,
            "{condition:?}"
        );
    }
}

#[test]
fn when_nobody_could_be_asked_the_call_fails() {
    let desk = desk();
    let ticket = desk.create();
    desk.spoil(Matching::always(), Fault::maintenance());
    let failure = desk
        .tickets
        .status(&desk.http, &[ticket.reference])
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
}
