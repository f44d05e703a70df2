//! The system behind golden ticketing components.

use std::sync::{Arc, Mutex};

use provisor::sandbox::egress::{
    Answered, Credential, Grant, Origin, Outcome, Secret, Sent, Transport,
};
use provisor::sandbox::{Egress, EgressConfig, Origins};
use provisor_simulated::{Reply, Request, Simulator, Slips};

const TOKEN: &str = "golden-token";

/// When everything happens, in seconds since 1970.
const NOW: i64 = 1_772_442_000;

struct Office(Mutex<Simulator<Slips>>);

impl Transport for Office {
    fn exchange(&self, sent: &Sent) -> Outcome {
        let body = sent.body.to_vec();
        let request = Request::new(&sent.method, sent.target(), sent.headers.clone(), body, NOW);
        match self.0.lock().expect("nobody panicked").serve(&request) {
            Reply::Answer(answer) => Outcome::Answer(Answered {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            }),
            fault => panic!("nothing was to go wrong: {fault:?}"),
        }
    }
}

/// The way to an office that keeps slips, at the origin that is granted.
pub fn office(origin: &str) -> Egress {
    let mut grant = Grant::new(Origin::parse(origin).expect("an origin"));
    grant.credential = Some(Credential::Bearer {
        token: Secret::new(TOKEN),
    });
    let config = EgressConfig {
        reach: vec![grant],
        ..EgressConfig::default()
    };
    let slips = Simulator::new(Box::new(Slips::new(TOKEN)));
    let office = Office(Mutex::new(slips));
    let origins = Origins::new().expect("a thread for requests");
    Egress::over(config, &origins, Arc::new(office)).expect("a grant that works")
}
