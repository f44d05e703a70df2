//! What the sandbox costs, side by side with the same work in native code. The ratios are printed at
//! the end.

use std::hint::black_box;
use std::time::{Duration, Instant};

use provisor_builtin::{CEL_MAPPING, CSV, hostile};
use provisor_sandbox::{
    Allocation, Call, Component, Input, Limits, PageBuilder, Sandbox, SandboxConfig, Table,
};

const PEOPLE: usize = 100;
const ROWS: usize = 100_000;
const COLUMNS: usize = 10;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let mut sheet = Sheet::default();
    instance_start(&mut sheet).await;
    mapping(&mut sheet).await;
    csv(&mut sheet).await;
    sheet.print();
}

/// What was measured, and what is compared.
#[derive(Default)]
struct Sheet {
    ratios: Vec<String>,
}

impl Sheet {
    fn line(&self, name: &str, one: Duration) {
        println!("{name:<48} {:>12.2} µs", one.as_secs_f64() * 1e6);
    }

    /// How many times as long the sandbox takes.
    fn times(&mut self, name: &str, sandbox: Duration, native: Duration) {
        let times = sandbox.as_secs_f64() / native.as_secs_f64();
        self.ratios.push(format!("{name} {times:.2}"));
    }

    /// Which share of the native speed the sandbox has.
    fn speed(&mut self, name: &str, sandbox: Duration, native: Duration) {
        let share = native.as_secs_f64() / sandbox.as_secs_f64();
        self.ratios.push(format!("{name} {share:.2}"));
    }

    fn print(&self) {
        println!();
        for ratio in &self.ratios {
            println!("{ratio}");
        }
    }
}

/// The median of many rounds.
macro_rules! median {
    ($rounds:expr, $work:expr) => {{
        let mut times = Vec::new();
        for round in 0..$rounds + $rounds / 10 + 1 {
            let begun = Instant::now();
            black_box($work);
            // The first rounds only warm up.
            if round > $rounds / 10 {
                times.push(begun.elapsed());
            }
        }
        times.sort();
        times[times.len() / 2]
    }};
}

async fn instance_start(sheet: &mut Sheet) {
    for (name, allocation) in [
        ("start on demand", Allocation::OnDemand),
        ("start pooled", Allocation::Pooled { instances: 16 }),
    ] {
        let sandbox = sandbox(allocation);
        let mapping = sandbox
            .load(hostile::PLAIN_MAPPING)
            .await
            .expect("it loads");
        let mapping = mapping.mapping().expect("a mapping");
        let call = call("{}");
        let nobody = table(0);
        let time = median!(2_000, {
            let mut run = mapping.start(&call).await.expect("it starts");
            run.evaluate(&nobody).await.expect("it runs");
        });
        sheet.line(&format!("{name}: store, instance, one call, drop"), time);
    }
}

async fn mapping(sheet: &mut Sheet) {
    let people = table(PEOPLE);
    let native = median!(2_000, map_natively(&people));
    let each = |time: Duration| time / PEOPLE as u32;
    sheet.line("mapping native, a record", each(native));

    let sandbox = sandbox(Allocation::OnDemand);
    let plain = sandbox
        .load(hostile::PLAIN_MAPPING)
        .await
        .expect("it loads");
    let component = evaluate(&plain, "{}", &people).await;
    sheet.line("mapping as a Rust component, a record", each(component));
    sheet.times("mapping component/native time", component, native);

    match sandbox.load(CEL_MAPPING).await {
        Ok(cel) => {
            let cel = evaluate(&cel, CEL_SETTINGS, &people).await;
            sheet.line("mapping as CEL, a record", each(cel));
            sheet.times("mapping CEL/native time", cel, native);
        }
        Err(error) => println!("mapping as CEL: {error}"),
    }
}

/// The same mapping in the settings of the CEL component.
const CEL_SETTINGS: &str = r#"{
    "variables": [{ "name": "name", "value": "lower(given) + '.' + lower(family)" }],
    "attributes": {
        "login": "name",
        "name": "family + ', ' + given + ' (' + unit + ')'",
        "mail": "name + '@' + domain"
    }
}"#;

