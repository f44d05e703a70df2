//! Systems that are played by the program itself, and what stands between a component and real ones.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};

use super::connection::Way;
use super::exchange::{Outgoing, Terms, interrupted, late, over_a_connection, over_the_limit};
use super::headers;
use super::refusal::Refusal;

/// Plays the systems that an [`Egress`](super::Egress) reaches: it stands in for resolving,
/// connecting, encrypting and exchanging, and for nothing else. Grants, header fields, credentials,
/// limits and rates hold as if it were a network.
pub trait Transport: Send + Sync {
    /// What comes of a request, one at a time unless the limits allow more. No time passes: it is
    /// called on the thread that all requests are made on.
    fn exchange(&self, request: &Sent) -> Outcome;
}

/// Stands between an [`Egress`](super::Egress) and the systems that it reaches: it can answer in
/// their place, sees what comes of everything else, and can hand on something else. Grants,
/// addresses, certificates, header fields, credentials, limits and rates hold as without it.
pub trait Relay: Send + Sync {
    /// What comes of a request that is not passed on; `None` passes it on. No time passes: it is
    /// called on the thread that all requests are made on.
    fn instead(&self, request: &Sent) -> Option<Outcome>;

    /// What is handed on of what came of a request that was passed on. An answer has the header
    /// fields that a component is shown, and may still have the credentials in it.
    fn arrived(&self, request: &Sent, outcome: Outcome) -> Outcome;
}

/// What requests meet.
#[derive(Clone)]
pub(super) enum Between {
    /// The network.
    Nothing,
    /// Somebody who plays the systems.
    Transport(Arc<dyn Transport>),
    /// Somebody before the network.
    Relay(Arc<dyn Relay>),
}

/// A request as the system would see it, credentials included.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    /// The method in capitals.
    pub method: String,
    /// The whole URL in its one spelling.
    pub url: String,
    /// Header fields, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Bytes,
}

impl Sent {
    /// Path and query, as they stand in the first line of a request.
    pub fn target(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("/", |at| &rest[at..])
    }
}

impl std::fmt::Debug for Sent {
    /// Keeps the header fields, one of which carries the credentials, and the content.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sent")
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What comes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A whole answer.
    Answer(Answered),
    /// Nothing was sent: the name leads nowhere, nobody takes the connection, the certificate is not
    /// believed. The text says which.
    Unreachable(String),
    /// It was sent, and the connection broke off before an answer.
    Lost,
    /// It was sent, and the answer broke off after so many bytes of its content.
    Cut(Answered, usize),
    /// It was sent, and no answer came in time.
    Late,
    /// It was sent, and the content of the answer went on until the limit of response bytes.
    Endless(Answered),
}

/// An answer as the system sends it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

/// The head and the content of an answer, or of what a relay hands on.
///
/// # Errors
/// As [`play`]; and where the way itself is refused.
pub(super) async fn relay(
    relay: &dyn Relay,
    way: &Way,
    terms: Terms<'_>,
    outgoing: &Outgoing,
    sent: &mut bool,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), Refusal> {
    let request = outgoing.seen();
    if let Some(outcome) = relay.instead(&request) {
        return play(outcome, way, terms, outgoing, sent);
    }
    let mut passed = false;
    let came = over_a_connection(way, terms, outgoing, &mut passed).await;
    *sent |= passed;
    let outcome = match came {
        Ok((status, headers, body)) => Outcome::Answer(Answered {
            status: status.as_u16(),
            headers: headers::incoming(&headers, &[]),
            body,
        }),
        Err(Refusal::Failure { .. }) if passed => Outcome::Lost,
        Err(Refusal::Failure { message, .. }) => Outcome::Unreachable(message),
        Err(Refusal::Denied(why)) => {
            // The relay is told, but whatever it makes of that, the way stays closed.
            let _closed = relay.arrived(&request, Outcome::Unreachable(why.clone()));
            return Err(Refusal::Denied(why));
        }
        Err(limit) => return Err(limit),
    };
    play(relay.arrived(&request, outcome), way, terms, outgoing, sent)
}

/// The head and the content of an answer that was played.
///
/// # Errors
/// As a network would have it: `sent` is set where the system has seen the request.
pub(super) fn play(
    outcome: Outcome,
    way: &Way,
    terms: Terms<'_>,
    outgoing: &Outgoing,
    sent: &mut bool,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), Refusal> {
    let origin = &way.origin;
    *sent |= !matches!(outcome, Outcome::Unreachable(_));
    let (answered, whole) = match outcome {
        Outcome::Answer(answered) => (answered, Ok(())),
        Outcome::Unreachable(why) => {
            let message = format!("{origin} cannot be reached: {why}");
            return Err(Refusal::unavailable(message));
        }
        Outcome::Lost => return Err(interrupted(outgoing, "the connection broke off")),
        Outcome::Late => return Err(late(outgoing)),
        Outcome::Cut(answered, after) => {
            let why = format!("broke off after {after} bytes");
            (answered, Err(why))
        }
        Outcome::Endless(answered) => (answered, Err(over_the_limit(terms.limits))),
    };
    let Some((status, headers)) = head(&answered) else {
        return Err(interrupted(outgoing, "the answer is no HTTP"));
    };
    if let Err(which) = headers::check_incoming(&headers, terms.limits) {
        return Err(outgoing.spoiled(&format!("goes over the limit of {which}")));
    }
    whole.map_err(|why| outgoing.spoiled(&why))?;
    if answered.body.len() > terms.limits.response_bytes {
        return Err(outgoing.spoiled(&over_the_limit(terms.limits)));
    }
    Ok((status, headers, answered.body))
}

fn head(answered: &Answered) -> Option<(StatusCode, HeaderMap)> {
    let status = StatusCode::from_u16(answered.status).ok()?;
    let mut headers = HeaderMap::with_capacity(answered.headers.len());
    for (name, value) in &answered.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some((status, headers))
}
