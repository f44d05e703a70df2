//! Request Tracker 5 with its interface REST2.
//!
//! Its traps are those of the real one, which `tests/peers/request-tracker` compares with it: a
//! status that cannot be set is answered with 200; values of custom fields that cannot be set are
//! dropped without a word; what is done to a merged ticket happens to the one that it was merged
//! into; merged and deleted tickets are found by no search; `total` may be unknown; noncharacters of
//! Unicode are replaced without a word.

mod change;
mod query;
mod record;
mod search;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::record::{Attachment, CustomField, Ticket, Transaction};
use crate::{Action, Markup, Product, Request, Response, Seen};

/// Where the simulated one says that it is.
const BASE: &str = "http://rt.test/REST/2.0";
/// The queue of the tickets.
const QUEUE: &str = "Provisioning";
/// A queue whose tickets the component may not see.
const HIDDEN: &str = "Secret";
/// The account of the component.
const COMPONENT: &str = "provisor";
/// The person who works on tickets.
const AGENT: &str = "agent";
/// The most records of one page; more is taken for this without a word.
const MOST: usize = 100;
/// Bytes of a subject; the rest is dropped without a word.
const SUBJECT: usize = 200;

/// A simulated Request Tracker: a queue `Provisioning` with the custom fields `CorrelationId`,
/// `UniqueId` (no value twice), `Operation` (one of five) and `Outcome`, and a queue `Secret` that
/// the component may not see.
pub struct RequestTracker {
    /// The value of the field `authorization` and the account that it stands for.
    accounts: Vec<(String, String)>,
    fields: Vec<CustomField>,
    statuses: Vec<String>,
    tickets: Vec<Ticket>,
    transactions: Vec<Transaction>,
    attachments: Vec<Attachment>,
    knows_totals: bool,
    may_create: bool,
}

impl RequestTracker {
    /// One in which the account `provisor` has this token: requests carry it in the field
    /// `authorization` behind the word `token`.
    pub fn new(token: &str) -> Self {
        let field = |id, name: &str, unique, choices: &[&str]| CustomField {
            id,
            name: name.to_owned(),
            unique,
            choices: choices.iter().map(|&it| it.to_owned()).collect(),
        };
        RequestTracker {
            accounts: vec![(format!("token {token}"), COMPONENT.to_owned())],
            fields: vec![
                field(1, "CorrelationId", false, &[]),
                field(2, "UniqueId", true, &[]),
                field(
                    3,
                    "Operation",
                    false,
                    &["create", "modify", "delete", "enable", "disable"],
                ),
                field(4, "Outcome", false, &[]),
            ],
            statuses: ["new", "open", "stalled", "resolved", "rejected", "deleted"]
                .map(str::to_owned)
                .to_vec(),
            tickets: Vec::new(),
            transactions: Vec::new(),
            attachments: Vec::new(),
            knows_totals: true,
            may_create: true,
        }
    }

    /// Also takes this whole value of the field `authorization`, as that of the person `agent`, who
    /// sees everything.
    #[must_use]
    pub fn agent(mut self, authorization: &str) -> Self {
        self.accounts
            .push((authorization.to_owned(), AGENT.to_owned()));
        self
    }

    /// Without this custom field.
    #[must_use]
    pub fn without_field(mut self, name: &str) -> Self {
        self.fields.retain(|field| field.name != name);
        self
    }

    /// Does not say how many tickets a search has found, as for an account that may not see every
    /// queue when the product does not check that in the database.
    #[must_use]
    pub fn without_totals(mut self) -> Self {
        self.knows_totals = false;
        self
    }

    /// The component may look at tickets but not make any.
    #[must_use]
    pub fn without_right_to_create(mut self) -> Self {
        self.may_create = false;
        self
    }

    /// What a custom field of a ticket holds; for whoever works on it.
    pub fn set_field(&mut self, ticket: u64, name: &str, value: &str) {
        if let Some(ticket) = self.tickets.iter_mut().find(|it| it.id == ticket) {
            ticket
                .values
                .insert(name.to_owned(), vec![value.to_owned()]);
        }
    }

    /// What `name` of a ticket is as JSON, such as `Priority` or `Due`; null when there is none.
    pub fn shown(&self, ticket: u64, name: &str) -> Value {
        let found = self.tickets.iter().find(|it| it.id == ticket);
        found.map_or(Value::Null, |it| it.whole(BASE, &self.fields)[name].clone())
    }

    /// Attaches a file of text to what was written last.
    pub fn attach(&mut self, file: &str, content: &str) {
        let transaction = self.attachments.last().map_or(0, |it| it.transaction);
        self.attachments.push(Attachment {
            id: self.attachments.len() as u64 + 1,
            transaction,
            media_type: "text/plain".to_owned(),
            file: file.to_owned(),
            content: content.to_owned(),
        });
    }

    /// The ticket that this number leads to, merging followed.
    fn at(&self, id: u64) -> Option<usize> {
        let mut id = id;
        // Merging never makes a circle, and no way is longer than there are tickets.
        for _ in 0..=self.tickets.len() {
            let at = self.tickets.iter().position(|it| it.id == id)?;
            match self.tickets[at].merged_into {
                Some(other) => id = other,
                None => return Some(at),
            }
        }
        None
    }

