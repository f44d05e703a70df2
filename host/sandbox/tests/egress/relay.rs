//! What stands between a component and real systems.

use std::sync::{Arc, Mutex};

use provisor_sandbox::egress::{Answered, Credential, Grant, Outcome, Relay, Secret, Sent};
use provisor_sandbox::{CallErrorKind, Egress, EgressConfig};

use crate::fixture::{World, system, url};
use crate::server::{Act, Server, always, answer};

/// Answers instead of the system, or hands on something else; keeps what it saw.
#[derive(Default)]
struct Between {
    instead: Option<Outcome>,
    handed_on: Option<Outcome>,
    asked: Mutex<Vec<Sent>>,
    arrived: Mutex<Vec<Outcome>>,
}

impl Relay for Between {
    fn instead(&self, request: &Sent) -> Option<Outcome> {
        self.asked.lock().unwrap().push(request.clone());
        self.instead.clone()
    }

    fn arrived(&self, _request: &Sent, outcome: Outcome) -> Outcome {
        self.arrived.lock().unwrap().push(outcome.clone());
        self.handed_on.clone().unwrap_or(outcome)
    }
}

fn egress(world: &World, grant: Grant, between: &Arc<Between>) -> Egress {
    let config = EgressConfig {
        reach: vec![grant],
        ..EgressConfig::default()
    };
    Egress::relayed(config, &world.origins, between.clone()).unwrap()
}

#[tokio::test]
async fn what_is_passed_on_arrives_with_its_credentials_and_is_seen_as_the_component_sees_it() {
    let world = World::open().await;
    let fields = &[("x-a", "1"), ("set-cookie", "session=7")];
    let server = Server::start(always(200, fields, "some words")).await;
    let between = Arc::new(Between::default());
    let mut grant = system(server.port());
    grant.credential = Some(Credential::Bearer {
        token: Secret::new("hunter2"),
    });
    let egress = egress(&world, grant, &between);
    let told = world.get(&egress, &url(server.port(), "/a")).await.unwrap();
    assert!(told.ends_with("some words"), "{told}");
    assert_eq!(server.seen()[0].fields("authorization"), ["Bearer hunter2"]);
    let arrived = between.arrived.lock().unwrap();
    let [Outcome::Answer(answered)] = &arrived[..] else {
        panic!("{arrived:?}");
    };
    assert_eq!(
        (answered.status, &*answered.body),
        (200, &b"some words"[..])
    );
    let names: Vec<&str> = answered
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["content-length", "x-a"]);
}

#[tokio::test]
async fn what_is_answered_instead_is_not_sent() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "from the system")).await;
    let instead = Answered {
        status: 503,
        body: b"from between".to_vec(),
        ..Answered::default()
    };
    let between = Arc::new(Between {
        instead: Some(Outcome::Answer(instead)),
        ..Between::default()
    });
    let egress = egress(&world, system(server.port()), &between);
    let told = world.post(&egress, &url(server.port(), "/")).await.unwrap();
    assert!(
        told.starts_with("503") && told.ends_with("from between"),
        "{told}"
    );
    assert!(server.seen().is_empty());
    assert_eq!(between.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_withheld_leaves_open_what_became_of_the_request() {
    let world = World::open().await;
    let server = Server::start(always(201, &[], "made")).await;
    let between = Arc::new(Between {
        handed_on: Some(Outcome::Lost),
        ..Between::default()
    });
    let egress = egress(&world, system(server.port()), &between);
    let told = world.post(&egress, &url(server.port(), "/")).await.unwrap();
    assert!(told.starts_with("Ambiguous"), "{told}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_is_told_to_both() {
    let world = World::open().await;
    let broken = Server::start(|seen| match seen.line().starts_with("GET") {
        true => Act::Close,
        false => Act::Answer(answer(200, &[], "")),
    })
    .await;
    let between = Arc::new(Between::default());
    let egress = egress(&world, system(broken.port()), &between);
    let told = world.get(&egress, &url(broken.port(), "/")).await.unwrap();
    assert!(told.starts_with("Unavailable"), "{told}");
    assert_eq!(*between.arrived.lock().unwrap(), [Outcome::Lost]);
}

#[tokio::test]
async fn an_address_that_is_not_granted_stays_closed_whatever_is_handed_on() {
    let world = World::open().await;
    let server = Server::start(always(200, &[], "private")).await;
    let between = Arc::new(Between {
        handed_on: Some(Outcome::Answer(Answered {
            status: 200,
            ..Answered::default()
        })),
        ..Between::default()
    });
    let mut grant = system(server.port());
    grant.allow_private.clear();
    let egress = egress(&world, grant, &between);
    let error = world.get(&egress, &url(server.port(), "/")).await;
    let error = error.unwrap_err();
    assert!(matches!(error.kind, CallErrorKind::Denied(_)), "{error}");
    assert!(server.seen().is_empty());
    let arrived = between.arrived.lock().unwrap();
    assert!(matches!(&arrived[..], [Outcome::Unreachable(why)] if why.contains("allow-private")));
}
