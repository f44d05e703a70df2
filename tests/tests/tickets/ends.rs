//! How a ticket ends otherwise than by whoever works on it, and what is kept of it afterwards.

use provisor::model::{CaseId, OperationState, TicketState};
use provisor::sandbox::Message;
use provisor::store::CaseFilter;
use provisor_simulated::{Action, Fault};
use provisor_tests::world::{Fixture, WILL, identity, person, will};
use serde_json::json;

use super::desk::{A_DAY, Desk};
use super::systems::SERVICENOW;

fn done(note: &str) -> Action {
    Action::Resolve {
        note: note.to_owned(),
    }
}

#[tokio::test]
async fn what_an_export_shows_while_its_ticket_is_open_is_over_and_the_ticket_is_told_so_once() {
    let fixture = Fixture::s().rule("close-when-seen = true");
    let desk = Desk::open(&SERVICENOW, fixture).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.world.shows(WILL).await;
    assert_eq!(desk.world.last().state, OperationState::Verified);
    assert_eq!(desk.world.cases(), []);
    assert_eq!(desk.state(), TicketState::Open);
    for _ in 0..3 {
        desk.noticed().await;
    }
    let comments = desk.only().comments;
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(comments[0].contains("can be closed"), "{comments:?}");
    assert_eq!(desk.state(), TicketState::Open);
    desk.people(done("thank you")).await;
    assert_eq!(desk.state(), TicketState::Ended);
    assert_eq!(desk.world.last().state, OperationState::Verified);
    desk.noticed().await;
    assert_eq!(desk.seen().len(), 1);
}

#[tokio::test]
async fn what_was_seen_changes_nothing_when_its_ticket_is_refused_afterwards() {
    let fixture = Fixture::s().rule("close-when-seen = true");
    let desk = Desk::open(&SERVICENOW, fixture).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.world.shows(WILL).await;
    desk.people(Action::Refuse {
        note: "there is one already".to_owned(),
    })
    .await;
    assert_eq!(desk.world.last().state, OperationState::Verified);
    assert!(desk.world.account("will").current_exists);
    assert_eq!(desk.seen().len(), 1);
}

async fn receives(desk: &Desk, body: &str) -> Vec<CaseId> {
    let message = Message {
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    };
    let host = &desk.world.host;
    host.receive_message("app", message).await.expect("read")
}

#[tokio::test]
async fn a_message_makes_one_ticket_be_looked_at_next_and_nothing_else_in_it_is_believed() {
    let desk = Desk::open_with(&SERVICENOW, Fixture::m(), "look-every = \"5h\"").await;
    for id in ["ann", "bob", "will"] {
        desk.world.requests(identity(id)).await;
    }
    desk.runs().await;
    let seen = desk.seen();
    desk.server
        .act(&seen[1].number, &done("it is there"))
        .expect("it is open");
    desk.world.minutes(10);
    assert_eq!(desk.runs().await.tickets.looked_at, 0);

    let about = |number: &str, id: &str| {
        json!({ "number": number, "state": "6", "correlation_id": id }).to_string()
    };
    let bob = receives(&desk, &about(&seen[1].number, &seen[1].correlation_id)).await;
    assert_eq!(bob.len(), 1);
    let report = desk.runs().await;
    assert_eq!((report.tickets.looked_at, report.tickets.changed), (1, bob));
    assert!(desk.world.account("bob").current_exists);
    // It says that it is resolved, which it is not.
    let ann = receives(&desk, &about(&seen[0].number, "")).await;
    let report = desk.runs().await;
    assert_eq!((ann.len(), report.tickets.looked_at), (1, 1));
    assert!(!desk.world.account("ann").current_exists);
    assert_eq!(report.tickets.changed, []);
    // What it names is not ours, or no ticket at all.
    assert_eq!(receives(&desk, &about("INC7777777", "nobody")).await, []);
    let message = Message {
        headers: Vec::new(),
        body: b"<xml/>".to_vec(),
    };
    let error = desk.world.host.receive_message("app", message).await;
    assert_eq!(error.expect_err("that is no message").code(), "malformed");
    assert_eq!(desk.runs().await.tickets.looked_at, 0);
}

