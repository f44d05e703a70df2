//! A signed HTTP request, as [Standard Webhooks](https://www.standardwebhooks.com) describes it.

use std::io::Read;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use provisor_model::Timestamp;
use sha2::Sha256;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use crate::error::quote;
use crate::{Message, Secret, SinkError};

/// How much of an answer is read, in bytes. Nothing in it matters but to whoever looks for the
/// reason of a refusal.
const LARGEST_ANSWER: u64 = 4 * 1024;

/// How a secret begins, as Standard Webhooks writes it.
const PREFIX: &str = "whsec_";

/// A signed HTTP request to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSink {
    /// Some services put what must not be known into the path.
    url: Secret<String>,
    /// What messages show of it.
    origin: String,
    key: Secret<Vec<u8>>,
    loopback: bool,
    timeout: Duration,
}

impl WebhookSink {
    /// A sink with its address and its secret: `whsec_` and 24 to 64 bytes in base64. `timeout` is
    /// for everything together, from looking up the name to the end of the answer.
    ///
    /// # Errors
    ///
    /// What is wrong with the secret, in words that do not repeat it.
    pub fn new(url: &WebhookUrl, secret: &str, timeout: Duration) -> Result<Self, &'static str> {
        const FORM: &str = "should be whsec_ and 24 to 64 random bytes in base64, as \
                            `echo whsec_$(openssl rand -base64 32)` makes it";
        let key = secret.trim().strip_prefix(PREFIX).ok_or(FORM)?;
        let key = BASE64_STANDARD.decode(key).map_err(|_| FORM)?;
        if !(24..=64).contains(&key.len()) {
            return Err(FORM);
        }
        Ok(Self {
            url: Secret::new(url.text.clone()),
            origin: url.origin.clone(),
            key: Secret::new(key),
            loopback: url.loopback,
            timeout,
        })
    }

    pub(crate) fn send(&self, message: &Message, now: Timestamp) -> Result<(), SinkError> {
        let body = message.to_json().to_string();
        let seconds = (now.millis() / 1000).to_string();
        let signature = self.sign(&message.id, &seconds, &body);
        let answer = self
            .agent()
            .post(self.url.reveal())
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", &seconds)
            .header("webhook-signature", &format!("v1,{signature}"))
            .send(&body);
        let mut answer = answer.map_err(|error| {
            let problem = error.to_string().replace(self.url.reveal(), &self.origin);
            SinkError::Unusable(format!("{}: {}", self.origin, quote(problem)))
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let mut said = Vec::new();
        let _whatever_could_be_read = answer
            .body_mut()
            .as_reader()
            .take(LARGEST_ANSWER)
            .read_to_end(&mut said);
        let said = quote(String::from_utf8_lossy(&said));
        let problem = match status.as_u16() {
            300..=399 => format!(
                "{} answers {status}; redirects are not followed",
                self.origin
            ),
            _ if said.is_empty() => format!("{} answers {status}", self.origin),
            _ => format!("{} answers {status}: {said}", self.origin),
        };
        Err(match status.as_u16() {
            // It says that it will never want it.
            410 => SinkError::Refused(problem),
            300..=399 | 401 | 403 | 404 | 429 | 500.. => SinkError::Unusable(problem),
            _ => SinkError::NotTaken(problem),
        })
    }

    fn sign(&self, id: &str, seconds: &str, body: &str) -> String {
        // A key of any length is fine for an HMAC.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.reveal()) else {
            return String::new();
        };
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    }

    fn agent(&self) -> Agent {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let mut config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(self.timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .user_agent("provisor");
        if self.loopback {
            // What is on this machine is not behind a proxy.
            config = config.proxy(None);
        }
        config.build().new_agent()
    }
}

/// An address to which requests can go.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl {
    text: String,
    origin: String,
    /// Whether what is sent there is encrypted.
    pub encrypted: bool,
    /// Whether it is this very machine.
    pub loopback: bool,
}

impl std::str::FromStr for WebhookUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: ureq::http::Uri = text.parse().map_err(|_| "is no URL")?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("should begin with https://"),
        };
        let authority = uri.authority().ok_or("names no host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a name or a password");
        }
        if authority.host().is_empty() {
            return Err("names no host");
        }
        Ok(Self {
            text: text.to_owned(),
            origin: format!("{}://{authority}", if encrypted { "https" } else { "http" }),
            encrypted,
            loopback: is_loopback(authority.host()),
        })
    }
}

/// Whether a host is this very machine, whatever the network says.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
