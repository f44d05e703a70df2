//! Reading tickets: many by their ids, one alone, and all that carry a correlation id.

use std::collections::BTreeMap;

use provisor_sdk::{Failure, FailureKind, Http, Method, document};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{ask, failure, is_missing};
use crate::issue::{Comments, Issue};
use crate::settings::{Deployment, custom_number};
use crate::tickets::Jira;

/// How many tickets are asked for in one call: what Cloud takes when a field has several values, and
/// less than any limit of a Data Center.
pub const BATCH: usize = 100;

/// How many pages of tickets with one correlation id are read.
const PAGES: usize = 10;

/// What came of asking for one ticket alone.
pub enum Alone {
    /// It is there.
    There(Issue),
    /// Jira says that it does not exist, or that it may not be seen: it does not say which.
    Missing,
    /// Jira says that it may not be seen.
    Forbidden,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    issues: Vec<Value>,
    #[serde(default)]
    next_page_token: Option<String>,
    #[serde(default)]
    is_last: bool,
    #[serde(default)]
    total: Option<usize>,
}

impl Jira {
    /// The tickets with these ids that Jira gives, by id; at most [`BATCH`].
    ///
    /// # Errors
    /// When Jira could not be asked.
    pub fn many(
        &self,
        http: &Http,
        ids: &[String],
        fields: &[&str],
    ) -> Result<BTreeMap<String, Issue>, Failure> {
        let request = match self.settings.deployment {
            // Unlike the search this is never behind.
            Deployment::Cloud => self
                .request(Method::Post, &["issue", "bulkfetch"])
                .json(&json!({ "issueIdsOrKeys": ids, "fields": fields })),
            // With validation one id that does not exist would fail all the others.
            Deployment::DataCenter => self.request(Method::Post, &["search"]).json(&json!({
                "jql": format!("id in ({})", ids.join(",")),
                "startAt": 0,
                "maxResults": ids.len(),
                "fields": fields,
                "validateQuery": false,
            })),
        };
        let what = "reading the status of tickets";
        let page: Page = ask(http, &request, what).map_err(reading)?;
        let issues = page.issues.iter().filter_map(Issue::read);
        Ok(issues
            .filter(|issue| ids.contains(&issue.id))
            .map(|issue| (issue.id.clone(), issue))
            .collect())
    }

    /// One ticket.
    ///
    /// # Errors
    /// When Jira could not be asked.
    pub fn alone(&self, http: &Http, id: &str, fields: &[&str]) -> Result<Alone, Failure> {
        let what = "reading a ticket";
        let request = self
            .request(Method::Get, &["issue", id])
            .query("fields", &fields.join(","));
        let response = http
            .send(&request)
            .map_err(|failure| failure.during(what))?;
        if is_missing(&response) {
            return Ok(Alone::Missing);
        }
        // Data Center says so; a refused login has a header of its own.
        let denied = response.header("x-authentication-denied-reason").is_some();
        if response.status == 403 && !denied {
            return Ok(Alone::Forbidden);
        }
        if !response.is_success() {
            return Err(failure(&response).during(what));
        }
        let issue: Issue = response.json().map_err(|failure| failure.during(what))?;
        // A moved ticket keeps its id; another id is another ticket.
        match issue.id == id {
            true => Ok(Alone::There(issue)),
            false => Err(Failure::malformed(format!(
                "asked for the ticket with the id {id}, Jira gave that with the id {}",
                document::cut(&document::one_line(&issue.id), 50)
            ))),
        }
    }

    /// Whether the account may see the tickets of a project at all.
    ///
    /// # Errors
    /// When Jira could not be asked.
    pub fn may_browse(&self, http: &Http, project: &str) -> Result<bool, Failure> {
        let what = "looking up permissions";
        let request = self
            .request(Method::Get, &["mypermissions"])
            .query("projectKey", project)
            .query("permissions", "BROWSE_PROJECTS");
        let response = http
            .send(&request)
            .map_err(|failure| failure.during(what))?;
        if is_missing(&response) {
            return Ok(false);
        }
        if !response.is_success() {
            return Err(failure(&response).during(what));
        }
        let body: Value = response.json().map_err(|failure| failure.during(what))?;
        Ok(body["permissions"]["BROWSE_PROJECTS"]["havePermission"] == true)
    }

