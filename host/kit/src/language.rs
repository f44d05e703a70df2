//! In which languages components are written.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::error::KitError;

/// In which language a component is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// With the SDK crate, which is a part of each project.
    Rust,
    /// With componentize-qjs, which puts the QuickJS engine around it.
    JavaScript,
    /// With componentize-py, which puts CPython around it.
    Python,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 3] = [Language::Rust, Language::JavaScript, Language::Python];

    /// As it stands in `component.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::JavaScript => "javascript",
            Language::Python => "python",
        }
    }

    /// As people write it.
    pub fn title(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::JavaScript => "JavaScript",
            Language::Python => "Python",
        }
    }

    /// What is typed in a new project before it is built.
    pub fn first_steps(self) -> &'static [&'static str] {
        match self {
            Language::Rust => &["cargo test"],
            Language::JavaScript => &["npm ci", "npm test"],
            Language::Python => &[
                "python3 -m venv .venv",
                ".venv/bin/pip install --requirement requirements.txt",
                ".venv/bin/python -m unittest",
            ],
        }
    }

    /// Looks for the tools that a build in this language needs. `program` is the first word of the
    /// build command; JavaScript and Python keep it in the project's own folder.
    ///
    /// # Errors
    /// `tool-missing` with how to get it.
    pub fn ensure_tools(self, folder: &Path, program: &str) -> Result<(), KitError> {
        let (tool, remedy) = match self {
            Language::Rust => {
                ensure("cargo", "install Rust 1.95 or newer: https://rustup.rs")?;
                return ensure_target();
            }
            Language::JavaScript => {
                ensure("node", "install Node.js 18 or newer: https://nodejs.org")?;
                ("componentize-qjs", "type in the project's folder: npm ci")
            }
            Language::Python => {
                ensure(
                    "python3",
                    "install Python 3.10 or newer: https://python.org",
                )?;
                (
                    "componentize-py",
                    "type in the project's folder: python3 -m venv .venv && .venv/bin/pip install \
                     --requirement requirements.txt",
                )
            }
        };
        match is_own(program) && !folder.join(program).is_file() {
            true => Err(KitError::Tool { tool, remedy }),
            false => Ok(()),
        }
    }
}

/// Whether the first word of a build command is a file of the project, and not a program that the
/// system looks for.
pub(crate) fn is_own(program: &str) -> bool {
    Path::new(program).components().count() > 1
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Looks whether a program can be started.
fn ensure(tool: &'static str, remedy: &'static str) -> Result<(), KitError> {
    let started = Command::new(tool)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match started {
        Ok(status) if status.success() => Ok(()),
        _ => Err(KitError::Tool { tool, remedy }),
    }
}

/// Looks whether Rust can build for the sandbox.
fn ensure_target() -> Result<(), KitError> {
    let asked = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", "wasm32-wasip2"])
        .stderr(Stdio::null())
        .output();
    let is_there = asked.is_ok_and(|answer| {
        let folder = String::from_utf8_lossy(&answer.stdout);
        answer.status.success() && Path::new(folder.trim()).is_dir()
    });
    match is_there {
        true => Ok(()),
        false => Err(KitError::Tool {
            tool: "the target wasm32-wasip2 of Rust",
            remedy: "type: rustup target add wasm32-wasip2",
        }),
    }
}
