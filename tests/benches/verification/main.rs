//! A verification pass over an export of known accounts: nothing changed, and one row in a hundred
//! changed; beside DuckDB, which compares the same two files. Before that, many requests at once.
//!
//!     cargo bench -p provisor-tests --bench verification
//!
//! DuckDB is measured when the Python of `PROVISOR_PYTHON` (default `python3`) has the package
//! `duckdb`. Each pass runs in a process of its own, so that its peak of memory is its own. The
//! results are in `docs/performance.md`.

mod exports;
mod passes;

use std::path::Path;
use std::process::Command;

use provisor_tests::folder::copy;

use crate::exports::Content;

/// Rows of the two sizes.
const SIZES: [u64; 2] = [100_000, 1_000_000];

/// Requests that are made at once, each for an account that is not there.
const REQUESTS: u64 = 10_000;

/// How often each pass is repeated; the middle one counts.
const TURNS: usize = 3;

/// What one pass took.
#[derive(Debug, Clone, Copy)]
struct Figure {
    seconds: f64,
    /// The most memory that the process had.
    mebibytes: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(task) = arguments.iter().position(|one| one == "--task") {
        let text = |index: usize| arguments[task + index].clone();
        let rows = text(3).parse().expect("a number");
        return passes::run(&text(1), Path::new(&text(2)), rows);
    }
    let python = std::env::var("PROVISOR_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let requests = {
        let folder = tempfile::tempdir().expect("a folder");
        exports::write(folder.path(), "known.csv", 1, Content::Known);
        task("requests", folder.path(), REQUESTS)
    };
    let mut lines = Vec::new();
    for rows in SIZES {
        let folder = tempfile::tempdir().expect("a folder");
        exports::write(folder.path(), "known.csv", rows, Content::Known);
        exports::write(folder.path(), "same.csv", rows, Content::Known);
        exports::write(folder.path(), "changed.csv", rows, Content::Changed);
        exports::write(folder.path(), "moved.csv", rows, Content::Moved);
        let begun = std::time::Instant::now();
        task("prepare", folder.path(), rows);
        eprintln!("{rows} accounts are known after {:.0?}", begun.elapsed());
        for (file, what) in [
            ("same.csv", "nothing changed"),
            ("changed.csv", "1 % changed"),
            ("moved.csv", "the same in another order"),
        ] {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..TURNS {
                let turn = tempfile::tempdir().expect("a folder");
                copy(folder.path(), turn.path());
                ours.push(task(file, turn.path(), rows));
                theirs.extend(duckdb(&python, folder.path(), file));
            }
            lines.push(line(rows, what, middle(ours), middle(theirs)));
        }
    }
    println!(
        "\n{REQUESTS} requests planned, stored and given to people: {:.2} s, {:.0} a second, {:.0} MiB",
        requests.seconds,
        REQUESTS as f64 / requests.seconds,
        requests.mebibytes
    );
    println!(
        "\n{:>9}  {:<26} {:>8} {:>12} {:>10} {:>8} {:>10}",
        "rows", "", "seconds", "rows/s", "MiB", "DuckDB", "MiB"
    );
    for line in lines {
        println!("{line}");
    }
}

fn line(rows: u64, what: &str, ours: Option<Figure>, theirs: Option<Figure>) -> String {
    let Some(ours) = ours else {
        return format!("{rows:>9}  {what:<26} was not measured");
    };
    let theirs = theirs.map_or_else(
        || "       -          -".to_owned(),
        |theirs| format!("{:>8.2} {:>10.0}", theirs.seconds, theirs.mebibytes),
    );
    format!(
        "{rows:>9}  {what:<26} {:>8.2} {:>12.0} {:>10.0} {theirs}",
        ours.seconds,
        rows as f64 / ours.seconds,
        ours.mebibytes
    )
}

fn middle(mut figures: Vec<Figure>) -> Option<Figure> {
    figures.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
    figures.get(figures.len() / 2).copied()
}

/// Runs a task in a process of its own.
fn task(task: &str, folder: &Path, rows: u64) -> Figure {
    let output = Command::new(std::env::current_exe().expect("a program"))
        .args(["--task", task])
        .arg(folder)
        .arg(rows.to_string())
        .output()
        .expect("it starts");
    assert!(
        output.status.success(),
        "{task}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    figure(&output.stdout).unwrap_or_else(|| panic!("{task} says nothing"))
}

fn duckdb(python: &str, folder: &Path, file: &str) -> Option<Figure> {
    let output = Command::new(python)
        .args(["-c", include_str!("duckdb.py")])
        .arg(folder.join("exports/known.csv"))
        .arg(folder.join("exports").join(file))
        .output()
        .ok()?;
    figure(&output.stdout)
}

/// The last line of a process: seconds and kibibytes.
fn figure(output: &[u8]) -> Option<Figure> {
    let text = String::from_utf8_lossy(output);
    let mut words = text.lines().last()?.split_whitespace();
    Some(Figure {
        seconds: words.next()?.parse().ok()?,
        mebibytes: words.next()?.parse::<f64>().ok()? / 1024.0,
    })
}
