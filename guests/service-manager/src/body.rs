//! From a draft, a comment or a reason to what is sent.
//!
//! Service Manager shows all of it as plain text, so the only thing that a value could forge is a
//! further line or a character that a terminal obeys.

use provisor_sdk::document::{cut, fit, one_line, paragraph, plain_lines};
use provisor_sdk::{Block, Draft, Failure, Grid, Priority, Span, template};
use serde_json::{Map, Value, json};

use crate::caption::lay_over;
use crate::layout::Layout;

/// How long one value in a text may be, in characters: a certificate must not push everything else
/// out.
const LONGEST_VALUE: usize = 4_000;

/// What a new ticket is made of.
///
/// # Errors
/// `configuration` when a template is broken.
pub fn create(layout: &Layout, draft: &Draft) -> Result<Value, Failure> {
    let due = draft.due.as_deref();
    let mut facts = draft.clone();
    let known = |facts: &Draft, name: &str| facts.facts.iter().any(|(known, _)| known == name);
    if let Some(due) = due.filter(|_| !known(&facts, "due")) {
        facts.facts.push(("due".to_owned(), due.to_owned()));
    }
    let mut record = filled(layout.priorities.of(draft.priority), &facts)?;
    lay_over(&mut record, filled(&layout.fields, &facts)?);

    // What no field takes stands in the text.
    let mut first = Vec::new();
    if let Some(due) = due {
        match &layout.due {
            Some(caption) => caption.put(&mut record, json!(offset(due))),
            None => first.push(paragraph(format!("Due: {due}"))),
        }
    }
    if let Some(before) = &draft.follow_up_of {
        match &layout.follow_up {
            Some(caption) => caption.put(&mut record, json!(before.number)),
            None => first.push(paragraph(format!(
                "Follow-up of {}, whose work turned out not to be done.",
                before.number
            ))),
        }
    }
    let blocks: Vec<Block> = first.iter().chain(&draft.description).cloned().collect();
    let title = cut(&one_line(&draft.title), layout.title_characters);
    let description = text(
        &blocks,
        layout.description_characters,
        layout.description_lines,
    );
    layout.title.put(&mut record, json!(title));
    layout.description.put(&mut record, description);
    layout
        .correlation_id
        .put(&mut record, json!(draft.correlation_id));
    Ok(enclosed(layout, record))
}

/// What a comment is made of; `None` when tickets have no comments.
///
/// # Errors
/// `configuration` when a template is broken.
pub fn comment(
    layout: &Layout,
    blocks: &[Block],
    assignee: Option<&str>,
) -> Result<Option<Value>, Failure> {
    let Some(journal) = &layout.journal else {
        return Ok(None);
    };
    let mut record = filled(&layout.comment_fields, &facts([("assignee", assignee)]))?;
    let lines = text(blocks, layout.description_characters, layout.journal_lines);
    journal.put(&mut record, lines);
    Ok(Some(enclosed(layout, record)))
}

/// What withdrawing a ticket sends.
///
/// # Errors
/// `configuration` when a template is broken.
pub fn withdraw(layout: &Layout, reason: &str, assignee: Option<&str>) -> Result<Value, Failure> {
    let reason = cut(&one_line(reason), LONGEST_VALUE);
    let facts = facts([("assignee", assignee), ("reason", Some(&reason))]);
    Ok(enclosed(layout, filled(&layout.withdrawal, &facts)?))
}

/// Whether templates ask for who works on a ticket.
pub fn asks_for_assignee(templates: &Map<String, Value>) -> bool {
    templates
        .values()
        .any(|template| template::names(template).contains("assignee"))
}

fn enclosed(layout: &Layout, record: Map<String, Value>) -> Value {
    json!({ layout.envelope.as_str(): record })
}

/// Templates are filled with the facts of a draft; a comment has facts without one.
fn facts<const N: usize>(facts: [(&str, Option<&str>); N]) -> Draft {
    Draft {
        correlation_id: String::new(),
        title: String::new(),
        description: Vec::new(),
        priority: Priority::Normal,
        due: None,
        follow_up_of: None,
        facts: facts
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect(),
    }
}

fn filled(templates: &Map<String, Value>, facts: &Draft) -> Result<Map<String, Value>, Failure> {
    let mut fields = template::fill_all(templates, facts)?;
    fields.values_mut().for_each(tame);
    Ok(fields)
}

/// Makes characters harmless that are none to read.
fn tame(value: &mut Value) {
    match value {
        Value::String(text) => {
            if text.contains(is_invisible) {
                *text = text.replace(is_invisible, " ");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tame),
        Value::Object(members) => members.values_mut().for_each(tame),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_invisible(one: char) -> bool {
    one.is_control() || matches!(one, '\u{2028}' | '\u{2029}')
}

/// A time as Service Manager writes it: with an offset in digits.
fn offset(time: &str) -> String {
    match time.strip_suffix(['Z', 'z']) {
        Some(rest) => format!("{rest}+00:00"),
        None => time.to_owned(),
    }
}

/// A text in at most so many characters, as an array of lines or as one text.
fn text(blocks: &[Block], most: usize, as_lines: bool) -> Value {
    let longest = LONGEST_VALUE.min(most / 2);
    let blocks: Vec<Block> = blocks
        .iter()
        .map(|block| shortened(block, longest))
        .collect();
    let lines = fit(&blocks, plain_lines, |lines: &Vec<String>| {
        // Each line costs its line break as well.
        let length: usize = lines.iter().map(|line| line.chars().count() + 1).sum();
        length <= most
    });
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.replace(is_invisible, " "))
        .collect();
    match as_lines {
        true => json!(lines),
        false => json!(lines.join("\n")),
    }
}

fn shortened(block: &Block, longest: usize) -> Block {
    let short = |text: &String| shorter(text, longest);
    let spans = |spans: &Vec<Span>| -> Vec<Span> {
        spans
            .iter()
            .map(|span| Span {
                text: short(&span.text),
                ..span.clone()
            })
            .collect()
    };
    match block {
        Block::Heading(text) => Block::Heading(short(text)),
        Block::Paragraph(text) => Block::Paragraph(spans(text)),
        Block::Bullets(items) => Block::Bullets(items.iter().map(spans).collect()),
        Block::Steps(items) => Block::Steps(items.iter().map(spans).collect()),
        Block::Table(grid) => Block::Table(Grid {
            head: grid.head.iter().map(short).collect(),
            rows: grid
                .rows
                .iter()
                .map(|row| row.iter().map(short).collect())
                .collect(),
        }),
    }
}

/// A value that was cut says so: nobody should type half of it.
fn shorter(text: &str, longest: usize) -> String {
    let whole = text.chars().count();
    if whole <= longest {
        return text.to_owned();
    }
    let said = format!(" (cut: {whole} characters in all, see Provisor)");
    cut(text, longest.saturating_sub(said.len())) + &said
}
