//! BMC Remedy: the REST interface of an AR System server with its ITSM forms.
//!
//! Whoever asks logs in first (`POST /api/jwt/login`) and then shows the token. Tickets are made on
//! one form, read and changed on another, and commented on a third; see [`Kind`].

pub mod form;
mod login;
pub mod message;
mod people;
pub mod qualification;
mod record;

use serde_json::{Map, Value, json};

pub use form::Kind;
use form::{Form, Takes};
use login::Logins;
use message::Message;
use qualification::Qualification;
use record::{Comment, Record, time};

use crate::{Action, Product, Request, Response, Seen};

/// Where entries are.
const ENTRIES: [&str; 4] = ["api", "arsys", "v1", "entry"];

/// In which ways the server is not as one would like it. None is at first.
#[derive(Debug, Clone, Default)]
pub struct Traps {
    /// A login that is refused is answered with status 200; a header field says what happened.
    pub refuses_with_200: bool,
    /// What is made is answered with status 204, without `Location` and content.
    pub creates_without_answer: bool,
    /// The workflow does not carry the correlation id over to the form for reading.
    pub drops_correlation: bool,
    /// Lists hold every entry, whatever was asked for.
    pub ignores_query: bool,
    /// Changes of a status are accepted and taken back by the workflow.
    pub reverts_status: bool,
    /// Entries in one list, whatever was asked for; 0 is as many as were asked for.
    pub most_entries: usize,
    /// Bytes of a long text that are taken; 0 is any number of them.
    pub longest_text: usize,
}

/// One AR System server with one kind of tickets.
#[derive(Debug)]
pub struct Remedy {
    /// How it misbehaves.
    pub traps: Traps,
    /// How long a token lasts, in seconds.
    pub token_lifetime: i64,
    kind: Kind,
    logins: Logins,
    records: Vec<Record>,
    comments: Vec<Comment>,
    made: u64,
    written: u64,
}

impl Remedy {
    /// A server with this kind of tickets, to which this user has access with this password.
    pub fn new(kind: Kind, user: &str, password: &str) -> Self {
        Remedy {
            traps: Traps::default(),
            token_lifetime: 3600,
            kind,
            logins: Logins::new(user, password),
            records: Vec::new(),
            comments: Vec::new(),
            made: 0,
            written: 0,
        }
    }

    /// Adds a text field of the site's own to the forms for making and reading, and keeps the
    /// correlation id there.
    #[must_use]
    pub fn with_correlation_field(mut self, name: &str) -> Self {
        for form in [&mut self.kind.create, &mut self.kind.read] {
            form.fields.push((name.to_owned(), Takes::Text(254)));
        }
        name.clone_into(&mut self.kind.correlation);
        self
    }

    /// Everybody is logged out.
    pub fn end_logins(&mut self) {
        self.logins.end_all();
    }

    /// What stands in a field of a ticket, by its name on the form for reading.
    pub fn value(&self, number: &str, field: &str) -> Option<&str> {
        self.records
            .iter()
            .find(|record| record.number == number)?
            .value(field)
    }

    fn entries(&mut self, request: &Request, form: &str, entry: Option<&str>) -> Response {
        let answer = match (request.method.as_str(), entry) {
            ("POST", None) if form == self.kind.create.name => self.create(request),
            ("POST", None) if form == self.kind.comments.name => self.add_comment(request),
            ("GET", None) => self.list(request, form),
            ("GET", Some(entry)) => self.get(request, form, entry),
            ("PUT", Some(entry)) if form == self.kind.read.name => self.modify(request, entry),
            _ => self
                .form(form)
                .and(Err(Message::bad_request("This cannot be done here"))),
        };
        answer.unwrap_or_else(|message| message.response())
    }

    fn form(&self, name: &str) -> Result<&Form, Message> {
        let forms = [&self.kind.create, &self.kind.read, &self.kind.comments];
        let found = forms.into_iter().find(|form| form.name == name);
        found.ok_or_else(|| Message::no_form(name))
    }

