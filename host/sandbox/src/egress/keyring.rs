//! Credentials at work: turned into a header field, fetched where they have to be, kept.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use hyper::{Method, StatusCode};
use provisor_model::Timestamp;
use tokio::sync::Mutex;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::authority::{Origin, Target};
use super::connection::Way;
use super::credential::Credential;
use super::exchange::{Answer, Outgoing, Terms, exchange};
use super::headers;
use super::proxy::basic;
use super::refusal::Refusal;
use super::secret::Secret;

/// The longest token, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// How long a token is used when nobody says.
const UNSAID: Duration = Duration::from_secs(5 * 60);

/// So long before its end a token is not used any more: it must last until a request has arrived.
const MARGIN: Duration = Duration::from_secs(30);

/// Credentials at work.
pub(crate) struct Keyring {
    carrier: HeaderName,
    /// What never may be shown, beside tokens.
    secrets: Vec<Secret>,
    source: Source,
}

enum Source {
    /// The value stands in the configuration.
    Known(HeaderValue),
    /// The value is fetched.
    Fetched(Box<Fetched>),
}

struct Fetched {
    way: Way,
    target: Target,
    headers: HeaderMap,
    form: Zeroizing<String>,
    grammar: Grammar,
    /// Held while a token is fetched, so that one is fetched at a time.
    token: Mutex<Option<Token>>,
}

/// How an answer tells a token.
enum Grammar {
    /// As JSON (RFC 6749, section 5.1).
    OAuth,
    /// As plain text.
    Login {
        prefix: String,
        lifetime: Option<Duration>,
    },
}

#[derive(Clone)]
struct Token {
    value: HeaderValue,
    secret: Secret,
    fetched: Timestamp,
    /// Until when it is used; `None` until it is refused.
    until: Option<Timestamp>,
}

/// What is added to one request.
pub(crate) struct Presented {
    pub carrier: HeaderName,
    pub value: HeaderValue,
    /// What must not be shown of the answer.
    pub secrets: Vec<Secret>,
    /// Whether another one can be had if it is refused.
    pub renewable: bool,
}

impl Keyring {
    /// Reads what the configuration says; `way` makes the way to where tokens are had.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(
        credential: &Credential,
        way: impl FnOnce(&Origin) -> Result<Way, String>,
    ) -> Result<Self, String> {
        let known = |carrier: HeaderName, value: HeaderValue, secret: &Secret| {
            let mut secrets = vec![secret.clone()];
            secrets.extend(word(&value));
            Keyring {
                carrier,
                secrets,
                source: Source::Known(value),
            }
        };
        Ok(match credential {
            Credential::Basic { username, password } => {
                let value = basic(username, password.reveal())?;
                known(AUTHORIZATION, value, password)
            }
            Credential::Bearer { token } => {
                let value = value("Bearer ", token.reveal(), "token")?;
                known(AUTHORIZATION, value, token)
            }
            Credential::Header { name, value: text } => {
                known(carrier(name)?, value("", text.reveal(), "value")?, text)
            }
            Credential::ClientCredentials {
                token_url,
                client_id,
                client_secret,
                scope,
                in_form,
            } => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("grant_type", "client_credentials");
                if let Some(scope) = scope {
                    form.append_pair("scope", scope);
                }
                let mut headers = form_headers("application/json");
                if *in_form {
                    form.append_pair("client_id", client_id)
                        .append_pair("client_secret", client_secret.reveal());
                } else {
                    // Both are encoded first (RFC 6749, section 2.3.1).
                    let encoded = |text: &str| -> String {
                        form_urlencoded::byte_serialize(text.as_bytes()).collect()
                    };
                    let secret = Zeroizing::new(encoded(client_secret.reveal()));
                    headers.insert(AUTHORIZATION, basic(&encoded(client_id), &secret)?);
                }
                let target = Target::parse(token_url)
                    .map_err(|error| format!("has a token-url that is none: {error}"))?;
                Keyring {
                    carrier: AUTHORIZATION,
                    secrets: vec![client_secret.clone()],
                    source: Source::Fetched(Box::new(Fetched {
                        way: way(&target.origin)?,
                        target,
                        headers,
                        form: Zeroizing::new(form.finish()),
                        grammar: Grammar::OAuth,
                        token: Mutex::default(),
                    })),
                }
            }
            Credential::Login {
                url,
                username,
                password,
                header,
                prefix,
                lifetime,
            } => {
                let form = form_urlencoded::Serializer::new(String::new())
                    .append_pair("username", username)
                    .append_pair("password", password.reveal())
                    .finish();
                let target = Target::parse(url)
                    .map_err(|error| format!("has a url that is none: {error}"))?;
                // So that a prefix that cannot be sent is found now.
                value(prefix, "token", "prefix")?;
                Keyring {
                    carrier: carrier(header)?,
                    secrets: vec![password.clone()],
                    source: Source::Fetched(Box::new(Fetched {
                        way: way(&target.origin)?,
                        target,
                        headers: form_headers("*/*"),
                        form: Zeroizing::new(form),
                        grammar: Grammar::Login {
                            prefix: prefix.clone(),
                            lifetime: *lifetime,
                        },
                        token: Mutex::default(),
                    })),
                }
            }
        })
    }

    /// The header field that carries the credentials.
    pub fn carrier(&self) -> &HeaderName {
        &self.carrier
    }

    /// What is added to a request. `refused` is the value that the system does not accept any more.
    ///
    /// # Errors
    /// When it could not be had. Nothing was sent to the system itself then.
    pub async fn present(
        &self,
        terms: Terms<'_>,
        refused: Option<&HeaderValue>,
    ) -> Result<Presented, Refusal> {
        let mut secrets = self.secrets.clone();
        let (value, renewable) = match &self.source {
            Source::Known(value) => (value.clone(), false),
            Source::Fetched(fetched) => {
                let token = fetched.token(terms, refused).await?;
                secrets.push(token.secret);
                (token.value, true)
            }
        };
        Ok(Presented {
            carrier: self.carrier.clone(),
            value,
            secrets,
            renewable,
        })
    }
}

