//! What `--help` says.

use insta::assert_snapshot;

use crate::desk::Desk;

#[test]
fn every_command_explains_itself() {
    let mut desk = Desk::empty();
    for command in [
        "",
        "init",
        "demo",
        "resource",
        "account",
        "account list",
        "request",
        "operation",
        "operation list",
        "operation release",
        "operation hold",
        "case",
        "case list",
        "case done",
        "case not-possible",
        "case pass-on",
        "case reopen",
        "case attach",
        "operator",
        "operator away",
        "export",
        "export preview",
        "export release",
        "export take",
        "audit",
        "audit verify",
        "identity erase",
        "run",
        "component",
        "component canary",
        "component compare",
        "component build",
        "component check",
        "component export",
        "component import",
        "component inspect",
        "component activate",
        "component upload",
        "component key",
        "component logs",
        "component replay",
        "component new",
        "component run",
        "component sign",
        "component stats",
        "component verify",
    ] {
        desk.type_in(format!("{command} --help").trim_start());
    }
    // `component pull` is there only where the feature `registry` is.
    let lines = desk.transcript().lines();
    let always: Vec<_> = lines.filter(|line| !line.starts_with("  pull ")).collect();
    assert_snapshot!(always.join("\n"));
}
