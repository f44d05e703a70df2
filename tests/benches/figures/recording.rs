//! Requests about whose operations a policy decides: with what it was shown kept for other versions of it, and
//! not.

use std::time::{Duration, Instant};

use criterion::Criterion;
use provisor::{Request, Wanted};
use provisor_tests::world::{Fixture, identity, person};
use tokio::runtime::Runtime;

use crate::instance::runtime;
use crate::ratios::{Ratios, Times};

/// Requests of one turn.
const REQUESTS: u32 = 500;

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("requests-that-a-policy-judges");
    group.sample_size(10);
    let (without, with) = (Times::default(), Times::default());
    for (name, recorded, times) in [("not recorded", 0, &without), ("recorded", 1_000, &with)] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|repetitions| {
                let took = (0..repetitions).map(|_| judged(&runtime, recorded)).sum();
                times.add(repetitions, took)
            });
        });
    }
    group.finish();
    if ratios.wants(&with) {
        ratios.figure(
            "a request that a policy judges, not recorded",
            &without,
            REQUESTS,
        );
        ratios.figure("a request that a policy judges, recorded", &with, REQUESTS);
        ratios.speed(
            "requests whose proposals are recorded, of those that are not",
            5,
            || judged(&runtime, 1_000),
            || judged(&runtime, 0),
            "",
        );
    }
}

/// How long a new host takes for all requests: mapped, judged, stored, and a case opened for each.
fn judged(runtime: &Runtime, recorded: u32) -> Duration {
    runtime.block_on(async {
        let world = Fixture::m()
            .policy("settings = { rules = [] }")
            .more(&format!("[components]\nrecorded-inputs = {recorded}"))
            .open()
            .await;
        let request = |number| Request {
            resource: "app".parse().expect("a name"),
            identity: identity(&format!("p{number}")),
            wanted: Wanted::Account,
            requester: person("iam"),
            anew: false,
            after: None,
        };
        let requests = (0..REQUESTS).map(request).collect();
        let begun = Instant::now();
        let receipts = world.host.request_all(requests).await.expect("recorded");
        let took = begun.elapsed();
        assert!(receipts.iter().all(Result::is_ok));
        assert_eq!(world.cases().len(), REQUESTS as usize);
        took
    })
}
