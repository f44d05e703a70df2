//! The same work in Rust, JavaScript and Python: the examples `joiners` and `fixed-width`, as they were built
//! where they stand in `examples/components`. The languages take turns, so that whatever else the machine
//! does hits all of them.

use std::path::Path;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use provisor::sandbox::{
    Allocation, CacheConfig, Call, CallReport, Component, Input, PageBuilder, Sandbox,
    SandboxConfig, Table,
};
use tokio::runtime::Runtime;

use crate::instance::runtime;
use crate::ratios::{Ratios, Times, timed};

/// Accounts of the export.
const ROWS: u64 = 100_000;

/// Identities of the large piece of work, in pages of [`PAGE`].
const PEOPLE: u32 = 10_000;

/// Identities of a page, as a host asks.
const PAGE: u32 = 100;

/// The examples in one language.
struct Language {
    name: &'static str,
    mapping: Example,
    reader: Example,
}

/// One built example.
struct Example {
    bytes: Vec<u8>,
    call: Call,
}

impl Example {
    /// `None` when it was not built.
    fn find(example: &str, language: &str) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/components");
        let project = folder.join(example).join(language);
        let about = std::fs::read_to_string(project.join("component.toml")).ok()?;
        let about: toml::Table = about.parse().ok()?;
        let file = about["component"]["file"].as_str()?;
        Some(Self {
            bytes: std::fs::read(project.join(file)).ok()?,
            call: Call {
                settings: std::fs::read_to_string(project.join("examples/settings.json")).ok()?,
                ..Call::default()
            },
        })
    }

    fn load(&self, sandbox: &Sandbox, runtime: &Runtime) -> Component {
        let loaded = runtime.block_on(sandbox.load(&self.bytes));
        loaded.expect("the example loads")
    }
}

/// Both examples of a language in a sandbox.
struct Loaded {
    mapping: Component,
    reader: Component,
}

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let found = ["rust", "javascript", "python"].map(|name| {
        Some(Language {
            name,
            mapping: Example::find("joiners", name)?,
            reader: Example::find("fixed-width", name)?,
        })
    });
    let Some(languages) = found.into_iter().collect::<Option<Vec<_>>>() else {
        ratios.note(
            "languages: build examples/components/joiners and fixed-width in each language first",
        );
        return;
    };
    let runtime = runtime();
    // Nothing is compiled before something of it is measured.
    let loaded = std::cell::OnceCell::new();
    let all = || -> &Vec<Loaded> {
        loaded.get_or_init(|| {
            let kept = tempfile::tempdir().expect("a folder");
            let sandbox = sandbox(kept.path(), false);
            let load = |language: &Language| Loaded {
                mapping: language.mapping.load(&sandbox, &runtime),
                reader: language.reader.load(&sandbox, &runtime),
            };
            languages.iter().map(load).collect()
        })
    };
    let mut group = criterion.benchmark_group("languages");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    let (nobody, somebody, page) = (people(0), people(1), people(PAGE));
    let export: &'static str = Box::leak(export().into_boxed_str());

    let starts = turns(&mut group, "start", &languages, |at| {
        let mapping = all()[at].mapping.mapping().expect("a mapping");
        timed(|| {
            runtime.block_on(async {
                let mut run = mapping.start(&languages[at].mapping.call).await?;
                run.evaluate(&nobody).await
            })
        })
    });
    let ones = turns(&mut group, "one identity", &languages, |at| {
        let mapping = all()[at].mapping.mapping().expect("a mapping");
        let started = runtime.block_on(mapping.start(&languages[at].mapping.call));
        let mut run = started.expect("it starts");
        // What happens once for an instance is a part of its start.
        runtime.block_on(run.evaluate(&somebody)).expect("it maps");
        timed(|| runtime.block_on(run.evaluate(&somebody)).expect("it maps"))
    });
    let many = turns(&mut group, "10,000 identities", &languages, |at| {
        let mapping = all()[at].mapping.mapping().expect("a mapping");
        timed(|| {
            runtime.block_on(async {
                let started = mapping.start(&languages[at].mapping.call).await;
                let mut run = started.expect("it starts");
                for _ in 0..PEOPLE / PAGE {
                    run.evaluate(&page).await.expect("it maps");
                }
            })
        })
    });
    let reads = turns(&mut group, "reading 100,000 rows", &languages, |at| {
        let call = &languages[at].reader.call;
        timed(|| runtime.block_on(read(&all()[at].reader, call, export)))
    });
    group.finish();

    for (at, language) in languages.iter().enumerate() {
        let name = language.name;
        ratios.figure(&format!("{name}: instance, call, drop"), &starts[at], 1);
        ratios.figure(
            &format!("{name}: one identity, in a call of its own"),
            &ones[at],
            1,
        );
        ratios.figure(
            &format!("{name}: 10,000 identities in pages of 100"),
            &many[at],
            1,
        );
        ratios.figure(&format!("{name}: 100,000 rows read"), &reads[at], 1);
    }
    if loaded.get().is_some() {
        for language in &languages {
            cost(ratios, &runtime, language, &page, export);
        }
    }
}

