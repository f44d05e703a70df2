//! A ticket to be made, as authors write it: JSON.

use std::collections::BTreeMap;

use provisor_sandbox::{Block, Draft, Grid, Predecessor, Priority, Span};
use serde::Deserialize;

/// Reads a draft from JSON.
///
/// | member | what it is |
/// |---|---|
/// | `correlation-id` | 8 to 64 letters, digits and hyphens |
/// | `title` | one line |
/// | `description` | a list of paragraphs; or `{"heading": …}`, `{"bullets": […]}`, `{"steps": […]}`, `{"table": {"head": […], "rows": […]}}` |
/// | `priority` | `low`, `normal` (the default), `high` or `urgent` |
/// | `due` | RFC 3339 |
/// | `follow-up-of` | `{"reference": …, "number": …}` |
/// | `facts` | an object of texts |
///
/// # Errors
/// What is wrong with it and what would be right.
pub fn draft(json: &str) -> Result<Draft, String> {
    let raw: Raw = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let id = &raw.correlation_id;
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '-';
    if !(8..=64).contains(&id.len()) || !id.chars().all(is_name) {
        return Err(format!(
            "correlation-id is {id:?}; it must be 8 to 64 letters, digits and hyphens"
        ));
    }
    let due = raw.due.map(|due| {
        due.parse()
            .map_err(|_| format!("due is {due:?}; it must look like 2026-12-01T12:00:00Z"))
    });
    Ok(Draft {
        correlation_id: raw.correlation_id,
        title: raw.title,
        description: raw.description.into_iter().map(RawBlock::block).collect(),
        priority: match raw.priority {
            RawPriority::Low => Priority::Low,
            RawPriority::Normal => Priority::Normal,
            RawPriority::High => Priority::High,
            RawPriority::Urgent => Priority::Urgent,
        },
        due: due.transpose()?,
        follow_up_of: raw.follow_up_of.map(|it| Predecessor {
            reference: it.reference,
            number: it.number,
        }),
        facts: raw.facts.into_iter().collect(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    correlation_id: String,
    title: String,
    #[serde(default)]
    description: Vec<RawBlock>,
    #[serde(default)]
    priority: RawPriority,
    due: Option<String>,
    follow_up_of: Option<RawPredecessor>,
    #[serde(default)]
    facts: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum RawPriority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPredecessor {
    reference: String,
    number: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawBlock {
    Paragraph(String),
    Named(RawNamed),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawNamed {
    Heading(String),
    Bullets(Vec<String>),
    Steps(Vec<String>),
    Table(RawTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl RawBlock {
    fn block(self) -> Block {
        let text = |text: &String| vec![Span::from(text.as_str())];
        let texts = |texts: &[String]| texts.iter().map(text).collect();
        match self {
            RawBlock::Paragraph(it) => Block::Paragraph(text(&it)),
            RawBlock::Named(RawNamed::Heading(it)) => Block::Heading(it),
            RawBlock::Named(RawNamed::Bullets(it)) => Block::Bullets(texts(&it)),
            RawBlock::Named(RawNamed::Steps(it)) => Block::Steps(texts(&it)),
            RawBlock::Named(RawNamed::Table(it)) => Block::Table(Grid {
                head: it.head,
                rows: it.rows,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_has_every_part_that_the_contract_knows() {
        let found = draft(
            r#"{ "correlation-id": "provisor-17", "title": "Create", "priority": "high",
                 "description": ["Do this.", { "heading": "How" }, { "steps": ["one", "two"] },
                     { "bullets": ["x"] }, { "table": { "head": ["a"], "rows": [["1"]] } }],
                 "due": "2026-12-01T12:00:00Z",
                 "follow-up-of": { "reference": "7", "number": "S-7" },
                 "facts": { "account": "ann" } }"#,
        )
        .unwrap();
        assert_eq!(found.description.len(), 5);
        assert_eq!(found.priority, Priority::High);
        assert_eq!(found.facts, [("account".to_owned(), "ann".to_owned())]);
        assert!(found.due.is_some() && found.follow_up_of.is_some());
    }

    #[test]
    fn a_mistake_in_a_draft_is_named() {
        for (json, word) in [
            ("{}", "correlation-id"),
            (r#"{ "correlation-id": "short", "title": "x" }"#, "8 to 64"),
            (
                r#"{ "correlation-id": "provisor-17", "title": "x", "due": "soon" }"#,
                "due",
            ),
            (
                r#"{ "correlation-id": "provisor-17", "title": "x", "prority": "low" }"#,
                "prority",
            ),
        ] {
            let error = draft(json).unwrap_err();
            assert!(error.contains(word), "{json}: {error}");
        }
    }
}
