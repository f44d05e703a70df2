//! What the configuration says about a Service Manager.

use std::collections::BTreeMap;

use provisor_sdk::{ByPriority, Problem, pointer, template};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::caption::Caption;
use crate::class::Meaning;
use crate::layout::Layout;
use crate::preset::Preset;

/// The least room that a description needs to say what is to be done and that it was cut.
const SHORTEST_DESCRIPTION: usize = 500;

/// The settings of this component. Their documentation for people is `settings.schema.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The root of the REST interface.
    pub url: String,
    /// The kind of record.
    #[serde(default)]
    pub preset: Preset,
    /// The part of the URL; that of the preset by default.
    #[serde(default)]
    pub collection: Option<String>,
    /// The member that holds a record; that of the preset by default.
    #[serde(default)]
    pub envelope: Option<String>,
    /// The published names of the fields.
    #[serde(default)]
    pub captions: Captions,
    /// What queries call fields, where that is not their caption.
    #[serde(default)]
    pub query_names: QueryNames,
    /// The fields that are written as arrays of lines.
    #[serde(default = "all_lines")]
    pub lines: Vec<Lines>,
    /// Fields that only this site has, by template.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Fields for each priority, by template; those of the preset by default.
    #[serde(default)]
    pub priorities: ByPriority<Option<Map<String, Value>>>,
    /// Further fields of every comment, by template.
    #[serde(default)]
    pub comment_fields: Map<String, Value>,
    /// How a record is updated.
    #[serde(default)]
    pub update_method: UpdateMethod,
    /// How a ticket is taken back.
    #[serde(default)]
    pub withdrawal: Withdrawal,
    /// What statuses mean, laid over what is known out of the box.
    #[serde(default)]
    pub statuses: BTreeMap<String, Meaning>,
    /// What closure codes mean, laid over what is known out of the box.
    #[serde(default)]
    pub closure_codes: BTreeMap<String, Meaning>,
    /// How long a title may be, in characters.
    #[serde(default = "title_characters")]
    pub title_characters: usize,
    /// How long a description may be, in characters.
    #[serde(default = "description_characters")]
    pub description_characters: usize,
    /// How many tickets one query asks for.
    #[serde(default = "batch")]
    pub batch: u32,
    /// Where a person can look at a ticket, with `{number}` in it.
    #[serde(default)]
    pub ticket_url: Option<String>,
}

/// The published names of the fields; those of the preset by default. An empty one is not used.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names of the settings say it")]
pub struct Captions {
    pub key: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub correlation_id: Option<String>,
    pub status: Option<String>,
    pub closure_code: Option<String>,
    pub solution: Option<String>,
    pub journal: Option<String>,
    pub assignee: Option<String>,
    pub updated: Option<String>,
    pub closed: Option<String>,
    pub due: Option<String>,
    pub follow_up: Option<String>,
    pub replaced_by: Option<String>,
}

/// What queries call fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct QueryNames {
    /// The number.
    pub key: Option<String>,
    /// The correlation id.
    pub correlation_id: Option<String>,
}

/// A field that can be an array of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lines {
    /// The description.
    Description,
    /// The comments.
    Journal,
}

/// How a record is updated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateMethod {
    /// With `PUT`.
    #[default]
    Put,
    /// With `POST`.
    Post,
}

/// How a ticket is taken back; what is missing is that of the preset.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Withdrawal {
    /// By what.
    pub by: Option<By>,
    /// The name of the action.
    pub action: Option<String>,
    /// The fields that are sent with it, by template.
    pub fields: Option<Map<String, Value>>,
}

/// By what a ticket is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// By an action.
    Action,
    /// By an update of the record.
    Update,
    /// By nothing: people have to.
    Nothing,
}

fn all_lines() -> Vec<Lines> {
    vec![Lines::Description, Lines::Journal]
}

fn title_characters() -> usize {
    100
}

fn description_characters() -> usize {
    30_000
}

fn batch() -> u32 {
    40
}

