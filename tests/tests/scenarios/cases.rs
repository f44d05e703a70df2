//! K: people work on cases.

use provisor::model::{EventKind, OperationState, Priority};
use provisor::store::CaseFilter;
use provisor::{HostError, Report};

use provisor_tests::world::{Fixture, Seen, person, will};

#[tokio::test]
async fn k6_a_cancelled_case_leaves_nothing_stuck_and_changes_no_view() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = fixture.open().await;
        world.requests(will()).await;
        world
            .closes(
                world.case().case.id,
                Report::Cancelled {
                    reason: "asked for by mistake".to_owned(),
                },
            )
            .await
            .expect("closed");
        assert_eq!(world.last().state, OperationState::Cancelled);
        assert!(world.last().finished);
        let account = world.account("will");
        assert!(!account.current_exists);
        assert!(!account.expected_exists);
        world.host.run().await.expect("a run");
        assert_eq!(world.cases(), []);
        world
            .host
            .release(world.last().id, &person("eva"))
            .await
            .expect("it can be asked for again");
        assert_eq!(world.cases().len(), 1);
    }
}

#[tokio::test]
async fn k7_of_two_who_complete_at_the_same_time_one_is_told_about_the_other() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    let done = || Report::Done {
        values: Default::default(),
        not_possible: Default::default(),
        note: None,
        at: None,
    };
    let (eva, jan) = (person("eva"), person("jan"));
    let (first, second) = tokio::join!(
        world.host.close_case(case, &eva, done()),
        world.host.close_case(case, &jan, done()),
    );
    let (winner, error) = match (first, second) {
        (Ok(_), Err(error)) => ("eva", error),
        (Err(error), Ok(_)) => ("jan", error),
        other => panic!("one of them must win: {other:?}"),
    };
    assert_eq!(error.code(), "case-closed");
    assert!(error.to_string().contains(winner), "{error}");
    assert_eq!(world.count("will", EventKind::Completed), 1);
}

#[tokio::test]
async fn only_operators_of_the_resource_work_on_its_cases() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    let before = world.everything();
    for error in [
        world
            .host
            .claim(case, &person("mallory"))
            .await
            .expect_err("not an operator"),
        world
            .host
            .close_case(
                case,
                &person("mallory"),
                Report::NotPossible {
                    reason: "no".into(),
                },
            )
            .await
            .expect_err("not an operator"),
    ] {
        assert_eq!(error.code(), "not-an-operator");
        assert!(error.to_string().contains("helpdesk"), "{error}");
    }
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn a_claimed_case_is_closed_by_who_has_it() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world
        .host
        .claim(case, &person("jan"))
        .await
        .expect("claimed");
    let error = world
        .closes(
            case,
            Report::NotPossible {
                reason: "no".into(),
            },
        )
        .await
        .expect_err("jan has it");
    assert_eq!(error.code(), "case-claimed");
    assert!(error.to_string().contains("jan"));
}

#[tokio::test]
async fn a_reason_is_needed_and_a_value_must_fit_the_schema() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    let before = world.everything();
    let done = |name: &str, values: &[&str]| Report::Done {
        values: [(
            name.to_owned(),
            values.iter().map(ToString::to_string).collect(),
        )]
        .into(),
        not_possible: Default::default(),
        note: None,
        at: None,
    };
    for (report, code) in [
        (
            Report::NotPossible { reason: " ".into() },
            "reason-required",
        ),
        (
            Report::Cancelled {
                reason: String::new(),
            },
            "reason-required",
        ),
        (done("enabled", &["perhaps"]), "invalid-value"),
        (done("full-name", &["one", "two"]), "invalid-value"),
        (done("no-such-attribute", &["x"]), "invalid-value"),
        (done("password", &["hush"]), "unknown"),
        (done("username", &[]), "unknown"),
    ] {
        let error = world.closes(case, report).await.expect_err(code);
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.to_string().contains("hush"));
    }
    assert_eq!(world.everything(), before);
}

#[tokio::test]
async fn a_reported_name_must_not_be_that_of_another_account() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    world
        .requests(provisor_tests::world::identity("bill"))
        .await;
    let cases = world.cases();
    let wills = cases
        .iter()
        .find(|case| case.work[0].identifier == "will")
        .expect("Will's case");
    let error = world
        .closes(
            wills.case.id,
            Report::Done {
                values: [("username".to_owned(), vec!["BILL".to_owned()])].into(),
                not_possible: Default::default(),
                note: None,
                at: None,
            },
        )
        .await
        .expect_err("it is taken");
    assert!(
        matches!(error, HostError::IdentifierTaken { .. }),
        "{error}"
    );
    assert_eq!(world.cases().len(), 2);
}

