//! Where tickets stand: many at once, and those that the answer about many leaves out.

use provisor_sdk::{Class, Condition, FailureKind, Ticket, Ticketing};
use provisor_simulated::{Action, Fault, JiraCloud, JiraDataCenter, Matching};

use crate::world::{Deployed, World, failing, instead, on_both};

on_both!(
    three_hundred_tickets_take_a_call_for_each_hundred,
    a_deleted_ticket_is_gone_and_spoils_no_other,
    a_ticket_that_was_moved_is_replaced_by_itself,
    tickets_of_a_project_that_is_hidden_are_forbidden_and_not_gone,
    a_login_that_does_not_count_any_more_makes_nothing_gone,
    a_page_of_a_gateway_makes_nothing_gone,
    a_broken_reference_fails_alone,
    when_jira_asks_for_fewer_calls_no_further_one_is_made,
    a_batch_that_fails_fails_as_a_whole,
    something_that_is_no_ticket_in_the_answer_is_asked_for_again,
    notes_that_cannot_be_read_hide_no_status,
    the_newest_of_many_comments_is_the_note,
);

fn references(tickets: &[Ticket]) -> Vec<String> {
    tickets
        .iter()
        .map(|ticket| ticket.reference.clone())
        .collect()
}

fn three_hundred_tickets_take_a_call_for_each_hundred<P: Deployed>() {
    let world = World::<P>::new();
    let tickets = world.create_many(300);
    world.act(
        &tickets[17],
        Action::Resolve {
            note: "done".to_owned(),
        },
    );
    assert_eq!(world.jira.behaviour().batch, 100);
    world.calls();
    let all = world
        .jira
        .status(&world.http, &references(&tickets))
        .unwrap();
    assert_eq!(all.len(), 300);
    for (at, condition) in all.iter().enumerate() {
        let Condition::Progress(progress) = condition else {
            panic!("{condition:?}");
        };
        let class = if at == 17 { Class::Done } else { Class::Open };
        assert_eq!(progress.class, class, "{at}");
    }
    // Three for the statuses, and one for the note of the closed one.
    assert_eq!(world.calls().len(), 4);
}

fn a_deleted_ticket_is_gone_and_spoils_no_other<P: Deployed>() {
    let world = World::<P>::new();
    let tickets = world.create_many(3);
    world.act(&tickets[1], Action::Delete);
    let all = world
        .jira
        .status(&world.http, &references(&tickets))
        .unwrap();
    assert!(matches!(all[0], Condition::Progress(_)));
    assert_eq!(all[1], Condition::Gone);
    assert!(matches!(all[2], Condition::Progress(_)));
}

fn a_ticket_that_was_moved_is_replaced_by_itself<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    world.act(
        &ticket,
        Action::Replace {
            number: String::new(),
        },
    );
    let Condition::Replaced(moved) = world.condition(&ticket) else {
        panic!("a moved ticket is replaced");
    };
    assert_eq!(moved.number, "OPS-1");
    assert_eq!(
        moved.url.as_deref(),
        Some("https://jira.example.com/browse/OPS-1")
    );
    assert_eq!(moved.reference, ticket.reference.replace("PROV-1", "OPS-1"));
    assert_eq!(world.progress(&moved).class, Class::Open);
    world.pass(60);
    assert_eq!(world.find("corr-0001"), ["OPS-1"]);
}

fn tickets_of_a_project_that_is_hidden_are_forbidden_and_not_gone<P: Deployed>() {
    let world = World::<P>::new();
    let tickets = world.create_many(2);
    world.act(&tickets[0], Action::Hide);
    let all = world
        .jira
        .status(&world.http, &references(&tickets))
        .unwrap();
    assert_eq!(all, [Condition::Forbidden, Condition::Forbidden]);
    world.act(&tickets[0], Action::Show);
    assert_eq!(world.progress(&tickets[0]).class, Class::Open);
}

#[test]
fn a_data_center_tells_a_hidden_ticket_from_a_deleted_one() {
    let world = World::<JiraDataCenter>::new();
    let ticket = world.create();
    world
        .site(|site| site.restrict(&ticket.number, true))
        .unwrap();
    assert_eq!(world.condition(&ticket), Condition::Forbidden);
}

#[test]
fn in_cloud_a_ticket_that_a_security_level_hides_alone_looks_gone() {
    let world = World::<JiraCloud>::new();
    let ticket = world.create();
    world
        .site(|site| site.restrict(&ticket.number, true))
        .unwrap();
    assert_eq!(world.condition(&ticket), Condition::Gone);
}

fn a_login_that_does_not_count_any_more_makes_nothing_gone<P: Deployed>() {
    let world = World::<P>::new();
    let tickets = world.create_many(2);
    world.site(|site| site.setup.login_counts = false);
    let all = world
        .jira
        .status(&world.http, &references(&tickets))
        .unwrap();
    assert_eq!(all, [Condition::Forbidden, Condition::Forbidden]);
}

