//! Encryption: whom to believe, what to show, and what went wrong in words.

use std::error::Error;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::authority::{Host, Origin};
use super::grant::Grant;

/// How connections of a grant are encrypted.
///
/// # Errors
/// Which field of the grant is wrong, and how.
pub(crate) fn client_config(grant: &Grant) -> Result<Arc<ClientConfig>, (&'static str, String)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let wrong = |error: rustls::Error| ("authorities", format!("cannot be used: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    let builder = match &grant.authorities {
        Some(pem) => builder.with_root_certificates(authorities(pem)?),
        None => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::new(provider).map_err(wrong)?)),
    };
    let mut config = match &grant.client_certificate {
        None => builder.with_no_client_auth(),
        Some(certificate) => {
            const FIELD: &str = "client-certificate";
            let chain = certificates(&certificate.chain).map_err(|what| (FIELD, what))?;
            // The error of the parser might repeat the key.
            let key = PrivateKeyDer::from_pem_slice(certificate.key.reveal().as_bytes()).map_err(
                |_| {
                    (
                        FIELD,
                        "has a key that is no PEM of a private key".to_owned(),
                    )
                },
            )?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| (FIELD, format!("cannot be used: {error}")))?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn authorities(pem: &str) -> Result<RootCertStore, (&'static str, String)> {
    const FIELD: &str = "authorities";
    let mut store = RootCertStore::empty();
    for certificate in certificates(pem).map_err(|what| (FIELD, what))? {
        store
            .add(certificate)
            .map_err(|error| (FIELD, format!("has a certificate that is none: {error}")))?;
    }
    Ok(store)
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(
            "should be certificates as PEM, each from -----BEGIN CERTIFICATE----- to its end"
                .to_owned(),
        ),
    }
}

/// The name that the certificate must bear.
pub(crate) fn server_name(origin: &Origin) -> Option<ServerName<'static>> {
    match origin.host() {
        Host::Name(name) => ServerName::try_from(name.clone()).ok(),
        Host::Address(address) => Some(ServerName::from(*address)),
    }
}

/// What is wrong between the two sides, if an error is about that, and what to do about it.
pub(crate) fn explain(origin: &Origin, error: &(dyn Error + 'static)) -> Option<String> {
    use CertificateError as Bad;
    let theirs = |what: &str| Some(format!("the certificate of {origin} {what}"));
    match cause(error)? {
        rustls::Error::InvalidCertificate(bad) => match bad {
            // An authority of the same name with another key is another one.
            Bad::UnknownIssuer | Bad::BadSignature => theirs(
                "is not signed by a known authority; if it is the right one, give `authorities`",
            ),
            Bad::Expired | Bad::ExpiredContext { .. } => {
                theirs("has expired; whoever runs the system must renew it")
            }
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                theirs("is not valid yet; compare the clocks of both machines")
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                theirs("bears another name; reach the system by the name in its certificate")
            }
            Bad::Revoked => theirs("was revoked"),
            other => theirs(&format!("is not accepted ({other:?})")),
        },
        rustls::Error::AlertReceived(alert) if is_about_ours(*alert) => Some(format!(
            "{origin} does not accept the certificate that is shown to it, or wants one; give a \
             valid `client-certificate`"
        )),
        other => Some(format!(
            "{origin} and this host cannot agree on TLS: {other}"
        )),
    }
}

/// Whether an error says that the other side broke off because of the certificate that it was, or
/// was not, shown. It has not looked at a request then.
pub(crate) fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    matches!(cause(error), Some(rustls::Error::AlertReceived(alert)) if is_about_ours(*alert))
}

fn is_about_ours(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError
            | Alert::NoCertificate
    )
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // An error of I/O hides what it was made of from `source`.
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Some(found);
        }
        next = error.source();
    }
    None
}
