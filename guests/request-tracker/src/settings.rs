//! What the configuration says about Request Tracker.

use provisor_sdk::{ByPriority, Problem, template};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The settings of this component. Their documentation for people is `settings.schema.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where people open Request Tracker.
    pub url: String,
    /// The name or number of the queue.
    pub queue: String,
    /// The custom field that holds the correlation id.
    #[serde(default = "correlation_id")]
    pub correlation_field: String,
    /// The custom field that says how a ticket ended.
    #[serde(default)]
    pub resolution_field: Option<String>,
    /// The number of each priority; those of a fresh Request Tracker where it is not given.
    #[serde(default = "priorities", deserialize_with = "given_priorities")]
    pub priorities: ByPriority<u32>,
    /// Templates of further fields.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Templates of further custom fields.
    #[serde(default)]
    pub custom_fields: Map<String, Value>,
    /// The status of what is taken back.
    #[serde(default = "rejected")]
    pub withdrawn_status: String,
    /// The most bytes of a description.
    #[serde(default = "description_limit")]
    pub description_limit: usize,
}

/// The numbers behind the names `Low`, `Medium` and `High` of a fresh Request Tracker.
fn priorities() -> ByPriority<u32> {
    ByPriority {
        low: 0,
        normal: 50,
        high: 100,
        urgent: 100,
    }
}

fn given_priorities<'de, D: Deserializer<'de>>(source: D) -> Result<ByPriority<u32>, D::Error> {
    let given = ByPriority::<Option<u32>>::deserialize(source)?;
    Ok(given.or(priorities()))
}

fn correlation_id() -> String {
    "CorrelationId".to_owned()
}

fn rejected() -> String {
    "rejected".to_owned()
}

fn description_limit() -> usize {
    200_000
}

/// The fields that the component sets itself.
const OWN: [&str; 9] = [
    "id",
    "Queue",
    "Subject",
    "Content",
    "ContentType",
    "Priority",
    "Due",
    "RefersTo",
    "CustomFields",
];

impl Settings {
    /// All that is wrong beyond what the schema can say.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |path: &str, message: String| problems.push(Problem::new(path, message));
        if let Some(message) = url_problem(&self.url) {
            add("/url", message);
        }
        for (path, text) in [
            ("/queue", &self.queue),
            ("/withdrawn-status", &self.withdrawn_status),
        ] {
            if text.trim().is_empty() {
                add(path, "name one".to_owned());
            }
        }
        let named = [
            ("/correlation-field", Some(&self.correlation_field)),
            ("/resolution-field", self.resolution_field.as_ref()),
        ];
        for (path, name) in named {
            if let Some(message) = name.and_then(|name| field_problem(name)) {
                add(path, message);
            }
        }
        if !(1_000..=3_000_000).contains(&self.description_limit) {
            let message = "allow 1000 to 3000000 bytes".to_owned();
            add("/description-limit", message);
        }
        for own in OWN {
            if self
                .fields
                .keys()
                .any(|name| name.eq_ignore_ascii_case(own))
            {
                let message = format!("the component sets `{own}` itself; leave it out");
                add(&format!("/fields/{own}"), message);
            }
        }
        if self.custom_fields.contains_key(&self.correlation_field) {
            let message = "this field holds the correlation id; leave it out".to_owned();
            add("/custom-fields", message);
        }
        problems.extend(template::check(&self.fields, "/fields"));
        problems.extend(template::check(&self.custom_fields, "/custom-fields"));
        problems
    }
}

fn url_problem(url: &str) -> Option<String> {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let problem = match rest {
        None => "write the whole address, such as `https://rt.example.com`",
        Some(rest) if rest.is_empty() || rest.starts_with('/') => "the name of the host is missing",
        Some(rest) if rest.contains(['?', '#', '@']) || rest.contains(char::is_whitespace) => {
            "leave out user, query, fragment and spaces"
        }
        Some(rest) if rest.contains("/REST") => {
            "leave out `/REST/2.0`; the component adds it itself"
        }
        Some(_) => return None,
    };
    Some(problem.to_owned())
}

/// A name that cannot stand in `CF.{…}`.
fn field_problem(name: &str) -> Option<String> {
    let bad = |one: char| one.is_control() || matches!(one, '{' | '}' | '\'' | '"' | '\\');
    match name.trim() {
        "" => Some("name a custom field".to_owned()),
        _ if name.contains(bad) => {
            Some("a custom field of this name cannot be searched for".to_owned())
        }
        _ => None,
    }
}
