//! What was changed behind our backs, and what people say about it.

use provisor::model::{
    Answer, CaseId, CaseState, DriftKind, EventKind, OperationState, Reaction, Subject,
};
use provisor::{DriftQuery, DriftReport, HostError, Report, Request, Wanted};

use provisor_tests::world::{Fixture, Seen, WILL, World, identity, person, state, will};

const SPARROW: &str = "will,Will Sparrow,,pirates;swords,false,\n";
const SMITH: &str = "will,Will Smith,,pirates;swords,false,\n";
/// Two attributes are not as asked for.
const TWICE: &str = "will,Will Sparrow,,pirates,false,\n";

/// Will has the account that he should have.
async fn settled(fixture: Fixture) -> World {
    let world = fixture.open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    assert_eq!(world.cases(), []);
    world
}

/// Petra is asked about drift.
fn asking() -> Fixture {
    Fixture::s()
        .rule("drift = \"ask\"")
        .rule("owner = \"petra\"")
}

async fn answers(
    world: &World,
    case: CaseId,
    answer: Answer,
    attributes: &[&str],
) -> Result<CaseState, HostError> {
    let attributes: Vec<String> = attributes.iter().map(ToString::to_string).collect();
    let answered = world
        .host
        .answer_case(case, &person("petra"), answer, &attributes, "seen with HR")
        .await?;
    Ok(answered.state)
}

fn report(world: &World, all: bool) -> DriftReport {
    world
        .host
        .drift(&DriftQuery {
            resource: None,
            all,
            limit: 100,
        })
        .expect("a report")
}

fn names(report: &DriftReport) -> Vec<String> {
    let accounts = report.accounts.iter().map(|one| one.identifier.clone());
    let rows = report.unexpected.iter();
    accounts
        .chain(rows.map(|one| one.row.row.identifier.clone()))
        .collect()
}

