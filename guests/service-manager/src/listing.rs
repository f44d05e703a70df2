//! All records that a query asks for, page by page.

use std::collections::BTreeSet;

use provisor_sdk::{Failure, Http, Method, Request};
use serde_json::Value;

use crate::answer;
use crate::layout::Layout;
use crate::record::Record;

/// How many records a page holds; the site may give fewer.
const PAGE: usize = 100;

/// How many pages are read before the query is taken for one that nobody obeys.
const MOST_PAGES: usize = 50;

/// Whether there is more to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The next page, if there is one.
    More,
    /// What came is enough.
    Enough,
}

/// Reads all records that `query` asks for and gives them to `take`, a page at a time, until it has
/// enough. No record comes twice.
///
/// # Errors
/// What went wrong, also when fewer records came than the answer itself counts.
pub fn read(
    http: &Http,
    layout: &Layout,
    query: &str,
    mut take: impl FnMut(Vec<Record<'_>>) -> Result<Wanted, Failure>,
) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    let mut start = 1;
    for _ in 0..MOST_PAGES {
        let request = page(layout, query, start, PAGE);
        let page = match answer::read(&http.send(&request)?) {
            Ok(content) => content,
            Err(refusal) if refusal.is_missing() => return Ok(()),
            Err(refusal) => return Err(refusal.into()),
        };
        let total = answer::number(page.get("@totalcount"));
        let total = total.and_then(|total| usize::try_from(total).ok());
        let came = match page.get("content") {
            Some(Value::Array(content)) => content.len(),
            _ => 0,
        };
        let mut fresh = Vec::new();
        for record in records(&page, layout)? {
            if seen.insert(record.key()?) {
                fresh.push(record);
            }
        }
        let none = fresh.is_empty();
        if take(fresh)? == Wanted::Enough {
            return Ok(());
        }
        start += came;
        match total {
            Some(total) if start > total => return Ok(()),
            // The same page again and an empty one are both an end that was not announced.
            Some(total) if none => {
                return Err(Failure::unavailable(format!(
                    "Service Manager counts {total} records and gives {}",
                    seen.len()
                )));
            }
            None if none => return Ok(()),
            _ => {}
        }
    }
    Err(Failure::configuration(format!(
        "more than {} records answer the query {query}; is it obeyed? Look at /captions and \
         /query-names",
        seen.len()
    )))
}

/// A request for a page of records with all their fields.
pub fn page(layout: &Layout, query: &str, start: usize, count: usize) -> Request {
    Request::new(Method::Get, &layout.url, [layout.collection.as_str()])
        .query("query", query)
        .query("view", "expand")
        .query("start", &start.to_string())
        .query("count", &count.to_string())
}

/// The records of an answer to a query.
///
/// # Errors
/// When one stands in another envelope than the layout says.
pub fn records<'a>(
    content: &serde_json::Map<String, Value>,
    layout: &'a Layout,
) -> Result<Vec<Record<'a>>, Failure> {
    let Some(Value::Array(items)) = content.get("content") else {
        return match answer::number(content.get("@count")) {
            Some(0) => Ok(Vec::new()),
            _ => Err(Failure::malformed(
                "the answer to a query says success and has no `content`",
            )),
        };
    };
    items
        .iter()
        .map(|item| match item.get(&layout.envelope) {
            Some(Value::Object(fields)) => Ok(Record::new(fields.clone(), layout)),
            _ => Err(answer::without_envelope(true, layout)),
        })
        .collect()
}
