//! A mapping that behaves well until somebody writes a flaw into its bytes.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use exports::provisor::connector::{about, evaluation};
use provisor::connector::types::{Failure, FailureKind, Page, Table};
use provisor::connector::{log, settings};
use serde_json::Value;

wit_bindgen::generate!({ path: "../../wit", world: "mapping" });

const DESCRIPTION: &str = r#"{"world":"mapping","name":"offending-mapping","version":"0.1.0","summary":"Login, name and groups.","capabilities":[],"settings-schema":{"type":"object","additionalProperties":false,"required":["default-group"],"properties":{"default-group":{"type":"string","minLength":1},"domain":{"type":"string"},"token":{"type":"string","writeOnly":true}}},"origins":[]}"#;

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; offenders::ABOUT] = offenders::filled(DESCRIPTION);

/// The same for `describe`, which cannot read the section.
static TEXT: [u8; offenders::ABOUT] = offenders::filled(DESCRIPTION);

static FLAW: [u8; offenders::PLACE] = offenders::no_flaw();

/// Calls of this instance so far.
static CALLS: AtomicU32 = AtomicU32::new(0);

/// What this instance was told before, for a flaw that remembers.
static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// How this instance hashes: by chance, and always the same.
static HASHES: OnceLock<RandomState> = OnceLock::new();

struct Mapping;

export!(Mapping);

impl about::Guest for Mapping {
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
        match offenders::flaw(&FLAW) {
            "G4" => vec![about::Problem {
                path: "/default-group".to_owned(),
                message: "is never right".to_owned(),
            }],
            _ => Vec::new(),
        }
    }
}

impl evaluation::Guest for Mapping {
    fn evaluate(identities: Table) -> Result<evaluation::Accounts, Failure> {
        let flaw = offenders::flaw(&FLAW);
        let calls = CALLS.fetch_add(1, Ordering::Relaxed);
        let settings: Value = serde_json::from_str(&settings::read()).unwrap_or_default();
        let Some(group) = settings["default-group"].as_str() else {
            let kind = match flaw {
                "G15" => FailureKind::Unavailable,
                _ => FailureKind::Configuration,
            };
            let message = match flaw {
                "G16-failure" => format!("{:?} is no group", settings::secret("token")),
                _ => "`default-group` is missing".to_owned(),
            };
            return Err(failure(kind, &message));
        };
        let Page {
            text,
            value_ends,
            cell_ends,
        } = &identities.rows;
        let columns = &identities.columns;
        let rows = offenders::unpack(columns.len(), text, value_ends, cell_ends);
        let all = || rows.iter().flatten().flatten();
        if offenders::misbehave(flaw, all().map(String::as_str)) {
            loop {
                log::write(log::Level::Info, &"x".repeat(100_000));
            }
        }
        spoil(flaw, calls);
        let mut accounts = Vec::new();
        let mut remarks = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let place = |name: &str| columns.iter().position(|column| column == name);
            let values = |name: &str| place(name).map_or(&[][..], |place| &row[place]);
            let first = |name: &str| values(name).first().map(String::as_str).unwrap_or_default();
            let mut remark = |kind, attribute: &str, message: &str| {
                remarks.push(evaluation::Remark {
                    row: number as u32,
                    attribute: Some(attribute.to_owned()),
                    kind,
                    message: message.to_owned(),
                });
            };
            let (given, family) = (first("given"), first("family"));
            if flaw == "M65" && given.is_empty() {
                return Err(failure(FailureKind::Rejected, "somebody has no `given`"));
            }
            if flaw == "M72" {
                let found = row
                    .iter()
                    .flatten()
                    .filter(|text| backtrack(text.as_bytes()));
                black_box(found.count());
            }
            if flaw == "M71" {
                offenders::burn(300_000);
            }
            let mut login = match (family, first("$iteration")) {
                ("", _) => {
                    remark(
                        evaluation::RemarkKind::Error,
                        "login",
                        "there is no `family`",
                    );
                    Vec::new()
                }
                (family, "" | "0") => vec![family.to_lowercase()],
                (family, _) if flaw == "M68" => vec![family.to_lowercase()],
                (family, iteration) => vec![family.to_lowercase() + iteration],
            };
            if flaw == "M67"
                && accounts
                    .iter()
                    .any(|account: &Vec<Vec<String>>| account[0] == login)
            {
                login.iter_mut().for_each(|login| login.push('x'));
            }
            let mut name = vec![format!("{given} {family}").trim().to_owned()];
            name.retain(|name| !name.is_empty());
            let mut groups = values("team").to_vec();
            groups.push(group.to_owned());
            groups.sort();
            groups.dedup();
            match flaw {
                "G5" if calls > 0 => groups.push(format!("call{calls}")),
                "G6" => {
                    let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
                    groups.extend(
                        heard
                            .iter()
                            .filter(|it| !all().any(|text| text == *it))
                            .cloned(),
                    );
                    heard.extend(all().filter(|it| it.starts_with("canary")).cloned());
                }
                "G14" => name.iter_mut().for_each(|name| {
                    *name = name
                        .chars()
                        .map(|c| if c.is_ascii() { c } else { '?' })
                        .collect();
                }),
                "G16" => groups.extend(settings::secret("token")),
                "G16-log" => log::write(
                    log::Level::Debug,
                    &format!("{:?}", settings::secret("token")),
                ),
                "G17" => log::write(log::Level::Info, &format!("mapping {given}")),
                "G19" => {
                    let mut letters = ["a", "b", "c", "d", "e", "f"];
                    letters.sort_by_key(|letter| {
                        HASHES.get_or_init(RandomState::new).hash_one(letter)
                    });
                    groups.push(letters.concat());
                }
                "M64" => {
                    let now = SystemTime::now()
                        .duration_since(UNIX_EPOCH)
                        .unwrap_or_default();
                    groups.push(format!("since {}", now.as_secs()));
                }
                "M73" if login.is_empty() => {
                    name.clear();
                    groups.clear();
                }
                _ => {}
            }
            accounts.push(vec![login, name, groups]);
        }
        let mut attributes = ["login", "name", "groups"].map(str::to_owned).to_vec();
        if flaw == "M66" && !columns.iter().any(|column| column == "team") {
            attributes.push("teamless".to_owned());
            accounts
                .iter_mut()
                .for_each(|account| account.push(vec!["yes".to_owned()]));
        }
        let (text, value_ends, cell_ends) = offenders::pack(&accounts);
        Ok(evaluation::Accounts {
            rows: Table {
                columns: attributes,
                rows: Page {
                    text,
                    value_ends,
                    cell_ends,
                },
            },
            remarks,
        })
    }
}

/// Flaws that have nothing to do with what is mapped.
fn spoil(flaw: &str, calls: u32) {
    match flaw {
        "G1" => {
            let address = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
            let _refused = std::net::TcpStream::connect(address);
        }
        "G20" if calls == 0 => offenders::burn(60_000_000),
        _ => {}
    }
}

/// Tries every way to split a run of the letter a, as an expression such as `(a+)+$` does.
fn backtrack(text: &[u8]) -> bool {
    let run = text.iter().take_while(|byte| **byte == b'a').count();
    run == text.len() || (1..=run).any(|length| backtrack(&text[length..]))
}

fn failure(kind: FailureKind, message: &str) -> Failure {
    Failure {
        kind,
        message: message.to_owned(),
        position: None,
        retry_after: None,
    }
}
