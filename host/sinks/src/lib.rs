//! Where notifications go: a log, mail, or a webhook.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Sink`] | here | one place outside that takes notifications |
//! | [`Message`] | [`message`] | a notification as it leaves: with its id, in words and as data |
//! | [`LogSink`] | [`log`] | a line of JSON each, in a file or on standard error |
//! | [`SmtpSink`] | [`smtp`] | a mail to each recipient |
//! | [`WebhookSink`] | [`webhook`] | a signed HTTP request, as Standard Webhooks describes it |
//! | [`Secret`] | [`secret`] | a password or key that shows in no message |
//!
//! # Invariants
//!
//! * One call sends one message to one recipient, or answers why not; it tries only once.
//! * Whatever the other side answers, or fails to answer, a call ends within a minute and keeps at
//!   most some hundred kilobytes of it.
//! * What the other side says comes back short and without control characters, and a secret of
//!   ours is never part of it.
//! * Nothing is sent in clear over a network unless the configuration says so in words.

pub mod error;
pub mod log;
pub mod message;
pub mod secret;
pub mod smtp;
pub mod webhook;

use provisor_model::Timestamp;

pub use error::SinkError;
pub use log::LogSink;
pub use message::Message;
pub use secret::Secret;
pub use smtp::{SmtpSink, SmtpTls};
pub use webhook::WebhookSink;

/// One place outside that takes notifications.
#[derive(Debug, Clone)]
pub enum Sink {
    /// Lines in a file, or on standard error.
    Log(LogSink),
    /// Mail.
    Smtp(SmtpSink),
    /// An HTTP request.
    Webhook(WebhookSink),
}

impl Sink {
    /// What it is called in the configuration.
    pub fn kind(&self) -> &'static str {
        match self {
            Sink::Log(_) => "log",
            Sink::Smtp(_) => "smtp",
            Sink::Webhook(_) => "webhook",
        }
    }

    /// Sends a message, once. `now` is the time that the message says it was sent at.
    ///
    /// Blocks until the other side has taken it, or has not within the time it is given; it must
    /// not be called on a thread that runs async tasks.
    pub fn send(
        &self,
        message: &Message,
        recipient: Option<&str>,
        now: Timestamp,
    ) -> Result<(), SinkError> {
        match self {
            Sink::Log(sink) => sink.send(message),
            Sink::Smtp(sink) => sink.send(message, recipient.unwrap_or_default(), now),
            Sink::Webhook(sink) => sink.send(message, now),
        }
    }
}
