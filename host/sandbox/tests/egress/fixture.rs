//! What the tests need: names and the time in their own hands, and a component that sends what it
//! is told.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use provisor_builtin::hostile;
use provisor_model::Timestamp;
use provisor_sandbox::egress::{Clock, Grant, Origin, Resolver, Resolving};
use provisor_sandbox::{
    CacheConfig, Call, CallError, CallReport, Component, Egress, EgressConfig, EgressLimits,
    Finding, Origins, Sandbox, SandboxConfig,
};
use serde_json::{Value, json};

/// Names that lead where the test says: each look-up takes the next answer, the last one stays.
/// For `silent.example` no answer ever comes.
#[derive(Default)]
pub struct Names {
    answers: Mutex<BTreeMap<String, VecDeque<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    pub fn lead(&self, name: &str, answers: &[&[&str]]) {
        let answers = answers
            .iter()
            .map(|answer| answer.iter().map(|it| it.parse().unwrap()).collect())
            .collect();
        self.answers
            .lock()
            .unwrap()
            .insert(name.to_owned(), answers);
    }

    /// The names that were looked up, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolver for Names {
    fn resolve(&self, name: &str) -> Resolving {
        self.asked.lock().unwrap().push(name.to_owned());
        if name == "silent.example" {
            return Box::pin(std::future::pending());
        }
        let mut answers = self.answers.lock().unwrap();
        let found = match answers.get_mut(name) {
            Some(queue) if queue.len() > 1 => queue.pop_front(),
            Some(queue) => queue.front().cloned(),
            None => None,
        };
        let found = found.ok_or_else(|| io::Error::other("no such name"));
        Box::pin(async move { found })
    }
}

/// A clock that goes when the test says so. It begins at 2026-01-01T00:00:00Z.
pub struct Hand(AtomicI64);

impl Hand {
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

pub struct World {
    pub names: Arc<Names>,
    pub hand: Arc<Hand>,
    pub origins: Origins,
    pub component: Component,
}

impl World {
    pub async fn open() -> World {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox");
        let sandbox = Sandbox::new(SandboxConfig {
            cache: Some(CacheConfig {
                directory: folder.join("code"),
                key_file: folder.join("key"),
            }),
            ..SandboxConfig::default()
        })
        .unwrap();
        let names = Arc::new(Names::default());
        // Every name that a test invents and says nothing about.
        for name in ["system.example", "tokens.example", "proxy.example"] {
            names.lead(name, &[&["127.0.0.1"]]);
        }
        let hand = Arc::new(Hand(AtomicI64::new(1_767_225_600_000)));
        World {
            origins: Origins::with(names.clone(), hand.clone()).unwrap(),
            names,
            hand,
            component: sandbox.load(hostile::TICKETING).await.unwrap(),
        }
    }

    pub fn egress(&self, reach: impl IntoIterator<Item = Grant>) -> Egress {
        self.limited(reach, EgressLimits::default())
    }

    pub fn limited(&self, reach: impl IntoIterator<Item = Grant>, limits: EgressLimits) -> Egress {
        let config = EgressConfig {
            reach: reach.into_iter().collect(),
            limits,
            ..EgressConfig::default()
        };
        Egress::new(config, &self.origins).unwrap()
    }

    /// Sends these requests in one call.
    pub async fn ask(
        &self,
        egress: &Egress,
        requests: impl Into<Value>,
    ) -> Result<Vec<Finding>, CallError> {
        self.report(egress, requests).await.0
    }

    /// The same, with what it used.
    pub async fn report(
        &self,
        egress: &Egress,
        requests: impl Into<Value>,
    ) -> (Result<Vec<Finding>, CallError>, CallReport) {
        let call = call(Some(egress), requests);
        let mut run = self
            .component
            .ticketing()
            .unwrap()
            .start(&call)
            .await
            .unwrap();
        let findings = run.check_connection().await;
        (findings, run.report())
    }

    /// Sends one request; what came of it as `SUBJECT: MESSAGE`.
    pub async fn one(&self, egress: &Egress, request: Value) -> Result<String, CallError> {
        let findings = self.ask(egress, vec![request]).await?;
        let [finding] = &findings[..] else {
            panic!("one request, and {} findings", findings.len());
        };
        Ok(format!("{}: {}", finding.subject, finding.message))
    }

    pub async fn get(&self, egress: &Egress, url: &str) -> Result<String, CallError> {
        self.one(egress, json!({ "url": url })).await
    }

    pub async fn post(&self, egress: &Egress, url: &str) -> Result<String, CallError> {
        let request = json!({ "method": "POST", "url": url, "body": "content" });
        self.one(egress, request).await
    }
}

/// A call that sends these requests.
pub fn call(egress: Option<&Egress>, requests: impl Into<Value>) -> Call {
    let mut call = Call {
        settings: json!({ "requests": requests.into() }).to_string(),
        egress: egress.cloned(),
        label: "payroll.tickets".to_owned(),
        ..Call::default()
    };
    call.limits.cpu_time = Duration::from_secs(600);
    call.limits.wall_time = Duration::from_secs(600);
    call
}

/// A grant for an origin at the loopback interface.
pub fn grant(origin: &str) -> Grant {
    let mut grant = Grant::new(Origin::parse(origin).unwrap());
    grant.allow_private = vec!["127.0.0.1/32".parse().unwrap()];
    grant
}

/// The one of `system.example` at this port.
pub fn system(port: u16) -> Grant {
    grant(&format!("http://system.example:{port}"))
}

/// A URL of `system.example` at this port.
pub fn url(port: u16, path: &str) -> String {
    format!("http://system.example:{port}{path}")
}
