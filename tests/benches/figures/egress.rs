//! Requests to another system: as a component makes them, and as a plain HTTP client does that
//! keeps its connection; both to the same server on the loopback interface.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::Criterion;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use provisor::model::Timestamp;
use provisor::sandbox::egress::{Clock, Credential, Grant, Origin, Secret};
use provisor::sandbox::{Allocation, Call, Egress, EgressConfig, Origins, Ticketing};
use provisor_builtin::hostile;
use provisor_simulated::{Action, Product, Request, Response, Seen, Server};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::instance;
use crate::ratios::{Ratios, Times};

/// Requests of one call of the component: nearly as many as it may make.
const MANY: u32 = 90;

/// Answers everything with the same KiB.
struct Constant;

impl Product for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn answer(&mut self, _: &Request) -> Response {
        Response::json(200, &json!({ "result": "x".repeat(1000) }))
    }

    fn tickets(&self) -> Vec<Seen> {
        Vec::new()
    }

    fn act(&mut self, _: &str, _: &Action, _: i64) -> Result<(), String> {
        Err("there are no tickets".to_owned())
    }
}

/// A second passes with each look, so that no rate is ever reached.
struct Fast(AtomicI64);

impl Clock for Fast {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1_000, Ordering::Relaxed))
    }
}

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    // The server has a thread of its own, as another machine would.
    let serving = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let server = serving
        .block_on(Server::start(Constant))
        .expect("it can be served");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let ours = Ours::new(&runtime, &server);
    let mut plain = Plain::new(&runtime, &server);

    let mut group = criterion.benchmark_group("requests-to-another-system");
    let (bare, many, one) = (Times::default(), Times::default(), Times::default());
    group.bench_function("plain hyper, 90 of them", |bencher| {
        bencher.iter_custom(|times| bare.repeat(times, || plain.ask(MANY)));
    });
    group.bench_function("a component, 90 in one call", |bencher| {
        bencher.iter_custom(|times| many.repeat(times, || ours.ask(MANY)));
    });
    group.bench_function("a component, one in one call", |bencher| {
        bencher.iter_custom(|times| one.repeat(times, || ours.ask(1)));
    });
    group.finish();
    if !ratios.wants(&many) {
        return;
    }
    ratios.figure("a request by plain hyper, connection kept", &bare, MANY);
    ratios.figure("a request by a component, 90 in one call", &many, MANY);
    ratios.figure("a request by a component, and the call around it", &one, 1);
    ratios.speed(
        "requests by a component, of the speed of plain hyper",
        100,
        || ours.ask(MANY),
        || plain.ask(MANY),
        "",
    );
}

/// A component that sends what it is told.
struct Ours<'a> {
    runtime: &'a Runtime,
    ticketing: Ticketing,
    call: Call,
    url: String,
}

impl<'a> Ours<'a> {
    fn new(runtime: &'a Runtime, server: &Server) -> Self {
        let mut grant = Grant::new(Origin::parse(&server.url()).expect("an origin"));
        grant.allow_private = vec!["127.0.0.0/8".parse().expect("a network")];
        grant.credential = Some(Credential::Basic {
            username: "bot".to_owned(),
            password: Secret::new("secret"),
        });
        let clock = Arc::new(Fast(AtomicI64::new(1_800_000_000_000)));
        let origins = Origins::by_clock(clock).expect("a thread");
        let config = EgressConfig {
            reach: vec![grant],
            ..EgressConfig::default()
        };
        let sandbox = instance::sandbox(Allocation::OnDemand);
        let component = runtime
            .block_on(sandbox.load(hostile::TICKETING))
            .expect("it loads");
        Ours {
            runtime,
            ticketing: component.ticketing().expect("it keeps tickets"),
            call: Call {
                egress: Some(Egress::new(config, &origins).expect("it is right")),
                ..Call::default()
            },
            url: format!("{}/api/now/v2/table/incident", server.url()),
        }
    }

    /// Sends so many requests in one call; how long that took, its instance and all.
    fn ask(&self, times: u32) -> Duration {
        let settings = json!({ "requests": [{ "url": self.url, "times": times }] });
        let call = Call {
            settings: settings.to_string(),
            ..self.call.clone()
        };
        let begun = Instant::now();
        let findings = self.runtime.block_on(async {
            let mut run = self.ticketing.start(&call).await.expect("it starts");
            run.check_connection().await.expect("it asks")
        });
        let took = begun.elapsed();
        assert_eq!(findings[0].subject, "200", "{findings:?}");
        took
    }
}

/// A client that does nothing but what it must.
struct Plain<'a> {
    runtime: &'a Runtime,
    sender: SendRequest<Empty<Bytes>>,
    host: String,
}

impl<'a> Plain<'a> {
    fn new(runtime: &'a Runtime, server: &Server) -> Self {
        let sender = runtime.block_on(async {
            let stream = TcpStream::connect(server.address())
                .await
                .expect("it answers");
            stream.set_nodelay(true).expect("set");
            let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
                .await
                .expect("it speaks HTTP");
            tokio::spawn(connection);
            sender
        });
        Plain {
            runtime,
            sender,
            host: server.address().to_string(),
        }
    }

    /// Sends so many requests, one after the other; how long that took.
    fn ask(&mut self, times: u32) -> Duration {
        let begun = Instant::now();
        for _ in 0..times {
            self.runtime.block_on(async {
                let request = hyper::Request::get("/api/now/v2/table/incident")
                    .header("host", &self.host)
                    .header("authorization", "Basic Ym90OnNlY3JldA==")
                    .body(Empty::new())
                    .expect("a request");
                self.sender.ready().await.expect("it is kept");
                let answer = self.sender.send_request(request).await.expect("answered");
                assert_eq!(answer.status(), 200);
                let body = answer.into_body().collect().await.expect("whole");
                assert!(body.to_bytes().len() > 1000);
            });
        }
        begun.elapsed()
    }
}