#[tokio::test]
async fn a_case_that_was_kept_long_enough_goes_together_with_its_ticket() {
    let fixture = Fixture::m().more(
        "[retention]\nfinished-operations = \"1d\"\ncases = \"1d\"\nhistory-texts = \"1d\"\n",
    );
    let desk = Desk::open(&SERVICENOW, fixture).await;
    for name in ["Will Turner", "Captain Turner", "Commodore Turner"] {
        desk.world.requests(will().with("full-name", [name])).await;
        desk.runs().await;
        let number = desk.seen().pop().expect("a ticket").number;
        desk.server.act(&number, &done("done")).expect("it is open");
        desk.noticed().await;
    }
    assert_eq!(desk.tickets().len(), 3);
    let open = identity("open");
    desk.world.requests(open).await;
    let mut dropped = 0;
    for _ in 0..20 {
        desk.world.clock.advance(A_DAY);
        dropped += desk.runs().await.dropped.cases;
    }
    assert!(dropped > 0);
    let tickets = desk.tickets();
    let cases = desk.world.host.cases(&CaseFilter {
        limit: 100,
        ..CaseFilter::default()
    });
    let cases = cases.expect("listed");
    // Each that is left belongs to a case that is left, and what is open is left.
    assert_eq!(tickets.len() as u64, 4 - dropped);
    assert_eq!(cases.len(), tickets.len());
    assert!(tickets.iter().any(|it| it.state == TicketState::Open));
    desk.world.host.verify_audit(&[]).expect("it holds");
}

#[tokio::test]
async fn of_a_forgotten_person_tickets_say_nothing_any_more_and_are_not_read_again() {
    const SAID: &str = "elizabeth-swann-said-so";
    let desk = Desk::open(&SERVICENOW, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(done(SAID)).await;
    desk.world.unassigns("will").await;
    desk.runs().await;
    let number = desk.seen().pop().expect("a ticket").number;
    desk.server.act(&number, &done(SAID)).expect("it is open");
    desk.noticed().await;
    assert!(!desk.world.account("will").current_exists);
    let notes = |desk: &Desk| {
        let tickets = desk.tickets();
        let said = tickets.iter().filter_map(|it| it.progress.as_ref());
        said.filter(|it| it.note.is_some() || it.assignee.is_some())
            .count()
    };
    assert_eq!(notes(&desk), 2);
    let erased = desk
        .world
        .host
        .erase_identity(&"will".parse().expect("an id"), &person("jan"), "he asked")
        .await
        .expect("he is gone");
    assert_eq!(erased.cases.len(), 2);
    assert_eq!(notes(&desk), 0);
    for _ in 0..3 {
        desk.world.clock.advance(A_DAY);
        desk.noticed().await;
    }
    assert_eq!(notes(&desk), 0);
    assert!(!desk.world.everything().contains(SAID));
    let states: Vec<_> = desk.tickets().iter().map(|it| it.state).collect();
    assert_eq!(states, [TicketState::Ended, TicketState::Ended]);
}

#[tokio::test]
async fn whoever_takes_a_ticket_over_does_its_work_here_and_nobody_looks_at_it_any_more() {
    let desk = Desk::open(&SERVICENOW, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    let case = desk.ticket().case;
    let host = &desk.world.host;
    let error = host.take_over_ticket(case, &person("eva"), " ").await;
    assert_eq!(error.expect_err("without reason").code(), "reason-required");
    host.take_over_ticket(case, &person("eva"), "they are on strike")
        .await
        .expect("taken over");
    let error = host.take_over_ticket(case, &person("eva"), "again").await;
    assert!(error.is_err());
    assert_eq!(desk.state(), TicketState::GivenUp);
    assert_eq!(desk.world.case().case.ticket_system, None);
    assert!(desk.world.everything().contains("they are on strike"));
    desk.forget_requests();
    desk.people(Action::Refuse {
        note: "on strike".to_owned(),
    })
    .await;
    assert_eq!(desk.server.simulator().record(), []);
    assert_eq!(desk.world.last().state, OperationState::Open);
    desk.world.completes(case).await;
    assert!(desk.world.account("will").current_exists);
    assert_eq!(desk.seen().len(), 1);
}

#[tokio::test]
async fn a_ticket_can_be_taken_over_while_nobody_knows_whether_it_is_there() {
    let desk = Desk::open(&SERVICENOW, Fixture::m()).await;
    desk.spoil_creation(Fault::LoseAnswer);
    desk.world.requests(will()).await;
    desk.runs().await;
    let case = desk.ticket().case;
    desk.world
        .host
        .take_over_ticket(case, &person("eva"), "it is urgent")
        .await
        .expect("taken over");
    // Nobody looks for it any more, and what is wanted otherwise waits for her.
    desk.world
        .host
        .claim(case, &person("eva"))
        .await
        .expect("claimed");
    desk.world
        .requests(will().with("full-name", ["Captain Turner"]))
        .await;
    desk.until_shown().await;
    assert_eq!((desk.creations(), desk.tickets().len()), (1, 1));
    desk.world.completes(desk.world.case().case.id).await;
    desk.runs().await;
    assert!(desk.world.account("will").current_exists);
    let seen = desk.seen().remove(1);
    assert!(seen.description.contains("Captain Turner"), "{seen:?}");
}