    fn create(&mut self, request: &Request) -> Result<Response, Message> {
        let given = values(request)?;
        self.check_written(&self.kind.create, &given)?;
        self.kind.create.complete(&given)?;
        if given.get("z1D_Action").and_then(Value::as_str) != Some("CREATE") {
            return Err(Message::wrong_value("z1D_Action"));
        }
        let asked = asked_fields(request, &self.kind.create)?;
        let mut kept = Map::new();
        for (name, value) in given {
            let name = self.kind.name_when_read(&name).to_owned();
            let dropped = self.traps.drops_correlation && name == self.kind.correlation;
            if name != "z1D_Action" && !dropped && !value.is_null() {
                kept.insert(name, value);
            }
        }
        if !kept.contains_key(self.kind.status) {
            kept.insert(self.kind.status.to_owned(), json!("Draft"));
        }
        self.kind.allow(None, &kept)?;
        let record = self.add(kept, request.now);
        if self.traps.creates_without_answer {
            return Ok(Response::empty(204));
        }
        // The entry on this form is not the one on the form for reading.
        let staged = format!("{:015}", self.made);
        let kind = &self.kind;
        let record = &self.records[record];
        let shown: Map<String, Value> = asked
            .iter()
            .flatten()
            .map(|name| {
                let value = record.value(kind.name_when_read(name));
                (
                    name.clone(),
                    value.map_or(Value::Null, |value| json!(value)),
                )
            })
            .collect();
        let place = place(request, kind.create.name, &staged);
        let answer = match asked {
            None => Response::empty(201),
            Some(_) => Response::json(
                201,
                &json!({ "values": shown, "_links": { "self": [{ "href": place }] } }),
            ),
        };
        Ok(answer.with("Location", place))
    }

    /// Keeps a record and says where it is.
    fn add(&mut self, mut values: Map<String, Value>, now: i64) -> usize {
        self.made += 1;
        let number = format!("{}{:012}", self.kind.prefix, 100 + self.made);
        // Numbers and entry ids are counted apart, so that nobody takes the one for the other.
        let key = format!("{}{:012}", self.kind.prefix, 500 + self.made);
        let entry = match self.kind.joined {
            true => format!("{key}|{key}"),
            false => key,
        };
        values.insert(self.kind.number.to_owned(), json!(number));
        values.insert("Request ID".to_owned(), json!(entry));
        values.insert("Submit Date".to_owned(), json!(time(now)));
        values.insert("Last Modified Date".to_owned(), json!(time(now)));
        self.records.push(Record {
            number,
            entry,
            values,
            hidden: false,
        });
        self.records.len() - 1
    }

    fn check_written(&self, form: &Form, given: &Map<String, Value>) -> Result<(), Message> {
        form.accept(given)?;
        let most = self.traps.longest_text;
        let too_long = given.iter().find(|(_, value)| {
            let text = value.as_str().unwrap_or_default();
            most > 0 && text.len() > most
        });
        match too_long {
            Some((name, _)) => Err(Message::wrong_value(name)),
            None => Ok(()),
        }
    }

    fn add_comment(&mut self, request: &Request) -> Result<Response, Message> {
        let mut given = values(request)?;
        self.check_written(&self.kind.comments, &given)?;
        self.kind.comments.complete(&given)?;
        let number = given.get(self.kind.number).and_then(Value::as_str);
        let number = number.unwrap_or_default().to_owned();
        if !self.records.iter().any(|record| record.number == number) {
            return Err(Message::workflow(format!("There is no ticket {number}.")));
        }
        self.written += 1;
        let id = format!("WLG{:012}", self.written);
        given.insert("Submit Date".to_owned(), json!(time(request.now)));
        self.comments.push(Comment {
            id: id.clone(),
            number,
            values: given,
        });
        let place = place(request, self.kind.comments.name, &id);
        Ok(Response::empty(201).with("Location", place))
    }

