//! Something happens while nobody knows whether a ticket is there.

use provisor::model::{OperationState, TicketState};
use provisor_simulated::Fault;
use provisor_tests::world::{Fixture, Seen as _, person, will};

use super::desk::Desk;
use super::systems;

/// A desk at which making the ticket for Will's account goes wrong in this way.
async fn uncertain(fixture: Fixture, fault: Fault) -> Desk {
    let desk = Desk::open(&systems::SERVICENOW, fixture).await;
    desk.spoil_creation(fault);
    desk.world.requests(will()).await;
    desk.runs().await;
    let ticket = desk.ticket();
    assert_eq!(ticket.state, TicketState::Creating);
    assert!(ticket.uncertain_since.is_some());
    desk
}

#[tokio::test]
async fn what_is_not_wanted_any_more_is_not_asked_for_when_the_request_was_lost() {
    let desk = uncertain(Fixture::m(), Fault::LoseRequest).await;
    desk.world.unassigns("will").await;
    desk.until_shown().await;
    assert_eq!(desk.creations(), 1);
    nothing_is_left(&desk);
    assert!(desk.seen().is_empty());
    assert_eq!(desk.ticket().place, None);
}

#[tokio::test]
async fn what_is_not_wanted_any_more_is_not_asked_for_when_the_system_is_back() {
    let desk = Desk::open(&systems::SERVICENOW, Fixture::m()).await;
    desk.goes_down();
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.world.unassigns("will").await;
    desk.is_back();
    desk.until_shown().await;
    nothing_is_left(&desk);
    assert!(desk.seen().is_empty());
}

#[tokio::test]
async fn only_what_is_wanted_now_is_asked_for_when_the_request_was_lost() {
    let desk = uncertain(Fixture::m(), Fault::LoseRequest).await;
    let other = will().with("full-name", ["Captain Turner"]);
    desk.world.requests(other).await;
    desk.until_shown().await;
    let seen = desk.only();
    assert!(seen.description.contains("Captain Turner"), "{seen:#?}");
    let account = desk.world.account("will");
    assert_eq!(account.expected("full-name"), "Captain Turner");
}

#[tokio::test]
async fn what_is_not_wanted_any_more_is_taken_back_when_the_answer_was_lost() {
    let desk = uncertain(Fixture::m(), Fault::LoseAnswer).await;
    desk.world.unassigns("will").await;
    desk.until_shown().await;
    desk.noticed().await;
    assert_eq!(desk.creations(), 1);
    nothing_is_left(&desk);
    // Cancelled, as ServiceNow says it.
    assert_eq!(desk.only().status, "8");
}

#[tokio::test]
async fn what_was_taken_over_meanwhile_is_told_when_the_ticket_was_made_all_the_same() {
    let desk = uncertain(Fixture::m(), Fault::LoseAnswer).await;
    let case = desk.ticket().case;
    desk.world
        .host
        .take_over_ticket(case, &person("eva"), "it is urgent")
        .await
        .expect("it can be taken over");
    desk.until_shown().await;
    assert_eq!(desk.state(), TicketState::GivenUp);
    let attention = desk.ticket().attention.expect("a ticket may be there");
    assert!(
        attention.contains(desk.ticket().correlation.as_str()),
        "{attention}"
    );
    desk.world.completes(case).await;
    assert!(desk.world.account("will").current_exists);
    assert_eq!(desk.seen().len(), 1);
}

/// Nothing is under way, and nobody expects an account.
fn nothing_is_left(desk: &Desk) {
    let operations = desk.world.operations();
    assert!(operations.iter().all(|one| one.finished), "{operations:#?}");
    assert!(
        operations
            .iter()
            .all(|one| one.state == OperationState::Cancelled)
    );
    assert_eq!(desk.state(), TicketState::Ended);
    assert!(desk.world.cases().is_empty());
    let account = desk.world.account("will");
    assert!(!account.expected_exists && !account.current_exists);
}
