//! One call of a mapping about one identity: written down in the journal of a host, and not.
//!
//! The shortest call there is, so that what writing it down costs shows the most.

use std::time::{Duration, Instant};

use criterion::Criterion;
use provisor::sandbox::{Allocation, Call, Component, MappingRun, PageBuilder, Table};
use provisor_builtin::hostile;
use provisor_tests::world::Fixture;

use crate::instance::{runtime, sandbox};
use crate::ratios::{Ratios, Times};

/// Calls of one turn.
const CALLS: u32 = 2_000;

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let runtime = runtime();
    let sandbox = sandbox(Allocation::OnDemand);
    let alone = runtime
        .block_on(sandbox.load(hostile::PLAIN_MAPPING))
        .expect("it loads");
    let world = runtime.block_on(Fixture::m().open());
    let observed = runtime
        .block_on(world.host.load_component(hostile::PLAIN_MAPPING))
        .expect("it loads");
    let start = |component: &Component| {
        let mapping = component.mapping().expect("a mapping");
        let run = runtime.block_on(mapping.start(&Call::default()));
        run.expect("it starts")
    };
    let person = person();
    let call = |run: &mut MappingRun| runtime.block_on(run.evaluate(&person)).expect("it maps");
    let turn = |run: &mut MappingRun| -> Duration {
        let begun = Instant::now();
        for _ in 0..CALLS {
            std::hint::black_box(call(run));
        }
        begun.elapsed()
    };

    let mut group = criterion.benchmark_group("call-in-the-journal");
    let (without, with) = (Times::default(), Times::default());
    let (mut unseen, mut seen) = (start(&alone), start(&observed));
    group.bench_function("without", |bencher| {
        bencher.iter_custom(|times| without.repeat(times, || call(&mut unseen)));
    });
    group.bench_function("with", |bencher| {
        bencher.iter_custom(|times| with.repeat(times, || call(&mut seen)));
    });
    group.finish();
    if ratios.wants(&with) {
        ratios.figure("one call, not in the journal", &without, 1);
        ratios.figure("one call, in the journal", &with, 1);
        ratios.speed(
            "a call in the journal, of one that is not",
            9,
            || turn(&mut seen),
            || turn(&mut unseen),
            "",
        );
    }
}

fn person() -> Table {
    let mut rows = PageBuilder::new();
    for value in ["Ann", "Smith", "Sales", "example.org"] {
        rows.cell([value]);
    }
    Table {
        columns: ["given", "family", "unit", "domain"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.finish(),
    }
}
