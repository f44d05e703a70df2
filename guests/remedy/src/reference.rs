//! References: how the host names a ticket to this component.

use provisor_sdk::Failure;
use serde::{Deserialize, Serialize};

/// Bytes of one part. The text may have 1,000, and JSON can make two bytes of one.
const LONGEST: usize = 150;

/// A ticket by the two names that it has on one form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The form for reading. Elsewhere the same number says nothing.
    pub form: String,
    /// The number that people use.
    pub number: String,
    /// The id of the entry. It tells apart what is gone from what may not be seen; there is none
    /// when the form could not be read after the ticket was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

impl Reference {
    /// The text that the host keeps.
    pub fn text(&self) -> String {
        // Plain text in a plain structure can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the text that the host kept; `form` is the one that the settings name now.
    ///
    /// # Errors
    /// `configuration` when it is broken, or of another form.
    pub fn read(text: &str, form: &str) -> Result<Self, Failure> {
        let reference: Reference = serde_json::from_str(text)
            .map_err(|_| broken("it is not the JSON that this component writes"))?;
        let entry = reference.entry.as_deref();
        let parts = [
            Some(reference.form.as_str()),
            Some(&reference.number),
            entry,
        ];
        if !parts.into_iter().flatten().all(is_name) {
            return Err(broken("a part of it is empty, too long or no plain text"));
        }
        match reference.form == form {
            true => Ok(reference),
            false => Err(Failure::configuration(format!(
                "ticket {} stands on the form {}, but the settings name {form}; name the former \
                 form until its tickets are closed",
                reference.number, reference.form
            ))),
        }
    }
}

/// Whether a text can be part of a reference: servers give tickets, and people give forms, no
/// longer or stranger names.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control)
}

fn broken(why: &str) -> Failure {
    Failure::configuration(format!(
        "the reference cannot be used: {why}; was the ticket made by another component?"
    ))
}
