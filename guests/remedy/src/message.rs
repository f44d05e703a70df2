//! What the AR System says when it refuses something: an array of messages with numbers.

use provisor_sdk::{Failure, FailureKind, Response, document};
use serde::Deserialize;

/// How much of what the server says is repeated, in characters.
const REPEATED: usize = 1_000;

/// Messages with this number and above come from the workflow of the applications. An error there
/// ends the transaction, so that nothing was done.
const WORKFLOW: u64 = 10_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(default)]
    message_type: Option<String>,
    #[serde(default)]
    message_text: Option<String>,
    #[serde(default)]
    message_appended_text: Option<String>,
    #[serde(default)]
    message_number: Option<u64>,
}

impl Message {
    fn is_error(&self) -> bool {
        self.message_type
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("error") || kind == "FATAL")
    }

    fn said(&self) -> String {
        let mut said = self.message_text.clone().unwrap_or_default();
        if let Some(more) = self.message_appended_text.as_deref()
            && !more.trim().is_empty()
        {
            said.push_str(": ");
            said.push_str(more);
        }
        if let Some(number) = self.message_number {
            said.push_str(&format!(" (ARERR {number})"));
        }
        said
    }
}

/// What a refusal says of the entry that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// There is no such entry.
    NoEntry,
    /// This user may not see or change it.
    NoAccess,
    /// Nothing of that kind.
    Other,
}

/// An answer that does not say that it was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What it says of the entry.
    pub meaning: Meaning,
    /// The same, told to a person.
    pub failure: Failure,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal {
            meaning: Meaning::Other,
            failure,
        }
    }
}

/// Lets only an answer pass that says it was done: with a status of success, and without an error
/// in the header field that the AR System puts beside some of them.
///
/// # Errors
/// What the server said, by its number where that has a meaning, else by the status.
pub fn accepted(response: Response) -> Result<Response, Refusal> {
    let beside = response.header("x-ar-messages").unwrap_or_default();
    let messages = match response.is_success() {
        true => errors(beside.as_bytes()),
        false => errors(&response.body),
    };
    match (response.is_success(), messages.is_empty()) {
        (true, true) => Ok(response),
        _ => Err(refusal(&response, &messages)),
    }
}

/// The errors in a content; none when it is not what the AR System writes.
fn errors(content: &[u8]) -> Vec<Message> {
    let messages: Vec<Message> = serde_json::from_slice(content).unwrap_or_default();
    messages.into_iter().filter(Message::is_error).collect()
}

fn refusal(response: &Response, messages: &[Message]) -> Refusal {
    let said: Vec<String> = messages.iter().map(Message::said).collect();
    let said = document::cut(&document::one_line(&said.join("; ")), REPEATED);
    let mut failure = response.failure((!said.is_empty()).then_some(said));
    let number = messages.iter().find_map(|message| message.message_number);
    let safe = response.method.is_safe();
    let mut meaning = Meaning::Other;
    let (kind, advice) = match number {
        // Whatever the number, the host's login is what has to change.
        _ if response.status == 401 => (
            FailureKind::Unauthorized,
            "check the user and the password of the grant",
        ),
        Some(623) => (
            FailureKind::Unauthorized,
            "check the user and the password of the grant",
        ),
        Some(302) => {
            meaning = Meaning::NoEntry;
            (FailureKind::NotFound, "")
        }
        Some(303) => (
            FailureKind::Configuration,
            "check the names of the forms in the settings, and that the user may use them",
        ),
        Some(314 | 1587) => (
            FailureKind::Configuration,
            "check the names of the fields in the settings",
        ),
        Some(330 | 333 | 353) => {
            meaning = Meaning::NoAccess;
            (
                FailureKind::Configuration,
                "give the user of the grant this right, or name another field or form",
            )
        }
        Some(331 | 332) => {
            meaning = Meaning::NoAccess;
            (FailureKind::Rejected, "")
        }
        Some(101 | 306 | 307 | 326) => (FailureKind::Rejected, ""),
        Some(309 | 382) => (FailureKind::Conflict, ""),
        // No connection between the interface and the AR System server: nothing was done.
        Some(90) => (FailureKind::Unavailable, ""),
        // The call broke off, or takes longer than somebody waited.
        Some(91..=94) if safe => (FailureKind::Unavailable, ""),
        Some(91..=94) => (FailureKind::Ambiguous, ""),
        Some(WORKFLOW..) => (FailureKind::Rejected, ""),
        // Without a message of the AR System something else answers, or it is still starting.
        None if response.status == 404 => (
            FailureKind::Unavailable,
            "there is no REST interface here: check the setting url, or wait until the server has \
             started",
        ),
        None if matches!(response.status, 301 | 302 | 307 | 308) => (
            FailureKind::Configuration,
            "the server sends on to another address, perhaps to log in: set url to the address of \
             the REST interface itself",
        ),
        _ => (failure.kind, ""),
    };
    failure.kind = kind;
    if !advice.is_empty() {
        failure.message.push_str("; ");
        failure.message.push_str(advice);
    }
    Refusal { meaning, failure }
}
