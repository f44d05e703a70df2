//! A preset with the settings laid over it: all names, resolved.

use provisor_sdk::{ByPriority, Class, Problem};
use serde_json::{Map, Value};

use crate::caption::Caption;
use crate::class::{Classes, Meaning};
use crate::settings::{By, Captions, Lines, Settings, UpdateMethod};

/// How the site has published its records.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The root of the REST interface.
    pub url: String,
    /// The part of the URL.
    pub collection: String,
    /// The member that holds a record.
    pub envelope: String,
    /// The number.
    pub key: Caption,
    /// The one line.
    pub title: Caption,
    /// The text.
    pub description: Caption,
    /// The correlation id.
    pub correlation_id: Caption,
    /// The status.
    pub status: Caption,
    /// How it ended, where records say it.
    pub closure_code: Option<Caption>,
    /// What whoever closed it wrote.
    pub solution: Option<Caption>,
    /// The comments.
    pub journal: Option<Caption>,
    /// Who works on it.
    pub assignee: Option<Caption>,
    /// When it changed last.
    pub updated: Option<Caption>,
    /// When it was closed.
    pub closed: Option<Caption>,
    /// By when it should be done.
    pub due: Option<Caption>,
    /// The number of the ticket that it follows.
    pub follow_up: Option<Caption>,
    /// The number of the ticket that has taken its place.
    pub replaced_by: Option<Caption>,
    /// What queries call the number.
    pub key_name: String,
    /// What queries call the correlation id.
    pub correlation_name: String,
    /// Whether the description is an array of lines.
    pub description_lines: bool,
    /// Whether comments are arrays of lines.
    pub journal_lines: bool,
    /// Fields of each priority.
    pub priorities: ByPriority<Map<String, Value>>,
    /// Fields that only this site has.
    pub fields: Map<String, Value>,
    /// Further fields of every comment.
    pub comment_fields: Map<String, Value>,
    /// How a record is updated.
    pub update_method: UpdateMethod,
    /// By what a ticket is taken back.
    pub by: By,
    /// By which action.
    pub action: String,
    /// With which fields.
    pub withdrawal: Map<String, Value>,
    /// What statuses and closure codes mean.
    pub classes: Classes,
    /// How long a title may be, in characters.
    pub title_characters: usize,
    /// How long a description may be, in characters.
    pub description_characters: usize,
    /// How many tickets one query asks for.
    pub batch: u32,
    /// Where a person can look at a ticket.
    pub ticket_url: Option<String>,
}

impl Layout {
    /// Lays the settings over their preset.
    ///
    /// # Errors
    /// The first name that cannot be one.
    pub fn new(settings: &Settings) -> Result<Self, Problem> {
        let usual = settings.preset.usual();
        let captions = &settings.captions;
        let key = Captions::needed(&captions.key, usual.key, "key")?;
        let correlation_id = correlation_id(captions)?;
        let closure_code =
            Captions::wanted(&captions.closure_code, usual.closure_code, "closure-code")?;
        let withdrawal = match &settings.withdrawal.fields {
            Some(fields) => fields.clone(),
            None => members(usual.withdrawal),
        };
        let mut codes = settings.closure_codes.clone();
        if let Some(code) = own_code(closure_code.as_ref(), &withdrawal) {
            codes.entry(code).or_insert(Meaning::Cancelled);
        }
        Ok(Layout {
            url: settings.url.clone(),
            collection: name(&settings.collection, usual.collection, "/collection")?,
            envelope: name(&settings.envelope, usual.envelope, "/envelope")?,
            title: Captions::needed(&captions.title, usual.title, "title")?,
            description: Captions::needed(&captions.description, usual.description, "description")?,
            status: Captions::needed(&captions.status, usual.status, "status")?,
            solution: Captions::wanted(&captions.solution, usual.solution, "solution")?,
            journal: Captions::wanted(&captions.journal, usual.journal, "journal")?,
            assignee: Captions::wanted(&captions.assignee, usual.assignee, "assignee")?,
            updated: Captions::wanted(&captions.updated, usual.updated, "updated")?,
            closed: Captions::wanted(&captions.closed, usual.closed, "closed")?,
            due: Captions::wanted(&captions.due, "", "due")?,
            follow_up: Captions::wanted(&captions.follow_up, "", "follow-up")?,
            replaced_by: Captions::wanted(&captions.replaced_by, "", "replaced-by")?,
            key_name: query_name(&settings.query_names.key, &key, "key")?,
            correlation_name: query_name(
                &settings.query_names.correlation_id,
                &correlation_id,
                "correlation-id",
            )?,
            description_lines: settings.lines.contains(&Lines::Description),
            journal_lines: settings.lines.contains(&Lines::Journal),
            priorities: settings
                .priorities
                .clone()
                .or(usual.priorities.map(members)),
            fields: settings.fields.clone(),
            comment_fields: settings.comment_fields.clone(),
            update_method: settings.update_method,
            by: settings.withdrawal.by.unwrap_or(usual.by),
            action: name(
                &settings.withdrawal.action,
                usual.action,
                "/withdrawal/action",
            )?,
            withdrawal,
            classes: Classes::new(&settings.statuses, &codes, closure_code.is_some()),
            title_characters: settings.title_characters,
            description_characters: settings.description_characters,
            batch: settings.batch,
            ticket_url: settings.ticket_url.clone(),
            key,
            correlation_id,
            closure_code,
        })
    }

    /// What a status with a closure code means.
    pub fn class(&self, status: &str, closure_code: Option<&str>) -> Class {
        self.classes.class(status, closure_code)
    }
}

/// Out of the box there is no field for it, so the site has to say which one it has added.
fn correlation_id(captions: &Captions) -> Result<Caption, Problem> {
    match captions.correlation_id.as_deref() {
        None | Some("") => Err(Problem::new(
            "/captions/correlation-id",
            "name the published field that keeps the correlation id; have the administrator of \
             Service Manager add a text field of 64 characters for it",
        )),
        Some(text) => Caption::read(text, "/captions/correlation-id"),
    }
}

/// The closure code that withdrawing writes means what withdrawing means.
fn own_code(caption: Option<&Caption>, withdrawal: &Map<String, Value>) -> Option<String> {
    let code = caption?.find(withdrawal)?.as_str()?;
    (!code.contains('{')).then(|| code.to_owned())
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn name(setting: &Option<String>, usual: &str, path: &str) -> Result<String, Problem> {
    let name = setting.as_deref().unwrap_or(usual);
    let fits = !name.is_empty() && !name.contains(['/', '\\', '?', '#', ' ']);
    match fits {
        true => Ok(name.to_owned()),
        false => Err(Problem::new(
            path,
            "write the published name: no spaces, no `/`",
        )),
    }
}

fn query_name(setting: &Option<String>, caption: &Caption, name: &str) -> Result<String, Problem> {
    let given = setting.as_deref().unwrap_or(caption.name());
    let fits = |one: char| one.is_alphanumeric() || matches!(one, '.' | ',' | '_' | '-');
    match !given.is_empty() && given.chars().all(fits) {
        true => Ok(given.to_owned()),
        false => Err(Problem::new(
            format!("/query-names/{name}"),
            format!(
                "a query cannot call a field `{given}`; write its name in the data base here, such \
                 as `number`"
            ),
        )),
    }
}
