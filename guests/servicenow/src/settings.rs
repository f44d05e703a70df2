//! What the configuration says about the instance and the table in it.

use provisor_sdk::{ByPriority, Problem, pointer, template};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::reference::is_name;
use crate::table::Table;

/// The most records that one call asks for by their identifiers: more do not fit into an address.
pub const LARGEST_BATCH: u32 = 200;

/// The settings of this component. Their documentation for people is `settings.schema.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where the instance is.
    pub url: String,
    /// The table that tickets are kept in.
    #[serde(default = "incident")]
    pub table: String,
    /// Who gets the tickets: a template of a group's name or `sys_id`.
    #[serde(default)]
    pub assignment_group: Option<String>,
    /// Who gets those for which `assignment-group` gives nobody.
    #[serde(default)]
    pub fallback_group: Option<String>,
    /// Who asked: a template of a login or `sys_id`.
    #[serde(default)]
    pub caller: Option<String>,
    /// Fields that only this site has, as templates.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// The fields that say how soon somebody should look at a ticket.
    #[serde(default)]
    pub priority: ByPriority<Option<Map<String, Value>>>,
    /// Where comments are written.
    #[serde(default)]
    pub comments: Comments,
    /// The state of a ticket that was taken back; empty when tickets are not taken back.
    #[serde(default)]
    pub cancel_state: Option<String>,
    /// The closure code of a ticket that was taken back.
    #[serde(default)]
    pub cancel_code: Option<String>,
    /// The field for the correlation id.
    #[serde(default = "correlation_id")]
    pub correlation_field: String,
    /// What `correlation_display` says; empty when it stays empty.
    #[serde(default = "provisor")]
    pub correlation_display: String,
    /// The field for the description.
    #[serde(default = "description")]
    pub description_field: String,
    /// The field that holds the state.
    #[serde(default = "state")]
    pub state_field: String,
    /// The field that holds the closure code; empty when there is none.
    #[serde(default)]
    pub resolution_field: Option<String>,
    /// The field for close notes; empty when there is none.
    #[serde(default)]
    pub note_field: Option<String>,
    /// The field for the due date; empty when there is none.
    #[serde(default)]
    pub due_field: Option<String>,
    /// The field for who asked; empty when there is none.
    #[serde(default)]
    pub caller_field: Option<String>,
    /// The field for the ticket before; empty when there is none.
    #[serde(default)]
    pub follow_up_field: Option<String>,
    /// How many characters the title may have.
    #[serde(default = "title_limit")]
    pub title_limit: usize,
    /// How many characters the description may have.
    #[serde(default = "description_limit")]
    pub description_limit: usize,
    /// How many tickets one call asks for.
    #[serde(default = "largest_batch")]
    pub batch: u32,
}

/// Where comments are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comments {
    /// Only those who work on a ticket see them.
    #[default]
    WorkNotes,
    /// Whoever may see the ticket sees them, and may get them by mail.
    Comments,
}

impl Comments {
    /// The journal field.
    pub fn field(self) -> &'static str {
        match self {
            Comments::WorkNotes => "work_notes",
            Comments::Comments => "comments",
        }
    }
}

fn incident() -> String {
    "incident".to_owned()
}

fn correlation_id() -> String {
    "correlation_id".to_owned()
}

fn provisor() -> String {
    "Provisor".to_owned()
}

fn description() -> String {
    "description".to_owned()
}

fn state() -> String {
    "state".to_owned()
}

fn title_limit() -> usize {
    160
}

fn description_limit() -> usize {
    4_000
}

fn largest_batch() -> u32 {
    LARGEST_BATCH
}

impl Settings {
    /// What is wrong with them beyond what their types can say.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.url_problem());
        if !is_name(&self.table) {
            problems.push(Problem::new(
                "/table",
                "is no name of a table; write it as in its address, such as `incident`",
            ));
        }
        let required = [
            ("correlation-field", &self.correlation_field),
            ("description-field", &self.description_field),
            ("state-field", &self.state_field),
        ];
        let optional = [
            ("resolution-field", &self.resolution_field),
            ("note-field", &self.note_field),
            ("due-field", &self.due_field),
            ("caller-field", &self.caller_field),
            ("follow-up-field", &self.follow_up_field),
        ];
        // Those that are optional are turned off by an empty text.
        let given = optional
            .into_iter()
            .filter_map(|(setting, name)| Some((setting, name.as_ref()?)))
            .filter(|(_, name)| !name.is_empty());
        for (setting, name) in required.into_iter().chain(given) {
            if !is_name(name) {
                problems.push(no_field(&format!("/{setting}"), name));
            }
        }
        let templates = [
            ("assignment-group", &self.assignment_group),
            ("fallback-group", &self.fallback_group),
            ("caller", &self.caller),
        ];
        for (setting, text) in templates {
            if let Some(text) = text {
                let all = Map::from_iter([(setting.to_owned(), Value::from(text.as_str()))]);
                problems.extend(template::check(&all, ""));
            }
        }
        problems.extend(template::check(&self.fields, "/fields"));
        for (name, value) in &self.fields {
            problems.extend(self.field_problem("/fields", name, value));
        }
        for (level, fields) in self.priority.iter() {
            let path = format!("/priority/{level}");
            for (name, value) in fields.iter().flatten() {
                problems.extend(self.field_problem(&path, name, value));
            }
        }
        if self.caller.is_some() && Table::new(self).caller.is_none() {
            problems.push(Problem::new(
                "/caller",
                format!(
                    "the table `{}` has no field for who asked; name one as `caller-field`, or \
                     leave `caller` out",
                    self.table
                ),
            ));
        }
        let limits = [
            ("/batch", self.batch as usize, 1, LARGEST_BATCH as usize),
            ("/title-limit", self.title_limit, 20, 1_000),
            ("/description-limit", self.description_limit, 200, 1_000_000),
        ];
        for (path, value, least, most) in limits {
            if !(least..=most).contains(&value) {
                problems.push(Problem::new(
                    path,
                    format!("is {value}, and must be from {least} to {most}"),
                ));
            }
        }
        problems
    }

    fn url_problem(&self) -> Option<Problem> {
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| self.url.strip_prefix(scheme));
        let host = rest.and_then(|rest| rest.split('/').next());
        let good = host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
            && !self
                .url
                .contains(|one: char| one.is_whitespace() || matches!(one, '?' | '#'));
        (!good).then(|| {
            Problem::new(
                "/url",
                "must be the address of the instance without user, query and fragment, such as \
                 `https://example.service-now.com`",
            )
        })
    }

    fn field_problem(&self, path: &str, name: &str, value: &Value) -> Option<Problem> {
        let place = pointer(path, name);
        if !is_name(name) {
            return Some(no_field(&place, name));
        }
        if *name == self.correlation_field || name.starts_with("sys_") {
            return Some(Problem::new(
                place,
                "is filled by the component or by ServiceNow itself; leave it out",
            ));
        }
        if value.is_array() || value.is_object() {
            return Some(Problem::new(
                place,
                "must be a text, a number or a truth value: a field of ServiceNow holds one value",
            ));
        }
        None
    }
}

fn no_field(path: &str, name: &str) -> Problem {
    Problem::new(
        path,
        format!(
            "`{}` is no name of a field; write the name of its column, such as `u_application`, \
             and not its label",
            name.escape_debug()
        ),
    )
}
