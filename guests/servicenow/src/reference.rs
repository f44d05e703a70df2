//! How a ticket is named from one call to the next.

use std::fmt;

use provisor_sdk::Failure;
use serde::{Deserialize, Serialize};

use crate::record::Record;

/// The length of a reference, in bytes.
const LONGEST: usize = 1_000;

/// The identifier of a record: 32 letters and digits, the same on no two records of an instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SysId(String);

impl SysId {
    /// Reads one; `None` when it is none.
    pub fn read(text: &str) -> Option<Self> {
        let good = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        good.then(|| SysId(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SysId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SysId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        SysId::read(&text).ok_or("a sys_id has 32 letters and digits")
    }
}

impl From<SysId> for String {
    fn from(sys_id: SysId) -> Self {
        sys_id.0
    }
}

/// Whether a text can be the name of a table or field: nothing else may stand in a query or path.
pub fn is_name(text: &str) -> bool {
    let begins = text
        .bytes()
        .next()
        .is_some_and(|it| it.is_ascii_lowercase());
    begins
        && text.len() <= 80
        && text
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}

/// Names one ticket, wherever the settings point to in the meantime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reference {
    /// Its table.
    pub table: String,
    /// Its identifier there.
    pub sys_id: SysId,
    /// How people name it.
    pub number: String,
}

impl Reference {
    /// Names the ticket that is a record of this table; `None` when the record has no identifier.
    pub fn of(table: &str, record: &Record) -> Option<Self> {
        Some(Reference {
            table: table.to_owned(),
            sys_id: record.sys_id()?,
            number: record.number(),
        })
    }

    /// Reads what [`Reference::write`] has written.
    ///
    /// # Errors
    /// `configuration` when it is something else.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let wrong = |why: &str| {
            Failure::configuration(format!(
                "the reference of this ticket is none of ServiceNow ({why}); it was made by \
                 another component, or was changed: bind the ticket system that made it"
            ))
        };
        if text.len() > LONGEST {
            return Err(wrong("it is too long"));
        }
        let reference: Reference =
            serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        if !is_name(&reference.table) {
            return Err(wrong("it names no table"));
        }
        Ok(reference)
    }

    /// Writes it; the same ticket is always written alike.
    pub fn write(&self) -> String {
        // Plain texts always can be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYS_ID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_reference_is_read_as_it_was_written() {
        let reference = Reference {
            table: "incident".to_owned(),
            sys_id: SysId::read(SYS_ID).unwrap(),
            number: "INC0010001".to_owned(),
        };
        assert_eq!(Reference::read(&reference.write()), Ok(reference));
    }

    #[test]
    fn anything_else_is_refused() {
        for broken in [
            String::new(),
            "INC0010001".to_owned(),
            "{}".to_owned(),
            r#"{"table":"incident","sys-id":"1^active=true","number":"I"}"#.to_owned(),
            format!(r#"{{"table":"a/b","sys-id":"{SYS_ID}","number":"I"}}"#),
            format!(r#"{{"table":"incident","sys-id":"{SYS_ID}","number":"I","x":1}}"#),
            format!(
                r#"{{"table":"incident","sys-id":"{SYS_ID}","number":"{}"}}"#,
                "I".repeat(1_000)
            ),
        ] {
            let failure = Reference::read(&broken).unwrap_err();
            assert_eq!(failure.kind, provisor_sdk::FailureKind::Configuration);
        }
    }
}
