//! Building a [`Failure`].

use crate::{Failure, FailureKind};

impl Failure {
    /// A failure of this kind, told to a person: what happened, where, and what to do.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Failure {
            kind,
            message: message.into(),
            position: None,
            retry_after: None,
        }
    }

    /// The settings are wrong; a person must change them.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Configuration, message)
    }

    /// The data cannot be understood: broken, cut off, wrongly encoded.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Malformed, message)
    }

    /// The other system cannot answer now; trying again later can help.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unavailable, message)
    }

    /// Adds the line of the input, counted from 1.
    #[must_use]
    pub fn at(mut self, line: u64) -> Self {
        self.position = Some(line);
        self
    }
}
