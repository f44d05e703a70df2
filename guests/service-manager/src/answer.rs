//! What an answer means.
//!
//! Service Manager says what came of a request in its return code; the status of HTTP may well be
//! 200 all the same. Where an answer has no return code, something else has answered: a load
//! balancer, a page to log in, a proxy.

use provisor_sdk::document::{cut, one_line};
use provisor_sdk::{Failure, FailureKind, Response};
use serde_json::{Map, Value};

use crate::layout::Layout;

/// How many messages of an answer are repeated.
const MOST_MESSAGES: usize = 10;

/// How much of a message is repeated, in characters.
const LONGEST_MESSAGE: usize = 300;

/// Something failed, in a way that says nothing of the record.
const OTHER_ERROR: i64 = -1;
/// No thread for the request, or wrong credentials.
const NO_SESSION: i64 = -4;
/// Somebody has the record open.
const LOCKED: i64 = 3;
/// There is no record, or no further one.
const NO_RECORDS: i64 = 9;
/// The account lacks a right.
const NOT_AUTHORISED: i64 = 28;
/// Another record has the same unique key.
const DUPLICATE: i64 = 48;
/// Somebody else changed the record meanwhile.
const MODIFIED: i64 = 51;
/// Somebody else deleted the record meanwhile.
const DELETED: i64 = 52;
/// The query names what is not there, or is none.
const BAD_QUERY: i64 = 66;
/// What was sent breaks the rules of the form.
const VALIDATION: [i64; 2] = [70, 71];

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    code: Option<i64>,
    failure: Failure,
}

impl Refusal {
    /// Whether there is no record, or no further one.
    pub fn is_missing(&self) -> bool {
        matches!(self.code, Some(NO_RECORDS | DELETED))
    }

    /// Whether the account lacks a right.
    pub fn is_forbidden(&self) -> bool {
        self.code == Some(NOT_AUTHORISED)
    }

    /// Whether another record has the same unique key.
    pub fn is_duplicate(&self) -> bool {
        self.code == Some(DUPLICATE)
    }

    /// Whether what was sent breaks the rules of the form.
    pub fn is_invalid(&self) -> bool {
        self.code.is_some_and(|code| VALIDATION.contains(&code))
    }

    /// What it means to the host.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal {
            code: None,
            failure,
        }
    }
}

/// The content of an answer that says success.
///
/// # Errors
/// What the return code means; where there is none, what the status of HTTP means.
pub fn read(response: &Response) -> Result<Map<String, Value>, Refusal> {
    let content: Option<Map<String, Value>> = serde_json::from_slice(&response.body).ok();
    let coded = content.and_then(|content| Some((code(&content)?, content)));
    match coded {
        Some((0, content)) if response.is_success() => Ok(content),
        Some((0, content)) => Err(response.failure(messages(&content)).into()),
        Some((code, content)) => Err(refusal(response, code, messages(&content))),
        None => Err(stranger(response).into()),
    }
}

/// The record of an answer about one record.
///
/// # Errors
/// As [`read`]; and when the record is not where the layout says.
pub fn record(response: &Response, layout: &Layout) -> Result<Map<String, Value>, Refusal> {
    let mut content = read(response)?;
    match content.remove(&layout.envelope) {
        Some(Value::Object(record)) => Ok(record),
        _ => Err(without_envelope(response.method.is_safe(), layout).into()),
    }
}

/// A record is missing from an answer that says success.
pub fn without_envelope(safe: bool, layout: &Layout) -> Failure {
    let kind = match safe {
        true => FailureKind::Configuration,
        false => FailureKind::Ambiguous,
    };
    Failure::new(
        kind,
        format!(
            "an answer of the collection `{}` holds no `{}`; look at the setting /envelope",
            layout.collection, layout.envelope
        ),
    )
}

/// A number, which some versions write as text.
pub fn number(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn code(content: &Map<String, Value>) -> Option<i64> {
    number(content.get("ReturnCode"))
}

/// What the answer says, on one line.
fn messages(content: &Map<String, Value>) -> Option<String> {
    let all: Vec<String> = match content.get("Messages")? {
        Value::Array(messages) => messages.iter().take(MOST_MESSAGES).map(message).collect(),
        single => vec![message(single)],
    };
    let all: Vec<String> = all.into_iter().filter(|text| !text.is_empty()).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn message(value: &Value) -> String {
    let text = match value {
        Value::String(text) => one_line(text),
        Value::Null => String::new(),
        other => one_line(&other.to_string()),
    };
    cut(&text, LONGEST_MESSAGE)
}

fn refusal(response: &Response, code: i64, said: Option<String>) -> Refusal {
    let safe = response.method.is_safe();
    let unclear = match safe {
        true => FailureKind::Unavailable,
        false => FailureKind::Ambiguous,
    };
    let (kind, advice) = match code {
        OTHER_ERROR => (unclear, ""),
        NO_SESSION if said.as_deref().is_some_and(is_overload) => (
            FailureKind::Unavailable,
            " (Service Manager has no thread left for this account; the credentials may be right)",
        ),
        NO_SESSION => (
            FailureKind::Unauthorized,
            " (look at the user and password of the grant, and whether the operator has the \
             capability word `RESTful API`)",
        ),
        LOCKED => (
            FailureKind::Unavailable,
            " (somebody has the record open; it is free again when they close it)",
        ),
        NO_RECORDS | DELETED => (FailureKind::NotFound, ""),
        NOT_AUTHORISED => (
            FailureKind::Unauthorized,
            " (the account lacks a right; look at its profiles and at the allowed actions of the \
             published table)",
        ),
        DUPLICATE => (FailureKind::Conflict, ""),
        MODIFIED => (
            FailureKind::Unavailable,
            " (somebody changed the record at the same moment)",
        ),
        BAD_QUERY => (
            FailureKind::Configuration,
            " (look at /captions and /query-names: they name fields that queries do not know)",
        ),
        code if VALIDATION.contains(&code) => (
            FailureKind::Rejected,
            " (look at /fields, /comment-fields or /withdrawal: the form wants these values)",
        ),
        // The documentation does not tell all codes. One that HTTP calls the client's fault was not
        // carried out; of any other that is not known.
        _ if (400..500).contains(&response.status) => (FailureKind::Rejected, ""),
        _ => (unclear, ""),
    };
    let said = said.unwrap_or_else(|| "no message".to_owned());
    let mut failure = Failure::new(
        kind,
        format!("Service Manager answers with return code {code}: {said}{advice}"),
    );
    failure.retry_after = response.failure(None).retry_after;
    Refusal {
        code: Some(code),
        failure,
    }
}

/// Both answers come with -4 and status 401; only the message tells them apart.
fn is_overload(message: &str) -> bool {
    let message = message.to_lowercase();
    ["too many", "maximum", "exceed", "no available", "threads"]
        .iter()
        .any(|word| message.contains(word))
}

/// What an answer means that Service Manager has not given.
fn stranger(response: &Response) -> Failure {
    let mut failure = response.failure(None);
    let safe = response.method.is_safe();
    failure.kind = match (response.status, safe) {
        (401 | 403 | 407, _) => FailureKind::Unauthorized,
        (429, _) => FailureKind::RateLimited,
        (_, true) => FailureKind::Unavailable,
        // It went no further than to whoever refused it.
        (400..500 | 503, false) if response.status != 408 => FailureKind::Unavailable,
        (_, false) => FailureKind::Ambiguous,
    };
    failure.message = format!(
        "something other than Service Manager has answered, perhaps a load balancer or a page to log \
         in; if this stays so, look at the setting /url. Status {}: {}",
        response.status,
        response.excerpt()
    );
    failure
}
