//! What components write, line by line, and what the host says of calls that failed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Digest, Timestamp};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// For the author of the component.
    Debug,
    /// For the integrator.
    Info,
    /// Something is odd.
    Warn,
    /// The call will fail.
    Error,
}

/// A word that is no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such level; there are debug, info, warn, error")]
pub struct LogLevelError;

impl LogLevel {
    /// All of them, the least important first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// Its name in commands, API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for LogLevel {
    type Err = LogLevelError;

    fn from_str(text: &str) -> Result<Self, LogLevelError> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == text);
        found.ok_or(LogLevelError)
    }
}

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaidBy {
    /// The component, about whatever it wants.
    Component,
    /// The host, about a call that failed.
    Host,
}

/// One line, without control characters and without the secrets that its component was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentLine {
    /// When its call ended.
    pub at: Timestamp,
    /// The component.
    pub component: Digest,
    /// The function that was called.
    pub operation: String,
    /// The resource that it worked for; none when it was only looked at.
    pub resource: Option<String>,
    /// How much it matters.
    pub level: LogLevel,
    /// Who said it.
    pub said_by: SaidBy,
    /// The code of the error that its call ended with.
    pub code: Option<String>,
    /// What it says.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_read_as_it_is_written() {
        for level in LogLevel::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!("loud".parse::<LogLevel>(), Err(LogLevelError));
    }
}
