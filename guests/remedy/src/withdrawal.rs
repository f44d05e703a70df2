//! Taking a ticket back.

use provisor_sdk::{Class, Draft, Failure, FailureKind, Priority, Withdrawal, log, template};
use serde_json::{Map, Value};

use crate::class::{class, is_final};
use crate::comment;
use crate::entry::Entry;
use crate::message::Meaning;
use crate::reference::Reference;
use crate::tracker::Tracker;

/// Gives a ticket the status that the settings say, and looks whether it has it then.
///
/// # Errors
/// When it is not known whether it was taken back.
pub fn withdraw(
    tracker: &Tracker<'_>,
    reference: &str,
    reason: &str,
) -> Result<Withdrawal, Failure> {
    let layout = tracker.layout;
    let reference = Reference::read(reference, &layout.form)?;
    let number = reference.number.as_str();
    let before = tracker.by_number(&[number])?;
    let Some(entry) = before.get(number) else {
        return unseen(tracker, &reference);
    };
    let (status, known) = standing(tracker, entry);
    if is_final(known) {
        return Ok(match known {
            Class::Cancelled => Withdrawal::Withdrawn,
            _ => Withdrawal::Refused(format!("{number} is {status} already")),
        });
    }
    let id = entry.id().or(reference.entry.clone()).ok_or_else(|| {
        Failure::malformed(format!(
            "the answer for {number} does not say which entry it is"
        ))
    })?;
    let content = content(&layout.withdrawal, reason)?;
    if let Err(refusal) = tracker.entries.change(&layout.form, &id, &content) {
        // Only what the server has looked at and does not want is an answer to the question.
        return match refusal.failure.kind {
            FailureKind::Rejected => Ok(Withdrawal::Refused(refusal.failure.message)),
            _ => Err(refusal.failure.during(&format!("taking {number} back"))),
        };
    }
    let after = tracker.by_number(&[number]).map_err(|failure| {
        Failure::ambiguous(format!(
            "the server accepted that {number} is taken back, but its status could not be read \
             then: {}",
            failure.message
        ))
    })?;
    let (status, known) = match after.get(number) {
        Some(entry) => standing(tracker, entry),
        None => {
            return Err(Failure::ambiguous(format!(
                "the server accepted that {number} is taken back, but does not show it any more"
            )));
        }
    };
    let wanted = layout
        .withdrawal
        .get(&layout.status)
        .and_then(Value::as_str);
    if known != Class::Cancelled && wanted != Some(status.as_str()) {
        return Ok(Withdrawal::Refused(format!(
            "the server accepted the change, but {number} is {status}"
        )));
    }
    let why = [provisor_sdk::document::paragraph(reason)];
    if let Err(failure) = comment::add(tracker, &reference, &why) {
        // It is taken back; that nobody can read why does not change that.
        log::warn(&format!(
            "{number} is taken back, but the reason could not be added: {}",
            failure.message
        ));
    }
    Ok(Withdrawal::Withdrawn)
}

fn standing(tracker: &Tracker<'_>, entry: &Entry) -> (String, Class) {
    let layout = tracker.layout;
    let status = entry.text(&layout.status).unwrap_or_default();
    let reason = layout.reason.as_deref().and_then(|field| entry.text(field));
    let known = class(layout.kind, &status, reason.as_deref());
    (status, known)
}

fn unseen(tracker: &Tracker<'_>, reference: &Reference) -> Result<Withdrawal, Failure> {
    let number = &reference.number;
    let Some(id) = &reference.entry else {
        return Err(Failure::new(
            FailureKind::NotFound,
            format!("the form {} does not show {number}", tracker.layout.form),
        ));
    };
    let form = &tracker.layout.form;
    match tracker.entries.one(form, id, &[&tracker.layout.number]) {
        Ok(entry) => {
            let now = entry.text(&tracker.layout.number).unwrap_or_default();
            Ok(Withdrawal::Refused(format!(
                "{number} is called {now} now and was left alone"
            )))
        }
        Err(refusal) => match refusal.meaning {
            Meaning::NoEntry => Ok(Withdrawal::Refused(format!(
                "{number} does not exist any more"
            ))),
            Meaning::NoAccess => Ok(Withdrawal::Refused(format!(
                "the user of the grant may not see {number}"
            ))),
            Meaning::Other => Err(refusal.failure.during(number)),
        },
    }
}

fn content(templates: &Map<String, Value>, reason: &str) -> Result<Map<String, Value>, Failure> {
    let facts = Draft {
        correlation_id: String::new(),
        title: String::new(),
        description: Vec::new(),
        priority: Priority::Normal,
        due: None,
        follow_up_of: None,
        facts: vec![("reason".to_owned(), reason.to_owned())],
    };
    template::fill_all(templates, &facts)
}
