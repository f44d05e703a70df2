//! OpenText (HP, Micro Focus) Service Manager 9.x with its REST interface.
//!
//! Everything that a site configures is an [`Object`]; what may be different from site to site, or
//! surprises clients, is switched in [`Traps`].

mod change;
mod object;
mod query;
mod record;
mod traps;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub use object::Object;
use query::Query;
use record::{Record, time};
pub use traps::Traps;

use crate::{Action, Product, Request, Response, Seen};

/// Below which path the interface stands.
const ROOT: &str = "/SM/9/rest";

const UNAUTHENTICATED: i64 = -4;
const LOCKED: i64 = 3;
const NO_RECORDS: i64 = 9;
const UNAUTHORIZED: i64 = 28;
const DUPLICATE: i64 = 48;
const BAD_QUERY: i64 = 66;
const VALIDATION: i64 = 70;
const INVALID_DATA: i64 = 71;

/// A Service Manager that has published one kind of record.
pub struct ServiceManager {
    object: Object,
    authorization: String,
    records: Vec<Record>,
    last: u64,
    /// What differs between sites and versions.
    pub traps: Traps,
}

/// Why a request is refused: return code, status, and what is said about it.
struct Refusal(i64, u16, Vec<String>);

impl Refusal {
    fn new(code: i64, status: u16, message: impl Into<String>) -> Self {
        Refusal(code, status, vec![message.into()])
    }
}

impl ServiceManager {
    /// A Service Manager that has published this, to this account.
    pub fn new(object: Object, user: &str, password: &str) -> Self {
        ServiceManager {
            object,
            authorization: format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))),
            records: Vec::new(),
            last: 10_000,
            traps: Traps::default(),
        }
    }

    /// What it has published.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// Somebody opens a record for editing, or is done with it.
    ///
    /// # Errors
    /// When there is no such record.
    pub fn lock(&mut self, number: &str, locked: bool) -> Result<(), String> {
        self.known(number)?.locked = locked;
        Ok(())
    }

    /// Gives a record another number, as sites with numbers of their own do.
    ///
    /// # Errors
    /// When there is no such record.
    pub fn renumber(&mut self, number: &str, other: &str) -> Result<(), String> {
        let caption = self.object.key;
        let record = self.known(number)?;
        record.key = other.to_owned();
        record.set(caption, other);
        Ok(())
    }

    fn known(&mut self, number: &str) -> Result<&mut Record, String> {
        let found = self.records.iter_mut().find(|it| it.key == number);
        found.ok_or_else(|| format!("there is no record {number}"))
    }

    fn respond(&mut self, request: &Request) -> Result<Response, Refusal> {
        if request.header("authorization") != Some(&self.authorization) {
            return Err(Refusal::new(UNAUTHENTICATED, 401, "Not Authorized"));
        }
        let path = request.path.strip_prefix(ROOT).unwrap_or_default();
        let segments: Vec<String> = path.split('/').skip(1).map(decoded_twice).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", [] | [""]) => Ok(Response::json(
                200,
                &json!({ "Messages": [], "ReturnCode": 0, "collections": [self.object.collection] }),
            )),
            (_, [collection, ..]) if *collection != self.object.collection => Ok(not_found_page()),
            ("GET", [_]) => self.list(request),
            ("POST", [_]) => self.create(request),
            ("GET", [_, key]) => {
                let place = self.place(key)?;
                Ok(self.answer_with(place))
            }
            ("PUT" | "POST", [_, key]) => self.update(key, request),
            ("POST", [_, key, "action", action]) => self.run(key, action, request),
            _ => Ok(not_found_page()),
        }
    }

    /// Where the record of this number is, if the account may see it.
    fn place(&self, key: &str) -> Result<usize, Refusal> {
        let found = self.records.iter().position(|record| record.key == key);
        let missing = || Refusal::new(NO_RECORDS, 404, "No (more) records found");
        let place = found.ok_or_else(missing)?;
        match (self.records[place].hidden, self.traps.hidden_is_missing) {
            (false, _) => Ok(place),
            (true, true) => Err(missing()),
            (true, false) => Err(Refusal::new(
                UNAUTHORIZED,
                403,
                "User is not authorized to perform this operation",
            )),
        }
    }

    fn shown(&self, record: &Record) -> Value {
        let mut record = record.clone();
        if self.traps.correlation_unseen {
            record.clear(self.object.correlation);
        }
        record.fields
    }

    fn answer_with(&self, place: usize) -> Response {
        let fields = self.shown(&self.records[place]);
        Response::json(
            200,
            &json!({ self.object.envelope: fields, "Messages": [], "ReturnCode": 0 }),
        )
    }

    fn list(&self, request: &Request) -> Result<Response, Refusal> {
        let captions: Vec<&'static str> = self.object.captions().collect();
        let query = self.query(request, &captions)?;
        let number = |name: &str, default: usize| {
            let given = request.parameter(name);
            given.map_or(Ok(default), |text| {
                let wrong = || Refusal::new(BAD_QUERY, 400, format!("{name} is no number"));
                text.parse().map_err(|_| wrong())
            })
        };
        let start = number("start", 1)?.max(1);
        let count = number("count", self.traps.most_rows)?.min(self.traps.most_rows);
        let fitting: Vec<&Record> = self
            .records
            .iter()
            .filter(|record| !record.hidden)
            .filter(|record| query.as_ref().is_none_or(|query| query.fits(record)))
            .collect();
        let expanded = request.parameter("view") == Some("expand");
        let content: Vec<Value> = fitting
            .iter()
            .skip(start - 1)
            .take(count)
            .map(|record| {
                let fields = match expanded {
                    true => self.shown(record),
                    false => {
                        let mut short = Record::new(record.key.clone());
                        short.set(self.object.key, record.key.as_str());
                        short.fields
                    }
                };
                json!({ self.object.envelope: fields })
            })
            .collect();
        if content.is_empty() && !self.traps.empty_is_success {
            return Err(Refusal(NO_RECORDS, 404, Vec::new()));
        }
        let mut answer = json!({
            "@count": content.len(),
            "@start": start,
            "Messages": [],
            "ResourceName": self.object.envelope,
            "ReturnCode": 0,
            "content": content,
        });
        if self.traps.counts_all {
            answer["@totalcount"] = json!(fitting.len());
        }
        Ok(Response::json(200, &answer))
    }

    fn query(
        &self,
        request: &Request,
        captions: &[&'static str],
    ) -> Result<Option<Query>, Refusal> {
        if self.traps.queries_ignored {
            return Ok(None);
        }
        let mut parts = Vec::new();
        for (name, value) in &request.query {
            match name.as_str() {
                "view" | "start" | "count" | "sort" => {}
                "query" => parts.push(
                    Query::read(value, captions)
                        .map_err(|message| Refusal::new(BAD_QUERY, 400, message))?,
                ),
                name => {
                    let known = |caption: &&&str| caption.rsplit('/').next() == Some(name);
                    let message = || format!("there is no field {name}");
                    let caption = captions.iter().find(known);
                    parts.push(Query::Field {
                        caption: caption.ok_or_else(|| Refusal::new(BAD_QUERY, 400, message()))?,
                        equal: true,
                        value: Some(value.clone()),
                    });
                }
            }
        }
        Ok((!parts.is_empty()).then_some(Query::All(parts)))
    }
}

