//! Error messages, as the AR System answers them: an array, with numbers of its own.

use serde_json::{Value, json};

use crate::Response;

/// One message and the status of the answer that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub(super) status: u16,
    number: u32,
    text: String,
    appended: Option<String>,
}

impl Message {
    fn new(status: u16, number: u32, text: &str, appended: Option<&str>) -> Self {
        Message {
            status,
            number,
            text: text.to_owned(),
            appended: appended.map(str::to_owned),
        }
    }

    pub(super) fn authentication_failed() -> Self {
        Self::new(401, 623, "Authentication failed", None)
    }

    pub(super) fn no_form(form: &str) -> Self {
        Self::new(404, 303, "Form does not exist on server", Some(form))
    }

    pub(super) fn no_entry(entry: &str) -> Self {
        Self::new(404, 302, "Entry does not exist in database", Some(entry))
    }

    pub(super) fn entry_too_long(entry: &str) -> Self {
        Self::new(400, 101, "Entry ID is too long", Some(entry))
    }

    pub(super) fn no_record_access(entry: &str) -> Self {
        Self::new(
            403,
            332,
            "You do not have access to the requested record",
            Some(entry),
        )
    }

    pub(super) fn no_write_access(field: &str) -> Self {
        Self::new(
            403,
            330,
            "You do not have write access to field",
            Some(field),
        )
    }

    pub(super) fn no_field(field: &str, form: &str) -> Self {
        Self::new(
            400,
            314,
            "Field does not exist on current form",
            Some(&format!("{field} : {form}")),
        )
    }

    pub(super) fn no_field_in_query(field: &str) -> Self {
        Self::new(
            400,
            1587,
            "Unknown field referenced in query line",
            Some(field),
        )
    }

    pub(super) fn bad_query(why: &str) -> Self {
        Self::new(400, 1582, "Format error in query line", Some(why))
    }

    pub(super) fn wrong_value(field: &str) -> Self {
        Self::new(
            500,
            306,
            "Value does not fall within the limits specified for the field",
            Some(field),
        )
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::new(
            500,
            307,
            "Required field (without a default) not specified",
            Some(field),
        )
    }

    /// What the filters of the application say.
    pub(super) fn workflow(text: String) -> Self {
        Self::new(500, 48_291, &text, None)
    }

    pub(super) fn bad_request(text: &str) -> Self {
        Self::new(400, 10_000, text, None)
    }

    /// Anything else.
    pub(super) fn told(status: u16, text: &str) -> Self {
        Self::new(status, 10_001, text, None)
    }

    /// The content that says it.
    pub fn json(&self) -> Value {
        json!([{
            "messageType": "ERROR",
            "messageText": self.text,
            "messageAppendedText": self.appended,
            "messageNumber": self.number,
        }])
    }

    pub(super) fn response(&self) -> Response {
        Response::json(self.status, &self.json())
    }
}
