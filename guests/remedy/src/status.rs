//! Where tickets stand: many with one question, and those that are missing in its answer alone.

use std::collections::BTreeMap;

use provisor_sdk::{Condition, Failure, FailureKind, Progress, document, log};

use crate::class::{class, is_final};
use crate::entry::Entry;
use crate::message::Meaning;
use crate::moment;
use crate::qualification::any_of;
use crate::reference::{Reference, is_name};
use crate::tracker::Tracker;

/// How much of what people wrote comes back, in characters.
const NOTE: usize = 4_000;

/// The condition of each reference, in order. There are at most as many as one question may be about.
///
/// # Errors
/// When the question cannot be asked.
pub fn conditions(tracker: &Tracker<'_>, references: &[String]) -> Result<Vec<Condition>, Failure> {
    let form = &tracker.layout.form;
    let references: Vec<Result<Reference, Failure>> = references
        .iter()
        .map(|text| Reference::read(text, form))
        .collect();
    let numbers: Vec<&str> = references
        .iter()
        .flatten()
        .map(|reference| reference.number.as_str())
        .collect();
    let found = match numbers.is_empty() {
        true => BTreeMap::new(),
        false => tracker.by_number(&numbers)?,
    };
    let mut conditions: Vec<Condition> = references
        .iter()
        .map(|reference| match reference {
            Err(failure) => Condition::Failed(failure.clone()),
            Ok(reference) => match found.get(&reference.number) {
                Some(entry) => standing(tracker, &reference.number, entry),
                None => missing(tracker, reference),
            },
        })
        .collect();
    add_notes(tracker, &references, &mut conditions);
    Ok(conditions)
}

fn standing(tracker: &Tracker<'_>, number: &str, entry: &Entry) -> Condition {
    let layout = tracker.layout;
    let text = |field: &Option<String>| entry.text(field.as_deref()?);
    let after = text(&layout.replaced_by).filter(|after| after != number);
    if let Some(after) = after {
        match tracker.ticket(&after) {
            Ok(Some(ticket)) => return Condition::Replaced(ticket),
            Ok(None) => log::warn(&format!(
                "{number} says that {after} took its place, but there is no {after} to be seen"
            )),
            Err(failure) => return Condition::Failed(failure),
        }
    }
    let Some(status) = entry.text(&layout.status) else {
        return Condition::Failed(Failure::configuration(format!(
            "nothing stands in `{}` of {number}; check the setting status-field, and that the user \
             of the grant may read this field",
            layout.status
        )));
    };
    let resolution = text(&layout.reason);
    let class = class(layout.kind, &status, resolution.as_deref());
    let moment = |field: &Option<String>| text(field).and_then(|text| moment::read(&text));
    Condition::Progress(Progress {
        class,
        updated_at: moment(&layout.updated),
        // A ticket that was opened again may still say when it was closed.
        closed_at: moment(&layout.closed).filter(|_| is_final(class)),
        assignee: text(&layout.assignee),
        note: text(&layout.note).map(|note| document::cut(&note, NOTE)),
        status,
        resolution,
    })
}

/// What has become of a ticket that the answer for many does not hold.
fn missing(tracker: &Tracker<'_>, reference: &Reference) -> Condition {
    let Reference { number, entry, .. } = reference;
    let Some(id) = entry else {
        return Condition::Failed(Failure::new(
            FailureKind::NotFound,
            format!(
                "the form {} does not show {number}: it is gone, or the user of the grant may not \
                 see it; look at it in the system",
                tracker.layout.form
            ),
        ));
    };
    let fields = tracker.layout.status_fields();
    match tracker.entries.one(&tracker.layout.form, id, &fields) {
        Ok(entry) => match entry.text(&tracker.layout.number) {
            Some(now) if now != *number && is_name(&now) => {
                Condition::Replaced(tracker.named(&now, &entry))
            }
            Some(now) if now == *number => standing(tracker, number, &entry),
            _ => Condition::Failed(Failure::configuration(format!(
                "no number stands in `{}` of the entry {id}; check the setting number-field",
                tracker.layout.number
            ))),
        },
        Err(refusal) => match refusal.meaning {
            Meaning::NoEntry => Condition::Gone,
            Meaning::NoAccess => Condition::Forbidden,
            Meaning::Other => Condition::Failed(refusal.failure.during(number)),
        },
    }
}

/// Gives closed tickets without a note of their own the last comment, with one question for all.
fn add_notes(
    tracker: &Tracker<'_>,
    references: &[Result<Reference, Failure>],
    conditions: &mut [Condition],
) {
    let mut without: BTreeMap<&str, &mut Progress> = BTreeMap::new();
    for (reference, condition) in references.iter().zip(conditions) {
        if let (Ok(reference), Condition::Progress(progress)) = (reference, condition)
            && is_final(progress.class)
            && progress.note.is_none()
        {
            without.insert(&reference.number, progress);
        }
    }
    if without.is_empty() {
        return;
    }
    let layout = tracker.layout;
    let (number, text) = (&layout.comment_number, &layout.comment_text);
    let comments = tracker.entries.newest(
        &layout.comment_form,
        &any_of(number, without.keys().copied()),
        &[number, text],
        &layout.comment_time,
    );
    match comments {
        // What people wrote is good to have; that they cannot be read must not hide the status.
        Err(refusal) => log::warn(&format!(
            "the last comments cannot be read: {}",
            refusal.failure.message
        )),
        Ok(comments) => {
            for comment in comments {
                let of = comment.text(number).unwrap_or_default();
                if let Some(progress) = without.get_mut(of.as_str())
                    && progress.note.is_none()
                {
                    progress.note = comment.text(text).map(|note| document::cut(&note, NOTE));
                }
            }
        }
    }
}
