//! Numbers that the store gives to things, and the correlation id that leaves the house.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}: write it as {prefix}-7 or 7")]
pub struct IdError {
    what: &'static str,
    prefix: &'static str,
    text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $type:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(pub i64);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&format!(concat!($prefix, "-{}"), self.0))
            }
        }

        impl FromStr for $type {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "-"))
                    .unwrap_or(text)
                    .parse::<i64>()
                    .ok()
                    .filter(|number| *number > 0)
                    .map(Self)
                    .ok_or_else(|| IdError {
                        what: $what,
                        prefix: $prefix,
                        text: text.chars().take(64).collect(),
                    })
            }
        }
    };
}

id!(
    /// Identifies an account within one host.
    AccountId, "account", "an account"
);
id!(
    /// Identifies an operation within one host.
    OperationId, "op", "an operation"
);
id!(
    /// Identifies a case within one host.
    CaseId, "case", "a case"
);
id!(
    /// Identifies an export within one host.
    ExportId, "export", "an export"
);
id!(
    /// Identifies a notification on its way to one recipient.
    NotificationId, "notification", "a notification"
);
id!(
    /// Identifies a canary within one host.
    CanaryId, "canary", "a canary"
);

/// Names an operation, or all operations of one case, to the world outside, for ever and everywhere:
/// a ticket carries it, so that it can be found again when the answer to its creation was lost.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CorrelationId(String);

impl CorrelationId {
    /// Makes the id from the installation's own random part and the operation's number.
    pub fn new(installation: &str, operation: OperationId) -> Self {
        Self(format!("{installation}-{}", operation.0))
    }

    /// Makes the id of a case, which all operations in it share. It is a word of 15 letters and
    /// digits or more: every ticket system can search for it.
    pub fn of_case(installation: &str, case: CaseId) -> Self {
        Self(format!("{installation}-c{}", case.0))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_with_and_without_its_prefix() {
        assert_eq!("case-7".parse(), Ok(CaseId(7)));
        assert_eq!("7".parse(), Ok(CaseId(7)));
        assert_eq!(CaseId(7).to_string(), "case-7");
        for wrong in ["op-7", "0", "-3", "", "seven", "99999999999999999999"] {
            assert!(wrong.parse::<CaseId>().is_err(), "{wrong}");
        }
    }
}