#[tokio::test]
async fn a_policy_may_hold_until_a_person_releases_and_obligations_are_heeded() {
    let world = Fixture::m()
        .policy(
            r#"
[[resource.app.policy.settings.rules]]
name = "look-first"
when = 'operation == "create"'
verdict = "hold"
reason = "somebody has to look"

[[resource.app.policy.settings.rules]]
name = "soon"
when = 'operation == "create"'
priority = "high"
due-in = 3600
require-note = true
"#,
        )
        .open()
        .await;
    world.requests(will()).await;
    let held = world.last();
    assert_eq!(held.state, OperationState::Waiting);
    assert!(
        held.held
            .as_deref()
            .is_some_and(|reason| reason.contains("somebody has to look"))
    );
    assert!(world.account("will").expected_exists, "a held one counts");
    assert_eq!(world.cases(), []);
    assert!(world.attention().contains("held"));
    world.host.run().await.expect("a run");
    assert_eq!(world.cases(), []);

    world
        .host
        .release(held.id, &person("eva"))
        .await
        .expect("released");
    let case = world.case().case;
    assert_eq!(case.priority, Priority::High);
    assert_eq!(
        case.due,
        Some(world.host.now().after(std::time::Duration::from_secs(3600)))
    );
    let plain = Report::Done {
        values: Default::default(),
        not_possible: Default::default(),
        note: None,
        at: None,
    };
    let error = world
        .closes(case.id, plain)
        .await
        .expect_err("a note is needed");
    assert_eq!(error.code(), "note-required");
    world
        .closes(
            case.id,
            Report::Done {
                values: Default::default(),
                not_possible: Default::default(),
                note: Some("made with the usual template".into()),
                at: None,
            },
        )
        .await
        .expect("closed");
    assert!(world.account("will").current_exists);
}

#[tokio::test]
async fn what_a_policy_denies_is_not_asked_for_again_by_itself() {
    let world = Fixture::m()
        .policy(
            r#"
[[resource.app.policy.settings.rules]]
name = "no-pirates"
when = '"pirates" in wanted.interests'
verdict = "deny"
reason = "no pirates"
"#,
        )
        .open()
        .await;
    world.requests(will()).await;
    assert_eq!(world.last().state, OperationState::Cancelled);
    assert!(!world.account("will").expected_exists);
    world.requests(will()).await;
    assert_eq!(world.operations().len(), 1);
    world.requests(will().with("interests", ["swords"])).await;
    assert_eq!(world.cases().len(), 0, "the account itself was denied");
    world
        .ask(
            will().with("interests", ["swords"]),
            provisor::Wanted::Account,
            true,
        )
        .await
        .expect("recorded");
    assert_eq!(world.cases().len(), 1);
    assert_eq!(world.account("will").expected("interests"), "swords");
}

#[tokio::test]
async fn a_policy_that_breaks_holds_for_a_person() {
    let world = Fixture::m()
        .policy(
            r#"
[[resource.app.policy.settings.rules]]
name = "broken"
when = 'int(identity["full-name"]) > 3'
verdict = "deny"
reason = "never reached"
"#,
        )
        .open()
        .await;
    world.requests(will()).await;
    let held = world.last();
    assert_eq!(held.state, OperationState::Waiting, "{held:#?}");
    assert!(held.held.is_some());
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn k1_a_group_and_a_person_see_the_case_and_who_has_claimed_it() {
    let world = Fixture::m()
        .with(
            "operators = [\"helpdesk\"]",
            "operators = [\"helpdesk\", \"petra\"]",
        )
        .open()
        .await;
    world.requests(will()).await;
    let seen_by = |name: &str| {
        let operators = world.host.names_at_work(&person(name)).expect("known");
        world
            .host
            .cases(&CaseFilter {
                operators: Some(operators),
                limit: 10,
                ..CaseFilter::default()
            })
            .expect("listed")
            .into_iter()
            .map(|view| view.case.claimed_by)
            .collect::<Vec<_>>()
    };
    for name in ["eva", "jan", "petra"] {
        assert_eq!(seen_by(name), [None], "{name}");
    }
    assert_eq!(seen_by("mallory"), []);
    let case = world.case().case.id;
    world.host.claim(case, &person("jan")).await.expect("his");
    for name in ["eva", "jan", "petra"] {
        assert_eq!(seen_by(name), [Some(person("jan"))], "{name}");
    }
    let late = world.host.claim(case, &person("petra")).await;
    assert_eq!(late.expect_err("jan has it").code(), "case-claimed");
}

#[tokio::test]
async fn k2_a_case_is_given_back_and_passed_on_and_the_history_shows_both() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    let (eva, jan) = (person("eva"), person("jan"));
    world.host.claim(case, &eva).await.expect("claimed");
    world.host.give_back(case, &eva).await.expect("given back");
    world.host.claim(case, &jan).await.expect("claimed");
    let passed = world
        .host
        .pass_on(case, &jan, &eva)
        .await
        .expect("passed on");
    assert_eq!(passed.claimed_by, Some(eva.clone()));
    let stranger = world.host.pass_on(case, &eva, &person("mallory")).await;
    assert_eq!(stranger.expect_err("no operator").code(), "not-an-operator");
    world
        .host
        .comment(case, &jan, "the form is in the blue folder")
        .await
        .expect("said");
    assert_eq!(world.count("will", EventKind::PassedOn), 2);
    assert_eq!(world.count("will", EventKind::Commented), 1);
}

