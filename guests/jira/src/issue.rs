//! A ticket as Jira gives it.

use provisor_sdk::{Failure, Progress, Ticket};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::reference::Reference;
use crate::settings::Settings;
use crate::time::utc;
use crate::{class, text};

/// The fields that tell where a ticket stands. None of them has several values: Cloud then answers
/// about many tickets at once.
pub const PROGRESS_FIELDS: [&str; 6] = [
    "status",
    "resolution",
    "resolutiondate",
    "statuscategorychangedate",
    "updated",
    "assignee",
];

/// How much of a comment becomes a note, in characters.
const NOTE: usize = 4_000;

/// A ticket as Jira gives it, as far as it was asked for.
#[derive(Debug, Clone, Deserialize)]
pub struct Issue {
    /// The id, which never changes.
    pub id: String,
    /// The key under which it is known now.
    pub key: String,
    /// The fields that were asked for and that it has.
    #[serde(default)]
    pub fields: Map<String, Value>,
}

impl Issue {
    /// Reads a ticket; nothing when it is none.
    pub fn read(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }

    /// How the host knows it.
    ///
    /// # Errors
    /// `malformed` when its id or key cannot be those of a ticket.
    pub fn ticket(&self, settings: &Settings) -> Result<Ticket, Failure> {
        let reference = Reference::new(&self.id, &self.key).ok_or_else(|| {
            Failure::malformed(format!(
                "Jira gave a ticket with the id `{}` and the key `{}`, which cannot be",
                text::cut(&text::visible(&self.id), 50),
                text::cut(&text::visible(&self.key), 50),
            ))
        })?;
        Ok(Ticket {
            reference: reference.write(),
            number: reference.key.clone(),
            url: Some(settings.browse(&reference.key)),
        })
    }

    /// The labels that it has.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let labels = self.fields.get("labels").and_then(Value::as_array);
        labels.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Whether it carries this correlation id, and nothing that only looks like it.
    pub fn carries(&self, correlation_id: &str, settings: &Settings) -> bool {
        let label = settings.label(correlation_id);
        let field = settings.correlation_field.as_ref();
        let field = field.and_then(|field| self.fields.get(field)?.as_str());
        self.labels().any(|known| known == label)
            || field.is_some_and(|value| value.trim() == correlation_id)
    }

    /// The name of its status.
    pub fn status(&self) -> Option<&str> {
        self.fields.get("status")?["name"].as_str()
    }

    /// The category of its status: `new`, `indeterminate`, `done` or `undefined`.
    pub fn category(&self) -> &str {
        let status = self.fields.get("status");
        let category = status.and_then(|status| status["statusCategory"]["key"].as_str());
        category.unwrap_or("undefined")
    }

    /// The name of its resolution, if it has one.
    pub fn resolution(&self) -> Option<&str> {
        self.fields.get("resolution")?["name"].as_str()
    }

    /// Where it stands, without a note.
    ///
    /// # Errors
    /// `malformed` when it has no status.
    pub fn progress(&self, settings: &Settings) -> Result<Progress, Failure> {
        let status = self.status().ok_or_else(|| {
            Failure::malformed(format!("Jira gave {} without its status", self.key))
        })?;
        let time = |field: &str| self.fields.get(field)?.as_str().and_then(utc);
        // A workflow that does not clear the resolution leaves it on tickets that were reopened.
        let closed = self.category() == "done";
        let closed_at = match closed {
            true => time("resolutiondate").or_else(|| time("statuscategorychangedate")),
            false => None,
        };
        let assignee = self.fields.get("assignee");
        let assignee = assignee.and_then(|user| {
            let names = ["displayName", "name", "accountId"].into_iter();
            names.filter_map(|name| user[name].as_str()).next()
        });
        Ok(Progress {
            status: status.to_owned(),
            resolution: self.resolution().map(str::to_owned),
            class: class::of(
                self.category(),
                status,
                self.resolution(),
                &settings.done_resolutions,
            ),
            updated_at: time("updated"),
            closed_at,
            assignee: assignee.map(str::to_owned),
            note: None,
        })
    }
}

/// The comments of a ticket, oldest first, as far as Jira gave them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Comments {
    /// Those that were given.
    pub comments: Vec<Value>,
    /// The place of the first of them among all.
    pub start_at: usize,
    /// How many there are.
    pub total: usize,
}

impl Comments {
    /// Whether the newest one is among those that were given.
    pub fn is_whole(&self) -> bool {
        self.start_at.saturating_add(self.comments.len()) >= self.total
    }

    /// What the newest of those that were given says.
    pub fn note(&self) -> Option<String> {
        // RFC 3339 in UTC sorts by time; of two in the same second the later one in the list counts.
        let newest = self
            .comments
            .iter()
            .max_by_key(|comment| comment["created"].as_str().and_then(utc))?;
        let note = text::plain(&newest["body"]);
        (!note.is_empty()).then(|| text::cut(&note, NOTE))
    }
}
