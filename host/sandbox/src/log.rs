//! What a component writes: kept short, and harmless to look at.

use std::collections::{BTreeMap, VecDeque};

use crate::limits::{LOG_BYTES, LOG_LINE, LOG_LINES};

pub use provisor_model::LogLevel as Level;

/// What stands in the place of a secret.
pub const COVERED: &str = "***";

/// Secrets shorter than this are not looked for: what so few characters are found in is a
/// coincidence.
const SOUGHT: usize = 4;

/// One line, without control characters and without the secrets that its component was given, as
/// far as they stand there as they are: what a component has changed or cut to pieces nobody finds.
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
    cleaned: u64,
    covered: u64,
    /// Up to which line an observer was told.
    told: u64,
    /// The secrets that are looked for, the longest first.
    secrets: Vec<Box<str>>,
}

impl Log {
    /// A log in which these secrets are covered, and each line of those that have several.
    pub fn without(secrets: &BTreeMap<String, String>) -> Self {
        let parts = |secret: &'_ String| -> Vec<Box<str>> {
            let lines = secret.lines().map(str::trim);
            let whole = [secret.as_str()].into_iter().chain(lines);
            whole.map(Box::from).collect()
        };
        let mut secrets: Vec<Box<str>> = secrets.values().flat_map(parts).collect();
        secrets.retain(|secret| secret.len() >= SOUGHT);
        secrets.sort_by(|one, other| (other.len(), one).cmp(&(one.len(), other)));
        secrets.dedup();
        Self {
            secrets,
            ..Self::default()
        }
    }

    /// Adds a line. The answer says whether the run is still within its limit.
    pub fn write(&mut self, level: Level, text: &str) -> bool {
        self.keep(level, text);
        self.count(text.len() + 1)
    }

    /// Adds what was written on standard output or standard error.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> bool {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = self.room().saturating_sub(self.begun.len());
            self.begun.extend(part.iter().take(room));
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.begun);
                let line = String::from_utf8_lossy(&line);
                self.keep(Level::Info, line.trim_end_matches(['\r', '\n']));
            }
        }
        self.count(bytes.len())
    }

    fn keep(&mut self, level: Level, text: &str) {
        if self.lines.len() == LOG_LINES {
            self.lines.pop_front();
            self.dropped += 1;
        }
        // What is cut off need not be looked at.
        if text.chars().take(LOG_LINE).any(char::is_control) {
            self.cleaned += 1;
        }
        if self.secrets.iter().any(|secret| text.contains(&**secret)) {
            self.covered += 1;
        }
        let text = self.shown(text);
        self.lines.push_back(LogLine { level, text });
    }

    /// How much of a line is looked at: enough to know a secret that begins in what is kept.
    fn room(&self) -> usize {
        LOG_LINE + self.secrets.first().map_or(0, |secret| secret.len())
    }

    /// A line as it is shown: short, harmless, and without secrets.
    fn shown(&self, text: &str) -> String {
        let room = self.room();
        if self.secrets.is_empty() {
            return harmless(text);
        }
        if text.len() < room {
            return harmless(&self.cover(text.to_owned()));
        }
        // What may be the beginning of a secret at the end of what is looked at is left out.
        let head = &text[..text.floor_char_boundary(room)];
        let mut shown = String::with_capacity(LOG_LINE);
        let mut at = 0;
        while at < LOG_LINE {
            let rest = &head[at..];
            if let Some(secret) = self.secrets.iter().find(|it| rest.starts_with(&***it)) {
                shown.push_str(COVERED);
                at += secret.len();
            } else if let Some(next) = rest.chars().next() {
                shown.push(next);
                at += next.len_utf8();
            } else {
                break;
            }
        }
        let mut shown = harmless(&shown);
        if !shown.ends_with('…') {
            shown.push('…');
        }
        shown
    }

    /// A text without the secrets.
    pub fn cover(&self, mut text: String) -> String {
        for secret in &self.secrets {
            if text.contains(&**secret) {
                text = text.replace(&**secret, COVERED);
            }
        }
        text
    }

    fn count(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        self.bytes <= LOG_BYTES
    }

    /// How many lines were not kept.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many lines had a secret in them.
    pub fn covered(&self) -> u64 {
        self.covered
    }

    /// How many lines had control characters.
    pub fn cleaned(&self) -> u64 {
        self.cleaned
    }

    /// Nothing more will be written: what was begun is a line.
    pub fn finish(&mut self) {
        if !self.begun.is_empty() {
            let begun = std::mem::take(&mut self.begun);
            self.keep(Level::Info, &String::from_utf8_lossy(&begun));
        }
    }

    /// The lines that an observer was not told of yet, as far as they were kept, and how many before
    /// them were not.
    pub fn fresh(&mut self) -> (&[LogLine], u64) {
        let dropped = self.dropped.saturating_sub(self.told);
        let known = self.told.saturating_sub(self.dropped);
        self.told = self.dropped + self.lines.len() as u64;
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let fresh = self.lines.make_contiguous().get(known..);
        (fresh.unwrap_or_default(), dropped)
    }

    /// The lines that were kept; the first says how many were not.
    pub fn lines(&self) -> Vec<LogLine> {
        let dropped = (self.dropped > 0).then(|| LogLine {
            level: Level::Info,
            text: format!("({} earlier lines were dropped)", self.dropped),
        });
        let begun = (!self.begun.is_empty()).then(|| LogLine {
            level: Level::Info,
            text: self.shown(&String::from_utf8_lossy(&self.begun)),
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
        assert_eq!(log.cleaned(), 1);
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let mut log = Log::default();
        log.write(Level::Info, &"š".repeat(LOG_LINE));
        let text = &log.lines()[0].text;
        assert!(text.len() <= LOG_LINE + 4 && text.ends_with('…'));
    }

    fn without(secrets: &[&str]) -> Log {
        let secrets = secrets.iter().enumerate();
        let named = secrets.map(|(number, secret)| (number.to_string(), (*secret).to_owned()));
        Log::without(&named.collect())
    }

    #[test]
    fn secrets_are_covered_wherever_they_stand_and_the_longest_first() {
        let mut log = without(&["hunter2", "hunter2-and-more", "abc"]);
        log.write(Level::Info, "hunter2 hunter2-and-more; abc");
        assert_eq!(log.lines()[0].text, "*** ***; abc");
        assert_eq!(log.cover("xhunter2x".to_owned()), "x***x");
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_line_is_cut() {
        let secret = "0123456789".repeat(30);
        for before in 0..LOG_LINE + secret.len() {
            let text = format!("{secret}{}{secret}{secret}", "š".repeat(before / 2));
            for printed in [false, true] {
                let mut log = without(&[&secret]);
                match printed {
                    true => log.write_bytes(format!("{text}\n").as_bytes()),
                    false => log.write(Level::Info, &text),
                };
                let shown = &log.lines()[0].text;
                assert!(!shown.contains("0123"), "{before} {printed}: {shown}");
                assert!(shown.len() <= LOG_LINE + COVERED.len() + 4);
            }
        }
    }

    #[test]
    fn each_line_is_fresh_once() {
        let mut log = Log::default();
        log.write(Level::Info, "one");
        assert_eq!(log.fresh().0.len(), 1);
        assert_eq!(log.fresh(), (&[][..], 0));
        for number in 0..LOG_LINES + 3 {
            log.write(Level::Info, &number.to_string());
        }
        let (lines, dropped) = log.fresh();
        assert_eq!(
            (lines[0].text.as_str(), lines.len(), dropped),
            ("3", LOG_LINES, 3)
        );
        assert_eq!(log.fresh(), (&[][..], 0));
        log.write_bytes(b"begun");
        assert_eq!(log.fresh(), (&[][..], 0));
        log.finish();
        assert_eq!(log.fresh().0[0].text, "begun");
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
