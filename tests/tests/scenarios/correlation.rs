//! Rows that are called otherwise are recognised by rules, or shown to a person.

use provisor::model::{EventKind, OperationState};

use provisor_tests::world::{Fixture, Seen, WILL, identity, person, state, will};

const TURNER: &str = "w.turner,WILL TURNER,,pirates;swords,false,\n";
const SECOND: &str = "wturner2,Will  Turner,,,false,\n";

/// Full names are compared without case, spaces and accents.
fn by_name(confidence: &str) -> Fixture {
    Fixture::s().rule(&format!(
        "correlation = [{{ attributes = [\"full-name\"], normalise = \"fold\", confidence = \"{confidence}\" }}]"
    ))
}

#[tokio::test]
async fn one_row_of_high_confidence_is_adopted_and_keeps_its_name() {
    let world = by_name("high").open().await;
    world.shows(TURNER).await;
    let receipt = world.requests(will()).await;
    assert!(receipt.adopted);
    let account = world.account("w.turner");
    assert_eq!(account.desired("username"), "w.turner");
    let case = world.case();
    let changes: Vec<_> = case.work[0]
        .changes
        .iter()
        .map(|change| change.attribute.to_string())
        .collect();
    assert_eq!(changes, ["full-name"], "only what differs");
    assert_eq!(world.count("w.turner", EventKind::Adopted), 1);
    let before = world.views();
    world.requests(will()).await;
    assert_eq!(world.views(), before);
}

#[tokio::test]
async fn several_rows_or_little_confidence_are_for_a_person() {
    for (confidence, rows) in [
        ("high", format!("{TURNER}{SECOND}")),
        ("low", TURNER.to_owned()),
    ] {
        let world = by_name(confidence).open().await;
        world.shows(&rows).await;
        world.requests(will()).await;
        assert_eq!(world.cases(), []);
        let waiting = world.last();
        let hold = waiting.held.expect("held");
        assert!(hold.contains("w.turner by full-name (fold)"), "{}", hold);
        // It is held whatever else is wanted meanwhile.
        world.requests(will().with("interests", ["maps"])).await;
        assert_eq!(world.cases(), []);

        world
            .host
            .link_account(
                "app",
                "w.turner",
                &"will".parse().expect("an id"),
                &person("petra"),
                "HR says so",
            )
            .await
            .expect("linked");
        assert_eq!(
            world.case().title,
            "modify the account w.turner on Application"
        );
    }
}

#[tokio::test]
async fn none_of_them_is_it_and_the_account_is_made() {
    let world = by_name("low").open().await;
    world.shows(TURNER).await;
    world.requests(will()).await;
    let held = world.last().id;
    world
        .host
        .release(held, &person("petra"))
        .await
        .expect("released");
    assert_eq!(world.case().title, "create the account will on Application");
    world.shows(TURNER).await;
    world.requests(will()).await;
    assert_eq!(world.last().held, None);
    world.completes(world.case().case.id).await;
    world.shows(&format!("{TURNER}{WILL}")).await;
    assert_eq!(state(&world.last()), ("create", OperationState::Verified));
}

#[tokio::test]
async fn what_was_made_under_another_name_is_found_in_the_next_export() {
    // Nobody has said that it is done; then somebody has.
    for done in [false, true] {
        let world = by_name("high").open().await;
        world.requests(will()).await;
        if done {
            world.completes(world.case().case.id).await;
            world.minutes(30);
        }
        world
            .shows("w.turner,Will Turner,,pirates;swords,false,\n")
            .await;
        let account = world.account("w.turner");
        assert!(account.current_exists);
        assert_eq!(world.cases(), []);
        assert_eq!(account.drift, []);
        let expected = match done {
            true => OperationState::Verified,
            false => OperationState::Cancelled,
        };
        assert_eq!(state(&world.last()), ("create", expected));
    }
}

#[tokio::test]
async fn what_an_operator_has_in_hand_is_not_taken_away() {
    let world = by_name("high").open().await;
    world.requests(will()).await;
    let case = world.case().case.id;
    world.host.claim(case, &person("eva")).await.expect("hers");
    world.shows(TURNER).await;
    assert_eq!(world.case().case.id, case);
    assert_eq!(world.case().work[0].state, OperationState::Open);
}

#[tokio::test]
async fn a_rule_does_not_undo_what_a_person_said() {
    let world = by_name("high").open().await;
    world.shows(TURNER).await;
    world.requests(will()).await;
    world
        .host
        .unlink_account("app", "w.turner", &person("petra"), "his father")
        .await
        .expect("undone");
    assert_eq!(world.case().title, "create the account will on Application");
    world.shows(TURNER).await;
    assert_eq!(world.case().title, "create the account will on Application");
}

#[tokio::test]
async fn rows_that_change_or_go_are_found_by_what_they_are_now() {
    let world = by_name("high").open().await;
    world.shows(TURNER).await;
    world.shows("w.turner,Somebody Else,,,false,\n").await;
    assert!(!world.requests(will()).await.adopted);
    world.shows("").await;
    world.shows("w.swann,Elizabeth Swann,,,false,\n").await;
    let elizabeth = identity("elizabeth").with("full-name", ["elizabeth swann"]);
    assert!(world.requests(elizabeth).await.adopted);
}

#[tokio::test]
async fn rules_that_are_new_find_what_was_there_before() {
    let mut world = Fixture::s().open().await;
    world.shows(TURNER).await;
    std::fs::write(
        world.folder.path().join("provisor.toml"),
        by_name("high").text(),
    )
    .expect("written");
    world.restart().await;
    assert!(world.requests(will()).await.adopted);
}
