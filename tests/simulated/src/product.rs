//! One simulated system.

use serde::{Deserialize, Serialize};

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method in capitals.
    pub method: String,
    /// The path as it came, still encoded, without the query.
    pub path: String,
    /// The query, decoded, in the order of its parameters.
    pub query: Vec<(String, String)>,
    /// Header fields, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
    /// The time of the request, in seconds since 1970.
    pub now: i64,
}

impl Request {
    /// A request from a method, a target such as `/a/b?c=d`, header fields and content.
    pub fn new(
        method: &str,
        target: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        now: i64,
    ) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: parameters(query),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_lowercase(), value))
                .collect(),
            body,
            now,
        }
    }

    /// The segments of the path, decoded.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .split('/')
            .skip(1)
            .map(|segment| decode(segment, false))
            .collect()
    }

    /// The first value of a parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The content as JSON; `None` when it is none.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The content as a form.
    pub fn form(&self) -> Vec<(String, String)> {
        parameters(&String::from_utf8_lossy(&self.body))
    }
}

fn parameters(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

fn decode(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| {
            let two = std::str::from_utf8(two).ok()?;
            u8::from_str_radix(two, 16).ok()
        });
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) if plus_is_space => bytes.push(b' '),
            _ => bytes.push(first),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer without content.
    pub fn empty(status: u16) -> Self {
        Response {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// An answer of JSON.
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Response {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: value.to_string().into_bytes(),
        }
    }

    /// An answer of text.
    pub fn text(status: u16, media_type: &str, text: &str) -> Self {
        Response {
            status,
            headers: vec![("content-type".to_owned(), media_type.to_owned())],
            body: text.as_bytes().to_vec(),
        }
    }

    /// Adds a header field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What people do with a ticket. Each product does it in its own terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Somebody begins to work on it.
    Begin,
    /// It was done.
    Resolve {
        /// What whoever closes it writes.
        note: String,
    },
    /// It will not be done.
    Refuse {
        /// Why.
        note: String,
    },
    /// It is not wanted.
    Cancel {
        /// Why.
        note: String,
    },
    /// It is opened again.
    Reopen,
    /// It is removed.
    Delete,
    /// It becomes part of another ticket, or moves to another place, and is called by this number
    /// from now on (where a product makes numbers itself, this is ignored).
    Replace {
        /// The number of the other ticket.
        number: String,
    },
    /// It gets a status that nobody expects.
    Status {
        /// As the product calls it.
        status: String,
    },
    /// The account that the component uses may not see it any more.
    Hide,
    /// It may see it again.
    Show,
}

/// What people see of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Seen {
    /// Its number.
    pub number: String,
    /// Its one line.
    pub title: String,
    /// Its text as the product keeps it: JSON where that is no plain text.
    pub description: String,
    /// Its status as the product calls it.
    pub status: String,
    /// The correlation id that it carries.
    pub correlation_id: String,
    /// Comments, oldest first.
    pub comments: Vec<String>,
}

/// What a product takes in the description of a ticket for more than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Markup {
    /// Nothing.
    #[default]
    Plain,
    /// Elements and entities of HTML.
    Html,
    /// The markup of Jira Data Center.
    Wiki,
    /// A document of JSON with nodes of text (ADF).
    Document,
}

/// One simulated system.
pub trait Product: Send {
    /// Its name, such as `jira-cloud`.
    fn name(&self) -> &'static str;

    /// Answers a request.
    fn answer(&mut self, request: &Request) -> Response;

    /// All tickets that were ever made and not removed, oldest first.
    fn tickets(&self) -> Vec<Seen>;

    /// A person does something with a ticket at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// When there is no such ticket, or this product has no such thing; in words.
    fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String>;

    /// What it takes in a description for more than text.
    fn markup(&self) -> Markup {
        Markup::Plain
    }

    /// How it says that something is wrong, with this status.
    fn error(&self, status: u16, what: &str) -> Response {
        Response::json(status, &serde_json::json!({ "error": what }))
    }

    /// From now on no ticket is made without a value in one field more, which nobody fills unless
    /// the settings of the component say so: the name of the field.
    ///
    /// # Errors
    /// When this product cannot be set up so; in words.
    fn demand(&mut self) -> Result<&'static str, String> {
        Err(format!(
            "the simulated {} wants no more fields than it does",
            self.name()
        ))
    }

    /// The field of [`demand`](Self::demand) is not wanted any more. Only a product that others go on
    /// with afterwards needs to know how.
    fn relent(&mut self) {}
}

impl<P: Product + ?Sized> Product for Box<P> {
    fn relent(&mut self) {
        (**self).relent();
    }

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn answer(&mut self, request: &Request) -> Response {
        (**self).answer(request)
    }

    fn tickets(&self) -> Vec<Seen> {
        (**self).tickets()
    }

    fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        (**self).act(number, action, now)
    }

    fn markup(&self) -> Markup {
        (**self).markup()
    }

    fn error(&self, status: u16, what: &str) -> Response {
        (**self).error(status, what)
    }

    fn demand(&mut self) -> Result<&'static str, String> {
        (**self).demand()
    }
}
