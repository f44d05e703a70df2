//! A version that answers a part of what the active one is asked.

use provisor::canary::{CanaryRequest, STOP_AFTER};
use provisor::model::{Canary, EventKind};
use provisor::store::HistoryFilter;
use provisor::{HostError, Request, Wanted};
use provisor_builtin::hostile::{NAMES, RULES};
use provisor_tests::world::{World, open, person};

use crate::office::{everybody, office, somebody};
use crate::trial::{
    MAPPING, OTHER, activate, begin, departures, identifier, named, on, on_other, report, share,
    stop, times, told, try_begin, upload, with_names, with_rules, with_versions,
};

#[tokio::test]
async fn what_a_bad_version_changes_is_seen_and_stopping_it_takes_it_back() {
    let (world, bad) = with_names(&[MAPPING]).await;
    everybody(&world).await;
    begin(&world, "names", bad, share(100)).await;
    everybody(&world).await;
    let seen = report(&world, "names");
    assert_eq!(departures(&seen), [times("renamed", 3)]);
    assert_eq!(seen.canary.comparison.compared, 6);
    let renamed = &seen.findings[0];
    assert_eq!(renamed.finding.subject, "E6");
    assert_eq!(
        renamed.finding.differences[0].after.to_string(),
        "jnorringt"
    );
    // The candidate's answers count, and the history says whose they are.
    let elizabeth = || world.requests(somebody("E3", "Elizabeth", "Swannington"));
    let receipt = elizabeth().await;
    let filter = HistoryFilter {
        account: receipt.account,
        limit: 100,
        ..HistoryFilter::default()
    };
    let history = world.host.history(&filter).expect("listed");
    let mut by = history.iter().filter_map(|entry| entry.event.component);
    assert_eq!(by.next_back(), Some(bad));
    assert_eq!(identifier(receipt), "eswanning");

    stop(&world, "names").await;
    assert_eq!(identifier(elizabeth().await), "eswannin");
    assert_eq!(report(&world, "names").canary.comparison.compared, 7);
    assert_eq!(
        told(&world),
        [
            (EventKind::CanaryBegun, "petra".to_owned()),
            (EventKind::CanaryEnded, "petra".to_owned()),
        ]
    );
    assert!(world.host.verify_audit(&[]).is_ok());
}

#[tokio::test]
async fn a_share_is_always_of_the_same_identities() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(50)).await;
    let mut tried = 0;
    for number in 0..20 {
        let id = format!("E{number}");
        let given = char::from(b'a' + number).to_string();
        let once = identifier(world.requests(somebody(&id, &given, "Norrington")).await);
        let again = identifier(world.requests(somebody(&id, &given, "Norrington")).await);
        assert_eq!(once, again);
        tried += u64::from(once.ends_with("norringt"));
    }
    let compared = report(&world, "names").canary.comparison.compared;
    assert_eq!(compared, 2 * tried);
    assert!((3..=17).contains(&tried), "{tried}");
}

#[tokio::test]
async fn a_canary_of_one_resource_leaves_the_others_alone() {
    let (world, bad) = with_names(&[MAPPING, OTHER]).await;
    begin(&world, "names", bad, on("other")).await;
    let app = world.requests(somebody("E1", "James", "Norrington")).await;
    assert_eq!(identifier(app), "jnorring");
    let other = on_other(&world, "E1", "James", "Norrington").await;
    assert_eq!(identifier(other), "jnorringt");
    assert_eq!(told(&world), [], "nothing happened on app");
}

#[tokio::test]
async fn where_the_candidate_breaks_down_the_active_version_answers() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(100)).await;
    let broken = somebody("E1", "James", "Norrington").with("mishap", ["trap"]);
    assert_eq!(identifier(world.requests(broken).await), "jnorring");
    let seen = report(&world, "names");
    assert_eq!(departures(&seen), [times("failed", 1)]);
    assert!(seen.canary.stands());
    let why = seen.findings[0].finding.differences[0].after.to_string();
    assert!(why.contains("trapped") && why.contains("a mishap"), "{why}");
    // Somebody else's turn is not spoilt by that.
    let fine = somebody("E2", "Hector", "Barbossa");
    assert_eq!(identifier(world.requests(fine).await), "hbarbossa");
}

#[tokio::test]
async fn a_candidate_that_says_that_there_is_no_account_is_believed() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(100)).await;
    let refused = somebody("E1", "James", "Norrington").with("mishap", ["refuse"]);
    let error = world
        .ask(refused, Wanted::Account, false)
        .await
        .expect_err("there is no usable account");
    assert_eq!(error.code(), "mapping");
    let seen = report(&world, "names");
    assert_eq!(departures(&seen), [times("no usable account any more", 1)]);
}

