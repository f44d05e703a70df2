//! The number of a ticket, in references, URLs and queries.

use provisor_sdk::Failure;
use serde::{Deserialize, Serialize};

/// How long a key may be, in bytes. Service Manager's own are below 30.
const LONGEST: usize = 200;

/// The number of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// A reference as the host keeps it. The collection is part of it: if the settings later name another
/// one, a ticket of the first must not be taken for one that is gone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    collection: String,
    key: String,
}

impl Key {
    /// A key that a record carries; `None` when it cannot be one.
    pub fn new(text: &str) -> Option<Self> {
        let fits =
            !text.trim().is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
        fits.then(|| Key(text.to_owned()))
    }

    /// Reads a reference to a ticket of this collection.
    ///
    /// # Errors
    /// `configuration` when it is none, or one to a ticket of another collection.
    pub fn from_reference(reference: &str, collection: &str) -> Result<Self, Failure> {
        let read: Option<Reference> = serde_json::from_str(reference).ok();
        let known = read.and_then(|it| Some((it.collection, Key::new(&it.key)?)));
        match known {
            Some((of, key)) if of == collection => Ok(key),
            Some((of, key)) => Err(Failure::configuration(format!(
                "ticket {} stands in the collection `{of}`, but the setting /collection names \
                 `{collection}`; go back to `{of}`, or give the new collection a ticket system of \
                 its own",
                key.text()
            ))),
            None => Err(Failure::configuration(
                "this reference was not made by the component service-manager; was the component of \
                 this ticket system changed?",
            )),
        }
    }

    /// How the host names it.
    pub fn reference(&self, collection: &str) -> String {
        let reference = Reference {
            collection: collection.to_owned(),
            key: self.0.clone(),
        };
        // Two texts always can be written.
        serde_json::to_string(&reference).unwrap_or_default()
    }

    /// How people name it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// As it is handed to a request, which encodes it once more: Service Manager decodes a path
    /// twice, so that a `/` in a key is no separator of segments to the server before it. What is
    /// decoded twice needs `%` encoded twice as well.
    pub fn segment(&self) -> String {
        self.0
            .replace('%', "%25")
            .replace('/', "%2F")
            .replace('\\', "%5C")
    }
}

/// A comparison of a field with a text, in the native query language.
pub fn equals(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_only_where_it_was_made() {
        let key = Key::new("IM\"/1").unwrap();
        let reference = key.reference("incidents");
        assert_eq!(Key::from_reference(&reference, "incidents"), Ok(key));
        let other = Key::from_reference(&reference, "changes").unwrap_err();
        assert!(other.message.contains("`incidents`"), "{}", other.message);
        for broken in [
            "",
            "IM1",
            "{}",
            r#"{"collection":"incidents","key":""}"#,
            r#"{"collection":"incidents","key":"a","more":1}"#,
            "{\"collection\":\"incidents\",\"key\":\"a\\n\"}",
        ] {
            assert!(
                Key::from_reference(broken, "incidents").is_err(),
                "{broken}"
            );
        }
    }

    #[test]
    fn no_value_leaves_its_quotes() {
        assert_eq!(
            equals("Title", r#"a" or Title~="\"#),
            r#"Title="a\" or Title~=\"\\""#
        );
    }
}