    /// The newest comments of these tickets, by id.
    ///
    /// # Errors
    /// When Jira could not be asked.
    pub fn notes(&self, http: &Http, ids: &[String]) -> Result<BTreeMap<String, String>, Failure> {
        let mut notes = BTreeMap::new();
        for (id, issue) in self.many(http, ids, &["comment"])? {
            let value = issue.fields.get("comment").cloned().unwrap_or_default();
            let mut comments: Comments = serde_json::from_value(value).unwrap_or_default();
            if !comments.is_whole() {
                let request = self
                    .request(Method::Get, &["issue", &id, "comment"])
                    .query("startAt", &comments.total.saturating_sub(1).to_string())
                    .query("maxResults", "1")
                    .query("orderBy", "created");
                comments = ask(http, &request, "reading the last comment")?;
            }
            notes.extend(comments.note().map(|note| (id, note)));
        }
        Ok(notes)
    }

    /// All tickets that carry this correlation id, the oldest first.
    ///
    /// # Errors
    /// When Jira could not be asked, or gives no end of tickets.
    pub fn carrying(&self, http: &Http, correlation_id: &str) -> Result<Vec<Issue>, Failure> {
        let what = "searching a ticket by its correlation id";
        let jql = self.query(correlation_id);
        let mut fields = vec!["labels"];
        fields.extend(self.settings.correlation_field.as_deref());
        let (mut found, mut seen, mut token) = (Vec::new(), 0, None);
        for _ in 0..PAGES {
            let request = match self.settings.deployment {
                Deployment::Cloud => {
                    let mut body = json!({ "jql": jql, "maxResults": BATCH, "fields": fields });
                    if let Some(token) = &token {
                        body["nextPageToken"] = json!(token);
                    }
                    self.request(Method::Post, &["search", "jql"]).json(&body)
                }
                Deployment::DataCenter => self.request(Method::Post, &["search"]).json(&json!({
                    "jql": jql, "startAt": seen, "maxResults": BATCH, "fields": fields,
                })),
            };
            let page: Page = ask(http, &request, what).map_err(|failure| {
                let mut failure = reading(failure);
                if failure.kind == FailureKind::Rejected {
                    // The query is ours, and only one part of it comes from the settings.
                    failure.kind = FailureKind::Configuration;
                    failure
                        .message
                        .push_str("; check the setting `correlation-field`");
                }
                failure
            })?;
            seen += page.issues.len();
            for value in &page.issues {
                // Leaving out one that cannot be read could make the host ask for it a second time.
                let issue = Issue::read(value).ok_or_else(|| {
                    Failure::malformed(format!("{what}: Jira gave something that is no ticket"))
                })?;
                if issue.carries(correlation_id, &self.settings) {
                    found.push(issue);
                }
            }
            let whole = match self.settings.deployment {
                Deployment::Cloud => page.is_last || page.next_page_token.is_none(),
                Deployment::DataCenter => {
                    page.issues.is_empty() || page.total.is_none_or(|total| seen >= total)
                }
            };
            if whole {
                found.sort_by_key(|issue| (issue.id.len(), issue.id.clone()));
                found.dedup_by(|one, other| one.id == other.id);
                return Ok(found);
            }
            token = page.next_page_token;
        }
        Err(Failure::malformed(format!(
            "{what}: after {PAGES} pages Jira still says that there are more; look at the tickets \
             that this query finds: {jql}"
        )))
    }

    /// Finds what carries a correlation id, and more: the search compares loosely.
    fn query(&self, correlation_id: &str) -> String {
        let label = quoted(&self.settings.label(correlation_id));
        let mut jql = format!("labels = {label}");
        let field = self.settings.correlation_field.as_deref();
        if let Some(number) = field.and_then(custom_number) {
            // Inner quotes make a phrase of it; without them each part of the id would count.
            let phrase = quoted(&quoted(correlation_id));
            jql.push_str(&format!(" OR cf[{number}] ~ {phrase}"));
        }
        jql.push_str(" ORDER BY key ASC");
        jql
    }
}

/// A text in a query.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}

/// These calls read although they are sent with POST: nothing can have been changed by one whose
/// answer was lost or cannot be read.
fn reading(mut failure: Failure) -> Failure {
    if failure.kind == FailureKind::Ambiguous {
        failure.kind = FailureKind::Unavailable;
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_within_its_quotes() {
        assert_eq!(quoted(r#"a" OR x = \"#), r#""a\" OR x = \\""#);
        assert_eq!(quoted(&quoted("a-1")), r#""\"a-1\"""#);
    }
}
