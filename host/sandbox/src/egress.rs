//! The systems that a component may reach, and the way to them.
//!
//! # The nouns
//!
//! | noun | what it is |
//! |---|---|
//! | [`Egress`] | what one ticket system's component may reach: its grants, connections and tokens |
//! | [`Grant`] | one origin, and how it is reached: addresses, certificates, credentials, proxy |
//! | [`Origin`] | scheme, host and port in their one spelling |
//! | [`Origins`] | what is shared by everybody who reaches an origin: rates, pauses, requests under way |
//! | [`Transport`] | plays the systems instead of a network, for tests and for judging components |
//! | [`Relay`] | stands between a component and real systems, for judging components at them |
//!
//! # The life of one request
//!
//! The URL is parsed, once. A grant must cover its origin and path; the header fields must be ones
//! that a component may set. Credentials are fetched if they have to be. The request waits for its
//! turn at the origin, which may have asked for fewer calls. A connection that is kept is used, or
//! the name is resolved, every address is checked, one of those that are left is connected to, and
//! the certificate is compared with the name. Credentials are added last. The answer is taken in up
//! to its limits, and loses what would give the credentials away.
//!
//! ```
//! use provisor_sandbox::egress::{Credential, Egress, EgressConfig, Grant, Origin, Origins, Secret};
//!
//! let origins = Origins::new()?;
//! let mut grant = Grant::new(Origin::parse("https://example.com")?);
//! grant.path = "/rest".to_owned();
//! grant.credential = Some(Credential::Bearer { token: Secret::new("hunter2") });
//! let config = EgressConfig { reach: vec![grant], ..EgressConfig::default() };
//! let egress = Egress::new(config, &origins)?;
//! assert_eq!(egress.paused_until(), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! * What is connected to was checked: no name is resolved a second time.
//! * Nothing follows a redirect, so credentials go to no other origin.
//! * What was sent and can have changed something is never told as not carried out.

mod address;
mod authority;
mod connection;
mod credential;
#[doc(hidden)]
pub mod decision;
mod exchange;
mod grant;
mod headers;
mod keyring;
mod limits;
mod origins;
mod proxy;
mod rate;
mod refusal;
mod resolver;
mod secret;
mod tls;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::{Method, StatusCode};
use provisor_model::Timestamp;
use tokio::time::Instant;

pub use authority::{Origin, Scheme, UrlError};
pub use credential::Credential;
pub use grant::{ClientCertificate, Grant};
pub use ipnet::IpNet;
pub use limits::EgressLimits;
pub use origins::{Clock, Origins};
pub use proxy::Proxy;
pub use resolver::{Resolver, Resolving};
pub use secret::Secret;
pub use transport::{Answered, Outcome, Relay, Sent, Transport};

use authority::Target;
use connection::Way;
use exchange::{Outgoing, Terms, exchange};
use keyring::Keyring;
use proxy::ProxyWay;
pub(crate) use refusal::Refusal;
use transport::Between;

/// The longest time of one request, whatever the limits say: a moment must be there to end it at.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a component may reach, and what it may use up on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EgressConfig {
    /// The origins; each together with its path once.
    pub reach: Vec<Grant>,
    /// Origins that are no part of it though somebody has provided for them.
    pub withheld: Vec<Withheld>,
    /// What may be used up.
    pub limits: EgressLimits,
}

/// An origin that could be reached if somebody approved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// Which.
    pub origin: Origin,
    /// What to do about it, for the person who reads that it was denied: the end of a sentence.
    pub remedy: String,
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reach to {origin}: `{field}` {message}")]
pub struct EgressError {
    /// Which grant, counted from 0.
    pub grant: usize,
    /// Its origin.
    pub origin: Origin,
    /// Which of its fields, as in the configuration file: `path`, `authorities`,
    /// `client-certificate`, `credential` or `proxy`.
    pub field: &'static str,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// What a component may reach. Cheap to clone; all clones share connections and tokens, so it is
/// made once for each ticket system and kept as long as its configuration stands.
#[derive(Clone)]
pub struct Egress {
    inner: Arc<Inner>,
}

struct Inner {
    reach: Vec<Reach>,
    withheld: Vec<Withheld>,
    limits: EgressLimits,
    origins: Origins,
}

/// A grant and what it takes to make use of it.
struct Reach {
    grant: Grant,
    way: Way,
    keyring: Option<Keyring>,
}

/// A request as a component asked for it.
pub(crate) struct Asked {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What came of a request.
pub(crate) struct Done {
    /// Whether the other system may have seen it.
    pub sent: bool,
    /// Whether it changes nothing.
    pub safe: bool,
    pub answer: Result<Shown, Refusal>,
}

/// An answer as a component is shown it.
pub(crate) struct Shown {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Egress {
    /// Takes a configuration in. Reaches nobody.
    ///
    /// # Errors
    /// When a grant can never work: the first mistake that is found.
    pub fn new(config: EgressConfig, origins: &Origins) -> Result<Self, EgressError> {
        Egress::make(config, origins, &Between::Nothing)
    }

