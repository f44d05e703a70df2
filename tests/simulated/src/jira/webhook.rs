//! What Jira sends by itself when a ticket changes.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::shape;
use super::site::{AGENT, Site};

/// A message as it arrives at whoever waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Header fields, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

impl Site {
    /// What is sent about a ticket for an event such as `jira:issue_updated`, signed with a secret.
    ///
    /// # Errors
    /// When there is no such ticket.
    pub fn webhook(
        &self,
        number: &str,
        event: &str,
        secret: &str,
        now: i64,
    ) -> Result<Webhook, String> {
        let mut issues = self.issues.iter();
        let issue = issues
            .find(|issue| issue.is_called(number))
            .ok_or_else(|| format!("there is no ticket {number}"))?;
        let base = format!("https://jira.example.com{}/rest/api/2", self.setup.path);
        let body = json!({
            "timestamp": now * 1000,
            "webhookEvent": event,
            "issue_event_type_name": "issue_generic",
            "user": shape::user(self, AGENT, &base),
            "issue": shape::issue(self, issue, &["*all".to_owned()], &base),
            "changelog": { "id": "10100", "items": issue.changes },
        });
        let body = body.to_string().into_bytes();
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Ok(Webhook {
            headers: vec![
                field("content-type", "application/json; charset=UTF-8"),
                field("x-atlassian-webhook-identifier", &format!("{number}-{now}")),
                field("x-hub-signature", &signature(secret, &body)),
            ],
            body,
        })
    }
}

fn signature(secret: &str, body: &[u8]) -> String {
    // An HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_signed_over_its_raw_content() {
        // The example of Atlassian.
        assert_eq!(
            signature("It's a Secret to Everybody", b"Hello World!"),
            "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
        );
    }
}
