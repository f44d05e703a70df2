//! Another version of a component, as it is tried before everybody gets it.

use insta::assert_snapshot;
use provisor_builtin::hostile::{NAMES, RULES};

use crate::desk::Desk;
use crate::json::assert_documented;
use crate::pages::type_page;

/// The payroll example with an uploaded mapping, and three versions of it in the folder.
fn desk_with_names() -> Desk {
    let desk = Desk::new();
    let configuration = std::fs::read_to_string(desk.path("provisor.toml")).expect("read");
    let (before, rest) = configuration
        .split_once("[resource.payroll.mapping]")
        .expect("a mapping");
    let (_, after) = rest.split_once("# What may go out").expect("a policy");
    let mapping = "[resource.payroll.mapping]\ncomponent = \"uploaded:names\"\n\n# What may go out";
    desk.write("provisor.toml", [before, mapping, after].concat());
    for (version, bytes) in ["names-1.wasm", "names-2.wasm", "names-3.wasm"]
        .into_iter()
        .zip(NAMES)
    {
        desk.write(version, bytes);
    }
    desk
}

/// Everybody has an account as the first version says.
fn desk_in_use() -> Desk {
    let desk = desk_with_names();
    desk.quietly("component upload names-1.wasm --as ann");
    desk.quietly("component activate names --as petra");
    desk.quietly("request payroll --file people.jsonl --requester iam");
    desk
}

#[test]
fn the_page_about_trying_a_version_can_be_typed_as_it_stands() {
    let mut desk = desk_with_names();
    type_page(&mut desk, "canary.md");
    let compared = desk.answer("component compare names");
    assert!(compared.contains("RENAMED"), "{compared}");
    assert!(
        compared.contains("ended 2026-03-02T08:00:00Z by petra"),
        "{compared}"
    );
    // Everybody is called as before.
    let renamed = desk.answer("operation list --limit 1000");
    assert!(!renamed.contains("rename"), "{renamed}");
    assert_snapshot!(desk.transcript());
}

#[test]
fn what_a_version_would_have_said_is_shown_with_the_worst_first() {
    let mut desk = desk_in_use();
    let mishap = "-a given=Davy -a family=Jones -a personnel-number=9 -a mishap=trap";
    desk.quietly(&format!("request payroll E9001 {mishap}"));
    let refused = "-a given=Bill -a family=Bones -a personnel-number=8 -a mishap=refuse";
    desk.quietly(&format!("request payroll E9002 {refused}"));
    for line in [
        "component replay names-1.wasm",
        "component replay names-2.wasm --examples 1",
        "component replay names-2.wasm --limit 20",
        "component replay csv",
        "component replay cel-mapping",
        "component replay names-3.wasm",
        "component replay nothing.wasm",
        "component compare names",
    ] {
        desk.type_in(line);
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_policy_is_asked_about_what_it_was_shown() {
    let mut desk = Desk::new();
    let configuration = std::fs::read_to_string(desk.path("provisor.toml")).expect("read");
    let (before, rest) = configuration
        .split_once("[resource.payroll.policy]")
        .expect("a policy");
    let (_, after) = rest.split_once("# What a case tells").expect("cases");
    let policy = "[resource.payroll.policy]\ncomponent = \"./rules-1.wasm\"\n\n# What a case tells";
    desk.write("provisor.toml", [before, policy, after].concat());
    for (version, bytes) in ["rules-1.wasm", "rules-2.wasm"].into_iter().zip(RULES) {
        desk.write(version, bytes);
    }
    desk.type_in("component replay rules-2.wasm");
    for (id, kind) in [
        ("E1", "vip"),
        ("E2", "intern"),
        ("E3", "trap"),
        ("E4", "clerk"),
    ] {
        desk.quietly(&format!(
            "request payroll {id} -a given={kind} -a family=Jones -a personnel-number={} \
             -a cost-center=100 -a hired=2026-03-01 -a employment-status=A -a kind={kind}",
            &id[1..]
        ));
    }
    desk.now("2026-03-02T08:10:00Z");
    desk.quietly("run --no-exports");
    desk.type_in("component replay rules-1.wasm");
    desk.type_in("component replay rules-2.wasm");
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_canary_that_cannot_be_is_refused() {
    let mut desk = desk_in_use();
    desk.quietly("component upload names-2.wasm --as ann");
    for line in [
        "component canary names --as petra",
        "component canary names --as petra --share 0%",
        "component canary names --as petra --share 10% --resource payroll",
        "component canary names --as petra --resource archive",
        "component canary others --as petra --share 10%",
        "component canary names --stop --as petra",
        "component canary names --as petra --share 100% --reason 'looks good'",
        "component canary names --as petra --share 100%",
        "resource show payroll",
        "component canary names --stop --as petra --reason 'enough'",
        "component compare names",
        "component delete names --as petra",
    ] {
        desk.type_in(line);
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn what_programs_read_of_it_is_as_documented() {
    let desk = desk_in_use();
    desk.quietly("component upload names-2.wasm --as ann");
    let answer = |line: &str| desk.answer(&format!("--json {line}"));
    let replay = answer("component replay names-2.wasm --examples 1");
    assert_documented("component-replay", &replay);
    let canary = answer("component canary names --as petra --share 10% --reason try");
    assert_documented("component-canary", &canary);
    desk.quietly("request payroll --file people.jsonl --requester iam");
    let compared = answer("component compare names --limit 1");
    assert_documented("component-compare", &compared);
}