    /// Takes a configuration in whose systems are played by a transport: no name is resolved,
    /// nothing is connected to or encrypted, and all else is as with [`new`](Self::new).
    ///
    /// # Errors
    /// As [`new`](Self::new), except that certificates are not looked at.
    pub fn over(
        config: EgressConfig,
        origins: &Origins,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, EgressError> {
        Egress::make(config, origins, &Between::Transport(transport))
    }

    /// Takes a configuration in whose systems are reached through a relay; all else is as with
    /// [`new`](Self::new).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn relayed(
        config: EgressConfig,
        origins: &Origins,
        relay: Arc<dyn Relay>,
    ) -> Result<Self, EgressError> {
        Egress::make(config, origins, &Between::Relay(relay))
    }

    fn make(
        config: EgressConfig,
        origins: &Origins,
        between: &Between,
    ) -> Result<Self, EgressError> {
        let mut reach: Vec<Reach> = Vec::with_capacity(config.reach.len());
        for (number, grant) in config.reach.into_iter().enumerate() {
            let origin = grant.origin.clone();
            let wrong = |(field, message): (&'static str, String)| EgressError {
                grant: number,
                origin: origin.clone(),
                field,
                message,
            };
            let twice = reach
                .iter()
                .any(|other| other.grant.origin == grant.origin && other.grant.path == grant.path);
            if twice {
                let message = "is granted twice for this origin; write one reach".to_owned();
                return Err(wrong(("path", message)));
            }
            reach.push(Reach::new(grant, origins, between).map_err(wrong)?);
        }
        Ok(Egress {
            inner: Arc::new(Inner {
                reach,
                withheld: config.withheld,
                limits: config.limits,
                origins: origins.clone(),
            }),
        })
    }

    /// Until when none of the requests goes out because a system asked for fewer: the latest moment
    /// of all its origins; `None` when none of them asked.
    pub fn paused_until(&self) -> Option<Timestamp> {
        let reach = self.inner.reach.iter();
        reach
            .filter_map(|reach| reach.way.share.paused_until())
            .max()
    }

    pub(crate) fn limits(&self) -> &EgressLimits {
        &self.inner.limits
    }

    /// Sends a request and waits for the whole answer, no longer than `time`.
    pub(crate) async fn send(&self, asked: Asked, time: Duration) -> Done {
        let inner = Arc::clone(&self.inner);
        let time = time.min(inner.limits.request_time).min(LONGEST);
        let safe = matches!(asked.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let task = self.inner.origins.handle().spawn(async move {
            let deadline = Instant::now() + time;
            let mut sent = false;
            let answer = inner.send(asked, deadline, &mut sent).await;
            Done { sent, safe, answer }
        });
        match Abandoned(task).await {
            Ok(done) => done,
            // It ends before its time only together with everything else.
            Err(_) => Done {
                sent: true,
                safe,
                answer: Err(Refusal::interrupted(safe, "the program is ending")),
            },
        }
    }
}

/// The origin of a URL, if it is one.
pub(crate) fn origin_of(url: &str) -> Option<String> {
    let target = Target::parse(url).ok()?;
    Some(target.origin.to_string())
}

/// A task that ends when nobody waits for it any more.
struct Abandoned<T>(tokio::task::JoinHandle<T>);

impl<T> Future for Abandoned<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Abandoned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Inner {
    async fn send(
        &self,
        asked: Asked,
        deadline: Instant,
        sent: &mut bool,
    ) -> Result<Shown, Refusal> {
        let terms = Terms {
            origins: &self.origins,
            limits: &self.limits,
            deadline,
        };
        let (reach, mut outgoing) = self.admit(asked)?;
        let fields = outgoing.headers.clone();
        let mut refused = None;
        loop {
            let presented = match &reach.keyring {
                Some(keyring) => Some(keyring.present(terms, refused.as_ref()).await?),
                None => None,
            };
            if let Some(presented) = &presented {
                outgoing.headers = fields.clone();
                outgoing
                    .headers
                    .insert(presented.carrier.clone(), presented.value.clone());
            }
            let mut answer = exchange(&reach.way, terms, &outgoing, sent).await?;
            // A token may have ended before its time. What is refused with 401 was not carried out.
            if answer.status == StatusCode::UNAUTHORIZED
                && refused.is_none()
                && let Some(presented) = &presented
                && presented.renewable
            {
                refused = Some(presented.value.clone());
                continue;
            }
            let secrets = presented.map_or_else(Vec::new, |presented| presented.secrets);
            headers::cover(&mut answer.body, &secrets);
            return Ok(Shown {
                status: answer.status.as_u16(),
                headers: headers::incoming(&answer.headers, &secrets),
                body: answer.body,
            });
        }
    }

