//! What goes out as a ticket, with whom, and what it says.

use provisor::Wanted;
use provisor::model::{OperationState, Verdict};
use provisor_simulated::{Action, Request};
use provisor_tests::world::{CANARY, Fixture, Seen as _, identity, state, verdict, will};
use serde_json::Value;

use super::desk::Desk;
use super::systems::{SERVICENOW, SERVICENOW_OF_A_SITE};

fn done() -> Action {
    Action::Resolve {
        note: "done".to_owned(),
    }
}

/// All tickets as people there see all of their fields.
fn records(desk: &Desk) -> Vec<Value> {
    let target = "/api/now/v2/table/incident?sysparm_display_value=true";
    // bot:secret
    let headers = vec![(
        "authorization".to_owned(),
        "Basic Ym90OnNlY3JldA==".to_owned(),
    )];
    let request = Request::new("GET", target, headers, Vec::new(), 0);
    let response = desk.server.simulator().product.answer(&request);
    let answer: Value = serde_json::from_slice(&response.body).expect("JSON");
    answer["result"].as_array().expect("a list").clone()
}

/// What a field of the one ticket shows.
fn field(desk: &Desk, name: &str) -> String {
    let records = records(desk);
    assert_eq!(records.len(), 1);
    let value = &records[0][name];
    let shown = value.get("display_value").unwrap_or(value);
    shown.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn one_ticket_has_a_table_of_accounts_and_each_gets_its_own_outcome() {
    let fixture = Fixture::s()
        .rule("propagation = \"10m\"")
        .more("[resource.app.cases]\ngroup-by = \"resource\"\n");
    let desk = Desk::open(&SERVICENOW, fixture).await;
    for id in ["ann", "bob", "cid"] {
        desk.world.requests(identity(id)).await;
    }
    desk.runs().await;
    assert_eq!(desk.seen(), []);
    desk.minutes(10).await;
    let seen = desk.only();
    for id in ["ann", "bob", "cid"] {
        assert!(seen.description.contains(id), "{}", seen.description);
    }
    desk.people(done()).await;
    desk.world.minutes(20);
    desk.world
        .export("ann,Will Turner,,pirates;swords,false,\nbob,Will Turner,,swords,false,\n");
    desk.world.reads().await;
    let created = desk.world.operations();
    let of = |id: &str| {
        let found = created
            .iter()
            .find(|one| one.identifier == id && one.case == Some(desk_case(&desk)));
        found.expect("it was in the ticket").clone()
    };
    assert_eq!(of("ann").state, OperationState::Verified);
    assert_eq!(of("bob").state, OperationState::Contradicted);
    assert_eq!(verdict(&of("bob"), "interests"), Verdict::Wrong);
    assert_eq!(of("cid").state, OperationState::Contradicted);
    // Only what was not done is asked for again, together, and with the ticket before.
    desk.minutes(11).await;
    let all = desk.seen();
    assert_eq!(all.len(), 2, "{all:#?}");
    assert!(
        all[1].description.contains(&seen.number),
        "{}",
        all[1].description
    );
    assert!(all[1].description.contains("bob") && all[1].description.contains("cid"));
    assert!(
        !all[1].description.contains("ann "),
        "{}",
        all[1].description
    );
}

/// The case of the first ticket.
fn desk_case(desk: &Desk) -> provisor::model::CaseId {
    let tickets = desk.tickets();
    tickets.iter().map(|it| it.case).min().expect("a ticket")
}

#[tokio::test]
async fn a_ticket_of_several_that_is_refused_is_refused_for_each_of_them() {
    let fixture = Fixture::m()
        .rule("propagation = \"10m\"")
        .more("[resource.app.cases]\ngroup-by = \"resource\"\ngroup-size = 2\n");
    let desk = Desk::open(&SERVICENOW, fixture).await;
    for id in ["ann", "bob", "cid"] {
        desk.world.requests(identity(id)).await;
    }
    desk.minutes(10).await;
    let seen = desk.seen();
    assert_eq!(seen.len(), 2);
    let refused = Action::Refuse {
        note: "no licence left".to_owned(),
    };
    desk.server
        .act(&seen[0].number, &refused)
        .expect("it is open");
    desk.server
        .act(&seen[1].number, &done())
        .expect("it is open");
    desk.noticed().await;
    for id in ["ann", "bob"] {
        let account = desk.world.account(id);
        assert!(!account.current_exists && !account.expected_exists, "{id}");
        assert_eq!(account.withheld.len(), 1, "{id}");
    }
    assert!(desk.world.account("cid").current_exists);
}

#[tokio::test]
async fn what_nobody_in_a_ticket_system_can_be_held_to_goes_to_our_own_operators() {
    for obligation in ["require-evidence", "require-note", "by-another"] {
        let fixture = Fixture::m().policy(&format!(
            "[[resource.app.policy.settings.rules]]\nname = \"strict\"\n\
             when = '\"will\" in identity.username'\n{obligation} = true\n"
        ));
        let desk = Desk::open(&SERVICENOW, fixture).await;
        desk.world.requests(will()).await;
        desk.world.requests(identity("ann")).await;
        desk.runs().await;
        assert!(desk.only().title.contains("ann"), "{obligation}");
        let cases = desk.world.cases();
        let ours: Vec<_> = cases
            .iter()
            .filter(|it| it.case.ticket_system.is_none())
            .collect();
        assert_eq!(ours.len(), 1, "{obligation}");
        assert!(ours[0].title.contains("will"), "{obligation}");
        let operators: Vec<&str> = ours[0]
            .case
            .operators
            .iter()
            .map(|it| it.as_str())
            .collect();
        assert_eq!(operators, ["helpdesk"]);
        assert_eq!(
            desk.world.operation(ours[0].work[0].id).state,
            OperationState::Open
        );
    }
}

#[tokio::test]
async fn what_the_resource_wants_done_by_another_goes_to_our_own_operators() {
    let fixture = Fixture::m().more("[resource.app.cases]\nby-another = true\n");
    let desk = Desk::open(&SERVICENOW, fixture).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    assert_eq!(desk.seen(), []);
    assert_eq!(desk.world.case().case.ticket_system, None);
}

#[tokio::test]
async fn priority_due_date_and_route_of_the_policy_reach_the_ticket() {
    let groups = Fixture::m().with("[operators]\n", "[operators]\npayroll-desk = [\"pia\"]\n");
    let fixture = groups.policy(
        "[[resource.app.policy.settings.rules]]\nname = \"now\"\nwhen = 'true'\n\
         priority = \"urgent\"\ndue-in = 7200\nroute = \"payroll-desk\"\n",
    );
    let keys = "settings = { assignment-group = \"{route}\", fallback-group = \"Service Desk\" }";
    let desk = Desk::open_with(&SERVICENOW_OF_A_SITE, fixture, keys).await;
    desk.world.requests(will()).await;
    let report = desk.runs().await;
    assert_eq!(report.tickets.made.len(), 1, "{:#?}", report.tickets);
    assert_eq!(field(&desk, "assignment_group"), "payroll-desk");
    assert_eq!(field(&desk, "due_date"), "2026-03-02 10:00:00");
    let level = (field(&desk, "urgency"), field(&desk, "impact"));
    assert!(
        level.0.starts_with('1') && level.1.starts_with('2'),
        "{level:?}"
    );
    let description = desk.only().description;
    for text in ["urgent", "2026-03-02 10:00 UTC"] {
        assert!(description.contains(text), "{description}");
    }
}

#[tokio::test]
async fn a_template_says_it_in_other_words_for_each_operation() {
    let keys = r#"
settings = { fields = { u_site = "{resource-title}: {wanted.full-name} ({identity.status})" } }

[resource.app.tickets.template.every]
title = "[{resource}] {operation} {account}"
text = """
# What

{changes}

# For whom

**{identity.full-name}**, asked for by {requester}
"""

[resource.app.tickets.template.delete]
title = "LEAVER {account}"
text = "Look at the [manual](https://wiki.example.com/leavers) first."
"#;
    let desk = Desk::open_with(&SERVICENOW_OF_A_SITE, Fixture::m(), keys).await;
    // What a value says is no markup.
    desk.world
        .requests(will().with("full-name", ["**Will** {account}"]))
        .await;
    desk.runs().await;
    let seen = desk.only();
    assert_eq!(seen.title, "[app] create will");
    assert_eq!(
        field(&desk, "u_site"),
        "Application: **Will** {account} (active)"
    );
    assert!(
        seen.description
            .contains("**Will** {account}, asked for by iam"),
        "{}",
        seen.description
    );
    assert!(seen.description.contains("pirates"), "{}", seen.description);
    desk.people(done()).await;
    desk.world.unassigns("will").await;
    desk.runs().await;
    let seen = desk.seen().remove(1);
    assert_eq!(seen.title, "LEAVER will");
    assert!(
        seen.description
            .contains("https://wiki.example.com/leavers"),
        "{}",
        seen.description
    );
}

#[tokio::test]
async fn no_secret_is_in_any_ticket_even_where_a_template_asks_for_it() {
    let keys = r#"
settings = { fields = { u_site = "x{wanted.password}{identity.password}" } }
[resource.app.tickets.template.every]
title = "{account} {wanted.password}{identity.password}"
text = "{changes}\n\n{secrets}\n\n{who}\n\n**{wanted.password}** {identity.password}"
"#;
    for keys in ["", keys] {
        let desk = Desk::open_with(&SERVICENOW_OF_A_SITE, Fixture::m(), keys).await;
        desk.world.requests(will()).await;
        desk.runs().await;
        let shown = desk.world.host.preview_ticket(desk.ticket().case);
        assert!(!format!("{:?}", shown.expect("a preview")).contains(CANARY));
        desk.people(done()).await;
        desk.world
            .ask(will().with("full-name", ["Captain"]), Wanted::Account, true)
            .await
            .expect("recorded");
        desk.runs().await;
        desk.world.unassigns("will").await;
        desk.minutes(10).await;
        assert!(desk.seen().len() > 1);
        let all = format!("{:?} {:?}", records(&desk), desk.seen());
        assert!(all.contains("will") && !all.contains(CANARY), "{all}");
        desk.world.assert_no_secret();
    }
}

#[tokio::test]
async fn an_account_is_renamed_by_a_ticket_and_what_comes_later_names_it_anew() {
    let desk = Desk::open(&SERVICENOW, Fixture::m()).await;
    desk.world.requests(will()).await;
    desk.runs().await;
    desk.people(done()).await;
    assert!(desk.world.account("will").current_exists);

    let renamed = || will().with("username", ["wturner"]);
    desk.world.requests(renamed()).await;
    desk.runs().await;
    let operation = desk.world.last();
    assert_eq!(state(&operation), ("rename", OperationState::Open));
    let seen = desk.seen().remove(1);
    for text in ["will", "wturner"] {
        assert!(seen.description.contains(text), "{}", seen.description);
    }
    // Whatever else is wanted meanwhile waits behind it, and its ticket stays as it is.
    desk.world
        .requests(renamed().with("full-name", ["Captain Turner"]))
        .await;
    desk.minutes(10).await;
    assert_eq!(desk.seen().len(), 2);
    assert_eq!(
        state(&desk.world.last()),
        ("modify", OperationState::Waiting)
    );
    desk.server.act(&seen.number, &done()).expect("it is open");
    desk.noticed().await;
    let account = desk.world.account("wturner");
    assert_eq!(account.current("full-name"), "Will Turner");
    let third = desk.seen().remove(2);
    assert!(third.title.contains("wturner"), "{third:?}");
    assert!(third.description.contains("Captain Turner"), "{third:?}");
    desk.server.act(&third.number, &done()).expect("it is open");
    desk.noticed().await;
    let account = desk.world.account("wturner");
    assert_eq!(account.current("full-name"), "Captain Turner");
}