/// Decoded as the server of the pages does, and then once more by the product, so that a key with a
/// slash gets through only when it was encoded twice.
fn decoded_twice(segment: &str) -> String {
    let once = decoded(segment);
    match once.contains(['/', '\\']) {
        true => String::new(),
        false => decoded(&once),
    }
}

fn decoded(segment: &str) -> String {
    let target = format!("/{}", segment.replace('?', "%3F"));
    Request::new("GET", &target, Vec::new(), Vec::new(), 0)
        .segments()
        .join("/")
}

fn not_found_page() -> Response {
    let page = "<html><head><title>Error 404</title></head><body>HTTP Status 404</body></html>";
    Response::text(404, "text/html", page)
}

impl Product for ServiceManager {
    fn name(&self) -> &'static str {
        "service-manager"
    }

    fn error(&self, status: u16, what: &str) -> Response {
        let code = match status {
            401 => UNAUTHENTICATED,
            403 => UNAUTHORIZED,
            _ => VALIDATION,
        };
        let said = json!({ "Messages": [what], "ReturnCode": code });
        Response::json(status, &said)
    }

    fn answer(&mut self, request: &Request) -> Response {
        let root = request.path.strip_prefix(ROOT);
        if !root.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return not_found_page();
        }
        self.respond(request)
            .unwrap_or_else(|Refusal(code, status, messages)| {
                Response::json(status, &json!({ "Messages": messages, "ReturnCode": code }))
            })
    }

    fn tickets(&self) -> Vec<Seen> {
        let object = &self.object;
        self.records
            .iter()
            .map(|record| {
                let text = |caption| record.text(caption).unwrap_or_default();
                Seen {
                    number: record.key.clone(),
                    title: text(object.title),
                    description: text(object.description),
                    status: text(object.status),
                    correlation_id: text(object.correlation),
                    comments: record.comments.clone(),
                }
            })
            .collect()
    }

    fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        let object = self.object.clone();
        if *action == Action::Delete {
            self.known(number)?;
            self.records.retain(|record| record.key != number);
            return Ok(());
        }
        let record = self.known(number)?;
        let close = |record: &mut Record, code: &str, note: &str| {
            record.set(object.status, "Closed");
            record.set(object.closure_code, code);
            record.set(object.solution, json!(note.lines().collect::<Vec<_>>()));
            record.set(object.closed, time(now));
        };
        match action {
            Action::Begin => {
                record.set(object.status, "Work In Progress");
                record.set(object.assignee, "falcon");
            }
            Action::Resolve { note } => close(record, "Solved by User Instruction", note),
            Action::Refuse { note } => close(record, "Request Rejected", note),
            Action::Cancel { note } => close(record, "Withdrawn by User", note),
            Action::Reopen => {
                record.set(object.status, "Work In Progress");
                for caption in [object.closure_code, object.solution, object.closed] {
                    record.clear(caption);
                }
            }
            Action::Replace { number } => {
                close(record, "Automatically Closed", "see the other record");
                record.set(object.replaced_by, number.as_str());
            }
            Action::Status { status } => record.set(object.status, status.as_str()),
            Action::Hide => record.hidden = true,
            Action::Show => record.hidden = false,
            Action::Delete => {}
        }
        record.set(object.updated, time(now));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
