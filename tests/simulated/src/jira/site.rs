//! What both products share: projects, tickets, and what people do with them.

use serde_json::{Map, Value, json};

use super::workflow::{self, Status};
use crate::{Action, Seen};

/// Which Jira it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Jira Cloud.
    Cloud,
    /// Jira Data Center.
    DataCenter,
}

/// How a site is set up, and how its traps are.
#[derive(Debug, Clone)]
pub struct Setup {
    /// For how many seconds the search does not find a new ticket.
    pub search_lag: i64,
    /// How many tickets stand on one page of a search at most.
    pub page: usize,
    /// How a ticket is cancelled.
    pub cancel: Cancel,
    /// Whether the resolution is taken away when a ticket is opened again.
    pub clears_resolution: bool,
    /// How long a text may be.
    pub text_limit: usize,
    /// Whether the credentials count. Otherwise they are taken for nobody's, and not refused.
    pub login_counts: bool,
    /// Whether the screen on which tickets are made has the field for the priority.
    pub priority_on_screen: bool,
    /// Whether a ticket must name the application that it is about.
    pub application_required: bool,
    /// The path at which the site begins, such as `/jira`.
    pub path: String,
}

impl Setup {
    /// As most sites of this kind are.
    pub fn of(kind: Kind) -> Self {
        Setup {
            search_lag: match kind {
                Kind::Cloud => 30,
                Kind::DataCenter => 0,
            },
            page: 100,
            cancel: Cancel::Offered,
            clears_resolution: true,
            text_limit: 32_767,
            login_counts: true,
            priority_on_screen: true,
            application_required: false,
            path: String::new(),
        }
    }
}

/// How a ticket is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// By a transition.
    Offered,
    /// By a transition that asks for a resolution.
    WithResolution,
    /// By a transition that asks for a field that only this site has.
    WithReason,
    /// By a transition that its workflow then refuses.
    Validated,
    /// By a transition after which an automation brings the ticket back.
    Undone,
    /// Not at all.
    Absent,
}

/// A project.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub id: &'static str,
    pub key: &'static str,
    pub name: &'static str,
    /// Whether the account of the component may see its tickets.
    pub visible: bool,
    /// The number of its last ticket.
    pub last: u64,
}

/// A comment.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub id: u64,
    pub body: Value,
    pub author: &'static str,
    pub created: i64,
}

/// A ticket.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub id: u64,
    pub key: String,
    /// The keys that it had before.
    pub former: Vec<String>,
    /// The place of its project among all.
    pub project: usize,
    pub created: i64,
    pub updated: i64,
    pub status: Status,
    pub status_changed: i64,
    pub resolution: Option<String>,
    pub resolved: Option<i64>,
    pub assignee: Option<&'static str>,
    /// What was given when it was made or edited, by the id of the field.
    pub fields: Map<String, Value>,
    pub comments: Vec<Comment>,
    pub links: Vec<Value>,
    /// Whether a security level hides it from the account of the component.
    pub restricted: bool,
    /// What was changed last, as a webhook tells it.
    pub changes: Vec<Value>,
}

impl Issue {
    pub(crate) fn labels(&self) -> Vec<&str> {
        let labels = self.fields.get("labels").and_then(Value::as_array);
        labels
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    pub(crate) fn is_called(&self, id_or_key: &str) -> bool {
        let called = |key: &str| key.eq_ignore_ascii_case(id_or_key);
        self.id.to_string() == id_or_key
            || called(&self.key)
            || self.former.iter().any(|key| called(key))
    }

    /// Brings it to a status, with what the workflow does by itself.
    pub(crate) fn bring(&mut self, status: Status, resolution: Option<&str>, now: i64) {
        self.changes = vec![json!({
            "field": "status", "fieldtype": "jira", "fieldId": "status",
            "from": self.status.id, "fromString": self.status.name,
            "to": status.id, "toString": status.name,
        })];
        if status.category != self.status.category {
            self.status_changed = now;
        }
        if let Some(resolution) = resolution {
            self.resolution = Some(resolution.to_owned());
            self.resolved = Some(now);
        }
        self.status = status;
        self.updated = now;
    }
}

/// Projects and tickets, and who may see them.
pub struct Site {
    /// Which Jira it is.
    pub kind: Kind,
    /// How it is set up. A change counts from the next request on.
    pub setup: Setup,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) projects: Vec<Project>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) last_id: u64,
}

/// The person who works on tickets.
pub(crate) const AGENT: &str = "Olga Operator";

/// The account of the component.
pub(crate) const BOT: &str = "Provisor Bot";

impl Site {
    pub(crate) fn new(kind: Kind, user: &str, password: &str, setup: Setup) -> Self {
        let project = |id, key, name| Project {
            id,
            key,
            name,
            visible: true,
            last: 0,
        };
        Site {
            kind,
            setup,
            user: user.to_owned(),
            password: password.to_owned(),
            projects: vec![
                project("10000", "PROV", "Provisioning"),
                project("10001", "OPS", "Operations"),
            ],
            issues: Vec::new(),
            last_id: 10_000,
        }
    }

