//! The rows T1 to T11, for any system.

use provisor::model::{EventKind, OperationState, TicketState};
use provisor::{Identity, Wanted};
use provisor_simulated::{Action, Fault, Matching};
use provisor_tests::world::{Fixture, Seen as _, WILL, identity, state, will};

use super::desk::Desk;
use super::systems::System;

fn note() -> String {
    "because <b>it</b> is so".to_owned()
}

/// The row T1: a ticket is made, and the operation is open.
pub async fn t1(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    let report = desk.runs().await;
    assert_eq!(report.tickets.made.len(), 1, "{report:#?}");
    let (ticket, seen) = (desk.ticket(), desk.only());
    assert_eq!(ticket.state, TicketState::Open);
    assert_eq!(seen.correlation_id, ticket.correlation.as_str());
    assert_eq!(ticket.name(), seen.number);
    assert_eq!(
        ticket
            .place
            .as_ref()
            .is_some_and(|place| place.url.is_some()),
        system.links
    );
    let operation = desk.world.last();
    assert_eq!(state(&operation), ("create", OperationState::Open));
    assert_eq!(operation.case, Some(ticket.case));
    for text in ["will", "Will Turner", "pirates"] {
        assert!(seen.description.contains(text), "{}", seen.description);
    }
    assert!(
        seen.title
            .contains("Create the account will on Application")
    );
    let account = desk.world.account("will");
    assert!(!account.current_exists && account.expected_exists);
    desk.world.assert_no_secret();
    // Asking for the same again makes nothing (row C4).
    desk.world.requests(will()).await;
    desk.noticed().await;
    assert_eq!(desk.seen().len(), 1);
}

