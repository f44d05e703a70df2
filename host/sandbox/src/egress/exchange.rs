//! One request and its answer.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION, RETRY_AFTER};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::authority::{Scheme, Target};
use super::connection::{Sender, Way};
use super::headers;
use super::limits::EgressLimits;
use super::origins::Origins;
use super::rate::{self, Wait};
use super::refusal::Refusal;
use super::tls;
use super::transport::{self, Between, Sent};

/// What is sent, after every check.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub method: Method,
    pub target: Target,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What came back, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What a request needs beside itself.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub origins: &'a Origins,
    pub limits: &'a EgressLimits,
    /// When it must have ended.
    pub deadline: Instant,
}

impl Outgoing {
    /// Whether it changes nothing in the other system.
    pub fn is_safe(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// How messages name it; a query may hold what is nobody's business.
    fn name(&self) -> String {
        let path: String = self.target.path.chars().take(200).collect();
        format!("{} {}{path}", self.method, self.target.origin)
    }

    /// It was sent, and its answer came to this end.
    pub(super) fn spoiled(&self, why: &str) -> Refusal {
        let message = format!("the answer to {} {why}", self.name());
        Refusal::interrupted(self.is_safe(), message)
    }

    /// As the other system sees it.
    pub(super) fn seen(&self) -> Sent {
        let target = &self.target;
        Sent {
            method: self.method.to_string(),
            url: format!("{}{}", target.origin, target.path_and_query()),
            headers: self
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.as_str().to_owned(), value)
                })
                .collect(),
            body: self.body.clone(),
        }
    }

    /// As it goes into a connection.
    fn request(&self, way: &Way) -> Result<Request<Full<Bytes>>, Refusal> {
        let target = match (&way.proxy, way.origin.scheme()) {
            (Some(_), Scheme::Http) => {
                format!("{}{}", self.target.origin, self.target.path_and_query())
            }
            _ => self.target.path_and_query(),
        };
        let none = |what: String| {
            Refusal::configuration(format!("{} cannot be sent: {what}", self.name()))
        };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(target)
            .body(Full::new(self.body.clone()))
            .map_err(|error| none(error.to_string()))?;
        let headers = request.headers_mut();
        *headers = self.headers.clone();
        let host = HeaderValue::from_str(&self.target.origin.authority())
            .map_err(|error| none(error.to_string()))?;
        headers.insert(HOST, host);
        if let (Some(proxy), Scheme::Http) = (&way.proxy, way.origin.scheme())
            && let Some(authorization) = &proxy.authorization
        {
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        Ok(request)
    }
}

