//! Looking whether everything is there.

use jira::{Jira, Settings};
use provisor_sdk::{FailureKind, Finding, Ticketing, testing};
use provisor_simulated::jira::Cancel;
use provisor_simulated::{Fault, JiraCloud, JiraDataCenter, Matching};
use serde_json::{Value, json};

use crate::world::{Deployed, World, failing, instead, on_both, settings_of};

on_both!(
    everything_is_there_and_nothing_is_changed,
    everything_that_is_wrong_is_told_at_once,
    without_credentials_nothing_else_is_looked_at,
    what_jira_asks_for_and_nobody_gives_is_told,
    a_project_that_cannot_be_seen_is_told,
    statuses_that_were_named_must_be_there,
    when_nothing_could_be_looked_at_the_check_fails,
    settings_that_cannot_work_are_told_before,
);

fn look<P: Deployed>(world: &World<P>) -> Vec<Finding> {
    world.jira.check_connection(&world.http).unwrap()
}

/// The subjects and messages of what is not good.
fn bad<P: Deployed>(world: &World<P>) -> Vec<(String, String)> {
    let findings = look(world).into_iter().filter(|finding| !finding.good);
    findings
        .map(|finding| (finding.subject, finding.message))
        .collect()
}

fn subjects(bad: &[(String, String)]) -> Vec<&str> {
    bad.iter().map(|(subject, _)| subject.as_str()).collect()
}

fn everything_is_there_and_nothing_is_changed<P: Deployed>() {
    let world = World::<P>::with(json!({ "correlation-field": "customfield_10050" }));
    let findings = look(&world);
    let subjects: Vec<&str> = findings.iter().map(|one| one.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [
            "server",
            "credentials",
            "project PROV",
            "permissions",
            "issue type Task",
            "field summary",
            "field description",
            "field labels",
            "field duedate",
            "field customfield_10050",
            "field priority",
            "withdraw-to",
            "correlation field",
            "follow-up-link",
        ]
    );
    assert!(findings.iter().all(|finding| finding.good), "{findings:?}");
    assert!(world.calls().iter().all(|call| call.starts_with("GET ")));
}

fn everything_that_is_wrong_is_told_at_once<P: Deployed>() {
    let world = World::<P>::with(json!({
        "priorities": { "normal": "Ordinary" },
        "correlation-field": "customfield_10060",
        "fields": { "customfield_10099": "x" },
        "follow-up-link": "Follows",
    }));
    world.site(|site| site.setup.cancel = Cancel::Absent);
    let bad = bad(&world);
    assert_eq!(
        subjects(&bad),
        [
            "field customfield_10099",
            "priority Ordinary",
            "correlation field",
            "follow-up-link",
        ]
    );
    assert!(bad[1].1.contains("Highest, High, Medium"), "{bad:?}");
}

fn without_credentials_nothing_else_is_looked_at<P: Deployed>() {
    let world = World::<P>::new();
    world.site(|site| site.setup.login_counts = false);
    let bad = bad(&world);
    assert_eq!(subjects(&bad), ["credentials"]);
    assert!(bad[0].1.contains("check the credential"), "{bad:?}");
    assert_eq!(world.calls().len(), 2);

    // Real ones refuse wrong credentials wherever they are sent.
    world.spoil(Matching::once("GET", "/serverInfo"), Fault::status(401));
    assert_eq!(subjects(&self::bad(&world)), ["credentials"]);

    let off = r#"{"displayName":"Provisor Bot","active":false}"#;
    world.spoil(Matching::once("GET", "/myself"), instead(200, off));
    let told = look(&world).remove(1);
    assert!(
        !told.good && told.message.contains("switched off"),
        "{told:?}"
    );

    world.spoil(Matching::once("GET", "/myself"), instead(200, "<html>"));
    assert!(!look(&world).remove(1).good);
}

fn what_jira_asks_for_and_nobody_gives_is_told<P: Deployed>() {
    let world = World::<P>::new();
    world.site(|site| site.setup.application_required = true);
    let bad = bad(&world);
    assert_eq!(subjects(&bad), ["field customfield_10060"]);
    assert!(bad[0].1.contains("`Application`"), "{bad:?}");
    let given =
        World::<P>::with(json!({ "fields": { "customfield_10060": { "value": "payroll" } } }));
    given.site(|site| site.setup.application_required = true);
    assert!(self::bad(&given).is_empty());
}

fn a_project_that_cannot_be_seen_is_told<P: Deployed>() {
    let world = World::<P>::with(json!({ "project": "NONE" }));
    let told = bad(&world);
    assert_eq!(subjects(&told), ["project NONE"]);
    let by_id = World::<P>::with(json!({ "project": "10000", "issue-type": "Sub-task" }));
    assert_eq!(subjects(&bad(&by_id)), ["issue type Sub-task"]);
    let other = World::<P>::with(json!({ "issue-type": "Story" }));
    let told = bad(&other);
    assert!(told[0].1.contains("Task, Service Request"), "{told:?}");
}

fn statuses_that_were_named_must_be_there<P: Deployed>() {
    let world = World::<P>::with(json!({ "withdraw-to": ["Void"] }));
    let told = bad(&world);
    assert_eq!(subjects(&told), ["withdraw-to"]);
    assert!(told[0].1.contains("To Do, In Progress, Done"), "{told:?}");
    let usual = World::<P>::new();
    usual.site(|site| site.setup.cancel = Cancel::Absent);
    assert!(bad(&usual).is_empty(), "nobody named them");
}

