//! What programs read: the examples of `docs/json.md` are answers of this very program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::desk::Desk;

fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json")
}

/// Compares an answer with the example in `docs/json`.
pub fn assert_documented(name: &str, answer: &str) {
    let folder = documents();
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
    desk.configure(
        "[operators]",
        "[notify.log]\nkind = \"log\"\nfile = \"told.jsonl\"\n\n[operators]",
    );
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
    desk.quietly("operator away jan --substitute eva --until 2026-03-09T06:00:00Z --as jan");
    documented(&desk, "operator-list", "operator list");
    documented(&desk, "case-list", "case list --all --limit 1");
    documented(&desk, "operation-list", "operation list --limit 1");
    documented(&desk, "resource-list", "resource list");
    documented(&desk, "resource-show", "resource show payroll");
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
    documented(&desk, "export-show", "export show export-1");
    desk.quietly("request payroll --file people.jsonl --requester iam");
    desk.now("2026-03-02T08:10:00Z");
    desk.quietly("run --no-exports");
    documented(
        &desk,
        "case-not-possible",
        "case not-possible case-2 --as eva --reason 'left the company'",
    );
    let several = desk.type_in("--json case done case-2 case-3 --as eva");
    assert_eq!(several.status.code(), Some(1));
    assert_documented(
        "case-done-several",
        std::str::from_utf8(&several.stdout).expect("UTF-8"),
    );
    desk.now("2026-03-05T08:00:00Z");
    documented(&desk, "run", "run");
    documented(&desk, "account-show", "account show payroll shorvath");
    desk.quietly(
        "drift acknowledge payroll sysbatch --as petra --reason 'the nightly batch runs as it'",
    );
    documented(&desk, "drift-list", "drift list --all --limit 2");
    documented(&desk, "audit-verify", "audit verify");
    desk.quietly("request payroll E9999 -a given=Abe -a family=Nobody -a personnel-number=9 -a cost-center=100 -a hired=2026-03-01 -a employment-status=A -a roles=payslip");
    desk.quietly("request payroll E9999 --remove");
    documented(
        &desk,
        "identity-erase",
        "identity erase E9999 --as jan --reason 'never came'",
    );
    for name in ["paymaster-20260304-2300.csv", "paymaster-20260304-2330.csv"] {
        desk.write_half_an_export(name);
    }
    let taken = desk.type_in("--json export take payroll --file paymaster-20260304-2300.csv");
    assert_eq!(taken.status.code(), Some(5));
    documented(&desk, "export-preview", "export preview export-3");
    documented(
        &desk,
        "export-discard",
        "export discard export-3 --as eva --reason 'only the half of it'",
    );
    desk.type_in("export take payroll --file paymaster-20260304-2330.csv");
    documented(
        &desk,
        "export-release",
        "export release export-4 --as eva --reason 'the other half moved to another site'",
    );
    documented(&desk, "operation-show", "operation show op-1");
    documented(
        &desk,
        "notification-list",
        "notification list --state delivered --limit 2",
    );
    documented(&desk, "notification-show", "notification show 1");
    let again = desk.type_in("--json notification retry 1 999999");
    assert_eq!(again.status.code(), Some(1));
    assert_documented(
        "notification-retry",
        std::str::from_utf8(&again.stdout).expect("UTF-8"),
    );
    documented(&desk, "case-show", "case show case-1");
}

#[test]
fn errors_are_json_too() {
    let mut desk = Desk::new();
    let output = desk.type_in("--json account show payroll nobody");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert_documented("error", &error);
}

#[test]
fn components_and_new_folders_have_a_shape_too() {
    let desk = Desk::empty();
    assert_documented("init", &desk.answer("--json init my-payroll"));
    // How large a component is depends on what compiled it.
    let inspected = desk.answer("--json component inspect csv");
    let size = serde_json::from_str::<Value>(&inspected).expect("JSON")["size"].to_string();
    let inspected = inspected.replace(&format!("\"size\": {size}"), "\"size\": 600000");
    assert_documented("component-inspect", &inspected);
    let list: Value = serde_json::from_str(&desk.answer("--json component list")).expect("JSON");
    assert_eq!(
        list.as_array().map(Vec::len),
        Some(provisor_builtin::names().len())
    );
}

#[test]
fn who_vouches_for_a_component_has_a_shape_too() {
    let desk = crate::packages::desk();
    for name in ["alice", "bob"] {
        desk.quietly(&format!(
            "component sign c.wasm --key {name}.key --name {name} --out {name}.sig"
        ));
    }
    let verified = desk.answer(&format!(
        "--json component verify c.wasm --signature alice.sig --signature bob.sig --key {}",
        crate::packages::known("alice")
    ));
    assert_documented("component-verify", &verified);
}

#[test]
fn every_key_of_the_examples_is_explained() {
    let folder = documents();
    let page = std::fs::read_to_string(folder.join("../json.md")).expect("docs/json.md");
    let reports = folder.join("../conformance.md");
    let reports = std::fs::read_to_string(reports).expect("docs/conformance.md");
    let mut examples = 0;
    for entry in std::fs::read_dir(&folder).expect("docs/json") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("read");
        let mut keys = BTreeSet::new();
        collect_keys(&serde_json::from_str(&text).expect("JSON"), &mut keys);
        for key in keys {
            assert!(
                page.contains(&format!("`{key}`"))
                    || page.contains(&format!("`error.{key}`"))
                    || reports.contains(&format!("`{key}`")),
                "neither docs/json.md nor docs/conformance.md explains {key}, which is in {}",
                path.display()
            );
        }
        examples += 1;
    }
    assert_eq!(
        examples,
        page.matches("(json/").count(),
        "every example has one place in docs/json.md"
    );
}

/// Keys that are the same for everybody; attributes are named by whoever describes a resource, facts
/// of a ticket as well, and numbers of operations are keys, too.
fn collect_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if key.parse::<u64>().is_err() {
                    keys.insert(key.clone());
                }
                let named_by_attributes = ["attributes", "reported", "refused", "facts"];
                if !(value.is_object() && named_by_attributes.contains(&key.as_str())) {
                    collect_keys(value, keys);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_keys(value, keys)),
        _ => {}
    }
}
