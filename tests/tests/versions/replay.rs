//! What another version would have said, without anything being changed.

use provisor::replay::ReplayOptions;
use provisor::{Request, Wanted};
use provisor_builtin::hostile::{NAMES, READER, RULES};
use provisor_tests::world::{CANARY, World, person};

use crate::office::{
    MAPPING, PEOPLE, POLICY, departures, everybody, office, replay, somebody, try_replay,
};

fn database(world: &World) -> rusqlite::Connection {
    let path = world.folder.path().join("data/provisor.db");
    rusqlite::Connection::open(path).expect("it opens")
}

fn times(what: &str, count: u64) -> (String, u64) {
    (what.to_owned(), count)
}

#[tokio::test]
async fn the_version_that_is_active_says_the_same_of_everybody() {
    let world = office(&[MAPPING]).await;
    everybody(&world).await;
    let replay = replay(&world, NAMES[0]).await;
    assert_eq!(replay.inputs, PEOPLE.len() as u64);
    assert_eq!(replay.comparison.compared, replay.inputs);
    assert!(replay.comparison.is_same(), "{replay:#?}");
    assert_eq!(replay.active, replay.candidate);
}

#[tokio::test]
async fn who_would_be_called_otherwise_stands_first() {
    let world = office(&[MAPPING]).await;
    everybody(&world).await;
    let replay = replay(&world, NAMES[1]).await;
    assert_eq!(departures(&replay), [times("renamed", 3)]);
    let renamed = &replay.comparison.departures[0].examples[0];
    assert_eq!(renamed.subject, "E3");
    assert_eq!(renamed.before.to_string(), "eswannin");
    assert_eq!(renamed.after.to_string(), "eswanning");
    assert_eq!(replay.comparison.same, 3);
    assert_eq!(replay.candidate.version, "2.0.0");
}

#[tokio::test]
async fn a_replay_changes_nothing_and_tells_no_secret() {
    let world = office(&[MAPPING]).await;
    everybody(&world).await;
    let before = world.everything();
    let replay = replay(&world, NAMES[1]).await;
    assert_eq!(world.everything(), before);
    assert!(!format!("{replay:?}").contains(CANARY));
    world.assert_no_secret();
}

#[tokio::test]
async fn values_that_a_policy_keeps_from_view_are_not_shown() {
    let policy = r#"
        [resource.app.policy]
        component = "cel-policy"
        [[resource.app.policy.settings.rules]]
        name = "discreet"
        when = '"Barbossa, Hector" in wanted["full-name"]'
        redact = ["login"]
    "#;
    let world = office(&[MAPPING, policy]).await;
    everybody(&world).await;
    let replay = replay(&world, NAMES[1]).await;
    let shown: Vec<String> = replay.comparison.departures[0]
        .examples
        .iter()
        .map(|example| format!("{}: {}", example.subject, example.after))
        .collect();
    assert_eq!(
        shown,
        ["E3: eswanning", "E4: (kept from view)", "E6: jnorringt"]
    );
}

#[tokio::test]
async fn one_who_breaks_the_candidate_does_not_hide_the_others() {
    let world = office(&[MAPPING]).await;
    everybody(&world).await;
    world
        .requests(somebody("E7", "Davy", "Jones").with("mishap", ["trap"]))
        .await;
    world
        .requests(somebody("E8", "Bill", "Turner").with("mishap", ["refuse"]))
        .await;
    let replay = replay(&world, NAMES[1]).await;
    assert_eq!(
        departures(&replay),
        [
            times("failed", 1),
            times("renamed", 3),
            times("no usable account any more", 1),
        ]
    );
    let failed = &replay.comparison.departures[0].examples[0];
    assert_eq!(failed.subject, "E7");
    assert!(failed.after.to_string().contains("a mishap"), "{failed:?}");
    assert!(!replay.gave_up);
}

#[tokio::test]
async fn a_candidate_that_breaks_over_everybody_is_given_up() {
    let world = office(&[MAPPING]).await;
    for number in 0..30 {
        let id = format!("E{number}");
        let family = format!("Jones{}", char::from(b'a' + number));
        let name = char::from(b'a' + number % 26).to_string();
        let one = somebody(&id, &name, &family).with("mishap", ["trap"]);
        world.requests(one).await;
    }
    let replay = replay(&world, NAMES[1]).await;
    assert_eq!(replay.inputs, 30);
    assert!(replay.gave_up);
    assert_eq!(replay.comparison.failed, 10);
    assert_eq!(replay.comparison.compared, 10);
}

