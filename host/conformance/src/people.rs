//! What people do in a system that is there.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use provisor_simulated::{Action, Seen};

/// How long one act may take.
const LONGEST: Duration = Duration::from_secs(60);

/// How often it is looked whether a command has ended.
const STEP: Duration = Duration::from_millis(5);

/// How long the last words of a command that has ended may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Bytes that a command may print.
const MOST: u64 = 4 * 1024 * 1024;

/// Characters of its complaint that are told.
const TOLD: usize = 300;

/// The exit code that says that a system knows no such act.
const UNKNOWN: i32 = 3;

/// Does what people do in a system that is there. A call may block.
pub trait People: Send + Sync + std::fmt::Debug {
    /// Does something with the ticket of this number: whether the system knows such an act.
    ///
    /// # Errors
    /// When it knows it and it did not come about.
    fn act(&self, number: &str, action: &Action) -> Result<bool, PeopleError>;

    /// The tickets with exactly this correlation id, as people see them.
    ///
    /// # Errors
    /// When they cannot be seen.
    fn tickets(&self, correlation_id: &str) -> Result<Vec<Seen>, PeopleError>;

    /// From now on no ticket is made without a value in one field more: the name of the field, or
    /// nothing where the system cannot be set up so.
    ///
    /// # Errors
    /// When it can, and did not come about.
    fn demand(&self) -> Result<Option<String>, PeopleError>;

    /// The field is not wanted any more.
    ///
    /// # Errors
    /// When it still is.
    fn relent(&self) -> Result<(), PeopleError>;
}

/// Why something that people do did not come about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeopleError {
    /// The command cannot be started.
    #[error("{command} cannot be started: {problem}")]
    NotStarted {
        /// The command.
        command: String,
        /// Why not.
        problem: String,
    },
    /// It was too slow.
    #[error("{command} did not end within {} s", LONGEST.as_secs())]
    Late {
        /// The command with what it was asked for.
        command: String,
    },
    /// It ended with a code that means neither "done" nor "there is no such act".
    #[error("{command} ended with {code}: {said}")]
    Failed {
        /// The command with what it was asked for.
        command: String,
        /// Its exit code, or the signal.
        code: String,
        /// What it wrote to standard error, shortened.
        said: String,
    },
    /// What it printed is not what was asked for.
    #[error("{command} printed something else than {wanted}: {problem}")]
    Malformed {
        /// The command with what it was asked for.
        command: String,
        /// What would be right.
        wanted: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl PeopleError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            PeopleError::NotStarted { .. } => "people-not-started",
            PeopleError::Late { .. } => "people-late",
            PeopleError::Failed { .. } => "people-failed",
            PeopleError::Malformed { .. } => "people-malformed",
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        matches!(self, PeopleError::Late { .. } | PeopleError::Failed { .. })
    }
}

/// A command that does what people do. It is called with a verb and what the verb is about; see
/// `docs/conformance.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleCommand {
    program: String,
    arguments: Vec<String>,
    folder: PathBuf,
}

/// What a command has said.
struct Said {
    status: ExitStatus,
    output: Vec<u8>,
    complaint: Vec<u8>,
}

impl PeopleCommand {
    /// A command of these words, run in a folder; `None` when there is no word.
    pub fn new(words: &[String], folder: &Path) -> Option<Self> {
        let (program, arguments) = words.split_first().filter(|(it, _)| !it.is_empty())?;
        Some(Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
            folder: folder.to_owned(),
        })
    }

    /// What it prints; `None` when there is no such act.
    fn call(&self, words: &[&str]) -> Result<Option<Vec<u8>>, PeopleError> {
        let command = self.show(words);
        let said = self.run(words, &command)?;
        match said.status.code() {
            Some(0) => Ok(Some(said.output)),
            Some(UNKNOWN) => Ok(None),
            _ => {
                let complaint = String::from_utf8_lossy(&said.complaint);
                Err(PeopleError::Failed {
                    command,
                    code: said.status.to_string(),
                    said: complaint.trim().chars().take(TOLD).collect(),
                })
            }
        }
    }

    fn show(&self, words: &[&str]) -> String {
        let own = std::iter::once(&self.program).chain(&self.arguments);
        let own = own.map(String::as_str);
        own.chain(words.iter().copied())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn run(&self, words: &[&str], command: &str) -> Result<Said, PeopleError> {
        let not_started = |problem: std::io::Error| PeopleError::NotStarted {
            command: command.to_owned(),
            problem: problem.to_string(),
        };
        let folder = match self.folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => &self.folder,
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .args(words)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(not_started)?;
        let output = child.stdout.take().map(read);
        let complaint = child.stderr.take().map(read);
        let begun = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if begun.elapsed() < LONGEST => std::thread::sleep(STEP),
                _ => {
                    // It may have ended just now; what else goes wrong here is the system's.
                    let _killed = child.kill();
                    let _reaped = child.wait();
                    return Err(PeopleError::Late {
                        command: command.to_owned(),
                    });
                }
            }
        };
        // Somebody whom it has left behind may hold its output open.
        let last = |pipe: Option<mpsc::Receiver<Vec<u8>>>| {
            pipe.and_then(|pipe| pipe.recv_timeout(LAST_WORDS).ok())
                .unwrap_or_default()
        };
        Ok(Said {
            status,
            output: last(output),
            complaint: last(complaint),
        })
    }

    fn malformed(&self, words: &[&str], wanted: &'static str, problem: String) -> PeopleError {
        PeopleError::Malformed {
            command: self.show(words),
            wanted,
            problem,
        }
    }
}

