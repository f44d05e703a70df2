//! How answers are shown: tables and colours for people, JSON for programs.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use provisor::HostError;
use provisor::sandbox::LoadError;
use provisor_conformance::suite::SuiteError;
use provisor_kit::KitError;
use serde::Serialize;

use crate::arguments::Color;
use crate::table::{self, Rows};

/// Where answers go.
pub struct Output {
    json: bool,
    color: bool,
    /// Errors go elsewhere than answers, perhaps into a file.
    error_color: bool,
    terminal: bool,
}

/// What a text means, for its colour. The text itself always says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A heading.
    Strong,
    /// As it should be.
    Good,
    /// Somebody should look.
    Warning,
    /// Wrong.
    Bad,
    /// Less important.
    Faint,
}

impl Tone {
    /// Colours a text.
    pub fn paint(self, text: &str) -> String {
        format!("\u{1b}[{}m{text}{RESET}", self.code())
    }

    /// Takes the colour off a text that was painted as a whole.
    pub fn peel(text: &str) -> (&str, Option<Self>) {
        [
            Self::Strong,
            Self::Good,
            Self::Warning,
            Self::Bad,
            Self::Faint,
        ]
        .into_iter()
        .find_map(|tone| {
            let inside = text
                .strip_prefix("\u{1b}[")?
                .strip_prefix(tone.code())?
                .strip_prefix('m')?
                .strip_suffix(RESET)?;
            Some((inside, Some(tone)))
        })
        .unwrap_or((text, None))
    }

    fn code(self) -> &'static str {
        match self {
            Self::Strong => "1",
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad => "31",
            Self::Faint => "2",
        }
    }
}

/// How long a person does not wonder what is going on.
const PATIENCE: Duration = Duration::from_millis(300);

const RESET: &str = "\u{1b}[0m";

/// A number with what is counted, in the right form: `1 case`, `2 cases`.
pub fn counted(count: impl Into<u64>, one: &str, several: &str) -> String {
    let count = count.into();
    format!("{count} {}", if count == 1 { one } else { several })
}

impl Output {
    /// Decides from what was typed and where the output goes.
    pub fn new(json: bool, color: Color) -> Self {
        let wanted = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        let terminal = std::io::stdout().is_terminal();
        Self {
            json,
            terminal,
            color: wanted(terminal),
            error_color: wanted(std::io::stderr().is_terminal()),
        }
    }

    /// Whether JSON is wanted.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person watches, so that progress is worth showing.
    pub fn shows_progress(&self) -> bool {
        self.terminal && !self.json && std::io::stderr().is_terminal()
    }

