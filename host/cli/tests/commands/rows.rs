//! The rows of the scenarios, typed: `tests/cases/rows` says what is done and what is asked.

use std::path::Path;
use std::time::{Duration, SystemTime};

use provisor_tests::world::{CANARY, Fixture, HEADER};
use serde_json::Value;

use crate::desk::{Desk, MONDAY};

#[test]
fn c_an_account_comes_into_being() {
    play("create.md", 16);
}

#[test]
fn u_an_account_changes() {
    play("modify.md", 11);
}

#[test]
fn p_several_changes_at_a_time() {
    play("several.md", 11);
}

#[test]
fn d_an_account_goes() {
    play("remove.md", 7);
}

#[test]
fn k_people_work_on_cases() {
    play("cases.md", 7);
}

#[test]
fn e_exports() {
    play("exports.md", 10);
}

/// Plays all rows of a file; `rows` are there at least, so that none gets lost by a slip.
fn play(file: &str, rows: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/rows");
    let text = std::fs::read_to_string(path.join(file)).expect("read");
    let mut wrong = Vec::new();
    let mut played = 0;
    for row in text.split("\n## ").skip(1) {
        let (name, script) = row.split_once('\n').expect("a script");
        if let Err(problem) = Row::play(script) {
            wrong.push(format!("{name}\n  {problem}"));
        }
        played += 1;
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(played >= rows, "{file} has only {played} rows");
}

/// One row on its way.
struct Row {
    desk: Desk,
    minutes: u64,
    said: String,
}

impl Row {
    fn play(script: &str) -> Result<(), String> {
        let mut lines = script.lines().filter(|line| !line.is_empty()).peekable();
        let name = lines.next().and_then(|line| line.strip_prefix("fixture "));
        let mut fixture = fixture(name.ok_or("a row begins with its fixture")?)?;
        while let Some(rule) = lines.peek().and_then(|line| line.strip_prefix("rule ")) {
            fixture = add_rule(fixture, rule);
            lines.next();
        }
        let desk = Desk::with_components();
        desk.write("provisor.toml", fixture.text());
        std::fs::create_dir(desk.path("exports")).expect("made");
        let mut row = Self {
            desk,
            minutes: 0,
            said: String::new(),
        };
        row.later(0);
        row.write_export("", String::new());
        while let Some(line) = lines.next() {
            if let Some(cut) = line.strip_prefix("file") {
                let mut rows = String::new();
                while let Some(one) = lines.peek().and_then(|line| line.strip_prefix('|')) {
                    rows.push_str(one);
                    rows.push('\n');
                    lines.next();
                }
                row.write_export(cut.trim(), rows);
                continue;
            }
            row.step(line)
                .map_err(|problem| format!("{line}\n  {problem}"))?;
        }
        row.look_for_the_secret()
    }

    fn step(&mut self, line: &str) -> Result<(), String> {
        if let Some(minutes) = line.strip_prefix('+') {
            self.later(minutes.parse().map_err(|_| "no minutes")?);
            return Ok(());
        }
        if let Some((question, expected)) = line.rsplit_once(": ") {
            let found = self.answer(question, expected)?;
            return match found == expected {
                true => Ok(()),
                false => Err(format!("it is: {found}")),
            };
        }
        if let Some(rest) = line.strip_prefix("request ") {
            return self.succeeds(&request(rest));
        }
        if let Some(who) = line.strip_prefix("remove ") {
            return self.succeeds(&format!("request app {who} --remove --requester iam"));
        }
        if let Some(state) = line.strip_prefix("reads") {
            let code = match state.trim() {
                "" => 0,
                "refused" => 4,
                "held" => 5,
                other => return Err(format!("{other} is no state of an export")),
            };
            return self.types("export take app", |found| found == code);
        }
        match line.strip_prefix('!') {
            Some(command) => self.types(command, |code| code != 0),
            None => self.succeeds(line),
        }
    }

    fn succeeds(&mut self, command: &str) -> Result<(), String> {
        self.types(command, |code| code == 0)
    }

    fn types(&mut self, command: &str, expected: impl FnOnce(i32) -> bool) -> Result<(), String> {
        let output = self.desk.type_in(command);
        self.said = String::from_utf8_lossy(&output.stdout).into_owned();
        self.said.push_str(&String::from_utf8_lossy(&output.stderr));
        match output.status.code() {
            Some(code) if expected(code) => Ok(()),
            code => Err(format!("exit code {code:?}: {}", self.said)),
        }
    }

    fn later(&mut self, minutes: u64) {
        self.minutes += minutes;
        let monday: provisor::model::Timestamp = MONDAY.parse().expect("a moment");
        let now = monday.after(Duration::from_secs(60 * self.minutes));
        self.desk.now(&now.to_string());
    }

    fn write_export(&mut self, how: &str, rows: String) {
        let mut content = format!("{HEADER}{rows}");
        match how {
            "" => {}
            // The program was stopped while it wrote.
            "cut" => content.truncate(content.len() - 1),
            _ => {
                let column = how.strip_prefix("without ").expect("a column");
                content = content.replacen(&format!("{column},"), "", 1);
            }
        }
        self.desk.write("exports/accounts.csv", content);
        let monday: provisor::model::Timestamp = MONDAY.parse().expect("a moment");
        let millis = u64::try_from(monday.millis()).expect("after 1970");
        let now = Duration::from_millis(millis) + Duration::from_secs(60 * self.minutes);
        std::fs::File::options()
            .write(true)
            .open(self.desk.path("exports/accounts.csv"))
            .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH + now))
            .expect("the time is set");
    }

    fn json(&self, command: &str) -> Value {
        let answer = self.desk.answer(&format!("--json {command}"));
        serde_json::from_str(&answer).expect("JSON")
    }

    fn answer(&self, question: &str, expected: &str) -> Result<String, String> {
        let (word, about) = question.split_once(' ').unwrap_or((question, ""));
        let listed = |parts: Vec<String>| match parts.is_empty() {
            true => "-".to_owned(),
            false => parts.join(", "),
        };
        Ok(match word {
            "says" => if self.said.contains(about) {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
            "operations" => {
                let all = self.json("operation list --all");
                let mut all: Vec<&Value> = all.as_array().expect("a list").iter().collect();
                all.sort_by_key(|one| one["id"].as_i64());
                listed(all.into_iter().map(operation).collect())
            }
            "cases" => {
                let mut all = self.json("case list").as_array().expect("a list").clone();
                all.sort_by_key(|one| one["id"].as_i64());
                listed(all.iter().map(case).collect())
            }
            "current" | "expected" | "desired" => state(
                &self.json(&format!("account show app {about}")),
                word,
                expected,
            ),
            "drift" => {
                let account = self.json(&format!("account show app {about}"));
                let drift = account["drift"].as_array().expect("a list");
                listed(
                    drift
                        .iter()
                        .map(|one| format!("{} {}", text(&one["kind"]), subject(&one["subject"])))
                        .collect(),
                )
            }
            "unexpected" => {
                let rows = self.json("account list --resource app --unexpected");
                let rows = rows.as_array().expect("a list");
                listed(rows.iter().map(|row| text(&row["identifier"])).collect())
            }
            "verdicts" => {
                let operation = self.json(&format!("operation show {about}"));
                let verdicts = operation["verdicts"].as_array().expect("a list");
                let found = verdicts
                    .iter()
                    .map(|one| format!("{} {}", subject(&one["subject"]), text(&one["verdict"])));
                let named = expected.rsplit_once(' ').map_or("", |(subject, _)| subject);
                listed(found.filter(|one| one.starts_with(named)).collect())
            }
            other => return Err(format!("{other} is no question")),
        })
    }

    /// Every identity has it, and no file may.
    fn look_for_the_secret(&self) -> Result<(), String> {
        let mut folders = vec![self.desk.path("data")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if contains(&std::fs::read(&path).expect("read"), CANARY.as_bytes()) {
                    return Err(format!("{} has the secret", path.display()));
                }
            }
        }
        match self
            .desk
            .transcript()
            .replace(&given_secret(), "")
            .contains(CANARY)
        {
            true => Err("an answer has the secret".to_owned()),
            false => Ok(()),
        }
    }
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

