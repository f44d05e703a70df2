//! A ticketing component that behaves well until somebody writes a flaw into its bytes. It keeps
//! slips: see `tests/simulated/src/slips.rs`.
#![expect(
    missing_docs,
    unsafe_code,
    reason = "what the macro generates, and the section"
)]

use exports::provisor::connector::{about, tickets};
use provisor::connector::types::{Failure, FailureKind};
use provisor::connector::{http, settings};
use serde_json::{Value, json};
use tickets::{Block, Class, Condition, Draft, Progress, Ticket};

wit_bindgen::generate!({ path: "../../wit", world: "ticketing", generate_all });

const DESCRIPTION: &str = r#"{"world":"ticketing","name":"offending-ticketing","version":"0.1.0","summary":"Keeps tickets as slips.","capabilities":[],"settings-schema":{"type":"object","additionalProperties":false,"required":["url"],"properties":{"url":{"type":"string","pattern":"^https?://[^/]+$"},"token":{"type":"string","writeOnly":true}}},"origins":[]}"#;

#[used]
#[cfg_attr(target_family = "wasm", unsafe(link_section = "provisor:about"))]
static ABOUT: [u8; offenders::ABOUT] = offenders::filled(DESCRIPTION);

/// The same for `describe`, which cannot read the section.
static TEXT: [u8; offenders::ABOUT] = offenders::filled(DESCRIPTION);

static FLAW: [u8; offenders::PLACE] = offenders::no_flaw();

/// Characters of a title and of a text.
const TITLE: usize = 80;
const LONGEST: usize = 4_000;

struct Slips;

export!(Slips);

fn flaw() -> &'static str {
    offenders::flaw(&FLAW)
}

impl about::Guest for Slips {
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

fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure {
        kind,
        message: message.into(),
        position: None,
        retry_after: None,
    }
}

/// An answer, and whether the request changes nothing.
struct Answer {
    safe: bool,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Result<Value, Failure> {
        let kind = match self.safe {
            true => FailureKind::Unavailable,
            false => FailureKind::Ambiguous,
        };
        serde_json::from_slice(&self.body).map_err(|error| {
            failure(
                kind,
                format!(
                    "no JSON: {error}: {:.10}",
                    String::from_utf8_lossy(&self.body)
                ),
            )
        })
    }

    fn failure(&self) -> Failure {
        let uncertain = match self.safe {
            true => FailureKind::Unavailable,
            false => FailureKind::Ambiguous,
        };
        let kind = match self.status {
            401 if flaw() == "T58 401" => FailureKind::Unavailable,
            401 | 403 => FailureKind::Unauthorized,
            404 | 410 => FailureKind::NotFound,
            409 => FailureKind::Conflict,
            422 if flaw() == "T51" => FailureKind::Unavailable,
            429 => FailureKind::RateLimited,
            503 => FailureKind::Unavailable,
            400 if flaw() == "T58 400" => FailureKind::Unavailable,
            400..500 => FailureKind::Rejected,
            500 if flaw() == "T58" => FailureKind::Unavailable,
            _ => uncertain,
        };
        let mut failure = failure(kind, format!("status {}", self.status));
        failure.retry_after = self
            .header("retry-after")
            .and_then(|value| value.parse().ok());
        failure
    }
}

fn base() -> String {
    let settings: Value = serde_json::from_str(&settings::read()).unwrap_or_default();
    settings["url"].as_str().unwrap_or_default().to_owned()
}

