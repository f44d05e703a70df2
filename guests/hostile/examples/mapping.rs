//! Gives everybody an account, and misbehaves as its setting `misbehave` says.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use std::sync::atomic::{AtomicU32, Ordering};

use exports::provisor::connector::{about, evaluation};
use provisor::connector::types::{Failure, FailureKind, Page, Table};
use provisor::connector::{log, settings};

wit_bindgen::generate!({ path: "../../wit", world: "mapping" });

const SUMMARY: &str = "Gives everybody an account.";

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; 169] = *br#"{"world":"mapping","name":"hostile-mapping","version":"0.1.0","summary":"Gives everybody an account.","capabilities":[],"settings-schema":{"type":"object"},"origins":[]}"#;

/// What this instance remembers: nobody else may ever see it.
static CALLS: AtomicU32 = AtomicU32::new(0);

struct Mapping;

export!(Mapping);

impl about::Guest for Mapping {
    fn describe() -> about::Description {
        about::Description {
            name: "hostile-mapping".to_owned(),
            version: "0.1.0".to_owned(),
            summary: SUMMARY.to_owned(),
            capabilities: Vec::new(),
            settings_schema: r#"{"type":"object"}"#.to_owned(),
            origins: Vec::new(),
        }
    }

    fn check_settings() -> Vec<about::Problem> {
        let wanted = hostile::wanted(&settings::read());
        hostile::misbehave(&wanted);
        match wanted.as_str() {
            "problem" => vec![about::Problem {
                path: "/misbehave".to_owned(),
                message: "is a problem".to_owned(),
            }],
            _ => Vec::new(),
        }
    }
}

impl evaluation::Guest for Mapping {
    fn evaluate(identities: Table) -> Result<evaluation::Accounts, Failure> {
        std::panic::set_hook(Box::new(|panic| {
            log::write(log::Level::Error, &panic.to_string())
        }));
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        let rows = match identities.columns.len() {
            0 => 0,
            columns => identities.rows.cell_ends.len() / columns,
        };
        let wanted = hostile::wanted(&settings::read());
        if wanted.starts_with("second-") && calls < 2 {
            return Ok(good(rows, calls));
        }
        let wanted = wanted.trim_start_matches("second-");
        if let Some(told) = hostile::misbehave(wanted) {
            return Err(failure(FailureKind::Unsupported, told));
        }
        let mut accounts = good(rows, calls);
        let Page {
            text,
            value_ends,
            cell_ends,
        } = &mut accounts.rows.rows;
        match wanted {
            "log-flood" => loop {
                log::write(log::Level::Info, &"x".repeat(1000));
            },
            "outside" => value_ends[0] = 1_000_000,
            "falling" => {
                value_ends.swap(0, 1);
            }
            "inside-character" => {
                text.insert(0, 'š');
                value_ends.iter_mut().for_each(|end| *end += 2);
                value_ends[0] = 1;
            }
            "text-left-over" => text.push('x'),
            "cells-fall" => {
                cell_ends.swap(0, 1);
            }
            "values-left-over" => *cell_ends.last_mut().expect("a cell") -= 1,
            "cell-count" => accounts.rows.columns.push("another".to_owned()),
            "no-columns" => accounts.rows.columns.clear(),
            "same-columns" => {
                accounts.rows.columns.push("login".to_owned());
                cell_ends.extend_from_within(..);
                cell_ends.sort_unstable();
                let last = cell_ends.last().copied().unwrap_or(0);
                cell_ends.iter_mut().for_each(|end| *end = (*end).min(last));
            }
            "row-count" => {
                text.push('x');
                value_ends.push(text.len() as u32);
                cell_ends.push(value_ends.len() as u32);
            }
            "huge-value" => {
                let grown = 2 * 1024 * 1024;
                text.push_str(&"x".repeat(grown));
                *value_ends.last_mut().expect("a value") += grown as u32;
            }
            // More than may cross the border, and little enough to be made.
            "long-text" => text.push_str(&"x".repeat(36 * 1024 * 1024)),
            "gigabyte" => text.push_str(&"x".repeat(1024 * 1024 * 1024)),
            "remark-row" => accounts.remarks.push(remark(rows as u32, None, "beyond")),
            "remark-column" => accounts
                .remarks
                .push(remark(0, Some("nobody"), "no such column")),
            "long-message" => accounts.remarks.push(remark(0, None, &"é".repeat(100_000))),
            "talk" => talk(),
            "talk-panic" => {
                talk();
                panic!("over {:?}", settings::secret("granted"));
            }
            "failure" => return Err(failure(FailureKind::Unavailable, "not now".to_owned())),
            "secret" => {
                let told = format!(
                    "{:?} {:?}",
                    settings::secret("granted"),
                    settings::secret("other")
                );
                return Err(failure(FailureKind::Rejected, told));
            }
            _ => {}
        }
        Ok(accounts)
    }
}

/// Writes lines that a component should not: with a secret, whole and cut in two.
fn talk() {
    let secret = settings::secret("granted").unwrap_or_default();
    log::write(log::Level::Debug, "a quiet word");
    log::write(
        log::Level::Warn,
        &format!("the token is {secret}, look:\n{secret}"),
    );
    println!("printed {secret}");
    log::write(log::Level::Info, &format!("{}{secret}", "x".repeat(990)));
    print!("half a line of {secret}");
    let _refused = std::io::Write::flush(&mut std::io::stdout());
}

/// A login name for each row, which says how often this instance has been called.
fn good(rows: usize, calls: u32) -> evaluation::Accounts {
    let mut page = Page {
        text: String::new(),
        value_ends: Vec::new(),
        cell_ends: Vec::new(),
    };
    for row in 0..rows {
        page.text.push_str(&format!("user{row}call{calls}"));
        page.value_ends.push(page.text.len() as u32);
        page.cell_ends.push(page.value_ends.len() as u32);
    }
    evaluation::Accounts {
        rows: Table {
            columns: vec!["login".to_owned()],
            rows: page,
        },
        remarks: Vec::new(),
    }
}

fn remark(row: u32, attribute: Option<&str>, message: &str) -> evaluation::Remark {
    evaluation::Remark {
        row,
        attribute: attribute.map(str::to_owned),
        kind: evaluation::RemarkKind::Warning,
        message: message.to_owned(),
    }
}

fn failure(kind: FailureKind, message: String) -> Failure {
    Failure {
        kind,
        message,
        position: None,
        retry_after: None,
    }
}
