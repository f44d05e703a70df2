//! What a component is given to put into tickets.

use provisor_model::Timestamp;

use crate::bindings::ticketing::exports::provisor::connector::tickets as guest;
use crate::priority::Priority;

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// The text: always text, whatever it looks like.
    pub text: String,
    /// Whether it stands out.
    pub strong: bool,
    /// Where it leads to: an absolute URL.
    pub link: Option<String>,
}

impl From<&str> for Span {
    fn from(text: &str) -> Self {
        Span {
            text: text.to_owned(),
            ..Span::default()
        }
    }
}

/// Rows of cells under a head.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// What stands above each column.
    pub head: Vec<String>,
    /// The rows; each has as many cells as the head.
    pub rows: Vec<Vec<String>>,
}

/// A part of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Things one below the other.
    Bullets(Vec<Vec<Span>>),
    /// Steps, numbered from 1.
    Steps(Vec<Vec<Span>>),
    /// A table.
    Table(Grid),
}

/// A ticket that was asked for before and that a new one refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its reference.
    pub reference: String,
    /// Its number.
    pub number: String,
}

/// A ticket to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name by which the ticket is found again: 8 to 64 letters, digits and hyphens.
    pub correlation_id: String,
    /// One line without line breaks.
    pub title: String,
    /// What has to be done and how to close it, the most important first.
    pub description: Vec<Block>,
    /// How soon somebody should look at it.
    pub priority: Priority,
    /// By when it should be done.
    pub due: Option<Timestamp>,
    /// The ticket whose work turned out not to be done.
    pub follow_up_of: Option<Predecessor>,
    /// Named values that site-specific fields are made of; each name once.
    pub facts: Vec<(String, String)>,
}

/// A message that the system sent. Its signature must have been checked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Header fields with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content as it came.
    pub body: Vec<u8>,
}

pub(super) fn to_guest(draft: &Draft) -> guest::Draft {
    guest::Draft {
        correlation_id: draft.correlation_id.clone(),
        title: draft.title.clone(),
        description: draft.description.iter().map(block).collect(),
        priority: draft.priority.into(),
        due: draft.due.map(|due| due.to_string()),
        follow_up_of: draft.follow_up_of.as_ref().map(|it| guest::Predecessor {
            reference: it.reference.clone(),
            number: it.number.clone(),
        }),
        facts: draft.facts.clone(),
    }
}

pub(super) fn block(block: &Block) -> guest::Block {
    let spans = |spans: &Vec<Span>| -> Vec<guest::Span> {
        let span = |span: &Span| guest::Span {
            text: span.text.clone(),
            strong: span.strong,
            link: span.link.clone(),
        };
        spans.iter().map(span).collect()
    };
    match block {
        Block::Heading(text) => guest::Block::Heading(text.clone()),
        Block::Paragraph(text) => guest::Block::Paragraph(spans(text)),
        Block::Bullets(items) => guest::Block::Bullets(items.iter().map(spans).collect()),
        Block::Steps(items) => guest::Block::Steps(items.iter().map(spans).collect()),
        Block::Table(grid) => guest::Block::Table(guest::Grid {
            head: grid.head.clone(),
            rows: grid.rows.clone(),
        }),
    }
}
