//! What the instance says of a ticket, a group or a person.

use provisor_sdk::document;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::reference::SysId;

/// How many characters of a field are kept: nobody reads more, and the host keeps them.
const KEPT: usize = 4_000;

/// The fields of a record as they came.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Record(Map<String, Value>);

impl Record {
    /// Whether the answer has this field at all. It is missing when the table has no such field,
    /// and when the account may not read it.
    pub fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// What a field holds, of a reference its `sys_id`; empty when it is not there.
    pub fn get(&self, field: &str) -> &str {
        match self.0.get(field) {
            Some(Value::String(text)) => text,
            Some(Value::Object(both)) => both.get("value").and_then(Value::as_str).unwrap_or(""),
            _ => "",
        }
    }

    /// What a field holds as text for people, if it is not empty.
    pub fn text(&self, field: &str) -> Option<String> {
        let text = self.get(field).trim();
        (!text.is_empty()).then(|| document::cut(text, KEPT))
    }

    /// Its identifier, if it has a good one.
    pub fn sys_id(&self) -> Option<SysId> {
        SysId::read(self.get("sys_id"))
    }

    /// How people name it; its identifier where the table has no numbers.
    pub fn number(&self) -> String {
        let number = document::cut(&document::one_line(self.get("number")), 80);
        match number.is_empty() {
            true => self.get("sys_id").to_owned(),
            false => number,
        }
    }
}
