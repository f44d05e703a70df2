//! The fields of a ticket, and what they take.

use serde_json::{Map, Value, json};

use super::site::{Kind, Setup, Site};

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// One line of at most 255 characters.
    Line,
    /// A document on Cloud, and wiki markup on a Data Center.
    Text,
    /// Words without spaces.
    Labels,
    /// A priority.
    Priority,
    /// A day.
    Day,
    /// One of these.
    Option(&'static [&'static str]),
    /// Several of these, by name.
    Components(&'static [&'static str]),
    /// A person.
    User,
    /// A number.
    Number,
}

struct Field {
    id: &'static str,
    name: &'static str,
    takes: Takes,
}

const FIELDS: [Field; 12] = [
    field("summary", "Summary", Takes::Line),
    field("description", "Description", Takes::Text),
    field("labels", "Labels", Takes::Labels),
    field("priority", "Priority", Takes::Priority),
    field("duedate", "Due date", Takes::Day),
    field(
        "components",
        "Components",
        Takes::Components(&["PayMaster", "Ledger"]),
    ),
    field("assignee", "Assignee", Takes::User),
    field("reporter", "Reporter", Takes::User),
    field("customfield_10050", "Correlation", Takes::Line),
    field(
        "customfield_10060",
        "Application",
        Takes::Option(&["payroll", "ledger"]),
    ),
    field("customfield_10070", "Background", Takes::Text),
    field("customfield_10080", "Effort", Takes::Number),
];

const fn field(id: &'static str, name: &'static str, takes: Takes) -> Field {
    Field { id, name, takes }
}

/// The priorities of the site.
pub const PRIORITIES: [(&str, &str); 5] = [
    ("1", "Highest"),
    ("2", "High"),
    ("3", "Medium"),
    ("4", "Low"),
    ("5", "Lowest"),
];

/// The types of tickets: id, name, and whether it is for parts of tickets.
pub const TYPES: [(&str, &str, bool); 3] = [
    ("10002", "Task", false),
    ("10004", "Service Request", false),
    ("10005", "Sub-task", true),
];

/// What is wrong, by field.
pub type Errors = Map<String, Value>;

/// Takes what was given for some fields, or says what is wrong with it.
///
/// # Errors
/// A message for each field that was given something that it does not take.
pub fn take(site: &Site, given: &Map<String, Value>) -> Result<Map<String, Value>, Errors> {
    let (mut taken, mut errors) = (Map::new(), Errors::new());
    for (id, value) in given {
        if id == "project" || id == "issuetype" {
            continue;
        }
        let on_screen = id != "priority" || site.setup.priority_on_screen;
        let Some(field) = FIELDS.iter().find(|field| field.id == id && on_screen) else {
            errors.insert(
                id.clone(),
                json!(format!(
                    "Field '{id}' cannot be set. It is not on the appropriate screen, or unknown."
                )),
            );
            continue;
        };
        match value_of(site, field, value) {
            Ok(value) => {
                taken.insert(id.clone(), value);
            }
            Err(message) => {
                errors.insert(id.clone(), json!(message));
            }
        }
    }
    match errors.is_empty() {
        true => Ok(taken),
        false => Err(errors),
    }
}

