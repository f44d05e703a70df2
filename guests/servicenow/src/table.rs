//! Where tickets are kept: the fields of a table, and what its states mean.

use provisor_sdk::{ByPriority, Class, Priority};
use serde_json::{Map, Value, json};

use crate::Settings;
use crate::record::Record;

/// The closure code of an incident that goes on in its parent.
const DUPLICATE: &str = "Duplicate";

/// Closure codes of an incident that was resolved without anything being done for it.
const UNSOLVED: [&str; 5] = [
    DUPLICATE,
    "No resolution provided",
    "Not Solved (Not Reproducible)",
    "Not Solved (Too Costly)",
    "User error",
];

/// A table as the settings describe it, with what ServiceNow delivers where they say nothing.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The field that holds the correlation id.
    pub correlation: String,
    /// The field that holds the description.
    pub description: String,
    /// The field that holds the state.
    pub state: String,
    /// The field that holds the closure code.
    pub resolution: Option<String>,
    /// The field that says why or how a ticket was closed.
    pub note: Option<String>,
    /// The field that says by when it should be done.
    pub due: Option<String>,
    /// The field that refers to the person who asked.
    pub caller: Option<String>,
    /// The field that refers to the ticket before.
    pub follow_up: Option<String>,
    /// The field that refers to the ticket that has taken its place.
    pub successor: Option<&'static str>,
    /// The field that says when the work was done, before the ticket was closed.
    pub resolved_at: Option<&'static str>,
    /// The state of a ticket that is not wanted any more.
    pub cancelled: Option<String>,
    kind: Kind,
}

/// The tables whose states are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Incident,
    Task,
    Change,
    Own,
}

impl Table {
    /// The table that the settings describe.
    pub fn new(settings: &Settings) -> Self {
        Self::named(&settings.table, settings)
    }

    /// A table of this name with the fields that the settings describe. The same number is another
    /// state in another table, so a ticket is always judged by its own.
    pub fn named(name: &str, settings: &Settings) -> Self {
        let kind = match name {
            "incident" => Kind::Incident,
            "sc_task" => Kind::Task,
            "change_request" => Kind::Change,
            _ => Kind::Own,
        };
        // An empty setting turns a field off; without it the table decides.
        let field = |setting: &Option<String>, preset: Option<&str>| match setting {
            Some(name) => Some(name.clone()).filter(|name| !name.is_empty()),
            None => preset.map(str::to_owned),
        };
        let with = |condition: bool, name: &'static str| condition.then_some(name);
        let coded = matches!(kind, Kind::Incident | Kind::Change);
        Table {
            name: name.to_owned(),
            correlation: settings.correlation_field.clone(),
            description: settings.description_field.clone(),
            state: settings.state_field.clone(),
            resolution: field(&settings.resolution_field, with(coded, "close_code")),
            note: field(&settings.note_field, Some("close_notes")),
            due: field(&settings.due_field, Some("due_date")),
            caller: field(
                &settings.caller_field,
                match kind {
                    Kind::Incident => Some("caller_id"),
                    Kind::Change => Some("requested_by"),
                    Kind::Task | Kind::Own => None,
                },
            ),
            follow_up: field(&settings.follow_up_field, with(coded, "parent")),
            successor: with(kind == Kind::Incident, "parent_incident"),
            resolved_at: with(kind == Kind::Incident, "resolved_at"),
            cancelled: field(
                &settings.cancel_state,
                match kind {
                    Kind::Incident => Some("8"),
                    Kind::Task => Some("7"),
                    Kind::Change => Some("4"),
                    Kind::Own => None,
                },
            ),
            kind,
        }
    }

    /// What a state and a closure code mean. States of a table of one's own mean nothing until the
    /// resource says so: their numbers are anybody's choice.
    pub fn class(&self, state: &str, resolution: &str) -> Class {
        match (self.kind, state) {
            (Kind::Incident, "1") => Class::Open,
            (Kind::Incident, "2" | "3") => Class::InProgress,
            (Kind::Incident, "6" | "7") if UNSOLVED.contains(&resolution) => Class::Refused,
            (Kind::Incident, "6" | "7") => Class::Done,
            (Kind::Incident, "8") => Class::Cancelled,

            (Kind::Task, "-5" | "1") => Class::Open,
            (Kind::Task, "2") => Class::InProgress,
            (Kind::Task, "3") => Class::Done,
            (Kind::Task, "4") => Class::Refused,
            (Kind::Task, "7") => Class::Cancelled,

            (Kind::Change, "-5" | "-4" | "-3" | "-2") => Class::Open,
            (Kind::Change, "-1" | "0") => Class::InProgress,
            // A change is closed whether it went well or not; only its code tells.
            (Kind::Change, "3") => match resolution {
                "successful" | "successful_issues" => Class::Done,
                "unsuccessful" => Class::Refused,
                _ => Class::Unknown,
            },
            (Kind::Change, "4") => Class::Cancelled,
            _ => Class::Unknown,
        }
    }

    /// What a record means. One that the instance calls inactive although its state is that of
    /// work to be done was closed in a way that is not known.
    pub fn class_of(&self, record: &Record) -> Class {
        let resolution = self.resolution.as_deref().map_or("", |it| record.get(it));
        let class = self.class(record.get(&self.state), resolution);
        let contradicts =
            record.get("active") == "false" && matches!(class, Class::Open | Class::InProgress);
        if contradicts { Class::Unknown } else { class }
    }

    /// Whether a record says that it goes on in another one.
    pub fn is_duplicate(&self, record: &Record) -> bool {
        let code = self.resolution.as_deref().map_or("", |it| record.get(it));
        self.kind == Kind::Incident && code == DUPLICATE && self.class_of(record) == Class::Refused
    }

    /// The fields that say how soon somebody should look at a ticket.
    ///
    /// An incident's priority follows from urgency and impact. One account is one person's matter,
    /// so even the most urgent one does not become priority 1, which wakes people up.
    pub fn priority(&self, priority: Priority) -> Map<String, Value> {
        let fields = match self.kind {
            Kind::Incident => {
                let by_priority = ByPriority {
                    low: ("3", "3"),
                    normal: ("2", "3"),
                    high: ("1", "3"),
                    urgent: ("1", "2"),
                };
                let (urgency, impact) = by_priority.of(priority);
                json!({ "urgency": urgency, "impact": impact })
            }
            Kind::Task | Kind::Change | Kind::Own => {
                let by_priority = ByPriority {
                    low: "4",
                    normal: "3",
                    high: "2",
                    urgent: "1",
                };
                json!({ "priority": by_priority.of(priority) })
            }
        };
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// The fields that tell how a ticket stands.
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = vec![
            "sys_id",
            "number",
            "active",
            "assigned_to.name",
            "closed_at",
            "sys_updated_on",
            &self.state,
            &self.correlation,
        ];
        fields.extend(self.resolution.as_deref());
        fields.extend(self.note.as_deref());
        fields.extend(self.resolved_at);
        if self.successor.is_some() {
            fields.extend(["parent_incident", "parent_incident.number"]);
        }
        fields
    }
}
