//! The process that is killed: this test program again, started for one test with its task in the
//! environment. It says on standard output what it has done, as a server answers its clients.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use provisor::ManualClock;
use provisor::store::fault::POINTS;
use provisor_tests::world;

use crate::script::{Step, moment, perform, was_done_already};

const FOLDER: &str = "PROVISOR_FAULT_FOLDER";
const FIRST: &str = "PROVISOR_FAULT_FIRST";
const RESUMED: &str = "PROVISOR_FAULT_RESUMED";

/// Nothing here takes so long; a process that says nothing any more hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// When the process is killed.
#[derive(Debug, Clone, Copy)]
pub enum Kill {
    /// Never.
    Never,
    /// So many milliseconds after it began to work.
    After(u64),
    /// When it comes by a point for this time.
    At(&'static str, u64),
}

/// What became of the process.
#[derive(Debug)]
pub enum Fate {
    /// All steps are done.
    Finished,
    /// It was killed.
    Killed {
        /// Steps whose end it had told.
        acknowledged: usize,
        /// The point where it stood, if it was one.
        at: Option<&'static str>,
    },
    /// It ended otherwise.
    Broken(String),
}

/// Goes on with the script of a folder after the steps that were acknowledged.
pub fn go_on(folder: &Path, acknowledged: usize, kill: Kill) -> Fate {
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command
        .args([
            "--exact",
            "victim::the_process_that_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .env(FIRST, acknowledged.to_string())
        .env(RESUMED, "yes")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Kill::At(point, passes) = kill {
        command.env("PROVISOR_FAULT", format!("{point} {passes}"));
    }
    let mut child = command.spawn().expect("it starts");
    let output = child.stdout.take().expect("piped");
    let (sender, lines) = channel();
    let reading = std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let begun = Instant::now();
    let mut deadline = begun + PATIENCE;
    let mut acknowledged = acknowledged;
    let mut finished = false;
    let mut at = None;
    let killed = loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                // The test program's own words may stand before ours.
                let Some((_, said)) = line.split_once('@') else {
                    continue;
                };
                match said.split_once(' ') {
                    Some(("did", step)) => {
                        acknowledged = step.parse::<usize>().expect("a number") + 1
                    }
                    Some(("at", point)) => {
                        at = POINTS.into_iter().find(|known| *known == point);
                        break true;
                    }
                    _ if said == "begun" => {
                        if let Kill::After(millis) = kill {
                            deadline = Instant::now() + Duration::from_millis(millis);
                        }
                    }
                    _ if said == "finished" => finished = true,
                    _ => {}
                }
            }
            Err(RecvTimeoutError::Timeout) if matches!(kill, Kill::After(_)) => break true,
            Err(RecvTimeoutError::Timeout) => {
                let _gone = child.kill();
                child.wait().expect("it is gone");
                return Fate::Broken(format!("it hangs after step {acknowledged}"));
            }
            Err(RecvTimeoutError::Disconnected) => break false,
        }
    };
    if killed {
        child.kill().expect("it can be killed");
    }
    let output = child.wait_with_output().expect("it is gone");
    reading.join().expect("read");
    // What it said before it died was heard, too.
    for line in lines.try_iter() {
        if let Some((_, step)) = line.split_once("@did ") {
            acknowledged = step.parse::<usize>().expect("a number") + 1;
        }
        finished |= line.ends_with("@finished");
    }
    if finished && !killed {
        return Fate::Finished;
    }
    match killed {
        true => Fate::Killed { acknowledged, at },
        false => Fate::Broken(format!(
            "it gave up after step {acknowledged}: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is no test: the others start it as the process to kill"]
async fn the_process_that_is_killed() {
    let task = |name| std::env::var(name).expect("another test starts this one with a task");
    let folder = task(FOLDER);
    let folder = Path::new(&folder);
    let first: usize = task(FIRST).parse().expect("a number");
    let script = std::fs::read_to_string(folder.join("script.json")).expect("a script");
    let steps: Vec<Step> = serde_json::from_str(&script).expect("a script");
    let clock = ManualClock::at(moment(&steps[..first]));
    let host = world::open(folder, &clock).await.expect("the host opens");
    println!("\n@begun");
    // Whoever starts a host lets it do what is due.
    host.run_without_exports().await.expect("a run");
    for (index, step) in steps.iter().enumerate().skip(first) {
        clock.set(moment(&steps[..=index]));
        match perform(&host, folder, step).await {
            Ok(()) => {}
            Err(error) if index == first && was_done_already(&error) => {}
            Err(error) => panic!("step {index}, {step:?}: {error}"),
        }
        println!("@did {index}");
    }
    drop(host);
    println!("@finished");
}
