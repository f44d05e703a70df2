//! One record as it came, and what it says of a ticket.

use jiff::Timestamp;
use provisor_sdk::document::cut;
use provisor_sdk::{Condition, Failure, Found, Progress, Ticket, http};
use serde_json::{Map, Value};

use crate::caption::Caption;
use crate::key::Key;
use crate::layout::Layout;

/// How much of what was written at the end is kept, in characters.
const LONGEST_NOTE: usize = 4_000;

/// One record as it came.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    fields: Map<String, Value>,
    layout: &'a Layout,
}

impl<'a> Record<'a> {
    /// A record of this layout.
    pub fn new(fields: Map<String, Value>, layout: &'a Layout) -> Self {
        Record { fields, layout }
    }

    /// What stands in a field: lines joined, numbers as text, `None` where nothing stands.
    pub fn text(&self, caption: &Caption) -> Option<String> {
        let text = match caption.find(&self.fields)? {
            Value::Array(lines) => {
                let lines: Vec<String> = lines.iter().filter_map(plain).collect();
                lines.join("\n")
            }
            value => plain(value)?,
        };
        (!text.trim().is_empty()).then_some(text)
    }

    fn optional(&self, caption: &Option<Caption>) -> Option<String> {
        self.text(caption.as_ref()?)
    }

    /// The number.
    ///
    /// # Errors
    /// `configuration` when it is not where the layout says.
    pub fn key(&self) -> Result<Key, Failure> {
        let text = self.text(&self.layout.key);
        text.as_deref().and_then(Key::new).ok_or_else(|| {
            Failure::configuration(format!(
                "a record of the collection `{}` has no number in the field `{}`; look at the setting \
                 /captions/key",
                self.layout.collection,
                self.layout.key.text()
            ))
        })
    }

    /// The correlation id that stands in it.
    pub fn correlation_id(&self) -> Option<String> {
        self.text(&self.layout.correlation_id)
    }

    /// The status, if there is one.
    pub fn status(&self) -> Option<String> {
        self.text(&self.layout.status)
            .map(|status| status.trim().to_owned())
    }

    /// Who works on it.
    pub fn assignee(&self) -> Option<String> {
        self.optional(&self.layout.assignee)
    }

    /// The ticket that it is.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    pub fn ticket(&self) -> Result<Ticket, Failure> {
        Ok(ticket(&self.key()?, self.layout))
    }

    /// The ticket with its correlation id, which is this one.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    pub fn found(&self, correlation_id: &str) -> Result<Found, Failure> {
        Ok(Found {
            ticket: self.ticket()?,
            correlation_id: correlation_id.to_owned(),
        })
    }

    /// Where it stands.
    ///
    /// # Errors
    /// `configuration` when the record has no status.
    pub fn progress(&self) -> Result<Progress, Failure> {
        let layout = self.layout;
        let status = self.status().ok_or_else(|| {
            Failure::configuration(format!(
                "a record of the collection `{}` has no field `{}`; look at the setting \
                 /captions/status, and whether the field is published",
                layout.collection,
                layout.status.text()
            ))
        })?;
        let resolution = self
            .optional(&layout.closure_code)
            .map(|code| code.trim().to_owned());
        let closed = layout.classes.is_closed(&status);
        let note = || {
            self.optional(&layout.solution)
                .or_else(|| self.optional(&layout.journal))
        };
        Ok(Progress {
            class: layout.class(&status, resolution.as_deref()),
            updated_at: self.time(&layout.updated),
            // A ticket that was opened again keeps the time at which it was closed before.
            closed_at: self.time(&layout.closed).filter(|_| closed),
            assignee: self.assignee(),
            note: note()
                .filter(|_| closed)
                .map(|note| cut(note.trim(), LONGEST_NOTE)),
            resolution,
            status,
        })
    }

    /// What is known of the ticket.
    pub fn condition(&self) -> Condition {
        let taken = self.optional(&self.layout.replaced_by);
        let other = taken.as_deref().map(str::trim).and_then(Key::new);
        match (other, self.key()) {
            (_, Err(failure)) => Condition::Failed(failure),
            (Some(other), Ok(key)) if other != key => {
                Condition::Replaced(ticket(&other, self.layout))
            }
            _ => match self.progress() {
                Ok(progress) => Condition::Progress(progress),
                Err(failure) => Condition::Failed(failure),
            },
        }
    }

    /// A time in UTC. One that does not say its offset means a different moment to everyone, so it is
    /// none.
    fn time(&self, caption: &Option<Caption>) -> Option<String> {
        let time: Timestamp = self.optional(caption)?.trim().parse().ok()?;
        Some(time.to_string())
    }
}

/// The ticket of this number.
fn ticket(key: &Key, layout: &Layout) -> Ticket {
    Ticket {
        reference: key.reference(&layout.collection),
        number: key.text().to_owned(),
        url: layout.ticket_url.as_ref().map(|url| {
            let mut number = String::new();
            http::encode(key.text(), &mut number);
            url.replace("{number}", &number)
        }),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
