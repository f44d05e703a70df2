//! Sends what its settings say, and misbehaves as its setting `misbehave` says.
//!
//! `requests` is a list of `{"method", "url", "headers", "body", "fill", "times"}`; all but `url`
//! may be missing. `check-connection` sends them one after the other and tells of each in a finding:
//! good when it was answered, its subject the status or the kind of the failure, its message the
//! header fields and the beginning of the content, or what the failure says.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use exports::provisor::connector::{about, tickets};
use provisor::connector::types::{Failure, FailureKind};
use provisor::connector::{http, settings};
use serde::Deserialize;

wit_bindgen::generate!({ path: "../../wit", world: "ticketing", generate_all });

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; 168] = *br#"{"world":"ticketing","name":"hostile-ticketing","version":"0.1.0","summary":"Sends what it is told.","capabilities":[],"settings-schema":{"type":"object"},"origins":[]}"#;

struct Hostile;

export!(Hostile);

impl about::Guest for Hostile {
    fn describe() -> about::Description {
        about::Description {
            name: "hostile-ticketing".to_owned(),
            version: "0.1.0".to_owned(),
            summary: "Sends what it is told.".to_owned(),
            capabilities: Vec::new(),
            settings_schema: r#"{"type":"object"}"#.to_owned(),
            origins: Vec::new(),
        }
    }

    fn check_settings() -> Vec<about::Problem> {
        Vec::new()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Settings {
    misbehave: String,
    requests: Vec<Asked>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default = "get")]
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    /// The content is so many bytes instead.
    fill: Option<usize>,
    #[serde(default = "once")]
    times: u32,
}

fn get() -> String {
    "GET".to_owned()
}

fn once() -> u32 {
    1
}

fn read() -> Result<Settings, Failure> {
    serde_json::from_str(&settings::read()).map_err(|error| Failure {
        kind: FailureKind::Configuration,
        message: error.to_string(),
        position: None,
        retry_after: None,
    })
}

/// The settings, after whatever has nothing to do with tickets.
fn begin() -> Result<Settings, Failure> {
    let settings = read()?;
    hostile::misbehave(&settings.misbehave);
    Ok(settings)
}

fn send(asked: &Asked) -> Result<http::Response, Failure> {
    let content = asked.body.as_ref().map(|body| body.clone().into_bytes());
    http::send(&http::Request {
        method: asked.method.clone(),
        url: asked.url.clone(),
        headers: asked.headers.clone(),
        body: content.or_else(|| asked.fill.map(|bytes| vec![b'x'; bytes])),
    })
}

fn tell(answer: Result<http::Response, Failure>) -> tickets::Finding {
    match answer {
        Ok(response) => {
            let content = String::from_utf8_lossy(&response.body);
            let beginning: String = content.chars().take(2000).collect();
            tickets::Finding {
                good: true,
                subject: response.status.to_string(),
                message: format!("{:?} {} {beginning}", response.headers, response.body.len()),
            }
        }
        Err(failure) => tickets::Finding {
            good: false,
            subject: format!("{:?}", failure.kind).replace("FailureKind::", ""),
            message: match failure.retry_after {
                Some(seconds) => format!("{} (after {seconds})", failure.message),
                None => failure.message,
            },
        },
    }
}

/// A ticket that is as it should be.
fn ticket() -> tickets::Ticket {
    tickets::Ticket {
        reference: "1".to_owned(),
        number: "T-1".to_owned(),
        url: Some("https://example.com/T-1".to_owned()),
    }
}

fn progress() -> tickets::Progress {
    tickets::Progress {
        status: "In work".to_owned(),
        resolution: None,
        class: tickets::Class::InProgress,
        updated_at: Some("2026-03-31T08:00:00+02:00".to_owned()),
        closed_at: None,
        assignee: Some("ann".to_owned()),
        note: None,
    }
}

impl tickets::Guest for Hostile {
    fn behaviour() -> Result<tickets::Traits, Failure> {
        let batch = match begin()?.misbehave.as_str() {
            "no-batch" => 0,
            "huge-batch" => u32::MAX,
            _ => 50,
        };
        Ok(tickets::Traits {
            batch,
            search_lag: 3,
            comments: true,
            withdraws: false,
            receives: true,
        })
    }

