//! What is kept: tickets and comments.

use serde_json::{Map, Value, json};

/// A ticket.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) number: String,
    /// Its id on the form for reading.
    pub(super) entry: String,
    /// What stands in its fields, by their names on the form for reading.
    pub(super) values: Map<String, Value>,
    /// Whether the user of the interface may not see it.
    pub(super) hidden: bool,
}

impl Record {
    pub(super) fn value(&self, field: &str) -> Option<&str> {
        self.values.get(field).and_then(Value::as_str)
    }

    /// Sets a field; nothing in it is none.
    pub(super) fn set(&mut self, field: &str, value: &str) {
        match value {
            "" => self.values.remove(field),
            value => self.values.insert(field.to_owned(), json!(value)),
        };
    }
}

/// A comment.
#[derive(Debug)]
pub(super) struct Comment {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) values: Map<String, Value>,
}

impl Comment {
    pub(super) fn text(&self) -> &str {
        let text = self.values.get("Detailed Description");
        text.and_then(Value::as_str).unwrap_or_default()
    }
}

/// A moment in seconds since 1970 as the AR System writes it.
pub(super) fn time(now: i64) -> String {
    let moment = jiff::Timestamp::from_second(now).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}
