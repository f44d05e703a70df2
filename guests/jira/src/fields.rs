//! The fields of a ticket that is to be made.

use provisor_sdk::{Block, Draft, Failure, Span, document, template};
use serde_json::{Map, Value, json};

use crate::settings::{Settings, is_number};
use crate::{text, time};

/// The fields of a ticket for this draft.
///
/// # Errors
/// `configuration` when a template is broken.
pub fn of(draft: &Draft, settings: &Settings) -> Result<Map<String, Value>, Failure> {
    let mut fields = template::fill_all(&settings.fields, draft)?;
    let mut set = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    let project = match is_number(&settings.project) {
        true => "id",
        false => "key",
    };
    set("project", json!({ project: settings.project }));
    set("issuetype", named(&settings.issue_type));
    set(
        "summary",
        json!(text::title(&draft.title, &draft.correlation_id)),
    );
    set(
        "description",
        text::body(
            settings.deployment,
            &description(draft, settings),
            settings.text_limit,
        ),
    );
    let mut labels = vec![settings.label(&draft.correlation_id)];
    labels.extend(settings.labels.iter().cloned());
    set("labels", json!(labels));
    if let Some(field) = &settings.correlation_field {
        set(field, json!(draft.correlation_id));
    }
    if let Some(priority) = settings.priority_name(draft.priority) {
        set("priority", named(priority));
    }
    if let Some(field) = settings.due_field()
        && let Some(day) = draft.due.as_deref().and_then(time::day)
    {
        set(field, json!(day));
    }
    Ok(fields)
}

/// A choice by its name, or by its id where one is given.
pub fn named(name: &str) -> Value {
    match is_number(name) {
        true => json!({ "id": name }),
        false => json!({ "name": name }),
    }
}

/// The description, which begins with the ticket before when there was one: whoever opens this one
/// has to know at once that it was asked for already.
fn description(draft: &Draft, settings: &Settings) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(before) = &draft.follow_up_of {
        blocks.push(Block::Paragraph(vec![
            document::span("This follows "),
            Span {
                text: before.number.clone(),
                strong: true,
                link: Some(settings.browse(&before.number)),
            },
            document::span(", whose work turned out not to be done."),
        ]));
    }
    blocks.extend(draft.description.iter().cloned());
    blocks
}
