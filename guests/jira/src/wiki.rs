//! Wiki markup: descriptions and comments as Jira Data Center takes them.
//!
//! Values stand in the middle of markup, so each character with which markup could begin is made
//! harmless: with a backslash where Jira knows that, which people can still read when a field is
//! shown without its markup, and else by its number, which the renderer leaves as it is.

use provisor_sdk::{Block, Span, document};

use crate::text::{lines, visible};

/// A text in wiki markup.
pub fn document(blocks: &[Block]) -> String {
    let parts: Vec<String> = blocks
        .iter()
        .map(block)
        .filter(|part| !part.trim().is_empty())
        .collect();
    parts.join("\n\n")
}

/// A line of text that Jira takes for nothing but text, wherever it stands.
pub fn escape(line: &str) -> String {
    let characters: Vec<char> = visible(line).chars().collect();
    let mut out = String::with_capacity(line.len());
    for (at, &one) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| characters[at]);
        let rest = &characters[at + 1..];
        let inside_word = before.is_some_and(char::is_alphanumeric)
            && rest.first().copied().is_some_and(char::is_alphanumeric);
        match one {
            '*' | '?' | '^' | '~' | '{' | '}' | '[' | ']' | '|' | '!' | '#' => {
                out.push('\\');
                out.push(one);
            }
            // Between two letters these are never markup, and names and dates are full of them.
            '-' | '_' | '+' if !inside_word => {
                out.push('\\');
                out.push(one);
            }
            '\\' => out.push_str("&#92;"),
            // Links that Jira makes by itself, and faces.
            ':' if begins(rest, &["/", "\\", ")", "(", "P", "p", "D"]) => out.push_str("&#58;"),
            ':' if scheme(&characters[..at]) => out.push_str("&#58;"),
            ';' if begins(rest, &[")"]) => out.push_str("&#59;"),
            '(' if begins(rest, &SIGNS) => out.push_str("&#40;"),
            '&' if entity(rest) => out.push_str("&amp;"),
            '.' if is_block(&characters[..at]) => out.push_str("&#46;"),
            _ => out.push(one),
        }
    }
    out
}

/// What makes a sign, such as a tick or a flag, out of an opening parenthesis.
const SIGNS: [&str; 14] = [
    "y)", "n)", "i)", "x)", "/)", "!)", "+)", "-)", "?)", "*", "on)", "off)", "flag", "#",
];

fn begins(rest: &[char], beginnings: &[&str]) -> bool {
    let fits = |beginning: &&str| {
        let mut characters = rest.iter();
        beginning.chars().all(|one| characters.next() == Some(&one))
    };
    beginnings.iter().any(fits)
}

/// Whether a word ends here that Jira takes for the beginning of a link.
fn scheme(before: &[char]) -> bool {
    let word: Vec<char> = before
        .iter()
        .rev()
        .take_while(|one| one.is_ascii_alphabetic())
        .take(16)
        .copied()
        .collect();
    let word: String = word.into_iter().rev().collect();
    ["mailto", "file", "javascript", "data"].contains(&word.to_ascii_lowercase().as_str())
}

/// Whether `&` and what follows is the number or name of a character.
fn entity(rest: &[char]) -> bool {
    let name = rest
        .iter()
        .take_while(|one| one.is_ascii_alphanumeric() || **one == '#')
        .count();
    name > 0 && rest.get(name) == Some(&';')
}

/// Whether a line that begins so is a heading or a quotation when a full stop follows.
fn is_block(before: &[char]) -> bool {
    let text: String = before.iter().take(16).collect();
    let text = text.trim_start();
    before.len() <= 16 && matches!(text, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "bq")
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => match escape(&document::one_line(text)) {
            text if text.is_empty() => text,
            text => format!("h3. {text}"),
        },
        Block::Paragraph(spans) => written(spans, "\n"),
        Block::Bullets(items) => list("*", items),
        Block::Steps(items) => list("#", items),
        Block::Table(grid) => {
            let head = row("||", &grid.head);
            let rows = grid.rows.iter().map(|cells| row("|", cells));
            let all: Vec<String> = std::iter::once(head)
                .chain(rows)
                .filter(|row| !row.is_empty())
                .collect();
            all.join("\n")
        }
    }
}

