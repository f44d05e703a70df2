//! A mapping of four inputs to three outputs, in batches of 100: in native Rust, as a component in
//! Rust, and as CEL expressions.

use criterion::{Criterion, Throughput};
use provisor::sandbox::{Allocation, Call, MappingRun, PageBuilder, Table};
use provisor_builtin::{CEL_MAPPING, hostile};

use crate::instance::{runtime, sandbox};
use crate::ratios::{Ratios, Times, timed};

const PEOPLE: u32 = 100;

/// The same mapping in the settings of the CEL component.
const CEL: &str = r#"{
    "variables": [
        { "name": "name", "value": "lower(identity.given) + '.' + lower(identity.family)" }
    ],
    "attributes": {
        "login": "name",
        "name": "identity.family + ', ' + identity.given + ' (' + identity.unit + ')'",
        "mail": "name + '@' + identity.domain"
    }
}"#;

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let people = people();
    let mut group = criterion.benchmark_group("mapping-of-100");
    group.throughput(Throughput::Elements(PEOPLE.into()));

    let native = Times::default();
    group.bench_function("native Rust", |bencher| {
        bencher.iter_custom(|times| native.repeat(times, || map_natively(&people)));
    });
    let sandbox = sandbox(Allocation::OnDemand);
    let runtime = runtime();
    let start = |bytes: &[u8], settings: &str| {
        let component = runtime.block_on(sandbox.load(bytes)).expect("it loads");
        let call = Call {
            settings: settings.to_owned(),
            ..Call::default()
        };
        let mapping = component.mapping().expect("a mapping");
        // A run is one instance, which the host uses for all batches of a request.
        runtime.block_on(mapping.start(&call)).expect("it starts")
    };
    let evaluate = |run: &mut MappingRun| runtime.block_on(run.evaluate(&people)).expect("it maps");

    let (rust, cel) = (Times::default(), Times::default());
    let mut in_rust = start(hostile::PLAIN_MAPPING, "{}");
    let mut in_cel = start(CEL_MAPPING, CEL);
    group.bench_function("component in Rust", |bencher| {
        bencher.iter_custom(|times| rust.repeat(times, || evaluate(&mut in_rust)));
    });
    group.bench_function("CEL expressions", |bencher| {
        bencher.iter_custom(|times| cel.repeat(times, || evaluate(&mut in_cel)));
    });
    group.finish();
    if !ratios.wants(&native) {
        return;
    }
    ratios.figure("mapping, native Rust, a record", &native, PEOPLE);
    ratios.figure("mapping, component in Rust, a record", &rust, PEOPLE);
    ratios.figure("mapping, CEL, a record", &cel, PEOPLE);
    ratios.speed(
        "mapping as a component in Rust, of the native speed",
        500,
        || timed(|| evaluate(&mut in_rust)),
        || timed(|| map_natively(&people)),
        "at least 0.5",
    );
    ratios.speed(
        "mapping as CEL, of the native speed",
        200,
        || timed(|| evaluate(&mut in_cel)),
        || timed(|| map_natively(&people)),
        "",
    );
}

/// The mapping of `guests/hostile/examples/plain_mapping.rs`, on the same table and with the same
/// page at the end.
fn map_natively(people: &Table) -> Table {
    let mut page = PageBuilder::new();
    let place = |name: &str| people.columns.iter().position(|column| column == name);
    let places = ["given", "family", "unit", "domain"].map(place);
    for row in people.rows() {
        let value = |place: Option<usize>| {
            let cell = place.and_then(|place| row.cells().nth(place));
            cell.and_then(|cell| cell.values().next()).unwrap_or("")
        };
        let [given, family, unit, domain] = places.map(value);
        let login = format!("{}.{}", given.to_lowercase(), family.to_lowercase());
        page.cell([&login]);
        page.cell([format!("{family}, {given} ({unit})")]);
        page.cell([format!("{login}@{domain}")]);
    }
    Table {
        columns: ["login", "name", "mail"].map(str::to_owned).to_vec(),
        rows: page.finish(),
    }
}

fn people() -> Table {
    let mut page = PageBuilder::new();
    for person in 0..PEOPLE {
        page.cell(["0"]);
        page.cell([format!("Given{person}")]);
        page.cell([format!("Family{person}")]);
        page.cell(["Purchasing"]);
        page.cell(["example.com"]);
    }
    Table {
        columns: ["$iteration", "given", "family", "unit", "domain"]
            .map(str::to_owned)
            .to_vec(),
        rows: page.finish(),
    }
}