fn given_secret() -> String {
    format!("-a password={CANARY}")
}

/// The identity that everybody has in the scenarios, with other values where the line says so.
fn request(line: &str) -> String {
    let mut words = words(line).into_iter();
    let id = words.next().unwrap_or_default();
    let mut values = vec![
        ("username".to_owned(), id.clone()),
        ("full-name".to_owned(), "Will Turner".to_owned()),
        ("interests".to_owned(), "pirates,swords".to_owned()),
        ("status".to_owned(), "active".to_owned()),
    ];
    let mut command = format!("request app {id} --requester iam {}", given_secret());
    let mut rest = Vec::new();
    for word in words {
        match word.split_once('=').filter(|_| !word.starts_with("--")) {
            Some((name, value)) => {
                values.retain(|(known, _)| known != name);
                values.push((name.to_owned(), value.to_owned()));
            }
            None => rest.push(word),
        }
    }
    for (name, value) in values {
        let several = name == "interests";
        for one in value.split(',').filter(|_| several).chain(
            // Other attributes have one value, which may have a comma.
            Some(value.as_str()).filter(|_| !several),
        ) {
            command.push_str(&format!(" -a '{name}={one}'"));
        }
    }
    for word in rest {
        command.push(' ');
        command.push_str(&word);
    }
    command
}

