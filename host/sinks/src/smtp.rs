//! A mail to each recipient.

mod bounded;

pub use lettre::message::Mailbox;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use lettre::message::MessageBuilder;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use provisor_model::Timestamp;
use tokio::net::TcpStream;

use crate::error::quote;
use crate::{Message, Secret, SinkError};

use bounded::Bounded;

/// How long a server may take to say goodbye. Nothing depends on it.
const GOODBYE: Duration = Duration::from_secs(1);

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// The connection is encrypted with STARTTLS before anything is said; without, nothing is sent.
    StartTls,
    /// Everything goes in clear.
    None,
}

/// A mail to each recipient, through one mail server.
#[derive(Debug, Clone)]
pub struct SmtpSink {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub tls: SmtpTls,
    /// The user and the password with which to sign in there.
    pub credentials: Option<(String, Secret<String>)>,
    /// Who writes.
    pub from: Mailbox,
    /// Who gets all of it.
    pub to: Vec<Mailbox>,
    /// Who gets what is for an operator or a group, by name.
    pub addresses: BTreeMap<String, Mailbox>,
    /// How long a whole conversation may take.
    pub timeout: Duration,
}

impl SmtpSink {
    /// The address of an operator or a group, or an address as such.
    pub fn address(&self, recipient: &str) -> Option<Mailbox> {
        let known = self.addresses.get(recipient).cloned();
        known.or_else(|| recipient.parse().ok())
    }

    pub(crate) fn send(
        &self,
        message: &Message,
        recipient: &str,
        now: Timestamp,
    ) -> Result<(), SinkError> {
        let Some(to) = self.address(recipient) else {
            return Err(SinkError::Refused(format!(
                "{} has no address any more; give one below addresses",
                quote(recipient)
            )));
        };
        let mail = self.mail(message, to, now)?;
        // A runtime of its own: whoever calls may have none, or one that cannot wait for networks.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| SinkError::Unusable(error.to_string()))?;
        let said = runtime.block_on(async {
            let mut connection = tokio::time::timeout(self.timeout, self.converse(&mail))
                .await
                .unwrap_or_else(|_| Err(self.unusable("answers too slowly")))?;
            // The mail is taken, whether the server also says goodbye or not.
            let _goodbye = tokio::time::timeout(GOODBYE, connection.quit()).await;
            Ok(())
        });
        // Looking up a name cannot be stopped, and need not be waited for.
        runtime.shutdown_background();
        said
    }

    async fn converse(&self, mail: &lettre::Message) -> Result<AsyncSmtpConnection, SinkError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|error| self.unusable(error))?;
        let stream = Bounded::new(stream).map_err(|error| self.unusable(error))?;
        let name = ClientId::Domain(self.from.email.domain().to_owned());
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &name)
            .await
            .map_err(|error| self.unusable(explain(&error)))?;
        if self.tls == SmtpTls::StartTls {
            if !connection.can_starttls() {
                connection.abort().await;
                return Err(self.unusable(
                    "offers no STARTTLS, so that the mail would go in clear; tls = \"none\" allows that",
                ));
            }
            let parameters = TlsParameters::new_rustls(self.host.clone())
                .map_err(|error| self.unusable(explain(&error)))?;
            connection
                .starttls(parameters, &name)
                .await
                .map_err(|error| self.unusable(explain(&error)))?;
        }
        if let Some((user, password)) = &self.credentials {
            let credentials = Credentials::new(user.clone(), password.reveal().clone());
            let signed_in = connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await;
            // A server might repeat the password in its answer.
            signed_in.map_err(|error| match error.status() {
                Some(code) => self.unusable(format!("refuses user and password ({code})")),
                None => self.unusable("does not let anybody sign in with a password"),
            })?;
        }
        let sent = connection.send(mail.envelope(), &mail.formatted()).await;
        sent.map_err(|error| {
            let problem = format!("{}: {}", self.host, explain(&error));
            match (error.is_permanent(), error.is_transient()) {
                (true, _) => SinkError::Refused(problem),
                (_, true) => SinkError::NotTaken(problem),
                _ => SinkError::Unusable(problem),
            }
        })?;
        Ok(connection)
    }

    fn mail(
        &self,
        message: &Message,
        to: Mailbox,
        now: Timestamp,
    ) -> Result<lettre::Message, SinkError> {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let id = format!("<provisor-{}@{}>", message.id, self.from.email.domain());
        MessageBuilder::new()
            .from(self.from.clone())
            .to(to)
            .date(date)
            .message_id(Some(id))
            .subject(message.headline.clone())
            .header(ContentType::TEXT_PLAIN)
            .header(AutoSubmitted)
            .body(message.text.clone())
            .map_err(|error| SinkError::Refused(quote(error)))
    }

    fn unusable(&self, problem: impl ToString) -> SinkError {
        SinkError::Unusable(format!("{}: {}", self.host, quote(problem)))
    }
}

/// What went wrong, with its causes.
fn explain(error: &lettre::transport::smtp::Error) -> String {
    let mut causes = vec![error.to_string()];
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if causes.last().is_none_or(|last| !last.contains(&text)) {
            causes.push(text);
        }
        cause = inner.source();
    }
    quote(causes.join(": "))
}

/// Says that no person wrote the mail, so that nobody's absence is answered (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