    /// From now on a ticket must name the application that it is about: the field for it.
    pub(crate) fn demand_application(&mut self) -> &'static str {
        self.setup.application_required = true;
        "customfield_10060"
    }

    /// A number that nothing else on the site has.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The next key of a project.
    pub(crate) fn next_key(&mut self, project: usize) -> String {
        let project = &mut self.projects[project];
        project.last += 1;
        format!("{}-{}", project.key, project.last)
    }

    /// Whether the account of the component may see a ticket.
    pub(crate) fn shows(&self, issue: &Issue) -> bool {
        self.setup.login_counts && self.projects[issue.project].visible && !issue.restricted
    }

    /// Hides a ticket alone, by a security level, or shows it again.
    ///
    /// # Errors
    /// When there is no such ticket.
    pub fn restrict(&mut self, number: &str, restricted: bool) -> Result<(), String> {
        self.issue(number)?.restricted = restricted;
        Ok(())
    }

    /// Somebody removes all labels of a ticket.
    ///
    /// # Errors
    /// When there is no such ticket.
    pub fn remove_labels(&mut self, number: &str) -> Result<(), String> {
        self.issue(number)?
            .fields
            .insert("labels".to_owned(), json!([]));
        Ok(())
    }

    /// Somebody writes a comment.
    ///
    /// # Errors
    /// When there is no such ticket.
    pub fn comment(&mut self, number: &str, text: &str, now: i64) -> Result<(), String> {
        let (id, kind) = (self.next_id(), self.kind);
        let issue = self.issue(number)?;
        issue.comments.push(Comment {
            id,
            body: match kind {
                Kind::Cloud => adf(text),
                Kind::DataCenter => json!(text),
            },
            author: AGENT,
            created: now,
        });
        issue.updated = now;
        Ok(())
    }

    fn issue(&mut self, number: &str) -> Result<&mut Issue, String> {
        let mut issues = self.issues.iter_mut();
        issues
            .find(|issue| issue.is_called(number))
            .ok_or_else(|| format!("there is no ticket {number}"))
    }

    /// What people see of all tickets.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            document => document.to_string(),
        };
        let seen = |issue: &Issue| Seen {
            number: issue.key.clone(),
            title: issue.fields.get("summary").map(text).unwrap_or_default(),
            description: issue
                .fields
                .get("description")
                .map(text)
                .unwrap_or_default(),
            status: issue.status.name.clone(),
            // What begins like the label of a correlation id is one, except for that of tickets
            // which could not be withdrawn.
            correlation_id: issue
                .labels()
                .into_iter()
                .find_map(|label| {
                    let id = label.strip_prefix("provisor-")?;
                    (id != "withdrawn").then(|| id.to_owned())
                })
                .or_else(|| issue.fields.get("customfield_10050").map(text))
                .unwrap_or_default(),
            comments: issue
                .comments
                .iter()
                .map(|comment| text(&comment.body))
                .collect(),
        };
        self.issues.iter().map(seen).collect()
    }

    /// A person does something with a ticket.
    pub(crate) fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        let status = |name: &str| workflow::status(name).ok_or(format!("no status {name}"));
        match action {
            Action::Begin => {
                let issue = self.issue(number)?;
                issue.bring(status("In Progress")?, None, now);
                issue.assignee = Some(AGENT);
            }
            Action::Resolve { note } => self.close(number, note, "Done", "Done", now)?,
            Action::Refuse { note } => self.close(number, note, "Done", "Won't Do", now)?,
            Action::Cancel { note } => self.close(number, note, "Cancelled", "Done", now)?,
            Action::Reopen => {
                let clears = self.setup.clears_resolution;
                let issue = self.issue(number)?;
                issue.bring(status("To Do")?, None, now);
                if clears {
                    issue.resolution = None;
                    issue.resolved = None;
                }
            }
            Action::Delete => {
                let id = self.issue(number)?.id;
                self.issues.retain(|issue| issue.id != id);
            }
            Action::Replace { .. } => self.relocate(number, now)?,
            Action::Status { status } => {
                let status = Status::unexpected(status);
                self.issue(number)?.bring(status, None, now);
            }
            Action::Hide | Action::Show => {
                let project = self.issue(number)?.project;
                self.projects[project].visible = *action == Action::Show;
            }
        }
        Ok(())
    }

    fn close(
        &mut self,
        number: &str,
        note: &str,
        status: &str,
        resolution: &str,
        now: i64,
    ) -> Result<(), String> {
        if !note.is_empty() {
            self.comment(number, note, now)?;
        }
        let status = workflow::status(status).ok_or("there is no such status")?;
        let issue = self.issue(number)?;
        issue.bring(status, Some(resolution), now);
        issue.assignee.get_or_insert(AGENT);
        Ok(())
    }

    /// Moves a ticket to the other project, which gives it another key.
    fn relocate(&mut self, number: &str, now: i64) -> Result<(), String> {
        let project = 1 - self.issue(number)?.project.min(1);
        let key = self.next_key(project);
        let issue = self.issue(number)?;
        let before = std::mem::replace(&mut issue.key, key.clone());
        issue.changes = vec![json!({
            "field": "Key", "fieldtype": "jira",
            "from": null, "fromString": before, "to": null, "toString": key,
        })];
        issue.former.push(before);
        issue.project = project;
        issue.updated = now;
        Ok(())
    }
}

/// A document of one paragraph.
pub(crate) fn adf(text: &str) -> Value {
    json!({ "type": "doc", "version": 1, "content": [
        { "type": "paragraph", "content": [{ "type": "text", "text": text }] },
    ] })
}

/// A time as Jira writes it.
pub(crate) fn time(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}
