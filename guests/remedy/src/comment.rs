//! Comments: entries of a form of their own.

use provisor_sdk::{Block, Failure, FailureKind};
use serde_json::Value;

use crate::reference::Reference;
use crate::text;
use crate::tracker::Tracker;

/// Adds a comment to a ticket.
///
/// # Errors
/// Why it was not added; `ambiguous` when it may have been.
pub fn add(tracker: &Tracker<'_>, reference: &Reference, text: &[Block]) -> Result<(), Failure> {
    let layout = tracker.layout;
    let number = reference.number.as_str();
    let text = text::plain(text, tracker.settings.description_limit);
    if text.trim().is_empty() {
        return Err(Failure::rejected("a comment without text says nothing"));
    }
    let mut content = layout.comment_fields.clone();
    content.insert(layout.comment_number.clone(), Value::from(number));
    content.insert(layout.comment_text.clone(), Value::from(text));
    let said = tracker
        .entries
        .make(&layout.comment_form, &content, &layout.comment_number)
        .map_err(|refusal| {
            refusal
                .failure
                .during(&format!("adding a comment to {number}"))
        })?;
    match said.and_then(|entry| entry.text(&layout.comment_number)) {
        Some(other) if other != number => Err(Failure::new(
            FailureKind::Malformed,
            format!("the comment for {number} was added to {other}"),
        )),
        _ => Ok(()),
    }
}
