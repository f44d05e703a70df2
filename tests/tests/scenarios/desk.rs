//! K: what operators find on their desk: dates, substitutes, evidence, instructions.

use provisor::model::{Absence, EventKind, OperationState, Timestamp};
use provisor::{HostError, Report};

use provisor_tests::world::{Fixture, World, identity, person, will};

const DATES: &str = r#"
[resource.app.cases]
due-in = "8h"
remind-before = "1h"
escalation = [{ after = "2h", to = "desk-lead" }, { after = "1d", to = "head-of-it" }]
"#;

#[tokio::test]
async fn k4_a_case_that_stays_open_is_reminded_of_and_then_escalated_level_by_level_once_each() {
    let world = Fixture::m().more(DATES).open().await;
    world.requests(will()).await;
    let id = world.case().case.id;
    let lead = person("desk-lead");
    assert!(world.host.claim(id, &lead).await.is_err());
    world.minutes(6 * 60 + 59);
    let report = world.host.run().await.expect("a run");
    assert_eq!(report.nudged, Default::default());
    world.minutes(1);
    let report = world.host.run().await.expect("a run");
    assert_eq!(report.nudged.reminded, [id]);
    assert_eq!(report.nudged.escalated, []);
    for _ in 0..3 {
        world.host.run().await.expect("a run");
    }
    world.minutes(3 * 60);
    let report = world.host.run().await.expect("a run");
    assert_eq!(
        (report.nudged.reminded.len(), report.nudged.escalated),
        (0, vec![id])
    );
    world.host.claim(id, &lead).await.expect("called in");
    world.minutes(3 * 24 * 60);
    for _ in 0..2 {
        world.host.run().await.expect("a run");
    }
    assert_eq!(world.count("will", EventKind::Reminded), 1);
    assert_eq!(world.count("will", EventKind::Escalated), 2);
    assert_eq!(world.case().case.escalated, 2);
    assert_eq!(world.case().case.nudge_at, None);
}

#[tokio::test]
async fn a_host_that_was_down_catches_up_once() {
    let mut world = Fixture::m().more(DATES).open().await;
    world.requests(will()).await;
    world.minutes(60 * 24 * 30);
    world.restart().await;
    let report = world.host.run().await.expect("a run");
    assert_eq!(report.nudged.reminded.len(), 1);
    assert_eq!(report.nudged.escalated.len(), 2);
    assert_eq!(
        world.host.run().await.expect("a run").nudged,
        Default::default()
    );
}

#[tokio::test]
async fn nobody_is_reminded_of_what_is_closed() {
    let world = Fixture::m().more(DATES).open().await;
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    world.minutes(60 * 24);
    assert_eq!(
        world.host.run().await.expect("a run").nudged,
        Default::default()
    );
}

async fn away(world: &World, who: &str, substitute: &str) -> Result<Absence, HostError> {
    let until: Timestamp = "2026-03-09T08:00:00Z".parse().expect("a moment");
    world
        .host
        .set_absence(Absence {
            person: person(who),
            substitute: person(substitute),
            from: world.host.now(),
            until,
            by: person("jan"),
        })
        .await
}

#[tokio::test]
async fn a_substitute_works_on_what_somebody_has_claimed_who_is_away() {
    let world = Fixture::m()
        .with("operators = [\"helpdesk\"]", "operators = [\"eva\"]")
        .open()
        .await;
    world.requests(will()).await;
    let id = world.case().case.id;
    let (eva, jan) = (person("eva"), person("jan"));
    world.host.claim(id, &eva).await.expect("claimed");
    assert_eq!(
        world
            .host
            .claim(id, &jan)
            .await
            .expect_err("not his")
            .code(),
        "not-an-operator"
    );
    away(&world, "eva", "jan").await.expect("away");
    let claimed = world.host.claim(id, &jan).await.expect("taken over");
    assert_eq!(claimed.claimed_by, Some(jan.clone()));
    world
        .host
        .close_case(id, &jan, Report::done())
        .await
        .expect("closed");
    let history = world.everything();
    assert!(history.contains("jan in the place of eva"), "{history}");
    // Once she is back, he is nobody here.
    world.minutes(60 * 24 * 8);
    world.requests(identity("ann")).await;
    let next = world.case().case.id;
    assert_eq!(
        world.host.claim(next, &jan).await.expect_err("back").code(),
        "not-an-operator"
    );
}

