//! The process that is killed: this test program again, started for one test with its task in the
//! environment.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use provisor::ManualClock;
use provisor::model::Timestamp;
use provisor_tests::world;

const FOLDER: &str = "PROVISOR_CRASH_FOLDER";
const NOW: &str = "PROVISOR_CRASH_NOW";

/// When the process is killed.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// Never.
    Never,
    /// After this time.
    After(Duration),
    /// As soon as the log of the database has so many bytes.
    Log(u64),
}

/// What became of the process.
pub struct Fate {
    /// Whether it ended by itself, and well.
    pub finished: bool,
    /// How long it lived.
    pub lived: Duration,
    /// The most bytes that the log of the database had.
    pub log: u64,
}

/// Takes the export in a process of its own, which is killed.
pub fn take_export(folder: &Path, now: Timestamp, moment: Moment) -> Fate {
    let begun = Instant::now();
    let mut child: Child = Command::new(std::env::current_exe().expect("a program"))
        .args(["--exact", "victim::the_process_that_is_killed", "--ignored"])
        .env(FOLDER, folder)
        .env(NOW, now.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("it starts");
    let log_file = folder.join("data").join("provisor.db-wal");
    let mut log = 0;
    loop {
        log = log.max(std::fs::metadata(&log_file).map_or(0, |file| file.len()));
        if let Some(status) = child.try_wait().expect("it can be asked") {
            return Fate {
                finished: status.success(),
                lived: begun.elapsed(),
                log,
            };
        }
        let over = match moment {
            Moment::Never => false,
            Moment::After(time) => begun.elapsed() >= time,
            Moment::Log(bytes) => log >= bytes,
        };
        if over {
            child.kill().expect("it can be killed");
            child.wait().expect("it is gone");
            return Fate {
                finished: false,
                lived: begun.elapsed(),
                log,
            };
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test]
#[ignore = "it is no test: the others start it as the process to kill"]
async fn the_process_that_is_killed() {
    let task = |name| std::env::var(name).expect("another test starts this one with a task");
    let (folder, now) = (task(FOLDER), task(NOW));
    let clock = ManualClock::at(now.parse().expect("a moment"));
    let host = world::open(Path::new(&folder), &clock)
        .await
        .expect("the host opens");
    host.take_export("app", None)
        .await
        .expect("the export is taken");
}
