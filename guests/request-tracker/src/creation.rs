//! Making a ticket.

use provisor_sdk::{
    Block, Draft, Failure, FailureKind, Http, Method, Span, Ticket, Ticketing, document, log,
    template,
};
use serde_json::{Map, Value, json};

use crate::answer::{self, Record};
use crate::character::kept;
use crate::reference::Reference;
use crate::tracker::{RequestTracker, Shown, not_understood};

/// The most bytes of a subject; Request Tracker drops what is beyond without a word.
pub const SUBJECT: usize = 200;

/// Makes a ticket, and looks whether it can be found again: Request Tracker drops what it cannot
/// store in a custom field without a word.
///
/// # Errors
/// `configuration` when the ticket could not be made findable; it is closed again then.
pub fn create(tracker: &RequestTracker, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
    let request = tracker
        .request(Method::Post, ["ticket"])
        .json(&content(tracker, draft)?);
    let response = http.send(&request)?;
    if response.status == 403 {
        let mut failure = answer::failure(&response);
        failure.kind = FailureKind::Configuration;
        failure.message = format!(
            "{}; look whether the queue `{}` exists and is enabled, and grant the account \
             SeeQueue and CreateTicket in it",
            failure.message, tracker.settings.queue
        );
        return Err(failure);
    }
    if !response.is_success() {
        return Err(answer::failure(&response));
    }
    let made: Value = response.json()?;
    let Some(id) = answer::reference(&made["id"]) else {
        return Err(not_understood(&response));
    };
    match tracker.show(http, id) {
        Ok(Shown::Here { record, .. }) => {
            let field = &tracker.settings.correlation_field;
            if !record
                .values(field)
                .contains(&draft.correlation_id.as_str())
            {
                return without_correlation_id(tracker, http, draft, id);
            }
            report_dropped(tracker, draft, &record)?;
        }
        Ok(_) => log::warn(&format!(
            "ticket {id} was made, but cannot be looked at; grant the account ShowTicket"
        )),
        // The ticket is known by its number whatever else is the matter.
        Err(failure) => log::warn(&format!(
            "ticket {id} was made, but could not be looked at: {}",
            failure.message
        )),
    }
    Ok(tracker.ticket(id))
}

/// The ticket as Request Tracker takes it.
pub fn content(tracker: &RequestTracker, draft: &Draft) -> Result<Value, Failure> {
    let settings = &tracker.settings;
    let mut content = template::fill_all(&settings.fields, draft)?;
    let mut custom_fields = template::fill_all(&settings.custom_fields, draft)?;
    custom_fields.insert(
        settings.correlation_field.clone(),
        json!(draft.correlation_id),
    );
    for value in content.values_mut().chain(custom_fields.values_mut()) {
        if let Value::String(text) = value {
            *text = kept(text).into_owned();
        }
    }
    let mut set = |name: &str, value: Value| content.insert(name.to_owned(), value);
    set("Queue", json!(settings.queue));
    set("Subject", json!(subject(&kept(&draft.title))));
    set("Content", json!(description(tracker, draft)));
    set("ContentType", json!("text/html"));
    set("Priority", json!(settings.priorities.of(draft.priority)));
    set("CustomFields", Value::Object(custom_fields));
    if let Some(due) = &draft.due {
        set("Due", json!(moment(due)?));
    }
    let before = draft.follow_up_of.as_ref();
    if let Some(before) = before.and_then(|it| Reference::read(&it.reference).ok()) {
        set("RefersTo", json!(before.to_string()));
    }
    Ok(Value::Object(content))
}

/// As much of a title as fits.
fn subject(title: &str) -> String {
    let title = document::one_line(title);
    let mut subject = document::cut(&title, SUBJECT);
    while subject.len() > SUBJECT {
        // Each character too many is at least one byte too many, and none has more than four.
        let too_many = (subject.len() - SUBJECT).div_ceil(4);
        subject = document::cut(&title, subject.chars().count().saturating_sub(too_many));
    }
    subject
}

fn description(tracker: &RequestTracker, draft: &Draft) -> String {
    let mut blocks = Vec::with_capacity(draft.description.len() + 1);
    if let Some(before) = &draft.follow_up_of {
        let reference = Reference::read(&before.reference).ok();
        // A link between tickets is not made where the account may not see the other one.
        blocks.push(Block::Paragraph(vec![
            document::span("This follows ticket "),
            Span {
                text: format!("#{}", document::one_line(&before.number)),
                strong: true,
                link: reference.map(|reference| tracker.url(reference)),
            },
            document::span(", whose work turned out not to be done."),
        ]));
    }
    blocks.extend(draft.description.iter().cloned());
    let limit = tracker.settings.description_limit;
    let html = |blocks: &[Block]| kept(&document::html(blocks)).into_owned();
    document::fit(&blocks, html, |html| html.len() <= limit)
}

/// A moment as Request Tracker reads it, always in UTC.
fn moment(text: &str) -> Result<String, Failure> {
    let moment: jiff::Timestamp = text.parse().map_err(|_| {
        Failure::rejected(format!(
            "the due date `{}` is no time such as `2026-12-01T12:00:00Z`",
            document::cut(&document::one_line(text), 40)
        ))
    })?;
    Ok(moment.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// The ticket was made, but the field by which it would be found again is empty.
fn without_correlation_id(
    tracker: &RequestTracker,
    http: &Http,
    draft: &Draft,
    id: Reference,
) -> Result<Ticket, Failure> {
    let settings = &tracker.settings;
    // A field of unique values stays empty when another ticket has the value already: then the
    // work is asked for there.
    let found = tracker
        .find(http, &draft.correlation_id)
        .unwrap_or_default();
    let other = found.into_iter().next().map(|found| found.ticket);
    let reason = match &other {
        Some(other) => format!("Made twice by mistake: see ticket #{}.", other.number),
        None => format!(
            "Made by mistake: the custom field {} could not be set.",
            settings.correlation_field
        ),
    };
    let closed = tracker.close(http, id, None, &reason);
    if let Some(other) = other {
        if !matches!(closed, Ok(true)) {
            log::warn(&format!("ticket {id} is one too many; close it by hand"));
        }
        return Ok(other);
    }
    let left = match closed {
        Ok(true) => format!("ticket {id} was closed again"),
        _ => format!("ticket {id} is left over and has to be closed by hand"),
    };
    Err(Failure::configuration(format!(
        "Request Tracker does not keep the correlation id: {left}. Look whether the custom field \
         `{}` exists as a field of tickets, is applied to the queue `{}`, takes any value (unique \
         values not ticked), and whether the account has SeeCustomField and ModifyCustomField \
         or SetInitialCustomField",
        settings.correlation_field, settings.queue
    )))
}

/// Says which further custom fields did not take their values: the ticket is good without.
fn report_dropped(tracker: &RequestTracker, draft: &Draft, record: &Record) -> Result<(), Failure> {
    let wanted: Map<String, Value> = template::fill_all(&tracker.settings.custom_fields, draft)?;
    for (name, value) in &wanted {
        let empty = match value {
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.is_empty(),
            _ => false,
        };
        if !empty && record.values(name).is_empty() {
            log::warn(&format!(
                "ticket {}: the custom field `{name}` did not take its value; look whether it is \
                 applied to the queue and knows the value",
                record.id
            ));
        }
    }
    Ok(())
}
