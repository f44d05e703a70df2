//! Calls to the system behind a component.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::tickets::provisor::connector::http as contract;
use crate::{Failure, FailureKind};

/// How much of an answer that is no use a message repeats, in characters.
const QUOTED: usize = 300;

/// The way to the system behind a component: the host's, or in native tests any function.
pub struct Http {
    transport: Transport,
}

enum Transport {
    Host,
    #[cfg(not(target_family = "wasm"))]
    Given(Box<GivenTransport>),
}

#[cfg(not(target_family = "wasm"))]
type GivenTransport = dyn Fn(&Request) -> Result<Response, Failure>;

impl Http {
    pub(crate) fn host() -> Self {
        Http {
            transport: Transport::Host,
        }
    }

    /// A way on which this function answers. For native tests.
    #[cfg(not(target_family = "wasm"))]
    pub fn answering(answer: impl Fn(&Request) -> Result<Response, Failure> + 'static) -> Self {
        Http {
            transport: Transport::Given(Box::new(answer)),
        }
    }

    /// Sends a request and waits for the whole answer, whatever its status.
    ///
    /// # Errors
    /// What `send` of `wit/http.wit` says.
    pub fn send(&self, request: &Request) -> Result<Response, Failure> {
        match &self.transport {
            Transport::Host => {
                let answer = contract::send(&contract::Request {
                    method: request.method.as_str().to_owned(),
                    url: request.url.clone(),
                    headers: request.headers.clone(),
                    body: request.body.clone(),
                })?;
                Ok(Response {
                    method: request.method,
                    status: answer.status,
                    headers: answer.headers,
                    body: answer.body,
                })
            }
            #[cfg(not(target_family = "wasm"))]
            Transport::Given(answer) => answer(request),
        }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they are those of HTTP")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

impl Method {
    /// As it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Head => "HEAD",
            Method::Options => "OPTIONS",
        }
    }

    /// Whether it changes nothing.
    pub fn is_safe(self) -> bool {
        matches!(self, Method::Get | Method::Head | Method::Options)
    }
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Where to.
    pub url: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A request to a path below `base`, whose own path is kept. Each segment is encoded, so that
    /// none can leave its place.
    pub fn new<'a>(
        method: Method,
        base: &str,
        segments: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut url = base.trim_end_matches('/').to_owned();
        for segment in segments {
            url.push('/');
            match segment {
                // These two are taken out of a path even when they are encoded.
                "." | ".." => {
                    for _ in segment.chars() {
                        url.push_str("%252E");
                    }
                }
                _ => encode(segment, &mut url),
            }
        }
        Request {
            method,
            url,
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: None,
        }
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url
            .push(if self.url.contains('?') { '&' } else { '?' });
        encode(name, &mut self.url);
        self.url.push('=');
        encode(value, &mut self.url);
        self
    }

    /// Sets a header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(mut self, value: &impl Serialize) -> Self {
        // What this is used with (values, plain structures) always can be written.
        self.body = Some(serde_json::to_vec(value).unwrap_or_default());
        self.header("content-type", "application/json")
    }

    /// Sends parameters as a form does.
    #[must_use]
    pub fn form<'a>(mut self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut body = String::new();
        for (name, value) in parameters {
            if !body.is_empty() {
                body.push('&');
            }
            encode(name, &mut body);
            body.push('=');
            encode(value, &mut body);
        }
        self.body = Some(body.into_bytes());
        self.header("content-type", "application/x-www-form-urlencoded")
    }
}

/// Writes a text so that it can stand anywhere in a URL: everything but letters, digits and `-._~`
/// is encoded (RFC 3986, section 2.3).
pub fn encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(char::from(byte));
            }
            _ => {
                into.push('%');
                into.push(char::from(HEX[usize::from(byte >> 4)]));
                into.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What the request did.
    pub method: Method,
    /// The status.
    pub status: u16,
    /// Header fields, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The content as text.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The content as JSON.
    ///
    /// # Errors
    /// When it is none. To something that changes nothing, `unavailable`: a proxy or a maintenance
    /// page answered in the system's place. To anything else, `ambiguous`: it may have been done.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let kind = match self.method.is_safe() {
                true => FailureKind::Unavailable,
                false => FailureKind::Ambiguous,
            };
            Failure::new(
                kind,
                format!(
                    "the answer with status {} is not the JSON that was expected ({error}): {}",
                    self.status,
                    self.excerpt()
                ),
            )
        })
    }

    /// What an answer without success means by HTTP alone; `message` is what the system itself
    /// said about it, if that could be read.
    pub fn failure(&self, message: Option<String>) -> Failure {
        let safe = self.method.is_safe();
        let kind = match self.status {
            401 | 407 => FailureKind::Unauthorized,
            403 => FailureKind::Unauthorized,
            404 | 410 => FailureKind::NotFound,
            409 | 412 | 423 => FailureKind::Conflict,
            429 => FailureKind::RateLimited,
            503 => FailureKind::Unavailable,
            400..500 if self.status != 408 => FailureKind::Rejected,
            // A server that breaks down, and a gateway that waited in vain, may have done it.
            _ if safe => FailureKind::Unavailable,
            _ => FailureKind::Ambiguous,
        };
        let said = message
            .filter(|message| !message.trim().is_empty())
            .unwrap_or_else(|| self.excerpt());
        let mut failure = Failure::new(kind, format!("status {}: {said}", self.status));
        failure.retry_after = self
            .header("retry-after")
            .and_then(|value| value.trim().parse().ok());
        failure
    }

    /// The beginning of the content, fit to stand in a message.
    pub fn excerpt(&self) -> String {
        let text = self.text();
        let plain: String = text
            .chars()
            .map(|one| if one.is_control() { ' ' } else { one })
            .take(QUOTED)
            .collect();
        match plain.trim() {
            "" => "no content".to_owned(),
            plain => plain.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_segment_of_a_path_leaves_its_place() {
        let request = Request::new(Method::Get, "https://h/base/", ["a/b", "..", "č?#", "x y"])
            .query("q", "a&b=c");
        assert_eq!(
            request.url,
            "https://h/base/a%2Fb/%252E%252E/%C4%8D%3F%23/x%20y?q=a%26b%3Dc"
        );
    }

    #[test]
    fn a_server_that_breaks_down_may_have_done_what_it_was_asked() {
        let answer = |method, status| {
            Response {
                method,
                status,
                headers: vec![("retry-after".to_owned(), "7".to_owned())],
                body: Vec::new(),
            }
            .failure(None)
        };
        assert_eq!(answer(Method::Post, 500).kind, FailureKind::Ambiguous);
        assert_eq!(answer(Method::Get, 500).kind, FailureKind::Unavailable);
        assert_eq!(answer(Method::Post, 503).kind, FailureKind::Unavailable);
        assert_eq!(answer(Method::Post, 429).retry_after, Some(7));
        assert_eq!(answer(Method::Post, 422).kind, FailureKind::Rejected);
    }
}
