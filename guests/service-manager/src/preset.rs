//! What is usual for each kind of record. A site may have published it under other names.

use provisor_sdk::ByPriority;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::settings::By;

/// A kind of record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Incidents, which are published out of the box.
    #[default]
    Incidents,
    /// Changes.
    Changes,
    /// Requests of request fulfilment.
    Requests,
    /// Interactions of the service desk.
    Interactions,
}

/// What a preset says. An empty caption is a field that is not used.
#[derive(Debug, Clone)]
pub struct Usual {
    /// The part of the URL.
    pub collection: &'static str,
    /// The member that holds a record.
    pub envelope: &'static str,
    /// The caption of the number.
    pub key: &'static str,
    /// The caption of the one line.
    pub title: &'static str,
    /// The caption of the text.
    pub description: &'static str,
    /// The caption of the status.
    pub status: &'static str,
    /// The caption of the closure code.
    pub closure_code: &'static str,
    /// The caption of what whoever closes a ticket writes.
    pub solution: &'static str,
    /// The caption of the comments.
    pub journal: &'static str,
    /// The caption of who works on it.
    pub assignee: &'static str,
    /// The caption of when it changed last.
    pub updated: &'static str,
    /// The caption of when it was closed.
    pub closed: &'static str,
    /// Fields for each priority.
    pub priorities: ByPriority<Value>,
    /// How a ticket is taken back.
    pub by: By,
    /// By which action.
    pub action: &'static str,
    /// With which fields.
    pub withdrawal: Value,
}

impl Preset {
    /// What is usual.
    pub fn usual(self) -> Usual {
        match self {
            Preset::Incidents => Usual {
                collection: "incidents",
                envelope: "Incident",
                key: "IncidentID",
                title: "Title",
                description: "Description",
                status: "Status",
                closure_code: "ClosureCode",
                solution: "Solution",
                journal: "JournalUpdates",
                assignee: "Assignee",
                updated: "UpdatedTime",
                closed: "ClosedTime",
                priorities: ByPriority {
                    low: "4",
                    normal: "3",
                    high: "2",
                    urgent: "1",
                }
                .map(|urgency| json!({ "Impact": "4", "Urgency": urgency })),
                by: By::Action,
                action: "close",
                withdrawal: json!({
                    "Assignee": "{assignee}",
                    "ClosureCode": "Withdrawn by User",
                    "Solution": ["{reason}"],
                }),
            },
            Preset::Changes => Usual {
                collection: "changes",
                envelope: "Change",
                key: "header/ChangeID",
                title: "header/Title",
                description: "description.structure/Description",
                status: "header/Status",
                closure_code: "close/ClosureCode",
                solution: "close/ClosingComments",
                assignee: "header/AssignedTo",
                closed: "close/ClosedTime",
                withdrawal: json!({
                    "close": { "ClosureCode": "Withdrawn", "ClosingComments": ["{reason}"] },
                }),
                ..Preset::Incidents.usual()
            },
            Preset::Requests => Usual {
                collection: "requests",
                envelope: "Request",
                key: "Number",
                title: "BriefDescription",
                assignee: "AssignedTo",
                closed: "CloseTime",
                withdrawal: json!({
                    "ClosureCode": "Withdrawn by User",
                    "Solution": ["{reason}"],
                }),
                ..Preset::Incidents.usual()
            },
            Preset::Interactions => Usual {
                collection: "interactions",
                envelope: "Interaction",
                key: "InteractionID",
                closed: "CloseTime",
                ..Preset::Incidents.usual()
            },
        }
    }
}
