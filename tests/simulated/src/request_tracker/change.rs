//! What changes tickets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::record::{self, Attachment, Ticket, Transaction};
use super::{BASE, COMPONENT, HIDDEN, QUEUE, RequestTracker, SUBJECT, said, text_of};
use crate::{Request, Response};

impl RequestTracker {
    pub(super) fn happened(
        &mut self,
        ticket: u64,
        kind: &'static str,
        by: &str,
        text: Option<(&str, &str)>,
        now: i64,
    ) {
        let id = self.transactions.len() as u64 + 1;
        self.transactions.push(Transaction {
            id,
            ticket,
            kind,
            creator: by.to_owned(),
            created: now,
        });
        if let Some((media_type, content)) = text {
            self.attachments.push(Attachment {
                id: self.attachments.len() as u64 + 1,
                transaction: id,
                media_type: media_type.to_owned(),
                file: String::new(),
                content: content.to_owned(),
            });
        }
        if let Some(ticket) = self.tickets.iter_mut().find(|it| it.id == ticket) {
            ticket.updated = now;
        }
    }

    /// The values that are taken; the others are dropped without a word.
    fn taken(&self, given: &Value) -> BTreeMap<String, Vec<String>> {
        let mut taken = BTreeMap::new();
        for (name, values) in given.as_object().into_iter().flatten() {
            let Some(field) = self.fields.iter().find(|field| field.name == *name) else {
                continue;
            };
            let values: Vec<String> = match values {
                Value::Array(several) => several.iter().filter_map(text_of).collect(),
                one => text_of(one).into_iter().collect(),
            };
            let values: Vec<String> = values
                .into_iter()
                .filter(|value| field.choices.is_empty() || field.choices.contains(value))
                .filter(|value| {
                    let mut others = self.tickets.iter().filter_map(|it| it.values.get(name));
                    !field.unique || !others.any(|other| other.contains(value))
                })
                .collect();
            if !values.is_empty() {
                taken.insert(name.clone(), values);
            }
        }
        taken
    }

    pub(super) fn create(&mut self, account: &str, request: &Request) -> Response {
        let Some(given) = request.json().filter(Value::is_object) else {
            return said(400, "JSON object must be a ticket");
        };
        let Some(queue) = text_of(&given["Queue"]).filter(|queue| !queue.is_empty()) else {
            return said(400, "Could not create ticket. Queue not set");
        };
        let may = account != COMPONENT || (self.may_create && queue == QUEUE);
        if !may || ![QUEUE, HIDDEN].contains(&queue.as_str()) {
            let message = format!("No permission to create tickets in the queue '{queue}'");
            return said(403, &message);
        }
        let id = self.tickets.len() as u64 + 1;
        let text = |name: &str| text_of(&given[name]).unwrap_or_default();
        let ticket = Ticket {
            id,
            queue,
            subject: beginning(&text("Subject"), SUBJECT),
            status: "new".to_owned(),
            owner: text_of(&given["Owner"]).unwrap_or_else(|| "Nobody".to_owned()),
            creator: account.to_owned(),
            priority: text_of(&given["Priority"]).unwrap_or_else(|| "0".to_owned()),
            due: moment(&text("Due")),
            created: request.now,
            updated: request.now,
            started: 0,
            resolved: 0,
            merged_into: None,
            values: self.taken(&given["CustomFields"]),
            refers_to: text_of(&given["RefersTo"])
                .filter(|to| {
                    to.parse()
                        .is_ok_and(|to: u64| self.tickets.iter().any(|it| it.id == to))
                })
                .into_iter()
                .collect(),
        };
        self.tickets.push(ticket);
        let media_type = text_of(&given["ContentType"]).unwrap_or_else(|| "text/plain".to_owned());
        let content = text("Content");
        self.happened(
            id,
            "Create",
            account,
            Some((&media_type, &content)),
            request.now,
        );
        let url = format!("{BASE}/ticket/{id}");
        Response::json(
            201,
            &json!({ "type": "ticket", "id": id.to_string(), "_url": url }),
        )
        .with("location", format!("/REST/2.0/ticket/{id}"))
    }

    /// Changes with everything that happens to a ticket.
    pub(super) fn mark(&self, ticket: u64) -> String {
        let mut of_it = self.transactions.iter().filter(|it| it.ticket == ticket);
        format!("\"{}\"", of_it.next_back().map_or(0, |it| it.id))
    }

