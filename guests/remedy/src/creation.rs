//! Making a ticket, and not believing the answer alone.

use provisor_sdk::{Draft, Failure, Ticket, log, template};
use serde_json::{Map, Value};

use crate::layout::Layout;
use crate::moment;
use crate::reference::is_name;
use crate::text;
use crate::tracker::Tracker;

/// Makes a ticket. Whatever the answer says, the ticket is looked up on the form for reading, whose
/// entries have other ids than those of the form on which it was made.
///
/// # Errors
/// `ambiguous` when it may have been made.
pub fn create(tracker: &Tracker<'_>, draft: &Draft) -> Result<Ticket, Failure> {
    let layout = tracker.layout;
    let content = content(tracker, draft)?;
    let said = tracker
        .entries
        .make(&layout.create_form, &content, &layout.create_number)?;
    let number = said.and_then(|entry| entry.text(&layout.create_number));
    match number.filter(|number| is_name(number)) {
        Some(number) => Ok(known(tracker, &number, &draft.correlation_id)),
        None => unknown(tracker, &draft.correlation_id),
    }
}

/// The ticket of a number that the answer named. It exists, so nothing here may fail.
fn known(tracker: &Tracker<'_>, number: &str, correlation_id: &str) -> Ticket {
    let layout = tracker.layout;
    match tracker.by_correlation(correlation_id) {
        Ok(found) => {
            if let Some(ticket) = found.into_iter().find(|ticket| ticket.number == number) {
                return ticket;
            }
            log::warn(&format!(
                "{number} was made, but `{}` on the form {} does not show its correlation id; if \
                 the answer to such a request is lost, a second ticket can be made. Check the \
                 settings correlation-field and create-correlation-field",
                layout.correlation, layout.form
            ));
            let ticket = tracker.ticket(number).ok().flatten();
            ticket.unwrap_or_else(|| tracker.with_id(number, None))
        }
        Err(failure) => {
            log::warn(&format!(
                "{number} was made, but cannot be looked up: {}",
                failure.message
            ));
            tracker.with_id(number, None)
        }
    }
}

/// The ticket that an answer without a number is about.
fn unknown(tracker: &Tracker<'_>, correlation_id: &str) -> Result<Ticket, Failure> {
    let form = &tracker.layout.form;
    let mut found = tracker.by_correlation(correlation_id).map_err(|failure| {
        Failure::ambiguous(format!(
            "the server took the ticket without saying its number, and the form {form} cannot be \
             asked for it: {}",
            failure.message
        ))
    })?;
    match (found.pop(), found.is_empty()) {
        (Some(ticket), true) => Ok(ticket),
        (Some(_), false) => Err(Failure::ambiguous(format!(
            "several tickets on the form {form} carry the correlation id {correlation_id}"
        ))),
        (None, _) => Err(Failure::ambiguous(format!(
            "the server took the ticket without saying its number, and the form {form} does not \
             show the correlation id {correlation_id} yet"
        ))),
    }
}

/// What is written into a new ticket.
fn content(tracker: &Tracker<'_>, draft: &Draft) -> Result<Map<String, Value>, Failure> {
    let Tracker {
        settings, layout, ..
    } = tracker;
    let templates = Layout::templates(settings, draft.priority);
    let mut content = template::fill_all(&templates, draft)?;
    let due = draft.due.as_deref().and_then(moment::write);
    let due = due.zip(layout.due.clone());
    let text = text::description(draft, due.is_none(), settings.description_limit);
    let title = text::title(&draft.title, settings.title_limit);
    content.insert(layout.title.clone(), Value::from(title));
    content.insert(layout.description.clone(), Value::from(text));
    content.insert(
        layout.create_correlation.clone(),
        Value::from(draft.correlation_id.as_str()),
    );
    if let Some((moment, field)) = due {
        content.insert(field, Value::from(moment));
    }
    Ok(content)
}
