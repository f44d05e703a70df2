//! Lists of records: what is found, and which page of it is shown.

use serde_json::{Value, json};

use super::ServiceNow;
use super::answer::{self, base, shown};
use super::query::Query;
use super::record::Record;
use super::table::{self, Table};
use crate::{Request, Response};

/// How many records a list shows when nobody says.
const LIMIT: usize = 10_000;

impl ServiceNow {
    /// Answers with a page of what a query finds.
    pub(super) fn list(&self, table: &'static Table, version: &str, request: &Request) -> Response {
        let fields = self.fields(table);
        let known = |path: &str| match path.split_once('.') {
            Some((first, _)) => {
                table::refers_to(first).is_some() && fields.iter().any(|field| field == first)
            }
            None => fields.iter().any(|field| field == path),
        };
        let text = request.parameter("sysparm_query").unwrap_or_default();
        let query = Query::read(text, known);
        // Whoever may not read a field finds nothing by it.
        let veiled = query.asks_for(|field| self.unreadable.contains(field));
        let nothing = veiled || query.invalid && self.invalid_queries_find_nothing;
        let mut found: Vec<&Record> = self
            .records
            .iter()
            .filter(|_| !nothing)
            .filter(|record| record.table.name == table.name)
            .filter(|record| query.finds(|path| self.value(record, path)))
            .collect();
        query.sort(&mut found, |record, path| self.value(record, path));

        let number = |name: &str, otherwise: usize| match request.parameter(name) {
            None | Some("") => otherwise,
            Some(text) => text.parse().unwrap_or(otherwise),
        };
        let offset = number("sysparm_offset", 0);
        let limit = number("sysparm_limit", LIMIT);
        let total = found.len();
        let shown = shown(request);
        let page: Vec<Value> = found
            .into_iter()
            .skip(offset)
            .take(limit)
            .filter(|record| !record.hidden)
            .map(|record| self.show(&shown, record))
            .collect();
        if page.is_empty() && version == "v1" {
            return answer::missing();
        }
        let mut answer = Response::json(200, &json!({ "result": page }));
        if self.counts && request.parameter("sysparm_no_count") != Some("true") {
            answer = answer.with("X-Total-Count", total.to_string());
        }
        if request.parameter("sysparm_suppress_pagination_header") != Some("true") {
            let links = links(request, offset, limit, total);
            answer = answer.with("Link", links);
        }
        answer
    }
}

fn links(request: &Request, offset: usize, limit: usize, total: usize) -> String {
    let others: String = request
        .query
        .iter()
        .filter(|(name, _)| name != "sysparm_offset" && name != "sysparm_limit")
        .map(|(name, value)| format!("{name}={}&", value.replace(' ', "%20")))
        .collect();
    let link = |relation: &str, offset: usize| {
        format!(
            "<{}{}?{others}sysparm_limit={limit}&sysparm_offset={offset}>;rel=\"{relation}\"",
            base(request),
            request.path
        )
    };
    let last = total.saturating_sub(1) / limit.max(1) * limit;
    let mut links = vec![link("first", 0)];
    if offset > 0 {
        links.push(link("prev", offset.saturating_sub(limit)));
    }
    if offset + limit < total {
        links.push(link("next", offset + limit));
    }
    links.push(link("last", last));
    links.join(",")
}