fn list(sign: &str, items: &[Vec<Span>]) -> String {
    let item = |item: &Vec<Span>| format!("{sign} {}", written(item, " "));
    let items: Vec<String> = items.iter().map(item).collect();
    items.join("\n")
}

fn row(border: &str, cells: &[String]) -> String {
    if cells.is_empty() {
        return String::new();
    }
    // Two borders with nothing between them would begin a cell of the head.
    let cell = |text: &String| format!("{border} {} ", escape(&document::one_line(text)));
    let cells: String = cells.iter().map(cell).collect();
    format!("{cells}{border}")
}

/// Spans one behind the other, their line breaks written so.
fn written(spans: &[Span], line_break: &str) -> String {
    let mut out = String::new();
    for span in spans {
        let link = span.link.as_deref().filter(|link| document::is_web(link));
        for (at, line) in lines(&span.text).into_iter().enumerate() {
            if at > 0 {
                out.push_str(line_break);
            }
            let text = escape(&line);
            // Marks hold only around text that does not begin or end with a space.
            let inner = text.trim();
            if inner.is_empty() {
                out.push_str(&text);
                continue;
            }
            let (before, after) = text.split_once(inner).unwrap_or(("", ""));
            let mut marked = inner.to_owned();
            if let Some(link) = link {
                marked = format!("[{marked}|{}]", address(link));
            }
            if span.strong {
                marked = format!("{{*}}{marked}{{*}}");
            }
            out.push_str(before);
            out.push_str(&marked);
            out.push_str(after);
        }
    }
    out
}

/// A URL that can end nothing around it.
fn address(link: &str) -> String {
    let mut out = String::with_capacity(link.len());
    for one in link.chars() {
        if one.is_ascii_alphanumeric() || "-._:/?#@$&'(),;=%+".contains(one) {
            out.push(one);
        } else if !one.is_control() {
            provisor_sdk::http::encode(one.encode_utf8(&mut [0; 4]), &mut out);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_readable() {
        for plain in [
            "Smith, Ann (HR)",
            "full-name",
            "2026-12-01T12:00",
            "snake_case_name",
            "ann@example.com",
            "AT&T",
            "CN=ann,OU=people",
        ] {
            assert_eq!(escape(plain), plain);
        }
    }

    #[test]
    fn markup_becomes_text() {
        for (value, written) in [
            ("{color:red}x", r"\{color:red\}x"),
            ("[a|http://evil]", r"\[a\|http&#58;//evil\]"),
            ("!http://x/y.png!", r"\!http&#58;//x/y.png\!"),
            ("-gone-", r"\-gone\-"),
            (r"\\server\share", "&#92;&#92;server&#92;share"),
            ("h1. Title", "h1&#46; Title"),
            ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
            ("(x) :) ;)", r"&#40;x) &#58;) &#59;)"),
            ("# * ||", r"\# \* \|\|"),
            ("@[~admin]", r"@\[\~admin\]"),
            ("mailto:ann", "mailto&#58;ann"),
        ] {
            assert_eq!(escape(value), written);
        }
    }

    #[test]
    fn a_table_keeps_its_cells_and_empty_ones_too() {
        let grid = provisor_sdk::Grid {
            head: vec!["Attribute".to_owned(), "Wanted".to_owned()],
            rows: vec![vec!["a|b\nc".to_owned(), String::new()]],
        };
        assert_eq!(
            document(&[Block::Table(grid)]),
            "|| Attribute || Wanted ||\n| a\\|b c |  |"
        );
    }

    #[test]
    fn marks_stand_around_the_words_and_links_end_nothing() {
        let span = Span {
            text: " now ".to_owned(),
            strong: true,
            link: Some("https://h/a|b]c d".to_owned()),
        };
        assert_eq!(
            document(&[Block::Paragraph(vec![span])]),
            " {*}[now|https://h/a%7Cb%5Dc%20d]{*} "
        );
    }
}
