//! Answers of a ticketing component, good ones and nonsense.

use provisor_model::Timestamp;
use provisor_sandbox::{
    Block, Call, CallErrorKind, Class, Condition, Draft, FailureKind, Message, Predecessor,
    Priority, Span, TicketingRun, Withdrawal,
};

use crate::fixture::{ALLOCATIONS, Zoo, call};

async fn run(zoo: &Zoo, call: &Call) -> TicketingRun {
    let ticketing = zoo.ticketing.ticketing().unwrap();
    ticketing.start(call).await.unwrap()
}

fn draft() -> Draft {
    Draft {
        correlation_id: "PROV-00000001".to_owned(),
        title: "Create jdoe".to_owned(),
        description: vec![Block::Paragraph(vec![Span::from("Do it.")])],
        priority: Priority::Urgent,
        due: Some("2026-03-31T08:00:00Z".parse::<Timestamp>().unwrap()),
        follow_up_of: Some(Predecessor {
            reference: "17".to_owned(),
            number: "T-17".to_owned(),
        }),
        facts: vec![("account".to_owned(), "jdoe".to_owned())],
    }
}

fn references(number: usize) -> Vec<String> {
    (0..number).map(|number| number.to_string()).collect()
}

#[tokio::test]
async fn a_ticketing_component_is_asked_all_that_it_does_in_one_run() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let mut run = run(&zoo, &call("")).await;
        let traits = run.behaviour().await.unwrap();
        assert_eq!((traits.batch, traits.search_lag.as_secs()), (50, 3));
        assert!(traits.comments && !traits.withdraws && traits.receives);
        assert_eq!(run.check_connection().await.unwrap(), []);
        assert_eq!(run.create(&draft()).await.unwrap().number, "T-1");
        let found = run.find("PROV-00000001").await.unwrap();
        assert_eq!(found[0].correlation_id, "PROV-00000001");
        let conditions = run.status(&references(3)).await.unwrap();
        let Condition::Progress(progress) = &conditions[2] else {
            panic!("{conditions:?}");
        };
        assert_eq!(progress.class, Class::InProgress);
        assert_eq!(
            progress.updated_at.as_deref(),
            Some("2026-03-31T08:00:00+02:00")
        );
        run.comment("1", &[Block::Heading("News".to_owned())])
            .await
            .unwrap();
        let Withdrawal::Refused(why) = run.withdraw("1", "because").await.unwrap() else {
            panic!("it takes nothing back");
        };
        assert!(why.len() < 5_000 && why.starts_with("because"));
        let message = Message {
            headers: vec![("x-a".to_owned(), "1".to_owned())],
            body: b"T-1".to_vec(),
        };
        let hints = run.receive(&message).await.unwrap();
        assert_eq!(hints[0].number.as_deref(), Some("T-1"));
        assert_eq!(run.report().calls, 8);
        assert_eq!(run.report().http.requests, 0);
    }
}

#[tokio::test]
async fn a_draft_arrives_as_it_was_given() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let ticket = run(&zoo, &call("echo"))
        .await
        .create(&draft())
        .await
        .unwrap();
    for part in [
        "PROV-00000001",
        "Create jdoe",
        "Do it.",
        "Urgent",
        "2026-03-31T08:00:00Z",
        "T-17",
        "jdoe",
    ] {
        assert!(
            ticket.reference.contains(part),
            "{part}: {}",
            ticket.reference
        );
    }
}

#[tokio::test]
async fn every_ticket_that_was_asked_for_has_a_condition_of_its_own() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let mut run = run(&zoo, &call("each-its-own")).await;
    let conditions = run.status(&references(4)).await.unwrap();
    assert_eq!(conditions[..2], [Condition::Gone, Condition::Forbidden]);
    assert!(matches!(&conditions[2], Condition::Replaced(other) if other.number == "T-1"));
    let Condition::Failed(failure) = &conditions[3] else {
        panic!("{conditions:?}");
    };
    assert_eq!(failure.kind, FailureKind::RateLimited);
    assert_eq!(failure.retry_after.map(|it| it.as_secs()), Some(7));
}

