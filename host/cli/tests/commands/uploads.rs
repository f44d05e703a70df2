//! Components that are brought into a running host, as it is typed.

use insta::assert_snapshot;
use provisor::package::{PrivateKey, Subject};

use crate::desk::Desk;
use crate::json::assert_documented;

/// A desk whose mapping is one that is uploaded.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.configure(
        "component = \"cel-mapping\"",
        "component = \"uploaded:cel-mapping\"",
    );
    desk.write("mapping.wasm", provisor_builtin::CEL_MAPPING);
    let mut second = provisor_builtin::CEL_MAPPING.to_vec();
    second.extend([0, 3, 1, b'n', 2]);
    desk.write("second.wasm", second);
    desk.write("broken.wasm", "no component");
    desk
}

/// The first digits of a version.
fn short(desk: &Desk, file: &str) -> String {
    let bytes = std::fs::read(desk.path(file)).expect("read");
    provisor::package::digest(&bytes).short()
}

/// What was typed, without what depends on who has compiled the components.
fn stable(desk: &Desk) -> String {
    let mut text = desk.transcript().to_owned();
    for (file, name) in [("mapping.wasm", "<first>"), ("second.wasm", "<second>")] {
        let size = std::fs::metadata(desk.path(file)).expect("there").len();
        text = text
            .replace(&short(desk, file), &format!("{name:<12}"))
            .replace(&size.to_string(), "<size>");
    }
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

#[test]
fn a_version_is_uploaded_looked_at_activated_and_gone_back_from() {
    let mut desk = desk();
    desk.type_in("request payroll E2001 -a given=Zoë -a family=Brown");
    desk.type_in("component upload broken.wasm --as ann");
    desk.type_in("component upload mapping.wasm --as ann --note 'as ordered'");
    desk.type_in("component activate cel-mapping --as eva --preview");
    desk.type_in("component activate cel-mapping --as eva --reason 'the first one'");
    desk.now("2026-03-02T09:00:00Z");
    desk.type_in("component upload second.wasm --as ann");
    let second = short(&desk, "second.wasm");
    desk.type_in(&format!("component activate {second} --as eva"));
    desk.now("2026-03-02T10:00:00Z");
    desk.type_in("component roll-back cel-mapping --as eva --reason 'wrong logins'");
    desk.type_in("component roll-back cel-mapping --as eva --reason 'wrong logins'");
    desk.type_in(&format!(
        "component retire {second} --as eva --reason 'wrong logins'"
    ));
    let first = short(&desk, "mapping.wasm");
    desk.type_in(&format!("component show {first}"));
    desk.type_in(&format!("component delete {first} --as eva"));
    assert_snapshot!(stable(&desk));
}

#[test]
fn somebody_else_approves_where_four_eyes_are_needed() {
    let mut desk = desk();
    desk.configure(
        "[operators]",
        "[components]\nfour-eyes = true\nactivators = [\"eva\", \"jan\"]\n\n[operators]",
    );
    desk.quietly("component upload mapping.wasm --as ann");
    desk.type_in("component activate cel-mapping --as eva");
    desk.type_in("component approve cel-mapping --as eva");
    desk.type_in("component approve cel-mapping --as ann");
    desk.type_in("component show cel-mapping");
    desk.type_in("component approve cel-mapping --as jan");
    assert_snapshot!(stable(&desk));
}

#[test]
fn what_means_harm_is_refused_with_its_rule_its_place_and_what_would_be_accepted() {
    let mut desk = desk();
    desk.configure(
        "[operators]",
        "[components]\nmax-size = \"16MiB\"\n\n[operators]",
    );
    let mut half = provisor_zoo::good();
    half.truncate(half.len() / 2);
    desk.write("half.wasm", half);
    let names = [
        "a-description-without-end",
        "ten-thousand-core-instances",
        "ten-megabytes-of-settings-schema",
        "precompiled-bytes",
        "an-import-that-is-not-offered",
        "a-section-of-twenty-megabytes",
    ];
    for (minute, name) in names.into_iter().enumerate() {
        desk.now(&format!("2026-03-02T08:{minute:02}:00Z"));
        let file = format!("{name}.wasm");
        desk.write(&file, provisor_zoo::case(name).bytes);
        desk.type_in(&format!("component upload {file} --as ann"));
    }
    desk.type_in("component upload half.wasm --as ann");
    desk.type_in("component upload exports --as ann");
    desk.type_in("component upload nothing.wasm --as ann");
    desk.type_in("component list");
    assert_snapshot!(stable(&desk));
}

#[cfg(unix)]
#[test]
fn what_never_ends_is_not_read() {
    let mut desk = desk();
    let pipe = desk.path("pipe.wasm");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("it runs").success());
    for command in ["check", "inspect", "upload --as ann"] {
        for file in ["pipe.wasm", "/dev/zero"] {
            desk.type_in(&format!("component {command} {file}"));
        }
    }
    assert_snapshot!(stable(&desk));
}

