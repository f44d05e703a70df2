//! How many tickets there are at a time, and what happens when a system, or the configuration, is not
//! there for a while.

use std::collections::BTreeSet;

use provisor::model::{OperationState, TicketState};
use provisor_simulated::{Action, Fault};
use provisor_tests::world::{Fixture, WILL, identity, person, will};

use super::desk::{A_DAY, Desk};
use super::systems::SERVICENOW;

fn done() -> Action {
    Action::Resolve {
        note: "done".to_owned(),
    }
}

/// Somebody does all the work that is open there, and it is noticed.
async fn all_is_done(desk: &Desk) {
    for seen in desk.seen() {
        // What was done before stays as it is.
        if seen.status == "1" {
            desk.server.act(&seen.number, &done()).expect("it is open");
        }
    }
    desk.noticed().await;
}

#[tokio::test]
async fn what_is_over_the_ceiling_waits_and_goes_out_when_there_is_room() {
    let desk = Desk::open_with(&SERVICENOW, Fixture::m(), "max-open = 2").await;
    for id in ["ann", "bob", "cid", "dan", "eve"] {
        desk.world.requests(identity(id)).await;
    }
    for (made, existing) in [(2, 0), (4, 2), (5, 4), (5, 5)] {
        desk.runs().await;
        assert_eq!(desk.seen().len(), made);
        let open = desk.tickets();
        let open = open.iter().filter(|it| it.state == TicketState::Open);
        assert_eq!(open.count(), made - existing);
        let waiting = desk.world.pending();
        let waiting = waiting
            .iter()
            .filter(|one| one.state == OperationState::Waiting);
        assert_eq!(waiting.count(), 5 - made);
        // What waits counts.
        assert!(desk.world.account("eve").expected_exists);
        all_is_done(&desk).await;
    }
    for id in ["ann", "bob", "cid", "dan", "eve"] {
        assert!(desk.world.account(id).current_exists, "{id}");
    }
}

#[tokio::test]
async fn a_ceiling_of_one_resource_holds_up_no_other_that_shares_the_system() {
    let desk = Desk::open_with(&SERVICENOW, two_resources(), "max-open = 1").await;
    desk.world.requests(will()).await;
    desk.world.requests(identity("ann")).await;
    for id in ["will", "ann"] {
        desk.badge(id).await;
    }
    desk.runs().await;
    let tickets = desk.tickets();
    let of = |name: &str| {
        tickets
            .iter()
            .filter(|it| it.resource.as_str() == name)
            .count()
    };
    assert_eq!((of("app"), of("badges")), (1, 2));
}

/// Another resource whose work goes to the same system.
fn two_resources() -> Fixture {
    Fixture::m().more(
        r#"
[resource.badges]
title = "Badges"
identifier = "username"
operators = ["porter"]
[resource.badges.attributes]
username = { required = true }
[resource.badges.tickets]
system = "desk"
settings = { title-limit = 40 }
"#,
    )
}

#[tokio::test]
async fn while_a_system_is_down_not_every_ticket_is_tried_and_afterwards_all_are_made_once() {
    let desk = Desk::open(&SERVICENOW, Fixture::m()).await;
    desk.goes_down();
    for number in 0..30 {
        desk.world
            .requests(identity(&format!("user{number}")))
            .await;
    }
    let report = desk.runs().await;
    let [(name, why)] = &report.tickets.paused[..] else {
        panic!("{:#?}", report.tickets);
    };
    assert_eq!(name.as_str(), "desk");
    assert!(why.contains("503"), "{why}");
    assert_eq!(desk.creations(), 5);
    // Within the pause nobody calls at all, and at its end one call finds out.
    desk.runs().await;
    assert_eq!(desk.creations(), 5);
    desk.minutes(3).await;
    assert!((6..=8).contains(&desk.creations()), "{}", desk.creations());
    let system = desk.world.host.ticket_systems().expect("listed").remove(0);
    assert!(system.is_paused(desk.world.host.now()), "{system:?}");
    desk.is_back();
    desk.minutes(40).await;
    let seen = desk.seen();
    let ids: BTreeSet<&str> = seen.iter().map(|it| it.correlation_id.as_str()).collect();
    assert_eq!((seen.len(), ids.len()), (30, 30));
    let tickets = desk.tickets();
    assert!(tickets.iter().all(|it| it.state == TicketState::Open));
    assert_eq!(
        desk.world
            .cases()
            .iter()
            .filter(|it| it.case.ticket_system.is_none())
            .count(),
        0
    );
}

