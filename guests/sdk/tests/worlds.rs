//! Implementations of each world, run as the host would run them.

use std::io::{BufRead, Read};

use provisor_sdk::{
    AccountBuilder, BatchBuilder, Column, Decision, Failure, FailureKind, Identity, Input, Mapping,
    Obligation, Operation, Policy, Priority, Problem, Proposal, Reader, RemarkKind, Shape, Summary,
    Verdict, export_mapping, export_policy, export_reader, testing,
};
use serde::Deserialize;

const SCHEMA: &str = r#"{ "type": "object" }"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    limit: u32,
}

struct Everything {
    attributes: [String; 3],
}

impl Mapping for Everything {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        let wrong = settings.limit > 9;
        wrong
            .then(|| Problem::new("/limit", "at most 9"))
            .into_iter()
            .collect()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        if settings.limit > 9 {
            return Err(Problem::new("/limit", "at most 9").into());
        }
        Ok(Everything {
            attributes: ["login", "roles", "phone"].map(str::to_owned),
        })
    }

    fn attributes(&self) -> &[String] {
        &self.attributes
    }

    fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
        account.set("phone", "first said");
        account.set_all("roles", identity.values("roles"));
        let name = identity.first("name").unwrap_or("");
        account.set("login", format!("{name}{}", identity.iteration()));
        match name {
            "left" => account.left_alone("phone"),
            "warned" => account.warn("phone", "look"),
            "broken" => account.error("phone", "no phone"),
            "failed" => account.fail("nobody"),
            "stranger" => account.set("shoe-size", "43"),
            _ => account.set("phone", identity.resource()),
        }
    }
}

export_mapping!(Everything, {
    name: "everything",
    summary: "Says all that a mapping can say.",
    settings_schema: SCHEMA,
    capabilities: ["a"],
    origins: ["https://example.com"],
});

fn map(name: &str) -> testing::Account {
    let table = testing::table([
        vec![("name", vec!["another"])],
        vec![
            ("name", vec![name]),
            ("roles", vec!["b", "a"]),
            ("$iteration", vec!["2"]),
            ("$resource", vec!["payroll"]),
        ],
    ]);
    let mut accounts = testing::evaluate::<Everything>("{}", &table)
        .expect("these settings and identities are good");
    assert_eq!(accounts.len(), 2);
    accounts.remove(1)
}

#[test]
fn attributes_may_be_set_in_any_order_and_again() {
    let account = map("ann");
    assert_eq!(account.first("login"), Some("ann2"));
    assert_eq!(account.attributes["roles"], ["b", "a"]);
    assert_eq!(account.first("phone"), Some("payroll"));
    assert!(account.remarks.is_empty());
}

#[test]
fn remarks_name_their_row_and_attribute_and_take_the_value_where_it_is_not_good() {
    let cases = [
        ("left", Some("phone"), RemarkKind::LeftAlone, None),
        (
            "warned",
            Some("phone"),
            RemarkKind::Warning,
            Some("first said"),
        ),
        ("broken", Some("phone"), RemarkKind::Error, None),
        ("failed", None, RemarkKind::Error, Some("first said")),
    ];
    for (name, attribute, kind, phone) in cases {
        let account = map(name);
        let [remark] = &account.remarks[..] else {
            panic!("{name}: {:?}", account.remarks);
        };
        assert_eq!(remark.row, 1);
        assert_eq!(remark.attribute.as_deref(), attribute);
        assert_eq!(remark.kind, kind);
        assert_eq!(account.first("phone"), phone);
    }
}

#[test]
fn an_attribute_that_the_mapping_did_not_list_spoils_the_row() {
    let account = map("stranger");
    assert_eq!(account.remarks[0].attribute, None);
    assert_eq!(account.remarks[0].kind, RemarkKind::Error);
    assert!(account.remarks[0].message.contains("shoe-size"));
}