    fn check_connection() -> Result<Vec<tickets::Finding>, Failure> {
        let settings = begin()?;
        if settings.misbehave == "many-findings" {
            return Ok(vec![
                tell(Ok(http::Response {
                    status: 200,
                    headers: Vec::new(),
                    body: Vec::new(),
                }));
                101
            ]);
        }
        let mut findings = Vec::new();
        for asked in &settings.requests {
            for time in 1..=asked.times {
                let answer = send(asked);
                if time == asked.times {
                    findings.push(tell(answer));
                }
            }
        }
        Ok(findings)
    }

    fn create(draft: tickets::Draft) -> Result<tickets::Ticket, Failure> {
        let settings = begin()?;
        for asked in &settings.requests {
            send(asked)?;
        }
        let mut ticket = ticket();
        match settings.misbehave.as_str() {
            "no-reference" => ticket.reference.clear(),
            "long-reference" => ticket.reference = "x".repeat(1001),
            "long-number" => ticket.number = "x".repeat(201),
            "two-lines" => ticket.number = "a\nb".to_owned(),
            "long-url" => ticket.url = Some(format!("https://h/{}", "x".repeat(2000))),
            "script" => ticket.url = Some("javascript:alert(1)".to_owned()),
            "path" => ticket.url = Some("/T-1".to_owned()),
            "echo" => ticket.reference = format!("{draft:?}").chars().take(900).collect(),
            "trap-after" => panic!("after everything was sent"),
            _ => {}
        }
        Ok(ticket)
    }

    fn find(correlation_id: String) -> Result<Vec<tickets::Found>, Failure> {
        let found = tickets::Found {
            ticket: ticket(),
            correlation_id,
        };
        Ok(match begin()?.misbehave.as_str() {
            "twice" => vec![found.clone(), found],
            "many" => (0..1001)
                .map(|number| {
                    let mut found = found.clone();
                    found.ticket.reference = number.to_string();
                    found
                })
                .collect(),
            _ => vec![found],
        })
    }

    fn status(references: Vec<String>) -> Result<Vec<tickets::Condition>, Failure> {
        let misbehave = begin()?.misbehave;
        let mut number = references.len();
        let mut progress = progress();
        match misbehave.as_str() {
            "one-too-many" => number += 1,
            "one-too-few" => number -= 1,
            "yesterday" => progress.updated_at = Some("yesterday".to_owned()),
            "half" => progress.closed_at = Some("2026-03-31".to_owned()),
            "long-note" => progress.note = Some("x".repeat(100_000)),
            "replaced-by-nothing" => {
                let mut other = ticket();
                other.reference.clear();
                return Ok(vec![tickets::Condition::Replaced(other); number]);
            }
            "each-its-own" => {
                let failure = Failure {
                    kind: FailureKind::RateLimited,
                    message: "later".to_owned(),
                    position: None,
                    retry_after: Some(7),
                };
                return Ok(vec![
                    tickets::Condition::Gone,
                    tickets::Condition::Forbidden,
                    tickets::Condition::Replaced(ticket()),
                    tickets::Condition::Failed(failure),
                ]);
            }
            _ => {}
        }
        Ok(vec![tickets::Condition::Progress(progress); number])
    }

    fn comment(_reference: String, _text: Vec<tickets::Block>) -> Result<(), Failure> {
        begin().map(drop)
    }

    fn withdraw(_reference: String, reason: String) -> Result<tickets::Withdrawal, Failure> {
        begin()?;
        Ok(tickets::Withdrawal::Refused(reason.repeat(1000)))
    }

    fn receive(message: tickets::Message) -> Result<Vec<tickets::Hint>, Failure> {
        let misbehave = begin()?.misbehave;
        let number = String::from_utf8_lossy(&message.body).into_owned();
        let hint = tickets::Hint {
            reference: None,
            number: (misbehave != "empty-hint").then_some(number),
            correlation_id: None,
        };
        Ok(match misbehave.as_str() {
            "many-hints" => vec![hint; 1001],
            _ => vec![hint],
        })
    }
}
