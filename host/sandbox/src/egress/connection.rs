//! Connections: made to an address that was checked, kept as long as both sides like.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::address;
use super::authority::{Host, Origin};
use super::limits::EgressLimits;
use super::origins::Origins;
use super::proxy::ProxyWay;
use super::rate::Share;
use super::refusal::Refusal;
use super::tls;
use super::transport::Between;

/// How long a connection is kept without a request. Servers close theirs after a minute or later.
const IDLE: Duration = Duration::from_secs(30);

/// How long a connection that was just used may take to be ready again.
const SETTLE: Duration = Duration::from_millis(100);

/// Addresses of one name that are tried.
const TRIED: usize = 8;

/// The smallest buffer that hyper takes.
const SMALLEST_BUFFER: usize = 8192;

/// What requests go into.
pub(crate) type Sender = SendRequest<Full<Bytes>>;

/// What a connection is made of, encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The way to one origin: what it takes to connect to it, and the connections that are kept.
pub(crate) struct Way {
    pub origin: Origin,
    pub share: Arc<Share>,
    pub allow_private: Vec<IpNet>,
    /// Always there for `https`, unless a transport plays the system.
    pub tls: Option<Arc<ClientConfig>>,
    pub proxy: Option<Arc<ProxyWay>>,
    /// What requests meet.
    pub between: Between,
    kept: Mutex<Vec<(Sender, Instant)>>,
}

impl EgressLimits {
    /// How HTTP is spoken.
    pub(crate) fn http(&self) -> Builder {
        let mut builder = Builder::new();
        builder
            .max_headers(self.fields())
            .max_buf_size(self.header_bytes.max(SMALLEST_BUFFER));
        builder
    }
}

impl Way {
    pub fn new(
        origin: Origin,
        share: Arc<Share>,
        allow_private: Vec<IpNet>,
        tls: Option<Arc<ClientConfig>>,
        proxy: Option<Arc<ProxyWay>>,
        between: Between,
    ) -> Self {
        Way {
            origin,
            share,
            allow_private,
            tls,
            proxy,
            between,
            kept: Mutex::default(),
        }
    }

    /// A connection that was kept and still stands.
    pub async fn kept(&self) -> Option<Sender> {
        loop {
            let (mut sender, since) = {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.pop()?
            };
            if since.elapsed() < IDLE
                && let Ok(Ok(())) = timeout(SETTLE, sender.ready()).await
            {
                return Some(sender);
            }
        }
    }

    /// Keeps a connection for the next request.
    pub fn keep(&self, sender: Sender, limits: &EgressLimits) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(sender, since)| !sender.is_closed() && since.elapsed() < IDLE);
        if kept.len() < limits.parallel.get() as usize {
            kept.push((sender, Instant::now()));
        }
    }

    /// Makes a connection.
    ///
    /// # Errors
    /// When the origin has no address that may be connected to, or does not answer in time. Nothing
    /// was sent then.
    pub async fn connect(
        &self,
        origins: &Origins,
        limits: &EgressLimits,
        deadline: Instant,
    ) -> Result<Sender, Refusal> {
        let connected = Instant::now().checked_add(limits.connect_time);
        let until = connected.map_or(deadline, |until| until.min(deadline));
        match timeout_at(until, self.dial(origins, limits, until)).await {
            Ok(connected) => connected,
            Err(_) => Err(Refusal::unavailable(format!(
                "{} could not be reached within the limit of connect time",
                self.origin
            ))),
        }
    }

    async fn dial(
        &self,
        origins: &Origins,
        limits: &EgressLimits,
        until: Instant,
    ) -> Result<Sender, Refusal> {
        let origin = &self.origin;
        let stream = match &self.proxy {
            None => open(origin, self.addresses(origins).await?, until).await?,
            Some(proxy) => {
                // The proxy resolves names; what is an address already can be checked all the same.
                if let Host::Address(_) = origin.host() {
                    self.addresses(origins).await?;
                }
                // Where the proxy is was said by whoever configured it, and not by a component.
                let addresses = resolve(origins, &proxy.origin).await?;
                let stream = open(&proxy.origin, addresses, until).await?;
                match &self.tls {
                    Some(_) => proxy.tunnel(stream, origin, limits).await?,
                    None => stream,
                }
            }
        };
        let stream = match &self.tls {
            Some(config) => self.encrypt(stream, config).await?,
            None => stream,
        };
        let (sender, connection) = limits
            .http()
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Refusal::unavailable(format!("{origin} broke off: {error}")))?;
        // It ends with its sender, or when the other side closes it; the request that it breaks
        // under tells.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// The addresses that may be connected to. There is no other place where a name becomes an
    /// address, and nobody asks for the name again afterwards.
    async fn addresses(&self, origins: &Origins) -> Result<Vec<IpAddr>, Refusal> {
        let found = resolve(origins, &self.origin).await?;
        address::admit(found, &self.allow_private).map_err(|refused| match refused {
            Some((address, purpose)) => Refusal::Denied(format!(
                "{} leads to {address}, which is {purpose}; if that is where it should lead, add \
                 allow-private = [\"{}\"] to its reach",
                self.origin,
                IpNet::from(address)
            )),
            None => Refusal::unavailable(format!("there is no address for {}", self.origin)),
        })
    }

    async fn encrypt(
        &self,
        stream: Box<dyn Stream>,
        config: &Arc<ClientConfig>,
    ) -> Result<Box<dyn Stream>, Refusal> {
        let origin = &self.origin;
        let name = tls::server_name(origin).ok_or_else(|| {
            Refusal::unavailable(format!(
                "{origin} has no name that a certificate could bear"
            ))
        })?;
        match TlsConnector::from(Arc::clone(config))
            .connect(name, stream)
            .await
        {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(Refusal::unavailable(
                tls::explain(origin, &error)
                    .unwrap_or_else(|| format!("{origin} broke off while TLS began: {error}")),
            )),
        }
    }
}

async fn resolve(origins: &Origins, origin: &Origin) -> Result<Vec<IpAddr>, Refusal> {
    match origin.host() {
        Host::Address(address) => Ok(vec![*address]),
        Host::Name(name) => origins.resolver().resolve(name).await.map_err(|error| {
            Refusal::unavailable(format!("the address of {origin} cannot be found: {error}"))
        }),
    }
}

async fn open(
    origin: &Origin,
    addresses: Vec<IpAddr>,
    until: Instant,
) -> Result<Box<dyn Stream>, Refusal> {
    let number = addresses.len().min(TRIED);
    let mut last = None;
    for (tried, address) in addresses.into_iter().take(number).enumerate() {
        // One that does not answer leaves time for those after it.
        let left = until.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(number - tried).unwrap_or(1);
        let address = SocketAddr::new(address, origin.port());
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are written in one piece; what a socket is reluctant to do only delays.
                let _delayed = stream.set_nodelay(true);
                return Ok(Box::new(stream));
            }
            Ok(Err(error)) => last = Some(error.to_string()),
            Err(_) => last = Some(format!("{address} does not answer")),
        }
    }
    let why = last.unwrap_or_else(|| "it has no address".to_owned());
    Err(Refusal::unavailable(format!(
        "{origin} cannot be reached: {why}"
    )))
}
