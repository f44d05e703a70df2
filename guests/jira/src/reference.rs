//! How a ticket is named between this component and the host.

use provisor_sdk::Failure;
use serde::{Deserialize, Serialize};

use crate::settings::is_number;

/// How long a key may be.
const LONGEST_KEY: usize = 255;

/// The id, which never changes, and the key under which the ticket was known, which changes when it
/// is moved to another project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The id, made of digits.
    pub id: String,
    /// The key, such as `PROV-17`.
    pub key: String,
}

impl Reference {
    /// A reference to a ticket with this id and key; nothing when they cannot be those of a ticket.
    pub fn new(id: &str, key: &str) -> Option<Self> {
        let (project, number) = key.rsplit_once('-')?;
        let is_project = |text: &str| {
            let mut characters = text.chars();
            characters.next().is_some_and(char::is_alphabetic)
                && characters.all(|one| one.is_alphanumeric() || one == '_')
        };
        let good = is_number(id)
            && id.len() <= 20
            && key.len() <= LONGEST_KEY
            && is_number(number)
            && is_project(project);
        good.then(|| Reference {
            id: id.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Reads a reference.
    ///
    /// # Errors
    /// `configuration` when it was not written by this component.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let read: Option<Reference> = serde_json::from_str(text).ok();
        read.and_then(|read| Reference::new(&read.id, &read.key))
            .ok_or_else(|| {
                Failure::configuration(format!(
                    "`{}` is no reference to a Jira ticket; was the resource bound to another \
                     ticket system when the ticket was made?",
                    provisor_sdk::document::cut(&provisor_sdk::document::one_line(text), 100)
                ))
            })
    }

    /// The text that the host keeps.
    pub fn write(&self) -> String {
        serde_json::json!({ "id": self.id, "key": self.key }).to_string()
    }

    /// The key of the project.
    pub fn project(&self) -> &str {
        self.key.rsplit_once('-').map_or("", |(project, _)| project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let reference = Reference::new("10017", "PROV-17").unwrap();
        assert_eq!(reference.write(), r#"{"id":"10017","key":"PROV-17"}"#);
        assert_eq!(Reference::read(&reference.write()), Ok(reference));
    }

    #[test]
    fn what_could_leave_its_place_in_a_query_is_no_reference() {
        for broken in [
            "",
            "10017",
            "{}",
            r#"{"id":"1) OR (1","key":"PROV-17"}"#,
            r#"{"id":"10017","key":"PROV"}"#,
            r#"{"id":"10017","key":"PROV-1/../x-1"}"#,
            r#"{"id":"10017","key":"PROV-17","more":1}"#,
        ] {
            assert!(Reference::read(broken).is_err(), "{broken}");
        }
    }
}