impl Fetched {
    async fn token(
        &self,
        terms: Terms<'_>,
        refused: Option<&HeaderValue>,
    ) -> Result<Token, Refusal> {
        let late = || {
            Refusal::unavailable(format!(
                "no token was had from {} in time; nothing else was sent",
                self.target.origin
            ))
        };
        let held = tokio::time::timeout_at(terms.deadline, self.token.lock());
        let mut held = held.await.map_err(|_| late())?;
        let now = terms.origins.now();
        if let Some(token) = &*held
            && Some(&token.value) != refused
            && token.is_good(now)
        {
            return Ok(token.clone());
        }
        *held = None;
        let token = self.fetch(terms, now).await?;
        *held = Some(token.clone());
        Ok(token)
    }

    async fn fetch(&self, terms: Terms<'_>, now: Timestamp) -> Result<Token, Refusal> {
        let outgoing = Outgoing {
            method: Method::POST,
            target: self.target.clone(),
            headers: self.headers.clone(),
            body: Bytes::copy_from_slice(self.form.as_bytes()),
        };
        // A token that was made and got lost is no harm: nothing is ambiguous about that.
        let answer = exchange(&self.way, terms, &outgoing, &mut false)
            .await
            .map_err(|refusal| match refusal {
                Refusal::Failure {
                    kind: crate::FailureKind::Ambiguous,
                    message,
                    ..
                } => Refusal::unavailable(message),
                other => other,
            })?;
        let (text, until) = self.read(&answer, now)?;
        let prefix = match &self.grammar {
            Grammar::OAuth => "Bearer ",
            Grammar::Login { prefix, .. } => prefix,
        };
        let value = value(prefix, &text, "token").map_err(|_| self.no_token(&answer))?;
        Ok(Token {
            value,
            secret: Secret::new(text),
            fetched: now,
            until,
        })
    }

