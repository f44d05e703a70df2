//! What Request Tracker keeps, and how it shows that as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A ticket.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) id: u64,
    pub(super) queue: String,
    pub(super) subject: String,
    pub(super) status: String,
    pub(super) owner: String,
    pub(super) creator: String,
    pub(super) priority: String,
    pub(super) due: String,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) started: i64,
    /// When it was closed last; stays when it is opened again.
    pub(super) resolved: i64,
    pub(super) merged_into: Option<u64>,
    pub(super) values: BTreeMap<String, Vec<String>>,
    pub(super) refers_to: Vec<String>,
}

/// Something that happened to a ticket.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) id: u64,
    pub(super) ticket: u64,
    /// `Create`, `Comment`, `Correspond`, `Status` and so on.
    pub(super) kind: &'static str,
    pub(super) creator: String,
    pub(super) created: i64,
}

/// A text that came with something that happened.
#[derive(Debug, Clone)]
pub(super) struct Attachment {
    pub(super) id: u64,
    pub(super) transaction: u64,
    pub(super) media_type: String,
    /// Empty for what was written, and not attached.
    pub(super) file: String,
    pub(super) content: String,
}

/// A custom field.
#[derive(Debug, Clone)]
pub(super) struct CustomField {
    pub(super) id: u64,
    pub(super) name: String,
    /// The only values that it takes; any when there is none.
    pub(super) choices: Vec<String>,
    /// Whether no two tickets may have the same value.
    pub(super) unique: bool,
}

/// A moment as the product writes it; 0 is its way to say never.
pub(super) fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .unwrap_or_default()
        .to_string()
}

fn user(base: &str, name: &str) -> Value {
    json!({ "type": "user", "id": name, "_url": format!("{base}/user/{name}") })
}

impl Ticket {
    /// The fields of its own, as a search shows those that were asked for. `whole` is the form of
    /// the single ticket, in which some of them look different.
    fn field(&self, name: &str, base: &str, fields: &[CustomField], whole: bool) -> Option<Value> {
        let effective = self.merged_into.unwrap_or(self.id).to_string();
        Some(match name {
            "Subject" => json!(self.subject),
            "Status" => json!(self.status),
            "Priority" => json!(self.priority),
            "Type" => json!("ticket"),
            "Due" => json!(self.due),
            "Created" => json!(time(self.created)),
            "LastUpdated" => json!(time(self.updated)),
            "Started" => json!(time(self.started)),
            "Resolved" => json!(time(self.resolved)),
            "Owner" => user(base, &self.owner),
            "Creator" => user(base, &self.creator),
            "EffectiveId" if whole => json!({
                "type": "ticket", "id": effective, "_url": format!("{base}/ticket/{effective}"),
            }),
            "EffectiveId" => json!(effective),
            "CustomFields" => fields
                .iter()
                .map(|field| {
                    json!({
                        "type": "customfield",
                        "id": field.id.to_string(),
                        "name": field.name,
                        "_url": format!("{base}/customfield/{}", field.id),
                        "values": self.values.get(&field.name).cloned().unwrap_or_default(),
                    })
                })
                .collect(),
            _ => return None,
        })
    }

    /// As one item of a search.
    pub(super) fn item(&self, base: &str, fields: &[CustomField], asked: &[&str]) -> Value {
        let mut item = Map::new();
        item.insert("type".to_owned(), json!("ticket"));
        item.insert("id".to_owned(), json!(self.id.to_string()));
        let url = format!("{base}/ticket/{}", self.id);
        item.insert("_url".to_owned(), json!(url));
        for name in asked {
            if let Some(value) = self.field(name, base, fields, false) {
                item.insert((*name).to_owned(), value);
            }
        }
        Value::Object(item)
    }

    /// As it is shown alone: its id is a number here.
    pub(super) fn whole(&self, base: &str, fields: &[CustomField]) -> Value {
        let mut whole = Map::new();
        whole.insert("id".to_owned(), json!(self.id));
        for name in [
            "Subject",
            "Status",
            "Priority",
            "Type",
            "Due",
            "Created",
            "LastUpdated",
            "Started",
            "Resolved",
            "Owner",
            "Creator",
            "EffectiveId",
            "CustomFields",
        ] {
            if let Some(value) = self.field(name, base, fields, true) {
                whole.insert(name.to_owned(), value);
            }
        }
        let mut links = vec![json!({
            "ref": "self", "type": "ticket", "id": self.id,
            "_url": format!("{base}/ticket/{}", self.id),
        })];
        links.extend(self.refers_to.iter().map(|to| {
            json!({
                "ref": "refers-to", "type": "ticket", "id": to,
                "_url": format!("{base}/ticket/{to}"),
            })
        }));
        whole.insert("_hyperlinks".to_owned(), json!(links));
        Value::Object(whole)
    }
}

impl Transaction {
    /// As one item of a search.
    pub(super) fn item(&self, base: &str, asked: &[&str]) -> Value {
        let mut item = json!({
            "type": "transaction", "id": self.id.to_string(),
            "_url": format!("{base}/transaction/{}", self.id),
        });
        for name in asked {
            item[*name] = match *name {
                "Type" => json!(self.kind),
                "ObjectId" => json!(self.ticket.to_string()),
                "Creator" => user(base, &self.creator),
                "Created" => json!(time(self.created)),
                _ => continue,
            };
        }
        item
    }
}

impl Attachment {
    /// As one item of a search.
    pub(super) fn item(&self, base: &str, asked: &[&str]) -> Value {
        let mut item = json!({
            "type": "attachment", "id": self.id.to_string(),
            "_url": format!("{base}/attachment/{}", self.id),
        });
        for name in asked {
            item[*name] = match *name {
                "Content" => json!(self.content),
                "ContentType" => json!(self.media_type),
                "TransactionId" => json!(self.transaction.to_string()),
                "Filename" => json!(self.file),
                "ContentLength" => json!(self.content.len().to_string()),
                _ => continue,
            };
        }
        item
    }
}
