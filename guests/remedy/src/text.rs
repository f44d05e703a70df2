//! Title, description and comments as plain text within the limits of their fields.
//!
//! The fields show plain text, so nothing in it is markup. Their limits count bytes on most servers
//! and characters on some; bytes are the stricter reading.

use provisor_sdk::{Block, Draft, Grid, Span, document};

/// One line of at most `most` bytes.
pub fn title(text: &str, most: usize) -> String {
    cut(&document::one_line(text), most)
}

/// What is to be done, in at most `most` bytes. The ticket before and, with `due` and where there is
/// no field for it, by when, stand first: what stands last is cut first.
pub fn description(draft: &Draft, due: bool, most: usize) -> String {
    let mut blocks = Vec::new();
    if let Some(before) = &draft.follow_up_of {
        blocks.push(document::paragraph(format!(
            "This follows {}, whose work turned out not to be done.",
            before.number
        )));
    }
    if let Some(by) = draft.due.as_deref().filter(|_| due) {
        blocks.push(document::paragraph(format!("To be done by {by}.")));
    }
    blocks.extend(draft.description.iter().cloned());
    plain(&blocks, most)
}

/// Blocks as plain text of at most `most` bytes.
pub fn plain(blocks: &[Block], most: usize) -> String {
    let fits = |text: &String| text.len() <= most;
    let whole = document::plain(blocks);
    if fits(&whole) {
        return whole;
    }
    // One text that is far too long must not cost all the others their place.
    let longest = most / 4;
    let shorter: Vec<Block> = blocks
        .iter()
        .map(|block| shortened(block, longest))
        .collect();
    cut(&document::fit(&shorter, document::plain, fits), most)
}

fn shortened(block: &Block, longest: usize) -> Block {
    let spans = |spans: &Vec<Span>| -> Vec<Span> {
        let mut left = longest;
        spans
            .iter()
            .map(|span| {
                let text = cut(&span.text, left);
                left -= text.len();
                Span {
                    text,
                    ..span.clone()
                }
            })
            .collect()
    };
    let cells = |row: &Vec<String>| row.iter().map(|cell| cut(cell, longest)).collect();
    match block {
        Block::Heading(text) => Block::Heading(cut(text, longest)),
        Block::Paragraph(text) => Block::Paragraph(spans(text)),
        Block::Bullets(items) => Block::Bullets(items.iter().map(spans).collect()),
        Block::Steps(items) => Block::Steps(items.iter().map(spans).collect()),
        Block::Table(grid) => Block::Table(Grid {
            head: cells(&grid.head),
            rows: grid.rows.iter().map(cells).collect(),
        }),
    }
}

/// At most `most` bytes of a text, with `…` where it was cut.
fn cut(text: &str, most: usize) -> String {
    const MARK: char = '…';
    if text.len() <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(MARK.len_utf8()) else {
        return String::new();
    };
    let end = text.floor_char_boundary(room);
    let mut kept = text[..end].trim_end().to_owned();
    kept.push(MARK);
    kept
}
