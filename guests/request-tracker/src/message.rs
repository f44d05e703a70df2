//! What Request Tracker sends when a ticket changes.

use provisor_sdk::{Failure, Hint, Message};
use serde_json::Value;

use crate::answer;

/// Reads the message of the scrip that `docs/tickets/request-tracker.md` shows: an object of JSON
/// with `ticket` (the number) and perhaps `correlation-id`.
///
/// # Errors
/// `malformed` when it is something else.
pub fn read(message: &Message) -> Result<Vec<Hint>, Failure> {
    let wrong = |what: &str| {
        Failure::malformed(format!(
            "the message of Request Tracker {what}; use the scrip of the documentation"
        ))
    };
    let body: Value = serde_json::from_slice(&message.body).map_err(|_| wrong("is no JSON"))?;
    let ticket = answer::reference(&body["ticket"])
        .ok_or_else(|| wrong("names no ticket: `ticket` should be its number"))?;
    let correlation_id = body["correlation-id"].as_str();
    Ok(vec![Hint {
        reference: Some(ticket.to_string()),
        number: Some(ticket.to_string()),
        correlation_id: correlation_id
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
    }])
}
