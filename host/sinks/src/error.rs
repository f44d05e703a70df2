//! Why a notification was not taken.

/// Characters of an answer from outside that are kept.
const LONGEST_ANSWER: usize = 300;

/// Why a notification was not taken. The text is for whoever looks after the sink.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The sink as a whole cannot be used now: it does not answer, or not as it should.
    #[error("{0}")]
    Unusable(String),
    /// The sink did not take this notification; perhaps it will later.
    #[error("{0}")]
    NotTaken(String),
    /// The sink will never take this notification.
    #[error("{0}")]
    Refused(String),
}

impl SinkError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            SinkError::Unusable(_) => "sink-unusable",
            SinkError::NotTaken(_) => "notification-not-taken",
            SinkError::Refused(_) => "notification-refused",
        }
    }

    /// Whether the same notification may be taken later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        !matches!(self, SinkError::Refused(_))
    }
}

/// What the other side said, short and in one line.
pub(crate) fn quote(answer: impl ToString) -> String {
    let answer = answer.to_string();
    let mut short: String = answer
        .chars()
        .take(LONGEST_ANSWER)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if short.len() < answer.len() {
        short.push('…');
    }
    short.trim().to_owned()
}
