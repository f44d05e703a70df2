//! Why a request brought no answer.

use crate::error::FailureKind;

/// Why a request brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is not granted; says which grant would allow it. Ends the call.
    Denied(String),
    /// It goes over this limit. Ends the call.
    Limit(&'static str),
    /// The component is told.
    Failure {
        kind: FailureKind,
        message: String,
        /// Seconds.
        retry_after: Option<u64>,
    },
}

impl Refusal {
    fn failure(kind: FailureKind, message: String) -> Self {
        Refusal::Failure {
            kind,
            message,
            retry_after: None,
        }
    }

    /// The request is none.
    pub fn configuration(message: impl Into<String>) -> Self {
        Refusal::failure(FailureKind::Configuration, message.into())
    }

    /// Nothing was carried out.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Refusal::failure(FailureKind::Unavailable, message.into())
    }

    /// The credentials could not be had.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Refusal::failure(FailureKind::Unauthorized, message.into())
    }

    /// It was sent and not answered whole; `safe` when it changes nothing.
    pub fn interrupted(safe: bool, message: impl Into<String>) -> Self {
        let kind = match safe {
            true => FailureKind::Unavailable,
            false => FailureKind::Ambiguous,
        };
        Refusal::failure(kind, message.into())
    }

    /// The origin asked for fewer calls.
    pub fn rate_limited(message: impl Into<String>, seconds: u64) -> Self {
        Refusal::Failure {
            kind: FailureKind::RateLimited,
            message: message.into(),
            retry_after: Some(seconds),
        }
    }
}