#[tokio::test]
async fn the_owner_is_asked_and_has_it_set_right() {
    let world = settled(asking()).await;
    world.shows(SPARROW).await;
    let question = world.case();
    let id = question.case.id;
    assert_eq!(
        question.title,
        "decide about the drift of will on Application"
    );
    assert_eq!(question.case.operators, [person("petra")]);
    assert_eq!(question.drift.len(), 1);
    assert_eq!(question.drift[0].expected.to_string(), "Will Turner");
    assert_eq!(question.drift[0].observed.to_string(), "Will Sparrow");
    assert_eq!(world.operations(), [], "nothing is done before the answer");

    assert_eq!(
        answers(&world, id, Answer::Fix, &[]).await.expect("said"),
        CaseState::Closed
    );
    let work = world.case();
    assert_eq!(work.title, "modify the account will on Application");
    world.completes(work.case.id).await;
    world.shows(WILL).await;
    assert_eq!(state(&world.last()), ("modify", OperationState::Verified));
    assert_eq!(world.account("will").drift, []);
    for kind in [EventKind::Asked, EventKind::Answered, EventKind::Settled] {
        assert_eq!(world.count("will", kind), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn the_owner_is_asked_and_lets_it_stay() {
    let world = settled(asking()).await;
    world.shows(SPARROW).await;
    let id = world.case().case.id;
    answers(&world, id, Answer::Keep, &[]).await.expect("said");
    assert_eq!(world.account("will").drift, []);
    assert_eq!(world.account("will").desired("full-name"), "Will Sparrow");
    world.requests(will()).await;
    world.shows(&format!("{SPARROW}bill,Bill,,,false,\n")).await;
    assert_eq!(world.cases(), []);
    assert_eq!(world.operations(), [], "the same wish asks for nothing");
}

#[tokio::test]
async fn further_drift_joins_the_question_until_somebody_takes_it() {
    let world = settled(asking()).await;
    world.shows(SPARROW).await;
    let first = world.case().case.id;
    world.shows(TWICE).await;
    assert_eq!(world.case().case.id, first);
    assert_eq!(world.case().drift.len(), 2);
    world
        .host
        .claim(first, &person("petra"))
        .await
        .expect("it is hers");
    world.shows("will,Will Sparrow,,pirates,true,\n").await;
    assert_eq!(world.case().drift.len(), 2, "what she looks at stays");
    answers(&world, first, Answer::Keep, &[])
        .await
        .expect("said");
    let second = world.case();
    assert_ne!(second.case.id, first);
    assert_eq!(second.drift.len(), 1);
    assert_eq!(second.drift[0].subject.to_string(), "enabled");
}

#[tokio::test]
async fn a_value_that_changes_again_is_asked_about_in_the_same_question() {
    let world = settled(asking()).await;
    world.shows(SPARROW).await;
    let first = world.case().case.id;
    world.shows(SMITH).await;
    let question = world.case();
    assert_eq!(question.case.id, first);
    assert_eq!(question.drift[0].observed.to_string(), "Will Smith");
}

#[tokio::test]
async fn a_question_about_drift_that_went_away_is_closed() {
    let world = settled(asking()).await;
    world.shows(SPARROW).await;
    let id = world.case().case.id;
    world.shows(WILL).await;
    assert_eq!(world.cases(), []);
    let closed = world.host.case(id).expect("it is known").case;
    assert_eq!((closed.state, closed.closed_by), (CaseState::Closed, None));
    let late = answers(&world, id, Answer::Fix, &[]).await.unwrap_err();
    assert_eq!(late.code(), "case-closed");
}

#[tokio::test]
async fn each_attribute_can_have_an_answer_of_its_own() {
    let world = settled(asking()).await;
    world.shows(TWICE).await;
    let id = world.case().case.id;
    let left = answers(&world, id, Answer::Keep, &["full-name"]).await;
    assert_eq!(left.expect("said"), CaseState::Open);
    let again = answers(&world, id, Answer::Keep, &["full-name"]).await;
    let again = again.unwrap_err().to_string();
    assert!(again.contains("what drifted is interests"), "{again}");
    let left = answers(&world, id, Answer::Fix, &["interests"]).await;
    assert_eq!(left.expect("said"), CaseState::Closed);
    let work = world.case();
    let changes: Vec<_> = work.work[0]
        .changes
        .iter()
        .map(|change| change.attribute.to_string())
        .collect();
    assert_eq!(changes, ["interests"]);
}

#[tokio::test]
async fn a_question_is_neither_done_nor_cancelled_nor_opened_again() {
    let world = settled(asking()).await;
    world.shows(SPARROW).await;
    let id = world.case().case.id;
    let petra = person("petra");
    for report in [
        Report::done(),
        Report::NotPossible {
            reason: "no".to_owned(),
        },
        Report::Cancelled {
            reason: "no".to_owned(),
        },
    ] {
        let refused = world.host.close_case(id, &petra, report).await.unwrap_err();
        assert_eq!(refused.code(), "case-question");
    }
    answers(&world, id, Answer::Fix, &[]).await.expect("said");
    let again = world.host.reopen_case(id, &petra, "a slip").await;
    assert_eq!(again.unwrap_err().code(), "case-question");
    let work = world.case().case.id;
    let eva = person("eva");
    let nothing = world.host.answer_case(work, &eva, Answer::Fix, &[], "?");
    assert_eq!(nothing.await.unwrap_err().code(), "case-no-question");
}

#[tokio::test]
async fn only_the_owner_answers_and_not_about_himself() {
    let fixture = asking()
        .rule("[resource.app.cases]\nby-another = true")
        .more("[identities]\npetra = \"will\"\n");
    let world = settled(fixture).await;
    world.shows(SPARROW).await;
    let id = world.case().case.id;
    let eva = person("eva");
    let not_hers = world.host.answer_case(id, &eva, Answer::Keep, &[], "?");
    assert_eq!(not_hers.await.unwrap_err().code(), "not-an-operator");
    let own = answers(&world, id, Answer::Keep, &[]).await.unwrap_err();
    assert_eq!(own.code(), "by-another");
}

#[tokio::test]
async fn a_question_is_due_like_other_cases() {
    let fixture = asking().rule("[resource.app.cases]\ndue-in = \"1h\"\nremind-before = \"10m\"");
    let world = settled(fixture).await;
    world.shows(SPARROW).await;
    assert!(world.case().case.due.is_some());
    world.minutes(51);
    world.host.nudge().await.expect("told");
    assert!(world.case().case.reminded);
}

#[tokio::test]
async fn an_account_that_is_gone_comes_back_or_stays_away_as_the_owner_says() {
    for (answer, exists) in [(Answer::Fix, true), (Answer::Keep, false)] {
        let world = settled(asking()).await;
        world.shows("").await;
        let question = world.case();
        assert_eq!(question.drift[0].kind, DriftKind::Missing);
        answers(&world, question.case.id, answer, &[])
            .await
            .expect("said");
        assert_eq!(world.account("will").desired_exists, Some(exists));
        assert_eq!(world.cases().len(), usize::from(exists));
        if exists {
            assert_eq!(state(&world.last()), ("create", OperationState::Open));
            continue;
        }
        world.requests(will()).await;
        assert_eq!(world.cases(), [], "the same wish is overruled");
        world
            .ask(will(), Wanted::Account, true)
            .await
            .expect("recorded");
        assert_eq!(world.cases().len(), 1, "unless it is meant");
    }
}

#[tokio::test]
async fn what_was_let_stay_ends_when_somebody_wants_it_so_and_then_otherwise() {
    let world = settled(Fixture::s().rule("drift = \"accept\"")).await;
    world.shows("").await;
    world.requests(will()).await;
    assert_eq!(world.cases(), []);
    world.unassigns("will").await;
    world.requests(will()).await;
    assert_eq!(world.case().title, "create the account will on Application");
}

#[tokio::test]
async fn the_same_is_set_right_only_so_often_until_somebody_acknowledges_it() {
    let fixture = Fixture::s()
        .rule("drift = \"fix\"")
        .rule("remedy-limit = 2")
        .rule("remedy-within = \"10d\"");
    let world = settled(fixture).await;
    for _ in 0..2 {
        world.shows(SPARROW).await;
        world.completes(world.case().case.id).await;
        world.shows(WILL).await;
        assert_eq!(world.last().state, OperationState::Verified);
    }
    world.shows(SPARROW).await;
    assert_eq!(world.cases(), [], "the third time it is left");
    let drift = world.account("will").drift;
    assert_eq!(
        (drift[0].reaction, drift[0].gave_up),
        (Reaction::Report, true)
    );

    world
        .host
        .acknowledge_drift("app", "will", &[], &person("petra"), "he is to stop it")
        .await
        .expect("noted");
    world.shows(WILL).await;
    world.shows(SPARROW).await;
    assert_eq!(world.cases().len(), 1, "and again");
    world.completes(world.case().case.id).await;
    world.shows(WILL).await;

    // What was long ago does not count any more.
    world.minutes(11 * 24 * 60);
    for _ in 0..2 {
        world.shows(SPARROW).await;
        world.completes(world.case().case.id).await;
        world.shows(WILL).await;
    }
    world.shows(SPARROW).await;
    assert_eq!(world.cases(), []);
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

#[tokio::test]
async fn forgetting_a_person_leaves_nothing_of_the_question() {
    let world = settled(asking()).await;
    world.shows("").await;
    let id = world.case().case.id;
    answers(&world, id, Answer::Keep, &[]).await.expect("said");
    world
        .host
        .erase_identity(
            &"will".parse().expect("an id"),
            &person("petra"),
            "he asked for it",
        )
        .await
        .expect("forgotten");
    let case = world.host.case(id).expect("the case stays");
    assert!(!format!("{case:?}").contains("will"), "{case:?}");
}
