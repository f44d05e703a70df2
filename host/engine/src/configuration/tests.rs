use std::path::PathBuf;

use proptest::prelude::*;
use provisor_package::Trust;

use super::*;

/// What a folder of `tests/cases/configuration` says: the configuration, or its mistakes.
fn outcome(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join("provisor.toml")).unwrap();
    let outcome = match Configuration::parse(&text, folder, "provisor.toml") {
        Ok(configuration) => summary(&configuration),
        Err(error) => format!("{error}\n"),
    };
    outcome.replace(&folder.display().to_string(), "<folder>")
}

/// Everything in a configuration, a line each.
fn summary(configuration: &Configuration) -> String {
    let mut lines = vec![format!("data {}", configuration.data.display())];
    for (group, members) in &configuration.operators {
        lines.push(format!("group {group} {members:?}"));
    }
    for (name, calendar) in &configuration.calendars {
        lines.push(format!("calendar {name} {calendar:?}"));
    }
    for (person, identity) in &configuration.identities {
        lines.push(format!("identity of {person} {identity}"));
    }
    for (name, used) in &configuration.sinks.sinks {
        lines.push(format!("notify {name} {:?}", used.sink));
        lines.push(format!("  kinds {:?}", used.kinds));
        lines.push(format!("  resources {:?}", used.resources));
        lines.push(format!("  attempts {}", used.attempts));
    }
    for (name, system) in &configuration.ticket_systems {
        lines.push(format!("ticket-system {name}"));
        lines.push(format!("  parallel {}", system.parallel));
        lines.push(format!("  per-minute {:?}", system.per_minute));
        lines.push(component_line("component", &system.component));
        for grant in &system.reach {
            lines.push(format!("  reach {grant:?}"));
        }
    }
    let rules = &configuration.components;
    if *rules != ComponentRules::default() && rules.trust == Trust::default() {
        lines.push(format!(
            "components max-size {} four-eyes {} uploaders {:?} activators {:?} conformance {:?}",
            rules.max_size,
            rules.four_eyes,
            rules.uploaders,
            rules.activators,
            rules.require_conformance
        ));
    }
    let trust = &configuration.components.trust;
    for (name, key) in trust.keys() {
        lines.push(format!("key {name} {key}"));
    }
    for subject in provisor_package::Subject::ALL {
        let rules = trust.rules(subject).iter();
        lines.extend(rules.map(|rule| format!("trust for a {subject}: {rule}")));
    }
    if configuration.retention != Retention::default() {
        lines.push(format!("{:?}", configuration.retention));
    }
    for resource in configuration.resources.values() {
        let rules = &resource.rules;
        let schema = &rules.schema;
        lines.push(format!("resource {} {:?}", resource.name, resource.title));
        lines.push(format!("  operators {:?}", resource.operators));
        lines.push(format!("  keep-finished {:?}", resource.keep_finished));
        lines.push(format!("  max-iterations {}", resource.max_iterations));
        lines.push(format!("  verifies {}", rules.verifies));
        lines.push(format!("  grace {:?}", rules.grace));
        lines.push(format!("  reraise-limit {}", rules.reraise_limit));
        lines.push(format!("  propagation {}s", rules.propagation.as_secs()));
        lines.push(format!("  calendar {}", rules.calendar.is_some()));
        lines.push(format!("  cases {:?}", resource.cases));
        for (kind, threshold) in &resource.outgoing {
            lines.push(format!("  outgoing {kind} {threshold:?}"));
        }
        lines.push(format!(
            "  one-case-per-account {}",
            rules.one_case_per_account
        ));
        lines.push(format!("  on-unassign {:?}", rules.on_unassign));
        lines.push(format!("  close-when-seen {}", rules.close_when_seen));
        lines.push(format!("  drift {:?} {:?}", rules.drift, rules.drift_of));
        lines.push(format!(
            "  remedies {} within {}s",
            rules.remedy_limit,
            rules.remedy_within.as_secs()
        ));
        lines.push(format!("  owner {:?}", resource.owner));
        for rule in &rules.correlation {
            lines.push(format!("  correlation {rule} {:?}", rule.confidence));
        }
        lines.push(format!("  identifier {}", schema.identifier()));
        lines.push(format!("  status {:?}", schema.status()));
        for (name, attribute) in schema.attributes() {
            lines.push(format!(
                "  attribute {name} {:?} required {} multi-valued {} ignore-case {} secret {}",
                attribute.kind(),
                attribute.is_required(),
                attribute.is_multi_valued(),
                attribute.ignores_case(),
                attribute.is_secret()
            ));
        }
        for (role, used) in [("mapping", &resource.mapping), ("policy", &resource.policy)] {
            lines.extend(used.as_ref().map(|used| component_line(role, used)));
        }
        if let Some(used) = &resource.tickets {
            lines.push(format!("  tickets in {}", used.system));
            lines.push(format!("    {:?}", used.rules));
            lines.push(format!("    every {:?}", used.every));
            for (kind, template) in &used.of {
                lines.push(format!("    {kind} {template:?}"));
            }
            lines.push(component_line("tickets", &used.component));
        }
        if let Some(reader) = &resource.reader {
            lines.push(component_line("reader", &reader.component));
            lines.push(format!("    folder {}", reader.folder.display()));
            lines.push(format!("    file {}", reader.file));
            lines.push(format!("    exported-at {:?}", reader.exported_at));
            lines.push(format!("    settle {:?}", reader.settle));
            lines.push(format!("    max-size {}", reader.max_size));
            lines.extend(gate_lines(&reader.gates));
        }
    }
    lines.join("\n") + "\n"
}

