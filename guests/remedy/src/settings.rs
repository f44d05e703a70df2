//! What the configuration says about a Remedy system and one application's tickets in it.

use provisor_sdk::{ByPriority, Problem, pointer, template};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::layout::Layout;

/// The most tickets that one question may be about: more make the address of it too long for
/// servers in between.
const LARGEST_BATCH: u32 = 100;

/// The settings of this component. Their documentation for people is `settings.schema.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The base URL of the REST interface, before `/api`.
    pub url: String,
    /// Which kind of ticket is made; it decides about everything that is not set.
    #[serde(default)]
    pub preset: Kind,
    /// The form where tickets are made.
    #[serde(default)]
    pub create_form: Option<String>,
    /// The form where they are read and changed.
    #[serde(default)]
    pub form: Option<String>,
    /// The form where comments are.
    #[serde(default)]
    pub comment_form: Option<String>,
    /// The one line, on the form where tickets are made.
    #[serde(default)]
    pub title_field: Option<String>,
    /// The text, on the form where tickets are made.
    #[serde(default)]
    pub description_field: Option<String>,
    /// The number, on the form where tickets are made.
    #[serde(default)]
    pub create_number_field: Option<String>,
    /// The number.
    #[serde(default)]
    pub number_field: Option<String>,
    /// The correlation id, on the form where tickets are made.
    #[serde(default)]
    pub create_correlation_field: Option<String>,
    /// The correlation id.
    #[serde(default)]
    pub correlation_field: Option<String>,
    /// The status.
    #[serde(default)]
    pub status_field: Option<String>,
    /// Why it has this status; empty for none.
    #[serde(default)]
    pub reason_field: Option<String>,
    /// What whoever closed it wrote; empty for none.
    #[serde(default)]
    pub note_field: Option<String>,
    /// When it changed last; empty for none.
    #[serde(default)]
    pub updated_field: Option<String>,
    /// When it was closed; empty for none.
    #[serde(default)]
    pub closed_field: Option<String>,
    /// Who works on it; empty for none.
    #[serde(default)]
    pub assignee_field: Option<String>,
    /// By when it should be done; empty for none.
    #[serde(default)]
    pub due_field: Option<String>,
    /// The number of the ticket that took its place; empty for none.
    #[serde(default)]
    pub replaced_by_field: Option<String>,
    /// The number of the ticket, on the form where comments are.
    #[serde(default)]
    pub comment_number_field: Option<String>,
    /// The text of a comment.
    #[serde(default)]
    pub comment_text_field: Option<String>,
    /// When a comment was made.
    #[serde(default)]
    pub comment_time_field: Option<String>,
    /// Further fields of each ticket: templates over those of the preset.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Fields by priority, over those of the preset; where there are none, those of the preset hold.
    #[serde(default)]
    pub priorities: ByPriority<Option<Map<String, Value>>>,
    /// Further fields of each comment, over those of the preset.
    #[serde(default)]
    pub comment_fields: Map<String, Value>,
    /// What is written to take a ticket back: templates with the fact `reason`.
    #[serde(default)]
    pub withdrawal: Option<Map<String, Value>>,
    /// Where a person looks at a ticket.
    #[serde(default)]
    pub ticket_url: Option<String>,
    /// Bytes of a title.
    #[serde(default = "title_limit")]
    pub title_limit: usize,
    /// Bytes of a description or comment.
    #[serde(default = "description_limit")]
    pub description_limit: usize,
    /// Tickets that are asked for at once.
    #[serde(default = "batch")]
    pub batch: u32,
}

/// A kind of ticket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Incidents of Service Desk.
    #[default]
    Incident,
    /// Work orders of Service Request Management.
    WorkOrder,
    /// Changes of Change Management.
    Change,
}

fn title_limit() -> usize {
    100
}

fn description_limit() -> usize {
    32_000
}

fn batch() -> u32 {
    40
}

impl Settings {
    /// All that is wrong beyond what the schema can say.
    pub fn problems(&self) -> Vec<Problem> {
        let layout = Layout::new(self);
        let mut problems = layout.problems();
        let mut add = |path: &str, message: &str| problems.push(Problem::new(path, message));
        if !is_base_url(&self.url) {
            add(
                "/url",
                "write `https://` (or `http://`), the host and perhaps a path; no user, query or \
                 fragment. It ends before `/api`",
            );
        }
        if let Some(url) = &self.ticket_url {
            let rest = url.replace("{number}", "").replace("{entry}", "");
            if !provisor_sdk::document::is_web(url) || rest.contains(['{', '}']) {
                add(
                    "/ticket-url",
                    "write an address that begins with `https://`, with {number} or {entry} for \
                     the ticket",
                );
            }
        }
        if self.title_limit < 20 {
            add("/title-limit", "allow at least 20 bytes");
        }
        if self.description_limit < 1_000 {
            add("/description-limit", "allow at least 1,000 bytes");
        }
        if !(1..=LARGEST_BATCH).contains(&self.batch) {
            add("/batch", "ask for 1 to 100 tickets at once");
        }
        problems.extend(self.template_problems(&layout));
        problems
    }

    fn template_problems(&self, layout: &Layout) -> Vec<Problem> {
        let mut problems = template::check(&self.fields, "/fields");
        for (name, fields) in self.priorities.iter() {
            if let Some(fields) = fields {
                problems.extend(template::check(fields, &format!("/priorities/{name}")));
            }
        }
        for own in layout.own_fields() {
            if self.fields.contains_key(own) {
                let message = "Provisor writes this field itself; leave it out";
                problems.push(Problem::new(pointer("/fields", own), message));
            }
        }
        if let Some(withdrawal) = &self.withdrawal {
            problems.extend(template::check(withdrawal, "/withdrawal"));
            let status = withdrawal.get(&layout.status);
            if !status.is_some_and(Value::is_string) {
                let message = format!("say which `{}` a ticket gets", layout.status);
                problems.push(Problem::new("/withdrawal", message));
            }
        }
        problems
    }
}

fn is_base_url(url: &str) -> bool {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        !host.is_empty()
            && !rest.contains(['?', '#', '@', '\\'])
            && !rest
                .chars()
                .any(|one| one.is_whitespace() || one.is_control())
    })
}
