//! Whom to believe: certificates of systems, and those that are shown to them.

use std::sync::Arc;

use provisor_sandbox::egress::{ClientCertificate, Grant, Secret};
use provisor_sandbox::{Egress, EgressConfig};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::fixture::{World, grant};
use crate::server::{Act, Server, always};

/// Somebody who signs certificates.
pub struct Authority {
    pub pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
pub struct Signed {
    der: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Authority {
    pub fn new() -> Self {
        Self::named("the authority")
    }

    fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap();
        Authority {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(parameters, key),
        }
    }

    pub fn sign(&self, name: &str) -> Signed {
        self.sign_with(name, |_| {})
    }

    fn sign_with(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Signed {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut parameters);
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        Signed {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            key,
        }
    }
}

impl Signed {
    /// How a server with this certificate encrypts; with an authority, it wants one from clients.
    pub fn server(&self, clients: Option<&Authority>) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der.clone()).unwrap();
                let roots = Arc::new(roots);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        builder
            .with_single_cert(vec![self.der.clone()], key)
            .unwrap()
    }

    fn shown(&self) -> ClientCertificate {
        ClientCertificate {
            chain: self.pem.clone(),
            key: Secret::new(self.key.serialize_pem()),
        }
    }
}

fn url(port: u16) -> String {
    format!("https://system.example:{port}/")
}

fn believing(port: u16, authority: &Authority) -> Grant {
    let mut grant = grant(&url(port));
    grant.authorities = Some(authority.pem.clone());
    grant
}

/// What both a GET and a POST to a server with this certificate end in.
async fn told(world: &World, config: ServerConfig, grant: impl Fn(u16) -> Grant) -> [String; 2] {
    let server = Server::encrypted(config, always(200, &[], "hello")).await;
    let egress = world.egress([grant(server.port())]);
    let get = world.get(&egress, &url(server.port())).await.unwrap();
    let post = world.post(&egress, &url(server.port())).await.unwrap();
    [get, post]
}

#[tokio::test]
async fn a_system_with_a_certificate_from_a_named_authority_is_believed() {
    let world = World::open().await;
    let authority = Authority::new();
    let config = authority.sign("system.example").server(None);
    let answers = told(&world, config, |port| believing(port, &authority)).await;
    assert!(
        answers.iter().all(|told| told.starts_with("200: ")),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_system_is_not_believed_and_nothing_is_sent_when_its_certificate_is_wrong() {
    let world = World::open().await;
    let authority = Authority::new();
    let expired = authority.sign_with("system.example", |parameters| {
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(2020, 2, 1);
    });
    let early = authority.sign_with("system.example", |parameters| {
        parameters.not_before = date_time_ymd(2990, 1, 1);
        parameters.not_after = date_time_ymd(2991, 1, 1);
    });
    for (signed, words) in [
        (
            Authority::new().sign("system.example"),
            "give `authorities`",
        ),
        (
            Authority::named("another one").sign("system.example"),
            "give `authorities`",
        ),
        (expired, "has expired"),
        (early, "is not valid yet"),
        (authority.sign("other.example"), "bears another name"),
    ] {
        let answers = told(&world, signed.server(None), |port| {
            believing(port, &authority)
        })
        .await;
        for told in answers {
            assert!(told.starts_with("Unavailable: "), "{told}");
            assert!(
                told.contains(words) && told.contains("system.example"),
                "{told}"
            );
        }
    }
}

#[tokio::test]
async fn a_named_authority_is_no_authority_for_other_grants() {
    let world = World::open().await;
    let authority = Authority::new();
    let config = authority.sign("system.example").server(None);
    let server = Server::encrypted(config, always(200, &[], "")).await;
    let egress = world.egress([grant(&url(server.port()))]);
    let told = world.get(&egress, &url(server.port())).await.unwrap();
    assert!(
        told.contains("is not signed by a known authority"),
        "{told}"
    );
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_system_that_wants_a_certificate_gets_it_until_the_grant_has_none() {
    let world = World::open().await;
    let authority = Authority::new();
    let client = authority.sign_with("provisor", |parameters| {
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let config = authority.sign("system.example").server(Some(&authority));
    let server = Server::encrypted(config, always(200, &[], "")).await;
    let url = url(server.port());
    let mut showing = believing(server.port(), &authority);
    showing.client_certificate = Some(client.shown());
    let egress = world.egress([showing.clone()]);
    let told = world.post(&egress, &url).await.unwrap();
    assert!(told.starts_with("200: "), "{told}");

    showing.client_certificate = None;
    let egress = world.egress([showing.clone()]);
    let told = world.post(&egress, &url).await.unwrap();
    assert!(told.starts_with("Unavailable: "), "{told}");
    assert!(told.contains("`client-certificate`"), "{told}");

    for other in [Authority::new(), Authority::named("another one")] {
        showing.client_certificate = Some(other.sign("provisor").shown());
        let egress = world.egress([showing.clone()]);
        let told = world.post(&egress, &url).await.unwrap();
        assert!(told.starts_with("Unavailable: "), "{told}");
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_encrypted_connection_that_is_cut_leaves_a_change_ambiguous() {
    let world = World::open().await;
    let authority = Authority::new();
    let config = authority.sign("system.example").server(None);
    let server = Server::encrypted(config, |_| Act::Close).await;
    let egress = world.egress([believing(server.port(), &authority)]);
    let told = world.post(&egress, &url(server.port())).await.unwrap();
    assert!(told.starts_with("Ambiguous: "), "{told}");
    let told = world.get(&egress, &url(server.port())).await.unwrap();
    assert!(told.starts_with("Unavailable: "), "{told}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_unavailable() {
    let world = World::open().await;
    let authority = Authority::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
    });
    let egress = world.egress([believing(port, &authority)]);
    let told = world.post(&egress, &url(port)).await.unwrap();
    assert!(told.starts_with("Unavailable: "), "{told}");
}

#[tokio::test]
async fn certificates_that_are_none_are_refused_at_once_and_a_key_is_never_shown() {
    let world = World::open().await;
    let authority = Authority::new();
    let signed = authority.sign("provisor");
    let refused = |change: &dyn Fn(&mut Grant)| {
        let mut grant = grant("https://system.example");
        change(&mut grant);
        let config = EgressConfig {
            reach: vec![grant],
            ..EgressConfig::default()
        };
        Egress::new(config, &world.origins).unwrap_err()
    };
    let error = refused(&|grant| grant.authorities = Some("none".to_owned()));
    assert_eq!(error.field, "authorities");
    let error = refused(&|grant| grant.authorities = Some(String::new()));
    assert_eq!(error.field, "authorities");
    let error = refused(&|grant| {
        let mut shown = signed.shown();
        shown.key = Secret::new("hunter2");
        grant.client_certificate = Some(shown);
    });
    assert_eq!(error.field, "client-certificate");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    let error = refused(&|grant| {
        let mut shown = signed.shown();
        shown.chain = "none".to_owned();
        grant.client_certificate = Some(shown);
    });
    assert_eq!(error.field, "client-certificate");
    let error = refused(&|grant| {
        grant.origin = provisor_sandbox::egress::Origin::parse("http://system.example").unwrap();
        grant.client_certificate = Some(signed.shown());
    });
    assert_eq!(error.field, "client-certificate");
}
