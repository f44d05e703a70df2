//! U: an account changes.

use provisor::Wanted;
use provisor::model::{EventKind, OperationState, Verdict};

use provisor_tests::world::{Fixture, Seen, WILL, World, identity, state, verdict, will};

/// Will's account exists, by a finished operation or because the export shows it.
async fn existing(fixture: Fixture) -> World {
    let world = fixture.open().await;
    if world.host.resource_view("app").expect("known").verifies {
        world.export(WILL);
        world.reads().await;
        world.requests(will()).await;
    } else {
        world.requests(will()).await;
        world.completes(world.case().case.id).await;
    }
    assert!(world.account("will").current_exists);
    assert_eq!(world.cases(), []);
    world.minutes(60);
    world
}

fn captain() -> provisor::Identity {
    will().with("full-name", ["Captain Turner"])
}

/// The full name is to change.
async fn u1(fixture: Fixture) -> World {
    let world = existing(fixture).await;
    world.requests(captain()).await;
    world
}

#[tokio::test]
async fn u1_a_change_opens_a_case_and_the_current_view_stays() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = u1(fixture).await;
        assert_eq!(state(&world.last()), ("modify", OperationState::Open));
        let account = world.account("will");
        assert_eq!(account.current("full-name"), "Will Turner");
        assert_eq!(account.expected("full-name"), "Captain Turner");
        assert_eq!(account.desired("full-name"), "Captain Turner");
    }
}

#[tokio::test]
async fn u3_where_people_are_believed_completion_changes_the_current_view() {
    let world = u1(Fixture::m()).await;
    world.completes(world.case().case.id).await;
    assert_eq!(world.account("will").current("full-name"), "Captain Turner");
}

/// The change was reported as done, and one minute later the export shows the old value.
async fn u4() -> World {
    let world = u1(Fixture::s()).await;
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.reads().await;
    world
}

#[tokio::test]
async fn u4_where_exports_are_read_the_old_value_stays_current_until_one_shows_the_new() {
    let world = u4().await;
    let account = world.account("will");
    assert_eq!(account.current("full-name"), "Will Turner");
    assert_eq!(account.expected("full-name"), "Captain Turner");
    let operation = world.last();
    assert_eq!(operation.state, OperationState::Done);
    assert_eq!(verdict(&operation, "full-name"), Verdict::NotYet);
}

#[tokio::test]
async fn u5_an_export_with_the_new_value_verifies_it() {
    let world = u4().await;
    world.minutes(1);
    world.export("will,Captain Turner,,pirates;swords,false,\n");
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert_eq!(world.account("will").current("full-name"), "Captain Turner");
    assert_eq!(world.account("will").drift, []);
}

#[tokio::test]
async fn u6_what_cannot_be_done_changes_no_view_and_is_not_asked_for_again() {
    for fixture in [Fixture::m(), Fixture::s()] {
        let world = u1(fixture).await;
        world
            .cannot(world.case().case.id, "the title is not in use here")
            .await;
        let operation = world.last();
        assert_eq!(operation.state, OperationState::Failed);
        assert!(operation.finished);
        let account = world.account("will");
        assert_eq!(account.current("full-name"), "Will Turner");
        assert_eq!(account.expected("full-name"), "Will Turner");
        assert_eq!(account.withheld.len(), 1);
        assert!(
            account.withheld[0]
                .reason
                .to_string()
                .contains("the title is not in use here")
        );

        world.requests(captain()).await;
        world.host.run().await.expect("a run");
        world.minutes(120);
        world.host.run().await.expect("a run");
        assert_eq!(world.cases(), []);

        world
            .ask(captain(), Wanted::Account, true)
            .await
            .expect("recorded");
        assert_eq!(world.cases().len(), 1, "asked for anew it is asked for");
    }
}

#[tokio::test]
async fn u7_a_third_value_after_the_grace_is_wrong_and_followed_up_once() {
    let world = u4().await;
    let first = world.last();
    world.minutes(15);
    world.export("will,Commodore Turner,,pirates;swords,false,\n");
    world.reads().await;
    let first = world.operation(first.id);
    assert_eq!(first.state, OperationState::Contradicted);
    let said = &first.verdicts[0];
    assert_eq!(said.verdict, Verdict::Wrong);
    assert_eq!(said.before.to_string(), "Will Turner");
    assert_eq!(said.wanted.to_string(), "Captain Turner");
    assert_eq!(said.shown.to_string(), "Commodore Turner");
    let again = world.case();
    assert_eq!(again.case.follow_up_of, first.case);
    let change = &again.work[0].changes[0];
    assert_eq!(
        change.now.as_ref().map(ToString::to_string).as_deref(),
        Some("Commodore Turner")
    );
    assert_eq!(
        world.account("will").drift,
        [],
        "what a verdict says is no drift as well"
    );
    world.minutes(1);
    world.reads().await;
    assert_eq!(world.cases().len(), 1);
}

