//! Messages of AR webhooks: which ticket they are about.
//!
//! They carry no signature, so they are never more than a hint. What they look like depends on how
//! the webhook was registered, so every usual spelling of form, entry id and fields is understood.

use provisor_sdk::{Failure, Hint, Message};
use serde_json::{Map, Value};

use crate::layout::Layout;
use crate::reference::Reference;

/// Messages in one body that are looked at.
const MOST: usize = 1_000;

const FORM: [&str; 4] = ["formName", "form", "schemaName", "schema"];
const ENTRY: [&str; 4] = ["entryId", "requestId", "entryID", "Request ID"];
const VALUES: [&str; 4] = ["values", "fieldValues", "fields", "entry"];

/// Which tickets a message is about.
///
/// # Errors
/// `malformed` when it is no JSON, or says neither a number nor a correlation id.
pub fn read(layout: &Layout, message: &Message) -> Result<Vec<Hint>, Failure> {
    let body: Value = serde_json::from_slice(&message.body)
        .map_err(|error| Failure::malformed(format!("the message is no JSON: {error}")))?;
    let entries = match body {
        Value::Array(entries) => entries,
        one => vec![one],
    };
    let hints: Vec<Hint> = entries
        .iter()
        .take(MOST)
        .filter_map(|entry| hint(layout, entry.as_object()?))
        .collect();
    match hints.is_empty() {
        false => Ok(hints),
        true => Err(Failure::malformed(format!(
            "the message says neither `{}` nor `{}`; add these fields to the field list of the \
             webhook",
            layout.number, layout.correlation
        ))),
    }
}

fn hint(layout: &Layout, entry: &Map<String, Value>) -> Option<Hint> {
    let text = |names: &[&str]| {
        let mut names = names.iter();
        names.find_map(|name| entry.get(*name)?.as_str().map(str::to_owned))
    };
    let number = field(entry, &layout.number).or_else(|| field(entry, &layout.create_number));
    let correlation_id =
        field(entry, &layout.correlation).or_else(|| field(entry, &layout.create_correlation));
    if number.is_none() && correlation_id.is_none() {
        return None;
    }
    // Ids of other forms are not those in our references.
    let form = text(&FORM).filter(|form| *form == layout.form);
    let reference = form
        .zip(text(&ENTRY))
        .zip(number.clone())
        .map(|((form, entry), number)| Reference {
            form,
            number,
            entry: Some(entry),
        });
    Some(Hint {
        reference: reference.map(|reference| reference.text()),
        number,
        correlation_id,
    })
}

/// The text of a field: among the members of the message itself, of an object of values, or of a
/// list of objects with a name and a value.
fn field(entry: &Map<String, Value>, name: &str) -> Option<String> {
    let inner = VALUES.iter().filter_map(|place| entry.get(*place));
    let direct = entry.get(name).filter(|value| value.is_string());
    let found = direct.or_else(|| {
        inner
            .filter_map(|values| match values {
                Value::Object(values) => values.get(name),
                Value::Array(values) => values.iter().find_map(|value| {
                    let known = value.get("name").or_else(|| value.get("fieldName"))?;
                    (known.as_str() == Some(name)).then(|| value.get("value"))?
                }),
                _ => None,
            })
            .next()
    });
    let text = found?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
