//! Operations that a policy decides about: with what it was shown kept for other versions of it, and not.

use std::time::{Duration, Instant};

use criterion::Criterion;
use provisor_tests::world::{Fixture, identity};
use tokio::runtime::Runtime;

use crate::instance::runtime;
use crate::ratios::{Ratios, Times};

/// Operations of one turn.
const OPERATIONS: u32 = 500;

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("decisions-of-a-policy");
    group.sample_size(10);
    let (without, with) = (Times::default(), Times::default());
    for (name, recorded, times) in [("not recorded", 0, &without), ("recorded", 1_000, &with)] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|repetitions| {
                let took = (0..repetitions).map(|_| decided(&runtime, recorded)).sum();
                times.add(repetitions, took)
            });
        });
    }
    group.finish();
    if ratios.wants(&with) {
        ratios.figure("a policy's decision, not recorded", &without, OPERATIONS);
        ratios.figure("a policy's decision, recorded", &with, OPERATIONS);
        ratios.speed(
            "decisions that are recorded, of those that are not",
            5,
            || decided(&runtime, 1_000),
            || decided(&runtime, 0),
            "",
        );
    }
}

/// How long it takes until all operations of a new host are decided about and opened.
fn decided(runtime: &Runtime, recorded: u32) -> Duration {
    runtime.block_on(async {
        let world = Fixture::m()
            .policy("settings = { rules = [] }")
            .more(&format!("[components]\nrecorded-inputs = {recorded}"))
            .open()
            .await;
        for number in 0..OPERATIONS {
            world.requests(identity(&format!("p{number}"))).await;
        }
        let begun = Instant::now();
        let report = world.host.run_without_exports().await.expect("it runs");
        let took = begun.elapsed();
        assert_eq!(report.dispatched.opened.len(), OPERATIONS as usize);
        took
    })
}
