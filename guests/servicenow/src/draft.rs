//! From a draft to the fields of a new record.

use provisor_sdk::{Block, Draft, Failure, FailureKind, Http, Span, document, template};
use serde_json::{Map, Value};

use crate::instance::Instance;
use crate::query::Query;
use crate::reference::{Reference, SysId};
use crate::settings::Settings;
use crate::table::Table;
use crate::{text, time};

/// How many records of one name are looked at.
const NAMESAKES: usize = 20;

/// A kind of record that a ticket refers to by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A group of people.
    Group,
    /// A person.
    Person,
}

impl Kind {
    /// The table, and the field with the name.
    pub fn place(self) -> (&'static str, &'static str) {
        match self {
            Kind::Group => ("sys_user_group", "name"),
            Kind::Person => ("sys_user", "user_name"),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Group => "group",
            Kind::Person => "person with the login",
        }
    }
}

/// The fields of a new record. Groups and people that are named are looked up first.
///
/// # Errors
/// `configuration` when there is no such group or person.
pub fn fields(
    settings: &Settings,
    table: &Table,
    instance: &Instance,
    http: &Http,
    draft: &Draft,
) -> Result<Map<String, Value>, Failure> {
    let draft = &harmless(draft);
    let mut fields = Map::new();
    let mut set = |field: &str, value: String| {
        fields.insert(field.to_owned(), Value::String(value));
    };
    set(
        "short_description",
        text::line(&draft.title, settings.title_limit),
    );
    let description = described(instance, draft);
    set(
        &table.description,
        text::description(&description, settings.description_limit),
    );
    if !settings.correlation_display.is_empty() {
        set("correlation_display", settings.correlation_display.clone());
    }
    let due = draft.due.as_deref().and_then(time::to_instance);
    if let (Some(field), Some(due)) = (&table.due, due) {
        set(field, due);
    }
    if let Some(group) = group(settings, draft)? {
        let group = sys_id_of(instance, http, Kind::Group, &group)?;
        set("assignment_group", group.to_string());
    }
    if let (Some(field), Some(caller)) = (&table.caller, filled(&settings.caller, draft)?) {
        let caller = sys_id_of(instance, http, Kind::Person, &caller)?;
        set(field, caller.to_string());
    }
    let before = draft.follow_up_of.as_ref();
    let before = before.and_then(|before| Reference::read(&before.reference).ok());
    if let (Some(field), Some(before)) = (&table.follow_up, before) {
        set(field, before.sys_id.to_string());
    }
    let priority = settings.priority.of(draft.priority);
    fields.extend(
        priority
            .clone()
            .unwrap_or_else(|| table.priority(draft.priority)),
    );
    fields.extend(template::fill_all(&settings.fields, draft)?);
    // Last, so that nothing can take the place of what the ticket is found by.
    fields.insert(
        table.correlation.clone(),
        Value::String(draft.correlation_id.clone()),
    );
    Ok(fields)
}

/// Who gets the ticket.
fn group(settings: &Settings, draft: &Draft) -> Result<Option<String>, Failure> {
    match filled(&settings.assignment_group, draft)? {
        Some(group) => Ok(Some(group)),
        None => filled(&settings.fallback_group, draft),
    }
}

/// A template of one text; `None` when it or what it asks for is not there, or empty.
fn filled(template: &Option<String>, draft: &Draft) -> Result<Option<String>, Failure> {
    let Some(text) = template else {
        return Ok(None);
    };
    let value = template::fill(&Value::from(text.as_str()), draft)?;
    let value = value.as_ref().and_then(Value::as_str).unwrap_or_default();
    Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty()))
}

/// The identifier of a group or person, looked up unless it is one already.
///
/// # Errors
/// `configuration` when there is none that is active, or there are several.
pub fn sys_id_of(
    instance: &Instance,
    http: &Http,
    kind: Kind,
    name: &str,
) -> Result<SysId, Failure> {
    if let Some(sys_id) = SysId::read(name) {
        return Ok(sys_id);
    }
    let ((table, field), word) = (kind.place(), kind.word());
    let query = Query::equals(field, name)?.sorted();
    let fields = ["sys_id", "active", field];
    let page = instance
        .list(http, table, &query, &fields, (0, NAMESAKES))
        .map_err(|mut failure| {
            if failure.kind == FailureKind::Unauthorized {
                failure.message += &format!(", or write the sys_id in place of `{name}`");
            }
            failure.during(&format!("looking up the {word} `{name}` in {table}"))
        })?;
    let mut found = page
        .records
        .iter()
        .filter(|record| record.get(field).to_lowercase() == name.to_lowercase())
        .filter(|record| record.get("active") != "false")
        .filter_map(crate::record::Record::sys_id);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Failure::configuration(format!(
            "there is no active {word} `{name}` in {table}, or the account may not see it; correct \
             the name, or write the sys_id in its place"
        ))),
        (Some(_), Some(_)) => Err(Failure::configuration(format!(
            "there are several of the {word} `{name}` in {table}; write the sys_id in its place"
        ))),
    }
}

/// The description, which begins with the ticket before.
fn described(instance: &Instance, draft: &Draft) -> Vec<Block> {
    let mut blocks = Vec::with_capacity(draft.description.len() + 1);
    if let Some(before) = &draft.follow_up_of {
        let link = Reference::read(&before.reference)
            .ok()
            .map(|reference| instance.page_of(&reference));
        blocks.push(Block::Paragraph(vec![
            document::span("Follow-up of "),
            Span {
                text: document::one_line(&before.number),
                strong: false,
                link,
            },
            document::span(": its work turned out not to be done."),
        ]));
    }
    blocks.extend(draft.description.iter().cloned());
    blocks
}

/// The draft with facts that are only text wherever a template puts them.
fn harmless(draft: &Draft) -> Draft {
    let mut draft = draft.clone();
    for (_, value) in &mut draft.facts {
        *value = text::harmless(value);
    }
    draft
}
