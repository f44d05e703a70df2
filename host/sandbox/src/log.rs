//! What a component writes: kept short, and harmless to look at.

use std::collections::VecDeque;

use crate::limits::{LOG_BYTES, LOG_LINE, LOG_LINES};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For the author of the component.
    Debug,
    /// For the integrator.
    Info,
    /// Something is odd.
    Warn,
    /// The call will fail.
    Error,
}

/// One line, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: String,
}

/// The last lines of a run.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: VecDeque<LogLine>,
    /// What was written on an output without the end of a line yet.
    begun: Vec<u8>,
    bytes: u64,
    dropped: u64,
}

impl Log {
    /// Adds a line. The answer says whether the run is still within its limit.
    pub fn write(&mut self, level: Level, text: &str) -> bool {
        self.keep(level, text);
        self.count(text.len() + 1)
    }

    /// Adds what was written on standard output or standard error.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> bool {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LOG_LINE.saturating_sub(self.begun.len());
            self.begun.extend(part.iter().take(room));
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.begun);
                self.keep(Level::Info, String::from_utf8_lossy(&line).trim_end());
            }
        }
        self.count(bytes.len())
    }

    fn keep(&mut self, level: Level, text: &str) {
        if self.lines.len() == LOG_LINES {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(LogLine {
            level,
            text: harmless(text),
        });
    }

    fn count(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        self.bytes <= LOG_BYTES
    }

    /// How many lines were not kept.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The lines that were kept; the first says how many were not.
    pub fn lines(&self) -> Vec<LogLine> {
        let dropped = (self.dropped > 0).then(|| LogLine {
            level: Level::Info,
            text: format!("({} earlier lines were dropped)", self.dropped),
        });
        let begun = (!self.begun.is_empty()).then(|| LogLine {
            level: Level::Info,
            text: harmless(&String::from_utf8_lossy(&self.begun)),
        });
        dropped
            .into_iter()
            .chain(self.lines.iter().cloned())
            .chain(begun)
            .collect()
    }
}

fn harmless(text: &str) -> String {
    let mut end = text.len().min(LOG_LINE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut clean = String::with_capacity(end);
    for c in text[..end].chars() {
        if c.is_control() {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    if end < text.len() {
        clean.push('…');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept_and_the_others_counted() {
        let mut log = Log::default();
        for number in 0..LOG_LINES + 7 {
            log.write(Level::Info, &number.to_string());
        }
        let lines = log.lines();
        assert_eq!(lines[0].text, "(7 earlier lines were dropped)");
        assert_eq!(lines[1].text, "7");
        assert_eq!(lines.len(), LOG_LINES + 1);
    }

    #[test]
    fn control_characters_cannot_forge_a_line_or_play_with_a_terminal() {
        let mut log = Log::default();
        log.write(Level::Warn, "a\nb\u{1b}[31m");
        assert_eq!(log.lines()[0].text, "a\\nb\\u{1b}[31m");
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let mut log = Log::default();
        log.write(Level::Info, &"š".repeat(LOG_LINE));
        let text = &log.lines()[0].text;
        assert!(text.len() <= LOG_LINE + 4 && text.ends_with('…'));
    }

    #[test]
    fn a_flood_is_noticed() {
        let mut log = Log::default();
        let flood = "x".repeat(1024 * 1024);
        let written = (0..100)
            .take_while(|_| log.write_bytes(flood.as_bytes()))
            .count();
        assert_eq!(written as u64, LOG_BYTES / (1024 * 1024));
    }
}
