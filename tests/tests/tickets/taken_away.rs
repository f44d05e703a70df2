//! What the work with tickets needs is taken away in the middle of it and given back: whoever asks
//! for the ticket is told exactly what is missing, and the operation goes on when it is back.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use provisor::model::{OperationState, TicketState};
use provisor_simulated::Action;
use provisor_tests::world::{Fixture, will};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::desk::Desk;
use super::systems::{self, System};

/// One test for each system and thing.
macro_rules! of_each_system {
    ($($name:ident => $system:ident;)*) => {$(
        mod $name {
            use super::{credential_taken_away, grant_taken_away, network_taken_away, systems};

            #[tokio::test]
            async fn a_grant_that_is_taken_away_is_named_and_the_work_goes_on_with_it() {
                grant_taken_away(&systems::$system).await;
            }

            #[tokio::test]
            async fn a_wrong_password_is_told_and_the_work_goes_on_with_the_right_one() {
                credential_taken_away(&systems::$system).await;
            }

            #[tokio::test]
            async fn a_system_that_nobody_reaches_is_told_and_the_work_goes_on_when_it_is_back() {
                network_taken_away(&systems::$system).await;
            }
        }
    )*};
}

of_each_system! {
    jira_cloud => JIRA_CLOUD;
    jira_data_center => JIRA_DATA_CENTER;
    remedy => REMEDY;
    request_tracker => REQUEST_TRACKER;
    service_manager => SERVICE_MANAGER;
    servicenow => SERVICENOW;
}

/// Minutes after which whatever failed a few times was tried again.
const A_WHILE: u64 = 30;

/// Somebody wants an account while something is missing: nothing is made.
async fn cannot_be_made(desk: &Desk, words: &[&str]) {
    desk.world.requests(will()).await;
    desk.runs().await;
    told(desk, words);
    assert_eq!(desk.state(), TicketState::Creating);
    assert_eq!(desk.world.last().state, OperationState::Opening);
    assert!(desk.seen().is_empty());
}

/// The open ticket is looked at while something is missing: nothing is guessed.
async fn cannot_be_looked_at(desk: &Desk, words: &[&str]) {
    desk.noticed().await;
    told(desk, words);
    assert_eq!(desk.state(), TicketState::Open);
    assert_eq!(desk.world.last().state, OperationState::Open);
}

/// What is missing stands in the ticket.
fn told(desk: &Desk, words: &[&str]) {
    let problem = desk.ticket().problem.expect("something is missing");
    for word in words {
        assert!(problem.contains(word), "{word:?} is not in: {problem}");
    }
}

/// What was missing is back: the ticket is made, once.
async fn is_made(desk: &Desk) {
    desk.minutes(A_WHILE).await;
    let ticket = desk.ticket();
    assert_eq!(ticket.state, TicketState::Open, "{ticket:#?}");
    assert_eq!(
        (ticket.problem.as_deref(), ticket.name()),
        (None, &*desk.only().number)
    );
    assert_eq!(desk.world.last().state, OperationState::Open);
}

/// What was missing is back: people do their work, and that is noticed.
async fn is_done(desk: &Desk) {
    let note = "as it should be".to_owned();
    let number = desk.only().number;
    desk.server
        .act(&number, &Action::Resolve { note })
        .expect("it is done");
    desk.minutes(A_WHILE).await;
    assert_eq!(desk.ticket().problem, None);
    assert!(desk.world.account("will").current_exists);
    assert!(desk.world.last().finished);
    assert_eq!(desk.seen().len(), 1);
}