    /// Waits for something that may take long. A person who watches is told what it is, unless it
    /// is over at once.
    pub async fn watched<T>(&self, what: &'static str, work: impl Future<Output = T>) -> T {
        if !self.shows_progress() {
            return work.await;
        }
        let mut work = std::pin::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(PATIENCE) => {}
        }
        let spinner = indicatif::ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(Duration::from_millis(100));
        let done = work.await;
        spinner.finish_and_clear();
        done
    }

    /// Prints one value as JSON.
    pub fn json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, value)?;
        writeln!(out)?;
        Ok(())
    }

    /// Prints a line for people.
    pub fn line(&self, text: impl AsRef<str>) -> anyhow::Result<()> {
        writeln!(std::io::stdout().lock(), "{}", text.as_ref())?;
        Ok(())
    }

    /// Prints a label and a sentence after it, in as many lines as the terminal needs. Both are
    /// indented by so many spaces.
    pub fn sentence(&self, indent: u16, tone: Tone, label: &str, text: &str) -> anyhow::Result<()> {
        let whole = format!("{label} {}", plain(text));
        let painted = self.paint(tone, label);
        for (index, line) in table::sentence(whole.trim_start(), indent, self.width())
            .into_iter()
            .enumerate()
        {
            self.line(match index {
                0 => line.replacen(label, &painted, 1),
                _ => line,
            })?;
        }
        Ok(())
    }

    fn width(&self) -> Option<u16> {
        self.terminal.then(table::terminal_width).flatten()
    }

    /// Colours a text.
    pub fn paint(&self, tone: Tone, text: impl AsRef<str>) -> String {
        if self.color {
            tone.paint(text.as_ref())
        } else {
            text.as_ref().to_owned()
        }
    }

    /// Prints a table; nothing but `empty` if it has no rows. Cells may be coloured, so whoever
    /// makes them takes what comes from outside through [`plain`].
    pub fn table(
        &self,
        headings: &[&str],
        rows: Vec<Vec<String>>,
        empty: &str,
    ) -> anyhow::Result<()> {
        let rows = Rows {
            headings,
            cells: rows,
            remarks: None,
        };
        self.rows(&rows, empty)
    }

    /// Prints a table that may have remarks; nothing but `empty` if it has no rows.
    pub fn rows(&self, rows: &Rows<'_>, empty: &str) -> anyhow::Result<()> {
        if rows.cells.is_empty() {
            return self.line(empty);
        }
        for line in table::lines(rows, self.width(), self.color) {
            self.line(line)?;
        }
        Ok(())
    }

    /// Prints an error and gives the exit code for it.
    pub fn failure(&self, error: &anyhow::Error) -> ExitCode {
        let (code, retryable) = error
            .chain()
            .find_map(|cause| {
                let host = cause.downcast_ref::<HostError>();
                host.map(|error| (error.code(), error.retryable()))
                    .or_else(|| of_component(cause))
                    .or_else(|| of_package(cause))
            })
            .unwrap_or(("failed", false));
        let mut err = std::io::stderr().lock();
        let _nobody_to_tell = if self.json {
            let value = serde_json::json!({"error": {
                "code": code, "message": message(error), "retryable": retryable,
            }});
            writeln!(err, "{value}")
        } else {
            let label = if self.error_color {
                Tone::Bad.paint("error:")
            } else {
                "error:".to_owned()
            };
            writeln!(err, "{label} {}", plain(&message(error)))
        };
        match (code, retryable) {
            ("configuration", _) => ExitCode::from(3),
            (_, true) => ExitCode::from(75),
            _ => ExitCode::from(1),
        }
    }
}

/// The code of an error about a component or its project, and whether the same may succeed later.
fn of_component(error: &(dyn std::error::Error + 'static)) -> Option<(&'static str, bool)> {
    let refused = error.downcast_ref::<LoadError>();
    let refused = refused.map(|error| (error.code(), error.retryable()));
    let kit = || error.downcast_ref::<KitError>();
    let suite = || error.downcast_ref::<SuiteError>();
    refused
        .or_else(|| kit().map(|error| (error.code(), error.retryable())))
        .or_else(|| suite().map(|error| (error.code(), error.retryable())))
}

/// The code of an error about keys, signatures and packages, and whether the same may succeed later.
fn of_package(error: &(dyn std::error::Error + 'static)) -> Option<(&'static str, bool)> {
    use provisor::package::{KeyError, OciError, SignatureError, TrustError, Untrusted};
    #[cfg(feature = "registry")]
    if let Some(error) = error.downcast_ref::<provisor::package::registry::RegistryError>() {
        return Some((error.code(), error.retryable()));
    }
    let code = None
        .or_else(|| error.downcast_ref().map(KeyError::code))
        .or_else(|| error.downcast_ref().map(SignatureError::code))
        .or_else(|| error.downcast_ref().map(TrustError::code))
        .or_else(|| error.downcast_ref().map(Untrusted::code))
        .or_else(|| error.downcast_ref().map(OciError::code))?;
    Some((code, false))
}

/// What went wrong, from the outside in. A cause that is part of the message before it is not said
/// again.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    let mut last = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if last.contains(&text) {
            continue;
        }
        if !message.is_empty() {
            message.push_str(": ");
        }
        message.push_str(&text);
        last = text;
    }
    message
}

/// A text without control characters but line breaks, so that no value from outside can play with
/// the terminal.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' => c,
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}