impl Settings {
    /// All that is wrong beyond what the schema can say.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(url_problem(&self.url));
        problems.extend(self.ticket_url_problem());
        problems.extend(self.limit_problems());
        for (place, fields) in self.templates() {
            problems.extend(template::check(fields, &place));
            numbers(&Value::Object(fields.clone()), &place, &mut problems);
        }
        match Layout::new(self) {
            Ok(layout) => problems.extend(self.clashes(&layout)),
            Err(problem) => problems.push(problem),
        }
        problems
    }

    fn templates(&self) -> impl Iterator<Item = (String, &Map<String, Value>)> {
        let priorities = self
            .priorities
            .iter()
            .filter_map(|(name, fields)| Some((format!("/priorities/{name}"), fields.as_ref()?)));
        let withdrawal = self.withdrawal.fields.iter();
        [
            ("/fields".to_owned(), &self.fields),
            ("/comment-fields".to_owned(), &self.comment_fields),
        ]
        .into_iter()
        .chain(priorities)
        .chain(withdrawal.map(|fields| ("/withdrawal/fields".to_owned(), fields)))
    }

    fn ticket_url_problem(&self) -> Option<Problem> {
        let url = self.ticket_url.as_ref()?;
        let fits = url.contains("{number}")
            && ["https://", "http://"]
                .iter()
                .any(|scheme| url.starts_with(scheme));
        let message = "write an absolute URL with `{number}` where the number of a ticket belongs";
        (!fits).then(|| Problem::new("/ticket-url", message))
    }

    fn limit_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.title_characters < 10 {
            problems.push(Problem::new(
                "/title-characters",
                "allow at least 10 characters",
            ));
        }
        if self.description_characters < SHORTEST_DESCRIPTION {
            let message = format!("allow at least {SHORTEST_DESCRIPTION} characters");
            problems.push(Problem::new("/description-characters", message));
        }
        if !(1..=100).contains(&self.batch) {
            problems.push(Problem::new("/batch", "write a number from 1 to 100"));
        }
        problems
    }

    /// Templates that would be written over.
    fn clashes(&self, layout: &Layout) -> Vec<Problem> {
        let own = [
            Some(&layout.key),
            Some(&layout.title),
            Some(&layout.description),
            Some(&layout.correlation_id),
            layout.due.as_ref(),
            layout.follow_up.as_ref(),
        ];
        own.into_iter()
            .flatten()
            .filter(|caption| caption.find(&self.fields).is_some())
            .map(|caption| {
                let message = "the component writes this field itself; leave it out";
                Problem::new(format!("/fields/{}", caption.text()), message)
            })
            .collect()
    }
}

impl Captions {
    /// A caption that must be there.
    pub(crate) fn needed(
        setting: &Option<String>,
        usual: &str,
        name: &str,
    ) -> Result<Caption, Problem> {
        let text = setting.as_deref().unwrap_or(usual);
        Caption::read(text, &format!("/captions/{name}"))
    }

    /// A caption that may be left empty.
    pub(crate) fn wanted(
        setting: &Option<String>,
        usual: &str,
        name: &str,
    ) -> Result<Option<Caption>, Problem> {
        match setting.as_deref().unwrap_or(usual) {
            "" => Ok(None),
            text => Caption::read(text, &format!("/captions/{name}")).map(Some),
        }
    }
}

fn url_problem(url: &str) -> Option<Problem> {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let host = rest.and_then(|rest| rest.split('/').next());
    let message = match host {
        None | Some("") => {
            "write the root of the REST interface, such as `https://sm.example.com:13080/SM/9/rest`"
        }
        Some(host) if host.contains('@') => {
            "leave out the account: it belongs to the grant of the ticket system"
        }
        Some(_) if url.contains(['?', '#', ' ']) => "leave out everything from `?` or `#` on",
        Some(_) => return None,
    };
    Some(Problem::new("/url", message))
}

/// Service Manager takes numbers only as text, and says so for each record again.
fn numbers(template: &Value, place: &str, problems: &mut Vec<Problem>) {
    match template {
        Value::Number(number) => {
            let message = format!("Service Manager takes numbers as text: write \"{number}\"");
            problems.push(Problem::new(place, message));
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                numbers(item, &format!("{place}/{at}"), problems);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                numbers(member, &pointer(place, name), problems);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
