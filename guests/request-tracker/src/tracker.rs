//! The translator, and the calls that all of it is made of.

use provisor_sdk::{
    Block, Condition, Draft, Failure, FailureKind, Finding, Found, Hint, Http, Message, Method,
    Problem, Request, Response, Ticket, Ticketing, Traits, Withdrawal, document,
};
use serde_json::{Value, json};

use crate::answer::{self, Page, Record};
use crate::character::kept;
use crate::reference::Reference;
use crate::{Settings, connection, creation, message, query, standing, withdrawal};

/// The most tickets that one search shows; Request Tracker takes more for this without a word.
pub const PER_PAGE: usize = 100;

/// How many tickets are asked for in one call: in the worst case each of them is asked for alone
/// after the search, and with the notes of the closed ones that is just below the hundred requests
/// that a call may make.
pub const BLOCK: usize = 90;

/// Pages of a search that are read; no correlation id has more tickets than fit on these.
const PAGES: usize = 10;

/// Speaks to one queue of one Request Tracker.
#[derive(Debug)]
pub struct RequestTracker {
    /// What the configuration says.
    pub(crate) settings: Settings,
}

/// What there is behind a number.
#[derive(Debug)]
pub(crate) enum Shown {
    /// This ticket.
    Here {
        /// The ticket.
        record: Record,
        /// Its state, for changing it only when it is still in that one.
        mark: Option<String>,
    },
    /// Another ticket, which it was merged into.
    Merged(Reference),
    /// Nothing any more.
    Gone,
    /// Something that may not be seen.
    Forbidden,
}

impl RequestTracker {
    /// A request to a place below `/REST/2.0`.
    pub(crate) fn request<'a>(
        &self,
        method: Method,
        segments: impl IntoIterator<Item = &'a str>,
    ) -> Request {
        let place = ["REST", "2.0"].into_iter().chain(segments);
        Request::new(method, &self.settings.url, place)
    }

    /// A ticket as the host knows it.
    pub(crate) fn ticket(&self, id: Reference) -> Ticket {
        Ticket {
            reference: id.to_string(),
            number: id.to_string(),
            url: Some(self.url(id)),
        }
    }

    /// Where a person looks at a ticket.
    pub(crate) fn url(&self, id: Reference) -> String {
        let base = self.settings.url.trim_end_matches('/');
        format!("{base}/Ticket/Display.html?id={id}")
    }

    /// Looks at one ticket.
    pub(crate) fn show(&self, http: &Http, id: Reference) -> Result<Shown, Failure> {
        let number = id.to_string();
        let response = http.send(&self.request(Method::Get, ["ticket", &number]))?;
        match response.status {
            200 => {}
            403 => return Ok(Shown::Forbidden),
            404 => return not_found(&response),
            _ => return Err(answer::failure(&response)),
        }
        let mark = response.header("etag").map(str::to_owned);
        let Some(record) = Record::new(response.json()?) else {
            return Err(not_understood(&response));
        };
        // The answer for a merged ticket is the ticket that is left.
        if record.id != id {
            return Ok(Shown::Merged(record.id));
        }
        if let Some(other) = record.merged_into() {
            return Ok(Shown::Merged(other));
        }
        Ok(match record.status().eq_ignore_ascii_case("deleted") {
            true => Shown::Gone,
            false => Shown::Here { record, mark },
        })
    }

    /// One page of the tickets that fulfil a query.
    pub(crate) fn search(
        &self,
        http: &Http,
        query: &str,
        fields: &str,
        page: usize,
    ) -> Result<Page, Failure> {
        let request = self
            .request(Method::Get, ["tickets"])
            .query("query", query)
            .query("fields", fields)
            .query("per_page", &PER_PAGE.to_string())
            .query("page", &page.to_string());
        let response = http.send(&request)?;
        match response.status {
            200 => response.json(),
            _ => Err(answer::failure(&response)),
        }
    }

    /// Writes HTML beside a ticket, seen by those who work on it.
    pub(crate) fn write(&self, http: &Http, id: Reference, html: &str) -> Result<(), Failure> {
        let number = id.to_string();
        let request = self
            .request(Method::Post, ["ticket", &number, "comment"])
            .json(&json!({ "Content": kept(html), "ContentType": "text/html" }));
        let response = http.send(&request)?;
        if response.is_success() {
            let _messages: Vec<Value> = response.json()?;
            return Ok(());
        }
        let failure = answer::failure(&response);
        if !matches!(response.status, 400 | 403 | 404) {
            return Err(failure);
        }
        // Whether there is no such ticket or no right to it: the answer is the same.
        Err(match self.show(http, id) {
            Ok(Shown::Gone) => {
                Failure::new(FailureKind::NotFound, format!("ticket {id} does not exist"))
            }
            Ok(Shown::Forbidden) => Failure::new(
                FailureKind::Unauthorized,
                format!(
                    "the account may not see ticket {id}; grant it ShowTicket and CommentOnTicket \
                     in the ticket's queue"
                ),
            ),
            _ => failure,
        })
    }
}

