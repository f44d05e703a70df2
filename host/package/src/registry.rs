//! Pulling from a registry, by digest and never by tag: what a tag names, its owner can change.
//!
//! The registry is believed as little as a file is: the manifest must have the digest that was asked for, and
//! what it names is checked as in a layout. The client is asked for a manifest as a whole, so the time that a
//! pull may take is what limits a registry that does not come to an end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use provisor_model::Digest;
use tokio::io::AsyncWrite;

use crate::oci::{LONGEST_DOCUMENT, OciError, Package, documents};

/// How long a pull may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long a registry may be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// How a registry is spoken to.
#[derive(Clone, Default)]
pub struct Access {
    /// Without encryption, for a registry on the same machine.
    pub plain_http: bool,
    /// A user and a password or token. Default: nobody in particular.
    pub login: Option<(String, String)>,
}

/// The password stays out.
impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("plain_http", &self.plain_http)
            .field("user", &self.login.as_ref().map(|(user, _)| user))
            .finish()
    }
}

/// Why nothing was pulled.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It does not say where, or not exactly what.
    #[error(
        "{0:?} does not name a component in a registry; write REGISTRY/NAME@sha256: and 64 \
         hexadecimal digits. A tag is not enough: what it names can change"
    )]
    Reference(String),
    /// The registry refuses, or does not answer.
    #[error("the registry {registry} does not give it: {problem}")]
    Registry {
        /// Which registry.
        registry: String,
        /// What it says.
        problem: String,
        /// Whether it may later.
        retryable: bool,
    },
    /// It takes too long.
    #[error("the registry {registry} did not come to an end within {} seconds", PATIENCE.as_secs())]
    Patience {
        /// Which registry.
        registry: String,
    },
    /// What came is not what was asked for, or no component.
    #[error("what the registry gave is refused: {0}")]
    Refused(#[from] OciError),
}

impl RegistryError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            RegistryError::Reference(_) => "registry-reference",
            RegistryError::Registry { .. } => "registry",
            RegistryError::Patience { .. } => "registry-patience",
            RegistryError::Refused(error) => error.code(),
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        match self {
            RegistryError::Registry { retryable, .. } => *retryable,
            RegistryError::Patience { .. } => true,
            RegistryError::Reference(_) | RegistryError::Refused(_) => false,
        }
    }
}

/// Pulls a component of at most `most` bytes; `reference` is `REGISTRY/NAME@sha256:…` with the digest of
/// the manifest.
pub async fn pull(reference: &str, access: &Access, most: u64) -> Result<Package, RegistryError> {
    let not_one = || RegistryError::Reference(reference.chars().take(200).collect());
    let parsed: Reference = reference.parse().map_err(|_| not_one())?;
    let digest: Digest = parsed
        .digest()
        .and_then(|digest| digest.strip_prefix("sha256:"))
        .and_then(|digest| digest.parse().ok())
        .ok_or_else(not_one)?;
    // Whoever embeds this may have chosen one already.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let work = pull_from(&parsed, digest, access, most);
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(pulled) => pulled,
        Err(_) => Err(RegistryError::Patience {
            registry: parsed.registry().to_owned(),
        }),
    }
}

async fn pull_from(
    reference: &Reference,
    digest: Digest,
    access: &Access,
    most: u64,
) -> Result<Package, RegistryError> {
    let client = Client::new(ClientConfig {
        protocol: match access.plain_http {
            true => ClientProtocol::Http,
            false => ClientProtocol::Https,
        },
        read_timeout: Some(SILENCE),
        connect_timeout: Some(SILENCE),
        ..ClientConfig::default()
    });
    let login = match &access.login {
        Some((user, password)) => RegistryAuth::Basic(user.clone(), password.clone()),
        None => RegistryAuth::Anonymous,
    };
    let failed = |error: OciDistributionError| RegistryError::Registry {
        registry: reference.registry().to_owned(),
        retryable: is_passing(&error),
        problem: error.to_string(),
    };
    let (bytes, _) = client
        .pull_manifest_raw(reference, &login, &[documents::MANIFEST])
        .await
        .map_err(failed)?;
    documents::Descriptor::named(digest, &bytes).check(&bytes, "manifest")?;
    let manifest = documents::Manifest::parse(&bytes)?;
    let mut blobs = Vec::new();
    for (descriptor, part, most) in [
        (&manifest.config, "config", LONGEST_DOCUMENT),
        (&manifest.layer, "component", most),
    ] {
        descriptor.check_size(part, most)?;
        let mut blob = Bounded {
            bytes: Vec::new(),
            most: descriptor.size,
        };
        let asked = OciDescriptor {
            digest: format!("sha256:{}", descriptor.digest),
            ..OciDescriptor::default()
        };
        client
            .pull_blob(reference, &asked, &mut blob)
            .await
            .map_err(failed)?;
        descriptor.check(&blob.bytes, part)?;
        blobs.push(blob.bytes);
    }
    let component = blobs.pop().unwrap_or_default();
    let config = blobs.pop().unwrap_or_default();
    Ok(manifest.into_package(digest, &config, component)?)
}

/// Whether an error of the registry may be over later.
fn is_passing(error: &OciDistributionError) -> bool {
    match error {
        OciDistributionError::RequestError(error) => error.is_timeout() || error.is_connect(),
        OciDistributionError::ServerError { code, .. } => *code == 429 || *code >= 500,
        _ => false,
    }
}

/// Takes as many bytes as were announced, and not one more.
struct Bounded {
    bytes: Vec<u8>,
    most: u64,
}

impl AsyncWrite for Bounded {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        if (this.bytes.len() + bytes.len()) as u64 > this.most {
            let problem = format!(
                "it sends more than the {} bytes that it announced",
                this.most
            );
            return Poll::Ready(Err(std::io::Error::other(problem)));
        }
        this.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
