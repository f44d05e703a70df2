//! Names that people give to things, checked at the border.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {text:?} {problem}")]
pub struct NameError {
    what: &'static str,
    text: String,
    problem: &'static str,
}

impl NameError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        "invalid-name"
    }
}

const LONGEST: usize = 128;

fn check_key(what: &'static str, text: &str) -> Result<(), NameError> {
    let problem = if text.is_empty() {
        "is empty"
    } else if text.len() > LONGEST {
        "is longer than 128 bytes"
    } else if !text
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
    {
        "may hold only letters, digits, '-', '_' and '.'"
    } else {
        return Ok(());
    };
    Err(NameError {
        what,
        text: text.chars().take(LONGEST).collect(),
        problem,
    })
}

fn check_component(what: &'static str, text: &str) -> Result<(), NameError> {
    let problem = if text.is_empty() {
        "is empty"
    } else if text.len() > 64 {
        "is longer than 64 bytes"
    } else if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        "should begin with a letter in lower case"
    } else if !text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        "may hold only letters in lower case, digits and '-'"
    } else {
        return Ok(());
    };
    Err(NameError {
        what,
        text: text.chars().take(LONGEST).collect(),
        problem,
    })
}

fn check_text(what: &'static str, text: &str) -> Result<(), NameError> {
    let problem = if text.trim().is_empty() {
        "is empty"
    } else if text.trim() != text {
        "begins or ends with a space"
    } else if text.len() > 256 {
        "is longer than 256 bytes"
    } else if text.chars().any(char::is_control) {
        "holds a control character"
    } else {
        return Ok(());
    };
    Err(NameError {
        what,
        text: text.chars().take(LONGEST).collect(),
        problem,
    })
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Checks a text. The error says which rule it breaks.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                $check($what, &text)?;
                Ok(Self(text))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl std::str::FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// The name of a resource, such as `payroll`.
    ResourceName, "the resource name", check_key
);
name!(
    /// The name of an attribute in a resource's schema, such as `full-name`.
    AttributeName, "the attribute name", check_key
);
name!(
    /// The name of a business calendar, such as `office`.
    CalendarName, "the calendar's name", check_key
);
name!(
    /// The name of a sink of notifications, such as `mail`.
    SinkName, "the name of the sink", check_key
);
name!(
    /// The name of a ticket system, such as `helpdesk`.
    TicketSystemName, "the name of the ticket system", check_key
);
name!(
    /// What an uploaded component calls itself, such as `helpdesk`.
    ComponentName, "the component's name", check_component
);
name!(
    /// The name of a key that is trusted to sign, such as `alice`.
    KeyName, "the name of the key", check_key
);
name!(
    /// How the IAM product calls an identity; any short line of text.
    IdentityId, "the identity", check_text
);
name!(
    /// An operator, a group of operators or a requester; any short line of text.
    PersonName, "the name", check_text
);

impl ResourceName {
    /// What stands in the history where something is about no resource: `-`.
    pub fn none() -> Self {
        Self("-".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_which_rule_a_text_breaks() {
        let message = |text: &str| ResourceName::new(text).unwrap_err().to_string();
        assert_eq!(message(""), "the resource name \"\" is empty");
        assert!(message("a/b").contains("may hold only letters"));
        assert!(message(&"x".repeat(129)).contains("longer than 128"));
        assert!(ResourceName::new("payroll-2.cz").is_ok());
        assert!(IdentityId::new("Ann Nováková <ann@x>").is_ok());
        assert!(IdentityId::new("a\nb").is_err());
    }
}