/// Sends a request by this way and waits for the whole answer, whatever its status. `sent` is set
/// as soon as the other system may have seen it.
///
/// # Errors
/// As `send` of `wit/http.wit` says.
pub(crate) async fn exchange(
    way: &Way,
    terms: Terms<'_>,
    outgoing: &Outgoing,
    sent: &mut bool,
) -> Result<Answer, Refusal> {
    let Terms {
        origins,
        limits,
        deadline,
    } = terms;
    let name = outgoing.name();
    let origin = &way.origin;
    let entered = timeout_at(deadline, way.share.enter(limits)).await;
    let _permit = match entered {
        Ok(Ok(permit)) => permit,
        Ok(Err(Wait::Paused(seconds))) => {
            return Err(Refusal::rate_limited(
                format!("{origin} asked for fewer calls: nothing is sent for {seconds} s"),
                seconds,
            ));
        }
        Ok(Err(Wait::Rate(seconds))) => {
            return Err(Refusal::rate_limited(
                format!(
                    "{origin} was asked as often as the limit of rate says: nothing is sent for \
                     {seconds} s"
                ),
                seconds,
            ));
        }
        Err(_) => {
            return Err(Refusal::unavailable(format!(
                "{name} was not sent: other requests to {origin} took too long, within the limit \
                 of parallel requests"
            )));
        }
    };
    let (status, headers, body) = match &way.between {
        Between::Nothing => over_a_connection(way, terms, outgoing, sent).await?,
        Between::Transport(transport) => {
            let outcome = transport.exchange(&outgoing.seen());
            transport::play(outcome, way, terms, outgoing, sent)?
        }
        Between::Relay(relay) => transport::relay(&**relay, way, terms, outgoing, sent).await?,
    };
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        let asked = headers.get(RETRY_AFTER);
        let asked = asked.and_then(|value| value.to_str().ok());
        if let Some(pause) = asked.and_then(|value| rate::retry_after(value, origins.now())) {
            way.share.pause(pause);
        }
    }
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        && let Some(proxy) = &way.proxy
        && origin.scheme() == Scheme::Http
    {
        return Err(proxy.wants_credentials());
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// The head and the content of an answer by a connection that is kept or made.
pub(super) async fn over_a_connection(
    way: &Way,
    terms: Terms<'_>,
    outgoing: &Outgoing,
    sent: &mut bool,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), Refusal> {
    let limits = terms.limits;
    let (sender, response) = respond(way, terms, outgoing, sent).await?;
    if let Err(which) = headers::check_incoming(response.headers(), limits) {
        return Err(outgoing.spoiled(&format!("goes over the limit of {which}")));
    }
    let (parts, body) = response.into_parts();
    let body = match timeout_at(terms.deadline, collect(body, limits)).await {
        Ok(Ok(body)) => body,
        Ok(Err(why)) => return Err(outgoing.spoiled(&why)),
        Err(_) => return Err(late(outgoing)),
    };
    way.keep(sender, limits);
    Ok((parts.status, parts.headers, body))
}

/// The head of the answer, and the connection that it came by.
async fn respond(
    way: &Way,
    terms: Terms<'_>,
    outgoing: &Outgoing,
    sent: &mut bool,
) -> Result<(Sender, Response<Incoming>), Refusal> {
    let mut kept = way.kept().await;
    loop {
        let is_kept = kept.is_some();
        let mut sender = match kept.take() {
            Some(sender) => sender,
            None => {
                way.connect(terms.origins, terms.limits, terms.deadline)
                    .await?
            }
        };
        let request = outgoing.request(way)?;
        let answered = timeout_at(terms.deadline, sender.try_send_request(request)).await;
        let mut error = match answered {
            Ok(Ok(response)) => {
                *sent = true;
                return Ok((sender, response));
            }
            Err(_) => {
                *sent = true;
                return Err(late(outgoing));
            }
            Ok(Err(error)) => error,
        };
        let unsent = was_not_sent(&mut error);
        // A server may close a connection that is kept just when it is used again.
        let again = unsent || (outgoing.is_safe() && !error.error().is_parse());
        if is_kept && again {
            continue;
        }
        *sent |= !unsent;
        return Err(broken(way, outgoing, unsent, error.error()));
    }
}

/// Whether not a byte of it was written.
fn was_not_sent(error: &mut TrySendError<Request<Full<Bytes>>>) -> bool {
    error.take_message().is_some() || tls::is_refusal(error.error())
}

fn broken(way: &Way, outgoing: &Outgoing, unsent: bool, error: &hyper::Error) -> Refusal {
    if let Some(why) = tls::explain(&way.origin, error) {
        return Refusal::interrupted(unsent || outgoing.is_safe(), why);
    }
    if unsent {
        return Refusal::unavailable(format!("{} was not sent: {error}", outgoing.name()));
    }
    let why = match error.is_parse() {
        true => format!(
            "the answer is no HTTP or goes over the limit of header bytes or header fields ({error})"
        ),
        false => format!("the connection broke off ({error})"),
    };
    interrupted(outgoing, &why)
}

/// It was sent, and then came something that is no answer.
pub(super) fn interrupted(outgoing: &Outgoing, why: &str) -> Refusal {
    let message = format!("{} was sent, and {why}", outgoing.name());
    Refusal::interrupted(outgoing.is_safe(), message)
}

/// It was sent, and its time is over.
pub(super) fn late(outgoing: &Outgoing) -> Refusal {
    let name = outgoing.name();
    let message =
        format!("{name} was sent and not answered whole within the limit of request time");
    Refusal::interrupted(outgoing.is_safe(), message)
}

/// What becomes of an answer whose content has too many bytes.
pub(super) fn over_the_limit(limits: &EgressLimits) -> String {
    let limit = limits.response_bytes;
    format!("goes over the limit of response bytes ({limit})")
}

/// The whole content.
///
/// # Errors
/// What became of it instead.
async fn collect(mut body: Incoming, limits: &EgressLimits) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("broke off ({error})"))?;
        if let Ok(piece) = frame.into_data() {
            if content.len() + piece.len() > limits.response_bytes {
                return Err(over_the_limit(limits));
            }
            content.extend_from_slice(&piece);
        }
    }
    Ok(content)
}
