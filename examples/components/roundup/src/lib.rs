//! An example of a component for a ticket system: issues of a Roundup tracker.
//!
//! # The nouns
//!
//! | noun | what it is |
//! |---|---|
//! | [`Settings`] | what the configuration says; for people: `settings.schema.json` |
//! | [`Roundup`] | the translator |
//! | once-only link | an address of Roundup to which a thing can be posted only once |
//!
//! # The life of one call
//!
//! `create` writes the text as a message, asks for a once-only link, and posts the issue to it. Should
//! a proxy on the way send that request twice, the second one is refused, and the component
//! looks for the issue that the first one has made.
//!
//! ```
//! use provisor_sdk::{Condition, Http, Response, Ticketing, testing};
//! use roundup::Roundup;
//!
//! let roundup = testing::ticketing::<Roundup>(r#"{ "url": "https://example.com/tracker" }"#)?;
//! let http = Http::answering(|request| {
//!     Ok(Response {
//!         method: request.method,
//!         status: 200,
//!         headers: Vec::new(),
//!         body: br#"{ "data": { "collection": [{ "id": "7", "status.name": "testing" }] } }"#.to_vec(),
//!     })
//! });
//! let conditions = roundup.status(&http, &["7".to_owned()])?;
//! assert!(matches!(&conditions[0], Condition::Progress(it) if it.status == "testing"));
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```
//!
//! # Invariants
//!
//! * A status that is not known is never taken for done.
//! * What is found is compared again with what was asked for.

use std::collections::BTreeMap;

use provisor_sdk::{
    Block, Class, Condition, Draft, Failure, FailureKind, Finding, Found, Http, Method, Priority,
    Problem, Progress, Request, Response, Ticket, Ticketing, Traits, document, export_ticketing,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many issues are asked for in one call: the address must not grow too long.
const BATCH: usize = 50;

/// The property of issues that holds the correlation id, made in the tracker's schema as
/// `correlationid=String(indexme="no")`.
const PROPERTY: &str = "correlationid";

/// The settings of this component.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where people open the tracker.
    pub url: String,
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    ["http", "https"]
        .contains(&scheme)
        .then(|| format!("{scheme}://{host}"))
}

/// Speaks to one tracker.
#[derive(Debug)]
pub struct Roundup {
    settings: Settings,
    origin: String,
}

impl Roundup {
    fn request<'a>(&self, method: Method, path: impl IntoIterator<Item = &'a str>) -> Request {
        let place = ["rest", "data"].into_iter().chain(path);
        let request = Request::new(method, &self.settings.url, place);
        match method.is_safe() {
            true => request,
            // Roundup takes changes only from pages of its own, or from whoever says so.
            false => request
                .header("origin", &self.origin)
                .header("x-requested-with", "rest"),
        }
    }

    /// The member `data` of an answer.
    fn data(&self, http: &Http, request: &Request) -> Result<Value, Failure> {
        let response = http.send(request)?;
        if !response.is_success() {
            return Err(failure(&response));
        }
        let mut body: Value = response.json()?;
        Ok(body["data"].take())
    }

    /// Writes a text; the number of its message.
    fn write(&self, http: &Http, text: &[Block]) -> Result<String, Failure> {
        let message = json!({ "content": document::plain(text) });
        let request = self.request(Method::Post, ["msg"]).json(&message);
        number(&self.data(http, &request)?["id"])
    }

    fn ticket(&self, id: &str) -> Ticket {
        let base = self.settings.url.trim_end_matches('/');
        Ticket {
            reference: id.to_owned(),
            number: id.to_owned(),
            url: Some(format!("{base}/issue{id}")),
        }
    }

    /// What there is behind a number that a search did not show.
    fn alone(&self, http: &Http, id: &str) -> Condition {
        match self.data(http, &self.request(Method::Get, ["issue", id])) {
            // Issues that were retired are shown alone, but found by no search.
            Ok(_) => Condition::Gone,
            Err(failure) => match failure.kind {
                FailureKind::NotFound => Condition::Gone,
                FailureKind::Unauthorized if failure.message.contains("403") => {
                    Condition::Forbidden
                }
                _ => Condition::Failed(failure),
            },
        }
    }
}

/// An answer without success, in Roundup's own words.
fn failure(response: &Response) -> Failure {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    response.failure(body["error"]["msg"].as_str().map(document::one_line))
}

/// A number that Roundup has given.
fn number(value: &Value) -> Result<String, Failure> {
    let text = value.as_str().and_then(|text| reference(text).ok());
    let message = "the answer does not say the number of what was made";
    text.map(str::to_owned)
        .ok_or_else(|| Failure::ambiguous(message))
}

/// Reads a reference: the number of an issue.
fn reference(text: &str) -> Result<&str, Failure> {
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|one| one.is_ascii_digit());
    match digits && !text.starts_with('0') {
        true => Ok(text),
        false => Err(Failure::configuration(
            "the reference is no number of an issue in Roundup; the ticket was made by another \
             component",
        )),
    }
}

/// What a status of Roundup's classic tracker means, and `rejected`, which most add.
fn class(status: &str) -> Class {
    match status {
        "unread" => Class::Open,
        "deferred" | "chatting" | "need-eg" | "in-progress" | "testing" => Class::InProgress,
        "done-cbb" | "resolved" => Class::Done,
        "rejected" => Class::Refused,
        _ => Class::Unknown,
    }
}

/// `2026-11-26.07:05:23` (UTC) as RFC 3339.
fn moment(text: &str) -> Option<String> {
    let (day, time) = text.split_once('.')?;
    let time = time.get(..8)?;
    (day.len() == 10).then(|| format!("{day}T{time}Z"))
}

impl Ticketing for Roundup {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        let message = "write the whole address, such as `https://example.com/tracker`";
        let wrong = origin(&settings.url).is_none();
        Vec::from_iter(wrong.then(|| Problem::new("/url", message)))
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let origin = origin(&settings.url);
        let origin = origin.ok_or_else(|| Failure::configuration("setting /url is no address"))?;
        Ok(Roundup { settings, origin })
    }

    fn behaviour(&self) -> Traits {
        Traits {
            batch: BATCH as u32,
            search_lag: 0,
            comments: true,
            withdraws: false,
            receives: false,
        }
    }

    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure> {
        let request = self
            .request(Method::Get, ["issue"])
            .query(&format!("{PROPERTY}:"), "provisor-looks")
            .query("@fields", PROPERTY);
        let (good, subject, message) = match self.data(http, &request) {
            Ok(_) => (true, "issues", "can be searched for".to_owned()),
            Err(failure) => match failure.kind {
                FailureKind::Unauthorized => (false, "credentials", failure.message),
                FailureKind::Rejected => (false, PROPERTY, failure.message),
                _ => return Err(failure),
            },
        };
        let subject = subject.to_owned();
        Ok(vec![Finding {
            good,
            subject,
            message,
        }])
    }

    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
        let message = self.write(http, &draft.description)?;
        let link = self
            .request(Method::Post, ["issue", "@poe"])
            .json(&json!({}));
        let link = self.data(http, &link)?;
        // The address in the link is the one that Roundup believes to have.
        let token = link["link"]
            .as_str()
            .and_then(|link| link.rsplit('/').next());
        let token = token.ok_or_else(|| Failure::unavailable("Roundup gives no once-only link"))?;
        let mut issue = json!({
            "title": document::one_line(&draft.title),
            "status": "unread",
            "priority": match draft.priority {
                Priority::Low | Priority::Normal => "feature",
                Priority::High => "urgent",
                Priority::Urgent => "critical",
            },
            "messages": [message],
        });
        issue[PROPERTY] = json!(draft.correlation_id);
        let request = self
            .request(Method::Post, ["issue", "@poe", token])
            .json(&issue);
        match self.data(http, &request) {
            Ok(made) => Ok(self.ticket(&number(&made["id"])?)),
            // Somebody on the way has sent it twice, and this answers the second time.
            Err(failure) if failure.message.contains("POE token") => {
                let found = self.find(http, &draft.correlation_id)?;
                let first = found.into_iter().next().map(|found| found.ticket);
                first.ok_or_else(|| Failure::ambiguous(failure.message))
            }
            Err(failure) => Err(failure),
        }
    }

    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        let request = self
            .request(Method::Get, ["issue"])
            .query(&format!("{PROPERTY}:"), correlation_id)
            .query("@fields", PROPERTY)
            .query("@page_size", "50");
        let data = self.data(http, &request)?;
        let issues = data["collection"].as_array().into_iter().flatten();
        Ok(issues
            .filter(|issue| issue[PROPERTY].as_str() == Some(correlation_id))
            .filter_map(|issue| reference(issue["id"].as_str()?).ok())
            .map(|id| Found {
                ticket: self.ticket(id),
                correlation_id: correlation_id.to_owned(),
            })
            .collect())
    }

    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        let mut known: BTreeMap<String, Value> = BTreeMap::new();
        let ids: Vec<&str> = references
            .iter()
            .filter_map(|it| reference(it).ok())
            .collect();
        for block in ids.chunks(BATCH) {
            let mut request = self
                .request(Method::Get, ["issue"])
                .query("@fields", "status.name,activity,assignedto.username")
                .query("@page_size", &BATCH.to_string());
            for id in block {
                request = request.query("id", id);
            }
            let data = self.data(http, &request)?;
            for issue in data["collection"].as_array().into_iter().flatten() {
                let id = issue["id"].as_str().unwrap_or_default();
                known.insert(id.to_owned(), issue.clone());
            }
        }
        let condition = |text: &String| match (reference(text), known.get(text)) {
            (Err(failure), _) => Condition::Failed(failure),
            (Ok(id), None) => self.alone(http, id),
            (Ok(_), Some(issue)) => {
                let text = |name: &str| issue[name].as_str().map(str::to_owned);
                let status = text("status.name").unwrap_or_default();
                let class = class(&status);
                let changed = issue["activity"].as_str().and_then(moment);
                let closed = matches!(class, Class::Done | Class::Refused);
                Condition::Progress(Progress {
                    class,
                    resolution: None,
                    closed_at: changed.clone().filter(|_| closed),
                    updated_at: changed,
                    assignee: text("assignedto.username"),
                    note: None,
                    status,
                })
            }
        };
        Ok(references.iter().map(condition).collect())
    }

    fn comment(&self, http: &Http, text: &str, blocks: &[Block]) -> Result<(), Failure> {
        let id = reference(text)?;
        let issue = http.send(&self.request(Method::Get, ["issue", id]))?;
        if !issue.is_success() {
            return Err(failure(&issue));
        }
        let issue: Value = issue.json()?;
        let mark = issue["data"]["@etag"].as_str().unwrap_or_default();
        let message = self.write(http, blocks)?;
        // Whatever else has changed the issue meanwhile is not overwritten.
        let request = self
            .request(Method::Patch, ["issue", id])
            .header("if-match", mark)
            .json(&json!({ "@op": "add", "messages": [message] }));
        self.data(http, &request).map(drop)
    }
}

export_ticketing!(Roundup, {
    name: "roundup",
    summary: "Keeps tickets in Roundup.",
    settings_schema: include_str!("../settings.schema.json"),
});
