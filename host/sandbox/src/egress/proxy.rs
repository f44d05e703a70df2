//! The way to a system by way of an HTTP proxy.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use zeroize::Zeroizing;

use super::authority::{Origin, Scheme};
use super::connection::Stream;
use super::limits::EgressLimits;
use super::refusal::Refusal;
use super::secret::Secret;

/// An HTTP proxy. Requests to `http` go through it in absolute form, those to `https` through a
/// tunnel (`CONNECT`) that only the system at its end can look into.
///
/// With a proxy it is the proxy that resolves names: the host checks the destination by the grant,
/// and its address only where the URL itself is an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is, such as `http://proxy.example:3128`. Its address may be a private one.
    pub url: String,
    /// The user, where the proxy wants one; without a colon.
    pub username: Option<String>,
    /// The password of the user.
    pub password: Option<Secret>,
}

/// A proxy that was read.
pub(crate) struct ProxyWay {
    pub origin: Origin,
    pub authorization: Option<HeaderValue>,
}

impl ProxyWay {
    /// Reads what the configuration says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(proxy: &Proxy) -> Result<Self, String> {
        let origin = Origin::parse(&proxy.url).map_err(|error| error.to_string())?;
        if origin.scheme() != Scheme::Http {
            return Err(
                "should be reached by http, such as http://proxy.example:3128; what goes through \
                 it to https is encrypted all the same"
                    .to_owned(),
            );
        }
        let authorization = match (&proxy.username, &proxy.password) {
            (Some(username), password) => {
                let password = password.as_ref().map_or("", |password| password.reveal());
                Some(basic(username, password)?)
            }
            (None, Some(_)) => return Err("has a password without a username".to_owned()),
            (None, None) => None,
        };
        Ok(ProxyWay {
            origin,
            authorization,
        })
    }

    /// Has the proxy connect to an origin, and gives what comes out of the tunnel.
    ///
    /// # Errors
    /// When the proxy does not.
    pub async fn tunnel(
        &self,
        stream: Box<dyn Stream>,
        to: &Origin,
        limits: &EgressLimits,
    ) -> Result<Box<dyn Stream>, Refusal> {
        let proxy = &self.origin;
        let broken = |error: hyper::Error| {
            Refusal::unavailable(format!("the proxy {proxy} broke off: {error}"))
        };
        let (mut sender, connection) = limits
            .http()
            .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        tokio::spawn(connection.with_upgrades());
        let authority = format!("{}:{}", to.host(), to.port());
        let mut request = Request::builder()
            .method(Method::CONNECT)
            .uri(&authority)
            .header(HOST, &authority);
        if let Some(authorization) = &self.authorization {
            request = request.header(PROXY_AUTHORIZATION, authorization);
        }
        let request = request.body(Empty::new()).map_err(|error| {
            Refusal::configuration(format!("{to} cannot be asked for: {error}"))
        })?;
        let answer = sender.send_request(request).await.map_err(broken)?;
        match answer.status() {
            status if status.is_success() => {
                let upgraded = hyper::upgrade::on(answer).await.map_err(broken)?;
                Ok(Box::new(TokioIo::new(upgraded)))
            }
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(self.wants_credentials()),
            status => Err(Refusal::unavailable(format!(
                "the proxy {proxy} does not connect to {to}: status {}",
                status.as_u16()
            ))),
        }
    }

    /// It does not accept what it was given.
    pub fn wants_credentials(&self) -> Refusal {
        Refusal::unauthorized(format!(
            "the proxy {} does not accept its username and password, or wants them",
            self.origin
        ))
    }
}

/// The value of a field for HTTP Basic.
///
/// # Errors
/// When the user has a colon in its name.
pub(crate) fn basic(username: &str, password: &str) -> Result<HeaderValue, String> {
    if username.contains(':') {
        return Err("has a username with a colon in it, which HTTP Basic cannot say".to_owned());
    }
    let pair = Zeroizing::new(format!("{username}:{password}"));
    let text = Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).map_err(|_| "cannot be encoded".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}
