//! What runs in a process of its own.

use std::path::Path;
use std::time::Instant;

use provisor::configuration::Configuration;
use provisor::{Host, HostOptions, Identity, Request, Wanted};

use crate::exports::values;

/// Requests that are made at once.
const BATCH: u64 = 5_000;

/// Prepares a host that knows the accounts, or takes an export; tells what the latter took.
pub fn run(task: &str, folder: &Path, rows: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let host = open(folder).await;
        if task == "prepare" {
            take(&host, "known.csv").await;
            for first in (0..rows).step_by(BATCH as usize) {
                let planned = request(&host, first, rows.min(first + BATCH)).await;
                assert_eq!(planned, 0, "they are there already");
            }
        }
        if task == "requests" {
            let begun = Instant::now();
            let planned = request(&host, 0, rows).await;
            assert_eq!(planned, rows);
            println!("{} {}", begun.elapsed().as_secs_f64(), peak());
            return;
        }
        let file = match task {
            "prepare" => "same.csv",
            file => file,
        };
        let begun = Instant::now();
        let known = take(&host, file).await;
        let took = begun.elapsed();
        assert_eq!(known, rows);
        println!("{} {}", took.as_secs_f64(), peak());
    });
}

async fn open(folder: &Path) -> Host {
    let columns: String = (1..10)
        .map(|number| match number {
            7 => "column7 = { kind = \"date\" }\n".to_owned(),
            8 => "column8 = { kind = \"integer\" }\n".to_owned(),
            9 => "column9 = { kind = \"boolean\" }\n".to_owned(),
            _ => format!("column{number} = {{}}\n"),
        })
        .collect();
    let text = format!(
        "[resource.app]\nidentifier = \"login\"\noperators = [\"eva\"]\n\
         [resource.app.attributes]\nlogin = {{ required = true, ignore-case = true }}\n{columns}\
         [resource.app.reader]\ncomponent = \"csv\"\nfolder = \"exports\"\nfile = \"known.csv\"\n\
         exported-at = \"read\"\nsettle = \"0s\"\nsettings.identifier = [\"login\"]\n"
    );
    let configuration = Configuration::parse(&text, folder, "provisor.toml").expect("it is right");
    Host::open(configuration, HostOptions::default())
        .await
        .expect("the host opens")
}

/// Answers how many operations that made.
async fn request(host: &Host, first: u64, last: u64) -> u64 {
    let requests = (first..last)
        .map(|row| {
            let values = values(row);
            let id = values[0].parse().expect("an id");
            let mut identity = Identity::new(id).with("login", [values[0].as_str()]);
            for (number, value) in values.iter().enumerate().skip(1) {
                identity = identity.with(&format!("column{number}"), [value.as_str()]);
            }
            Request {
                resource: "app".parse().expect("a name"),
                identity,
                wanted: Wanted::Account,
                requester: "iam".parse().expect("a name"),
                anew: false,
                after: None,
            }
        })
        .collect();
    let mut operations = 0;
    for receipt in host.request_all(requests).await.expect("they are recorded") {
        operations += receipt.expect("it is recorded").operations.len() as u64;
    }
    operations
}

async fn take(host: &Host, file: &str) -> u64 {
    let report = host.take_export("app", Some(file)).await.expect("taken");
    assert_eq!(report.export.state.as_str(), "accepted");
    report.appeared + report.changed + report.unchanged
}

/// The most memory that this process had, in kibibytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let words = line.and_then(|line| line.split_whitespace().next());
    words.and_then(|word| word.parse().ok()).unwrap_or(0)
}
