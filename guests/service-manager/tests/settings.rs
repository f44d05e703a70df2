//! Settings that are wrong, and what stands in their schema.

mod site;

use provisor_sdk::testing;
use serde_json::{Value, json};
use service_manager::preset::Preset;
use service_manager::{ServiceManager, Settings};
use site::{settings, with};

fn problems(settings: &Value) -> Vec<String> {
    testing::problems(&settings.to_string(), Settings::problems)
        .into_iter()
        .map(|problem| problem.path)
        .collect()
}

#[test]
fn right_settings_have_no_problems() {
    assert_eq!(problems(&settings()), Vec::<String>::new());
    assert!(testing::ticketing::<ServiceManager>(&settings().to_string()).is_ok());
}

#[test]
fn each_wrong_setting_is_a_problem_at_its_place() {
    for (changes, path) in [
        (json!({ "url": "sm.example.com" }), "/url"),
        (json!({ "url": "https://" }), "/url"),
        (
            json!({ "url": "https://bot:secret@sm.example.com/SM" }),
            "/url",
        ),
        (json!({ "url": "https://sm.example.com/SM?a=b" }), "/url"),
        (json!({ "preset": "problems" }), "/preset"),
        (json!({ "collection": "a/b" }), "/collection"),
        (json!({ "envelope": "" }), "/envelope"),
        (
            json!({ "captions": { "correlation-id": "" } }),
            "/captions/correlation-id",
        ),
        (json!({ "captions": { "title": "" } }), "/captions/title"),
        (json!({ "captions": { "due": "a//b" } }), "/captions/due"),
        (
            json!({ "captions": { "unheard": "of" } }),
            "/captions/unheard",
        ),
        (
            json!({ "captions": { "key": "my key" } }),
            "/query-names/key",
        ),
        (
            json!({ "query-names": { "correlation-id": "a\"=" } }),
            "/query-names/correlation-id",
        ),
        (json!({ "lines": ["title"] }), "/lines/0"),
        (json!({ "fields": { "Area": "{account" } }), "/fields/Area"),
        (json!({ "fields": { "a/b": [4] } }), "/fields/a~1b/0"),
        (json!({ "fields": { "Title": "x" } }), "/fields/Title"),
        (
            json!({ "priorities": { "low": { "Urgency": 4 } } }),
            "/priorities/low/Urgency",
        ),
        (
            json!({ "priorities": { "lowest": {} } }),
            "/priorities/lowest",
        ),
        (
            json!({ "comment-fields": { "a": "}" } }),
            "/comment-fields/a",
        ),
        (
            json!({ "withdrawal": { "fields": { "a": "{}" } } }),
            "/withdrawal/fields/a",
        ),
        (
            json!({ "withdrawal": { "action": "" } }),
            "/withdrawal/action",
        ),
        (json!({ "statuses": { "Neu": "begun" } }), "/statuses/Neu"),
        (json!({ "title-characters": 9 }), "/title-characters"),
        (
            json!({ "description-characters": 499 }),
            "/description-characters",
        ),
        (json!({ "batch": 0 }), "/batch"),
        (json!({ "batch": 101 }), "/batch"),
        (
            json!({ "ticket-url": "https://sm.example.com" }),
            "/ticket-url",
        ),
        (json!({ "password": "x" }), "/password"),
    ] {
        assert_eq!(problems(&with(changes.clone())), [path], "{changes}");
    }
}

#[test]
fn the_field_for_the_correlation_id_has_to_be_named() {
    assert_eq!(
        problems(&json!({ "url": "https://sm.example.com" })),
        ["/captions/correlation-id"]
    );
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../settings.schema.json")).expect("the schema is JSON")
}

#[test]
fn every_setting_of_the_schema_is_one_and_says_what_it_is_for() {
    fn look(schema: &Value, path: &str, found: &mut Vec<String>) {
        let members = schema["properties"].as_object();
        for (name, member) in members.into_iter().flatten() {
            let path = format!("{path}/{name}");
            assert!(member["description"].is_string(), "{path}");
            look(member, &path, found);
            found.push(path);
        }
    }
    let schema = schema();
    assert_eq!(schema["additionalProperties"], false);
    let mut paths = Vec::new();
    look(&schema, "", &mut paths);
    // A setting of the wrong type is a problem at its place only where there is such a setting.
    for path in &paths {
        let mut wrong = settings();
        let mut place = &mut wrong;
        for part in path.split('/').skip(1) {
            place = &mut place[part];
        }
        *place = json!([[]]);
        let found = problems(&wrong);
        let first = found
            .first()
            .unwrap_or_else(|| panic!("{path} takes anything"));
        assert!(first.starts_with(path.as_str()), "{path}: {found:?}");
    }
}

#[test]
fn every_setting_stands_in_the_schema() {
    for path in [
        "",
        "/captions",
        "/query-names",
        "/priorities",
        "/withdrawal",
    ] {
        let mut wrong = settings();
        let mut place = &mut wrong;
        for part in path.split('/').skip(1) {
            place = &mut place[part];
        }
        place["unheard-of"] = json!(true);
        let found = testing::problems(&wrong.to_string(), Settings::problems);
        // "unknown field `unheard-of`, expected one of `a`, `b`"
        let mut known: Vec<&str> = found[0].message.split('`').skip(3).step_by(2).collect();
        known.sort_unstable();
        let pointer = format!("{}/properties", path.replace('/', "/properties/"));
        let schema = schema();
        let members = schema.pointer(&pointer).and_then(Value::as_object).unwrap();
        assert_eq!(known, members.keys().collect::<Vec<_>>(), "{path}");
    }
}

#[test]
fn the_defaults_of_the_schema_are_those_of_the_presets() {
    let schema = schema();
    for preset in [
        Preset::Incidents,
        Preset::Changes,
        Preset::Requests,
        Preset::Interactions,
    ] {
        let usual = preset.usual();
        for (path, default) in [
            ("collection", usual.collection),
            ("envelope", usual.envelope),
            ("captions/properties/key", usual.key),
            ("captions/properties/title", usual.title),
            ("captions/properties/description", usual.description),
            ("captions/properties/status", usual.status),
            ("captions/properties/closure-code", usual.closure_code),
            ("captions/properties/solution", usual.solution),
            ("captions/properties/journal", usual.journal),
            ("captions/properties/assignee", usual.assignee),
            ("captions/properties/updated", usual.updated),
            ("captions/properties/closed", usual.closed),
            ("withdrawal/properties/action", usual.action),
        ] {
            let pointer = format!("/properties/{path}/description");
            let description = schema.pointer(&pointer).and_then(Value::as_str).unwrap();
            let said = format!("`{default}`");
            assert!(description.contains(&said), "{path}: {default}");
        }
    }
    let fewest: Settings = serde_json::from_value(settings()).unwrap();
    for (name, value) in [
        ("title-characters", fewest.title_characters as u64),
        (
            "description-characters",
            fewest.description_characters as u64,
        ),
        ("batch", u64::from(fewest.batch)),
    ] {
        assert_eq!(schema["properties"][name]["default"], value);
    }
}
