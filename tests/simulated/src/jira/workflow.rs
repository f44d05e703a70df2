//! Statuses, and the transitions between them.

use serde_json::{Value, json};

use super::site::{Cancel, Setup};

/// A status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The key of its category.
    pub category: &'static str,
}

impl Status {
    fn new(id: &str, name: &str, category: &'static str) -> Self {
        Status {
            id: id.to_owned(),
            name: name.to_owned(),
            category,
        }
    }

    /// A status that nobody expects: it is in no category.
    pub fn unexpected(name: &str) -> Self {
        Status::new("10999", name, "undefined")
    }

    /// Whether it closes a ticket.
    pub fn is_closed(&self) -> bool {
        self.category == "done"
    }

    /// As the API gives it.
    pub fn json(&self, base: &str) -> Value {
        let (id, name, colour) = match self.category {
            "new" => (2, "To Do", "blue-gray"),
            "indeterminate" => (4, "In Progress", "yellow"),
            "done" => (3, "Done", "green"),
            _ => (1, "No Category", "medium-gray"),
        };
        json!({
            "self": format!("{base}/status/{}", self.id),
            "description": "",
            "iconUrl": format!("{base}/images/icons/status.gif"),
            "id": self.id,
            "name": self.name,
            "statusCategory": {
                "self": format!("{base}/statuscategory/{id}"),
                "id": id, "key": self.category, "colorName": colour, "name": name,
            },
        })
    }
}

/// All statuses of the workflow, the first one that of new tickets.
pub fn statuses() -> Vec<Status> {
    vec![
        Status::new("10000", "To Do", "new"),
        Status::new("3", "In Progress", "indeterminate"),
        Status::new("10001", "Done", "done"),
        Status::new("10002", "Cancelled", "done"),
        Status::new("10003", "Declined", "done"),
    ]
}

/// The status of this name.
pub fn status(name: &str) -> Option<Status> {
    statuses().into_iter().find(|status| status.name == name)
}

/// The resolutions of the site.
pub const RESOLUTIONS: [(&str, &str); 4] = [
    ("10000", "Done"),
    ("10001", "Won't Do"),
    ("10002", "Duplicate"),
    ("10003", "Cannot Reproduce"),
];

/// A resolution as the API gives it.
pub fn resolution(name: &str, base: &str) -> Value {
    let id = RESOLUTIONS
        .iter()
        .find(|(_, known)| *known == name)
        .map_or("10009", |(id, _)| id);
    json!({
        "self": format!("{base}/resolution/{id}"), "id": id, "name": name, "description": "",
    })
}

/// One way from a status to another.
#[derive(Debug, Clone)]
pub struct Transition {
    /// Its id, which is another one in each workflow.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The name of the status it leads to.
    pub to: &'static str,
    /// The fields of its screen, and whether each must be filled.
    pub screen: Vec<(&'static str, bool)>,
    /// The resolution that it sets by itself when its screen does not.
    pub resolution: Option<&'static str>,
}

/// The ways that lead out of a status.
pub fn transitions(from: &Status, setup: &Setup) -> Vec<Transition> {
    let step = |id, name, to| Transition {
        id,
        name,
        to,
        screen: vec![],
        resolution: None,
    };
    if from.is_closed() || from.category == "undefined" {
        return vec![step("61", "Reopen", "To Do")];
    }
    let mut all = vec![match from.category {
        "new" => step("11", "Start progress", "In Progress"),
        _ => step("21", "Stop progress", "To Do"),
    }];
    all.push(Transition {
        screen: vec![("resolution", false)],
        resolution: Some("Done"),
        ..step("31", "Done", "Done")
    });
    let screen = match setup.cancel {
        Cancel::Absent => return all,
        Cancel::WithResolution => vec![("resolution", true)],
        Cancel::WithReason => vec![("customfield_10090", true)],
        Cancel::Offered | Cancel::Validated | Cancel::Undone => vec![],
    };
    for (id, name, to) in [("41", "Cancel", "Cancelled"), ("51", "Decline", "Declined")] {
        all.push(Transition {
            screen: screen.clone(),
            resolution: Some("Won't Do"),
            ..step(id, name, to)
        });
    }
    all
}

impl Transition {
    /// As the API gives it; with its fields if they were asked for.
    pub fn json(&self, base: &str, with_fields: bool) -> Value {
        let to = status(self.to).map_or(Value::Null, |status| status.json(base));
        let mut json = json!({
            "id": self.id, "name": self.name, "to": to, "hasScreen": !self.screen.is_empty(),
            "isGlobal": false, "isInitial": false, "isAvailable": true, "isConditional": false,
            "isLooped": false,
        });
        if with_fields {
            json["fields"] = json!({});
            for (field, required) in &self.screen {
                let mut about = json!({
                    "required": required, "key": field, "hasDefaultValue": false,
                    "operations": ["set"],
                    "name": "Reason for cancelling", "schema": { "type": "string" },
                });
                if *field == "resolution" {
                    about["name"] = json!("Resolution");
                    about["schema"] = json!({ "type": "resolution", "system": "resolution" });
                    about["allowedValues"] = RESOLUTIONS
                        .iter()
                        .map(|(_, name)| resolution(name, base))
                        .collect();
                }
                json["fields"][*field] = about;
            }
        }
        json
    }
}