#[tokio::test]
async fn while_a_system_is_down_open_tickets_are_asked_about_as_little() {
    let desk = Desk::open(&SERVICENOW, Fixture::m()).await;
    for number in 0..8 {
        desk.world
            .requests(identity(&format!("user{number}")))
            .await;
    }
    desk.runs().await;
    desk.goes_down();
    desk.forget_requests();
    desk.minutes(60).await;
    let asked = desk.server.simulator().record().len();
    assert!((5..30).contains(&asked), "{asked} calls in an hour");
    desk.is_back();
    desk.world.clock.advance(A_DAY);
    all_is_done(&desk).await;
    assert!(desk.world.account("user7").current_exists);
}

#[tokio::test]
async fn a_person_ends_the_pause_of_a_system() {
    let desk = Desk::open(&SERVICENOW, Fixture::m()).await;
    desk.spoil_creation(Fault::too_many(Some(3_600)));
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.minutes(2).await;
    assert!(desk.seen().is_empty());
    let case = desk.ticket().case;
    desk.world.host.hurry_ticket(case).await.expect("hurried");
    let system = desk.world.host.ticket_systems().expect("listed").remove(0);
    assert!(!system.is_paused(desk.world.host.now()));
}

/// Says the configuration anew, and starts again.
async fn configured(desk: &mut Desk, text: &str) {
    let file = desk.world.folder.path().join("provisor.toml");
    std::fs::write(file, text).expect("written");
    desk.world.restart().await;
}

/// What the configuration says now.
fn configuration(desk: &Desk) -> String {
    let file = desk.world.folder.path().join("provisor.toml");
    std::fs::read_to_string(file).expect("readable")
}

/// A configuration in which the resource `app` keeps no tickets; whether the system is still there.
fn without_tickets(text: &str, system: bool) -> String {
    let (before, used) = text
        .split_once("[resource.app.tickets]")
        .expect("it keeps tickets");
    assert_eq!(used.trim(), "system = \"desk\"");
    match system {
        true => before.to_owned(),
        false => before
            .split_once("[ticket-system.desk]")
            .expect("there is a system")
            .0
            .to_owned(),
    }
}

/// A configuration in which another resource stands in the place of `app`.
fn without_resource(text: &str) -> String {
    text.replace("resource.app", "resource.other")
}

#[tokio::test]
async fn open_tickets_outlast_a_configuration_that_does_not_have_them() {
    let ways: [fn(&str) -> String; 3] = [
        |text| without_tickets(text, true),
        |text| without_tickets(text, false),
        without_resource,
    ];
    for (way, without) in ways.into_iter().enumerate() {
        let mut desk = Desk::open(&SERVICENOW, Fixture::m()).await;
        desk.world.requests(will()).await;
        desk.runs().await;
        let number = desk.only().number;
        let full = configuration(&desk);
        configured(&mut desk, &without(&full)).await;
        desk.world.minutes(5);
        let report = desk.runs().await;
        let [(_, why)] = &report.tickets.failed[..] else {
            panic!("the way {way}: {:#?}", report.tickets);
        };
        let named = if way == 2 { "app" } else { "desk" };
        assert!(why.contains(named), "{why}");
        assert_eq!(desk.ticket().problem.as_ref(), Some(why));
        // It can still be named as people name it.
        let found = desk.world.host.ticket_named(&number).expect("it is known");
        assert_eq!(found.state, TicketState::Open);
        for _ in 0..3 {
            desk.world.clock.advance(A_DAY);
            desk.runs().await;
        }
        if way == 2 {
            let host = &desk.world.host;
            let eva = person("eva");
            let taken = host.take_over_ticket(found.case, &eva, "it is gone").await;
            taken.expect_err("nobody could get its work");
        }
        assert_eq!(desk.state(), TicketState::Open);
        configured(&mut desk, &full).await;
        desk.world.clock.advance(A_DAY);
        desk.people(done()).await;
        assert!(desk.world.account("will").current_exists, "the way {way}");
        assert_eq!(desk.ticket().problem, None);
    }
}

