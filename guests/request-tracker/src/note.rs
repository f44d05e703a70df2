//! What people wrote last beside a ticket.

use std::collections::BTreeMap;

use provisor_sdk::{Failure, Http, Method, document, log};
use serde_json::{Value, json};

use crate::answer::{self, Page, Record};
use crate::reference::Reference;
use crate::tracker::{PER_PAGE, RequestTracker};
use crate::{html, query};

/// The most bytes of a text that is read; as many of these as there are tickets in a block still
/// arrive in one answer.
const LONGEST: u64 = 32 * 1024;

/// The most characters of a note.
pub const LENGTH: usize = 2_000;

/// Pages of what was written that are read for one call of `status`.
const PAGES: usize = 3;

/// The last comment or reply of each of these tickets that is not by whoever made the ticket, in
/// a few calls for all of them. A ticket without one is missing, and so are all when it cannot be
/// known: a note explains, it decides nothing.
pub fn last(
    tracker: &RequestTracker,
    http: &Http,
    tickets: &[&Record],
) -> BTreeMap<Reference, String> {
    if tickets.is_empty() {
        return BTreeMap::new();
    }
    let texts = ask(tracker, http, tickets);
    texts.unwrap_or_else(|failure| {
        log::warn(&format!("no notes: {}", failure.message));
        BTreeMap::new()
    })
}

fn ask(
    tracker: &RequestTracker,
    http: &Http,
    tickets: &[&Record],
) -> Result<BTreeMap<Reference, String>, Failure> {
    let makers: BTreeMap<Reference, Option<&str>> = tickets
        .iter()
        .map(|record| (record.id, record.user("Creator")))
        .collect();
    let tickets = query::one_of("ObjectId", makers.keys().copied());
    let query = format!(
        "ObjectType = 'RT::Ticket' AND (Type = 'Comment' OR Type = 'Correspond') AND ({tickets})"
    );
    // The newest come first, so each ticket's first one is its last word.
    let mut words: BTreeMap<Reference, Reference> = BTreeMap::new();
    for number in 1..=PAGES {
        let request = tracker
            .request(Method::Get, ["transactions"])
            .query("query", &query)
            .query("fields", "ObjectId,Creator")
            .query("orderby", "id")
            .query("order", "DESC")
            .query("per_page", &PER_PAGE.to_string())
            .query("page", &number.to_string());
        let items = page(http, &request)?.items;
        for item in &items {
            let ticket = answer::reference(&item["ObjectId"]);
            let (Some(ticket), Some(id)) = (ticket, answer::reference(&item["id"])) else {
                continue;
            };
            let writer = answer::user(&item["Creator"]);
            let by_maker = makers.get(&ticket).is_none_or(|maker| *maker == writer);
            if !by_maker {
                words.entry(ticket).or_insert(id);
            }
        }
        if items.len() < PER_PAGE || words.len() == makers.len() {
            break;
        }
    }
    if words.is_empty() {
        return Ok(BTreeMap::new());
    }
    let texts = texts(tracker, http, words.values().copied())?;
    Ok(words
        .into_iter()
        .filter_map(|(ticket, id)| Some((ticket, texts.get(&id)?.clone())))
        .collect())
}

/// The text that came with each of these transactions. Only what is known to be short is asked
/// for: people attach large files, and the answer would not arrive.
fn texts(
    tracker: &RequestTracker,
    http: &Http,
    transactions: impl Iterator<Item = Reference>,
) -> Result<BTreeMap<Reference, String>, Failure> {
    let mut limits = any_of("TransactionId", transactions);
    limits.push(json!({ "field": "ContentType", "operator": "LIKE", "value": "text/%" }));
    let fields = "TransactionId,Filename,ContentLength";
    let mut parts: BTreeMap<Reference, Reference> = BTreeMap::new();
    for item in attachments(tracker, http, &limits, fields)?.items {
        let file = item["Filename"].as_str().unwrap_or_default();
        let length = answer::reference(&item["ContentLength"]).map(Reference::number);
        let transaction = answer::reference(&item["TransactionId"]);
        let (Some(id), Some(transaction), Some(length)) =
            (answer::reference(&item["id"]), transaction, length)
        else {
            continue;
        };
        // What was written comes before what was attached.
        if file.is_empty() && length <= LONGEST && !parts.values().any(|it| *it == transaction) {
            parts.insert(id, transaction);
        }
    }
    if parts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let limits = any_of("id", parts.keys().copied());
    let mut texts = BTreeMap::new();
    for item in attachments(tracker, http, &limits, "ContentType,Content")?.items {
        let transaction = answer::reference(&item["id"]).and_then(|id| parts.get(&id));
        let (Some(transaction), Some(content)) = (transaction, item["Content"].as_str()) else {
            continue;
        };
        let text = match item["ContentType"].as_str() {
            Some("text/html") => html::text(content),
            _ => content.to_owned(),
        };
        let text = document::cut(text.trim(), LENGTH);
        if !text.is_empty() {
            texts.insert(*transaction, text);
        }
    }
    Ok(texts)
}

fn any_of(field: &str, values: impl Iterator<Item = Reference>) -> Vec<Value> {
    values
        .map(
            |value| json!({ "field": field, "value": value.to_string(), "entry_aggregator": "OR" }),
        )
        .collect()
}

fn attachments(
    tracker: &RequestTracker,
    http: &Http,
    limits: &[Value],
    fields: &str,
) -> Result<Page, Failure> {
    // So many conditions are longer than an address may be.
    let request = tracker
        .request(Method::Post, ["attachments"])
        .json(&limits)
        .query("fields", fields)
        .query("orderby", "id")
        .query("per_page", &PER_PAGE.to_string());
    page(http, &request)
}

fn page(http: &Http, request: &provisor_sdk::Request) -> Result<Page, Failure> {
    let response = http.send(request)?;
    match response.status {
        200 => response.json(),
        _ => Err(answer::failure(&response)),
    }
}
