//! Making and changing records.

use serde_json::Value;

use super::record::{Record, at, time};
use super::{DUPLICATE, INVALID_DATA, LOCKED, Refusal, ServiceManager, VALIDATION};
use crate::{Request, Response};

/// Fields that a request brings, each by its caption.
type Brought = Vec<(&'static str, Value)>;

impl ServiceManager {
    /// The fields that a request brings, each by its caption. Captions that are not published are
    /// passed over in silence, as the real product does.
    fn brought(&self, request: &Request) -> Result<Brought, Refusal> {
        let status = self.traps.refusal_status;
        let json = request
            .header("content-type")
            .is_some_and(|value| value.starts_with("application/json"));
        let body = request.json().filter(|_| json);
        let fields = body
            .as_ref()
            .and_then(|body| body.get(self.object.envelope));
        let fields = fields.filter(|fields| fields.is_object()).ok_or_else(|| {
            let message = format!("the content has no {}", self.object.envelope);
            Refusal::new(VALIDATION, 400, message)
        })?;
        let mut brought = Vec::new();
        let mut wrong = Vec::new();
        for caption in self.object.captions() {
            let Some(value) = at(fields, caption) else {
                continue;
            };
            let lines = value
                .as_array()
                .is_some_and(|lines| lines.iter().all(Value::is_string));
            if self.object.read_only().contains(&caption) {
                wrong.push(format!("{caption} is read only"));
            } else if self.object.lines().contains(&caption) && !lines {
                wrong.push(format!("{caption} is an array of text"));
            } else if !self.object.lines().contains(&caption) && !value.is_string() {
                wrong.push(format!("{caption} is text"));
            } else {
                brought.push((caption, value.clone()));
            }
        }
        match wrong.is_empty() {
            true => Ok(brought),
            false => Err(Refusal(VALIDATION, status, wrong)),
        }
    }

    pub(super) fn create(&mut self, request: &Request) -> Result<Response, Refusal> {
        let brought = self.brought(request)?;
        let object = self.object.clone();
        let mut record = Record::new(format!("{}{}", object.prefix, self.last + 1));
        for (caption, value) in brought {
            record.set(caption, value);
        }
        let missing: Vec<String> = object
            .mandatory
            .iter()
            .filter(|caption| record.text(caption).is_none())
            .map(|caption| format!("{caption} is required"))
            .collect();
        if !missing.is_empty() {
            return Err(Refusal(INVALID_DATA, self.traps.refusal_status, missing));
        }
        let correlation = record.text(object.correlation);
        let taken =
            |other: &Record| correlation.is_some() && other.text(object.correlation) == correlation;
        if self.traps.unique_correlation && self.records.iter().any(taken) {
            return Err(Refusal::new(
                DUPLICATE,
                400,
                "This record contains a duplicate key",
            ));
        }
        self.last += 1;
        let key = record.key.clone();
        record.set(object.key, key);
        record.set(object.status, object.new_status);
        record.set(object.opened, time(request.now));
        record.set(object.updated, time(request.now));
        self.records.push(record);
        Ok(self.answer_with(self.records.len() - 1))
    }

    /// Where the record is that a request wants to change, with the fields that it brings.
    fn changeable(&self, key: &str, request: &Request) -> Result<(usize, Brought), Refusal> {
        let place = self.place(key)?;
        let status = self.traps.refusal_status;
        let record = &self.records[place];
        if record.locked {
            let message = "Record is currently locked by falcon";
            return Err(Refusal::new(LOCKED, status, message));
        }
        if record.text(self.object.status).as_deref() == Some("Closed") {
            let message = format!("{key} is closed");
            return Err(Refusal::new(VALIDATION, status, message));
        }
        let brought = self.brought(request)?;
        let assigned = brought
            .iter()
            .any(|(caption, _)| *caption == self.object.assignee);
        if self.traps.assignee_demanded && !assigned {
            let message = format!("{} is required", self.object.assignee);
            return Err(Refusal::new(INVALID_DATA, status, message));
        }
        Ok((place, brought))
    }

    fn change(&mut self, place: usize, brought: Brought, now: i64) {
        let object = &self.object;
        let record = &mut self.records[place];
        for (caption, value) in brought {
            if caption == object.journal {
                let lines: Vec<&str> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                record.comment(object.journal, "bot", &lines, now);
            } else {
                record.set(caption, value);
            }
        }
        record.set(object.updated, time(now));
    }

    pub(super) fn update(&mut self, key: &str, request: &Request) -> Result<Response, Refusal> {
        let (place, brought) = self.changeable(key, request)?;
        self.change(place, brought, request.now);
        Ok(self.answer_with(place))
    }

    pub(super) fn run(
        &mut self,
        key: &str,
        action: &str,
        request: &Request,
    ) -> Result<Response, Refusal> {
        let (place, brought) = self.changeable(key, request)?;
        let status = match action {
            "close" => "Closed",
            "resolve" => "Resolved",
            _ => {
                let message = format!("there is no action {action}");
                return Err(Refusal::new(VALIDATION, 400, message));
            }
        };
        let coded = brought
            .iter()
            .any(|(caption, _)| *caption == self.object.closure_code);
        if !coded {
            let message = format!("{} is required", self.object.closure_code);
            return Err(Refusal::new(
                INVALID_DATA,
                self.traps.refusal_status,
                message,
            ));
        }
        if !self.traps.actions_idle {
            self.change(place, brought, request.now);
            let object = &self.object;
            self.records[place].set(object.status, status);
            self.records[place].set(object.closed, time(request.now));
        }
        Ok(self.answer_with(place))
    }
}