/// Nothing behind a number, if that is Request Tracker's own word for it.
fn not_found(response: &Response) -> Result<Shown, Failure> {
    match serde_json::from_slice::<Value>(&response.body) {
        Ok(value) if value["message"].is_string() => Ok(Shown::Gone),
        // A proxy whose way to Request Tracker has changed also finds nothing.
        _ => Err(Failure::unavailable(format!(
            "status 404, but not from Request Tracker; look whether the setting `url` is still \
             right: {}",
            response.excerpt()
        ))),
    }
}

/// An answer with a good status and a content of another kind.
pub(crate) fn not_understood(response: &Response) -> Failure {
    let kind = match response.method.is_safe() {
        true => FailureKind::Unavailable,
        false => FailureKind::Ambiguous,
    };
    Failure::new(
        kind,
        format!(
            "the answer with status {} is not what Request Tracker says: {}",
            response.status,
            response.excerpt()
        ),
    )
}

impl Ticketing for RequestTracker {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        Ok(RequestTracker { settings })
    }

    fn behaviour(&self) -> Traits {
        Traits {
            batch: BLOCK as u32,
            search_lag: 0,
            comments: true,
            withdraws: true,
            receives: true,
        }
    }

    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure> {
        connection::look(self, http)
    }

    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
        creation::create(self, http, draft)
    }

    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        let field = &self.settings.correlation_field;
        let query = query::with_value(field, correlation_id);
        let mut found: Vec<Found> = Vec::new();
        for page in 1..=PAGES {
            let answer = self.search(http, &query, "Status,EffectiveId,CustomFields", page)?;
            let records = answer.items.iter().cloned().filter_map(Record::new);
            // The search makes no difference between capitals and small letters.
            found.extend(
                records
                    .filter(|record| record.values(field).contains(&correlation_id))
                    .map(|record| Found {
                        ticket: self.ticket(record.id),
                        correlation_id: correlation_id.to_owned(),
                    }),
            );
            // How many pages there are is not said to an account that may not see every queue.
            let last = match answer.pages {
                Some(pages) => page as f64 >= pages,
                None => answer.items.is_empty(),
            };
            if last {
                return Ok(found);
            }
        }
        Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "more than {} tickets have `{correlation_id}` in the field `{field}`, which should \
                 be one; something else writes into this field",
                PAGES * PER_PAGE
            ),
        ))
    }

    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        standing::ask(self, http, references)
    }

    fn comment(&self, http: &Http, reference: &str, text: &[Block]) -> Result<(), Failure> {
        let limit = self.settings.description_limit;
        let html = document::fit(text, document::html, |html| html.len() <= limit);
        self.write(http, Reference::read(reference)?, &html)
    }

    fn withdraw(&self, http: &Http, reference: &str, reason: &str) -> Result<Withdrawal, Failure> {
        withdrawal::take_back(self, http, Reference::read(reference)?, reason)
    }

    fn receive(&self, message: &Message) -> Result<Vec<Hint>, Failure> {
        message::read(message)
    }
}
