//! Components of an author: from nothing to an answer.

use std::path::Path;

use insta::assert_snapshot;

use crate::desk::Desk;

/// Without what differs from one machine to another: times, and sizes, for a component carries the
/// paths of its sources.
fn steady(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if line.contains(" ms of processor time") {
            let fuel = line.contains("units of fuel");
            return format!("<used, fuel counted: {fuel}>\n");
        }
        match line.split_once("size ") {
            Some((before, _)) if line.ends_with(" bytes") => format!("{before}size <bytes>\n"),
            _ => format!("{line}\n"),
        }
    });
    lines.collect()
}

/// One folder for all that cargo makes of this project saves minutes.
fn share_target(desk: &Desk, project: &str) {
    #[cfg(unix)]
    {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects");
        std::fs::create_dir_all(&shared).expect("made");
        let target = desk.path(&format!("{project}/target"));
        std::os::unix::fs::symlink(shared, target).expect("linked");
    }
    #[cfg(not(unix))]
    let _ = (desk, project);
}

/// The page is tried from an empty folder, exactly as it is written.
#[test]
fn the_page_for_authors_can_be_typed_as_it_stands() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/components.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let (_, rust) = page.split_once("\n## Rust\n").expect("a section");
    let (rust, _) = rust.split_once("\n## ").expect("another section");
    let (mut desk, mut typed, mut shown) = (Desk::empty(), 0, String::new());
    for line in rust.lines().filter_map(|line| line.strip_prefix("    ")) {
        if let Some(command) = line.strip_prefix("provisor ") {
            shown = desk.answer(command);
            typed += 1;
            if let Some((_, name)) = command.rsplit_once("--language rust ") {
                share_target(&desk, name);
            }
        } else if let Some(folder) = line.strip_prefix("cd ") {
            desk.enter(folder);
        } else if line == "cargo test" {
            let tested = std::process::Command::new("cargo")
                .args(["test", "--quiet"])
                .current_dir(desk.path(""))
                .output()
                .expect("cargo runs");
            assert!(tested.status.success(), "{tested:?}");
        } else if !line.contains(" ms of processor time") {
            // What the page shows is what was shown.
            assert!(
                shown.lines().any(|it| it == line),
                "{line:?} is not in {shown}"
            );
        }
    }
    assert_eq!(typed, 4);
}

/// A project of each world in Rust, in the folder of that name.
fn made(desk: &mut Desk, world: &str) {
    desk.type_in(&format!(
        "component new --world {world} --language rust my-{world}"
    ));
    share_target(desk, &format!("my-{world}"));
    let answer = desk.answer(&format!("component build my-{world}"));
    desk.note(&format!(
        "$ provisor component build my-{world}\n{answer}\n"
    ));
}

#[test]
fn a_project_of_every_world_builds_and_answers_as_it_is() {
    let mut desk = Desk::empty();
    for world in ["mapping", "policy", "reader", "ticketing"] {
        made(&mut desk, world);
        desk.type_in(&format!("component check my-{world}"));
        desk.type_in(&format!("component run my-{world}"));
        desk.type_in(&format!(
            "--json component run my-{world} --limit wall-time=30s"
        ));
    }
    desk.type_in("component run my-ticketing --create my-ticketing/examples/draft.json");
    desk.type_in("component run my-ticketing --find provisor-17");
    desk.type_in("component run my-ticketing --status 7");
    desk.type_in(
        "component run my-ticketing --reach https://slips.example.org --bearer NO_SUCH_TOKEN",
    );
    desk.type_in("component run my-reader --rows 1");
    desk.type_in("component run my-reader --check");
    desk.type_in("component run my-mapping --limit memory=1MiB");
    desk.write("wrong.json", r#"{ "mail-domain": "@example.org" }"#);
    desk.type_in("component run my-mapping --settings wrong.json");
    desk.write("unknown.json", r#"{ "mail-domian": "example.org" }"#);
    desk.type_in("component run my-mapping --settings unknown.json");
    desk.write("rows.jsonl", "{}\n[1]\n");
    desk.type_in("component run my-mapping --input rows.jsonl");
    assert_snapshot!(steady_json(&steady(desk.transcript())));
}

/// Without the numbers of what was used.
fn steady_json(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let number = ["milliseconds", "peak-memory-bytes", "\"fuel\""];
        match line.split_once(": ") {
            Some((name, _)) if number.iter().any(|it| name.contains(it)) => {
                format!("{name}: <number>\n")
            }
            _ => format!("{line}\n"),
        }
    });
    lines.collect()
}

#[test]
fn what_no_author_changes_is_brought_anew() {
    let mut desk = Desk::empty();
    desk.type_in("component new --world policy --language javascript my-policy");
    desk.type_in("component refresh my-policy");
    desk.write("my-policy/src/page.js", "// of an older program");
    desk.write("my-policy/wit/world.wit", "// of an older program");
    desk.write("my-policy/src/policy.js", "// mine");
    desk.type_in("component refresh my-policy");
    desk.write("my-policy/src/page.js", "// of an older program");
    desk.type_in("--json component refresh my-policy");
    desk.type_in("component refresh nowhere");
    assert_snapshot!(desk.transcript());
}

#[test]
fn mistakes_with_projects() {
    let mut desk = Desk::empty();
    desk.type_in("component new --world mapping --language rust Help_Desk");
    desk.type_in("component new --world mapping --language rust serde");
    desk.type_in("component new --world provisioner --language rust helpdesk");
    desk.type_in("component new --world mapping --language cobol helpdesk");
    desk.write("helpdesk", "a file");
    desk.type_in("component new --world mapping --language rust helpdesk");
    desk.type_in("component build");
    desk.type_in("component build nowhere");
    desk.type_in("component check");
    desk.type_in("component check nothing.wasm");
    desk.write("core.wasm", b"\0asm\x01\0\0\0");
    desk.type_in("component check core.wasm");
    desk.type_in("--json component check core.wasm");
    desk.write("broken.wasm", b"\0asm\x0d\0\x01\0");
    desk.type_in("component check broken.wasm");
    desk.type_in("component run broken.wasm");
    desk.type_in("component run helpdesk --limit memory=1KiB");
    desk.type_in("component new --world mapping --language rust unbuilt");
    desk.type_in("component check unbuilt");
    assert_snapshot!(desk.transcript());
}