    fn list(&self, request: &Request, form: &str) -> Result<Response, Message> {
        let form = self.form(form)?;
        let asked = asked_fields(request, form)?;
        let query = request.parameter("q").map(Qualification::parse).transpose();
        let query = query.map_err(|why| Message::bad_query(&why))?;
        if let Some(field) = query
            .iter()
            .flat_map(Qualification::fields)
            .find(|field| !form.has(field))
        {
            return Err(Message::no_field_in_query(field));
        }
        let holds = |values: &Map<String, Value>| {
            self.traps.ignores_query
                || query.as_ref().is_none_or(|query| {
                    query.holds(&|field| values.get(field).and_then(Value::as_str))
                })
        };
        let mut found: Vec<(&str, &Map<String, Value>)> = if form.name == self.kind.read.name {
            let records = self.records.iter().filter(|record| !record.hidden);
            records
                .map(|record| (record.entry.as_str(), &record.values))
                .filter(|(_, values)| holds(values))
                .collect()
        } else if form.name == self.kind.comments.name {
            let comments = self.comments.iter();
            comments
                .map(|comment| (comment.id.as_str(), &comment.values))
                .filter(|(_, values)| holds(values))
                .collect()
        } else {
            Vec::new()
        };
        if let Some(sort) = request.parameter("sort") {
            let (field, order) = sort.rsplit_once('.').unwrap_or((sort, "asc"));
            if !form.has(field) {
                return Err(Message::no_field(field, form.name));
            }
            // The newest first among those that are alike, as a person would see them.
            if order == "desc" {
                found.reverse();
            }
            let key = |values: &Map<String, Value>| values.get(field).map(Value::to_string);
            found.sort_by(|(_, one), (_, other)| match order {
                "desc" => key(other).cmp(&key(one)),
                _ => key(one).cmp(&key(other)),
            });
        }
        let number = |name: &str| request.parameter(name).and_then(|text| text.parse().ok());
        let offset: usize = number("offset").unwrap_or(0);
        let mut limit: usize = number("limit").unwrap_or(usize::MAX);
        if self.traps.most_entries > 0 {
            limit = limit.min(self.traps.most_entries);
        }
        let more = found.len() > offset.saturating_add(limit);
        let entries: Vec<Value> = found
            .into_iter()
            .skip(offset)
            .take(limit)
            .map(|(id, values)| shown(request, form, id, values, asked.as_deref()))
            .collect();
        let mut links = json!({ "self": [{ "href": base(request, form.name) }] });
        if more {
            let next = offset.saturating_add(limit);
            let href = format!("{}?offset={next}&limit={limit}", base(request, form.name));
            links["next"] = json!([{ "href": href }]);
        }
        Ok(Response::json(
            200,
            &json!({ "entries": entries, "_links": links }),
        ))
    }

    fn find(&self, entry: &str) -> Result<usize, Message> {
        if entry.split('|').any(|part| part.len() > 15) {
            return Err(Message::entry_too_long(entry));
        }
        let found = self
            .records
            .iter()
            .position(|record| record.entry == entry)
            .ok_or_else(|| Message::no_entry(entry))?;
        match self.records[found].hidden {
            true => Err(Message::no_record_access(entry)),
            false => Ok(found),
        }
    }

    fn get(&self, request: &Request, form: &str, entry: &str) -> Result<Response, Message> {
        let form = self.form(form)?;
        if form.name != self.kind.read.name {
            return Err(Message::no_entry(entry));
        }
        let asked = asked_fields(request, form)?;
        let record = &self.records[self.find(entry)?];
        let value = shown(request, form, entry, &record.values, asked.as_deref());
        Ok(Response::json(200, &value))
    }

    fn modify(&mut self, request: &Request, entry: &str) -> Result<Response, Message> {
        let given = values(request)?;
        self.check_written(&self.kind.read, &given)?;
        let at = self.find(entry)?;
        let mut after = self.records[at].values.clone();
        after.extend(given);
        let before = self.records[at].value(self.kind.status).map(str::to_owned);
        self.kind.allow(before.as_deref(), &after)?;
        if self.traps.reverts_status {
            after.insert(self.kind.status.to_owned(), json!(before));
        }
        after.insert("Last Modified Date".to_owned(), json!(time(request.now)));
        self.records[at].values = after;
        Ok(Response::empty(204))
    }
}

