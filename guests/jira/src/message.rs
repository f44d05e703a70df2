//! Webhooks: which tickets a message of Jira is about.

use provisor_sdk::{Failure, Hint, Message};
use serde_json::Value;

use crate::issue::Issue;
use crate::reference::Reference;
use crate::settings::Settings;
use crate::tickets::list;

/// The tickets that a message is about. Messages about other things name none.
///
/// # Errors
/// `malformed` when it is not the JSON that Jira sends.
pub fn hints(message: &Message, settings: &Settings) -> Result<Vec<Hint>, Failure> {
    let body: Value = serde_json::from_slice(&message.body)
        .map_err(|error| Failure::malformed(format!("the webhook is not JSON: {error}")))?;
    if !body["webhookEvent"].is_string() {
        return Err(Failure::malformed(
            "the webhook names no event (`webhookEvent`): it is not one of Jira",
        ));
    }
    let Some(issue) = Issue::read(&body["issue"]) else {
        return Ok(Vec::new());
    };
    // A ticket that was moved is known to the host by the key that it had before.
    let moved = list(&body["changelog"], "items")
        .iter()
        .filter(|item| item["field"].as_str() == Some("Key"))
        .filter_map(|item| item["fromString"].as_str());
    let keys = std::iter::once(issue.key.as_str()).chain(moved);
    let correlation_id = issue
        .labels()
        .filter(|label| *label != settings.withdrawn_label)
        .filter(|label| !settings.labels.iter().any(|own| own == label))
        .filter_map(|label| label.strip_prefix(&settings.correlation_label_prefix))
        .find(|id| is_correlation_id(id))
        .map(str::to_owned);
    Ok(keys
        .filter_map(|key| Reference::new(&issue.id, key))
        .map(|reference| Hint {
            reference: Some(reference.write()),
            number: Some(reference.key),
            correlation_id: correlation_id.clone(),
        })
        .collect())
}

/// Whether a text could be a correlation id of the host: other labels may begin with the same prefix.
fn is_correlation_id(text: &str) -> bool {
    (8..=64).contains(&text.len())
        && text
            .bytes()
            .all(|one| one.is_ascii_alphanumeric() || one == b'-')
}
