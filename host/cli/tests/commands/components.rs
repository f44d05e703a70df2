//! What components do, as administrators see it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use insta::assert_snapshot;

use crate::desk::{Desk, MONDAY};
use crate::json::assert_documented;

/// Nothing here takes so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A desk at which one export was taken and another one was broken.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.quietly("export take payroll --file paymaster-20260301-2200.csv");
    break_export(&desk, "paymaster-20260302-2200.csv");
    desk
}

/// The reader fails at an export whose head has none of the columns.
fn break_export(desk: &Desk, name: &str) {
    desk.write(&format!("exports/{name}"), "nothing that is known\n");
    let output = desk.run_into(
        &format!("export take payroll --file {name}"),
        Stdio::piped(),
    );
    assert_eq!(output.status.code(), Some(4), "{output:?}");
}

/// The text without what depends on the machine and its speed: durations, sizes, bars, digests, and
/// the room that they take.
fn steady(text: &str) -> String {
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let mut steady = String::new();
    for line in text.lines() {
        let mut words = words(line);
        for at in 0..words.len() {
            let is_number = words[at].parse::<f64>().is_ok();
            let unit = words.get(at + 1).map(String::as_str);
            if is_number && matches!(unit, Some("µs" | "ms" | "s" | "min")) {
                (words[at], words[at + 1]) = ("N".to_owned(), "ms".to_owned());
            } else if is_number && unit == Some("MiB") {
                words[at] = "N".to_owned();
            }
            let word = &words[at];
            if word.chars().all(|c| "▁▂▃▄▅▆▇█·".contains(c)) {
                words[at] = "BARS".to_owned();
            } else if let Some(digest) = word.strip_suffix(')').map(|it| it.trim_start_matches('('))
                && digest.len() == 12
                && digest.bytes().all(|digit| digit.is_ascii_hexdigit())
            {
                words[at] = word.replace(digest, "<digest>");
            }
        }
        steady.push_str(&words.join(" "));
        steady.push('\n');
    }
    steady
}

#[test]
fn an_administrator_sees_what_components_do_and_why_they_fail() {
    let mut desk = desk();
    desk.type_in("component stats csv");
    desk.type_in("component stats csv --since 1h");
    desk.type_in("component logs");
    desk.type_in("component logs csv --level error --limit 1");
    desk.type_in("component stats nobody");
    desk.type_in("component logs csv --level loud");
    desk.type_in("component stats --since yesterday");
    desk.now("2026-03-04T08:00:00Z");
    desk.type_in("component stats");
    assert_snapshot!(steady(desk.transcript()));
}

#[test]
fn programs_read_figures_and_lines() {
    let desk = desk();
    let stats: serde_json::Value =
        serde_json::from_str(&desk.answer("--json component stats csv")).expect("JSON");
    let operations = stats["components"][0]["operations"]
        .as_array()
        .expect("a list");
    let open = operations
        .iter()
        .find(|one| one["operation"] == "open")
        .expect("opened");
    assert_eq!(open["calls"], 2);
    let outcomes = serde_json::json!([
        {"outcome": "malformed", "class": "failure", "calls": 1},
        {"outcome": "ok", "class": "good", "calls": 1},
    ]);
    assert_eq!(open["outcomes"], outcomes);
    // The example has figures that are the same on every machine.
    let mut example = stats.clone();
    let mut open = open.clone();
    for (key, value) in [
        ("median", 500),
        ("within-95", 612),
        ("largest", 612),
        ("cpu", 1240),
        ("peak-memory", 1_376_256),
    ] {
        open[key] = value.into();
    }
    open["durations"] =
        serde_json::json!([{"up-to": 500, "calls": 1}, {"up-to": 1000, "calls": 1}]);
    example["components"][0]["operations"] = serde_json::json!([open]);
    let example = serde_json::to_string_pretty(&example).expect("JSON");
    assert_documented("component-stats", &format!("{example}\n"));
    assert_documented("component-logs", &desk.answer("--json component logs csv"));
}

/// A command that goes on until it is stopped.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

impl Following {
    fn begin(desk: &Desk, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_provisor"))
            .args(arguments)
            .current_dir(desk.path(""))
            .env_remove("PROVISOR_CONFIG")
            .env("PROVISOR_NOW", MONDAY)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let output = child.stdout.take().expect("piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line in time")
    }

    /// Ctrl-C.
    #[cfg(unix)]
    fn stop(mut self) -> std::process::ExitStatus {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.expect("it is sent").success());
        self.child.wait().expect("it ends")
    }
}

#[cfg(unix)]
#[test]
fn whoever_follows_sees_what_another_process_does_until_he_stops() {
    let desk = desk();
    let people = Following::begin(&desk, &["component", "logs", "csv", "--follow"]);
    let programs = Following::begin(&desk, &["--json", "component", "logs", "--follow"]);
    // What was there already.
    assert!(people.next().contains("[malformed]"));
    let first: serde_json::Value = serde_json::from_str(&programs.next()).expect("JSON");
    for name in ["paymaster-20260303-2200.csv", "paymaster-20260304-2200.csv"] {
        break_export(&desk, name);
        let line = people.next();
        assert!(
            line.starts_with(MONDAY) && line.contains("[malformed]"),
            "{line}"
        );
        let next: serde_json::Value = serde_json::from_str(&programs.next()).expect("JSON");
        assert_eq!(next["text"], first["text"]);
        assert!(next["line"].as_i64() > first["line"].as_i64());
    }
    for following in [people, programs] {
        assert_eq!(following.stop().code(), Some(0));
    }
}
