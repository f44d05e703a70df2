//! What people get wrong: the answer says what, where and what to do, and nothing has changed.

use insta::assert_snapshot;

use crate::desk::Desk;

/// Everything that would show a change.
fn state(desk: &Desk) -> String {
    [
        "--json operation list --all --limit 1000",
        "--json case list --all --limit 1000",
        "--json account list --limit 1000",
        "--json export list payroll",
    ]
    .map(|line| desk.answer(line))
    .concat()
}

fn assert_refused(desk: &mut Desk, lines: &[&str]) {
    let before = state(desk);
    for line in lines {
        let output = desk.type_in(line);
        assert!(!output.status.success(), "{line} should be refused");
        assert!(!output.stderr.is_empty(), "{line} says nothing");
    }
    assert_eq!(state(desk), before);
}

#[test]
fn mistakes_with_names_and_values() {
    let mut desk = Desk::with_requests();
    desk.quietly("case done case-2 --as eva");
    assert_refused(
        &mut desk,
        &[
            "account show payrol amcdonal",
            "account show payroll nobody",
            "account list --resource payrol",
            "resource show payrol",
            "export take payrol",
            "case show case-999",
            "case show op-7",
            "operation show op-999",
            "export show export-9",
            "case claim case-3 --as mallory",
            "case done case-3 --as mallory",
            "case done case-2 --as eva",
            "case done case-3 --as eva --set active=perhaps",
            "case done case-3 --as eva --set hired=31.12.2020",
            "case done case-3 --as eva --set shoe-size=44",
            "case done case-3 --as eva --set login=amcdonal",
            "case done case-3 --as eva --set nonsense",
            "case not-possible case-3 --as eva",
            "case not-possible case-3 --as eva --reason ' '",
            "operation release op-3 --as eva",
            "operation list --state finished",
            "request payroll",
            "request payroll E1 -a nonsense",
            "request payroll E1 -a given=Ann",
            "request payrol E1 -a given=Ann",
            "--now yesterday case list",
            "frobnicate",
            "demo --json",
        ],
    );
    assert_snapshot!(desk.transcript());
}

#[test]
fn mistakes_with_exports() {
    let mut desk = Desk::with_requests();
    desk.write("outside.csv", "LOGIN\r\n");
    desk.write("exports/paymaster-20260302-0000.csv", "LOGIN;NAME\r\n");
    desk.write("exports/paymaster-20260302-0001.csv", b"\x98\x98\r\n\x98");
    std::fs::create_dir(desk.path("exports/paymaster-20260302-0002.csv")).expect("made");
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        desk.path("outside.csv"),
        desk.path("exports/paymaster-20260302-0003.csv"),
    )
    .expect("linked");
    let before = state(&desk);
    for name in [
        "nothing.csv",
        "../outside.csv",
        "/etc/passwd",
        "..",
        "paymaster-20260302-0002.csv",
        "paymaster-20260302-0003.csv",
    ] {
        let output = desk.type_in(&format!("export take payroll --file {name}"));
        assert!(!output.status.success());
    }
    assert_eq!(state(&desk), before);
    // These are answers about a file, so they are kept; nothing else changes.
    for name in ["paymaster-20260302-0000.csv", "paymaster-20260302-0001.csv"] {
        let output = desk.type_in(&format!("export take payroll --file {name}"));
        assert_eq!(output.status.code(), Some(4));
    }
    assert_snapshot!(desk.transcript());
}

#[test]
fn mistakes_with_files_of_identities() {
    let mut desk = Desk::with_requests();
    desk.write("broken.jsonl", "{\"id\": \"E1\"}\n{\"id\": \n");
    desk.write("nobody.jsonl", "{\"given\": \"Ann\"}\n");
    desk.write(
        "nested.jsonl",
        "{\"id\": \"E1\", \"given\": {\"first\": \"Ann\"}}\n",
    );
    desk.write("list.jsonl", "[1, 2]\n");
    desk.write("twice.jsonl", "{\"id\": \"E1\"}\n\n{\"id\": \"E1\"}\n");
    desk.write("latin.jsonl", b"{\"id\": \"Zo\xeb\"}\n");
    std::fs::create_dir(desk.path("folder.jsonl")).expect("made");
    assert_refused(
        &mut desk,
        &[
            "request payroll --file nothing.jsonl",
            "request payroll --file broken.jsonl",
            "request payroll --file nobody.jsonl",
            "request payroll --file nested.jsonl",
            "request payroll --file list.jsonl",
            "request payroll --file twice.jsonl",
            "request payroll --file latin.jsonl",
            "request payroll --file folder.jsonl",
            "request payroll E1 --file people.jsonl",
        ],
    );
    assert_snapshot!(desk.transcript());
}

#[test]
fn mistakes_with_the_configuration() {
    let mut desk = Desk::new();
    desk.type_in("--config nothing.toml case list");
    desk.write("broken.toml", "[resource.payroll\ntitle = 3\n");
    desk.type_in("--config broken.toml case list");
    desk.configure("title = \"PayMaster\"", "tilte = \"PayMaster\"");
    desk.configure("grace = \"24h\"", "grace = \"a day\"");
    desk.configure("component = \"cel-policy\"", "component = \"cel-polizei\"");
    desk.configure("upper(role)", "uper(role)");
    desk.configure("delimiter = \";\"", "delimiter = 7");
    let output = desk.type_in("case list");
    assert_eq!(output.status.code(), Some(3));
    desk.type_in("--json case list");
    // What only the components can judge comes once the rest is right.
    desk.configure("tilte = \"PayMaster\"", "title = \"PayMaster\"");
    desk.configure("grace = \"a day\"", "grace = \"24h\"");
    desk.configure("component = \"cel-polizei\"", "component = \"cel-policy\"");
    desk.type_in("case list");
    assert_snapshot!(desk.transcript());
}

#[test]
fn init_writes_over_nothing() {
    let mut desk = Desk::empty();
    desk.write("people.jsonl", "mine");
    std::fs::create_dir(desk.path("taken")).expect("made");
    desk.write("taken/exports", "a file where the folder should be");
    #[cfg(unix)]
    {
        std::fs::create_dir(desk.path("linked")).expect("made");
        std::os::unix::fs::symlink(desk.path("elsewhere"), desk.path("linked/provisor.toml"))
            .expect("linked");
    }
    for folder in [".", "taken", "linked", "people.jsonl"] {
        let output = desk.type_in(&format!("init {folder}"));
        assert_eq!(output.status.code(), Some(1), "{folder}");
    }
    assert_eq!(
        std::fs::read_to_string(desk.path("people.jsonl")).expect("read"),
        "mine"
    );
    for name in ["provisor.toml", "elsewhere", "taken/provisor.toml"] {
        assert!(!desk.path(name).exists(), "{name} was written");
    }
    assert_snapshot!(desk.transcript());
}
