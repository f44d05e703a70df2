//! The same components in Rust, JavaScript and Python, as they are kept in `tests/golden`: starting an
//! instance, mapping one identity and a page of 100, reading an export of 100,000 accounts.

use criterion::Criterion;
use provisor::sandbox::{
    Allocation, CacheConfig, Call, Component, Input, PageBuilder, Sandbox, SandboxConfig, Table,
};
use provisor_tests::golden::Golden;

use crate::instance::runtime;
use crate::ratios::{Ratios, Times};

const LANGUAGES: [&str; 3] = ["rust", "javascript", "python"];

/// Accounts of the export.
const ROWS: u64 = 100_000;

/// Identities of a page.
const PAGE: u32 = 100;

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let runtime = runtime();
    let kept = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(SandboxConfig {
        allocation: Allocation::Pooled { instances: 16 },
        // Otherwise what carries Python is compiled once more for each part.
        cache: Some(CacheConfig {
            directory: kept.path().join("code"),
            key_file: kept.path().join("key"),
        }),
        ..SandboxConfig::default()
    })
    .expect("a sandbox");
    let load = |language: &str, world: &str| -> Component {
        let bytes = Golden::named(&format!("{language}-{world}")).bytes("0.1");
        runtime.block_on(sandbox.load(&bytes)).expect("it loads")
    };

    let mut group = criterion.benchmark_group("languages-mapping");
    group.sample_size(10);
    let call = Call {
        settings: r#"{"mail-domain":"example.org"}"#.to_owned(),
        ..Call::default()
    };
    for language in LANGUAGES {
        let (started, one, hundred) = (Times::default(), Times::default(), Times::default());
        let (nobody, somebody, many) = (people(0), people(1), people(PAGE));
        // Components are loaded only when something of theirs is measured.
        let loaded = std::cell::OnceCell::new();
        let mapping = || {
            let component = loaded.get_or_init(|| load(language, "mapping"));
            component.mapping().expect("a mapping")
        };
        group.bench_function(format!("{language}, start"), |bencher| {
            let mapping = mapping();
            bencher.iter_custom(|repetitions| {
                started.repeat(repetitions, || {
                    runtime.block_on(async {
                        let mut run = mapping.start(&call).await.expect("it starts");
                        run.evaluate(&nobody).await.expect("it maps")
                    })
                })
            });
        });
        for (what, people, times) in [
            ("one identity", &somebody, &one),
            ("a page of 100", &many, &hundred),
        ] {
            group.bench_function(format!("{language}, {what}"), |bencher| {
                let mut run = runtime.block_on(mapping().start(&call)).expect("it starts");
                bencher.iter_custom(|repetitions| {
                    times.repeat(repetitions, || {
                        runtime.block_on(run.evaluate(people)).expect("it maps")
                    })
                });
            });
        }
        ratios.figure(&format!("{language}: instance, call, drop"), &started, 1);
        ratios.figure(
            &format!("{language}: mapping of one identity, a call"),
            &one,
            1,
        );
        ratios.figure(
            &format!("{language}: mapping in pages of 100, an identity"),
            &hundred,
            PAGE,
        );
    }
    group.finish();

    let export: &'static str = Box::leak(export().into_boxed_str());
    let mut group = criterion.benchmark_group("languages-reading-100k-rows");
    group.sample_size(10);
    for language in LANGUAGES {
        let times = Times::default();
        group.bench_function(language, |bencher| {
            let component = load(language, "reader");
            bencher.iter_custom(|repetitions| {
                times.repeat(repetitions, || runtime.block_on(read(&component, export)))
            });
        });
        ratios.figure(
            &format!("{language}: reading 100,000 accounts, all of them"),
            &times,
            1,
        );
    }
    group.finish();
}

async fn read(component: &Component, export: &'static str) {
    let reader = component.reader().expect("a reader");
    let input = Input {
        name: "export".to_owned(),
        size: export.len() as u64,
        content: Box::new(export.as_bytes()),
    };
    let mut reading = reader
        .open(&Call::default(), input)
        .await
        .expect("it opens");
    while reading.next(4_096).await.expect("it reads").is_some() {}
    let summary = reading.finish().await.expect("it ends");
    assert_eq!((summary.rows, summary.complete), (ROWS, true));
}

fn people(number: u32) -> Table {
    let mut page = PageBuilder::new();
    for person in 0..number {
        page.cell([format!("Given{person}")]);
        page.cell([format!("Family{person}")]);
        page.cell(["Night", "Support"]);
    }
    Table {
        columns: ["given", "family", "team"].map(str::to_owned).to_vec(),
        rows: page.finish(),
    }
}

fn export() -> String {
    let account = |row| {
        format!(
            "login: user{row}\nname: Given{row} Family{row}\ngroups: staff, group{}\n\n",
            row % 50
        )
    };
    let mut text: String = (0..ROWS).map(account).collect();
    text.push_str(&format!("end: {ROWS}\n"));
    text
}
