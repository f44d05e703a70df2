//! Atlassian Document Format: descriptions and comments as Jira Cloud takes them.
//!
//! Text in such a document is never taken for markup. What can go wrong is its shape: a text must
//! not be empty, and a cell or list item holds paragraphs and no bare text.

use provisor_sdk::{Block, Span, document};
use serde_json::{Value, json};

use crate::text::{lines, visible};

/// A document.
pub fn document(blocks: &[Block]) -> Value {
    let content: Vec<Value> = blocks.iter().filter_map(block).collect();
    json!({ "type": "doc", "version": 1, "content": content })
}

/// The text of a document, or of a part of one: a line for each paragraph, heading, item and row.
pub fn plain(document: &Value) -> String {
    let mut out = String::new();
    read(document, &mut out);
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

fn block(block: &Block) -> Option<Value> {
    match block {
        Block::Heading(text) => {
            let content = inline(&[document::span(document::one_line(text))]);
            let attrs = json!({ "level": 3 });
            (!content.is_empty())
                .then(|| json!({ "type": "heading", "attrs": attrs, "content": content }))
        }
        Block::Paragraph(spans) => {
            let content = inline(spans);
            (!content.is_empty()).then(|| json!({ "type": "paragraph", "content": content }))
        }
        Block::Bullets(items) => list("bulletList", items),
        Block::Steps(items) => list("orderedList", items),
        Block::Table(grid) => {
            let head = std::iter::once(("tableHeader", &grid.head));
            let rows = head.chain(grid.rows.iter().map(|row| ("tableCell", row)));
            let rows: Vec<Value> = rows
                .filter(|(_, cells)| !cells.is_empty())
                .map(|(kind, cells)| row(kind, cells))
                .collect();
            (!rows.is_empty()).then(|| json!({ "type": "table", "content": rows }))
        }
    }
}

fn list(kind: &str, items: &[Vec<Span>]) -> Option<Value> {
    let item = |item: &Vec<Span>| {
        let paragraph = json!({ "type": "paragraph", "content": inline(item) });
        json!({ "type": "listItem", "content": [paragraph] })
    };
    let items: Vec<Value> = items.iter().map(item).collect();
    (!items.is_empty()).then(|| json!({ "type": kind, "content": items }))
}

fn row(kind: &str, cells: &[String]) -> Value {
    let cell = |text: &String| {
        let content = inline(&[document::span(text.as_str())]);
        let paragraph = json!({ "type": "paragraph", "content": content });
        json!({ "type": kind, "content": [paragraph] })
    };
    let cells: Vec<Value> = cells.iter().map(cell).collect();
    json!({ "type": "tableRow", "content": cells })
}

/// What stands in a paragraph: a line break is a node of its own.
fn inline(spans: &[Span]) -> Vec<Value> {
    let mut nodes = Vec::new();
    for span in spans {
        let mut marks = Vec::new();
        if let Some(link) = span.link.as_deref().filter(|link| document::is_web(link)) {
            let href = visible(&document::one_line(link));
            marks.push(json!({ "type": "link", "attrs": { "href": href } }));
        }
        if span.strong {
            marks.push(json!({ "type": "strong" }));
        }
        for (at, line) in lines(&span.text).into_iter().enumerate() {
            if at > 0 {
                nodes.push(json!({ "type": "hardBreak" }));
            }
            if line.is_empty() {
                continue;
            }
            nodes.push(match marks.is_empty() {
                true => json!({ "type": "text", "text": line }),
                false => json!({ "type": "text", "text": line, "marks": marks }),
            });
        }
    }
    nodes
}

fn read(node: &Value, out: &mut String) {
    let attribute = |name: &str| node["attrs"][name].as_str();
    let kind = node["type"].as_str().unwrap_or("");
    match kind {
        "text" => out.push_str(node["text"].as_str().unwrap_or("")),
        "hardBreak" => out.push('\n'),
        "mention" | "emoji" | "status" | "date" => {
            let text = ["text", "shortName", "timestamp"]
                .into_iter()
                .find_map(attribute);
            out.push_str(text.unwrap_or(""));
        }
        "inlineCard" | "blockCard" | "embedCard" => out.push_str(attribute("url").unwrap_or("")),
        _ => {}
    }
    for part in node["content"].as_array().into_iter().flatten() {
        read(part, out);
    }
    match kind {
        "paragraph" | "heading" | "codeBlock" | "tableRow" | "blockCard"
            if !out.ends_with('\n') =>
        {
            out.push('\n');
        }
        _ => {}
    }
    if matches!(kind, "tableCell" | "tableHeader") && out.ends_with('\n') {
        out.pop();
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_comment_is_read_with_its_people_and_links() {
        let comment = json!({ "type": "doc", "version": 1, "content": [
            { "type": "paragraph", "content": [
                { "type": "mention", "attrs": { "id": "5b1", "text": "@Ann" } },
                { "type": "text", "text": " no such person" },
                { "type": "hardBreak" },
                { "type": "inlineCard", "attrs": { "url": "https://hr.example.com/1" } },
            ] },
            { "type": "table", "content": [{ "type": "tableRow", "content": [
                { "type": "tableCell", "content": [
                    { "type": "paragraph", "content": [{ "type": "text", "text": "a" }] }] },
                { "type": "tableCell", "content": [
                    { "type": "paragraph", "content": [{ "type": "text", "text": "b" }] }] },
            ] }] },
        ] });
        assert_eq!(
            plain(&comment),
            "@Ann no such person\nhttps://hr.example.com/1\na  b"
        );
        assert_eq!(plain(&Value::Null), "");
    }
}
