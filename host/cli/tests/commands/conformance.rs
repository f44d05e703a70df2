//! A component is judged.

use insta::assert_snapshot;
use serde_json::Value;

use crate::desk::Desk;
use crate::json::assert_documented;

const PEOPLE: &str = r#"{"given": "Ann", "family": "Turner", "team": ["agents", "staff"]}
{"given": "Bob", "family": "Novák", "team": "night"}
"#;

const SETTINGS: &str = r#"{"attributes": {
    "login": "ascii(identity.family).lower() + (iteration > 0 ? string(iteration) : '')",
    "name": "identity.given + ' ' + identity.family"
}}"#;

/// The same identifier whatever was tried before.
const STUBBORN: &str = r#"{"attributes": {
    "login": "ascii(identity.family).lower()",
    "name": "identity.given + ' ' + identity.family"
}}"#;

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("people.jsonl", PEOPLE);
    desk.write("settings.json", SETTINGS);
    desk.write("stubborn.json", STUBBORN);
    desk
}

#[test]
fn a_component_is_judged_and_what_does_not_hold_is_told_with_its_remedy() {
    let mut desk = desk();
    let good = "component conform cel-mapping --settings settings.json --input people.jsonl";
    let bad = "component conform cel-mapping --settings stubborn.json --input people.jsonl";
    desk.type_in(&format!(
        "{good} --level should --report report.json --junit report.xml"
    ));
    desk.type_in(&format!("{bad} --level should --property M68"));
    desk.type_in(&format!("{bad} --property M68 --property G3"));
    assert_snapshot!(desk.transcript());

    let report = std::fs::read(desk.path("report.json")).expect("written");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(
        (&report["conforms"], &report["whole"]),
        (&true.into(), &true.into())
    );
    let junit = std::fs::read_to_string(desk.path("report.xml")).expect("written");
    assert!(junit.contains("<testsuite name=\"provisor conformance of cel-mapping"));
}

#[test]
fn mistakes_are_told_before_anything_is_tried() {
    let mut desk = desk();
    desk.write("broken.jsonl", "{\"given\": 5}\n");
    for (line, told) in [
        (
            "cel-mapping --settings settings.json",
            "needs an example input",
        ),
        (
            "cel-mapping --settings settings.json --input broken.jsonl",
            "line 1 of the example input: given is neither a text nor a list of texts",
        ),
        (
            "cel-mapping --input people.jsonl --property M99",
            "\"M99\" is no property",
        ),
        (
            "cel-mapping --input nobody.jsonl",
            "nobody.jsonl cannot be read",
        ),
        (
            "people.jsonl --input people.jsonl",
            "the component cannot be judged",
        ),
        (
            "nowhere.wasm",
            "nowhere.wasm is neither a component nor the folder of a project",
        ),
        ("cel-mapping --product typewriter", "slips"),
    ] {
        let output = desk.type_in(&format!("component conform {line}"));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{line} succeeds");
        assert!(error.contains(told), "{line}: {error}");
    }
}

#[test]
fn the_report_in_json_is_as_documented() {
    let desk = desk();
    let answer = desk.answer(
        "--json component conform cel-mapping --settings stubborn.json --input people.jsonl --property G3 \
         --property M68 --property M69",
    );
    let mut report: Value = serde_json::from_str(&answer).expect("JSON");
    report["time"] = 250_000.into();
    report["component"]["size"] = 2_000_000.into();
    for judged in report["properties"].as_array_mut().expect("a list") {
        let evidence = &mut judged["evidence"];
        evidence["time"] = 2_000.into();
        for (name, number) in [("cpu-time", 1_500), ("peak-memory", 2_000_000)] {
            if evidence[name] != 0 {
                evidence[name] = number.into();
            }
        }
    }
    let shown = serde_json::to_string_pretty(&report).expect("JSON");
    assert_documented("component-conform", &format!("{shown}\n"));
}