/// The row T2: the ticket is resolved, and its own time counts.
pub async fn t2(system: &'static System) {
    let desk = Desk::open(system, Fixture::s()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.world.minutes(7);
    let resolved_at = desk.world.host.now();
    desk.people(Action::Resolve { note: note() }).await;
    let operation = desk.world.last();
    assert_eq!(operation.state, OperationState::Done);
    let completed = operation.completed_at.expect("it says when");
    assert_eq!(completed.millis() / 60_000, resolved_at.millis() / 60_000);
    assert_eq!(desk.state(), TicketState::Closed);
    assert!(desk.world.cases().is_empty());
    // What the export shows afterwards verifies it, and nobody looks at the ticket any more.
    desk.world.shows(WILL).await;
    assert_eq!(desk.world.last().state, OperationState::Verified);
    desk.noticed().await;
    assert_eq!(desk.state(), TicketState::Ended);
}

/// The row T2 without reader: people are believed.
pub async fn t2_without_reader(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(Action::Begin).await;
    assert_eq!(desk.world.last().state, OperationState::Open);
    desk.people(Action::Resolve { note: note() }).await;
    assert!(desk.world.last().finished);
    let account = desk.world.account("will");
    assert!(account.current_exists);
    assert_eq!(account.current("full-name"), "Will Turner");
}

/// The row T3: the system is down.
pub async fn t3(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.goes_down();
    desk.world.requests(will()).await;
    desk.runs().await;
    let ticket = desk.ticket();
    assert_eq!((ticket.state, ticket.attempts), (TicketState::Creating, 1));
    assert!(ticket.problem.is_some());
    let mut pause = ticket.look_at.since(desk.world.host.now());
    assert!(pause > std::time::Duration::ZERO);
    assert_eq!(desk.world.last().state, OperationState::Opening);
    assert!(desk.world.account("will").expected_exists);
    for attempt in 2..4 {
        desk.world.clock.advance(pause);
        desk.runs().await;
        let ticket = desk.ticket();
        assert_eq!(ticket.attempts, attempt);
        let longer = ticket.look_at.since(desk.world.host.now());
        assert!(longer > pause, "{longer:?} after {pause:?}");
        pause = longer;
    }
}

/// The row T4: the system is back.
pub async fn t4(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.goes_down();
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.is_back();
    desk.until_shown().await;
    assert_eq!(desk.state(), TicketState::Open);
    assert_eq!(
        desk.only().correlation_id,
        desk.ticket().correlation.as_str()
    );
    assert_eq!(desk.world.last().state, OperationState::Open);
}

/// The row T5: the ticket is made, and the answer is lost.
pub async fn t5(system: &'static System) {
    for fault in [Fault::LoseAnswer, Fault::Cut { after: 3 }, Fault::Garbled] {
        let desk = Desk::open(system, Fixture::m()).await;
        desk.spoil_creation(fault.clone());
        desk.world.requests(will()).await;
        desk.runs().await;
        assert_eq!(desk.server.simulator().faults().unused(), 0, "{fault:?}");
        desk.until_shown().await;
        assert_eq!(desk.state(), TicketState::Open, "{fault:?}");
        assert_eq!(desk.only().number, desk.ticket().name());
        assert_eq!(desk.creations(), 1, "{fault:?}");
        desk.people(Action::Resolve { note: note() }).await;
        assert!(desk.world.account("will").current_exists);
    }
}

/// The row T5 the other way: the request never arrived, so it is made after all, once.
pub async fn t5_never_arrived(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.spoil_creation(Fault::LoseRequest);
    desk.world.requests(will()).await;
    desk.runs().await;
    assert!(desk.seen().is_empty());
    desk.until_shown().await;
    assert_eq!(desk.state(), TicketState::Open);
    assert_eq!(desk.only().number, desk.ticket().name());
}

/// The row T6: nobody knows what the status means.
pub async fn t6(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    let odd = Action::Status {
        status: system.odd_status.to_owned(),
    };
    desk.people(odd).await;
    let ticket = desk.ticket();
    assert_eq!(ticket.state, TicketState::Open);
    let attention = ticket.attention.expect("somebody should look at it");
    assert!(attention.contains(system.odd_status), "{attention}");
    assert!(desk.world.attention().contains("1 ticket needs somebody"));
    assert_eq!(desk.world.last().state, OperationState::Open);
    desk.people(Action::Resolve { note: note() }).await;
    assert_eq!(desk.ticket().attention, None);
    assert!(desk.world.account("will").current_exists);
}

/// The row T6 with a configuration that says what the status means.
pub async fn t6_known(system: &'static System) {
    let keys = format!("classes = {{ {:?} = \"done\" }}", system.odd_status);
    let desk = Desk::open_with(system, Fixture::m(), &keys).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    let odd = Action::Status {
        status: system.odd_status.to_owned(),
    };
    desk.people(odd).await;
    assert!(desk.world.account("will").current_exists);
}

/// The row T7: the ticket is refused or cancelled there.
pub async fn t7(system: &'static System) {
    for (action, wanted) in [
        (Action::Refuse { note: note() }, OperationState::Failed),
        (Action::Cancel { note: note() }, OperationState::Cancelled),
    ] {
        let desk = Desk::open(system, Fixture::m()).await;
        desk.world.requests(will()).await;
        desk.runs().await;
        let number = desk.only().number;
        if desk.server.act(&number, &action).is_err() {
            // The product has no such end.
            assert!(matches!(action, Action::Cancel { .. }));
            continue;
        }
        desk.noticed().await;
        let operation = desk.world.last();
        // Systems that know only one of the two call both the same.
        assert!(
            matches!(
                operation.state,
                OperationState::Failed | OperationState::Cancelled
            ),
            "{action:?} became {:?}",
            operation.state
        );
        if matches!(action, Action::Refuse { .. }) {
            assert_eq!(operation.state, wanted, "{action:?}");
        }
        let account = desk.world.account("will");
        assert!(!account.current_exists && !account.expected_exists);
        // Nothing is raised again by itself.
        desk.noticed().await;
        assert_eq!(desk.seen().len(), 1);
    }
}

/// The row T8: the ticket is deleted there.
pub async fn t8(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(Action::Delete).await;
    assert_eq!(desk.world.last().state, OperationState::Cancelled);
    assert!(desk.ticket().attention.is_some());
    assert!(!desk.world.account("will").expected_exists);
    desk.world
        .ask(will(), Wanted::Account, true)
        .await
        .expect("the requester can ask anew");
    desk.runs().await;
    assert_eq!(desk.tickets().len(), 2);
    assert_eq!(desk.world.last().state, OperationState::Open);
}

/// The row T9: attempts are used up.
pub async fn t9(system: &'static System) {
    let desk = Desk::open_with(system, Fixture::m(), "attempts = 3").await;
    desk.goes_down();
    desk.world.requests(will()).await;
    let mut fallen_back = 0;
    for _ in 0..12 {
        fallen_back += desk.runs().await.tickets.fallen_back.len();
        desk.world.minutes(20);
    }
    assert_eq!(fallen_back, 1);
    let ticket = desk.ticket();
    assert_eq!((ticket.state, ticket.attempts), (TicketState::GivenUp, 3));
    let case = desk.world.case();
    assert_eq!(case.case.ticket_system, None);
    assert_eq!(desk.world.last().state, OperationState::Open);
    desk.is_back();
    desk.until_shown().await;
    assert!(desk.seen().is_empty());
    desk.world.completes(case.case.id).await;
    assert!(desk.world.account("will").current_exists);
}

/// The row T10: the ticket is opened again.
pub async fn t10(system: &'static System) {
    let desk = Desk::open(system, Fixture::s()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(Action::Resolve { note: note() }).await;
    assert_eq!(desk.world.last().state, OperationState::Done);
    desk.people(Action::Reopen).await;
    assert_eq!(desk.world.last().state, OperationState::Open);
    assert_eq!(desk.state(), TicketState::Open);
    assert!(desk.world.account("will").expected_exists);
    assert_eq!(desk.world.count("will", EventKind::Reopened), 1);
    desk.people(Action::Resolve { note: note() }).await;
    assert_eq!(desk.world.last().state, OperationState::Done);
    desk.world.shows(WILL).await;
    assert_eq!(desk.world.last().state, OperationState::Verified);
    assert_eq!(desk.seen().len(), 1);
}

/// The row T10 when it is too late: an export has decided.
pub async fn t10_verified(system: &'static System) {
    let desk = Desk::open(system, Fixture::s()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(Action::Resolve { note: note() }).await;
    desk.world.shows(WILL).await;
    desk.people(Action::Reopen).await;
    assert_eq!(desk.world.last().state, OperationState::Verified);
}

/// The row T11: 300 open tickets are asked about in blocks.
pub async fn t11(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    for number in 0..300 {
        let id = format!("user{number}");
        let other: Identity = identity(&id);
        desk.world.requests(other).await;
    }
    let report = desk.runs().await;
    assert_eq!(
        report.tickets.made.len(),
        300,
        "{:#?}",
        report.tickets.failed
    );
    assert_eq!(desk.seen().len(), 300);
    desk.forget_requests();
    desk.world.minutes(10);
    let report = desk.runs().await;
    assert_eq!(report.tickets.looked_at, 300);
    let questions = desk.questions();
    assert!(
        (1..=system.calls_for_300).contains(&questions),
        "{questions} calls"
    );
}

/// What is wanted otherwise while a ticket is open: it is taken back, or waited for; never is the
/// opposite asked for beside it.
pub async fn taken_back(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.world.unassigns("will").await;
    desk.runs().await;
    desk.minutes(6).await;
    let operations = desk.world.operations();
    assert_eq!(desk.seen().len(), 1, "{operations:#?}");
    assert!(!desk.world.account("will").expected_exists);
    let ticket = desk.ticket();
    match ticket.state {
        TicketState::Ended => {
            assert!(operations.iter().all(|one| one.finished), "{operations:#?}");
        }
        // It cannot be taken back: what is wanted now waits behind it.
        TicketState::Open => {
            let taking_back = ticket.taking_back.expect("it was tried");
            assert!(taking_back.refused.is_some());
            desk.people(Action::Cancel { note: note() }).await;
            let operations = desk.world.operations();
            assert!(operations.iter().all(|one| one.finished), "{operations:#?}");
        }
        other => panic!("{other:?}"),
    }
}

/// What was unwanted only for a moment, before anybody was asked to take it back, stays.
pub async fn wanted_again(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.world.unassigns("will").await;
    desk.world.host.dispatch(None).await.expect("it is planned");
    assert!(desk.ticket().taking_back.is_some());
    desk.world.requests(will()).await;
    desk.minutes(4).await;
    assert_eq!(desk.seen().len(), 1);
    assert_eq!(desk.state(), TicketState::Open);
    assert_eq!(desk.ticket().taking_back, None);
    desk.people(Action::Resolve { note: note() }).await;
    assert!(desk.world.account("will").current_exists);
}

/// A follow-up names the ticket before.
pub async fn follow_up(system: &'static System) {
    let desk = Desk::open(system, Fixture::s()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    let first = desk.only().number;
    desk.people(Action::Resolve { note: note() }).await;
    desk.world.minutes(20);
    desk.world.reads().await;
    desk.runs().await;
    let seen = desk.seen();
    assert_eq!(seen.len(), 2);
    assert!(
        seen[1].description.contains(&first)
            || seen[1].comments.iter().any(|it| it.contains(&first)),
        "{:#?}",
        seen[1]
    );
    assert_eq!(desk.tickets().len(), 2);
}

/// Credentials are taken away in the middle, and given back.
pub async fn unauthorized_for_a_while(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.server.spoil(Matching::always(), Fault::status(401));
    desk.noticed().await;
    let problem = desk.ticket().problem.expect("it cannot be asked");
    assert!(problem.contains("401"), "{problem}");
    assert_eq!(desk.world.last().state, OperationState::Open);
    desk.is_back();
    desk.world.clock.advance(super::desk::A_DAY);
    desk.people(Action::Resolve { note: note() }).await;
    assert!(desk.world.account("will").current_exists);
}

/// A system that asks for fewer calls is left alone for as long as it says.
pub async fn left_alone(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.spoil_creation(Fault::too_many(Some(600)));
    desk.world.requests(will()).await;
    desk.world.requests(identity("elizabeth")).await;
    let report = desk.runs().await;
    assert_eq!(report.tickets.paused.len(), 1, "{:#?}", report.tickets);
    desk.forget_requests();
    desk.minutes(9).await;
    assert_eq!(desk.server.simulator().record().len(), 0);
    desk.minutes(5).await;
    assert_eq!(desk.seen().len(), 2);
}

/// A ticket that moves, or becomes part of another one, is followed.
pub async fn replaced(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.world.requests(identity("elizabeth")).await;
    desk.runs().await;
    let (first, second) = (desk.seen()[0].number.clone(), desk.seen()[1].number.clone());
    let number = match system.merges {
        true => second.clone(),
        false => "OTHER-1".to_owned(),
    };
    if desk
        .server
        .act(&first, &Action::Replace { number })
        .is_err()
    {
        // The product has no such thing.
        return;
    }
    desk.noticed().await;
    let followed = desk.tickets().into_iter().min_by_key(|ticket| ticket.case);
    let followed = followed.expect("there are two");
    assert_ne!(followed.name(), first);
    assert_eq!(followed.name() == second, system.merges, "{followed:#?}");
    assert_eq!(followed.state, TicketState::Open);
    let resolved = followed.name().to_owned();
    desk.server
        .act(&resolved, &Action::Resolve { note: note() })
        .expect("it is there");
    desk.noticed().await;
    assert!(desk.world.account("will").current_exists);
    assert_eq!(
        desk.world.account("elizabeth").current_exists,
        system.merges
    );
}

/// Permission is lost and comes back.
pub async fn hidden_for_a_while(system: &'static System) {
    let desk = Desk::open(system, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    let number = desk.only().number;
    if desk.server.act(&number, &Action::Hide).is_err() {
        return;
    }
    desk.noticed().await;
    let operation = desk.world.last();
    // Where a system does not say whether it is hidden or gone, nothing is guessed.
    assert!(
        desk.ticket().attention.is_some(),
        "{:?} {:?}",
        operation.state,
        desk.ticket()
    );
    if operation.state == OperationState::Cancelled {
        return;
    }
    desk.server
        .act(&number, &Action::Show)
        .expect("it is shown");
    desk.world.clock.advance(super::desk::A_DAY);
    desk.people(Action::Resolve { note: note() }).await;
    assert!(desk.world.account("will").current_exists);
}
