//! This test program again, started for one of its tests with a task in the environment.

use std::process::{Command, Stdio};

const TASK: &str = "PROVISOR_RELIABILITY_TASK";

/// A process for the test of this name. `through` is the command that starts it, if it needs one.
pub fn command(test: &str, through: &[&str], task: &impl serde::Serialize) -> Command {
    let program = std::env::current_exe().expect("a program");
    let mut command = match through.split_first() {
        None => Command::new(program),
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(TASK, serde_json::to_string(task).expect("JSON"))
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    command
}

/// What this process was started for.
pub fn task<T: serde::de::DeserializeOwned>() -> T {
    let task = std::env::var(TASK).expect("another test starts this one with a task");
    serde_json::from_str(&task).expect("a task")
}

/// What a process tells before it ends.
pub fn told<T: serde::de::DeserializeOwned>(mut command: Command) -> T {
    let output = command
        .stdout(Stdio::piped())
        .output()
        .expect("it can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}\n{text}", output.status);
    let line = text.lines().find_map(|line| line.strip_prefix(MARK));
    serde_json::from_str(line.expect("it tells something")).expect("JSON")
}

const MARK: &str = "told: ";

/// Tells something to whoever started this process.
pub fn tell(what: &impl serde::Serialize) {
    println!("\n{MARK}{}", serde_json::to_string(what).expect("JSON"));
}