/// What a misbehaviour ends in, whichever function shows it.
async fn ends_in(zoo: &Zoo, misbehave: &str) -> CallErrorKind {
    let mut run = run(zoo, &call(misbehave)).await;
    let error = match misbehave {
        "no-batch" => run.behaviour().await.map(drop),
        "many-findings" => run.check_connection().await.map(drop),
        "twice" | "many" => run.find("PROV-00000001").await.map(drop),
        "one-too-many" | "one-too-few" | "yesterday" | "half" | "replaced-by-nothing" => {
            run.status(&references(2)).await.map(drop)
        }
        "many-hints" | "empty-hint" => {
            let message = Message {
                headers: Vec::new(),
                body: Vec::new(),
            };
            run.receive(&message).await.map(drop)
        }
        _ => run.create(&draft()).await.map(drop),
    }
    .unwrap_err();
    let spent = run.behaviour().await.unwrap_err();
    assert_eq!(spent.kind, CallErrorKind::Spent);
    error.kind
}

#[tokio::test]
async fn nonsense_about_tickets_is_refused_and_ends_the_run() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    for (misbehave, rule) in [
        ("no-batch", "a batch of no tickets"),
        ("no-reference", "a ticket without reference"),
        ("two-lines", "not one line"),
        ("script", "not an absolute one of http or https"),
        ("path", "not an absolute one of http or https"),
        ("twice", "found twice"),
        ("one-too-many", "3 conditions for 2 references"),
        ("one-too-few", "1 conditions for 2 references"),
        ("yesterday", "\"yesterday\" is not a moment of RFC 3339"),
        ("half", "\"2026-03-31\" is not a moment of RFC 3339"),
        ("replaced-by-nothing", "a ticket without reference"),
        ("empty-hint", "a hint at no ticket"),
    ] {
        match ends_in(&zoo, misbehave).await {
            CallErrorKind::MalformedAnswer(told) => {
                assert!(told.contains(rule), "{misbehave}: {told}");
            }
            other => panic!("{misbehave}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn too_much_about_tickets_is_refused_by_the_name_of_the_limit() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    for (misbehave, limit) in [
        ("long-reference", "reference bytes"),
        ("long-number", "number bytes"),
        ("long-url", "url bytes"),
        ("many", "found tickets"),
        ("many-findings", "findings"),
        ("many-hints", "hints"),
    ] {
        let kind = ends_in(&zoo, misbehave).await;
        assert_eq!(kind, CallErrorKind::LimitExceeded(limit), "{misbehave}");
    }
}

#[tokio::test]
async fn long_texts_are_cut_and_a_huge_batch_is_made_smaller() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let conditions = run(&zoo, &call("long-note"))
        .await
        .status(&references(1))
        .await
        .unwrap();
    let Condition::Progress(progress) = &conditions[0] else {
        panic!("{conditions:?}");
    };
    assert!(progress.note.as_ref().unwrap().len() < 5_000);
    let traits = run(&zoo, &call("huge-batch"))
        .await
        .behaviour()
        .await
        .unwrap();
    assert_eq!(traits.batch, 1_000);
}

#[tokio::test]
async fn greed_ends_in_a_ticketing_component_as_everywhere() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    for (misbehave, kind) in [
        ("loop", CallErrorKind::OutOfCpuTime),
        ("memory", CallErrorKind::OutOfMemory),
        ("exit", CallErrorKind::Exited),
        ("output-flood", CallErrorKind::LimitExceeded("log bytes")),
    ] {
        assert_eq!(ends_in(&zoo, misbehave).await, kind, "{misbehave}");
        zoo.is_as_good_as_new().await;
    }
}

#[tokio::test]
async fn a_component_of_another_world_keeps_no_tickets() {
    let zoo = Zoo::open(ALLOCATIONS[0]).await;
    let error = zoo.policy.ticketing().map(drop).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the component is of the world policy, not ticketing"
    );
}
