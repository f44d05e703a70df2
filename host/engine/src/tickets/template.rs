//! What a ticket says, from a text in Markdown with names in braces.
//!
//! `{name}` stands for a fact, and a paragraph that is nothing but `{changes}` or the name of
//! another part for that whole part. The text is read first and filled afterwards, so that no value
//! can become markup. A heading under which nothing is left is left out.

use std::collections::BTreeMap;

use provisor_sandbox::{Block, Span};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The usual text.
pub(crate) const USUAL: &str = include_str!("usual.md");

/// The usual one line.
pub(crate) const USUAL_TITLE: &str = "{summary}";

/// Whole parts, by name.
pub(crate) const PARTS: [&str; 6] = [
    "follow-up",
    "changes",
    "instructions",
    "secrets",
    "who",
    "reference",
];

/// Facts that every ticket has, by name; some have no value for some tickets.
pub(crate) const FACTS: [&str; 16] = [
    "summary",
    "account",
    "resource",
    "resource-title",
    "operation",
    "identity",
    "requester",
    "requested-at",
    "priority",
    "due",
    "due-date",
    "route",
    "case",
    "correlation-id",
    "follow-up-of",
    "system",
];

/// Families of facts: `identity.NAME` and `wanted.NAME`.
pub(crate) const FAMILIES: [&str; 2] = ["identity.", "wanted."];

/// With what a text is filled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filling {
    /// Facts by name.
    pub facts: BTreeMap<String, String>,
    /// Parts by name.
    pub parts: BTreeMap<&'static str, Vec<Block>>,
}

/// What is wrong with a text; `parts` says whether parts may stand in it.
pub(crate) fn check(text: &str, parts: bool) -> Result<(), String> {
    for name in names(text)? {
        let known = FACTS.contains(&name)
            || FAMILIES.iter().any(|family| name.starts_with(family))
            || parts && PARTS.contains(&name);
        if !known {
            let mut all: Vec<&str> = FACTS.to_vec();
            if parts {
                all.extend(PARTS);
            }
            return Err(format!(
                "{{{name}}} stands for nothing; there are {}, identity.NAME and wanted.NAME",
                all.join(", ")
            ));
        }
    }
    Ok(())
}

/// The names in braces.
fn names(text: &str) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        if let Some(after) = after.strip_prefix('{') {
            rest = after;
            continue;
        }
        let (name, after) = after
            .split_once('}')
            .ok_or("a \"{\" is not closed; write \"{{\" for the brace itself")?;
        names.push(name.trim());
        rest = after;
    }
    Ok(names)
}

/// One line.
pub(crate) fn line(text: &str, filling: &Filling) -> String {
    let filled = fill(text, filling);
    let mut line: String = filled
        .chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    // A summary begins in lower case, since it also stands inside of sentences.
    if let Some(first) = line.chars().next() {
        let upper: String = first.to_uppercase().collect();
        line.replace_range(..first.len_utf8(), &upper);
    }
    line
}

/// A description.
pub(crate) fn description(text: &str, filling: &Filling) -> Vec<Block> {
    let mut blocks: Vec<(Option<HeadingLevel>, Block)> = Vec::new();
    for (level, block) in read(text) {
        match part(&block, filling) {
            // Headings inside of a part are what stands under the heading above it.
            Some(part) => blocks.extend(part.iter().map(|block| (None, block.clone()))),
            None => blocks.extend(filled(block, filling).map(|block| (level, block))),
        }
    }
    // From the end, so that a heading goes with all the headings under it that go.
    let mut kept: Vec<(Option<HeadingLevel>, Block)> = Vec::new();
    for (level, block) in blocks.into_iter().rev() {
        let nothing_under = |level| match kept.last() {
            None => true,
            Some((next, _)) => next.is_some_and(|next| next <= level),
        };
        if level.is_some_and(nothing_under) {
            continue;
        }
        kept.push((level, block));
    }
    kept.reverse();
    kept.into_iter().map(|(_, block)| block).collect()
}

