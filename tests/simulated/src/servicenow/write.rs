//! Making and changing records.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::{aborted, base, error, policy, shown};
use super::record::{Entry, Record};
use super::table::{self, Table};
use super::{ServiceNow, time};
use crate::{Request, Response};

impl ServiceNow {
    /// Makes a record of what a request says.
    pub(super) fn create(&mut self, table: &'static Table, request: &Request) -> Response {
        let values = match values(request) {
            Ok(values) => values,
            Err(answer) => return answer,
        };
        let unset: Vec<&str> = self
            .required
            .iter()
            .filter(|field| values.get(field.as_str()).is_none_or(String::is_empty))
            .map(String::as_str)
            .collect();
        if !unset.is_empty() {
            return policy(&unset);
        }
        let at = self.insert(table, request.now);
        if let Err(answer) = self.write(at, &values, request.now) {
            self.records.remove(at);
            return answer;
        }
        let record = &self.records[at];
        let place = format!(
            "{}/api/now/v2/table/{}/{}",
            base(request),
            table.name,
            record.get("sys_id")
        );
        let result = self.show(&shown(request), record);
        Response::json(201, &json!({ "result": result })).with("Location", place)
    }

    /// Changes a record as a request says.
    pub(super) fn update(&mut self, at: usize, request: &Request) -> Response {
        let values = match values(request) {
            Ok(values) => values,
            Err(answer) => return answer,
        };
        if let Err(answer) = self.write(at, &values, request.now) {
            return answer;
        }
        let result = self.show(&shown(request), &self.records[at]);
        Response::json(200, &json!({ "result": result }))
    }

    /// Writes what the account may write; nothing at all when a policy forbids it.
    fn write(
        &mut self,
        at: usize,
        values: &BTreeMap<String, String>,
        now: i64,
    ) -> Result<(), Response> {
        let mut record = self.records[at].clone();
        let fields = self.fields(record.table);
        let before = record.get("state").to_owned();
        let closed = record.table.is_closed(&before);
        for (field, value) in values {
            let known = fields.contains(field) && !field.starts_with("sys_");
            if !known || self.unwritable.contains(field) {
                continue;
            }
            let journal = table::JOURNALS.iter().find(|known| *known == field);
            if let Some(journal) = journal {
                if !value.is_empty() {
                    record.entries.push(Entry {
                        journal,
                        by: self.user.clone(),
                        at: now,
                        text: value.clone(),
                    });
                }
                continue;
            }
            if closed && record.get(field) != value {
                match record.table.name {
                    // The fields of a closed incident are read-only, which drops what is written.
                    "incident" => continue,
                    name => return Err(aborted(name, "Closed records cannot be changed")),
                }
            }
            let is_nonsense = table::is_time(field) && !time::is_one(value);
            record.set(field, if is_nonsense { "" } else { value });
        }
        if record.table.is_task {
            settle(&mut record, &before, now)?;
        }
        let count = record.get("sys_mod_count").parse().unwrap_or(0_u64) + 1;
        record.set("sys_mod_count", &count.to_string());
        record.set("sys_updated_on", &time::written(now));
        record.set("sys_updated_by", &self.user);
        self.records[at] = record;
        Ok(())
    }
}

/// Brings the fields that follow from the state in line with it.
pub(super) fn settle(record: &mut Record, before: &str, now: i64) -> Result<(), Response> {
    let state = record.get("state").to_owned();
    let now = time::written(now);
    if state != before {
        let mandatory = record.table.mandatory.iter();
        let unset: Vec<&str> = mandatory
            .filter(|(known, _)| *known == state)
            .flat_map(|(_, fields)| fields.iter().copied())
            .filter(|field| record.get(field).is_empty())
            .collect();
        if !unset.is_empty() {
            return Err(policy(&unset));
        }
        let closed = record.table.is_closed(&state);
        record.set("active", if closed { "false" } else { "true" });
        record.set("closed_at", if closed { &now } else { "" });
        if record.table.name == "incident" {
            let resolved = matches!(state.as_str(), "6" | "7");
            record.set("resolved_at", if resolved { &now } else { "" });
        }
    }
    if record.table.name == "incident" {
        record.set("incident_state", &state);
        let priority = match (record.get("impact"), record.get("urgency")) {
            ("1", "1") => "1",
            ("1", "2") | ("2", "1") => "2",
            ("1", "3") | ("2", "2") | ("3", "1") => "3",
            ("2", "3") | ("3", "2") => "4",
            _ => "5",
        };
        record.set("priority", priority);
    }
    Ok(())
}

/// The fields that a request names, as texts.
fn values(request: &Request) -> Result<BTreeMap<String, String>, Response> {
    let kind = request.header("content-type").unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(error(415, "Unsupported media type", None));
    }
    let Some(Value::Object(members)) = request.json() else {
        return Err(error(
            400,
            "Exception while reading request",
            Some("The payload is not valid JSON."),
        ));
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null => Some(String::new()),
        _ => None,
    };
    Ok(members
        .iter()
        .filter_map(|(name, value)| {
            let value = match value {
                Value::Object(both) => both.get("value").and_then(text),
                value => text(value),
            };
            value.map(|value| (name.clone(), value))
        })
        .collect())
}
