//! One record, and the times that stand in it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// One record.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Its number.
    pub(super) key: String,
    /// Its fields as they stand in an answer.
    pub(super) fields: Value,
    /// Whether the account of the clients may not see it.
    pub(super) hidden: bool,
    /// Whether somebody has it open for editing.
    pub(super) locked: bool,
    /// Comments, oldest first.
    pub(super) comments: Vec<String>,
}

impl Record {
    /// A record without any field.
    pub(super) fn new(key: String) -> Self {
        Record {
            key,
            fields: Value::Object(Map::new()),
            hidden: false,
            locked: false,
            comments: Vec::new(),
        }
    }

    /// The field at a caption.
    pub(super) fn field(&self, caption: &str) -> Option<&Value> {
        at(&self.fields, caption)
    }

    /// The field at a caption as text, lines joined; `None` when it is empty.
    pub(super) fn text(&self, caption: &str) -> Option<String> {
        let text = match self.field(caption)? {
            Value::String(text) => text.clone(),
            Value::Array(lines) => {
                let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
                lines.join("\n")
            }
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// Sets the field at a caption.
    pub(super) fn set(&mut self, caption: &str, value: impl Into<Value>) {
        let mut place = &mut self.fields;
        for part in caption.split('/') {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[part];
        }
        *place = value.into();
    }

    /// Empties the field at a caption: empty fields do not stand in answers.
    pub(super) fn clear(&mut self, caption: &str) {
        let (place, name) = match caption.rsplit_once('/') {
            Some((structure, name)) => {
                let pointer = format!("/{structure}");
                (self.fields.pointer_mut(&pointer), name)
            }
            None => (Some(&mut self.fields), caption),
        };
        if let Some(Value::Object(members)) = place {
            members.remove(name);
        }
    }

    /// Adds a comment; the newest stands first, under a line that says when and who.
    pub(super) fn comment(&mut self, journal: &str, who: &str, lines: &[&str], now: i64) {
        self.comments.push(lines.join("\n"));
        let mut shown = vec![format!("{} ({who}):", time(now))];
        shown.extend(lines.iter().map(|line| (*line).to_owned()));
        if let Some(Value::Array(before)) = self.field(journal) {
            shown.extend(before.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        self.set(journal, json!(shown));
    }
}

/// The value at a caption.
pub(super) fn at<'a>(fields: &'a Value, caption: &str) -> Option<&'a Value> {
    caption
        .split('/')
        .try_fold(fields, |place, part| place.get(part))
}

/// A time as it stands in a record.
pub(super) fn time(now: i64) -> String {
    let time = Timestamp::from_second(now).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
