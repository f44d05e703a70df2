//! The text of the file: from bytes to lines, and from TOML to a tree that knows its places.

use toml::Spanned;
use toml::de::DeTable;

use super::{ConfigurationError, Location, Mistake};

/// Characters of a line that a message shows at most, around the place.
const LONGEST_EXCERPT: usize = 120;

/// The largest text of which all syntax errors are reported. Each costs memory, and a large
/// text can be made of nothing else; of a larger one the first is reported.
const LARGEST_RECOVERY: usize = 64 * 1024;

/// How many syntax errors are worth reading: they tend to follow from each other.
const MOST_SYNTAX_ERRORS: usize = 20;

/// A text with a name that can tell line and column of an offset.
pub(super) struct Source {
    name: String,
    text: String,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
}

impl Source {
    pub fn new(name: &str, text: &str) -> Self {
        let rest = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            lines: std::iter::once(0).chain(rest).collect(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Line, column and excerpt of a place.
    pub fn location(&self, offset: usize) -> Location {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let index = self.lines.partition_point(|start| *start <= offset) - 1;
        let start = self.lines[index];
        let line = self.text[start..].lines().next().unwrap_or_default();
        // A byte-order mark takes no column.
        let (line, start) = match line.strip_prefix('\u{feff}') {
            Some(rest) => (rest, start + '\u{feff}'.len_utf8()),
            None => (line, start),
        };
        let before = offset.saturating_sub(start).min(line.len());
        let column = line[..before].chars().count();
        let skipped = match line.chars().nth(LONGEST_EXCERPT) {
            Some(_) => column.saturating_sub(LONGEST_EXCERPT / 2),
            None => 0,
        };
        let mut rest = line.chars().skip(skipped);
        let mut text: String = (&mut rest)
            .take(LONGEST_EXCERPT)
            // What a terminal would act upon is not handed on.
            .map(|c| match c {
                '\t' => ' ',
                c if c.is_control() => char::REPLACEMENT_CHARACTER,
                c => c,
            })
            .collect();
        if rest.next().is_some() {
            text.push('…');
        }
        let mut before = column - skipped;
        if skipped > 0 {
            text.insert(0, '…');
            before += 1;
        }
        Location::new(&self.name, index + 1, column + 1).with_excerpt(text, before)
    }

    /// Whether a line may hold a secret that somebody wrote into the file by mistake: it speaks
    /// of one, or it is in a table that does.
    fn may_show_secret(&self, line: usize) -> bool {
        let starts = &self.lines[..line.min(self.lines.len())];
        for (distance, start) in starts.iter().rev().enumerate() {
            let text = self.text[*start..].lines().next().unwrap_or_default();
            if text.contains("secrets") || distance == 0 && text.contains("secret") {
                return true;
            }
            if text.trim_start().starts_with('[') {
                return false;
            }
        }
        false
    }
}

/// The text as a tree, or its syntax errors.
pub(super) fn parse(source: &Source) -> Result<Spanned<DeTable<'_>>, ConfigurationError> {
    let errors = if source.text.len() > LARGEST_RECOVERY {
        match DeTable::parse(&source.text) {
            Ok(tree) => return Ok(tree),
            Err(error) => vec![error],
        }
    } else {
        match DeTable::parse_recoverable(&source.text) {
            (tree, errors) if errors.is_empty() => return Ok(tree),
            (_, errors) => errors,
        }
    };
    let mut mistakes: Vec<Mistake> = errors
        .iter()
        .take(MOST_SYNTAX_ERRORS)
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            let mut location = source.location(span.start);
            if source.may_show_secret(location.line) {
                location = location.without_excerpt();
            }
            let problem = explain(error.message(), span.is_empty());
            Mistake::new(location, "", format!("this is not TOML: {problem}"))
        })
        .collect();
    mistakes.sort_by(|left, right| left.location.cmp(&right.location));
    Err(ConfigurationError { mistakes })
}

/// The parser's words, with what to do where they do not say it. `nothing` is whether nothing
/// stands at the place.
fn explain(message: &str, nothing: bool) -> String {
    let explained = if message.starts_with("duplicate key") {
        "the same key or table is defined twice; keep one of them"
    } else if message.starts_with("string values must be quoted") && nothing {
        "the value is missing"
    } else if message.starts_with("string values must be quoted") {
        "a text needs straight quotes around it: \"…\""
    } else if message.starts_with("invalid unquoted key") {
        "a key of other characters than a to z, 0 to 9, - and _ needs quotes around it: \"…\""
    } else if message.starts_with("key with no value") {
        "a key needs a value after it: key = value"
    } else if message.ends_with("expected `\"`") || message.ends_with("expected `'`") {
        "this text has no closing quote"
    } else if message.starts_with("cannot recurse further") {
        "it is nested too deeply"
    } else {
        message
    };
    explained.to_owned()
}
