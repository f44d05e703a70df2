//! When operations go out, and with whom: business hours, groups, thresholds.

use provisor::model::{OperationState, Timestamp};

use provisor_tests::world::{Fixture, Seen, World, identity, person, will};

/// Monday to Friday, with a pause at noon; Prague is an hour ahead of UTC in the winter.
const OFFICE: &str = r#"
[calendar.office]
time-zone = "Europe/Prague"
hours = { mon = "08:00-12:00, 13:00-17:00", tue = "08:00-12:00, 13:00-17:00", wed = "08:00-12:00, 13:00-17:00", thu = "08:00-12:00, 13:00-17:00", fri = "08:00-12:00, 13:00-17:00" }
holidays = ["2026-03-09"]
"#;

const URGENT_LEAVERS: &str = r#"
[[resource.app.policy.settings.rules]]
name = "leavers-first"
when = 'operation == "delete"'
priority = "urgent"
"#;

fn until(world: &World, moment: &str) {
    let moment: Timestamp = moment.parse().expect("a moment");
    let minutes = moment.since(world.host.now()).as_secs() / 60;
    world.minutes(minutes);
    assert_eq!(world.host.now(), moment);
}

async fn open_after_a_run(world: &World) -> usize {
    world.host.run().await.expect("a run");
    world.cases().len()
}

async fn badge(world: &World, id: &str) {
    let request = provisor::Request {
        resource: "badges".parse().expect("a name"),
        identity: identity(id),
        wanted: provisor::Wanted::Account,
        requester: person("iam"),
        anew: false,
        after: None,
    };
    world.host.request(request).await.expect("asked for");
}

#[tokio::test]
async fn a_window_is_counted_in_the_hours_of_the_calendar() {
    let world = Fixture::m()
        .rule("calendar = \"office\"")
        .rule("propagation = \"4h\"")
        .more(OFFICE)
        .open()
        .await;
    // 09:00 in Prague: three hours until noon, and one more after lunch.
    world.requests(will()).await;
    until(&world, "2026-03-02T12:59:00Z");
    assert_eq!(open_after_a_run(&world).await, 0);
    until(&world, "2026-03-02T13:00:00Z");
    assert_eq!(open_after_a_run(&world).await, 1);
}

#[tokio::test]
async fn nothing_goes_out_while_it_is_closed_but_what_is_urgent() {
    let world = Fixture::m()
        .rule("calendar = \"office\"")
        .policy(URGENT_LEAVERS)
        .more(OFFICE)
        .open()
        .await;
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    // Friday evening; the Monday after it is a holiday.
    until(&world, "2026-03-06T18:00:00Z");
    world.requests(identity("elizabeth")).await;
    assert_eq!(open_after_a_run(&world).await, 0);
    world.unassigns("will").await;
    assert_eq!(world.case().work[0].kind.as_str(), "delete");
    until(&world, "2026-03-10T06:59:00Z");
    assert_eq!(open_after_a_run(&world).await, 1);
    until(&world, "2026-03-10T07:00:00Z");
    assert_eq!(open_after_a_run(&world).await, 2);
}

#[tokio::test]
async fn due_dates_are_counted_in_business_hours() {
    let world = Fixture::m()
        .rule("calendar = \"office\"")
        .more(OFFICE)
        .more("[resource.app.cases]\ndue-in = \"16h\"\n")
        .open()
        .await;
    until(&world, "2026-03-05T08:00:00Z");
    world.requests(will()).await;
    // Two working days after Thursday 09:00, with a weekend and a holiday in between.
    let due = world.case().case.due.expect("a date");
    assert_eq!(due.to_string(), "2026-03-10T08:00:00Z");
}

#[tokio::test]
async fn accounts_of_a_resource_share_cases_of_a_limited_size() {
    let world = Fixture::m()
        .rule("propagation = \"10m\"")
        .more("[resource.app.cases]\ngroup-by = \"resource\"\ngroup-size = 3\n")
        .open()
        .await;
    for id in ["ann", "bob", "cyd", "dan"] {
        world.requests(identity(id)).await;
        world.minutes(2);
    }
    // The window is that of the first; the others go out with it.
    world.minutes(2);
    assert_eq!(open_after_a_run(&world).await, 1);
    let case = world.case();
    let accounts: Vec<&str> = case
        .work
        .iter()
        .map(|one| one.identifier.as_str())
        .collect();
    assert_eq!(accounts, ["ann", "bob", "cyd"]);
    assert_eq!(case.title, "create 3 accounts on Application");
    world.minutes(10);
    assert_eq!(open_after_a_run(&world).await, 2);

    // A value for one of them must say which.
    let error = world
        .closes(case.case.id, done_with("full-name", "Ann B."))
        .await
        .expect_err("for whom?");
    assert!(error.to_string().contains("which operation"), "{error}");
    world
        .host
        .close_operation(
            case.work[0].id,
            &person("eva"),
            done_with("full-name", "Ann B."),
        )
        .await
        .expect("closed");
    world.completes(case.case.id).await;
    assert_eq!(world.account("ann").current("full-name"), "Ann B.");
    assert_eq!(world.account("cyd").current("full-name"), "Will Turner");
}