#[tokio::test]
async fn a_candidate_that_never_ends_is_stopped_by_its_limits_and_then_by_itself() {
    let limits = "
        [resource.app.mapping.limits]
        cpu-time = \"200ms\"
        wall-time = \"10s\"
        [notify.log]
        kind = \"log\"
        file = \"told.jsonl\"
    ";
    let (world, bad) = with_names(&[MAPPING, limits]).await;
    begin(&world, "names", bad, share(100)).await;
    for (number, given) in ["Ann", "Bea", "Cleo", "Dora"].into_iter().enumerate() {
        let id = format!("E{number}");
        let looping = somebody(&id, given, "Lee").with("mishap", ["loop"]);
        world.requests(looping).await;
    }
    let ended = report(&world, "names");
    assert!(!ended.canary.stands());
    world.host.run_without_exports().await.expect("it runs");
    let told_outside = world.folder.path().join("told.jsonl");
    let told_outside = std::fs::read_to_string(told_outside).expect("somebody was told");
    assert_eq!(
        told_outside.matches("\"canary-stopped\"").count(),
        1,
        "{told_outside}"
    );
    let attention = world.attention();
    assert!(
        attention.contains("is not tried any more, for it failed 3 times"),
        "{attention}"
    );
    assert_eq!(ended.canary.comparison.failed, u64::from(STOP_AFTER));
    let end = ended.canary.ended.expect("it ended");
    assert_eq!((end.by, end.why.as_str()), (None, "it failed 3 times"));
    assert_eq!(
        told(&world),
        [
            (EventKind::CanaryBegun, "petra".to_owned()),
            (EventKind::CanaryEnded, "engine".to_owned()),
        ]
    );
}

#[tokio::test]
async fn many_at_once_do_not_fail_more_often_than_it_takes_to_stop() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(100)).await;
    let requests = (0..20_u8)
        .map(|number| Request {
            resource: "app".parse().expect("a name"),
            identity: somebody(
                &format!("E{number}"),
                &char::from(b'a' + number).to_string(),
                "Lee",
            )
            .with("mishap", ["trap"]),
            wanted: Wanted::Account,
            requester: person("iam"),
            anew: false,
            after: None,
        })
        .collect();
    let results = world.host.request_all(requests).await.expect("recorded");
    assert!(results.iter().all(Result::is_ok));
    let ended = report(&world, "names").canary;
    assert_eq!(ended.comparison.failed, u64::from(STOP_AFTER));
    assert!(!ended.stands());
}

#[tokio::test]
async fn the_candidate_of_a_policy_decides_and_where_it_cannot_the_active_one_does() {
    let (world, other) = with_rules().await;
    begin(&world, "rules", other, share(100)).await;
    for (id, kind) in [("E1", "vip"), ("E2", "intern"), ("E3", "trap")] {
        let one = somebody(id, id, "Lee").with("kind", [kind]);
        world.requests(one).await;
    }
    let [vip, intern, trap] = [0, 1, 2].map(|index| {
        let mut operations = world.operations();
        operations.sort_by_key(|operation| operation.id);
        operations.remove(index)
    });
    assert!(vip.held.is_none(), "{vip:?}");
    assert_eq!(intern.state.as_str(), "cancelled");
    assert_eq!(trap.state.as_str(), "open");
    let seen = report(&world, "rules");
    assert_eq!(
        departures(&seen),
        [
            times("failed", 1),
            times("allow becomes deny", 1),
            times("hold becomes allow", 1),
            times("priority", 2),
        ]
    );
}

#[tokio::test]
async fn activating_the_candidate_ends_its_canary() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(10)).await;
    assert!(
        world
            .attention()
            .contains("is tried on 10% of the identities")
    );
    activate(&world, &bad).await;
    assert_eq!(world.attention(), "");
    let ended = report(&world, "names").canary.ended.expect("it ended");
    assert_eq!(ended.by, Some(person("petra")));
    assert!(ended.why.contains("activated"), "{ended:?}");
    let all = world.requests(somebody("E1", "James", "Norrington")).await;
    assert_eq!(identifier(all), "jnorringt");
}

#[tokio::test]
async fn going_back_while_a_canary_stands_only_ends_the_canary() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(100)).await;
    let back = world
        .host
        .roll_back_component("names", &person("petra"), "everybody is renamed")
        .await
        .expect("it goes back");
    assert_ne!(back.upload.digest, bad);
    assert!(!report(&world, "names").canary.stands());
    let one = world.requests(somebody("E1", "James", "Norrington")).await;
    assert_eq!(identifier(one), "jnorring");
}

