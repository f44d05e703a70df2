//! What a person reads when settings do not fit their schema.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::super::suggestion::nearest;

/// Characters of a value that a message repeats.
const LONGEST_VALUE: usize = 60;

/// Names or forms that a message lists.
const MOST_LISTED: usize = 12;

/// A JSON pointer with one more step.
pub(super) fn step(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Adds what an error says to the problems. One error can be several problems.
pub(super) fn tell(
    schema: &Value,
    error: &ValidationError<'_>,
    problems: &mut Vec<(String, String)>,
) {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let known = known_names(schema, error);
            for name in unexpected {
                problems.push((step(pointer, name), unknown(name, &known)));
            }
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            // Where only one form has the right type, that form was meant, and what is wrong
            // with it helps most.
            let mut meant = context.iter().filter(|errors| !wrong_form(error, errors));
            match (meant.next(), meant.next()) {
                (Some(errors), None) => {
                    for error in errors {
                        tell(schema, error, problems);
                    }
                }
                _ => problems.push((pointer.to_owned(), forms(error, context))),
            }
        }
        _ => problems.push((pointer.to_owned(), message(error))),
    }
}

/// Whether the value is of another form altogether.
fn wrong_form(error: &ValidationError<'_>, branch: &[ValidationError<'static>]) -> bool {
    branch.iter().any(|inner| {
        matches!(
            inner.kind(),
            Kind::Type { .. } | Kind::Constant { .. } | Kind::Enum { .. }
        ) && inner.instance_path() == error.instance_path()
    })
}

fn forms(error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>]) -> String {
    let mut forms: Vec<String> = Vec::new();
    for branch in context {
        let form = match branch.first() {
            Some(inner) if inner.instance_path() == error.instance_path() => match wanted(inner) {
                Some(wanted) => wanted,
                None => continue,
            },
            _ => continue,
        };
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    if forms.is_empty() {
        return format!("{} fits none of the forms it may have", show(error));
    }
    format!("should be {}, not {}", list(&forms, " or "), show(error))
}

/// How a value would have to be, to go after "should be".
fn wanted(error: &ValidationError<'_>) -> Option<String> {
    Some(match error.kind() {
        Kind::Type { kind } => match kind {
            TypeKind::Single(one) => type_name(*one).to_owned(),
            TypeKind::Multiple(many) => {
                let names: Vec<String> = many.iter().map(|one| type_name(one).to_owned()).collect();
                list(&names, " or ")
            }
        },
        Kind::Enum { options } => {
            let options: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(show_value)
                .collect();
            list(&options, " or ")
        }
        Kind::Constant { expected_value } => show_value(expected_value),
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::Pattern { pattern } => format!("a text that matches {}", shorten(pattern)),
        Kind::Format { format } => format!("a text of the format {format}"),
        _ => return None,
    })
}

fn message(error: &ValidationError<'_>) -> String {
    if let Some(wanted) = wanted(error) {
        return format!("should be {wanted}, not {}", show(error));
    }
    match error.kind() {
        Kind::Required { property } => {
            format!("{} is missing", property.as_str().unwrap_or_default())
        }
        Kind::MinItems { limit } => format!("should have at least {}", count(*limit, "element")),
        Kind::MaxItems { limit } => format!("should have at most {}", count(*limit, "element")),
        Kind::AdditionalItems { limit } => {
            format!("should have at most {}", count(*limit as u64, "element"))
        }
        Kind::MinProperties { limit } => format!("should have at least {}", count(*limit, "key")),
        Kind::MaxProperties { limit } => format!("should have at most {}", count(*limit, "key")),
        Kind::MinLength { limit: 1 } => "should not be empty".to_owned(),
        Kind::MinLength { limit } => {
            format!("should have at least {}", count(*limit, "character"))
        }
        Kind::MaxLength { limit } => format!("should have at most {}", count(*limit, "character")),
        Kind::UniqueItems => "has the same element twice".to_owned(),
        Kind::UnevaluatedItems { .. } => "has more elements than it may have".to_owned(),
        Kind::Contains => "none of its elements is of the form that one must have".to_owned(),
        Kind::FalseSchema => "may not be here".to_owned(),
        Kind::Not { .. } => format!("{} is not allowed", show(error)),
        Kind::OneOfMultipleValid { .. } => {
            format!(
                "{} fits more than one of the forms it may have",
                show(error)
            )
        }
        Kind::PropertyNames { error } => {
            let problem = message(error);
            format!("the key {} {problem}", show(error))
        }
        _ => shorten(&error.masked().to_string()),
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(suggestion) => format!("this key is unknown (did you mean {suggestion:?}?)"),
        None if known.is_empty() => "this key is unknown".to_owned(),
        None => {
            let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
            format!("this key is unknown; there are {}", list(&known, " and "))
        }
    }
}

/// The keys that the schema beside the failed keyword names.
fn known_names<'s>(schema: &'s Value, error: &ValidationError<'_>) -> Vec<&'s str> {
    let path = error.schema_path().as_str();
    path.rsplit_once('/')
        .and_then(|(parent, _)| schema.pointer(parent))
        .and_then(|parent| parent.get("properties"))
        .and_then(Value::as_object)
        .map(|properties| properties.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

fn show(error: &ValidationError<'_>) -> String {
    show_value(error.instance())
}

fn show_value(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a table".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.chars().count() > LONGEST_VALUE => {
            let short: String = text.chars().take(LONGEST_VALUE).chain(['…']).collect();
            format!("{short:?}")
        }
        Value::String(text) => format!("{text:?}"),
        Value::Bool(_) | Value::Null => value.to_string(),
    }
}

fn type_name(name: JsonType) -> &'static str {
    match name {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "a table",
        JsonType::String => "a text",
    }
}

fn count(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

fn list(names: &[String], last: &str) -> String {
    if names.len() > MOST_LISTED {
        let more = names.len() - MOST_LISTED;
        return format!("{} or {more} others", names[..MOST_LISTED].join(", "));
    }
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{}{last}{end}", first.join(", ")),
    }
}