#[tokio::test]
async fn who_is_wanted_no_more_is_not_compared() {
    let world = office(&[MAPPING]).await;
    everybody(&world).await;
    world.unassigns("E3").await;
    let replay = replay(&world, NAMES[1]).await;
    assert_eq!(departures(&replay), [times("renamed", 2)]);
    assert_eq!(replay.inputs, PEOPLE.len() as u64 - 1);
}

#[tokio::test]
async fn a_limit_is_kept() {
    let world = office(&[MAPPING]).await;
    everybody(&world).await;
    let options = ReplayOptions {
        limit: 4,
        examples: 1,
    };
    let replay = try_replay(&world, NAMES[1], &options)
        .await
        .expect("replayed");
    assert_eq!(replay.comparison.compared, 4);
    assert_eq!(departures(&replay), [times("renamed", 2)]);
    assert_eq!(replay.comparison.departures[0].examples.len(), 1);
}

#[tokio::test]
async fn settings_that_do_not_fit_the_candidate_are_named_with_their_place() {
    let world = office(&[MAPPING]).await;
    let error = try_replay(&world, NAMES[2], &ReplayOptions::default())
        .await
        .expect_err("it wants a separator");
    assert_eq!(error.code(), "configuration");
    let message = error.to_string();
    assert!(
        message.contains("resource.app.mapping.settings"),
        "{message}"
    );
    assert!(message.contains("separator"), "{message}");
}

#[tokio::test]
async fn a_reader_is_not_asked_beside_another() {
    let world = office(&[MAPPING]).await;
    let error = try_replay(&world, READER, &ReplayOptions::default())
        .await
        .expect_err("it is a reader");
    assert_eq!(error.code(), "not-comparable");
}

#[tokio::test]
async fn without_a_policy_there_is_nothing_to_compare_one_with() {
    let world = office(&[MAPPING]).await;
    let error = try_replay(&world, RULES[0], &ReplayOptions::default())
        .await
        .expect_err("there is no policy");
    assert_eq!(error.code(), "unknown");
}

#[tokio::test]
async fn a_policy_is_asked_about_what_it_was_shown() {
    let world = office(&[MAPPING, POLICY]).await;
    for (id, kind) in [
        ("E1", "vip"),
        ("E2", "intern"),
        ("E3", "trap"),
        ("E4", "clerk"),
    ] {
        let one = somebody(id, id, "Jones").with("kind", [kind]);
        world.requests(one).await;
    }
    let same = replay(&world, RULES[0]).await;
    assert_eq!(same.inputs, 4);
    assert!(same.comparison.is_same(), "{same:#?}");
    let before = world.everything();
    let other = replay(&world, RULES[1]).await;
    assert_eq!(
        departures(&other),
        [
            times("failed", 1),
            times("allow becomes deny", 1),
            times("hold becomes allow", 1),
            times("priority", 3),
        ]
    );
    assert_eq!(world.everything(), before);
    let denied = &other.comparison.departures[1].examples[0];
    assert_eq!(denied.subject, "E2");
    assert!(denied.after.to_string().contains("interns get no account"));
}

#[tokio::test]
async fn counters_are_those_of_then() {
    let world = office(&[MAPPING, POLICY]).await;
    world.requests(somebody("E1", "Ann", "Lee")).await;
    world.completes(world.case().case.id).await;
    for family in ["Ley", "Leigh"] {
        world.minutes(10);
        let renamed = somebody("E1", "Ann", "Lee").with("personnel-number", [family]);
        world.requests(renamed).await;
        if let Some(case) = world.cases().first() {
            world.completes(case.case.id).await;
        }
    }
    // A week later nobody would count those changes any more.
    world.minutes(7 * 24 * 60);
    let replay = replay(&world, RULES[0]).await;
    assert_eq!(replay.inputs, 3);
    assert!(replay.comparison.is_same());
    assert_eq!(replay.decided_otherwise, 0, "{replay:#?}");
}