fn a_page_of_a_gateway_makes_nothing_gone<P: Deployed>() {
    for page in [
        instead(404, "<html>not found</html>"),
        instead(404, r#"{"message":"no route"}"#),
        instead(200, "<html>login</html>"),
        Fault::maintenance(),
        Fault::LoseAnswer,
    ] {
        let world = World::<P>::new();
        let ticket = world.create();
        world.act(&ticket, Action::Delete);
        world.spoil(Matching::once("GET", "/issue/"), page);
        let condition = world.condition(&ticket);
        assert!(matches!(condition, Condition::Failed(_)), "{condition:?}");
    }
}

fn a_broken_reference_fails_alone<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    let broken = [
        "INC0001".to_owned(),
        ticket.reference.clone(),
        String::new(),
    ];
    let all = world.jira.status(&world.http, &broken).unwrap();
    for at in [0, 2] {
        let Condition::Failed(failure) = &all[at] else {
            panic!("{:?}", all[at]);
        };
        assert_eq!(failure.kind, FailureKind::Configuration);
    }
    assert!(matches!(all[1], Condition::Progress(_)));
    world.calls();
    world.jira.status(&world.http, &broken[..1]).unwrap();
    assert!(world.calls().is_empty(), "there is nothing to ask for");
}

fn when_jira_asks_for_fewer_calls_no_further_one_is_made<P: Deployed>() {
    let world = World::<P>::new();
    let tickets = world.create_many(5);
    for ticket in &tickets {
        world.act(ticket, Action::Delete);
    }
    world.spoil(Matching::once("GET", "/issue/"), Fault::too_many(Some(30)));
    world.calls();
    let all = world
        .jira
        .status(&world.http, &references(&tickets))
        .unwrap();
    for condition in all {
        let Condition::Failed(failure) = condition else {
            panic!("{condition:?}");
        };
        assert_eq!(failure.kind, FailureKind::RateLimited);
        assert_eq!(failure.retry_after, Some(30));
    }
    assert_eq!(world.calls().len(), 2);
}

fn a_batch_that_fails_fails_as_a_whole<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    let path = match P::DEPLOYMENT {
        "cloud" => "/bulkfetch",
        _ => "/search",
    };
    for (fault, kind) in [
        (Fault::too_many(None), FailureKind::RateLimited),
        (Fault::status(401), FailureKind::Unauthorized),
        (Fault::maintenance(), FailureKind::Unavailable),
        // It is sent with POST, and it only reads.
        (Fault::LoseAnswer, FailureKind::Unavailable),
        (Fault::Garbled, FailureKind::Unavailable),
        (instead(200, "<html>"), FailureKind::Unavailable),
        (instead(200, "{}"), FailureKind::Unavailable),
        (Fault::status(500), FailureKind::Unavailable),
    ] {
        world.spoil(Matching::once("POST", path), fault);
        let references = [ticket.reference.clone()];
        failing(world.jira.status(&world.http, &references), kind);
    }
    // A query that is refused may be one ticket's fault.
    world.spoil(Matching::once("POST", path), Fault::status(400));
    assert_eq!(world.progress(&ticket).class, Class::Open);
}

fn something_that_is_no_ticket_in_the_answer_is_asked_for_again<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    let odd = r#"{"issues":[null, {"id": 7}, {"id":"10001","key":"PROV-1","fields":null}, {"id":"9","key":"PROV-9"}]}"#;
    for path in ["/bulkfetch", "/search"] {
        world.spoil(Matching::once("POST", path), instead(200, odd));
    }
    assert_eq!(world.progress(&ticket).class, Class::Open);
}

fn notes_that_cannot_be_read_hide_no_status<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    world.act(
        &ticket,
        Action::Refuse {
            note: "no such person".to_owned(),
        },
    );
    for path in ["/bulkfetch", "/search"] {
        let second = Matching {
            after: 1,
            ..Matching::once("POST", path)
        };
        world.spoil(second, Fault::maintenance());
    }
    let progress = world.progress(&ticket);
    assert_eq!((progress.class, progress.note), (Class::Refused, None));
}

fn the_newest_of_many_comments_is_the_note<P: Deployed>() {
    let world = World::<P>::new();
    let ticket = world.create();
    for at in 0..45 {
        world.pass(1);
        let text = format!("comment {at}");
        let now = world.now.get();
        world
            .site(|site| site.comment(&ticket.number, &text, now))
            .unwrap();
    }
    world.act(
        &ticket,
        Action::Resolve {
            note: String::new(),
        },
    );
    assert_eq!(world.progress(&ticket).note.as_deref(), Some("comment 44"));
}

#[test]
fn a_data_center_with_an_index_that_is_behind_loses_no_ticket() {
    let world = World::<JiraDataCenter>::new();
    world.site(|site| site.setup.search_lag = 600);
    let ticket = world.create();
    assert_eq!(world.progress(&ticket).class, Class::Open);
}

#[test]
fn another_ticket_than_the_one_that_was_asked_for_is_not_taken_for_it() {
    let world = World::<JiraCloud>::new();
    let ticket = world.create();
    world.act(&ticket, Action::Delete);
    let other = r#"{"id":"10009","key":"PROV-1","fields":{"status":{"name":"Done"}}}"#;
    world.spoil(Matching::once("GET", "/issue/"), instead(200, other));
    let condition = world.condition(&ticket);
    assert!(matches!(condition, Condition::Failed(_)), "{condition:?}");
}

#[test]
fn nothing_in_a_reference_leaves_its_place_in_a_query() {
    let world = World::<JiraDataCenter>::new();
    let foreign = r#"{"id":"1) OR (1=1","key":"PROV-1"}"#.to_owned();
    let all = world.jira.status(&world.http, &[foreign]).unwrap();
    assert!(matches!(all[0], Condition::Failed(_)));
    assert!(world.sent.borrow().is_empty());
}