#[tokio::test]
async fn another_process_keeps_to_a_canary_at_once() {
    let (world, bad) = with_names(&[MAPPING]).await;
    let second = World {
        host: open(world.folder.path(), &world.clock)
            .await
            .expect("it opens"),
        clock: world.clock.clone(),
        folder: tempfile::tempdir().expect("a folder"),
    };
    begin(&world, "names", bad, share(100)).await;
    let tried = second.requests(somebody("E1", "James", "Norrington")).await;
    assert_eq!(identifier(tried), "jnorringt");
    stop(&second, "names").await;
    let active = world.requests(somebody("E2", "Hector", "Barbossa")).await;
    assert_eq!(identifier(active), "hbarboss");
    assert_eq!(report(&world, "names").canary.comparison.compared, 1);
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused_and_nothing_begins() {
    let (world, digests) = with_versions(&[MAPPING, OTHER], &NAMES).await;
    let rules = upload(&world, RULES[0]).await;
    let code = |result: Result<Canary, HostError>| match result {
        Ok(canary) => panic!("it began: {canary:?}"),
        Err(error) => error.code(),
    };
    let refused = [
        (digests[0], share(10), "candidate-is-active"),
        (digests[1], on("nowhere"), "component-unused"),
        (digests[2], share(10), "component-does-not-fit"),
        (rules, share(10), "unknown"),
    ];
    for (candidate, scope, expected) in refused {
        let begun = try_begin(&world, "names", candidate, scope).await;
        assert_eq!(code(begun), expected);
    }
    let unused = try_begin(&world, "rules", rules, share(10)).await;
    assert_eq!(code(unused), "component-unused");
    let none = world.host.canary(&named("names"), 1);
    assert_eq!(none.expect_err("none began").code(), "no-canary");
    begin(&world, "names", digests[1], share(10)).await;
    let second = try_begin(&world, "names", digests[1], share(20)).await;
    assert_eq!(code(second), "canary-stands");
}

#[tokio::test]
async fn where_four_eyes_are_needed_nobody_tries_what_he_uploaded() {
    let rules = "
        [components]
        four-eyes = true
        activators = [\"ann\", \"petra\", \"jan\"]
    ";
    let world = office(&[MAPPING, rules]).await;
    let first = upload(&world, NAMES[0]).await;
    let second = upload(&world, NAMES[1]).await;
    activate(&world, &first).await;
    let approved = world
        .host
        .approve_component("names", &person("jan"))
        .await
        .expect("it is approved");
    assert_eq!(approved.upload.digest, first);
    for (by, expected) in [
        ("ann", Some("component-four-eyes")),
        ("eva", Some("not-allowed")),
        ("petra", None),
    ] {
        let request = CanaryRequest {
            component: named("names"),
            candidate: second.short(),
            scope: share(10),
            by: person(by),
            reason: String::new(),
            stop_after: STOP_AFTER,
        };
        let begun = world.host.begin_canary(request).await;
        assert_eq!(begun.err().map(|error| error.code()), expected, "{by}");
    }
}

#[tokio::test]
async fn a_version_that_is_retired_is_not_tried_any_more() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(10)).await;
    world
        .host
        .retire_component(&bad.to_string(), &person("petra"), "it renames people")
        .await
        .expect("it is retired");
    let ended = report(&world, "names").canary.ended.expect("it ended");
    assert!(ended.why.contains("retired"), "{ended:?}");
    let again = try_begin(&world, "names", bad, share(10)).await;
    assert_eq!(
        again.expect_err("it is retired").code(),
        "component-not-ready"
    );
}

#[tokio::test]
async fn what_was_found_about_somebody_is_forgotten_with_him() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(100)).await;
    for (id, given, family) in [("E1", "James", "Norrington"), ("E2", "Hector", "Barbossa")] {
        world.requests(somebody(id, given, family)).await;
    }
    world.unassigns("E1").await;
    let id = "E1".parse().expect("an id");
    world
        .host
        .erase_identity(&id, &person("eva"), "asked for it")
        .await
        .expect("it is erased");
    let seen = report(&world, "names");
    let about: Vec<_> = seen
        .findings
        .iter()
        .map(|found| found.finding.subject.as_str())
        .collect();
    assert_eq!(about, ["E2"]);
    assert_eq!(seen.canary.comparison.compared, 2, "that it happened stays");
}

#[tokio::test]
async fn nothing_that_is_kept_of_a_canary_holds_a_secret() {
    let (world, bad) = with_names(&[MAPPING]).await;
    begin(&world, "names", bad, share(100)).await;
    everybody(&world).await;
    assert!(!report(&world, "names").findings.is_empty());
    world.assert_no_secret();
}