fn when_nothing_could_be_looked_at_the_check_fails<P: Deployed>() {
    for (fault, kind) in [
        (Fault::LoseAnswer, FailureKind::Unavailable),
        (Fault::maintenance(), FailureKind::Unavailable),
        (instead(200, "<html>login</html>"), FailureKind::Unavailable),
        (
            instead(404, "<html>nginx</html>"),
            FailureKind::Configuration,
        ),
    ] {
        let world = World::<P>::new();
        world.spoil(Matching::once("GET", "/serverInfo"), fault);
        failing(world.jira.check_connection(&world.http), kind);
    }
}

#[test]
fn another_kind_of_jira_than_the_settings_say_is_told() {
    let told = |kind: &str, world_kind: &str| {
        let answer = json!({ "deploymentType": kind, "version": "1" }).to_string();
        let fault = instead(200, &answer);
        match world_kind {
            "cloud" => {
                let world = World::<JiraCloud>::new();
                world.spoil(Matching::once("GET", "/serverInfo"), fault);
                look(&world).remove(0)
            }
            _ => {
                let world = World::<JiraDataCenter>::new();
                world.spoil(Matching::once("GET", "/serverInfo"), fault);
                look(&world).remove(0)
            }
        }
    };
    let wrong = told("Server", "cloud");
    assert!(
        !wrong.good && wrong.message.contains("`data-center`"),
        "{wrong:?}"
    );
    let wrong = told("Cloud", "data-center");
    assert!(
        !wrong.good && wrong.message.contains("`cloud`"),
        "{wrong:?}"
    );
}

fn settings_that_cannot_work_are_told_before<P: Deployed>() {
    for (settings, path) in [
        (json!({ "url": "jira.example.com" }), "/url"),
        (
            json!({ "url": "https://bot:secret@jira.example.com" }),
            "/url",
        ),
        (json!({ "url": "https://jira.example.com/?a=b" }), "/url"),
        (json!({ "url": "https:///rest" }), "/url"),
        (
            json!({ "browse-url": "ftp://jira.example.com" }),
            "/browse-url",
        ),
        (json!({ "project": " " }), "/project"),
        (json!({ "issue-type": "" }), "/issue-type"),
        (json!({ "deployment": "server" }), "/deployment"),
        (json!({ "labels": ["good", "two words"] }), "/labels/1"),
        (json!({ "labels": [""] }), "/labels/0"),
        (json!({ "withdrawn-label": "a\"b" }), "/withdrawn-label"),
        (
            json!({ "correlation-label-prefix": "my prefix " }),
            "/correlation-label-prefix",
        ),
        (
            json!({ "correlation-label-prefix": "x".repeat(200) }),
            "/correlation-label-prefix",
        ),
        (
            json!({ "correlation-field": "Correlation" }),
            "/correlation-field",
        ),
        (json!({ "text-limit": 10 }), "/text-limit"),
        (
            json!({ "priorities": { "lowest": "Low" } }),
            "/priorities/lowest",
        ),
        (json!({ "fields": { "summary": "x" } }), "/fields/summary"),
        (
            json!({ "fields": { "priority": { "name": "High" } } }),
            "/fields/priority",
        ),
        (
            json!({ "fields": { "duedate": "2026-12-01" } }),
            "/fields/duedate",
        ),
        (
            json!({ "fields": { "customfield_1": "{account" } }),
            "/fields/customfield_1",
        ),
        (json!({ "unknown": 1 }), "/unknown"),
    ] {
        let problems =
            testing::problems::<Settings>(&settings_of::<P>(settings.clone()), Jira::check);
        let paths: Vec<&str> = problems.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, [path], "{settings}: {problems:?}");
    }
}

#[test]
fn every_setting_is_in_the_schema_and_the_schema_says_what_it_is_for() {
    let schema: Value = serde_json::from_str(include_str!("../../settings.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut all = serde_json::Map::new();
    for (name, about) in schema["properties"].as_object().unwrap() {
        assert!(about["title"].is_string(), "{name}");
        assert!(about["description"].is_string(), "{name}");
        let example = about.get("default").cloned().or_else(|| {
            Some(match name.as_str() {
                "url" | "browse-url" => json!("https://jira.example.com"),
                "deployment" => json!("cloud"),
                "project" => json!("PROV"),
                "correlation-field" => json!("customfield_10050"),
                "search-lag" => json!(120),
                _ => return None,
            })
        });
        all.insert(
            name.clone(),
            example.unwrap_or_else(|| panic!("{name} has no default")),
        );
    }
    let all = Value::Object(all);
    assert!(validator.is_valid(&all));
    let problems = testing::problems::<Settings>(&all.to_string(), Jira::check);
    assert_eq!(problems, []);
    // What is not set is as the schema says.
    let few = json!({
        "url": "https://jira.example.com", "browse-url": "https://jira.example.com",
        "deployment": "cloud", "project": "PROV", "correlation-field": "customfield_10050",
        "search-lag": 120, "withdraw-to": all["withdraw-to"], "follow-up-link": "Relates",
    });
    let read = |value: Value| serde_json::from_value::<Settings>(value).unwrap();
    assert_eq!(format!("{:?}", read(few)), format!("{:?}", read(all)));
}
