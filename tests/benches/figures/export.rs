//! Reading 100,000 rows of ten columns: with the `csv` crate into owned strings, and in the sandbox.

use criterion::{Criterion, Throughput};
use provisor::sandbox::{Allocation, Call, Input, Limits, Reader};
use provisor_builtin::CSV;

use crate::instance::{runtime, sandbox};
use crate::ratios::{Ratios, Times, timed};

const ROWS: usize = 100_000;
const COLUMNS: usize = 10;

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let text: &'static str = Box::leak(export().into_boxed_str());
    let runtime = runtime();
    let sandbox = sandbox(Allocation::OnDemand);
    let component = runtime.block_on(sandbox.load(CSV)).expect("it loads");
    let reader = component.reader().expect("a reader");
    let read = |work: &dyn Fn(&provisor::sandbox::Batch) -> usize| {
        let rows = runtime.block_on(read(&reader, text, work));
        assert_eq!(rows, ROWS);
        rows
    };

    let in_pages = || {
        read(&|batch| {
            let rows = batch.rows.rows(COLUMNS);
            rows.map(|row| {
                let values = row.cells().flat_map(|cell| cell.values());
                std::hint::black_box(values.map(str::len).sum::<usize>());
            })
            .count()
        })
    };
    let in_strings = || {
        read(&|batch| {
            let rows = batch.rows.rows(COLUMNS);
            let owned: Vec<Vec<String>> = rows
                .map(|row| {
                    let mut values = Vec::with_capacity(COLUMNS);
                    for cell in row.cells() {
                        values.extend(cell.values().map(str::to_owned));
                    }
                    values
                })
                .collect();
            std::hint::black_box(&owned).len()
        })
    };

    let mut group = criterion.benchmark_group("export-of-100k-rows");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(text.len() as u64));
    let (native, pages, strings) = (Times::default(), Times::default(), Times::default());
    group.bench_function("native csv, owned strings", |bencher| {
        bencher.iter_custom(|times| native.repeat(times, || read_natively(text)));
    });
    group.bench_function("sandbox, values in pages", |bencher| {
        bencher.iter_custom(|times| pages.repeat(times, in_pages));
    });
    group.bench_function("sandbox, owned strings on top", |bencher| {
        bencher.iter_custom(|times| strings.repeat(times, in_strings));
    });
    group.finish();
    if !ratios.wants(&native) {
        return;
    }
    ratios.speed(
        "export in the sandbox, values in pages, of the native speed",
        20,
        || timed(in_pages),
        || timed(|| read_natively(text)),
        "at least 0.8",
    );
    ratios.speed(
        "export in the sandbox, owned strings on top, of the native speed",
        20,
        || timed(in_strings),
        || timed(|| read_natively(text)),
        "",
    );
}

async fn read(
    reader: &Reader,
    text: &'static str,
    work: &dyn Fn(&provisor::sandbox::Batch) -> usize,
) -> usize {
    let call = Call {
        settings: r#"{"identifier":"column0"}"#.to_owned(),
        limits: Limits::default(),
        ..Call::default()
    };
    let input = Input {
        name: "export.csv".to_owned(),
        size: text.len() as u64,
        content: Box::new(text.as_bytes()),
    };
    let mut reading = reader.open(&call, input).await.expect("it opens");
    let mut rows = 0;
    while let Some(batch) = reading.next(4_096).await.expect("it reads") {
        rows += work(&batch);
    }
    reading.finish().await.expect("it ends");
    rows
}

fn read_natively(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut owned = Vec::with_capacity(ROWS);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).expect("it is CSV") {
        owned.push(record.iter().map(str::to_owned).collect());
    }
    owned
}

fn export() -> String {
    let mut text = String::new();
    let end = |column| if column + 1 == COLUMNS { '\n' } else { ',' };
    for column in 0..COLUMNS {
        text.push_str(&format!("column{column}{}", end(column)));
    }
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let value = match column {
                3 => format!("\"Last, First {row}\""),
                _ => format!("value{}x{row}", column * 37),
            };
            text.push_str(&value);
            text.push(end(column));
        }
    }
    text
}