async fn grant_taken_away(system: &'static System) {
    let mut desk = Desk::open(system, Fixture::m()).await;
    let granted = format!("origin = {:?}", desk.server.url());
    let other = "origin = \"http://127.0.0.1:9\"";
    let words = [
        &*format!("{} is not granted", desk.server.url()),
        "add a reach with origin",
    ];
    desk.reconfigured(&granted, other).await;
    cannot_be_made(&desk, &words).await;
    assert!(desk.server.simulator().record().is_empty());
    desk.reconfigured(other, &granted).await;
    is_made(&desk).await;
    desk.reconfigured(&granted, other).await;
    cannot_be_looked_at(&desk, &words).await;
    desk.reconfigured(other, &granted).await;
    is_done(&desk).await;
}

async fn credential_taken_away(system: &'static System) {
    let mut desk = Desk::open(system, Fixture::m()).await;
    // Where there is a login it says so itself; elsewhere the answer to the request does.
    let words: &[&str] = match system.kept.component {
        "remedy" => &["no token for these credentials", "correct the credential"],
        "service-manager" => &["Not Authorized", "look at the user and password"],
        _ => &["401", "credential"],
    };
    desk.given("token", "token wrong").await;
    desk.given("password", "wrong").await;
    cannot_be_made(&desk, words).await;
    desk.given("token", "token secret").await;
    desk.given("password", "secret").await;
    is_made(&desk).await;
    desk.given("token", "token wrong").await;
    desk.given("password", "wrong").await;
    cannot_be_looked_at(&desk, words).await;
    desk.given("token", "token secret").await;
    desk.given("password", "secret").await;
    is_done(&desk).await;
}

async fn network_taken_away(system: &'static System) {
    let mut desk = Desk::open(system, Fixture::m()).await;
    let words = [&*format!("{} cannot be reached", desk.server.url())];
    desk.server.stop().await;
    cannot_be_made(&desk, &words).await;
    desk.server.start_again().await.expect("its port is free");
    is_made(&desk).await;
    desk.server.stop().await;
    cannot_be_looked_at(&desk, &words).await;
    desk.server.start_again().await.expect("its port is free");
    is_done(&desk).await;
}

/// Whoever signs certificates: its own one, and one for this machine with how a server shows it.
fn authority() -> (String, ServerConfig) {
    let key = KeyPair::generate().expect("a key");
    let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own = parameters.self_signed(&key).expect("a certificate");
    let issuer = Issuer::new(parameters, key);
    let key = KeyPair::generate().expect("a key");
    let signed = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .and_then(|parameters| parameters.signed_by(&key, &issuer))
        .expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![signed.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .expect("they belong together");
    (own.pem(), config)
}

/// Speaks TLS for a server that does not, until it is dropped.
struct Front {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Front {
    async fn of(server: SocketAddr, config: ServerConfig) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    // A client that does not believe the certificate hangs up.
                    if let Ok(mut inner) = acceptor.accept(stream).await {
                        let mut outer = TcpStream::connect(server).await.expect("it is there");
                        let _ended = copy_bidirectional(&mut inner, &mut outer).await;
                    }
                });
            }
        });
        Front { address, task }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn an_authority_that_is_taken_away_is_told_and_the_work_goes_on_when_it_is_back() {
    let mut desk = Desk::open(&systems::SERVICENOW, Fixture::m()).await;
    let (right, config) = authority();
    let (other, _) = authority();
    let front = Front::of(desk.server.address(), config).await;
    let url = format!("https://{}", front.address);
    std::fs::write(desk.world.folder.path().join("ca.pem"), &other).expect("written");
    desk.reconfigured("allow-private", "authorities = \"ca.pem\"\nallow-private")
        .await;
    desk.reconfigured(&desk.server.url(), &url).await;
    let words = [
        &*format!("the certificate of {url} is not signed by a known authority"),
        "give `authorities`",
    ];
    cannot_be_made(&desk, &words).await;
    assert!(desk.server.simulator().record().is_empty());
    desk.given("ca.pem", &right).await;
    is_made(&desk).await;
    desk.given("ca.pem", &other).await;
    cannot_be_looked_at(&desk, &words).await;
    desk.given("ca.pem", &right).await;
    is_done(&desk).await;
}
