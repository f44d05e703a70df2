//! What a site wants in its tickets: groups, callers, fields, and what is wrong with settings.

use provisor_sdk::{FailureKind, testing};
use serde_json::{Value, json};

use crate::desk::{CORRELATION, desk_with, instance, refused};

#[test]
fn a_group_is_named_by_a_template_and_looked_up() {
    let network = || instance().with_group("IAM payroll");
    let desk = desk_with(network(), json!({ "assignment-group": "IAM {resource}" }));
    let ticket = desk.create();
    assert_eq!(
        desk.field(&ticket, "assignment_group"),
        desk.sys_id("IAM payroll")
    );

    // Upper and lower case are the same to the instance.
    let desk = desk_with(network(), json!({ "assignment-group": "iam PAYROLL" }));
    let ticket = desk.create();
    assert_eq!(
        desk.field(&ticket, "assignment_group"),
        desk.sys_id("IAM payroll")
    );
}

#[test]
fn a_group_that_is_named_by_its_sys_id_is_not_looked_up() {
    let group = instance().sys_id("Service Desk").unwrap().to_owned();
    let desk = desk_with(instance(), json!({ "assignment-group": group }));
    let ticket = desk.create();
    assert_eq!(desk.field(&ticket, "assignment_group"), group);
    assert_eq!(desk.calls(), 1);
}

#[test]
fn without_a_route_the_fallback_group_gets_the_ticket() {
    let settings = json!({ "assignment-group": "{route}", "fallback-group": "Service Desk" });
    let desk = desk_with(instance().with_group("Payroll"), settings);
    let ticket = desk.create();
    assert_eq!(
        desk.field(&ticket, "assignment_group"),
        desk.sys_id("Service Desk")
    );

    let mut draft = testing::draft("corr-with-route");
    draft.facts.push(("route".to_owned(), "Payroll".to_owned()));
    let ticket = desk.create_from(&draft).unwrap();
    assert_eq!(
        desk.field(&ticket, "assignment_group"),
        desk.sys_id("Payroll")
    );
}

#[test]
fn a_group_that_nobody_can_work_in_makes_no_ticket() {
    let instance = || {
        instance()
            .with_inactive_group("Old")
            .with_group("Twin")
            .with_group("Twin")
    };
    for (group, sign) in [
        ("Nowhere", "no active group `Nowhere`"),
        ("Old", "no active group `Old`"),
        ("Twin", "several of the group `Twin`"),
    ] {
        let desk = desk_with(instance(), json!({ "assignment-group": group }));
        let failure = desk.create_from(&testing::draft(CORRELATION)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert!(failure.message.contains(sign), "{failure:?}");
        assert_eq!(desk.seen().len(), 0);
    }
}

#[test]
fn a_route_that_would_change_the_query_is_never_sent() {
    let desk = desk_with(instance(), json!({ "assignment-group": "{route}" }));
    for route in ["x^ORactive=true", "javascript:gs.getUserID()"] {
        let mut draft = testing::draft(CORRELATION);
        draft.facts.push(("route".to_owned(), route.to_owned()));
        let failure = desk.create_from(&draft).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Rejected);
    }
    assert_eq!(desk.calls(), 0);
}

#[test]
fn a_caller_is_named_by_login() {
    for (table, field) in [
        ("incident", "caller_id"),
        ("change_request", "requested_by"),
    ] {
        let settings = json!({ "table": table, "caller": "abel.tuter" });
        let desk = desk_with(instance(), settings);
        let ticket = desk.create();
        assert_eq!(desk.field(&ticket, field), desk.sys_id("Abel Tuter"));
    }
}

#[test]
fn fields_of_this_site_are_filled_from_the_facts() {
    let fields = json!({
        "category": "access", "u_application": "{resource}", "u_note": "{operation} {account}",
        "u_missing": "{route}", "u_flag": true, "urgency": 1, "u_unknown_here": "x",
    });
    let instance = ["u_application", "u_note", "u_missing", "u_flag"]
        .into_iter()
        .fold(instance(), |instance, field| instance.with_field(field));
    let desk = desk_with(instance, json!({ "fields": fields }));
    let ticket = desk.create();
    for (field, value) in [
        ("category", "access"),
        ("u_application", "payroll"),
        ("u_note", "create asmith"),
        ("u_missing", ""),
        ("u_flag", "true"),
        ("urgency", "1"),
    ] {
        assert_eq!(desk.field(&ticket, field), value, "{field}");
    }
    let body: Value = serde_json::from_slice(desk.sent()[0].body.as_ref().unwrap()).unwrap();
    assert_eq!(
        body.get("u_missing"),
        None,
        "a fact that is missing leaves the field alone"
    );
}

