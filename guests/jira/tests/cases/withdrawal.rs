//! Taking tickets back.

use provisor_sdk::{Class, FailureKind, Ticket, Ticketing, Withdrawal};
use provisor_simulated::jira::Cancel;
use provisor_simulated::{Action, Fault, Matching};
use serde_json::json;

use crate::world::{Deployed, World, failing, on_both};

on_both!(
    a_ticket_is_taken_back_with_its_reason,
    the_first_of_the_named_statuses_that_can_be_reached_is_taken,
    a_resolution_is_given_where_one_is_asked_for,
    a_transition_that_asks_for_more_is_not_taken,
    where_the_workflow_has_no_way_people_are_told_once,
    where_the_workflow_says_no_people_are_told,
    a_transition_that_comes_to_nothing_is_not_believed,
    what_was_done_stays_done,
    what_was_taken_back_is_taken_back_again,
    a_ticket_that_is_gone_cannot_be_taken_back,
    a_lost_answer_leaves_open_whether_it_was_taken_back,
    a_conflict_can_be_tried_again,
);

const REASON: &str = "the request was cancelled";

fn withdraw<P: Deployed>(world: &World<P>, ticket: &Ticket) -> Withdrawal {
    world
        .jira
        .withdraw(&world.http, &ticket.reference, REASON)
        .unwrap()
}

fn refused<P: Deployed>(world: &World<P>, ticket: &Ticket) -> String {
    match withdraw(world, ticket) {
        Withdrawal::Refused(reason) => reason,
        Withdrawal::Withdrawn => panic!("it was taken back"),
    }
}

fn labels<P: Deployed>(world: &World<P>) -> serde_json::Value {
    world.sent_to("/issue/10001")["update"]["labels"].clone()
}

fn a_ticket_is_taken_back_with_its_reason<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    assert_eq!(withdraw(&world, &ticket), Withdrawal::Withdrawn);
    assert_eq!(world.seen().status, "Cancelled");
    assert!(world.seen().comments[0].contains(REASON));
    assert_eq!(world.progress(&ticket).class, Class::Cancelled);
}

fn the_first_of_the_named_statuses_that_can_be_reached_is_taken<P: Deployed>() {
    let world = World::<P>::with(json!({ "withdraw-to": ["Abandoned", "DECLINED", "Cancelled"] }));
    let ticket = world.create();
    assert_eq!(withdraw(&world, &ticket), Withdrawal::Withdrawn);
    assert_eq!(world.seen().status, "Declined");
}

fn a_resolution_is_given_where_one_is_asked_for<P: Deployed>() {
    let world = World::<P>::with(json!({ "withdraw-resolutions": ["Void", "won’t do"] }));
    world.site(|site| site.setup.cancel = Cancel::WithResolution);
    let ticket = world.create();
    assert_eq!(withdraw(&world, &ticket), Withdrawal::Withdrawn);
    let resolution = world.progress(&ticket).resolution;
    assert_eq!(resolution.as_deref(), Some("Won't Do"));

    let world = World::<P>::with(json!({ "withdraw-resolutions": ["Void"] }));
    world.site(|site| site.setup.cancel = Cancel::WithResolution);
    let ticket = world.create();
    let reason = refused(&world, &ticket);
    assert!(reason.contains("`withdraw-resolutions`"), "{reason}");
}

fn a_transition_that_asks_for_more_is_not_taken<P: Deployed>() {
    let world = World::<P>::new();
    world.site(|site| site.setup.cancel = Cancel::WithReason);
    let ticket = world.create();
    let reason = refused(&world, &ticket);
    assert!(
        reason.contains("the field Reason for cancelling"),
        "{reason}"
    );
    assert_eq!(world.seen().status, "To Do");
}

fn where_the_workflow_has_no_way_people_are_told_once<P: Deployed>() {
    let world = World::<P>::new();
    world.site(|site| site.setup.cancel = Cancel::Absent);
    let ticket = world.create();
    let reason = refused(&world, &ticket);
    assert!(reason.contains("In Progress, Done"), "{reason}");
    assert_eq!(labels(&world), json!([{ "add": "provisor-withdrawn" }]));
    assert!(world.seen().comments[0].contains(REASON));
    refused(&world, &ticket);
    assert_eq!(world.seen().comments.len(), 1, "nobody is told twice");
    world.pass(60);
    assert_eq!(world.find("corr-0001"), ["PROV-1"], "it is still followed");
}

fn where_the_workflow_says_no_people_are_told<P: Deployed>() {
    let world = World::<P>::new();
    world.site(|site| site.setup.cancel = Cancel::Validated);
    let ticket = world.create();
    let reason = refused(&world, &ticket);
    assert!(reason.contains("Only the reporter's manager"), "{reason}");
    assert_eq!(world.seen().comments.len(), 1);
}

fn a_transition_that_comes_to_nothing_is_not_believed<P: Deployed>() {
    let world = World::<P>::new();
    world.site(|site| site.setup.cancel = Cancel::Undone);
    let ticket = world.create();
    let result = world.jira.withdraw(&world.http, &ticket.reference, REASON);
    let message = failing(result, FailureKind::Ambiguous);
    assert!(message.contains("To Do"), "{message}");
}

fn what_was_done_stays_done<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    let note = String::new();
    world.act(&ticket, Action::Resolve { note });
    let reason = refused(&world, &ticket);
    assert!(reason.contains("closed already as Done"), "{reason}");
    assert_eq!(world.seen().status, "Done");
    assert!(world.seen().comments.is_empty());
}

fn what_was_taken_back_is_taken_back_again<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    withdraw(&world, &ticket);
    assert_eq!(withdraw(&world, &ticket), Withdrawal::Withdrawn);
    assert_eq!(world.seen().comments.len(), 1);
}

fn a_ticket_that_is_gone_cannot_be_taken_back<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    world.act(&ticket, Action::Delete);
    let result = world.jira.withdraw(&world.http, &ticket.reference, REASON);
    failing(result, FailureKind::NotFound);
}

fn a_lost_answer_leaves_open_whether_it_was_taken_back<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    world.spoil(Matching::once("POST", "/transitions"), Fault::LoseAnswer);
    let result = world.jira.withdraw(&world.http, &ticket.reference, REASON);
    failing(result, FailureKind::Ambiguous);
    assert_eq!(withdraw(&world, &ticket), Withdrawal::Withdrawn);
}

fn a_conflict_can_be_tried_again<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    world.spoil(Matching::once("POST", "/transitions"), Fault::status(409));
    let result = world.jira.withdraw(&world.http, &ticket.reference, REASON);
    failing(result, FailureKind::Conflict);
    assert_eq!(world.seen().status, "To Do");
    assert_eq!(withdraw(&world, &ticket), Withdrawal::Withdrawn);
}
