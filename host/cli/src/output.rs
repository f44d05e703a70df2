//! How answers are shown: tables and colours for people, JSON for programs.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use comfy_table::{Cell, ContentArrangement, Table, presets};
use provisor::HostError;
use serde::Serialize;

use crate::arguments::Color;

/// Where answers go.
pub struct Output {
    json: bool,
    color: bool,
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

/// A number with what is counted, in the right form: `1 case`, `2 cases`.
pub fn counted(count: impl Into<u64>, one: &str, several: &str) -> String {
    let count = count.into();
    format!("{count} {}", if count == 1 { one } else { several })
}

impl Output {
    /// Decides from what was typed and where the output goes.
    pub fn new(json: bool, color: Color) -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self {
            json,
            terminal,
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none(),
            },
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

    /// Colours a text.
    pub fn paint(&self, tone: Tone, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        if !self.color {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Strong => "1",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
            Tone::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Prints a table; nothing but `empty` if it has no rows. Cells may be coloured, so whoever
    /// makes them takes what comes from outside through [`plain`].
    pub fn table(
        &self,
        headings: &[&str],
        rows: Vec<Vec<String>>,
        empty: &str,
    ) -> anyhow::Result<()> {
        if rows.is_empty() {
            return self.line(empty);
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(if self.terminal {
            ContentArrangement::Dynamic
        } else {
            ContentArrangement::Disabled
        });
        table.set_header(
            headings
                .iter()
                .map(|heading| Cell::new(self.paint(Tone::Faint, heading.to_uppercase()))),
        );
        for row in rows {
            table.add_row(row.into_iter().map(Cell::new));
        }
        for line in table.lines() {
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    /// Prints an error and gives the exit code for it.
    pub fn failure(&self, error: &anyhow::Error) -> ExitCode {
        let host = error
            .chain()
            .find_map(|cause| cause.downcast_ref::<HostError>());
        let (code, retryable) =
            host.map_or(("failed", false), |error| (error.code(), error.retryable()));
        let mut err = std::io::stderr().lock();
        let _nobody_to_tell = if self.json {
            let value = serde_json::json!({"error": {
                "code": code, "message": message(error), "retryable": retryable,
            }});
            writeln!(err, "{value}")
        } else {
            writeln!(
                err,
                "{} {}",
                self.paint(Tone::Bad, "error:"),
                plain(&message(error))
            )
        };
        match (code, retryable) {
            ("configuration", _) => ExitCode::from(3),
            (_, true) => ExitCode::from(75),
            _ => ExitCode::from(1),
        }
    }
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
