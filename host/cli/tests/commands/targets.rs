//! Ticketing components are judged at systems that are there, and by what those have answered before.

use insta::assert_snapshot;
use provisor_simulated::{RequestTracker, Server};
use serde_json::Value;

use crate::desk::Desk;
use crate::json::assert_documented;

const TOKEN: &str = "a-token-that-is-nowhere-else";

/// A simulated Request Tracker that listens on a port, and a desk with what it takes to reach it.
struct Judging {
    desk: Desk,
    server: Option<Server>,
    /// In which the server lives.
    _runtime: tokio::runtime::Runtime,
}

fn judging() -> Judging {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let server = runtime
        .block_on(Server::start(RequestTracker::new(TOKEN)))
        .expect("a port");
    let desk = Desk::empty();
    let url = server.url();
    desk.write(
        "settings.json",
        format!("{{ \"url\": \"{url}\", \"queue\": \"Provisioning\" }}"),
    );
    desk.write("authorization", format!("token {TOKEN}\n"));
    desk.write(
        "target.toml",
        format!(
            "origin = \"{url}\"\n\
             allow-private = [\"127.0.0.1/32\"]\n\
             markup = \"html\"\n\
             tickets = 20\n\n\
             [credential]\n\
             kind = \"header\"\n\
             name = \"authorization\"\n\
             value = {{ file = \"authorization\" }}\n"
        ),
    );
    Judging {
        desk,
        server: Some(server),
        _runtime: runtime,
    }
}

const CONFORM: &str = "component conform request-tracker --settings settings.json";

#[test]
fn a_component_is_judged_at_a_system_that_is_there_once_somebody_agrees() {
    let mut judging = judging();
    let desk = &mut judging.desk;
    let live = format!("{CONFORM} --target target.toml --property T44 --property T60");
    desk.type_in(&live);
    desk.type_in(&format!("{live} --yes --record recorded.json"));
    let recorded = std::fs::read_to_string(desk.path("recorded.json")).expect("written");
    assert!(!recorded.contains(TOKEN));
    judging.server.take();
    let desk = &mut judging.desk;
    desk.type_in(&format!(
        "{CONFORM} --recording recorded.json --property T44 --property T60"
    ));
    // Where the settings lead elsewhere, other requests are made than were recorded.
    desk.write(
        "settings.json",
        r#"{ "url": "https://rt.example.org", "queue": "Provisioning" }"#,
    );
    desk.type_in(&format!(
        "{CONFORM} --recording recorded.json --property T60"
    ));
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_system_can_be_typed_as_well() {
    let judging = judging();
    let desk = &judging.desk;
    let settings = std::fs::read_to_string(desk.path("settings.json")).expect("read");
    let settings: Value = serde_json::from_str(&settings).expect("JSON");
    let url = settings["url"].as_str().expect("a text");
    let credential =
        "'{ kind = \"header\", name = \"authorization\", value = { file = \"authorization\" } }'";
    let answer = desk.answer(&format!(
        "--json {CONFORM} --url {url} --allow-private 127.0.0.1/32 --credential {credential} \
         --property T60 --yes"
    ));
    let report: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(report["target"]["kind"], "live");
    assert_eq!(report["properties"][0]["verdict"], "pass");
    assert_eq!(report["target"]["made"], 0);
}

#[test]
fn what_a_project_says_is_its_target_unless_something_else_is_typed() {
    let judging = judging();
    let desk = &judging.desk;
    let target = std::fs::read_to_string(desk.path("target.toml")).expect("read");
    let target = target.replace("[credential]", "[conformance.target.credential]");
    let project = |above: &str| {
        format!(
            "[component]\nname = \"request-tracker\"\nworld = \"ticketing\"\n\
             language = \"rust\"\nbuild = [\"true\"]\nfile = \"tracker.wasm\"\n\n\
             [conformance]\nsettings = \"settings.json\"\n{above}\n[conformance.target]\n{target}"
        )
    };
    desk.write("tracker.wasm", provisor_builtin::REQUEST_TRACKER);
    let kind = |line: &str| {
        let line = format!("--json component conform --property T60 {line}");
        let report: Value = serde_json::from_str(&desk.answer(line.trim_end())).expect("JSON");
        report["target"]["kind"]
            .as_str()
            .expect("a text")
            .to_owned()
    };
    desk.write("component.toml", project(""));
    assert_eq!(kind("--yes --record recorded.json"), "live");
    assert_eq!(kind("--recording recorded.json"), "recorded");
    desk.write("component.toml", project("recording = \"recorded.json\""));
    assert_eq!(kind(""), "recorded");
    assert_eq!(kind("--live --yes"), "live");
    desk.write("component.toml", project("product = \"request-tracker\""));
    assert_eq!(kind(""), "simulated");
}

#[test]
fn the_report_of_a_recorded_run_is_as_documented() {
    let judging = judging();
    let desk = &judging.desk;
    desk.quietly(&format!(
        "{CONFORM} --target target.toml --property T60 --yes --record recorded.json"
    ));
    let answer = desk.answer(&format!(
        "--json {CONFORM} --recording recorded.json --property T60"
    ));
    let mut report: Value = serde_json::from_str(&answer).expect("JSON");
    report["time"] = 250_000.into();
    report["component"]["size"] = 2_000_000.into();
    let evidence = &mut report["properties"][0]["evidence"];
    for (name, number) in [
        ("time", 2_000),
        ("cpu-time", 1_500),
        ("peak-memory", 2_000_000),
    ] {
        evidence[name] = number.into();
    }
    // Each run has a mark of its own.
    report["target"]["recording"] = format!("sha256:{}", "0".repeat(64)).into();
    let shown = serde_json::to_string_pretty(&report).expect("JSON");
    assert_documented("component-conform-recorded", &format!("{shown}\n"));
}

#[test]
fn mistakes_with_targets_are_told_before_anything_is_tried() {
    let mut judging = judging();
    let desk = &mut judging.desk;
    desk.write("torn.json", "{\"format\": \"provisor-rec");
    desk.write(
        "plain.toml",
        "origin = \"https://rt.example.org\"\ncredential = \"hunter2\"\n",
    );
    desk.write(
        "free.toml",
        "origin = \"https://rt.example.org\"\ntickets = 0\n",
    );
    desk.write(
        "odd.toml",
        "orign = \"https://rt.example.org\"\nmarkup = \"html\"\n",
    );
    for line in [
        "--recording torn.json",
        "--recording nowhere.json",
        "--target plain.toml",
        "--target free.toml",
        "--target odd.toml",
        "--live",
        "--url rt.example.org",
        "--url https://rt.example.org --product slips",
    ] {
        let output = desk.type_in(&format!("{CONFORM} {line}"));
        assert!(!output.status.success(), "{line} succeeds");
    }
    assert!(!desk.transcript().contains("hunter2"));
    assert_snapshot!(desk.transcript());
}