#[test]
fn wrong_settings_are_problems_when_asked_and_a_failure_when_used() {
    let found = testing::problems(r#"{ "limit": 10 }"#, Everything::check);
    assert_eq!(found, [Problem::new("/limit", "at most 9")]);
    let table = testing::table([[("name", ["ann"])]]);
    let failure = testing::evaluate::<Everything>(r#"{ "limit": 10 }"#, &table).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert_eq!(failure.message, "setting /limit: at most 9");
    let failure = testing::evaluate::<Everything>(r#"{ "limit": "x" }"#, &table).unwrap_err();
    assert!(
        failure.message.starts_with("setting /limit: invalid type"),
        "{failure:?}"
    );
}

struct Guard;

impl Policy for Guard {
    type Settings = Settings;

    fn new(_: Settings) -> Result<Self, Failure> {
        Ok(Guard)
    }

    fn decide(&self, proposal: &Proposal<'_>) -> Decision {
        if proposal.count("deletes-24h").unwrap_or(0) > 5 {
            return Decision::hold("too-many", "more than five today");
        }
        match proposal.operation() {
            Operation::Delete => Decision::deny("no-delete", "never"),
            Operation::Create => Decision::allow()
                .priority(Priority::High)
                .due_in(60)
                .route(proposal.identity("site").next().unwrap_or("all"))
                .warning(format!("{} of {}", proposal.account(), proposal.resource())),
            _ => Decision::not_applicable(),
        }
    }
}

export_policy!(Guard, { name: "guard", summary: "Guards.", settings_schema: SCHEMA });

#[test]
fn a_policy_sees_the_columns_and_builds_its_decision() {
    let table = testing::table(
        [
            vec![
                ("operation", "create"),
                ("account", "ann"),
                ("resource", "payroll"),
                ("identity.site", "BA"),
            ],
            vec![("operation", "delete")],
            vec![("operation", "delete"), ("count.deletes-24h", "6")],
            vec![("operation", "modify")],
        ]
        .map(|row| row.into_iter().map(|(name, value)| (name, [value]))),
    );
    let decisions = testing::decide::<Guard>("{}", &table).unwrap();
    let verdicts: Vec<_> = decisions.iter().map(|decision| decision.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Allow,
            Verdict::Deny,
            Verdict::Hold,
            Verdict::NotApplicable
        ]
    );
    assert_eq!(
        decisions[0].obligations,
        [
            Obligation::Priority(Priority::High),
            Obligation::DueIn(60),
            Obligation::Route("BA".to_owned()),
        ]
    );
    assert_eq!(decisions[0].warnings, ["ann of payroll"]);
}

#[test]
fn an_operation_that_the_contract_does_not_know_is_never_decided_about() {
    let table = testing::table([[("operation", ["explode"])]]);
    let failure = testing::decide::<Guard>("{}", &table).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Malformed);
}

struct Lines {
    lines: std::io::Lines<Input>,
    line: u64,
    rejected: u64,
}

impl Reader for Lines {
    type Settings = Settings;

    fn open(_: Settings, input: Input) -> Result<Self, Failure> {
        Ok(Lines {
            lines: input.lines(),
            line: 0,
            rejected: 0,
        })
    }

    fn shape(&self) -> Shape {
        Shape {
            columns: vec![Column {
                name: "login".to_owned(),
                multi_valued: false,
            }],
            identifier: "login".to_owned(),
            absent: vec![],
        }
    }

    fn next(&mut self, max_rows: usize, batch: &mut BatchBuilder) -> Result<bool, Failure> {
        let mut more = false;
        while batch.rows() < max_rows
            && let Some(line) = self.lines.next()
        {
            more = true;
            self.line += 1;
            let line = line?;
            batch.page().cell(&line);
            if line.starts_with('?') {
                self.rejected += 1;
                batch.reject(self.line, Some(line), "doubtful");
            } else {
                batch.end_row(self.line);
            }
        }
        Ok(more)
    }

    fn summary(&mut self) -> Result<Summary, Failure> {
        Ok(Summary {
            rows: self.line - self.rejected,
            rejected: self.rejected,
            complete: true,
            declared_rows: None,
            exported_at: None,
        })
    }
}

export_reader!(Lines, { name: "lines", summary: "One a line.", settings_schema: SCHEMA });

#[test]
fn a_reader_gives_rows_and_takes_rejected_ones_back() {
    let chunks = ["an", "n\n?bo", "b\ncid"].map(|chunk| chunk.as_bytes().to_vec());
    let export = testing::read_chunks::<Lines>("{}", chunks, 1).unwrap();
    let logins: Vec<_> = export
        .rows
        .iter()
        .map(|row| row["login"][0].as_str())
        .collect();
    assert_eq!(logins, ["ann", "cid"]);
    assert_eq!(export.positions, [1, 3]);
    assert_eq!(export.rejected[0].position, 2);
    assert_eq!(export.rejected[0].identifier.as_deref(), Some("?bob"));
    assert_eq!(export.summary.rows, 2);
}

#[test]
fn an_input_can_be_read_in_any_way() {
    let chunks = || ["an", "", "n\nbob"].map(|chunk| chunk.as_bytes().to_vec());
    let mut text = String::new();
    let mut input = Input::from_chunks(chunks());
    assert_eq!(input.size(), 7);
    input.read_to_string(&mut text).unwrap();
    assert_eq!(text, "ann\nbob");

    let mut input = Input::from_chunks(chunks());
    input.fill().unwrap();
    input.consume(1);
    assert_eq!(input.take_chunk(), b"n");
    assert_eq!(input.fill().unwrap(), b"n\nbob");
}

#[test]
fn what_is_not_utf_8_is_malformed() {
    let failure = testing::read::<Lines>("{}", *b"ann\n\xff\n").unwrap_err();
    assert_eq!(failure.kind, FailureKind::Malformed);
}
