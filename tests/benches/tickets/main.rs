//! Tickets: many of them from the request to their end, and one of them step by step, against a
//! simulated ServiceNow on the loopback interface.
//!
//!     cargo bench -p provisor-tests --bench tickets
//!
//! The host and the simulated system are processes of their own, so that memory and processor time
//! are each one's own. The results are in `docs/performance.md`.

mod host;
mod people;
mod usage;

use std::path::Path;
use std::process::Command;

use crate::people::People;

/// How many tickets there are in the two runs: ten times as many should take ten times as long.
const SIZES: [usize; 2] = [1_000, 10_000];

/// How many tickets are followed one by one.
const SINGLE: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(task) = arguments.iter().position(|one| one == "--task") {
        let text = |index: usize| arguments[task + index].clone();
        return match text(1).as_str() {
            "people" => people::serve(),
            "many" => host::many(
                Path::new(&text(2)),
                &text(3),
                text(4).parse().expect("a number"),
            ),
            "single" => {
                host::single(
                    Path::new(&text(2)),
                    &text(3),
                    text(4).parse().expect("a number"),
                );
            }
            other => panic!("there is no task {other}"),
        };
    }
    for (task, count) in SIZES
        .map(|size| ("many", size))
        .into_iter()
        .chain([("single", SINGLE)])
    {
        let folder = tempfile::tempdir().expect("a folder");
        let people = People::hire();
        println!("\n{task}: {count} tickets");
        let status = Command::new(std::env::current_exe().expect("a program"))
            .args(["--task", task])
            .arg(folder.path())
            .arg(people.url())
            .arg(count.to_string())
            .status()
            .expect("it starts");
        assert!(status.success(), "{task} of {count}");
    }
}
