//! A folder in which commands are typed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use provisor_tests::folder::copy;

/// The moment at which everything happens unless told otherwise.
pub const MONDAY: &str = "2026-03-02T08:00:00Z";

/// A folder with the files of the payroll example, in which commands are typed.
pub struct Desk {
    folder: tempfile::TempDir,
    /// Where commands are typed, below the folder.
    place: PathBuf,
    now: String,
    transcript: String,
}

impl Desk {
    /// Nothing has happened yet. The components are compiled already, which takes seconds.
    pub fn new() -> Self {
        static COMPILED: OnceLock<tempfile::TempDir> = OnceLock::new();
        let compiled = COMPILED.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder");
            for arguments in [&["init"][..], &["resource", "list"]] {
                let output = provisor(folder.path(), MONDAY, arguments, Stdio::piped());
                assert!(output.status.success(), "{output:?}");
            }
            folder
        });
        let desk = Self::empty();
        copy(compiled.path(), desk.folder.path());
        desk
    }

    /// A folder with nothing but the compiled components.
    pub fn with_components() -> Self {
        let (compiled, desk) = (Self::new(), Self::empty());
        std::fs::create_dir(desk.path("data")).expect("made");
        copy(&compiled.path("data/cache"), &desk.path("data/cache"));
        std::fs::copy(compiled.path("data/cache.key"), desk.path("data/cache.key"))
            .expect("copied");
        desk
    }

    /// A folder with the files of the helpdesk example, whose ticket system answers at this address.
    pub fn with_tickets(url: &str) -> Self {
        static COMPILED: OnceLock<tempfile::TempDir> = OnceLock::new();
        let compiled = COMPILED.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder");
            let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/helpdesk");
            copy(&example, folder.path());
            let output = provisor(folder.path(), MONDAY, &["resource", "list"], Stdio::piped());
            assert!(output.status.success(), "{output:?}");
            folder
        });
        let mut desk = Self::empty();
        copy(compiled.path(), desk.folder.path());
        desk.configure("http://127.0.0.1:8710", url);
        desk.now("2026-03-06T10:00:00Z");
        desk
    }

    /// A folder without any file.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            place: PathBuf::new(),
            now: MONDAY.to_owned(),
            transcript: String::new(),
        }
    }

    /// The first export was taken, all people were asked for, and the window is over.
    pub fn with_requests() -> Self {
        let mut desk = Self::new();
        desk.quietly("export take payroll --file paymaster-20260301-2200.csv");
        desk.quietly("request payroll --file people.jsonl --requester iam");
        desk.now("2026-03-02T08:10:00Z");
        desk.quietly("run --no-exports");
        desk
    }

    /// It is another moment.
    pub fn now(&mut self, moment: &str) {
        self.now = moment.to_owned();
    }

    /// Goes into a folder below.
    pub fn enter(&mut self, folder: &str) {
        self.place.push(folder);
    }

    /// Where a file of the folder is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(&self.place).join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("written");
    }

    /// Writes an export that has the first hundred rows of the last one, and says so at its end.
    pub fn write_half_an_export(&self, name: &str) {
        let whole = std::fs::read(self.path("exports/paymaster-20260304-2200.csv")).expect("read");
        let mut half: Vec<u8> = whole
            .split_inclusive(|byte| *byte == b'\n')
            .take(2 + 100)
            .flatten()
            .copied()
            .collect();
        half.extend_from_slice(b"*END* ROWS=100\r\n");
        self.write(&format!("exports/{name}"), half);
    }

    /// Replaces a text in the configuration; it must be there.
    pub fn configure(&self, from: &str, to: &str) {
        let path = self.path("provisor.toml");
        let text = std::fs::read_to_string(&path).expect("read");
        assert!(text.contains(from), "the configuration has no {from:?}");
        std::fs::write(path, text.replace(from, to)).expect("written");
    }

    /// Types a command; what it answers goes into the transcript.
    pub fn type_in(&mut self, line: &str) -> Output {
        let output = self.run(line);
        self.transcript.push_str(&format!("$ provisor {line}\n"));
        let out = self.stable(&output.stdout);
        self.transcript.push_str(&out);
        let err = self.stable(&output.stderr);
        if !err.is_empty() {
            self.transcript
                .push_str(&format!("--- on standard error\n{err}"));
        }
        if let Some(code) = output.status.code().filter(|code| *code != 0) {
            self.transcript.push_str(&format!("--- exit code {code}\n"));
        }
        self.transcript.push('\n');
        output
    }

    /// Types a command that must succeed and is not looked at.
    pub fn quietly(&self, line: &str) {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {output:?}");
    }

    /// Types a command that must succeed; its standard output.
    pub fn answer(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {output:?}");
        self.stable(&output.stdout)
    }

    /// Puts something else into the transcript.
    pub fn note(&mut self, text: &str) {
        self.transcript.push_str(text);
    }

    /// Everything that was typed and answered.
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    /// Types a command whose standard output goes elsewhere.
    pub fn run_into(&self, line: &str, stdout: Stdio) -> Output {
        let words = shell_words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        provisor(&self.path(""), &self.now, &words, stdout)
    }

    fn run(&self, line: &str) -> Output {
        self.run_into(line, Stdio::piped())
    }

    /// The text without what differs from one machine or build to another.
    fn stable(&self, bytes: &[u8]) -> String {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        let folder = self.folder.path().to_str().expect("UTF-8");
        let text = text.replace(folder, "<folder>");
        let mut stable = String::new();
        let mut digits = String::new();
        let mut letters = text.chars().chain(['\n']).peekable();
        while let Some(letter) = letters.next() {
            if letter.is_ascii_hexdigit() && !letter.is_ascii_uppercase() {
                digits.push(letter);
                continue;
            }
            let is_port = letter != '.' && stable.ends_with("http://127.0.0.1:");
            match digits.len() {
                64.. => stable.push_str("<sha256>"),
                // The part of a ticket's id that each installation draws for itself.
                12 if letter == '-' && letters.peek() == Some(&'c') => {
                    stable.push_str("0123456789ab");
                }
                // The beginning of a component's digest.
                12 if digits.contains(|digit: char| digit.is_ascii_alphabetic()) => {
                    stable.push_str("0123456789ab");
                }
                4.. if is_port => stable.push_str("8710"),
                _ => stable.push_str(&digits),
            }
            digits.clear();
            stable.push(letter);
        }
        stable.pop();
        stable
    }
}

fn provisor(folder: &Path, now: &str, arguments: &[&str], stdout: Stdio) -> Output {
    Command::new(env!("CARGO_BIN_EXE_provisor"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .current_dir(folder)
        .env_remove("PROVISOR_CONFIG")
        .env("PROVISOR_NOW", now)
        .env("COLUMNS", "100")
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .expect("it runs")
}

/// Words between spaces; single quotes keep spaces.
pub fn shell_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            letter => {
                if let Some(word) = words.last_mut() {
                    word.push(letter);
                }
            }
        }
    }
    words
}
