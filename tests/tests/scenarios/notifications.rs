//! Notifications: what is told, and how often.

use provisor::model::Delivery;
use provisor::store::NotificationFilter;
use provisor_tests::world::{CANARY, Fixture, WILL, World, identity, person, will};

const LOG: &str = "[notify.all]\nkind = \"log\"\nfile = \"told.jsonl\"\n";

/// All notifications, the oldest first.
pub(super) fn outbox(world: &World) -> Vec<Delivery> {
    let filter = NotificationFilter {
        limit: 1000,
        ..NotificationFilter::default()
    };
    let mut all = world.host.notifications(&filter).expect("listed");
    all.reverse();
    all
}

/// What stands in the log, after everything that is due was delivered.
async fn told(world: &World) -> Vec<String> {
    world.host.deliver().await.expect("delivered");
    let text = std::fs::read_to_string(world.folder.path().join("told.jsonl")).unwrap_or_default();
    assert!(!text.contains(CANARY));
    text.lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            format!(
                "{}: {}",
                line["type"].as_str().expect("a type"),
                line["data"]["text"].as_str().expect("a text")
            )
        })
        .collect()
}

#[tokio::test]
async fn the_life_of_a_case_is_told() {
    let world = Fixture::m().more(LOG).open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.host.claim(case, &person("eva")).await.expect("free");
    let jan = person("jan");
    let passed = world.host.pass_on(case, &person("eva"), &jan).await;
    passed.expect("jan may");
    let report = provisor::Report::done();
    world
        .host
        .close_case(case, &jan, report)
        .await
        .expect("his");
    // Nothing of it is decided by an export, since there is no reader.
    let told = told(&world).await;
    assert_eq!(
        told,
        [
            "case-opened: New case-1: create the account will on Application",
            "case-claimed: eva has case-1: create the account will on Application",
            "case-claimed: jan has case-1: create the account will on Application",
        ]
    );
}

#[tokio::test]
async fn what_is_reopened_is_told() {
    let world = Fixture::s().more(LOG).open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.completes(case).await;
    let why = "it was the wrong person";
    let reopened = world.host.reopen_case(case, &person("eva"), why).await;
    reopened.expect("not verified yet");
    let told = told(&world).await;
    assert_eq!(
        told.last().map(String::as_str),
        Some("case-reopened: eva reopened case-1: create the account will on Application")
    );
}

#[tokio::test]
async fn what_is_late_is_told_once_each() {
    let world = Fixture::m()
        .more(
            "[resource.app.cases]\ndue-in = \"2h\"\n\
             escalation = [{ after = \"1h\", to = \"head\" }]\n",
        )
        .more(LOG)
        .open()
        .await;
    world.requests(will()).await;
    for _ in 0..10 {
        world.minutes(30);
        world.host.run().await.expect("run");
    }
    assert_eq!(
        told(&world).await[1..],
        [
            "case-due: Due 2026-03-02T10:00:00Z, case-1: create the account will on Application",
            "case-escalated: Still not done, case-1 (level 1): create the account will on Application",
        ]
    );
}

#[tokio::test]
async fn what_a_policy_holds_is_told() {
    let world = Fixture::m()
        .policy("[[resource.app.policy.settings.rules]]\nname = \"look-first\"\nwhen = 'true'\nverdict = \"hold\"\nreason = \"ask first\"\n")
        .more(LOG)
        .open()
        .await;
    world.requests(will()).await;
    world.host.dispatch(None).await.expect("nothing goes out");
    assert_eq!(
        told(&world).await,
        ["operation-held: op-1 waits for a release: create the account will on Application"]
    );
}

#[tokio::test]
async fn of_many_that_are_held_for_one_reason_one_notification_tells() {
    let world = Fixture::m()
        .more("[resource.app.outgoing]\ndeletes = { most = 1, within = \"1h\" }\n")
        .more(LOG)
        .open()
        .await;
    for id in ["ann", "bob", "cid", "dan"] {
        world.requests(identity(id)).await;
        world.completes(world.case().case.id).await;
    }
    let before = told(&world).await.len();
    for id in ["ann", "bob", "cid", "dan"] {
        world.unassigns(id).await;
    }
    assert_eq!(
        told(&world).await[before..],
        [
            "case-opened: New case-5: delete the account ann on Application",
            "outgoing-held: 2 times delete on Application: more of it waits for a release",
        ]
    );
}