#[tokio::test]
async fn k3_each_operation_of_a_case_gets_its_own_outcome() {
    let world = Fixture::m().open().await;
    world.requests(will()).await;
    world.completes(world.case().case.id).await;
    world.requests(will().with("full-name", ["Captain"])).await;
    world
        .requests(
            will()
                .with("full-name", ["Captain"])
                .with("status", ["gone"]),
        )
        .await;
    let case = world.case();
    assert_eq!(case.work.len(), 2);
    let (rename, disable) = (case.work[0].id, case.work[1].id);
    world
        .host
        .close_operation(disable, &person("eva"), Report::done())
        .await
        .expect("done");
    assert_eq!(world.case().case.id, case.case.id, "one is left");
    let no = Report::NotPossible {
        reason: "no such rank".into(),
    };
    world
        .host
        .close_operation(rename, &person("eva"), no)
        .await
        .expect("not possible");
    assert_eq!(world.cases(), []);
    assert_eq!(world.operation(disable).state, OperationState::Done);
    assert_eq!(world.operation(rename).state, OperationState::Failed);
    let account = world.account("will");
    assert_eq!(account.current("enabled"), "false");
    assert_eq!(account.current("full-name"), "Will Turner");
}

#[tokio::test]
async fn an_attribute_may_be_impossible_while_the_rest_is_done() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = fixture.open().await;
        world.requests(will()).await;
        let report = Report::Done {
            values: Default::default(),
            not_possible: [("interests".to_owned(), "there is no such field".to_owned())].into(),
            note: None,
            at: None,
        };
        world
            .closes(world.case().case.id, report)
            .await
            .expect("closed");
        let account = world.account("will");
        assert!(account.expected_exists);
        assert_eq!(account.expected("interests"), "(none)");
        assert_eq!(account.withheld.len(), 1);
        assert_eq!(world.cases(), [], "it is not asked for again");
    }
}

#[tokio::test]
async fn k5_a_case_closed_by_mistake_is_opened_again_before_an_export_decides() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = fixture.open().await;
        world.requests(will()).await;
        let case = world.case().case.id;
        world
            .completes_with(case, &[("username", &["wturner"]), ("full-name", &["W."])])
            .await;
        world
            .host
            .reopen_case(case, &person("eva"), "that was another one")
            .await
            .expect("open again");
        assert_eq!(world.case().case.id, case);
        assert_eq!(world.last().state, OperationState::Open);
        let account = world.account("will");
        assert!(!account.current_exists);
        assert_eq!(account.desired("full-name"), "Will Turner");
        world.completes(case).await;
        assert_eq!(world.account("will").expected("full-name"), "Will Turner");
    }
}

#[tokio::test]
async fn k5_what_an_export_has_decided_is_not_opened_again() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.completes(case).await;
    world.minutes(1);
    world.export(provisor_tests::world::WILL);
    world.reads().await;
    let error = world
        .host
        .reopen_case(case, &person("eva"), "by mistake")
        .await
        .expect_err("it is verified");
    assert_eq!(error.code(), "operation-state");
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn k5_a_case_of_which_nothing_is_wanted_any_more_does_not_stay_open() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = fixture.open().await;
        world.requests(will()).await;
        let case = world.case().case.id;
        world.cannot(case, "no licence left").await;
        world.unassigns("will").await;
        let reopened = world
            .host
            .reopen_case(case, &person("eva"), "there is one")
            .await
            .expect("it can be opened");
        assert_eq!(reopened.state, provisor::model::CaseState::Closed);
        assert_eq!(world.cases(), []);
        assert!(world.last().withdrawn);
    }
}
