//! A notification as it leaves.

use provisor_model::{Delivery, NotificationKind, Timestamp};
use serde_json::{Value, json};

/// A notification as it leaves the house.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Names it to the world outside, for ever: the same on every attempt, so that whoever takes
    /// it recognises a repeat.
    pub id: String,
    /// Of which kind it is.
    pub kind: NotificationKind,
    /// When it happened.
    pub happened_at: Timestamp,
    /// What happened, in one line.
    pub headline: String,
    /// What happened and what can be done, in some lines.
    pub text: String,
    /// Its details for programs: an object.
    pub data: Value,
}

impl Message {
    /// Puts a notification into words. `installation` is the name of the store it comes from, and
    /// `title` what people call the resource.
    pub fn new(delivery: &Delivery, installation: &str, title: &str) -> Self {
        let notification = &delivery.notification;
        let headline = notification.headline(title);
        let id = format!("{installation}-{}", delivery.id.0);
        let text = format!(
            "{headline}\n\nWhen: {}\nResource: {title}\nShow it: {}\n",
            delivery.happened_at,
            notification.command(&delivery.resource)
        );
        // Everything in it is plain data, which always is JSON.
        let mut data = serde_json::to_value(notification).unwrap_or_else(|_| json!({}));
        if let Value::Object(data) = &mut data {
            data.remove("event");
            data.insert("resource".to_owned(), json!(delivery.resource));
            data.insert("text".to_owned(), json!(headline));
        }
        Self {
            id,
            kind: notification.kind(),
            happened_at: delivery.happened_at,
            headline,
            text,
            data,
        }
    }

    /// As Standard Webhooks recommends: type, time, and what there is to say.
    pub fn to_json(&self) -> Value {
        json!({
            "type": self.kind.as_str(),
            "timestamp": self.happened_at,
            "data": self.data,
        })
    }
}
