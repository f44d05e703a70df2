//! What people do on a day, as they type it.

use insta::assert_snapshot;

use crate::desk::Desk;

#[test]
fn the_demo_tells_the_whole_story() {
    let mut desk = Desk::empty();
    desk.type_in("demo");
    let story = desk.transcript();
    for event in [
        "is held",
        "releases it: op-",
        "is done as zsimkov1.new",
        "`not-yet`",
        "1 operation contradicted",
        "create the account ttran3",
        "desired zsimkov1.new",
        "drift changed: roles",
        "Try next",
    ] {
        assert!(story.contains(event), "nothing about {event:?} in {story}");
    }
    for several in ["operations", "cases", "requests", "new rows", "changes"] {
        let wrong = format!(" 1 {several}");
        assert!(!story.contains(&wrong), "{wrong:?} in {story}");
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_newcomer_starts_with_init() {
    let mut desk = Desk::empty();
    desk.type_in("init my-payroll");
    desk.type_in("init my-payroll");
    desk.type_in("--config my-payroll/provisor.toml resource list");
    desk.type_in("--config my-payroll/provisor.toml resource show payroll");
    assert_snapshot!(desk.transcript());
}

#[test]
fn requests_become_cases() {
    let mut desk = Desk::new();
    desk.type_in("export take payroll --file paymaster-20260301-2200.csv");
    desk.type_in("request payroll --file people.jsonl --requester iam");
    desk.type_in(
        "request payroll E2001 -a given=Zoë -a family=Brown -a personnel-number=777 -a cost-center=100 \
         -a hired=2026-03-01 -a employment-status=A -a roles=payslip",
    );
    desk.type_in("resource list");
    desk.type_in("resource show payroll");
    desk.type_in("operation list --limit 5");
    desk.type_in("operation list --state waiting");
    desk.type_in("operation release op-5 --as head-of-audit");
    desk.type_in("operation show op-5");
    desk.type_in("case list --for eva --limit 5");
    desk.type_in("account list --limit 5");
    desk.type_in("account list --resource payroll --name zsimk");
    desk.type_in("account list --resource payroll --unexpected");
    assert_snapshot!(desk.transcript());
}

#[test]
fn an_operator_works_on_cases() {
    let mut desk = Desk::with_requests();
    desk.type_in("case claim case-2 --as eva");
    desk.type_in("case show case-2");
    desk.type_in(
        "case done case-2 --as eva --set login=ann.mcdonald --note 'the name was too long'",
    );
    desk.type_in("case show case-2");
    desk.type_in("case done case-3 case-4 --as jan");
    desk.type_in("case not-possible case-5 --as jan --reason 'left the company'");
    desk.type_in("case cancel case-6 --as jan --reason 'asked for by mistake'");
    desk.type_in("case list --all --limit 8");
    assert_snapshot!(desk.transcript());
}

#[test]
fn an_operator_slips_and_puts_it_right() {
    let mut desk = Desk::with_requests();
    desk.type_in("case claim case-2 --as eva");
    desk.type_in("case pass-on case-2 --as eva --to jan");
    desk.type_in("case give-back case-2 --as jan");
    desk.type_in("case comment case-2 --as eva 'the form is in the blue folder'");
    desk.type_in("case done case-2 --as eva --not-possible 'roles=there is no such field'");
    desk.type_in("case show case-2");
    desk.type_in("case reopen case-2 --as eva --reason 'that was another one'");
    desk.type_in("case list --limit 1");
    desk.type_in("case reopen case-2 --as eva --reason 'once more'");
    desk.type_in("case done case-2 --operation op-2 --as eva");
    desk.type_in("case not-possible case-3 --operation op-2 --as eva --reason no");
    desk.type_in("operation hold op-5 --as eva --reason 'let us wait for the form'");
    desk.type_in("operation list --state waiting");
    desk.type_in("account history payroll amcdonal");
    assert_snapshot!(desk.transcript());
}

#[test]
fn components_say_what_they_are() {
    let mut desk = Desk::empty();
    let output = desk.type_in("component inspect csv");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for part in ["world      reader", "provisor:connector/input", "sha256"] {
        assert!(text.contains(part), "{text}");
    }
    let list = desk.answer("component list");
    for name in provisor_builtin::names() {
        assert!(list.contains(name), "{list}");
        let schema = desk.answer(&format!("component inspect {name} --settings-schema"));
        let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
        assert_eq!(schema["type"], "object");
    }
}

#[test]
fn colours_are_only_for_terminals_unless_asked_for() {
    let desk = Desk::new();
    assert!(!desk.answer("resource list").contains('\u{1b}'));
    assert!(
        desk.answer("--color always resource list")
            .contains('\u{1b}')
    );
    assert!(
        !desk
            .answer("--color always --json resource list")
            .contains('\u{1b}')
    );
}

#[test]
fn whoever_reads_an_answer_may_stop_reading() {
    let desk = Desk::new();
    for line in ["resource list", "--json resource list"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = desk.run_into(line, writer.into());
        assert!(output.status.success(), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}
