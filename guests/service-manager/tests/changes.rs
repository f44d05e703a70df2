//! Comments, and tickets that are taken back.

mod site;

use provisor_sdk::{Class, Failure, FailureKind, Ticketing, Withdrawal, document};
use provisor_simulated::service_manager::Object;
use provisor_simulated::{Action, Fault};
use serde_json::json;
use site::{Site, with};

#[test]
fn a_comment_is_added_as_lines() {
    let site = Site::new();
    let ticket = site.create("corr-0001");
    let text = [document::paragraph("Not wanted\nany more: <b>\u{7}")];
    site.component
        .comment(&site.http, &ticket.reference, &text)
        .unwrap();
    assert_eq!(site.seen()[0].comments, ["Not wanted\nany more: <b>"]);
}

#[test]
fn a_site_that_wants_the_assignee_in_a_comment_gets_it() {
    let settings = with(json!({ "comment-fields": { "Assignee": "{assignee}" } }));
    let site = Site::of(Object::incidents(), &settings);
    site.traps(|traps| traps.assignee_demanded = true);
    let ticket = site.create("corr-0001");
    let comment = || {
        let text = [document::paragraph("x")];
        site.component.comment(&site.http, &ticket.reference, &text)
    };
    let failure = comment().unwrap_err();
    assert_eq!(failure.kind, FailureKind::Rejected);
    assert!(failure.message.contains("Assignee is required"));
    site.act(&ticket, &Action::Begin);
    assert_eq!(comment(), Ok(()));
}

#[test]
fn a_ticket_is_taken_back_with_the_reason() {
    let site = Site::new();
    let ticket = site.create("corr-0001");
    let withdraw = || {
        let reason = "the request was\nwithdrawn";
        site.component
            .withdraw(&site.http, &ticket.reference, reason)
    };
    assert_eq!(withdraw(), Ok(Withdrawal::Withdrawn));
    let progress = site.progress(&ticket);
    assert_eq!(progress.class, Class::Cancelled);
    assert_eq!(progress.note.as_deref(), Some("the request was withdrawn"));
    site.requests();
    assert_eq!(withdraw(), Ok(Withdrawal::Withdrawn));
    assert_eq!(site.requests(), ["GET /SM/9/rest/incidents/IM10001"]);
}

#[test]
fn the_closure_code_of_the_settings_means_cancelled() {
    let fields = json!({ "ClosureCode": "Storniert", "Solution": ["{reason}"] });
    let settings = with(json!({ "withdrawal": { "fields": fields } }));
    let site = Site::of(Object::incidents(), &settings);
    let ticket = site.create("corr-0001");
    let withdrawn = site.component.withdraw(&site.http, &ticket.reference, "x");
    assert_eq!(withdrawn, Ok(Withdrawal::Withdrawn));
    assert_eq!(site.progress(&ticket).class, Class::Cancelled);
}

#[test]
fn what_cannot_be_taken_back_says_why() {
    let site = Site::new();
    let withdraw = |ticket: &provisor_sdk::Ticket| match site.component.withdraw(
        &site.http,
        &ticket.reference,
        "x",
    ) {
        Ok(Withdrawal::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    let done = site.create("corr-0001");
    let note = "done".to_owned();
    site.act(&done, &Action::Resolve { note });
    assert_eq!(
        withdraw(&done),
        "IM10001 is Closed (Solved by User Instruction) already"
    );

    let refused = site.create("corr-0002");
    site.refuse("POST", 200, 71, "the phase does not allow it");
    assert!(withdraw(&refused).contains("the phase does not allow it"));

    let idle = site.create("corr-0003");
    site.traps(|traps| traps.actions_idle = true);
    assert!(withdraw(&idle).contains("still is `Categorize`"));
    assert!(site.all_faults_used());
}

#[test]
fn a_ticket_that_is_gone_or_locked_is_not_taken_back() {
    let site = Site::new();
    let kind = |ticket: &provisor_sdk::Ticket| {
        let outcome = site.component.withdraw(&site.http, &ticket.reference, "x");
        outcome.unwrap_err().kind
    };
    let locked = site.create("corr-0001");
    let lock = |locked: bool| {
        let mut simulator = site.simulator.borrow_mut();
        simulator.product.lock("IM10001", locked).unwrap();
    };
    for status in [200, 400] {
        site.traps(|traps| traps.refusal_status = status);
        lock(true);
        assert_eq!(kind(&locked), FailureKind::Unavailable);
        lock(false);
    }
    site.spoil("POST", "action", Fault::LoseAnswer);
    assert_eq!(kind(&locked), FailureKind::Ambiguous);
    site.act(&locked, &Action::Delete);
    assert_eq!(kind(&locked), FailureKind::NotFound);
}

#[test]
fn a_ticket_is_taken_back_by_an_update_or_not_at_all() {
    let by_update =
        json!({ "by": "update", "fields": { "Status": "Closed", "ClosureCode": "Withdrawn" } });
    let settings = with(json!({ "withdrawal": by_update, "update-method": "post" }));
    let site = Site::of(Object::incidents(), &settings);
    let ticket = site.create("corr-0001");
    let withdrawn = site.component.withdraw(&site.http, &ticket.reference, "x");
    assert_eq!(withdrawn, Ok(Withdrawal::Withdrawn));
    assert!(
        site.requests()
            .contains(&"POST /SM/9/rest/incidents/IM10001".to_owned())
    );

    let settings =
        with(json!({ "withdrawal": { "by": "nothing" }, "captions": { "journal": "" } }));
    let site = Site::of(Object::incidents(), &settings);
    let ticket = site.create("corr-0001");
    let traits = site.component.behaviour();
    assert!(!traits.withdraws && !traits.comments && !traits.receives);
    let failure = |result: Result<(), Failure>| result.unwrap_err().kind;
    let withdrawn = site.component.withdraw(&site.http, &ticket.reference, "x");
    assert_eq!(failure(withdrawn.map(drop)), FailureKind::Unsupported);
    let commented = site.component.comment(&site.http, &ticket.reference, &[]);
    assert_eq!(failure(commented), FailureKind::Unsupported);
}
