//! Starting an instance: store, instance, one call, and dropping all of it.

use criterion::Criterion;
use provisor::sandbox::{Allocation, Call, PageBuilder, Sandbox, SandboxConfig, Table};
use provisor_builtin::hostile;

use crate::ratios::{Ratios, Times};

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
}

pub fn sandbox(allocation: Allocation) -> Sandbox {
    Sandbox::new(SandboxConfig {
        allocation,
        ..SandboxConfig::default()
    })
    .expect("a sandbox")
}

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("instance-start");
    let nobody = Table {
        columns: vec!["given".to_owned()],
        rows: PageBuilder::new().finish(),
    };
    for (name, allocation) in [
        ("on demand", Allocation::OnDemand),
        ("pooled", Allocation::Pooled { instances: 16 }),
    ] {
        let sandbox = sandbox(allocation);
        let component = runtime
            .block_on(sandbox.load(hostile::PLAIN_MAPPING))
            .expect("it loads");
        let mapping = component.mapping().expect("a mapping");
        let times = Times::default();
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|repetitions| {
                times.repeat(repetitions, || {
                    runtime.block_on(async {
                        let mut run = mapping.start(&Call::default()).await.expect("it starts");
                        run.evaluate(&nobody).await.expect("it runs")
                    })
                })
            });
        });
        ratios.figure(
            &format!("instance start {name}: store, call, drop"),
            &times,
            1,
        );
    }
    group.finish();
}