#[tokio::test]
async fn u8_another_value_is_believed_and_adopted_where_people_are_believed() {
    let world = u1(Fixture::m()).await;
    world
        .completes_with(world.case().case.id, &[("full-name", &["Cpt. Turner"])])
        .await;
    let account = world.account("will");
    assert_eq!(account.current("full-name"), "Cpt. Turner");
    assert_eq!(account.desired("full-name"), "Cpt. Turner");
    assert_eq!(
        account
            .attribute("full-name")
            .desired_from
            .as_ref()
            .map(|origin| origin.kind),
        Some("reported")
    );
    world.requests(captain()).await;
    assert_eq!(world.cases(), [], "the same wish again is satisfied");
}

#[tokio::test]
async fn u8_another_value_is_what_verification_looks_for_where_exports_are_read() {
    let world = u1(Fixture::s()).await;
    world
        .completes_with(world.case().case.id, &[("full-name", &["Cpt. Turner"])])
        .await;
    assert_eq!(world.account("will").current("full-name"), "Will Turner");
    assert_eq!(world.account("will").expected("full-name"), "Cpt. Turner");
    world.minutes(1);
    world.export("will,Cpt. Turner,,pirates;swords,false,\n");
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert_eq!(world.cases(), []);
}

#[tokio::test]
async fn u8_another_name_for_a_new_account_is_its_name_from_then_on() {
    let world = Fixture::s().open().await;
    world.requests(will()).await;
    world
        .completes_with(world.case().case.id, &[("username", &["wturner"])])
        .await;
    world.minutes(1);
    world.export("wturner,Will Turner,,pirates;swords,false,\n");
    world.reads().await;
    assert_eq!(world.last().state, OperationState::Verified);
    assert!(world.account("wturner").current_exists);
    let receipt = world.requests(will()).await;
    assert_eq!(receipt.identifier.as_deref(), Some("wturner"));
    assert_eq!(world.cases(), []);
    assert_eq!(
        world.host.unexpected("app", 10).expect("listed").len(),
        0,
        "the row belongs to Will"
    );
}

#[tokio::test]
async fn u9_a_column_that_is_missing_contradicts_nothing() {
    let world = u4().await;
    world.minutes(15);
    world.export_as(
        "accounts.csv",
        b"username,description,interests,disabled,password\nwill,,pirates;swords,false,\n",
    );
    let report = world.reads().await;
    assert!(
        report
            .export
            .remarks
            .iter()
            .any(|remark| remark.contains("full-name")),
        "{:?}",
        report.export.remarks
    );
    let operation = world.last();
    assert_eq!(operation.state, OperationState::Done);
    assert_eq!(verdict(&operation, "full-name"), Verdict::Unverifiable);
    assert_eq!(world.cases(), []);
    assert_eq!(world.account("will").drift, []);
}

#[tokio::test]
async fn u9_what_else_was_asked_for_decides() {
    let world = existing(Fixture::s()).await;
    world
        .requests(captain().with("interests", ["swords"]))
        .await;
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export_as(
        "accounts.csv",
        b"username,description,interests,disabled,password\nwill,,swords,false,\n",
    );
    world.reads().await;
    let operation = world.last();
    assert_eq!(operation.state, OperationState::Verified);
    assert_eq!(verdict(&operation, "full-name"), Verdict::Unverifiable);
    assert_eq!(verdict(&operation, "interests"), Verdict::Confirmed);
}

/// A resource with an attribute of every kind of sameness.
fn same_but_different() -> Fixture {
    Fixture::s()
        .with(
            "description = {}",
            "description = {}\nmail = { ignore-case = true }\nborn = { kind = \"date\" }",
        )
        .with(
            "enabled = 'identity.status == \"active\"'",
            "enabled = 'identity.status == \"active\"'\nmail = 'identity.mail'\nborn = 'identity.born'",
        )
        .with(
            "  { column = \"description\" },",
            "  { column = \"description\" },\n  { column = \"mail\" },\n  \
             { column = \"born\", type = \"date\", date-format = \"%d.%m.%Y\" },",
        )
}

const SAME: &[u8] = b"username,fullname,description,mail,born,interests,disabled,password\n\
    will,Will Turner,,Will@Example.ORG,09.04.1998,swords;pirates,false,\n";

#[tokio::test]
async fn u10_what_is_only_spelt_otherwise_needs_no_operation() {
    let world = same_but_different().open().await;
    world.export_as("accounts.csv", SAME);
    world.reads().await;
    let receipt = world
        .requests(
            identity("will")
                .with("mail", ["will@example.org"])
                .with("born", ["1998-04-09"]),
        )
        .await;
    assert!(receipt.adopted);
    assert_eq!(world.operations(), []);
}

#[tokio::test]
async fn u10_what_is_only_spelt_otherwise_confirms() {
    let world = same_but_different().open().await;
    world
        .requests(
            identity("will")
                .with("mail", ["will@example.org"])
                .with("born", ["1998-04-09"]),
        )
        .await;
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export_as("accounts.csv", SAME);
    world.reads().await;
    let operation = world.last();
    assert_eq!(operation.state, OperationState::Verified);
    for subject in ["mail", "born", "interests", "full-name"] {
        assert_eq!(
            verdict(&operation, subject),
            Verdict::Confirmed,
            "{subject}"
        );
    }
    assert_eq!(world.count("will", EventKind::Drifted), 0);
}