/// A sandbox as a server has it, which keeps machine code in this folder.
fn sandbox(kept: &Path, fuel: bool) -> Sandbox {
    Sandbox::new(SandboxConfig {
        allocation: match fuel {
            true => Allocation::OnDemand,
            false => Allocation::Pooled { instances: 16 },
        },
        cache: Some(CacheConfig {
            directory: kept.join("code"),
            key_file: kept.join("key"),
        }),
        fuel,
        ..SandboxConfig::default()
    })
    .expect("a sandbox")
}

/// Has all languages do the same in turn, and gathers the times of each.
fn turns(
    group: &mut BenchmarkGroup<'_, WallTime>,
    what: &str,
    languages: &[Language],
    mut work: impl FnMut(usize) -> Duration,
) -> Vec<Times> {
    let times: Vec<Times> = languages.iter().map(|_| Times::default()).collect();
    group.bench_function(what, |bencher| {
        bencher.iter_custom(|repetitions| {
            let mut sum = Duration::ZERO;
            for _ in 0..repetitions {
                for (at, times) in times.iter().enumerate() {
                    sum += times.add(1, work(at));
                }
            }
            sum
        });
    });
    times
}

/// What is measured once: the size of the components, how long they take to be compiled and to be taken
/// from the cache, and what the work takes in memory and fuel.
fn cost(
    ratios: &mut Ratios,
    runtime: &Runtime,
    language: &Language,
    page: &Table,
    export: &'static str,
) {
    let kept = tempfile::tempdir().expect("a folder");
    let sandbox = sandbox(kept.path(), true);
    for (what, example) in [("mapping", &language.mapping), ("reader", &language.reader)] {
        let begun = Instant::now();
        let component = example.load(&sandbox, runtime);
        let compiled = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        drop(example.load(&sandbox, runtime));
        let cached = begun.elapsed().as_secs_f64() * 1000.0;
        let (work, report): (_, CallReport) = runtime.block_on(async {
            match component.mapping() {
                Ok(mapping) => {
                    let mut run = mapping.start(&example.call).await.expect("it starts");
                    run.evaluate(page).await.expect("it maps");
                    ("100 identities", run.report())
                }
                Err(_) => (
                    "100,000 rows",
                    read(&component, &example.call, export).await,
                ),
            }
        });
        ratios.note(&format!(
            "{} {what}: {:.1} MB, compiled in {compiled:.1} s, from the cache in {cached:.1} ms; \
             {work}: at most {:.1} MiB, {:.1} million units of fuel",
            language.name,
            example.bytes.len() as f64 / 1e6,
            report.peak_memory as f64 / f64::from(1 << 20),
            report.fuel.unwrap_or(0) as f64 / 1e6,
        ));
    }
}

async fn read(component: &Component, call: &Call, export: &'static str) -> CallReport {
    let reader = component.reader().expect("a reader");
    let input = Input {
        name: "export".to_owned(),
        size: export.len() as u64,
        content: Box::new(export.as_bytes()),
    };
    let mut reading = reader.open(call, input).await.expect("it opens");
    while reading.next(4_096).await.expect("it reads").is_some() {}
    let summary = reading.finish().await.expect("it ends");
    assert_eq!((summary.rows, summary.complete), (ROWS, true));
    reading.report()
}

/// So many identities: one in four has a name that is not plain, one in ten comes from outside.
fn people(number: u32) -> Table {
    let mut page = PageBuilder::new();
    for person in 0..number {
        page.cell([if person % 4 == 0 { "Željka" } else { "Ann" }]);
        page.cell([format!("Family{person}")]);
        page.cell(["Finance", "Sales"]);
        page.cell([if person % 10 == 0 {
            "external"
        } else {
            "employee"
        }]);
        page.cell(["2026-12-31"]);
        page.cell([format!("person{person}@example.org")]);
    }
    let columns = ["given", "family", "department", "kind", "end-date", "mail"];
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: page.finish(),
    }
}

/// An export by the settings of the example.
fn export() -> String {
    let account = |row| {
        let (login, name) = (format!("U{row}"), format!("Given{row} Family{row}"));
        let group = format!("G{}", row % 50);
        format!("A{login:<8}{name:<24}STAFF   {group:<8}        2026-12-31A\n")
    };
    let mut text = "H2026-03-06T22:00:00Z\n".to_owned();
    text.extend((0..ROWS).map(account));
    text.push_str(&format!("T{ROWS:07}\n"));
    text
}