fn done_with(name: &str, value: &str) -> provisor::Report {
    provisor::Report::Done {
        values: [(name.to_owned(), vec![value.to_owned()])].into(),
        not_possible: Default::default(),
        note: None,
        at: None,
    }
}

#[tokio::test]
async fn accounts_of_an_identity_share_a_case_across_resources() {
    let other = r#"
[resource.app.cases]
group-by = "identity"

[resource.badges]
title = "Badges"
identifier = "username"
operators = ["helpdesk"]
propagation = "1h"
attributes.username = {}
cases.group-by = "identity"
"#;
    let world = Fixture::m()
        .rule("propagation = \"10m\"")
        .more(other)
        .open()
        .await;
    badge(&world, "will").await;
    badge(&world, "ann").await;
    world.requests(will()).await;
    world.minutes(10);
    assert_eq!(open_after_a_run(&world).await, 1);
    let case = world.case();
    assert_eq!(case.resource_title, "Badges, Application");
    assert_eq!(case.work.len(), 2);
    assert!(case.work.iter().all(|one| one.identifier == "will"));
    world.completes(case.case.id).await;
    assert!(
        world
            .operations()
            .iter()
            .filter(|one| one.identifier == "will")
            .all(|one| one.finished)
    );
}

#[tokio::test]
async fn a_policy_names_what_shares_a_case() {
    let rules = r#"
[[resource.app.policy.settings.rules]]
name = "new-hires"
when = 'operation == "create" && account != "jack"'
group = "new-hires"
"#;
    let world = Fixture::m()
        .rule("propagation = \"10m\"")
        .policy(rules)
        .open()
        .await;
    for id in ["ann", "jack", "bob"] {
        world.requests(identity(id)).await;
    }
    world.minutes(10);
    world.host.run().await.expect("a run");
    let mut sizes: Vec<usize> = world.cases().iter().map(|case| case.work.len()).collect();
    sizes.sort();
    assert_eq!(sizes, [1, 2]);
}

#[tokio::test]
async fn a_case_that_somebody_has_taken_grows_no_more() {
    let world = Fixture::m()
        .more("[resource.app.cases]\ngroup-by = \"resource\"\n")
        .open()
        .await;
    world.requests(identity("ann")).await;
    let first = world.case().case.id;
    world
        .host
        .claim(first, &person("eva"))
        .await
        .expect("claimed");
    world.requests(identity("bob")).await;
    assert_eq!(world.cases().len(), 2);
    assert_eq!(world.host.case(first).expect("there").work.len(), 1);
}

#[tokio::test]
async fn more_deletions_than_usual_wait_together_for_a_person() {
    let world = Fixture::m()
        .rule("propagation = \"10m\"")
        .more("[resource.app.outgoing]\ndeletes = { most = 2, within = \"24h\" }\n")
        .open()
        .await;
    let ids = ["ann", "bob", "cyd"];
    for id in ids {
        world.requests(identity(id)).await;
    }
    world.minutes(10);
    world.host.run().await.expect("a run");
    for case in world.cases() {
        world.completes(case.case.id).await;
    }
    for id in ids {
        world.unassigns(id).await;
    }
    world.minutes(10);
    assert_eq!(open_after_a_run(&world).await, 0);
    let held = world.host.held_at_threshold("app").expect("listed");
    assert_eq!(held.len(), 3);
    let hold = world.operation(held[0]).held.expect("held");
    assert!(hold.contains("3 operations of the kind delete"), "{hold}");
    for operation in held {
        world
            .host
            .release(operation, &person("eva"))
            .await
            .expect("released");
    }
    assert_eq!(world.cases().len(), 3);

    // A day later one more is nothing unusual.
    world.requests(identity("dan")).await;
    world.minutes(60 * 25);
    world.host.run().await.expect("a run");
    for case in world.cases() {
        world.completes(case.case.id).await;
    }
    world.unassigns("dan").await;
    world.minutes(10);
    assert_eq!(open_after_a_run(&world).await, 1);
    assert_eq!(world.last().state, OperationState::Open);
}
