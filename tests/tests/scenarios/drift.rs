//! What was changed behind our backs, and what people say about it when they are asked.

use provisor::model::{Answer, CaseId, CaseState, DriftKind, EventKind, OperationState, Reaction};
use provisor::{DriftQuery, DriftReport, HostError, Report, Wanted};
use provisor_tests::world::{Fixture, Seen, WILL, World, person, state, will};

pub(super) const SPARROW: &str = "will,Will Sparrow,,pirates;swords,false,\n";
pub(super) const SMITH: &str = "will,Will Smith,,pirates;swords,false,\n";
/// Two attributes are not as asked for.
pub(super) const TWICE: &str = "will,Will Sparrow,,pirates,false,\n";

/// Will has the account that he should have.
pub(super) async fn settled(fixture: Fixture) -> World {
    let world = fixture.open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    assert_eq!(world.cases(), []);
    world
}

/// Petra is asked about drift.
pub(super) fn asking() -> Fixture {
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

pub(super) fn report(world: &World, all: bool) -> DriftReport {
    world
        .host
        .drift(&DriftQuery {
            resource: None,
            all,
            limit: 100,
        })
        .expect("a report")
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