#[test]
fn a_canary_that_stands_is_seen_in_the_list_and_beside_both_versions() {
    let mut desk = desk();
    desk.quietly("component upload mapping.wasm --as ann");
    desk.quietly("component activate cel-mapping --as eva");
    desk.now("2026-03-02T09:00:00Z");
    desk.quietly("component upload second.wasm --as ann");
    desk.quietly("component canary cel-mapping --share 10% --as petra");
    desk.type_in("component list");
    for file in ["mapping.wasm", "second.wasm"] {
        let version = short(&desk, file);
        desk.type_in(&format!("component show {version}"));
    }
    assert_snapshot!(stable(&desk));
}

#[test]
fn a_key_that_lost_its_trust_is_pointed_out_and_what_to_do_is_said() {
    let mut desk = desk();
    let (alice, bob) = (
        PrivateKey::new().expect("a key"),
        PrivateKey::new().expect("a key"),
    );
    desk.configure(
        "[operators]",
        &format!(
            "[components.trust.keys]\nalice = \"{}\"\nbob = \"{}\"\n\n\
             [[components.trust.rule]]\nall-of = [\"alice\"]\n\n[operators]",
            alice.public(),
            bob.public()
        ),
    );
    for (file, at) in [("mapping.wasm", "08:00"), ("second.wasm", "09:00")] {
        desk.now(&format!("2026-03-02T{at}:00Z"));
        let bytes = std::fs::read(desk.path(file)).expect("read");
        for (name, key) in [("alice", &alice), ("bob", &bob)] {
            let signature = key.sign(Subject::Component, &bytes, None);
            let written = signature.write(&desk.path(&format!("{file}.{name}.sig")));
            written.expect("written");
        }
        desk.type_in(&format!(
            "component upload {file} --as ann --signature {file}.alice.sig"
        ));
        desk.type_in("component activate cel-mapping --as eva");
    }
    desk.configure("all-of = [\"alice\"]", "all-of = [\"bob\"]");
    desk.now("2026-03-02T10:00:00Z");
    desk.type_in("component list");
    desk.type_in("component show cel-mapping");
    desk.type_in("resource show payroll");
    desk.type_in("component roll-back cel-mapping --as eva --reason 'wrong logins'");
    desk.type_in("component upload mapping.wasm --as ann --signature mapping.wasm.bob.sig");
    desk.type_in("component roll-back cel-mapping --as eva --reason 'wrong logins'");
    assert_snapshot!(stable(&desk));
}

#[test]
fn bytes_that_were_dropped_are_told_of() {
    let mut desk = desk();
    desk.configure(
        "[operators]",
        "[retention]\nuploads = \"30d\"\n\n[operators]",
    );
    desk.quietly("component upload mapping.wasm --as ann");
    let first = short(&desk, "mapping.wasm");
    desk.quietly(&format!("component retire {first} --as eva --reason old"));
    desk.now("2026-03-02T09:00:00Z");
    desk.quietly("component upload second.wasm --as ann");
    desk.quietly("component activate cel-mapping --as eva");
    desk.now("2026-04-02T09:00:00Z");
    desk.type_in("run --no-exports");
    desk.type_in("component list");
    desk.type_in(&format!("component show {first}"));
    desk.type_in(&format!("component replay {first}"));
    assert_snapshot!(stable(&desk));
}

#[test]
fn what_programs_read_about_uploads_is_as_documented() {
    let desk = desk();
    let documented = |name: &str, line: &str| {
        let answer = desk.answer(&format!("--json {line}"));
        let size = std::fs::metadata(desk.path("mapping.wasm"))
            .expect("there")
            .len();
        let answer = answer.replace(&format!("\"size\": {size}"), "\"size\": 4000000");
        assert_documented(name, &answer);
    };
    documented("component-upload", "component upload mapping.wasm --as ann");
    documented(
        "component-activate",
        "component activate cel-mapping --as eva",
    );
    documented("component-show", "component show cel-mapping");
}