fn words(line: &str) -> Vec<String> {
    crate::desk::shell_words(line)
}

fn fixture(name: &str) -> Result<Fixture, String> {
    let window = |fixture: Fixture| fixture.rule("propagation = \"2m\"");
    Ok(match name {
        "M" => Fixture::m(),
        "S" => Fixture::s(),
        "SD" => Fixture::s().rule("on-unassign = \"disable\""),
        "MP" => window(Fixture::m()),
        "SP" => window(Fixture::s()),
        other => return Err(format!("there is no fixture {other}")),
    })
}

fn add_rule(fixture: Fixture, rule: &str) -> Fixture {
    if let Some(rule) = rule.strip_prefix("reader.settings ") {
        let settings = "[resource.app.reader.settings]\n";
        return fixture.with(settings, &format!("{settings}{rule}\n"));
    }
    match rule.strip_prefix("reader ") {
        Some(rule) if rule.starts_with("exported-at") => {
            fixture.with("exported-at = \"read\"", rule)
        }
        Some(rule) => fixture.with("settle = \"0s\"", &format!("settle = \"0s\"\n{rule}")),
        None => fixture.rule(rule),
    }
}

fn operation(operation: &Value) -> String {
    let seen = operation["state"] == "open" && operation["seen"] == true;
    let (kind, state) = (text(&operation["kind"]), text(&operation["state"]));
    format!("{kind} {state}{}", if seen { " seen" } else { "" })
}

fn case(case: &Value) -> String {
    let work = case["work"].as_array().expect("a list");
    let open = work.iter().filter(|one| one["state"] == "open").count();
    match open {
        1 => format!("case-{}", case["id"]),
        several => format!("case-{} ({several})", case["id"]),
    }
}

/// A view of an account, with those attributes that were asked for.
fn state(account: &Value, view: &str, expected: &str) -> String {
    if account[format!("{view}-exists")] != true {
        return "absent".to_owned();
    }
    let mut parts = vec!["exists".to_owned()];
    for asked in expected.split("; ").skip(1) {
        let name = asked.split(" = ").next().unwrap_or_default();
        let attributes = account["attributes"].as_array().expect("a list");
        let found = attributes.iter().find(|one| one["name"] == name);
        let values = found.and_then(|one| one[view].as_array());
        let values: Vec<String> = values.into_iter().flatten().map(text).collect();
        parts.push(format!("{name} = {}", values.join(", ")));
    }
    parts.join("; ")
}

fn subject(subject: &Value) -> String {
    match subject["attribute"].as_str() {
        Some(name) => name.to_owned(),
        None => "the account itself".to_owned(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