#[tokio::test]
async fn what_exports_show_is_told_in_one_digest_each() {
    let world = Fixture::s().more(LOG).open().await;
    for id in ["will", "ann"] {
        world.requests(identity(id)).await;
        world.completes(world.case().case.id).await;
    }
    let ann = WILL.replace("will", "ann");
    world.export(&format!("{WILL}{ann}"));
    world.reads().await;
    let before = told(&world).await.len();
    world.export(&format!("{WILL}{ann}").replace("Turner", "Sparrow"));
    world.reads().await;
    world.export(&format!("{WILL}{ann}eve,Eve,,,false,\n").replace("Turner", "Sparrow"));
    world.reads().await;
    world.reads().await;
    assert_eq!(
        told(&world).await[before..],
        [
            "drift-found: export-2 of Application: 2 accounts are not as asked for",
            "drift-found: export-3 of Application: 1 account that nobody asked for",
        ]
    );
}

#[tokio::test]
async fn exports_that_are_held_or_refused_are_told_once() {
    let world = Fixture::s()
        .more("[resource.app.reader.gates]\nzero-rows = { action = \"hold\", from-rows = 1 }\n")
        .more(LOG)
        .open()
        .await;
    world.export(WILL);
    world.reads().await;
    let before = told(&world).await.len();
    world.export("");
    world.take("accounts.csv").await.expect("held");
    world.take("accounts.csv").await.expect("held again");
    world.export(&format!("{WILL}{WILL}"));
    world.take("accounts.csv").await.expect("refused");
    world.take("accounts.csv").await.expect("refused again");
    assert_eq!(
        told(&world).await[before..],
        [
            "export-held: export-2 of Application waits for a decision: accounts.csv",
            "export-refused: export-3 of Application was refused: accounts.csv",
        ]
    );
}

#[tokio::test]
async fn work_that_waits_for_an_export_in_vain_is_told_once_for_each_export() {
    let world = Fixture::s()
        .with("exported-at = \"read\"", "exported-at = \"mtime\"")
        .more(LOG)
        .open()
        .await;
    world.written_at("accounts.csv", world.host.now());
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    let before = told(&world).await.len();
    for _ in 0..3 {
        world.minutes(31);
        world.host.run().await.expect("run");
    }
    assert_eq!(
        told(&world).await[before..],
        ["export-stale: Application needs a new export: 1 operation waits for one"]
    );
}

#[tokio::test]
async fn what_is_not_asked_for_again_is_told() {
    let world = Fixture::s()
        .rule("reraise-limit = 0")
        .more(LOG)
        .open()
        .await;
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    world.minutes(16);
    world.reads().await;
    assert_eq!(
        told(&world).await.last().map(String::as_str),
        Some("gave-up: Not asked for again after op-1: create the account will on Application")
    );
}

#[tokio::test]
async fn a_sink_gets_only_the_kinds_and_resources_that_it_asks_for() {
    let world = Fixture::m()
        .more(&format!(
            "{LOG}kinds = [\"case-claimed\"]\nresources = [\"app\"]\n"
        ))
        .open()
        .await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.host.claim(case, &person("eva")).await.expect("free");
    let told = told(&world).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("case-claimed"), "{told:?}");
}

#[tokio::test]
async fn a_preview_tells_nobody() {
    let world = Fixture::s()
        .more("[resource.app.reader.gates]\nshrank = { action = \"hold\", above = \"1%\", from-rows = 1 }\n")
        .more(LOG)
        .open()
        .await;
    world.export(&format!("{WILL}ann,Ann,,,false,\n"));
    world.reads().await;
    world.requests(will()).await;
    world.export("ann,Ann,,,false,\n");
    let held = world.take("accounts.csv").await.expect("held");
    let before = outbox(&world);
    world
        .host
        .preview_export(held.export.id)
        .await
        .expect("shown");
    assert_eq!(outbox(&world), before);
}

#[tokio::test]
async fn without_sinks_nothing_is_written() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    world.host.run().await.expect("run");
    assert_eq!(outbox(&world), []);
}