/// The part that a paragraph stands for.
fn part<'a>(block: &Block, filling: &'a Filling) -> Option<&'a [Block]> {
    let Block::Paragraph(spans) = block else {
        return None;
    };
    let [span] = &spans[..] else {
        return None;
    };
    let name = span
        .text
        .trim()
        .strip_prefix('{')?
        .strip_suffix('}')?
        .trim();
    let name = PARTS.iter().find(|part| **part == name)?;
    Some(filling.parts.get(name).map_or(&[], Vec::as_slice))
}

/// A block with facts in their places; `None` when nothing is left.
fn filled(block: Block, filling: &Filling) -> Option<Block> {
    let spans = |spans: Vec<Span>| -> Vec<Span> {
        spans
            .into_iter()
            .map(|span| Span {
                text: fill(&span.text, filling),
                ..span
            })
            .filter(|span| !span.text.is_empty())
            .collect()
    };
    let items = |items: Vec<Vec<Span>>| -> Vec<Vec<Span>> {
        items
            .into_iter()
            .map(spans)
            .filter(|item| !item.is_empty())
            .collect()
    };
    match block {
        Block::Heading(text) => Some(Block::Heading(fill(&text, filling))),
        Block::Paragraph(all) => Some(spans(all))
            .filter(|spans| spans.iter().any(|span| !span.text.trim().is_empty()))
            .map(Block::Paragraph),
        Block::Bullets(all) => Some(items(all))
            .filter(|items| !items.is_empty())
            .map(Block::Bullets),
        Block::Steps(all) => Some(items(all))
            .filter(|items| !items.is_empty())
            .map(Block::Steps),
        table @ Block::Table(_) => Some(table),
    }
}

