//! What Request Tracker answers.

use provisor_sdk::{Failure, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::reference::Reference;

/// A ticket as it is shown, alone or by a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its number.
    pub id: Reference,
    value: Value,
}

impl Record {
    /// Reads a ticket; `None` when it is none.
    pub fn new(value: Value) -> Option<Self> {
        let id = reference(&value["id"])?;
        value["Status"].as_str()?;
        Some(Record { id, value })
    }

    /// A field that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value[name].as_str().filter(|text| !text.is_empty())
    }

    /// Its status.
    pub fn status(&self) -> &str {
        self.text("Status").unwrap_or_default()
    }

    /// A field that holds a user; the user `Nobody` is none.
    pub fn user(&self, name: &str) -> Option<&str> {
        user(&self.value[name])
    }

    /// A field that holds a moment, in UTC; the start of 1970 is none.
    pub fn moment(&self, name: &str) -> Option<String> {
        let moment: jiff::Timestamp = self.text(name)?.parse().ok()?;
        (moment > jiff::Timestamp::UNIX_EPOCH).then(|| moment.to_string())
    }

    /// The ticket that it has become part of, where that is another one.
    pub fn merged_into(&self) -> Option<Reference> {
        // A search shows the number alone, the ticket itself an object around it.
        let effective = &self.value["EffectiveId"];
        let effective = reference(effective).or_else(|| reference(&effective["id"]));
        effective.filter(|effective| *effective != self.id)
    }

    /// The values of a custom field.
    pub fn values(&self, field: &str) -> Vec<&str> {
        let fields = self.value["CustomFields"].as_array().into_iter().flatten();
        fields
            .filter(|it| it["name"].as_str() == Some(field))
            .flat_map(|it| it["values"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect()
    }
}

/// A user that is not `Nobody`.
pub fn user(value: &Value) -> Option<&str> {
    let name = value["id"].as_str();
    name.filter(|name| !name.is_empty() && *name != "Nobody")
}

/// A number that is written as a number or as a text.
pub fn reference(value: &Value) -> Option<Reference> {
    match value {
        Value::Number(number) => Reference::of(number.as_u64()?),
        Value::String(text) => Reference::read(text).ok(),
        _ => None,
    }
}

/// One page of a search.
#[derive(Debug, Clone, Deserialize)]
pub struct Page {
    /// What was found.
    pub items: Vec<Value>,
    /// How many pages there are, where the product says so. It writes `0.0` for none.
    #[serde(default)]
    pub pages: Option<f64>,
}

/// An answer without success as a failure, told in the product's own words.
pub fn failure(response: &Response) -> Failure {
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    let said = serde_json::from_slice::<Said>(&response.body).ok();
    response.failure(said.map(|said| {
        let line = provisor_sdk::document::one_line(&said.message);
        provisor_sdk::document::cut(&line, 500)
    }))
}
