//! Titles, descriptions and comments as this Jira takes them, cut to what it takes.

use provisor_sdk::{Block, Grid, Span, document};
use serde_json::Value;

use crate::settings::Deployment;
use crate::{adf, wiki};

/// How long a title may be.
const LONGEST_TITLE: usize = 255;

/// The one line of a ticket.
pub fn title(title: &str, correlation_id: &str) -> String {
    let title = visible(&document::one_line(title));
    match title.trim() {
        "" => format!("Provisor {correlation_id}"),
        title => cut(title, LONGEST_TITLE),
    }
}

/// A description or comment of at most `most` characters. What is too long is cut at its end: first
/// each single text that would fill a large part of it, then parts of the whole.
pub fn body(deployment: Deployment, blocks: &[Block], most: usize) -> Value {
    let write = |blocks: &[Block]| match deployment {
        Deployment::Cloud => adf::document(blocks),
        Deployment::DataCenter => Value::String(wiki::document(blocks)),
    };
    // Nobody outside knows what exactly Cloud counts. The whole document as JSON is the most that it
    // can be.
    let fits = |body: &Value| match body {
        Value::String(text) => length(text) <= most,
        document => length(&document.to_string()) <= most,
    };
    let whole = write(blocks);
    if fits(&whole) {
        return whole;
    }
    let shortened: Vec<Block> = blocks
        .iter()
        .map(|block| shortened(block, most / 8))
        .collect();
    document::fit(&shortened, write, fits)
}

/// The text of a comment as this Jira gives it.
pub fn plain(body: &Value) -> String {
    match body {
        Value::String(text) => text.trim().to_owned(),
        document => adf::plain(document),
    }
}

/// The length of a text as Jira counts it: in units of UTF-16.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Cuts a text to this length as Jira counts it, with `…` where it was cut.
pub fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let mut kept = String::new();
    for one in text.chars() {
        let Some(after) = left.checked_sub(one.len_utf16()) else {
            break;
        };
        left = after;
        kept.push(one);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// A text without what nobody sees and a program may obey: control characters, and those that turn
/// the direction of writing.
pub fn visible(text: &str) -> String {
    let hidden = |one: char| {
        one.is_control()
            || matches!(one, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}')
            || matches!(
                one,
                '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}'
            )
    };
    text.chars().filter(|one| !hidden(*one)).collect()
}

/// The lines of a text, each without what nobody sees.
pub fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    text.split(['\n', '\r', '\u{2028}', '\u{2029}'])
        .map(|line| visible(&line.replace('\t', " ")))
        .collect()
}

fn shortened(block: &Block, most: usize) -> Block {
    let text = |text: &String| cut(text, most);
    let spans = |spans: &Vec<Span>| -> Vec<Span> {
        let span = |span: &Span| Span {
            text: text(&span.text),
            strong: span.strong,
            // Half an address leads nowhere.
            link: span.link.clone().filter(|link| length(link) <= most),
        };
        spans.iter().map(span).collect()
    };
    match block {
        Block::Heading(heading) => Block::Heading(text(heading)),
        Block::Paragraph(paragraph) => Block::Paragraph(spans(paragraph)),
        Block::Bullets(items) => Block::Bullets(items.iter().map(spans).collect()),
        Block::Steps(items) => Block::Steps(items.iter().map(spans).collect()),
        Block::Table(grid) => Block::Table(Grid {
            head: grid.head.iter().map(text).collect(),
            rows: grid
                .rows
                .iter()
                .map(|row| row.iter().map(text).collect())
                .collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_of_255_units() {
        assert_eq!(title("a\nb\u{7}\u{202e}c", "corr-1234"), "a b c");
        assert_eq!(title(" \n", "corr-1234"), "Provisor corr-1234");
        assert_eq!(length(&title(&"x".repeat(255), "")), 255);
        let faces = title(&"🙂".repeat(200), "");
        assert_eq!(length(&faces), 255);
        assert!(faces.ends_with('…'));
    }

    #[test]
    fn one_text_that_is_far_too_long_leaves_room_for_the_others() {
        let blocks = [
            document::paragraph("First."),
            document::paragraph("x".repeat(300_000)),
            document::paragraph("Last."),
        ];
        for deployment in [Deployment::Cloud, Deployment::DataCenter] {
            let written = body(deployment, &blocks, 32_767);
            let text = plain(&written);
            assert!(text.starts_with("First."), "{deployment:?}");
            assert!(text.ends_with("Last."), "{deployment:?}");
            assert_eq!(written, body(deployment, &blocks, 32_767));
        }
    }
}