    fn may_see(&self, account: &str, ticket: &Ticket) -> bool {
        account != COMPONENT || ticket.queue == QUEUE
    }

    fn write_and_set(&mut self, at: usize, kind: &'static str, note: &str, status: &str, now: i64) {
        let id = self.tickets[at].id;
        self.tickets[at].owner = AGENT.to_owned();
        self.happened(id, kind, AGENT, Some(("text/plain", note)), now);
        self.set_status(at, status, AGENT, now);
    }
}

/// An answer that consists of a message.
fn said(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "message": message }))
}

/// A text, or a number as text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.replace(is_no_character, "\u{fffd}")),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether it is one of the 66 code points that will never be a character.
fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

impl Product for RequestTracker {
    fn name(&self) -> &'static str {
        "request-tracker"
    }

    fn answer(&mut self, request: &Request) -> Response {
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let Some(["REST", "2.0", rest @ ..]) = path
            .iter()
            .position(|it| *it == "REST")
            .map(|at| &path[at..])
        else {
            return Response::text(404, "text/html", "<html><body>Not Found</body></html>");
        };
        let given = request.header("authorization").unwrap_or_default();
        let Some((_, account)) = self.accounts.iter().find(|(known, _)| known == given) else {
            return said(401, "Unauthorized");
        };
        let account = account.clone();
        let id = |text: &str| text.parse::<u64>().ok();
        match (request.method.as_str(), rest) {
            ("GET", ["rt"]) => Response::json(200, &json!({ "Version": "5.0.3" })),
            ("GET", ["queue", name]) => self.queue(&account, name),
            ("POST", ["ticket"]) => self.create(&account, request),
            ("GET" | "POST", ["tickets"]) => self.search(&account, request),
            ("GET", ["transactions"]) => self.transactions(&account, request),
            ("POST", ["attachments"]) => self.attachments(&account, request),
            (method, ["ticket", number, rest @ ..]) => match (method, id(number), rest) {
                ("GET", Some(id), []) => self.show(&account, id),
                ("PUT", Some(id), []) => self.update(&account, id, request),
                ("POST", Some(id), ["comment"]) => self.write(&account, id, "Comment", request),
                ("POST", Some(id), ["correspond"]) => {
                    self.write(&account, id, "Correspond", request)
                }
                _ => said(404, "Not Found"),
            },
            _ => said(404, "Not Found"),
        }
    }

    fn tickets(&self) -> Vec<Seen> {
        let texts = |ticket: u64, kinds: &[&str]| -> Vec<String> {
            let of_it = self.transactions.iter().filter(|it| it.ticket == ticket);
            of_it
                .filter(|it| kinds.contains(&it.kind))
                .filter_map(|it| {
                    self.attachments
                        .iter()
                        .find(|text| text.transaction == it.id)
                })
                .map(|text| text.content.clone())
                .collect()
        };
        self.tickets
            .iter()
            .filter(|ticket| ticket.status != "deleted" && ticket.merged_into.is_none())
            .map(|ticket| {
                let first = |name: &str| ticket.values.get(name)?.first().cloned();
                Seen {
                    number: ticket.id.to_string(),
                    title: ticket.subject.clone(),
                    description: texts(ticket.id, &["Create"]).concat(),
                    status: ticket.status.clone(),
                    correlation_id: first("CorrelationId")
                        .or_else(|| first("UniqueId"))
                        .unwrap_or_default(),
                    comments: texts(ticket.id, &["Comment", "Correspond"]),
                }
            })
            .collect()
    }

    fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        let id: u64 = number.parse().map_err(|_| "no number".to_owned())?;
        let at = self.at(id).ok_or_else(|| format!("no ticket {id}"))?;
        match action {
            Action::Begin => {
                self.tickets[at].owner = AGENT.to_owned();
                self.set_status(at, "open", AGENT, now);
            }
            Action::Resolve { note } => {
                self.write_and_set(at, "Correspond", note, "resolved", now);
            }
            Action::Refuse { note } => self.write_and_set(at, "Correspond", note, "rejected", now),
            Action::Cancel { .. } => {
                return Err("the lifecycle `default` knows no status for that".to_owned());
            }
            Action::Reopen => {
                self.set_status(at, "open", AGENT, now);
            }
            Action::Delete => {
                self.set_status(at, "deleted", AGENT, now);
            }
            Action::Replace { .. } => {
                let old = &self.tickets[at];
                let survivor = Ticket {
                    id: self.tickets.len() as u64 + 1,
                    values: BTreeMap::new(),
                    ..old.clone()
                };
                let (old, into) = (old.id, survivor.id);
                self.tickets.push(survivor);
                self.happened(into, "Create", AGENT, None, now);
                self.merge(old, into, AGENT, now)?;
            }
            Action::Status { status } => {
                if !self.statuses.contains(status) {
                    self.statuses.push(status.clone());
                }
                self.set_status(at, status, AGENT, now);
            }
            Action::Hide => self.tickets[at].queue = HIDDEN.to_owned(),
            Action::Show => self.tickets[at].queue = QUEUE.to_owned(),
        }
        Ok(())
    }

    fn error(&self, status: u16, what: &str) -> Response {
        said(status, what)
    }

    /// Of what components write; they may write plain text, too.
    fn markup(&self) -> Markup {
        Markup::Html
    }
}
