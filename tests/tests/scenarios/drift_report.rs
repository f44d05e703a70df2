//! Drift that is reported: what is listed of it, and what people do about it by hand.

use provisor::model::{Answer, EventKind, Subject};
use provisor::{DriftQuery, DriftReport, Request, Wanted};
use provisor_tests::world::{Fixture, Seen, WILL, identity, person, will};

use super::drift::{SMITH, SPARROW, TWICE, asking, report, settled};

fn names(report: &DriftReport) -> Vec<String> {
    let accounts = report.accounts.iter().map(|one| one.identifier.clone());
    let rows = report.unexpected.iter();
    accounts
        .chain(rows.map(|one| one.row.row.identifier.clone()))
        .collect()
}

#[tokio::test]
async fn acknowledged_drift_is_known_until_it_changes() {
    let world = settled(Fixture::s()).await;
    world.shows(SPARROW).await;
    assert_eq!(report(&world, false).total.open, 1);
    let petra = person("petra");
    for _ in 0..2 {
        world
            .host
            .acknowledge_drift("app", "will", &[], &petra, "he married")
            .await
            .expect("noted");
    }
    assert_eq!(world.count("will", EventKind::Acknowledged), 1, "once");
    let known = report(&world, false);
    assert_eq!((known.total.open, known.total.acknowledged), (0, 1));
    assert_eq!(known.accounts, []);
    let known = &report(&world, true).accounts[0];
    let acknowledged = known.drift.acknowledged.as_ref().expect("by petra");
    assert_eq!(
        (&acknowledged.by, acknowledged.reason.as_str()),
        (&petra, "he married")
    );
    let view = world.host.resource_view("app").expect("known");
    assert_eq!(view.drifted, 0);

    world.shows(&format!("{SPARROW}bill,Bill,,,false,\n")).await;
    assert_eq!(report(&world, true).total.acknowledged, 1, "still the same");
    world.shows(SMITH).await;
    let new = report(&world, false);
    assert_eq!((new.total.open, new.total.acknowledged), (1, 0));
    world.shows(WILL).await;
    assert_eq!(report(&world, true).total.open, 0);
}

#[tokio::test]
async fn acknowledging_answers_the_question() {
    let world = settled(asking()).await;
    world.shows(SPARROW).await;
    let petra = person("petra");
    world
        .host
        .acknowledge_drift("app", "will", &[], &petra, "a stage name")
        .await
        .expect("noted");
    assert_eq!(world.cases(), []);
    assert_eq!(world.account("will").desired("full-name"), "Will Turner");
    world.shows(SPARROW).await;
    assert_eq!(world.cases(), [], "nobody is asked again");
}

#[tokio::test]
async fn reported_drift_is_set_right_or_kept_by_hand() {
    let world = settled(Fixture::s()).await;
    world.shows(TWICE).await;
    let petra = person("petra");
    let attribute = ["interests".to_owned()];
    world
        .host
        .answer_drift("app", "will", &attribute, Answer::Fix, &petra, "policy")
        .await
        .expect("said");
    assert_eq!(world.case().work[0].changes.len(), 1);
    world
        .host
        .answer_drift(
            "app",
            "will",
            &["full-name".to_owned()],
            Answer::Keep,
            &petra,
            "he married",
        )
        .await
        .expect("said");
    assert_eq!(world.account("will").desired("full-name"), "Will Sparrow");
    for (attribute, code) in [("description", "unknown"), ("nonsense", "unknown")] {
        let refused = world
            .host
            .answer_drift(
                "app",
                "will",
                &[attribute.to_owned()],
                Answer::Fix,
                &petra,
                "?",
            )
            .await
            .unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
    }
}

#[tokio::test]
async fn the_report_counts_by_resource_and_kind_with_the_age() {
    let world = settled(Fixture::s()).await;
    world.requests(identity("bill")).await;
    world.completes(world.case().case.id).await;
    let bill = "bill,Will Turner,,pirates;swords,false,\n";
    world.shows(&format!("{WILL}{bill}")).await;
    let seen = world.host.now();
    world.minutes(30);
    world.export("will,Will Sparrow,,pirates;swords,false,\neve,Eve,,,false,\n");
    world.reads().await;
    let found = world.host.now();
    world.minutes(60);
    let report = report(&world, false);
    assert!(seen < found);
    assert_eq!(report.total.open, 3);
    assert_eq!(report.total.oldest, Some(found));
    let kinds: Vec<_> = report.resources[0]
        .kinds
        .iter()
        .map(|(kind, count)| (*kind, count.open))
        .collect();
    assert_eq!(kinds, [("changed", 1), ("missing", 1), ("unexpected", 1)]);
    assert_eq!(names(&report), ["will", "bill", "eve"]);
    assert!(report.accounts.iter().all(|one| one.age == 3600));
    assert_eq!(report.accounts[1].drift.subject, Subject::Existence);
    let shorter = world.host.drift(&DriftQuery {
        resource: Some("app".to_owned()),
        all: false,
        limit: 2,
    });
    let shorter = shorter.expect("a report");
    assert_eq!((shorter.total.open, names(&shorter).len()), (3, 2));
}

#[tokio::test]
async fn no_more_is_listed_than_asked_for_over_all_resources() {
    let second = Fixture::s()
        .text()
        .replace("resource.app", "resource.second");
    let (_, second) = second.split_once("[resource.second]").expect("its tables");
    let world = Fixture::s()
        .more(&format!("[resource.second]{second}"))
        .open()
        .await;
    world.shows(WILL).await;
    let take = || world.host.take_export("second", None);
    take().await.expect("taken");
    let request = Request {
        resource: "second".parse().expect("a name"),
        identity: will(),
        wanted: Wanted::Account,
        requester: person("iam"),
        anew: false,
        after: None,
    };
    world.host.request(request).await.expect("recorded");
    world.shows(SPARROW).await;
    take().await.expect("taken");
    let listed = |limit| {
        let query = DriftQuery {
            resource: None,
            all: false,
            limit,
        };
        let report = world.host.drift(&query).expect("a report");
        assert_eq!(report.total.open, 2, "counted is all of it");
        names(&report).len()
    };
    assert_eq!([0, 1, 2, 3].map(listed), [0, 1, 2, 2]);
}

#[tokio::test]
async fn a_row_that_nobody_asked_for_can_be_acknowledged_until_it_changes() {
    let world = settled(Fixture::s()).await;
    let eve = "eve,Eve,,,false,\n";
    world.shows(&format!("{WILL}{eve}")).await;
    assert_eq!(names(&report(&world, false)), ["eve"]);
    let before = world.everything().len();
    for _ in 0..2 {
        world
            .host
            .acknowledge_drift("app", "EVE", &[], &person("petra"), "a test account")
            .await
            .expect("noted");
    }
    let told = world.everything()[before - 2..]
        .matches("Acknowledged,")
        .count();
    assert_eq!(told, 1, "once");
    assert_eq!(report(&world, false).total.open, 0);
    let known = &report(&world, true).unexpected[0].row.acknowledged;
    assert_eq!(known.as_ref().expect("by petra").reason, "a test account");
    world.shows(&format!("{eve}{WILL}")).await;
    assert_eq!(
        report(&world, false).total.open,
        0,
        "the same row elsewhere"
    );
    world
        .shows(&format!("{WILL}eve,Eve Adams,,,false,\n"))
        .await;
    assert_eq!(names(&report(&world, false)), ["eve"], "another row");
    let nobody = world
        .host
        .acknowledge_drift("app", "nobody", &[], &person("petra"), "?")
        .await
        .unwrap_err();
    assert_eq!(nobody.code(), "unknown");
}