/// Reads a pipe to its end or the limit, on a thread of its own: a full pipe stops whoever writes.
fn read(pipe: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks off is one that has ended.
        let _read = pipe.take(MOST).read_to_end(&mut bytes);
        let _nobody_waits = sender.send(bytes);
    });
    receiver
}

impl People for PeopleCommand {
    fn act(&self, number: &str, action: &Action) -> Result<bool, PeopleError> {
        let words = match action {
            Action::Begin => vec!["begin", number],
            Action::Resolve { note } => vec!["resolve", number, note],
            Action::Refuse { note } => vec!["refuse", number, note],
            Action::Cancel { note } => vec!["cancel", number, note],
            Action::Reopen => vec!["reopen", number],
            Action::Delete => vec!["delete", number],
            Action::Hide => vec!["hide", number],
            Action::Show => vec!["show", number],
            Action::Status { status } => vec!["status", number, status],
            Action::Replace { number: other } => vec!["replace", number, other],
        };
        Ok(self.call(&words)?.is_some())
    }

    fn tickets(&self, correlation_id: &str) -> Result<Vec<Seen>, PeopleError> {
        const WANTED: &str = "a JSON list of tickets";
        let words = ["tickets", correlation_id];
        match self.call(&words)? {
            Some(output) => serde_json::from_slice(&output)
                .map_err(|error| self.malformed(&words, WANTED, error.to_string())),
            None => Err(self.malformed(&words, WANTED, "it knows no such act".to_owned())),
        }
    }

    fn demand(&self) -> Result<Option<String>, PeopleError> {
        let words = ["demand"];
        let Some(output) = self.call(&words)? else {
            return Ok(None);
        };
        let name = String::from_utf8_lossy(&output).trim().to_owned();
        match name.is_empty() || name.contains('\n') {
            true => Err(self.malformed(&words, "the name of a field", "one line".to_owned())),
            false => Ok(Some(name)),
        }
    }

    fn relent(&self) -> Result<(), PeopleError> {
        self.call(&["relent"]).map(drop)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> PeopleCommand {
        let words = ["/bin/sh", "-c", script, "people"].map(str::to_owned);
        PeopleCommand::new(&words, Path::new("")).expect("a command")
    }

    fn resolve() -> Action {
        Action::Resolve {
            note: "it is done".to_owned(),
        }
    }

    #[test]
    fn a_command_is_told_what_to_do_word_by_word() {
        let script = r#"test "$1,$2,$3,$#" = "resolve,7,it is done,3""#;
        assert_eq!(shell(script).act("7", &resolve()), Ok(true));
        assert!(shell(script).act("8", &resolve()).is_err());
    }

    #[test]
    fn three_means_that_there_is_no_such_act_and_anything_else_that_it_failed() {
        assert_eq!(shell("exit 3").act("7", &Action::Hide), Ok(false));
        let error = shell("echo away >&2; exit 1").act("7", &Action::Hide);
        let error = error.unwrap_err();
        assert_eq!(error.code(), "people-failed");
        assert!(error.to_string().ends_with(": away"), "{error}");
    }

    #[test]
    fn what_people_see_is_read_from_what_the_command_prints() {
        let script = r#"echo '[{"number": "7", "title": "t", "description": "d", "status": "new",
            "correlation-id": "'$2'", "comments": ["a"]}]'"#;
        let seen = shell(script).tickets("conform-1").unwrap();
        assert_eq!(
            (seen.len(), seen[0].correlation_id.as_str()),
            (1, "conform-1")
        );
        for script in ["echo nothing", "echo '[{}]'", "exit 3"] {
            let error = shell(script).tickets("conform-1").unwrap_err();
            assert_eq!(error.code(), "people-malformed", "{script}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let words = ["/no/such/program".to_owned()];
        let command = PeopleCommand::new(&words, Path::new("")).unwrap();
        let error = command.relent().unwrap_err();
        assert_eq!(error.code(), "people-not-started");
        assert!(error.to_string().starts_with("/no/such/program relent"));
        assert_eq!(PeopleCommand::new(&[], Path::new("")), None);
    }

    #[test]
    fn the_field_that_is_wanted_is_one_line() {
        let field = shell("echo shelf").demand().unwrap();
        assert_eq!(field.as_deref(), Some("shelf"));
        assert_eq!(shell("exit 3").demand(), Ok(None));
        assert!(shell("true").demand().is_err());
    }
}