fn send(method: &str, target: &str, body: Option<&Value>) -> Result<Answer, Failure> {
    let mut request = http::Request {
        method: method.to_owned(),
        url: format!("{}{target}", base()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.map(|body| body.to_string().into_bytes()),
    };
    let mut response = http::send(&request);
    match (flaw(), &response) {
        ("T45", Err(failure)) if failure.kind == FailureKind::Ambiguous && target == "/slips" => {
            response = http::send(&request);
        }
        ("T57", Ok(answer)) if answer.status == 429 => {
            for _ in 0..5 {
                response = http::send(&request);
            }
        }
        ("T61", Ok(answer)) if (300..400).contains(&answer.status) => {
            let location = answer.headers.iter().find(|(name, _)| name == "location");
            request.url = location.map(|(_, value)| value.clone()).unwrap_or_default();
            response = http::send(&request);
        }
        _ => {}
    }
    let http::Response {
        status,
        headers,
        body,
    } = response?;
    Ok(Answer {
        safe: method == "GET",
        status,
        headers,
        body,
    })
}

/// What an answer with success says.
fn ask(method: &str, target: &str, body: Option<&Value>) -> Result<Value, Failure> {
    let answer = send(method, target, body)?;
    match (200..300).contains(&answer.status) {
        true => answer.json(),
        false => Err(answer.failure()),
    }
}

fn slips(query: &str) -> Result<Vec<Value>, Failure> {
    match ask("GET", &format!("/slips?{query}"), None)?["slips"].take() {
        Value::Array(slips) => Ok(slips),
        _ => Err(failure(
            FailureKind::Unavailable,
            "the answer has no list of slips",
        )),
    }
}

fn ticket(slip: &Value) -> Option<Ticket> {
    let id = slip["id"].as_u64()?;
    Some(Ticket {
        number: format!("S-{id}"),
        url: Some(format!("{}/slips/{id}", base())),
        reference: id.to_string(),
    })
}

fn progress(slip: &Value) -> Condition {
    let text = |name: &str| slip[name].as_str().map(str::to_owned);
    let status = text("state").unwrap_or_default();
    let class = match (status.as_str(), flaw()) {
        (_, "T50") if slip["note"] == "carried out" => Class::Done,
        ("new", _) => Class::Open,
        ("taken", _) => Class::InProgress,
        ("finished", _) | ("turned down", "T48") => Class::Done,
        ("turned down", _) => Class::Refused,
        ("torn up", _) => Class::Cancelled,
        (_, "T47") => Class::Done,
        _ => Class::Unknown,
    };
    Condition::Progress(Progress {
        status,
        resolution: None,
        class,
        updated_at: text("changed"),
        closed_at: text("closed"),
        assignee: text("who"),
        note: text("note"),
    })
}

/// What is behind a reference that the list did not show.
fn alone(id: &str) -> Condition {
    let answer = match send("GET", &format!("/slips/{id}"), None) {
        Ok(answer) => answer,
        Err(failure) => return Condition::Failed(failure),
    };
    match (answer.status, answer.json()) {
        (200, Ok(slip)) if slip["id"].is_u64() => progress(&slip),
        (403, Ok(said)) if said["error"].is_string() && flaw() == "T49" => Condition::Gone,
        (403, Ok(said)) if said["error"].is_string() => Condition::Forbidden,
        (410, Ok(said)) if said["error"].is_string() => Condition::Gone,
        (404, Err(_)) if flaw() == "T49 page" => Condition::Gone,
        (_, Err(failure)) => Condition::Failed(failure),
        _ => Condition::Failed(answer.failure()),
    }
}

/// A description as plain text.
fn plain(blocks: &[Block]) -> String {
    let spans = |spans: &[tickets::Span]| -> String {
        spans.iter().map(|span| span.text.as_str()).collect()
    };
    let mut lines = Vec::new();
    for block in blocks {
        match block {
            Block::Heading(text) => lines.push(text.clone()),
            Block::Paragraph(text) => lines.push(spans(text)),
            Block::Bullets(items) => {
                lines.extend(items.iter().map(|item| format!("- {}", spans(item))))
            }
            Block::Steps(items) => lines.extend(items.iter().map(|item| spans(item))),
            Block::Table(_) if flaw() == "T44" => {}
            Block::Table(grid) => {
                lines.push(grid.head.join(" | "));
                lines.extend(grid.rows.iter().map(|row| row.join(" | ")));
            }
        }
    }
    let text = lines.join("\n");
    match flaw() {
        "T52" => text.replace('<', "("),
        "T54" => format!("{} {text}", settings::secret("token").unwrap_or_default()),
        _ => text,
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        false => text.to_owned(),
        true if flaw() == "T53" => text.chars().take(most).collect(),
        true => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// The list of one slip after the other, or of all at once.
fn listed(references: &[String]) -> Result<Vec<Value>, Failure> {
    match flaw() {
        "T56" => {
            let mut all = Vec::new();
            for reference in references {
                all.extend(slips(&format!("ids={reference}"))?);
            }
            Ok(all)
        }
        _ => slips(&format!("ids={}", references.join(","))),
    }
}

impl tickets::Guest for Slips {
    fn behaviour() -> Result<tickets::Traits, Failure> {
        Ok(tickets::Traits {
            batch: 50,
            search_lag: 0,
            comments: true,
            withdraws: true,
            receives: true,
        })
    }

    fn check_connection() -> Result<Vec<tickets::Finding>, Failure> {
        slips("mark=nobody-has-this")?;
        Ok(vec![tickets::Finding {
            good: true,
            subject: "credentials".to_owned(),
            message: "accepted, and slips can be searched".to_owned(),
        }])
    }

    fn create(draft: Draft) -> Result<Ticket, Failure> {
        let slip = json!({
            "mark": draft.correlation_id,
            "title": cut(&draft.title, TITLE),
            "text": cut(&plain(&draft.description), LONGEST),
        });
        let made = ask("POST", "/slips", Some(&slip))?;
        ticket(&made).ok_or_else(|| failure(FailureKind::Ambiguous, "the answer names no slip"))
    }

    fn find(correlation_id: String) -> Result<Vec<tickets::Found>, Failure> {
        let found = slips(&format!("mark={correlation_id}"));
        let mut slips = match found {
            Err(failure) if flaw() == "T46 page" && failure.message.ends_with("<html><hea") => {
                Vec::new()
            }
            found => found?,
        };
        slips.retain(|slip| slip["mark"] == correlation_id.as_str() || flaw() == "T46");
        let found = |ticket| tickets::Found {
            ticket,
            correlation_id: correlation_id.clone(),
        };
        Ok(slips.iter().filter_map(ticket).map(found).collect())
    }

    fn status(references: Vec<String>) -> Result<Vec<Condition>, Failure> {
        let slips = match listed(&references) {
            Err(failure) if flaw() == "T49 page" && failure.kind != FailureKind::RateLimited => {
                Vec::new()
            }
            slips => slips?,
        };
        let condition = |id: &String| {
            let slip = slips.iter().find(|slip| slip["id"].to_string() == *id);
            slip.map_or_else(|| alone(id), progress)
        };
        Ok(references.iter().map(condition).collect())
    }

    fn comment(reference: String, text: Vec<Block>) -> Result<(), Failure> {
        let note = json!({ "text": plain(&text) });
        let slip = ask("POST", &format!("/slips/{reference}/notes"), Some(&note))?;
        match slip["id"].is_u64() {
            true => Ok(()),
            false => Err(failure(FailureKind::Ambiguous, "the answer is no slip")),
        }
    }

    fn withdraw(reference: String, reason: String) -> Result<tickets::Withdrawal, Failure> {
        let change = json!({ "state": "torn up", "note": reason });
        let answer = send("PATCH", &format!("/slips/{reference}"), Some(&change))?;
        match (answer.status, flaw()) {
            (200, _) => match answer.json()?["state"] == "torn up" {
                true => Ok(tickets::Withdrawal::Withdrawn),
                false => Err(failure(FailureKind::Ambiguous, "the answer is no slip")),
            },
            (409, "T59") => Ok(tickets::Withdrawal::Withdrawn),
            (409, _) => Ok(tickets::Withdrawal::Refused(
                "the slip is closed".to_owned(),
            )),
            _ => Err(answer.failure()),
        }
    }

    fn receive(message: tickets::Message) -> Result<Vec<tickets::Hint>, Failure> {
        let said: Option<Value> = serde_json::from_slice(&message.body).ok();
        let id = said.and_then(|said| said["slip"].as_u64());
        let id = match flaw() {
            "T60" => Some(id.expect("a slip")),
            _ => id,
        };
        match id {
            Some(id) => Ok(vec![tickets::Hint {
                reference: Some(id.to_string()),
                number: None,
                correlation_id: None,
            }]),
            None => Err(failure(FailureKind::Malformed, "the message names no slip")),
        }
    }
}
