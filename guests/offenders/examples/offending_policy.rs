//! A policy that behaves well until somebody writes a flaw into its bytes.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use exports::provisor::connector::{about, decisions};
use provisor::connector::settings;
use provisor::connector::types::{Failure, FailureKind, Page, Priority, Table};
use serde_json::Value;

wit_bindgen::generate!({ path: "../../wit", world: "policy" });

const DESCRIPTION: &str = r#"{"world":"policy","name":"offending-policy","version":"0.1.0","summary":"Slows down deleting.","capabilities":[],"settings-schema":{"type":"object","additionalProperties":false,"required":["deletes-a-day"],"properties":{"deletes-a-day":{"type":"integer","minimum":0}}},"origins":[]}"#;

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; offenders::ABOUT] = offenders::filled(DESCRIPTION);

/// The same for `describe`, which cannot read the section.
static TEXT: [u8; offenders::ABOUT] = offenders::filled(DESCRIPTION);

static FLAW: [u8; offenders::PLACE] = offenders::no_flaw();

struct Policy;

export!(Policy);

impl about::Guest for Policy {
    fn describe() -> about::Description {
        let described = offenders::description(&TEXT);
        about::Description {
            name: described.name,
            version: described.version,
            summary: described.summary,
            capabilities: described.capabilities,
            settings_schema: described.settings_schema,
            origins: described.origins,
        }
    }

    fn check_settings() -> Vec<about::Problem> {
        Vec::new()
    }
}

impl decisions::Guest for Policy {
    fn decide(proposals: Table) -> Result<Vec<decisions::Decision>, Failure> {
        let flaw = offenders::flaw(&FLAW);
        let settings: Value = serde_json::from_str(&settings::read()).unwrap_or_default();
        let most = match settings["deletes-a-day"].as_u64() {
            Some(most) => most,
            None if flaw == "P75" => u64::MAX,
            None => {
                return Err(Failure {
                    kind: FailureKind::Configuration,
                    message: "`deletes-a-day` is missing".to_owned(),
                    position: None,
                    retry_after: None,
                });
            }
        };
        let Page {
            text,
            value_ends,
            cell_ends,
        } = &proposals.rows;
        let columns = &proposals.columns;
        let rows = offenders::unpack(columns.len(), text, value_ends, cell_ends);
        let company = rows.len();
        let decide = |row: &Vec<Vec<String>>| {
            let first = |name: &str| {
                let place = columns.iter().position(|column| column == name);
                let first = place.and_then(|place| row[place].first());
                first.map(String::as_str).unwrap_or_default()
            };
            let deletes: u64 = first("count.deletes-24h").parse().unwrap_or(0);
            let opens_again = flaw == "P79" && deletes > 1_000;
            match first("operation") {
                "delete" if deletes >= most && !opens_again => {
                    let who = if flaw == "P80" {
                        "jdoe42@example.org"
                    } else {
                        "somebody"
                    };
                    let code = if flaw == "P74" { "" } else { "many-deletes" };
                    hold(
                        code,
                        &format!("{deletes} deletes in a day need a second look by {who}"),
                    )
                }
                "delete" if flaw == "P81" && company > 1 => {
                    hold("many-deletes", "there are others as well")
                }
                // Compares the hour as it is written.
                _ if flaw == "P78" && first("now").get(11..13) < Some("08") => {
                    hold("night", "nobody works at night")
                }
                "create" => decisions::Decision {
                    obligations: vec![match flaw {
                        "P77" => decisions::Obligation::DelayUntil("tomorrow".to_owned()),
                        _ => decisions::Obligation::Priority(Priority::High),
                    }],
                    ..allow()
                },
                _ => allow(),
            }
        };
        Ok(rows.iter().map(decide).collect())
    }
}

fn allow() -> decisions::Decision {
    decisions::Decision {
        verdict: decisions::Verdict::Allow,
        code: String::new(),
        reason: String::new(),
        obligations: Vec::new(),
        warnings: Vec::new(),
    }
}

fn hold(code: &str, reason: &str) -> decisions::Decision {
    decisions::Decision {
        verdict: decisions::Verdict::Hold,
        code: code.to_owned(),
        reason: reason.to_owned(),
        ..allow()
    }
}
