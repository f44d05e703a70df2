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

    /// The other system refused this one thing; the same again will be refused again.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Rejected, message)
    }

    /// The request was sent and it is not known whether it was carried out.
    pub fn ambiguous(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Ambiguous, message)
    }

    /// The component does not do this.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unsupported, message)
    }

    /// Says first what was being done when it failed.
    #[must_use]
    pub fn during(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Adds the line of the input, counted from 1.
    #[must_use]
    pub fn at(mut self, line: u64) -> Self {
        self.position = Some(line);
        self
    }
}
