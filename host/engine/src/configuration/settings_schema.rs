//! Judges settings by the JSON Schema (draft 2020-12) that a component gives for them.
//!
//! The schema comes from a component, so it is judged first: what it refers to must be in it, it
//! may not run in circles, and what it unrolls to is bounded. After that, checking settings takes
//! time in proportion to their size. Regular expressions run in linear time, and nothing is
//! ever fetched.

mod bounds;
mod message;

use jsonschema::{Draft, PatternOptions};
use serde_json::{Map, Value};

/// The memory of one compiled regular expression, in bytes.
const LARGEST_PATTERN: usize = 512 * 1024;

/// How many problems are told.
const MOST_PROBLEMS: usize = 50;

/// A schema that cannot judge anything. Its author has to correct it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsSchemaError {
    /// It is not a schema.
    #[error("the component's own schema for its settings is broken: {problem}")]
    Broken {
        /// What is wrong.
        problem: String,
    },
    /// It refers to something outside itself, which is never fetched.
    #[error(
        "the component's own schema for its settings refers to {reference:?}, which is not a \
         place in it"
    )]
    Reference {
        /// The reference.
        reference: String,
    },
    /// It leads back to itself, or unrolls to too much.
    #[error("the component's own schema for its settings is refused: {problem}")]
    Unbounded {
        /// What is too much.
        problem: &'static str,
    },
}

impl SettingsSchemaError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        "settings-schema"
    }
}

/// What is wrong with the settings: a JSON pointer into them and a message for a person each.
///
/// A property with `"writeOnly": true` is a secret: it has to come from the secrets, so it is a
/// problem among the settings, and no problem when it is missing there.
pub fn validate(
    schema: &Value,
    settings: &Value,
) -> Result<Vec<(String, String)>, SettingsSchemaError> {
    bounds::check(schema)?;
    let (schema, secrets) = without_secrets(schema);
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(
            PatternOptions::regex()
                .size_limit(LARGEST_PATTERN)
                .dfa_size_limit(LARGEST_PATTERN),
        )
        .offline()
        .build(&schema)
        .map_err(|error| SettingsSchemaError::Broken {
            problem: message::shorten(&error.to_string()),
        })?;
    let mut problems: Vec<(String, String)> = secrets
        .iter()
        .filter(|name| settings.get(name.as_str()).is_some())
        .map(|name| {
            let message = format!("is a secret: give it as secrets.{name}, not in the settings");
            (message::step("", name), message)
        })
        .collect();
    for error in validator.iter_errors(settings) {
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
        message::tell(&schema, &error, &mut problems);
    }
    problems.truncate(MOST_PROBLEMS);
    Ok(problems)
}

/// The schema that judges what is not secret, and the names of the secrets.
fn without_secrets(schema: &Value) -> (Value, Vec<String>) {
    let mut schema = schema.clone();
    let mut names = Vec::new();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties {
            if property.get("writeOnly") == Some(&Value::Bool(true)) {
                names.push(name.clone());
                *property = Value::Object(Map::new());
            }
        }
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| {
            !name
                .as_str()
                .is_some_and(|name| names.iter().any(|n| n == name))
        });
    }
    (schema, names)
}

#[cfg(test)]
mod tests;