fn fill(text: &str, filling: &Filling) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('{') {
            out.push('{');
            rest = after;
            continue;
        }
        match after.split_once('}') {
            Some((name, after)) => {
                if let Some(value) = filling.facts.get(name.trim()) {
                    out.push_str(value);
                }
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.replace("}}", "}")
}

/// The blocks of a text in Markdown. What tickets have no shape for becomes paragraphs.
pub(crate) fn markdown(text: &str) -> Vec<Block> {
    read(text).into_iter().map(|(_, block)| block).collect()
}

/// The same, headings with their level.
fn read(text: &str) -> Vec<(Option<HeadingLevel>, Block)> {
    let mut reading = Reading::default();
    for event in Parser::new_ext(text, Options::empty()) {
        reading.take(event);
    }
    reading.end_block();
    reading.blocks
}

#[derive(Default)]
struct Reading {
    blocks: Vec<(Option<HeadingLevel>, Block)>,
    spans: Vec<Span>,
    items: Vec<Vec<Span>>,
    /// Lists that are open; whether each is numbered.
    lists: Vec<bool>,
    strong: u32,
    link: Option<String>,
}

impl Reading {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.text(&text);
            }
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.text("\n"),
            Event::Start(Tag::Heading { .. }) => {
                self.end_block();
            }
            Event::Start(Tag::List(first)) => {
                if self.lists.is_empty() {
                    self.end_block();
                } else {
                    self.end_item();
                }
                self.lists.push(first.is_some());
            }
            Event::Start(Tag::Strong) => self.strong += 1,
            Event::End(TagEnd::Strong) => self.strong = self.strong.saturating_sub(1),
            Event::Start(Tag::Link { dest_url, .. }) => self.link = Some(dest_url.into_string()),
            Event::End(TagEnd::Link) => self.link = None,
            Event::End(TagEnd::Heading(level)) => {
                let text = std::mem::take(&mut self.spans);
                let text: String = text.into_iter().map(|span| span.text).collect();
                self.blocks.push((Some(level), Block::Heading(text)));
            }
            Event::End(TagEnd::Item) => self.end_item(),
            Event::End(TagEnd::List(_)) => {
                self.end_item();
                if let (Some(numbered), true) = (self.lists.pop(), self.lists.is_empty()) {
                    let items = std::mem::take(&mut self.items);
                    let list = match numbered {
                        true => Block::Steps(items),
                        false => Block::Bullets(items),
                    };
                    self.blocks.push((None, list));
                }
            }
            Event::End(TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::HtmlBlock) | Event::Rule => {
                match self.lists.is_empty() {
                    true => self.end_block(),
                    // Paragraphs of one item stay together.
                    false if !self.spans.is_empty() => self.text(" "),
                    false => {}
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let (strong, link) = (self.strong > 0, self.link.clone());
        match self.spans.last_mut() {
            Some(last) if last.strong == strong && last.link == link => last.text.push_str(text),
            _ => self.spans.push(Span {
                text: text.to_owned(),
                strong,
                link,
            }),
        }
    }

    fn end_item(&mut self) {
        let mut spans = std::mem::take(&mut self.spans);
        if let Some(last) = spans.last_mut() {
            last.text.truncate(last.text.trim_end().len());
        }
        spans.retain(|span| !span.text.is_empty());
        if !spans.is_empty() {
            self.items.push(spans);
        }
    }

    fn end_block(&mut self) {
        let mut spans = std::mem::take(&mut self.spans);
        if let Some(last) = spans.last_mut() {
            last.text.truncate(last.text.trim_end().len());
        }
        if spans.iter().any(|span| !span.text.is_empty()) {
            self.blocks.push((None, Block::Paragraph(spans)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filling() -> Filling {
        let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Filling {
            facts: [
                fact("summary", "create the account ann"),
                fact("account", "ann\n# *x* {case}"),
            ]
            .into(),
            parts: [("changes", vec![Block::Heading("a table".to_owned())])].into(),
        }
    }

    #[test]
    fn no_value_becomes_markup() {
        let blocks = description("For **{account}**: see {identity}", &filling());
        let Block::Paragraph(spans) = &blocks[0] else {
            panic!("{blocks:?}");
        };
        assert_eq!(spans[1].text, "ann\n# *x* {case}");
        assert!(spans[1].strong);
        assert_eq!(spans[2].text, ": see ");
    }

    #[test]
    fn parts_take_their_places_and_empty_ones_take_their_headings_along() {
        let blocks = description(
            "# One\n\n## Two\n\n{who}\n\n# Three\n\n{changes}\n\nx",
            &filling(),
        );
        assert_eq!(
            blocks,
            [
                Block::Heading("Three".to_owned()),
                Block::Heading("a table".to_owned()),
                Block::Paragraph(vec!["x".into()]),
            ]
        );
    }

    #[test]
    fn lists_are_read_with_all_that_is_in_them() {
        let blocks = markdown("1. one\n2. two **bold**\n   - inner\n\n* last [here](https://x)");
        assert_eq!(
            blocks[0],
            Block::Steps(vec![
                vec!["one".into()],
                vec![
                    "two ".into(),
                    Span {
                        text: "bold".to_owned(),
                        strong: true,
                        link: None
                    }
                ],
                vec!["inner".into()],
            ])
        );
        let Block::Bullets(items) = &blocks[1] else {
            panic!("{blocks:?}");
        };
        assert_eq!(items[0][1].link.as_deref(), Some("https://x"));
    }

    #[test]
    fn a_line_has_no_line_breaks_and_begins_in_upper_case() {
        assert_eq!(
            line("{summary}\n\tnow", &filling()),
            "Create the account ann now"
        );
        assert_eq!(line("{account}", &filling()), "Ann # *x* {case}");
    }

    #[test]
    fn a_name_that_stands_for_nothing_is_found_at_once() {
        assert!(check("{acount}", true).unwrap_err().contains("account"));
        assert!(check("{changes}", false).is_err());
        assert!(check("{account", true).is_err());
        assert_eq!(
            check("{{account {identity.manager} {changes}", true),
            Ok(())
        );
        assert_eq!(check(USUAL, true), Ok(()));
    }
}
