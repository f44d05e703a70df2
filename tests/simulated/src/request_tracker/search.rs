//! What shows tickets and what belongs to them.

use serde_json::{Value, json};

use super::query::Query;
use super::{BASE, COMPONENT, HIDDEN, MOST, QUEUE, RequestTracker, said, text_of};
use crate::{Request, Response};

impl RequestTracker {
    pub(super) fn show(&self, account: &str, id: u64) -> Response {
        match self.at(id).map(|at| &self.tickets[at]) {
            None => said(404, "Not Found"),
            Some(ticket) if !self.may_see(account, ticket) => said(403, "Forbidden"),
            Some(ticket) => Response::json(200, &ticket.whole(BASE, &self.fields))
                .with("etag", self.mark(ticket.id)),
        }
    }

    pub(super) fn search(&self, account: &str, request: &Request) -> Response {
        let query = match self.query(request) {
            Ok(query) => query,
            Err(message) => return said(400, &message),
        };
        let found = self.tickets.iter().filter(|ticket| {
            let values = |name: &str| match name {
                "id" => vec![ticket.id.to_string()],
                "Status" => vec![ticket.status.clone()],
                "Queue" => vec![ticket.queue.clone()],
                _ => {
                    let name = name
                        .strip_prefix("CF.{")
                        .and_then(|it| it.strip_suffix('}'));
                    let values = name.and_then(|name| ticket.values.get(name));
                    values.cloned().unwrap_or_default()
                }
            };
            ticket.merged_into.is_none()
                && ticket.status != "deleted"
                && self.may_see(account, ticket)
                && query.holds(&values)
        });
        let asked = asked(request);
        let items = found.map(|it| it.item(BASE, &self.fields, &asked));
        page(request, items.collect(), self.knows_totals)
    }

    fn query(&self, request: &Request) -> Result<Query, String> {
        let form = request.form();
        let in_form = form.iter().find(|(name, _)| name == "query");
        let text = request
            .parameter("query")
            .or(in_form.map(|(_, value)| value.as_str()))
            .unwrap_or_default();
        Query::parse(text)
    }

    pub(super) fn transactions(&self, account: &str, request: &Request) -> Response {
        let query = match self.query(request) {
            Ok(query) => query,
            Err(message) => return said(400, &message),
        };
        let found = self.transactions.iter().filter(|it| {
            let values = |name: &str| match name {
                "ObjectType" => vec!["RT::Ticket".to_owned()],
                "ObjectId" => vec![it.ticket.to_string()],
                "Type" => vec![it.kind.to_owned()],
                _ => Vec::new(),
            };
            self.may_see_of(account, it.ticket) && query.holds(&values)
        });
        let asked = asked(request);
        let mut items: Vec<Value> = found.map(|it| it.item(BASE, &asked)).collect();
        if request.parameter("order") == Some("DESC") {
            items.reverse();
        }
        page(request, items, false)
    }

    fn may_see_of(&self, account: &str, ticket: u64) -> bool {
        let ticket = self.tickets.iter().find(|it| it.id == ticket);
        ticket.is_some_and(|ticket| self.may_see(account, ticket))
    }

    /// Conditions on one field of which one has to hold, conditions on several of which all do.
    pub(super) fn attachments(&self, account: &str, request: &Request) -> Response {
        let Some(Value::Array(limits)) = request.json() else {
            return said(400, "JSON object must be a ARRAY");
        };
        let (mut ids, mut transactions) = (Vec::new(), Vec::new());
        let mut prefix = None;
        for limit in &limits {
            let value = text_of(&limit["value"]).unwrap_or_default();
            match limit["field"].as_str() {
                Some("id") => ids.extend(value.parse::<u64>()),
                Some("TransactionId") => transactions.extend(value.parse::<u64>()),
                Some("ContentType") => prefix = Some(value.trim_end_matches('%').to_owned()),
                _ => {}
            }
        }
        let found = self.attachments.iter().filter(|it| {
            let of = self.transactions.iter().find(|of| of.id == it.transaction);
            (ids.is_empty() || ids.contains(&it.id))
                && (transactions.is_empty() || transactions.contains(&it.transaction))
                && of.is_some_and(|of| self.may_see_of(account, of.ticket))
                && prefix
                    .as_ref()
                    .is_none_or(|prefix| it.media_type.starts_with(prefix.as_str()))
        });
        let asked = asked(request);
        page(
            request,
            found.map(|it| it.item(BASE, &asked)).collect(),
            false,
        )
    }

    pub(super) fn queue(&self, account: &str, name: &str) -> Response {
        let visible = match name {
            QUEUE => true,
            HIDDEN => account != COMPONENT,
            _ => false,
        };
        // One that does not exist is forbidden too.
        if !visible {
            return said(403, "Forbidden");
        }
        let fields: Vec<Value> = self
            .fields
            .iter()
            .map(|field| {
                json!({ "type": "customfield", "ref": "customfield", "id": field.id.to_string(),
                        "name": field.name, "_url": format!("{BASE}/customfield/{}", field.id) })
            })
            .collect();
        let mut links = vec![json!({ "ref": "self", "type": "queue", "id": 3 })];
        if account != COMPONENT || self.may_create {
            links.push(json!({ "ref": "create", "type": "ticket" }));
        }
        Response::json(
            200,
            &json!({
                "id": 3, "Name": name, "Lifecycle": "default", "Disabled": "0",
                "TicketCustomFields": fields, "_hyperlinks": links,
            }),
        )
    }
}

/// The fields that a search was asked to show.
fn asked(request: &Request) -> Vec<&str> {
    let fields = request.parameter("fields").unwrap_or_default();
    fields.split(',').filter(|it| !it.is_empty()).collect()
}

/// One page of what was found.
fn page(request: &Request, found: Vec<Value>, knows_total: bool) -> Response {
    let number = |name: &str| request.parameter(name).and_then(|it| it.parse().ok());
    let per_page: usize = number("per_page").filter(|it| *it > 0).unwrap_or(20);
    let per_page = per_page.min(MOST);
    let page: usize = number("page").filter(|it| *it > 0).unwrap_or(1);
    let total = found.len();
    let items: Vec<Value> = found
        .into_iter()
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page)
        .collect();
    let mut answer = json!({
        "count": items.len(), "per_page": per_page, "page": page,
        "total": null, "pages": null, "items": items,
    });
    if knows_total {
        let pages = total.div_ceil(per_page);
        answer["total"] = json!(total);
        // The real one writes a fraction here.
        answer["pages"] = match pages {
            0 => json!(0.0),
            pages => json!(pages),
        };
        if page < pages {
            answer["next_page"] = json!(format!("{BASE}/tickets?page={}", page + 1));
        }
    }
    Response::json(200, &answer)
}