#[tokio::test]
async fn nobody_gets_a_case_who_is_away_and_nobody_is_away_who_is_unknown() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    let id = world.case().case.id;
    let (eva, jan) = (person("eva"), person("jan"));
    away(&world, "eva", "jan").await.expect("away");
    let error = world
        .host
        .pass_on(id, &jan, &eva)
        .await
        .expect_err("she is away");
    assert_eq!(error.code(), "away");
    world.host.end_absence(&eva).await.expect("back");
    world
        .host
        .pass_on(id, &jan, &eva)
        .await
        .expect("she is there");
    for (who, substitute) in [("nobody", "jan"), ("eva", "nobody"), ("eva", "eva")] {
        assert!(
            away(&world, who, substitute).await.is_err(),
            "{who} {substitute}"
        );
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

#[tokio::test]
async fn evidence_is_kept_by_its_content_and_asked_for_by_a_policy() {
    let rules = r#"
[[resource.app.policy.settings.rules]]
name = "show-it"
when = 'operation == "create"'
require-evidence = true
"#;
    let world = Fixture::m()
        .policy(rules)
        .more("[resource.app.cases]\nmax-attachment = \"1KiB\"\n")
        .open()
        .await;
    world.requests(will()).await;
    let id = world.case().case.id;
    let eva = person("eva");
    let error = world
        .closes(id, Report::done())
        .await
        .expect_err("no evidence");
    assert_eq!(error.code(), "evidence-required");
    for (name, content) in [
        ("program.exe", b"MZ\x90\x00\x03".to_vec()),
        ("empty.txt", Vec::new()),
        ("large.txt", vec![b'a'; 1025]),
        ("two\nlines.txt", b"text".to_vec()),
    ] {
        let error = world
            .host
            .attach(id, &eva, name, content)
            .await
            .expect_err(name);
        assert_eq!(error.code(), "attachment", "{name}");
    }
    world
        .host
        .attach(id, &eva, "screen.png", PNG.to_vec())
        .await
        .expect("attached");
    let case = world
        .host
        .attach(id, &eva, "again.png", PNG.to_vec())
        .await
        .expect("once");
    assert_eq!(case.attachments.len(), 1);
    assert_eq!(case.attachments[0].media_type, "image/png");
    let (_, content) = world.host.attachment(id, 1).expect("read");
    assert_eq!(content, PNG);
    assert!(world.host.attachment(id, 2).is_err());
    world.closes(id, Report::done()).await.expect("closed");
    assert_eq!(world.last().state, OperationState::Done);
    assert_eq!(world.count("will", EventKind::Attached), 1);
}

#[tokio::test]
async fn what_cannot_be_done_needs_no_evidence() {
    let rules = "[[resource.app.policy.settings.rules]]\nname = \"show-it\"\nwhen = \"true\"\nrequire-evidence = true\n";
    let world = Fixture::m().policy(rules).open().await;
    world.requests(will()).await;
    world
        .cannot(world.case().case.id, "the application is gone")
        .await;
    assert_eq!(world.last().state, OperationState::Failed);
}

#[tokio::test]
async fn nobody_closes_a_case_about_himself_or_that_he_asked_for() {
    let fixture = Fixture::m()
        .with(
            "helpdesk = [\"eva\", \"jan\"]",
            "helpdesk = [\"eva\", \"jan\", \"iam\", \"zoe\"]\n\n[identities]\neva = \"will\"",
        )
        .more("[resource.app.cases]\nby-another = true\n");
    let world = fixture.open().await;
    world.requests(will()).await;
    let id = world.case().case.id;
    for who in ["eva", "iam"] {
        let who = person(who);
        for error in [
            world.host.claim(id, &who).await.expect_err("himself"),
            world
                .host
                .close_case(id, &who, Report::done())
                .await
                .expect_err("himself"),
            world
                .host
                .pass_on(id, &person("jan"), &who)
                .await
                .expect_err("himself"),
        ] {
            assert_eq!(error.code(), "by-another", "{error}");
        }
    }
    world
        .host
        .close_case(id, &person("zoe"), Report::done())
        .await
        .expect("somebody else");
}

#[tokio::test]
async fn a_case_tells_how_it_is_done_and_what_to_do_about_passwords() {
    let texts = r#"
[resource.app.cases]
secrets = "Send the person to https://self-service.example."

[resource.app.cases.instructions]
every = "Write to the vendor."
create = """
1. Open *Users*.
2. Press **New**.
"""
"#;
    let world = Fixture::m().more(texts).open().await;
    world.requests(will()).await;
    let case = world.case();
    assert_eq!(case.instructions.len(), 1);
    assert_eq!(case.instructions[0].about, "create on Application");
    assert!(case.instructions[0].text.contains("Press **New**"));
    assert_eq!(
        case.secrets.as_deref(),
        Some("Send the person to https://self-service.example.")
    );
    world.completes(case.case.id).await;
    world.unassigns("will").await;
    let case = world.case();
    assert_eq!(case.instructions[0].text, "Write to the vendor.");
    assert_eq!(case.secrets, None);
}