#[tokio::test]
async fn a_ticket_that_is_to_be_made_waits_for_its_configuration_however_long_that_takes() {
    let ways: [fn(&str) -> String; 3] = [
        |text| without_tickets(text, true),
        |text| without_tickets(text, false),
        without_resource,
    ];
    for (way, without) in ways.into_iter().enumerate() {
        let mut desk = Desk::open(&SERVICENOW, Fixture::m()).await;
        // Nobody knows whether the first attempt made one.
        desk.spoil_creation(Fault::LoseAnswer);
        desk.world.requests(will()).await;
        desk.runs().await;
        let full = configuration(&desk);
        configured(&mut desk, &without(&full)).await;
        for _ in 0..3 {
            desk.world.clock.advance(A_DAY);
            let report = desk.runs().await;
            assert_eq!(report.tickets.failed.len(), 1, "the way {way}");
        }
        assert_eq!(desk.state(), TicketState::Creating);
        configured(&mut desk, &full).await;
        desk.world.clock.advance(A_DAY);
        desk.runs().await;
        assert_eq!(desk.ticket().name(), desk.only().number, "the way {way}");
        assert_eq!(desk.world.last().state, OperationState::Open);
        assert_eq!(desk.creations(), 1);
    }
}

#[tokio::test]
async fn what_is_not_wanted_any_more_before_its_ticket_could_be_made_gets_none() {
    let desk = Desk::open(&SERVICENOW, Fixture::m()).await;
    desk.goes_down();
    desk.world.requests(will()).await;
    desk.world.requests(identity("ann")).await;
    desk.runs().await;
    // What is wanted otherwise is what the ticket says once it can be made.
    desk.world
        .requests(identity("ann").with("full-name", ["Ann Turner"]))
        .await;
    desk.world.unassigns("will").await;
    desk.runs().await;
    desk.is_back();
    desk.until_shown().await;
    let seen = desk.only();
    assert!(seen.title.contains("ann"), "{seen:?}");
    assert!(seen.description.contains("Ann Turner"), "{seen:?}");
    assert!(!desk.world.account("will").expected_exists);
    assert_eq!(desk.world.cases().len(), 1);
    let mut tickets = desk.tickets();
    tickets.retain(|it| it.state != TicketState::Ended);
    assert_eq!(tickets.len(), 1, "{tickets:#?}");
    assert_eq!(tickets[0].name(), seen.number);
}

#[tokio::test]
async fn what_an_export_shows_while_nobody_knows_whether_its_ticket_is_there_is_over_once_it_is() {
    for fault in [Fault::LoseAnswer, Fault::LoseRequest] {
        let fixture = Fixture::s().rule("close-when-seen = true");
        let desk = Desk::open(&SERVICENOW, fixture).await;
        desk.spoil_creation(fault.clone());
        desk.world.requests(will()).await;
        desk.runs().await;
        desk.world.shows(WILL).await;
        assert_eq!(desk.world.last().state, OperationState::Opening);
        desk.until_shown().await;
        desk.world.shows(WILL).await;
        assert_eq!(
            desk.world.last().state,
            OperationState::Verified,
            "{fault:?}"
        );
        desk.noticed().await;
        let comments = desk.only().comments;
        assert!(
            comments.iter().any(|it| it.contains("is done")),
            "{comments:?}"
        );
    }
}

#[tokio::test]
async fn resources_that_share_a_system_keep_their_own_settings_and_are_asked_about_apart() {
    let desk = Desk::open(&SERVICENOW, two_resources()).await;
    desk.world
        .requests(will().with("full-name", ["Will".repeat(30).as_str()]))
        .await;
    desk.badge("william-the-elder-of-the-house-of-the-turners")
        .await;
    desk.runs().await;
    let seen = desk.seen();
    assert_eq!(seen.len(), 2);
    let of = |title: &str| {
        let found = seen.iter().find(|it| it.description.contains(title));
        found.expect("there is one").clone()
    };
    assert!(
        of("Badges").title.chars().count() <= 40,
        "{:?}",
        of("Badges").title
    );
    desk.forget_requests();
    desk.world.minutes(10);
    let report = desk.runs().await;
    assert_eq!((report.tickets.looked_at, desk.questions()), (2, 2));
    all_is_done(&desk).await;
    assert!(desk.world.account("will").current_exists);
    assert_eq!(desk.world.cases(), []);
}