fn gate_lines(gates: &provisor_model::Gates) -> Vec<String> {
    let share = |name: &str, gate: provisor_model::ShareGate| {
        let (action, above, rows) = (gate.action, gate.above, gate.from_rows);
        format!("    gate {name} {action} above {above} from {rows} rows")
    };
    vec![
        share("shrank", gates.shrank),
        format!(
            "    gate zero-rows {} from {} rows",
            gates.zero_rows, gates.zero_rows_from
        ),
        share("grew", gates.grew),
        share("changed", gates.changed),
        format!(
            "    gate column-vanished {} from {} rows",
            gates.column_vanished, gates.column_vanished_from
        ),
        share("rejected", gates.rejected),
        format!("    gate duplicates {}", gates.duplicates),
        format!(
            "    gate future {} tolerance {:?}",
            gates.future, gates.future_tolerance
        ),
        format!("    gate row-count {}", gates.row_count),
    ]
}

fn component_line(role: &str, used: &ComponentUse) -> String {
    format!(
        "  {role} {:?}\n    settings {}\n    secrets {:?}\n    {:?}",
        used.component, used.settings, used.secrets, used.limits
    )
}

/// Set `PROVISOR_UPDATE_CASES` to accept what the cases say now.
#[test]
fn every_case_says_what_is_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/configuration");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    assert!(
        folders.len() >= 30,
        "there are only {} cases",
        folders.len()
    );
    let mut different = Vec::new();
    for folder in folders {
        let (file, found) = (folder.join("expected.txt"), outcome(&folder));
        if std::env::var_os("PROVISOR_UPDATE_CASES").is_some() {
            std::fs::write(&file, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if expected != found {
            different.push(format!(
                "{}\n--- expected\n{expected}\n--- found\n{found}",
                folder.display()
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

fn parse(text: &str) -> Result<Configuration, ConfigurationError> {
    Configuration::parse(text, Path::new("base"), "provisor.toml")
}

fn with_mapping(lines: &str) -> String {
    format!(
        "[resource.payroll]\nidentifier = \"login\"\noperators = [\"eva\"]\n\
         attributes.login = {{}}\n[resource.payroll.mapping]\ncomponent = \"cel-mapping\"\n{lines}"
    )
}

fn mapping(lines: &str) -> ComponentUse {
    let configuration = parse(&with_mapping(lines)).unwrap();
    configuration.resources["payroll"].mapping.clone().unwrap()
}

#[test]
fn a_pointer_into_the_settings_leads_to_its_line() {
    let mapping = mapping(
        "settings.attributes.login = \"x\"\n\
         settings.columns = [\"a\", { \"b/c~\" = 1 },\n  { type = \"date\" }]\n\
         [[resource.payroll.mapping.settings.rules]]\nname = \"first\"\n\
         [[resource.payroll.mapping.settings.rules]]\nname = \"second\"\n",
    );
    let place = |pointer: &str| {
        let location = mapping.locate(pointer);
        (location.line, location.column)
    };
    assert_eq!(place("/attributes/login"), (7, 21));
    assert_eq!(place("/columns/1/b~1c~0"), (8, 28));
    assert_eq!(place("/columns/2/type"), (9, 5));
    assert_eq!(place("/columns/2/other/deep"), (9, 3));
    assert_eq!(place("/columns/7"), (8, 10));
    assert_eq!(place("/columns/-1"), (8, 10));
    assert_eq!(place("/rules/1/name"), (13, 1));
    assert_eq!(place("/nowhere"), place(""));
    assert_eq!(place("nonsense"), place(""));
}

#[test]
fn a_mistake_that_a_component_finds_shows_its_line() {
    let mapping = mapping("settings.attributes.login = \"x +\"\n");
    let mistake = mapping.mistake(
        "/attributes/login",
        "resource.payroll.mapping.settings.attributes.login",
        "the expression ends too early",
    );
    assert_eq!(
        ConfigurationError::from(mistake).to_string(),
        "provisor.toml:7:21: resource.payroll.mapping.settings.attributes.login: the expression \
         ends too early\n  7 | settings.attributes.login = \"x +\"\n    |                     ^"
    );
    let mistake = mapping.mistake("", "resource.payroll.mapping.component", "it is a reader");
    assert_eq!((mistake.location.line, mistake.location.column), (6, 13));
}

#[test]
fn settings_laid_over_those_of_a_ticket_system_are_found_where_they_stand() {
    let text = "\
[ticket-system.helpdesk]
component = \"servicenow\"
settings = { url = \"https://a.example.org\", fields = { category = \"access\", impact = \"3\" } }
reach = [{ origin = \"https://a.example.org\" }]
[resource.payroll]
identifier = \"login\"
operators = [\"eva\"]
attributes.login = {}
[resource.payroll.tickets]
system = \"helpdesk\"
settings = { fields = { impact = \"2\" } }
";
    let configuration = parse(text).unwrap();
    let used = configuration.resources["payroll"].tickets.as_ref().unwrap();
    assert_eq!(
        used.component.settings,
        serde_json::json!({
            "url": "https://a.example.org",
            "fields": { "category": "access", "impact": "2" }
        })
    );
    let line = |pointer: &str| used.component.locate(pointer).line;
    assert_eq!(line("/fields/impact"), 11);
    assert_eq!(line("/fields/category"), 3);
    assert_eq!(line("/url"), 3);
}

#[test]
fn settings_are_the_same_in_json() {
    let mapping = mapping(
        "settings = { text = \"é\", whole = -3, huge = 18446744073709551615, part = 1_0.5, yes = \
         true, day = 2026-03-31, moment = 2026-03-31T08:00:00Z, none = [], inner.key = \"v\" }\n",
    );
    assert_eq!(
        mapping.settings,
        serde_json::json!({
            "text": "é", "whole": -3, "huge": u64::MAX, "part": 10.5, "yes": true,
            "day": "2026-03-31", "moment": "2026-03-31T08:00:00Z", "none": [],
            "inner": { "key": "v" }
        })
    );
}

#[test]
fn a_secret_reaches_its_component_and_no_text() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "hunter2\r\n").unwrap();
    // The test runner sets this variable.
    let variable = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let text = with_mapping(
        "secrets = { token = { file = \"token\" }, place = { env = \"CARGO_MANIFEST_DIR\" } }\n",
    );
    let configuration = Configuration::parse(&text, folder.path(), "provisor.toml").unwrap();
    let mapping = configuration.resources["payroll"].mapping.as_ref().unwrap();
    assert_eq!(mapping.secrets.reveal()["token"], "hunter2");
    assert_eq!(mapping.secrets.reveal()["place"], variable);
    assert_eq!(
        mapping.secrets.names().collect::<Vec<_>>(),
        ["place", "token"]
    );
    let shown = format!("{configuration:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains(&variable),
        "{shown}"
    );
}

#[test]
fn limits_override_those_of_the_sandbox() {
    let defaults = provisor_sandbox::Limits::default();
    let limits = mapping("limits.memory = \"64MiB\"\n").limits;
    let applied = limits.apply(defaults.clone());
    assert_eq!(applied.memory, 64 << 20);
    assert_eq!(applied.cpu_time, defaults.cpu_time);
    assert_eq!(mapping("").limits.apply(defaults.clone()), defaults);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        Configuration::load(&path).map_err(|error| error.to_string())
    };
    assert!(load("good.toml", b"").is_ok());
    let message = load("latin.toml", b"# a\ndata = \"\xe9\"\n").unwrap_err();
    assert!(
        message.contains("latin.toml: line 2 is not UTF-8"),
        "{message}"
    );
    let large = vec![b'#'; LARGEST_FILE as usize + 1];
    let message = load("large.toml", &large).unwrap_err();
    assert!(message.contains("larger than"), "{message}");
    let message = Configuration::load(folder.path()).unwrap_err().to_string();
    assert!(message.contains("not a file"), "{message}");
    let missing = folder.path().join("missing.toml");
    let message = Configuration::load(&missing).unwrap_err().to_string();
    assert!(
        message.contains("missing.toml: the file cannot be read"),
        "{message}"
    );
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("provisor.toml");
    std::fs::write(&path, "data = \"var\"\n").unwrap();
    let configuration = Configuration::load(&path).unwrap();
    assert_eq!(configuration.data, folder.path().join("var"));
    assert_eq!(parse("").unwrap().data, Path::new("base").join("data"));
}

#[test]
fn a_byte_order_mark_and_foreign_line_ends_move_no_column() {
    let error = parse("\u{feff}daat = 1\r\n\tx = 1\r\n").unwrap_err();
    let places: Vec<_> = error
        .mistakes
        .iter()
        .map(|mistake| (mistake.location.line, mistake.location.column))
        .collect();
    assert_eq!(places, [(1, 1), (2, 2)]);
    assert!(!error.to_string().contains('\r'));
}

#[test]
fn what_is_made_of_mistakes_alone_is_answered_shortly() {
    for text in [
        "=\n".repeat(10_000),
        "[".repeat(100_000),
        "a".repeat(1_000_000),
        "x = 1\n".repeat(50_000),
        format!("{} = 1\n", "a.".repeat(10_000) + "b"),
        format!("a = {}", "{ b = ".repeat(10_000)),
        (0..20_000).map(|n| format!("k{n} = 1\n")).collect(),
        format!("data = \"{}\"\ndata = 3", "é".repeat(100_000)),
        with_mapping(&format!(
            "settings.{} = [{}nan]",
            "k".repeat(100_000),
            "1,".repeat(100_000)
        )),
    ] {
        let error = parse(&text).unwrap_err();
        assert!(!error.mistakes.is_empty());
        let message = error.to_string();
        assert!(message.len() < 100_000, "{} bytes", message.len());
    }
}

/// A configuration that uses everything, to be spoiled.
const ALL_KEYS: &str = include_str!("../../../../tests/cases/configuration/all-keys/provisor.toml");

/// Answers are read like a person would read them; every place must be one of the text.
fn judge(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(configuration) => {
            let shown = format!("{configuration:?}");
            prop_assert!(!shown.contains("a-secret-that-no-message-shows"));
        }
        Err(error) => {
            prop_assert!(!error.mistakes.is_empty());
            for mistake in &error.mistakes {
                prop_assert!(mistake.location.line <= text.lines().count() + 1);
                prop_assert!(!mistake.message.is_empty());
            }
            prop_assert!(
                !error
                    .to_string()
                    .chars()
                    .any(|c| c.is_control() && c != '\n')
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(text in any::<String>()) {
        judge(&text)?;
    }

    #[test]
    fn anything_that_looks_like_toml_gets_an_answer(
        text in "([a-z.\"' =\\[\\]{},#\n\r\t0-9:é\\\\-]|\\[resource\\.|settings|secrets| = \\{){0,200}"
    ) {
        judge(&text)?;
    }

    #[test]
    fn any_spoilt_configuration_gets_an_answer(
        at in 0..ALL_KEYS.len(),
        removed in 0..40usize,
        inserted in "[a-z\"=\\[\\]{}.\n é0-9]{0,8}",
    ) {
        let start = ALL_KEYS.floor_char_boundary(at);
        let end = ALL_KEYS.ceil_char_boundary((at + removed).min(ALL_KEYS.len()));
        judge(&format!("{}{inserted}{}", &ALL_KEYS[..start], &ALL_KEYS[end..]))?;
    }

    #[test]
    fn any_value_under_any_key_gets_an_answer(
        value in prop_oneof![
            any::<i64>().prop_map(|number| number.to_string()),
            any::<bool>().prop_map(|value| value.to_string()),
            "[ -!#-\\[\\]-~é]{0,20}".prop_map(|text| format!("\"{text}\"")),
            Just("[]".to_owned()), Just("{}".to_owned()), Just("nan".to_owned()),
            Just("[1, {}]".to_owned()), Just("{ a = [] }".to_owned()), Just("2026-01-01".to_owned()),
        ],
        line in 0..ALL_KEYS.lines().count(),
    ) {
        let lines: Vec<String> = ALL_KEYS
            .lines()
            .enumerate()
            .map(|(index, text)| match text.split_once('=') {
                Some((key, _)) if index == line => format!("{key} = {value}"),
                _ => text.to_owned(),
            })
            .collect();
        judge(&lines.join("\n"))?;
    }
}