    /// The token in an answer, and until when it is used.
    fn read(
        &self,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(String, Option<Timestamp>), Refusal> {
        let origin = &self.target.origin;
        let status = answer.status;
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err(Refusal::unavailable(format!(
                "{origin} gives no token now: status {}",
                status.as_u16()
            )));
        }
        if status.is_client_error() {
            return Err(Refusal::unauthorized(format!(
                "{origin} gives no token for these credentials: status {}{}; correct the \
                 credential of the reach",
                status.as_u16(),
                reason(&answer.body)
            )));
        }
        if !status.is_success() || answer.body.len() > LONGEST_TOKEN {
            return Err(self.no_token(answer));
        }
        match &self.grammar {
            Grammar::OAuth => {
                let json: serde_json::Value =
                    serde_json::from_slice(&answer.body).map_err(|_| self.no_token(answer))?;
                let is_bearer = json["token_type"]
                    .as_str()
                    .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
                let token = json["access_token"].as_str().filter(|_| is_bearer);
                let token = token.ok_or_else(|| self.no_token(answer))?;
                let lifetime = json["expires_in"].as_u64().map(Duration::from_secs);
                let lifetime = lifetime.unwrap_or(UNSAID);
                Ok((token.to_owned(), Some(now.after(lifetime))))
            }
            Grammar::Login { lifetime, .. } => {
                if has_failed(&answer.headers) {
                    return Err(Refusal::unauthorized(format!(
                        "{origin} says that the login failed; correct the credential of the reach"
                    )));
                }
                let token = std::str::from_utf8(&answer.body).unwrap_or("").trim();
                let is_one = !token.is_empty()
                    && !token.starts_with(['<', '{', '['])
                    && token.bytes().all(|byte| byte.is_ascii_graphic());
                match is_one {
                    true => Ok((
                        token.to_owned(),
                        lifetime.map(|lifetime| now.after(lifetime)),
                    )),
                    false => Err(self.no_token(answer)),
                }
            }
        }
    }

    fn no_token(&self, answer: &Answer) -> Refusal {
        Refusal::unavailable(format!(
            "{} answered with status {} and no token: is it the right address?",
            self.target.origin,
            answer.status.as_u16()
        ))
    }
}

impl Token {
    fn is_good(&self, now: Timestamp) -> bool {
        // One from the future was had before the clock was set back.
        now >= self.fetched
            && self.until.is_none_or(|until| {
                // A short life is not used up by the margin alone.
                let margin = MARGIN.min(until.since(self.fetched) / 2);
                now < until.before(margin)
            })
    }
}

/// Whether an answer that calls itself a success tells of a failure in `x-ar-messages`.
fn has_failed(headers: &HeaderMap) -> bool {
    headers.get_all("x-ar-messages").iter().any(|value| {
        let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        ["fail", "error", "invalid", "denied"]
            .iter()
            .any(|word| text.contains(word))
    })
}

/// The code of an OAuth error (RFC 6749, section 5.2), as it may stand in a message.
fn reason(body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let code = json.as_ref().and_then(|json| json["error"].as_str());
    let plain = |code: &&str| {
        (1..=64).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    code.filter(plain)
        .map_or_else(String::new, |code| format!(" ({code})"))
}

fn form_headers(accept: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("provisor/", env!("CARGO_PKG_VERSION"))),
    );
    headers
}

fn carrier(name: &str) -> Result<HeaderName, String> {
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(name) if !headers::is_own(&name) => Ok(name),
        Ok(name) => Err(format!(
            "cannot be carried by {name}, which the host needs itself"
        )),
        Err(_) => Err(format!(
            "has a header {name:?}, which is no name of a header field"
        )),
    }
}

fn value(prefix: &str, secret: &str, what: &str) -> Result<HeaderValue, String> {
    let text = Zeroizing::new(format!("{prefix}{secret}"));
    let wrong = || format!("has a {what} that cannot stand in a header field; is it one line?");
    if secret.is_empty() || text.trim() != text.as_str() {
        return Err(wrong());
    }
    let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok(value)
}

/// What stands behind the scheme in a value such as `Basic WORD`.
fn word(value: &HeaderValue) -> Option<Secret> {
    let text = std::str::from_utf8(value.as_bytes()).ok()?;
    Some(Secret::new(
        text.split_once(' ').map_or(text, |(_, word)| word),
    ))
}