impl Product for Remedy {
    fn name(&self) -> &'static str {
        "remedy"
    }

    fn error(&self, status: u16, what: &str) -> Response {
        Message::told(status, what).response()
    }

    fn answer(&mut self, request: &Request) -> Response {
        // The server in front of the AR System takes no such path.
        if request.path.contains(['|', ' ', '"', '<', '>']) {
            return Response::text(400, "text/html", "<h1>Bad Message 400</h1>");
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["api", "jwt", "login"]) => {
                let hidden = self.traps.refuses_with_200;
                self.logins.log_in(request, self.token_lifetime, hidden)
            }
            _ if !self.logins.knows(request) => Message::authentication_failed().response(),
            ("POST", ["api", "jwt", "logout"]) => self.logins.log_out(request),
            (_, [place @ .., form]) if place == ENTRIES => self.entries(request, form, None),
            (_, [place @ .., form, entry]) if place == ENTRIES => {
                self.entries(request, form, Some(entry))
            }
            _ => Response::text(404, "text/html", "<h1>HTTP ERROR 404 Not Found</h1>"),
        }
    }

    fn tickets(&self) -> Vec<Seen> {
        let seen = |record: &Record| {
            let of = |field: &str| record.value(field).unwrap_or_default().to_owned();
            let comments = self.comments.iter();
            Seen {
                number: record.number.clone(),
                title: of(self.kind.title),
                description: of(self.kind.description),
                status: of(self.kind.status),
                correlation_id: of(&self.kind.correlation),
                comments: comments
                    .filter(|comment| comment.number == record.number)
                    .map(|comment| comment.text().to_owned())
                    .collect(),
            }
        };
        self.records.iter().map(seen).collect()
    }

    fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        self.acted(number, action, now)
    }
}

/// What a request wants to write.
fn values(request: &Request) -> Result<Map<String, Value>, Message> {
    let is_json = request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"));
    match request.json() {
        Some(Value::Object(mut body)) if is_json && body.len() == 1 => {
            match body.remove("values") {
                Some(Value::Object(values)) => Ok(values),
                _ => Err(Message::bad_request("The content has no values")),
            }
        }
        _ => Err(Message::bad_request(
            "The content is not an object with values only",
        )),
    }
}

/// The fields that an answer should hold; `None` when that is not said.
fn asked_fields(request: &Request, form: &Form) -> Result<Option<Vec<String>>, Message> {
    let Some(asked) = request.parameter("fields") else {
        return Ok(None);
    };
    let names = asked
        .strip_prefix("values(")
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(|| Message::bad_request("fields is written values(Name, Name)"))?;
    let names: Vec<String> = names
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    match names.iter().find(|name| !form.has(name)) {
        Some(name) => Err(Message::no_field(name, form.name)),
        None => Ok(Some(names)),
    }
}

/// An entry as lists and single answers hold it.
fn shown(
    request: &Request,
    form: &Form,
    id: &str,
    values: &Map<String, Value>,
    asked: Option<&[String]>,
) -> Value {
    let all: Vec<String> = form.fields.iter().map(|(name, _)| name.clone()).collect();
    let values: Map<String, Value> = asked
        .unwrap_or(&all)
        .iter()
        .map(|name| {
            let value = values.get(name).cloned().unwrap_or(Value::Null);
            (name.clone(), value)
        })
        .collect();
    let place = place(request, form.name, id);
    json!({ "values": values, "_links": { "self": [{ "href": place }] } })
}

fn base(request: &Request, form: &str) -> String {
    let host = request.header("host").unwrap_or("remedy.example.com");
    format!("http://{host}/{}/{form}", ENTRIES.join("/"))
}

fn place(request: &Request, form: &str, entry: &str) -> String {
    let entry = entry.replace('|', "%7C");
    format!("{}/{entry}", base(request, form))
}