    pub(super) fn update(&mut self, account: &str, id: u64, request: &Request) -> Response {
        let Some(at) = self.at(id) else {
            return said(404, "Resource does not exist; use POST to create");
        };
        if !self.may_see(account, &self.tickets[at]) {
            return said(403, "Forbidden");
        }
        let survivor = self.tickets[at].id;
        if let Some(wanted) = request.header("if-match")
            && wanted != self.mark(survivor)
        {
            return said(412, "Precondition Failed");
        }
        let Some(given) = request.json().filter(Value::is_object) else {
            return said(400, "JSON object must be a ticket");
        };
        let mut messages = Vec::new();
        if let Some(status) = text_of(&given["Status"]) {
            let message = self.set_status(at, &status, account, request.now);
            messages.extend(message.map(|message| format!("Ticket {survivor}: {message}")));
        }
        if let Some(queue) = text_of(&given["Queue"]) {
            self.tickets[at].queue = queue;
            self.happened(survivor, "Set", account, None, request.now);
            messages.push(format!("Ticket {survivor}: Queue changed"));
        }
        let into = text_of(&given["MergeInto"]).and_then(|it| it.parse().ok());
        if let Some(into) = into {
            messages.push(match self.merge(survivor, into, account, request.now) {
                Ok(()) => "Merge Successful".to_owned(),
                Err(message) => message,
            });
        }
        Response::json(200, &json!(messages))
    }

    /// What is said about it; nothing when it has that status already.
    pub(super) fn set_status(
        &mut self,
        at: usize,
        status: &str,
        by: &str,
        now: i64,
    ) -> Option<String> {
        let ticket = &mut self.tickets[at];
        if !self.statuses.iter().any(|known| known == status) {
            return Some(format!(
                "Status '{status}' isn't a valid status for this ticket."
            ));
        }
        if ticket.status == status {
            return None;
        }
        let before = std::mem::replace(&mut ticket.status, status.to_owned());
        if ticket.started == 0 {
            ticket.started = now;
        }
        if matches!(status, "resolved" | "rejected" | "deleted") {
            ticket.resolved = now;
        }
        let id = ticket.id;
        self.happened(id, "Status", by, None, now);
        Some(match status {
            "deleted" => "Ticket deleted".to_owned(),
            _ => format!("Status changed from '{before}' to '{status}'"),
        })
    }

    pub(super) fn merge(&mut self, id: u64, into: u64, by: &str, now: i64) -> Result<(), String> {
        let survivor = self.at(into).map(|at| self.tickets[at].id);
        match survivor {
            None => Err("Couldn't load the ticket to merge into".to_owned()),
            Some(survivor) if survivor == id => Err("Can't merge a ticket into itself".to_owned()),
            Some(survivor) => {
                for ticket in &mut self.tickets {
                    if ticket.id == id {
                        ticket.merged_into = Some(survivor);
                    }
                }
                self.happened(survivor, "AddLink", by, None, now);
                Ok(())
            }
        }
    }

    pub(super) fn write(
        &mut self,
        account: &str,
        id: u64,
        kind: &'static str,
        request: &Request,
    ) -> Response {
        let Some(given) = request.json().filter(Value::is_object) else {
            return said(400, "JSON object must be a message");
        };
        let Some(media_type) = text_of(&given["ContentType"]) else {
            return said(400, "ContentType is a required field for application/json");
        };
        let at = self
            .at(id)
            .filter(|at| self.may_see(account, &self.tickets[*at]));
        // Whether there is no such ticket or it may not be seen: the answer is the same.
        let Some(at) = at else {
            return said(400, "Permission Denied");
        };
        let ticket = self.tickets[at].id;
        let content = text_of(&given["Content"]).unwrap_or_default();
        self.happened(
            ticket,
            kind,
            account,
            Some((&media_type, &content)),
            request.now,
        );
        let mut messages = vec![match kind {
            "Comment" => "Comments added".to_owned(),
            _ => "Correspondence added".to_owned(),
        }];
        if kind == "Correspond" && self.tickets[at].status == "new" {
            self.set_status(at, "open", account, request.now);
        }
        if let Some(status) = text_of(&given["Status"]) {
            messages.extend(self.set_status(at, &status, account, request.now));
        }
        Response::json(201, &json!(messages))
    }
}

/// `2026-12-01 12:00:00` as it is shown; never, when it cannot be read.
fn moment(text: &str) -> String {
    let shown = format!("{}Z", text.trim_end_matches('Z').replacen(' ', "T", 1));
    match shown.parse::<jiff::Timestamp>() {
        Ok(moment) => moment.to_string(),
        Err(_) => record::time(0),
    }
}

/// As many whole characters as there is place for in so many bytes.
fn beginning(text: &str, most: usize) -> String {
    text[..text.floor_char_boundary(most)].to_owned()
}
