use serde_json::json;

use super::*;

fn problems(schema: &Value, settings: &Value) -> Vec<(String, String)> {
    validate(schema, settings).unwrap()
}

fn only(schema: &Value, settings: &Value) -> (String, String) {
    let mut problems = problems(schema, settings);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

fn csv() -> Value {
    json!({
        "type": "object",
        "required": ["columns"],
        "additionalProperties": false,
        "properties": {
            "delimiter": { "type": "string", "minLength": 1 },
            "skip": { "type": "integer", "minimum": 0 },
            "columns": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/column" } },
            "password": { "type": "string", "writeOnly": true }
        },
        "$defs": { "column": { "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": { "type": "string", "pattern": "^[a-z]+$" },
                    "type": { "enum": ["text", "integer", "date"] }
                },
                "additionalProperties": false
            }
        ] } }
    })
}

#[test]
fn good_settings_have_no_problem() {
    let settings = json!({ "delimiter": ";", "columns": ["a", { "name": "b", "type": "date" }] });
    assert_eq!(problems(&csv(), &settings), vec![]);
}

#[test]
fn every_problem_is_told_with_its_place() {
    let settings = json!({ "delimitter": ";", "skip": -1, "columns": [] });
    let mut found = problems(&csv(), &settings);
    found.sort();
    let expected = [
        ("/columns", "should have at least 1 element"),
        (
            "/delimitter",
            "this key is unknown (did you mean \"delimiter\"?)",
        ),
        ("/skip", "should be at least 0, not the number -1"),
    ];
    assert_eq!(
        found,
        expected.map(|(place, text)| (place.to_owned(), text.to_owned()))
    );
}

#[test]
fn a_missing_key_is_told_at_the_table() {
    let (place, text) = only(&csv(), &json!({}));
    assert_eq!((place.as_str(), text.as_str()), ("", "columns is missing"));
}

#[test]
fn the_form_that_was_meant_is_judged() {
    let of = |column: Value| only(&csv(), &json!({ "columns": ["a", column] }));
    let (place, text) = of(json!({ "name": "b", "type": "dat" }));
    assert_eq!(place, "/columns/1/type");
    assert_eq!(
        text,
        "should be \"text\", \"integer\" or \"date\", not \"dat\""
    );
    let (place, text) = of(json!({ "name": "b", "tipe": "text" }));
    assert_eq!(place, "/columns/1/tipe");
    assert!(text.contains("did you mean \"type\""), "{text}");
    let (place, text) = of(json!(3));
    assert_eq!(place, "/columns/1");
    assert_eq!(text, "should be a text or a table, not the number 3");
    let (place, text) = of(json!({ "name": "B1" }));
    assert_eq!(place, "/columns/1/name");
    assert!(text.contains("matches ^[a-z]+$"), "{text}");
}

#[test]
fn a_secret_has_no_place_in_the_settings_and_its_value_in_no_message() {
    let mut schema = csv();
    schema["required"] = json!(["columns", "password"]);
    assert_eq!(problems(&schema, &json!({ "columns": ["a"] })), vec![]);
    let (place, text) = only(&schema, &json!({ "columns": ["a"], "password": 12345 }));
    assert_eq!(place, "/password");
    assert!(
        text.contains("secrets.password") && !text.contains("12345"),
        "{text}"
    );
}

#[test]
fn a_schema_that_is_none_is_a_typed_error() {
    for schema in [
        json!({ "type": "strin" }),
        json!({ "properties": 3 }),
        json!({ "pattern": "(" }),
        json!({ "pattern": "(a{1000}){1000}" }),
        json!("x"),
    ] {
        let error = validate(&schema, &json!({})).unwrap_err();
        assert!(
            matches!(error, SettingsSchemaError::Broken { .. }),
            "{schema}: {error}"
        );
    }
}

#[test]
fn nothing_is_ever_fetched() {
    for reference in [
        "https://example.com/schema.json",
        "file:///etc/hostname",
        "other.json",
        "#/$defs/missing",
        "#anchor",
    ] {
        let schema = json!({ "properties": { "a": { "$ref": reference } } });
        let error = validate(&schema, &json!({})).unwrap_err();
        assert!(
            matches!(error, SettingsSchemaError::Reference { .. }),
            "{error}"
        );
    }
    let schema = json!({ "$schema": "https://example.com/meta", "type": "object" });
    if let Ok(problems) = validate(&schema, &json!({})) {
        assert_eq!(problems, vec![]);
    }
}

#[test]
fn a_schema_that_would_never_end_is_refused() {
    let mut doubling = json!({ "$ref": "#/$defs/d0", "$defs": {} });
    for level in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
        doubling["$defs"][format!("d{level}")] = json!({ "allOf": [next, next] });
    }
    doubling["$defs"]["d40"] = json!({ "type": "object" });
    let nested = (0..100).fold(json!({}), |inner, _| json!({ "not": inner }));
    let patterns: Vec<Value> = (0..101)
        .map(|n| json!({ "pattern": n.to_string() }))
        .collect();
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "items": { "$ref": "#" } }),
        doubling,
        nested,
        json!({ "allOf": patterns }),
        json!({ "$dynamicRef": "#x", "$dynamicAnchor": "x" }),
        json!({ "properties": { "a": { "$id": "https://example.com/" } } }),
    ] {
        let error = validate(&schema, &json!({})).unwrap_err();
        assert!(
            matches!(error, SettingsSchemaError::Unbounded { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_reference_in_data_is_data() {
    let schema = json!({ "properties": {
        "$ref": { "type": "string" },
        "a": { "default": { "$ref": "https://example.com/" }, "enum": [{ "$ref": "x" }] }
    } });
    assert_eq!(problems(&schema, &json!({ "$ref": "text" })), vec![]);
}

#[test]
fn long_settings_make_short_messages() {
    let long = "x".repeat(100_000);
    let settings = json!({ "skip": long, "columns": vec![json!(7); 10_000] });
    let found = problems(&csv(), &settings);
    assert_eq!(found.len(), MOST_PROBLEMS);
    assert!(found.iter().all(|(_, text)| text.len() < 500));
}