#[test]
fn fields_can_be_turned_off() {
    let settings = json!({ "due-field": "", "correlation-display": "", "follow-up-field": "" });
    let desk = desk_with(instance(), settings);
    let ticket = desk.create();
    assert_eq!(desk.field(&ticket, "due_date"), "");
    assert_eq!(desk.field(&ticket, "correlation_display"), "");
}

#[test]
fn an_address_with_a_path_keeps_it() {
    let settings = json!({ "url": "https://proxy.example.com/snow/" });
    let desk = desk_with(instance(), settings);
    // The simulated instance is not there, but the question says where it went.
    let _refused = desk.create_from(&testing::draft(CORRELATION));
    let url = desk.sent()[0].url.clone();
    assert!(
        url.starts_with("https://proxy.example.com/snow/api/now/v2/table/incident?"),
        "{url}"
    );
}

#[test]
fn wrong_settings_are_refused_at_their_place() {
    for (settings, place, sign) in [
        (
            json!({ "url": "example.service-now.com" }),
            "/url",
            "address",
        ),
        (
            json!({ "url": "https://bot:secret@h" }),
            "/url",
            "without user",
        ),
        (json!({ "url": "https://h?x=1" }), "/url", "query"),
        (json!({ "table": "Incident" }), "/table", "name of a table"),
        (
            json!({ "table": "incident/../x" }),
            "/table",
            "name of a table",
        ),
        (
            json!({ "correlation-field": "" }),
            "/correlation-field",
            "column",
        ),
        (json!({ "due-field": "a^b" }), "/due-field", "column"),
        (
            json!({ "assignment-group": "{route" }),
            "/assignment-group",
            "not closed",
        ),
        (
            json!({ "fields": { "u_a": "}" } }),
            "/fields/u_a",
            "opens nowhere",
        ),
        (json!({ "fields": { "U A": "x" } }), "/fields/U A", "column"),
        (
            json!({ "fields": { "u_a": ["x"] } }),
            "/fields/u_a",
            "one value",
        ),
        (
            json!({ "fields": { "correlation_id": "x" } }),
            "/fields/correlation_id",
            "leave it out",
        ),
        (
            json!({ "fields": { "sys_id": "x" } }),
            "/fields/sys_id",
            "leave it out",
        ),
        (
            json!({ "priority": { "high": { "a b": 1 } } }),
            "/priority/high/a b",
            "column",
        ),
        (
            json!({ "priority": { "highest": {} } }),
            "/priority",
            "highest",
        ),
        (
            json!({ "table": "sc_task", "caller": "x" }),
            "/caller",
            "caller-field",
        ),
        (json!({ "batch": 0 }), "/batch", "from 1 to 200"),
        (json!({ "batch": 201 }), "/batch", "from 1 to 200"),
        (json!({ "title-limit": 1 }), "/title-limit", "from 20"),
        (
            json!({ "description-limit": 10 }),
            "/description-limit",
            "from 200",
        ),
        (
            json!({ "comments": "mail" }),
            "/comments",
            "unknown variant",
        ),
        (json!({ "password": "x" }), "/password", "unknown field"),
    ] {
        let failure = refused(settings.clone()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert!(failure.message.contains(place), "{settings}: {failure:?}");
        assert!(failure.message.contains(sign), "{settings}: {failure:?}");
        assert!(!failure.message.contains("secret"), "{failure:?}");
    }
}

#[test]
fn the_schema_describes_every_setting() {
    let schema: Value = serde_json::from_str(include_str!("../../settings.schema.json")).unwrap();
    let settings = schema["properties"].as_object().unwrap();
    for (name, setting) in settings {
        assert!(setting["title"].is_string(), "{name}");
        assert!(setting["description"].is_string(), "{name}");
    }
    // A setting that is unknown is refused with the names of all that there are.
    let failure = refused(json!({ "nonsense": 1 })).unwrap_err();
    let known: Vec<&str> = failure.message.split('`').skip(3).step_by(2).collect();
    let described: Vec<&str> = settings.keys().map(String::as_str).collect();
    let sorted = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.join(" ")
    };
    assert_eq!(sorted(known), sorted(described));
}