#[tokio::test]
async fn what_a_policy_was_shown_of_somebody_is_forgotten_with_him() {
    let world = office(&[MAPPING, POLICY]).await;
    for (id, given, family) in [("E1", "Ann", "Lee"), ("E2", "Will", "Turner")] {
        world.requests(somebody(id, given, family)).await;
    }
    world.unassigns("E1").await;
    let recorded = replay(&world, RULES[0]).await.inputs;
    let id = "E1".parse().expect("an id");
    world
        .host
        .erase_identity(&id, &person("eva"), "asked for it")
        .await
        .expect("it is erased");
    let left = replay(&world, RULES[0]).await;
    assert!(left.inputs < recorded, "{} of {recorded}", left.inputs);
    let database =
        rusqlite::Connection::open(world.folder.path().join("data/provisor.db")).expect("it opens");
    let naming_her: u64 = database
        .query_row(
            "SELECT count(*) FROM recorded_proposal WHERE body LIKE '%Lee%'",
            [],
            |row| row.get(0),
        )
        .expect("counted");
    assert_eq!(naming_her, 0);
}

#[tokio::test]
async fn as_many_proposals_are_recorded_as_the_configuration_says() {
    for (kept, expected) in [(2, 2), (0, 0)] {
        let rules = format!("\n[components]\nrecorded-inputs = {kept}\n");
        let world = office(&[MAPPING, POLICY, &rules]).await;
        everybody(&world).await;
        assert_eq!(replay(&world, RULES[1]).await.inputs, expected);
    }
}

#[tokio::test]
async fn what_a_policy_was_shown_is_kept_no_longer_than_finished_operations() {
    let retention = "\n[retention]\nfinished-operations = \"1d\"\n";
    let world = office(&[MAPPING, POLICY, retention]).await;
    world.requests(somebody("E1", "Ann", "Lee")).await;
    world.completes(world.case().case.id).await;
    assert_eq!(replay(&world, RULES[0]).await.inputs, 1);
    world.minutes(25 * 60);
    world.requests(somebody("E2", "Will", "Turner")).await;
    assert_eq!(replay(&world, RULES[0]).await.inputs, 2);
    world.host.run_without_exports().await.expect("it runs");
    assert_eq!(replay(&world, RULES[0]).await.inputs, 1);
}

/// What is no secret on one resource may be one on another.
#[tokio::test]
async fn what_is_secret_on_the_resource_is_not_recorded_even_if_it_is_known_elsewhere() {
    let open = "
        [resource.open]
        identifier = \"login\"
        operators = [\"helpdesk\"]
        [resource.open.attributes]
        login = { required = true }
        [resource.open.mapping]
        component = \"cel-mapping\"
        [resource.open.mapping.settings.attributes]
        login = 'identity.given'
    ";
    let world = office(&[MAPPING, POLICY, open]).await;
    // Both are recorded before any policy is asked, and what was said last is what is known.
    let requests = ["app", "open"].map(|resource| Request {
        resource: resource.parse().expect("a name"),
        identity: somebody("E1", "Ann", "Lee").with("number", ["4242"]),
        wanted: Wanted::Account,
        requester: person("iam"),
        anew: false,
        after: None,
    });
    let receipts = world.host.request_all(requests.into()).await;
    assert!(receipts.expect("recorded").iter().all(Result::is_ok));
    let known: String = database(&world)
        .query_row("SELECT attributes FROM identity", [], |row| row.get(0))
        .expect("there is one");
    assert!(known.contains(CANARY), "it is no secret on the other one");
    let holding = |what: &str| -> u64 {
        let sql = "SELECT count(*) FROM recorded_proposal WHERE instr(body, ?1) > 0";
        database(&world)
            .query_row(sql, [what], |row| row.get(0))
            .expect("counted")
    };
    assert!(holding("4242") > 0, "what is no secret is recorded");
    assert_eq!(holding(CANARY), 0);
}

#[tokio::test]
async fn what_is_recorded_holds_no_secret() {
    let world = office(&[MAPPING, POLICY]).await;
    everybody(&world).await;
    assert_eq!(replay(&world, RULES[0]).await.inputs, PEOPLE.len() as u64);
    world.assert_no_secret();
}