async fn evaluate(component: &Component, settings: &str, people: &Table) -> Duration {
    let mapping = component.mapping().expect("a mapping");
    let mut run = mapping.start(&call(settings)).await.expect("it starts");
    median!(500, run.evaluate(people).await.expect("it maps"))
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

async fn csv(sheet: &mut Sheet) {
    let text: &'static str = Box::leak(export().into_boxed_str());
    let native = median!(10, read_natively(text));
    sheet.line("CSV native, 100k rows", native);

    let sandbox = sandbox(Allocation::OnDemand);
    let component = sandbox.load(CSV).await.expect("it loads");
    let reader = component.reader().expect("a reader");
    let call = call(r#"{"identifier":"column0"}"#);
    // The host reads the values where they lie in the page, as it does when it compares an export
    // with what it knows; and it makes strings of all of them, as the native code does.
    let borrowed = median!(10, {
        let mut reading = reader.open(&call, input(text)).await.expect("it opens");
        let (mut rows, mut bytes) = (0, 0);
        while let Some(batch) = reading.next(4_096).await.expect("it reads") {
            for row in batch.rows.rows(COLUMNS) {
                rows += 1;
                let values = row.cells().flat_map(|cell| cell.values());
                bytes += values.map(str::len).sum::<usize>();
            }
        }
        assert_eq!(rows, ROWS);
        bytes
    });
    sheet.line("CSV in the sandbox, values in pages", borrowed);
    sheet.speed("csv sandbox/native", borrowed, native);
    let owned = median!(10, {
        let mut reading = reader.open(&call, input(text)).await.expect("it opens");
        let mut owned = Vec::with_capacity(ROWS);
        while let Some(batch) = reading.next(4_096).await.expect("it reads") {
            for row in batch.rows.rows(COLUMNS) {
                let values = row.cells().flat_map(|cell| cell.values());
                let mut strings = Vec::with_capacity(COLUMNS);
                strings.extend(values.map(str::to_owned));
                owned.push(strings);
            }
        }
        assert_eq!(owned.len(), ROWS);
        owned
    });
    sheet.line("CSV in the sandbox, strings of all values", owned);
    sheet.speed("csv sandbox with strings/native", owned, native);
}

fn read_natively(text: &str) -> Vec<Vec<String>> {
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let mut owned = Vec::with_capacity(ROWS);
    let mut record = ::csv::StringRecord::new();
    while reader.read_record(&mut record).expect("it is CSV") {
        owned.push(record.iter().map(str::to_owned).collect());
    }
    owned
}

fn export() -> String {
    let mut text = String::new();
    for column in 0..COLUMNS {
        let end = if column + 1 == COLUMNS { '\n' } else { ',' };
        text.push_str(&format!("column{column}{end}"));
    }
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let end = if column + 1 == COLUMNS { '\n' } else { ',' };
            match column {
                3 => text.push_str(&format!("\"Last, First {row}\"{end}")),
                _ => text.push_str(&format!("value{}x{row}{end}", column * 37)),
            }
        }
    }
    text
}

fn input(text: &'static str) -> Input {
    Input {
        name: "export.csv".to_owned(),
        size: text.len() as u64,
        content: Box::new(text.as_bytes()),
    }
}

fn table(people: usize) -> Table {
    let mut page = PageBuilder::new();
    for person in 0..people {
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

fn call(settings: &str) -> Call {
    Call {
        settings: settings.to_owned(),
        limits: Limits {
            cpu_time: Duration::from_secs(600),
            wall_time: Duration::from_secs(600),
            ..Limits::default()
        },
        ..Call::default()
    }
}

fn sandbox(allocation: Allocation) -> Sandbox {
    Sandbox::new(SandboxConfig {
        allocation,
        ..SandboxConfig::default()
    })
    .expect("a sandbox")
}
