//! What programs read: the examples of `docs/json.md` are answers of this very program.

use std::path::Path;

use crate::desk::Desk;

/// Compares an answer with the example in `docs/json`.
fn assert_documented(name: &str, answer: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json");
    let file = folder.join(format!("{name}.json"));
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(&file, answer).expect("written");
    }
    let example = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        example == answer,
        "docs/json/{name}.json is not what the program answers; INSTA_UPDATE=always writes it \
         anew, and docs/json.md must say what changed. The answer:\n{answer}"
    );
    let page = std::fs::read_to_string(folder.join("../json.md")).expect("docs/json.md");
    assert!(
        page.contains(&format!("(json/{name}.json)")),
        "docs/json.md does not name json/{name}.json"
    );
}

#[test]
fn every_answer_in_json_is_as_documented() {
    let mut desk = Desk::new();
    let documented = |desk: &Desk, name: &str, line: &str| {
        assert_documented(name, &desk.answer(&format!("--json {line}")));
    };
    documented(
        &desk,
        "export-take",
        "export take payroll --file paymaster-20260301-2200.csv",
    );
    documented(
        &desk,
        "request",
        "request payroll E2001 -a given=Zoë -a family=Brown -a personnel-number=777 -a cost-center=100 \
         -a hired=2026-03-01 -a employment-status=A -a roles=payslip -a roles=auditor",
    );
    documented(
        &desk,
        "operation-release",
        "operation release op-1 --as head-of-audit",
    );
    documented(&desk, "case-claim", "case claim case-1 --as eva");
    documented(
        &desk,
        "case-done",
        "case done case-1 --as eva --set login=zoe.brown --note 'as she wished'",
    );
    documented(&desk, "case-list", "case list --all --limit 1");
    documented(&desk, "operation-list", "operation list --limit 1");
    documented(&desk, "resource-list", "resource list");
    documented(&desk, "account-list", "account list --limit 1");
    documented(
        &desk,
        "account-history",
        "account history payroll zoe.brown --limit 3",
    );
    documented(
        &desk,
        "account-list-unexpected",
        "account list --resource payroll --unexpected --limit 1",
    );
    documented(&desk, "export-list", "export list payroll");
    desk.quietly("request payroll --file people.jsonl --requester iam");
    desk.now("2026-03-05T08:00:00Z");
    documented(&desk, "run", "run");
    documented(&desk, "account-show", "account show payroll shorvath");
    documented(&desk, "operation-show", "operation show op-1");
    documented(&desk, "case-show", "case show case-1");
}

#[test]
fn errors_are_json_too() {
    let desk = Desk::new();
    let mut desk = desk;
    let output = desk.type_in("--json account show payroll nobody");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert_documented("error", &error);
}

#[test]
fn components_have_a_shape_too() {
    let desk = Desk::empty();
    let found: serde_json::Value =
        serde_json::from_str(&desk.answer("--json component inspect csv")).expect("JSON");
    let keys: Vec<&str> = found
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    let mut expected = [
        "name",
        "version",
        "summary",
        "world",
        "digest",
        "size",
        "capabilities",
        "origins",
        "imports",
        "exports",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    let list: serde_json::Value =
        serde_json::from_str(&desk.answer("--json component list")).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(3));
    let made: serde_json::Value =
        serde_json::from_str(&desk.answer("--json init here")).expect("JSON");
    assert_eq!(made["folder"], "here");
}