    /// What may go out of what was asked for, and the grant that lets it.
    fn admit(&self, asked: Asked) -> Result<(&Reach, Outgoing), Refusal> {
        let target =
            Target::parse(&asked.url).map_err(|error| Refusal::configuration(error.to_string()))?;
        let reach = self.grant(&target)?;
        let method = match asked.method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            "HEAD" => Method::HEAD,
            "OPTIONS" => Method::OPTIONS,
            other => {
                let other: String = other.chars().take(16).collect();
                return Err(Refusal::configuration(format!(
                    "{other:?} is no method that requests are made with"
                )));
            }
        };
        let carrier = reach.keyring.as_ref().map(Keyring::carrier);
        let headers = headers::outgoing(&asked.headers, carrier, &self.limits)?;
        if asked.body.len() > self.limits.request_bytes {
            return Err(Refusal::Limit("request bytes"));
        }
        let outgoing = Outgoing {
            method,
            target,
            headers,
            body: Bytes::from(asked.body),
        };
        Ok((reach, outgoing))
    }

    fn grant(&self, target: &Target) -> Result<&Reach, Refusal> {
        // The grant that says the most about a path is the one that holds for it.
        let covering = self.reach.iter().filter(|reach| reach.grant.covers(target));
        if let Some(reach) = covering.max_by_key(|reach| reach.grant.path.len()) {
            return Ok(reach);
        }
        let origin = &target.origin;
        let mut withheld = self.withheld.iter();
        if let Some(withheld) = withheld.find(|withheld| withheld.origin == *origin) {
            let remedy = &withheld.remedy;
            return Err(Refusal::Denied(format!(
                "{origin} is not granted: {remedy}"
            )));
        }
        let paths: Vec<&str> = self
            .reach
            .iter()
            .filter(|reach| reach.grant.origin == *origin)
            .map(|reach| reach.grant.path.as_str())
            .collect();
        Err(Refusal::Denied(match paths.is_empty() {
            true => format!(
                "{origin} is not granted; if it should be, add a reach with origin = \"{origin}\""
            ),
            false => {
                let path: String = target.path.chars().take(200).collect();
                format!(
                    "{origin}{path} is not at or below what is granted there ({}); if it should \
                     be, change the path of the reach",
                    paths.join(", ")
                )
            }
        }))
    }
}

impl Reach {
    /// # Errors
    /// Which field of the grant is wrong, and how.
    fn new(
        grant: Grant,
        origins: &Origins,
        between: &Between,
    ) -> Result<Self, (&'static str, String)> {
        grant.check_path().map_err(|message| ("path", message))?;
        let proxy = match &grant.proxy {
            Some(proxy) => Some(Arc::new(
                ProxyWay::new(proxy).map_err(|message| ("proxy", message))?,
            )),
            None => None,
        };
        let is_plain = grant.origin.scheme() == Scheme::Http;
        if is_plain && grant.client_certificate.is_some() {
            let message = "has no use without encryption; reach the system by https".to_owned();
            return Err(("client-certificate", message));
        }
        let way = |origin: &Origin, grant: &Grant| {
            let tls = match (origin.scheme(), between) {
                (Scheme::Http, _) | (_, Between::Transport(_)) => None,
                (Scheme::Https, _) => Some(tls::client_config(grant)?),
            };
            let allowed = grant.allow_private.clone();
            Ok::<Way, (&'static str, String)>(Way::new(
                origin.clone(),
                origins.share(origin),
                allowed,
                tls,
                proxy.clone(),
                between.clone(),
            ))
        };
        let keyring = match &grant.credential {
            Some(credential) => {
                let to_tokens = |origin: &Origin| {
                    // Another system than the one that was meant is not shown the certificate.
                    let mut grant = grant.clone();
                    if *origin != grant.origin {
                        grant.client_certificate = None;
                    }
                    way(origin, &grant).map_err(|(_, message)| message)
                };
                Some(
                    Keyring::new(credential, to_tokens)
                        .map_err(|message| ("credential", message))?,
                )
            }
            None => None,
        };
        Ok(Reach {
            way: way(&grant.origin, &grant)?,
            keyring,
            grant,
        })
    }
}

/// The same one, not an equal one.
impl PartialEq for Egress {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Egress {}

impl fmt::Debug for Egress {
    /// Shows the origins.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins = self.inner.reach.iter().map(|reach| &reach.grant.origin);
        f.debug_list()
            .entries(origins.map(|origin| format_args!("{origin}").to_string()))
            .finish()
    }
}