/// What is missing in the fields of a new ticket.
pub fn missing(setup: &Setup, taken: &Map<String, Value>) -> Errors {
    let mut errors = Errors::new();
    if !taken.contains_key("summary") {
        errors.insert(
            "summary".to_owned(),
            json!("You must specify a summary of the issue."),
        );
    }
    if setup.application_required && !taken.contains_key("customfield_10060") {
        errors.insert(
            "customfield_10060".to_owned(),
            json!("Application is required."),
        );
    }
    errors
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn value_of(site: &Site, field: &Field, value: &Value) -> Result<Value, String> {
    let text = || value.as_str().ok_or("Operation value must be a string");
    let choice = |value: &Value, known: &[(&str, &str)]| {
        let found = known.iter().find(|(id, name)| {
            value["id"].as_str() == Some(id) || value["name"].as_str() == Some(name)
        });
        found.map(|(id, name)| json!({ "id": id, "name": name }))
    };
    Ok(match field.takes {
        Takes::Line => {
            let text = text()?;
            if text.trim().is_empty() && field.id == "summary" {
                return Err("You must specify a summary of the issue.".to_owned());
            }
            if text.contains(['\n', '\r']) {
                return Err(
                    "The summary is invalid because it contains newline characters.".to_owned(),
                );
            }
            if length(text) > 255 {
                return Err(format!("{} can't exceed 255 characters.", field.name));
            }
            json!(text)
        }
        Takes::Text => body(site, value)?,
        Takes::Labels => {
            let labels = value.as_array().ok_or("data was not an array")?;
            for label in labels {
                let label = label.as_str().ok_or("string expected at index 0")?;
                if label.chars().any(char::is_whitespace) {
                    return Err(format!(
                        "The label '{label}' contains spaces which is invalid."
                    ));
                }
                if label.is_empty() || length(label) > 255 {
                    return Err(format!("The label '{label}' exceeds 255 characters."));
                }
            }
            value.clone()
        }
        Takes::Priority => choice(value, &PRIORITIES).ok_or("The priority selected is invalid.")?,
        Takes::Day => {
            let text = text()?;
            let day: Result<jiff::civil::Date, _> = text.parse();
            if day.is_err() || text.len() != 10 {
                return Err(format!("Error parsing date string: {text}"));
            }
            json!(text)
        }
        Takes::Option(known) => {
            let wanted = value["value"].as_str();
            let at = known.iter().position(|one| Some(*one) == wanted);
            let at = at.ok_or_else(|| {
                format!(
                    "Specify a valid 'id' or 'name' for {}: {}",
                    field.name,
                    known.join(", ")
                )
            })?;
            json!({ "id": (10_100 + at).to_string(), "value": known[at] })
        }
        Takes::Components(known) => {
            let all = value.as_array().ok_or("data was not an array")?;
            for one in all {
                let name = one["name"].as_str().unwrap_or("");
                if !known.contains(&name) {
                    return Err(format!("Component name '{name}' is not valid"));
                }
            }
            value.clone()
        }
        Takes::User => {
            let known = match site.kind {
                Kind::Cloud => value["accountId"].as_str().or(value["id"].as_str()),
                Kind::DataCenter => value["name"].as_str(),
            };
            json!(known.ok_or("expected Object containing a user")?)
        }
        Takes::Number => match value.is_number() {
            true => value.clone(),
            false => return Err("Operation value must be a number".to_owned()),
        },
    })
}

/// Takes a text of several lines.
///
/// # Errors
/// When it has the wrong form, or is too long.
pub fn body(site: &Site, value: &Value) -> Result<Value, String> {
    let written = match (site.kind, value) {
        (Kind::Cloud, Value::Object(_)) => {
            document(value)?;
            value.to_string()
        }
        (Kind::Cloud, _) => {
            return Err(
                "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
                    .to_owned(),
            );
        }
        (Kind::DataCenter, Value::String(text)) => text.clone(),
        (Kind::DataCenter, _) => return Err("Operation value must be a string".to_owned()),
    };
    match length(&written) > site.setup.text_limit {
        true => Err(format!(
            "The entered text is too long. It exceeds the allowed limit of {} characters.",
            site.setup.text_limit
        )),
        false => Ok(value.clone()),
    }
}

/// Judges the shape of a document as far as ours go; the whole format is a schema of Atlassian.
fn document(value: &Value) -> Result<(), String> {
    let wrong = || "INVALID_INPUT".to_owned();
    if value["type"] != json!("doc") || value["version"] != json!(1) {
        return Err(wrong());
    }
    node(
        value,
        &["paragraph", "heading", "bulletList", "orderedList", "table"],
    )
    .then_some(())
    .ok_or_else(wrong)
}

fn node(value: &Value, inside: &[&str]) -> bool {
    let children = value["content"].as_array().map_or(&[][..], Vec::as_slice);
    children.iter().all(|child| {
        let kind = child["type"].as_str().unwrap_or("");
        let holds: (&[&str], bool) = match kind {
            "paragraph" | "heading" => (&["text", "hardBreak"], false),
            "bulletList" | "orderedList" => (&["listItem"], true),
            "listItem" | "tableCell" | "tableHeader" => (&["paragraph"], true),
            "table" => (&["tableRow"], true),
            "tableRow" => (&["tableCell", "tableHeader"], true),
            _ => (&[], false),
        };
        let filled = child["content"]
            .as_array()
            .is_some_and(|content| !content.is_empty());
        let good = match kind {
            "text" => child["text"].as_str().is_some_and(|text| !text.is_empty()),
            "heading" => child["attrs"]["level"].is_u64(),
            _ => filled || !holds.1,
        };
        inside.contains(&kind) && good && node(child, holds.0)
    })
}

/// What a screen says about each field.
pub fn screen(setup: &Setup) -> Vec<Value> {
    let shown = FIELDS
        .iter()
        .filter(|field| field.id != "priority" || setup.priority_on_screen);
    let mut all: Vec<Value> = shown
        .map(|field| {
            let required = match field.id {
                "summary" | "reporter" => true,
                "customfield_10060" => setup.application_required,
                _ => false,
            };
            let mut about = json!({
                "fieldId": field.id, "key": field.id, "name": field.name, "required": required,
                "hasDefaultValue": field.id == "reporter", "operations": ["set"],
                "schema": schema(field),
            });
            match field.takes {
                Takes::Priority => about["allowedValues"] = named(&PRIORITIES),
                Takes::Option(known) => {
                    let options = known.iter().map(|one| json!({ "value": one }));
                    about["allowedValues"] = options.collect();
                }
                _ => {}
            }
            about
        })
        .collect();
    for (id, name) in [("project", "Project"), ("issuetype", "Issue Type")] {
        all.push(json!({
            "fieldId": id, "key": id, "name": name, "required": true, "hasDefaultValue": false,
            "operations": [], "schema": { "type": id, "system": id },
        }));
    }
    all
}

/// What the site says about all its fields.
pub fn all() -> Vec<Value> {
    let given = FIELDS.iter().map(|field| {
        let mut clauses = vec![field.id.to_owned()];
        if let Some(number) = field.id.strip_prefix("customfield_") {
            clauses = vec![format!("cf[{number}]"), field.name.to_owned()];
        }
        json!({
            "id": field.id, "key": field.id, "name": field.name,
            "custom": field.id.starts_with("customfield_"), "orderable": true, "navigable": true,
            "searchable": true, "clauseNames": clauses, "schema": schema(field),
        })
    });
    let system = [
        "project",
        "issuetype",
        "status",
        "resolution",
        "created",
        "updated",
        "comment",
    ];
    let system = system.into_iter().map(|id| {
        json!({
            "id": id, "key": id, "name": id, "custom": false, "orderable": false,
            "navigable": true, "searchable": true, "clauseNames": [id],
            "schema": { "type": id, "system": id },
        })
    });
    given.chain(system).collect()
}

fn schema(field: &Field) -> Value {
    let kind = match field.takes {
        Takes::Line | Takes::Text => "string",
        Takes::Labels | Takes::Components(_) => "array",
        Takes::Priority => "priority",
        Takes::Day => "date",
        Takes::Option(_) => "option",
        Takes::User => "user",
        Takes::Number => "number",
    };
    match field.id.strip_prefix("customfield_") {
        Some(number) => json!({ "type": kind, "customId": number.parse::<u64>().unwrap_or(0) }),
        None => json!({ "type": kind, "system": field.id }),
    }
}

/// Choices as the API gives them.
pub fn named(choices: &[(&str, &str)]) -> Value {
    choices
        .iter()
        .map(|(id, name)| json!({ "id": id, "name": name }))
        .collect()
}
