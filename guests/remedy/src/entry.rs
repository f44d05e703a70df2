//! Entries: rows of a form, as the REST interface gives and takes them.

use provisor_sdk::{Failure, FailureKind, Http, Method, Request, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::message::{Refusal, accepted};

/// Entries that one request asks for.
const PAGE: usize = 100;

/// Requests that one question may take. What it is asked for is found on the first page; more than
/// this is a server that does not understand the question.
const PAGES: usize = 20;

/// A row of a form.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Entry {
    /// What stands in its fields, as far as they were asked for.
    #[serde(default)]
    pub values: Map<String, Value>,
    #[serde(default, rename = "_links")]
    links: Links,
}

impl Entry {
    /// The text in a field; `None` when nothing stands there.
    pub fn text(&self, field: &str) -> Option<String> {
        let text = match self.values.get(field)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// Its id, which stands at the end of its address.
    pub fn id(&self) -> Option<String> {
        let address = &self.links.own.first()?.href;
        let path = address.split(['?', '#']).next()?;
        let id = decode(path.rsplit('/').next()?)?;
        (!id.is_empty()).then_some(id)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct Links {
    #[serde(default, rename = "self")]
    own: Vec<Link>,
    #[serde(default)]
    next: Vec<Link>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Link {
    href: String,
}

/// Entries that go together. An answer without them is none, and not an empty one.
#[derive(Deserialize)]
struct List {
    entries: Vec<Entry>,
    #[serde(default, rename = "_links")]
    links: Links,
}

/// The entries of one server.
#[derive(Debug, Clone, Copy)]
pub struct Entries<'a> {
    http: &'a Http,
    url: &'a str,
}

impl<'a> Entries<'a> {
    /// Those of the server at this base URL.
    pub fn new(http: &'a Http, url: &'a str) -> Self {
        Entries { http, url }
    }

    fn request(&self, method: Method, form: &str, entry: Option<&str>) -> Request {
        let place = ["api", "arsys", "v1", "entry", form].into_iter();
        Request::new(method, self.url, place.chain(entry))
    }

    /// All entries for which a qualification holds, with these fields.
    ///
    /// # Errors
    /// When the server does not give them, or does not come to an end.
    pub fn all(
        &self,
        form: &str,
        qualification: &str,
        fields: &[&str],
    ) -> Result<Vec<Entry>, Refusal> {
        let mut all: Vec<Entry> = Vec::new();
        for _ in 0..PAGES {
            let request = self
                .request(Method::Get, form, None)
                .query("q", qualification)
                .query("fields", &values(fields))
                .query("limit", &PAGE.to_string())
                .query("offset", &all.len().to_string());
            let list: List = accepted(self.http.send(&request)?)?.json()?;
            let given = list.entries.len();
            all.extend(list.entries);
            // A server may give less than it is asked for, and says then that there is more.
            if given == 0 || (given < PAGE && list.links.next.is_empty()) {
                return Ok(all);
            }
        }
        Err(Failure::malformed(format!(
            "the form {form} gives more than {} entries for {qualification}: the server does not \
             seem to understand the question; check the names of the fields in the settings",
            all.len()
        ))
        .into())
    }

    /// The newest entries for which a qualification holds, by the field `newest`: one page.
    ///
    /// # Errors
    /// When the server does not give them.
    pub fn newest(
        &self,
        form: &str,
        qualification: &str,
        fields: &[&str],
        newest: &str,
    ) -> Result<Vec<Entry>, Refusal> {
        let request = self
            .request(Method::Get, form, None)
            .query("q", qualification)
            .query("fields", &values(fields))
            .query("sort", &format!("{newest}.desc"))
            .query("limit", &PAGE.to_string());
        let list: List = accepted(self.http.send(&request)?)?.json()?;
        Ok(list.entries)
    }

    /// Whether this qualification and these fields can be asked for. What comes back for a
    /// qualification that holds for nothing is no entry.
    ///
    /// # Errors
    /// Why they cannot be.
    pub fn probe(
        &self,
        form: &str,
        qualification: &str,
        fields: &[&str],
    ) -> Result<Option<Entry>, Refusal> {
        let request = self
            .request(Method::Get, form, None)
            .query("q", qualification)
            .query("fields", &values(fields))
            .query("limit", "1");
        let list: List = accepted(self.http.send(&request)?)?.json()?;
        Ok(list.entries.into_iter().next())
    }

    /// One entry by its id.
    ///
    /// # Errors
    /// When there is none, or it may not be seen; the refusal says which.
    pub fn one(&self, form: &str, id: &str, fields: &[&str]) -> Result<Entry, Refusal> {
        let request = self
            .request(Method::Get, form, Some(id))
            .query("fields", &values(fields));
        let entry: Entry = accepted(self.http.send(&request)?)?.json()?;
        match entry.values.is_empty() {
            false => Ok(entry),
            true => Err(Failure::unavailable(format!(
                "the answer for the entry {id} of the form {form} holds no values"
            ))
            .into()),
        }
    }

    /// Makes an entry, and asks for `field` of it in the answer; `None` when the server says that
    /// it was made and nothing else.
    ///
    /// # Errors
    /// `ambiguous` when it may have been made.
    pub fn make(
        &self,
        form: &str,
        content: &Map<String, Value>,
        field: &str,
    ) -> Result<Option<Entry>, Refusal> {
        let request = self
            .request(Method::Post, form, None)
            .query("fields", &values(&[field]))
            .json(&content_of(content));
        let answer = accepted(self.http.send(&request)?)?;
        no_page(&answer)?;
        match (answer.status, answer.body.is_empty()) {
            (201 | 204, true) => Ok(None),
            (_, false) => Ok(Some(answer.json()?)),
            (status, true) => Err(Failure::ambiguous(format!(
                "the answer with status {status} does not say that it was made"
            ))
            .into()),
        }
    }

    /// Changes fields of an entry.
    ///
    /// # Errors
    /// `ambiguous` when they may have been changed.
    pub fn change(
        &self,
        form: &str,
        id: &str,
        content: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        let request = self
            .request(Method::Put, form, Some(id))
            .json(&content_of(content));
        let answer = accepted(self.http.send(&request)?)?;
        no_page(&answer).map_err(Refusal::from)
    }
}

/// A web page in the place of an answer was not written by the AR System.
fn no_page(answer: &Response) -> Result<(), Failure> {
    let kind = answer.header("content-type").unwrap_or_default();
    match kind.to_ascii_lowercase().starts_with("text/html") {
        false => Ok(()),
        true => Err(Failure::new(
            FailureKind::Ambiguous,
            format!(
                "a web page answers with status {} in the place of the AR System: {}",
                answer.status,
                answer.excerpt()
            ),
        )),
    }
}

fn content_of(values: &Map<String, Value>) -> Value {
    let mut content = Map::new();
    content.insert("values".to_owned(), Value::Object(values.clone()));
    Value::Object(content)
}

fn values(fields: &[&str]) -> String {
    format!("values({})", fields.join(","))
}

/// The text that an encoded segment of an address stands for; `None` when it stands for none.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(href: &str) -> Option<String> {
        let entry = serde_json::json!({ "values": {}, "_links": { "self": [{ "href": href }] } });
        serde_json::from_value::<Entry>(entry).unwrap().id()
    }

    #[test]
    fn the_id_of_an_entry_is_the_end_of_its_address() {
        let id_of_join = id("http://h:8008/api/arsys/v1/entry/F/INC1%7CINC1?fields=x");
        assert_eq!(id_of_join.as_deref(), Some("INC1|INC1"));
        assert_eq!(id("h/%E4"), None);
        assert_eq!(id("h/%4"), None);
        assert_eq!(id(""), None);
    }
}
