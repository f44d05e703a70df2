//! The simulated Request Tracker answers like the real one, as far as the component looks.

use provisor_sdk::{Method, Request};
use provisor_simulated::{Product, RequestTracker};
use serde_json::{Map, Value, json};

use crate::peer::{AGENT, Peer};

/// Both, and the numbers that the tickets made so far have there.
struct Both {
    real: Peer,
    simulated: RequestTracker,
    tickets: Vec<(String, String)>,
    differences: Vec<String>,
    seconds: i64,
}

/// A step of the comparison. In paths, queries and contents `#1` is the first ticket that was made.
struct Step<'a> {
    name: &'a str,
    credential: &'a str,
    method: Method,
    path: &'a str,
    query: Vec<(&'a str, String)>,
    content: Option<Value>,
    header: Option<(&'a str, &'a str)>,
}

impl<'a> Step<'a> {
    fn new(name: &'a str, method: Method, path: &'a str) -> Self {
        Step {
            name,
            credential: "component",
            method,
            path,
            query: Vec::new(),
            content: None,
            header: None,
        }
    }

    fn get(name: &'a str, path: &'a str) -> Self {
        Step::new(name, Method::Get, path)
    }

    fn content(mut self, content: Value) -> Self {
        self.content = Some(content);
        self
    }

    fn query(mut self, name: &'a str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    fn by(mut self, credential: &'a str) -> Self {
        self.credential = credential;
        self
    }

    fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.header = Some((name, value));
        self
    }
}

impl Both {
    fn new() -> Self {
        Both {
            real: Peer::new(),
            simulated: RequestTracker::new("simulated").agent(AGENT),
            tickets: Vec::new(),
            differences: Vec::new(),
            seconds: 1_800_000_000,
        }
    }

    /// A text with the numbers of one side in the places of `#1`, `#2` and so on.
    fn filled(&self, text: &str, real: bool) -> String {
        let mut filled = text.to_owned();
        for (at, ticket) in self.tickets.iter().enumerate().rev() {
            let number = if real { &ticket.0 } else { &ticket.1 };
            filled = filled.replace(&format!("#{}", at + 1), number);
        }
        filled
    }

    fn request(&self, step: &Step<'_>, base: &str, real: bool) -> Request {
        let path = self.filled(step.path, real);
        let segments = ["REST", "2.0"].into_iter().chain(path.split('/'));
        let mut request = Request::new(step.method, base, segments);
        for (name, value) in &step.query {
            request = request.query(name, &self.filled(value, real));
        }
        if let Some((name, value)) = step.header {
            request = request.header(name, value);
        }
        if let Some(content) = &step.content {
            let content = self.filled(&content.to_string(), real);
            request.body = Some(content.into_bytes());
            request = request.header("content-type", "application/json");
        }
        request
    }

    /// Sends one request to both; they should agree.
    fn step(&mut self, step: Step<'_>) {
        self.seconds += 1;
        let request = self.request(&step, &self.real.url, true);
        let credential = match step.credential {
            "component" => &self.real.credential,
            other => other,
        };
        let real = self.real.send(credential, &request);

        let request = self.request(&step, "", false);
        let credential = match step.credential {
            "component" => "token simulated",
            other => other,
        };
        let mut headers = request.headers.clone();
        headers.push(("authorization".to_owned(), credential.to_owned()));
        let body = request.body.clone().unwrap_or_default();
        let method = request.method.as_str();
        let simulated = self.simulated.answer(&provisor_simulated::Request::new(
            method,
            &request.url,
            headers,
            body,
            self.seconds,
        ));

        let read = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap_or(Value::Null);
        let (real_body, simulated_body) = (read(&real.body), read(&simulated.body));
        if step.path == "ticket" && real.status == 201 && simulated.status == 201 {
            let id = |body: &Value| body["id"].as_str().unwrap_or_default().to_owned();
            self.tickets.push((id(&real_body), id(&simulated_body)));
        }
        let one = (real.status, self.plain(&real_body, true));
        let other = (simulated.status, self.plain(&simulated_body, false));
        if one != other {
            self.differences.push(format!(
                "{}:\n  real:      {} {}\n  simulated: {} {}",
                step.name, one.0, one.1, other.0, other.1
            ));
        }
    }

    /// What the component reads of an answer, the same on both sides: numbers of tickets by the
    /// order in which they were made, moments only as being there or not.
    fn plain(&self, value: &Value, real: bool) -> Value {
        const READ: [&str; 28] = [
            "id",
            "type",
            "ref",
            "name",
            "values",
            "items",
            "count",
            "total",
            "pages",
            "per_page",
            "page",
            "message",
            "Status",
            "Subject",
            "Priority",
            "Due",
            "Resolved",
            "LastUpdated",
            "EffectiveId",
            "Owner",
            "Creator",
            "CustomFields",
            "TicketCustomFields",
            "ObjectId",
            "Content",
            "ContentType",
            "Filename",
            "ContentLength",
        ];
        match value {
            Value::Object(members) => {
                let of_queue = members.contains_key("TicketCustomFields");
                let of_ticket = members.get("type").is_none_or(|it| it == "ticket");
                let of_user = members.get("type").is_some_and(|it| it == "user");
                let mut plain = Map::new();
                for (name, member) in members {
                    // Of a queue, the component looks at its fields.
                    let unread = of_queue && name != "TicketCustomFields";
                    if unread || !READ.contains(&name.as_str()) {
                        continue;
                    }
                    let member = match name.as_str() {
                        "id" if !of_ticket && !of_user => json!("some number"),
                        "id" if member.is_number() => {
                            json!({ "number": self.named(&member.to_string(), real) })
                        }
                        // The words about JSON that cannot be read are those of a library.
                        "message" if member.to_string().contains("JSON") => json!("JSON"),
                        "message" if member.to_string().contains("Wrong query") => json!("query"),
                        _ => self.plain(member, real),
                    };
                    plain.insert(name.clone(), member);
                }
                Value::Object(plain)
            }
            Value::Array(items) => {
                let mut items: Vec<Value> =
                    items.iter().map(|item| self.plain(item, real)).collect();
                // The order of custom fields is that of nothing.
                if items
                    .iter()
                    .all(|item| item["values"].is_array() || item["name"].is_string())
                {
                    items.sort_by_key(|item| item["name"].to_string());
                }
                Value::Array(items)
            }
            Value::String(text) => {
                let moment = text.len() == 20 && text.ends_with('Z') && text.contains("T");
                if moment && text.starts_with("20") && !text.starts_with("2026-12-01") {
                    return json!("some time");
                }
                Value::String(self.named(text, real))
            }
            // One writes `0`, the other `0.0`.
            Value::Number(number) if number.as_f64() == Some(0.0) => json!(0),
            other => other.clone(),
        }
    }

    /// A number of a ticket as `#1` and so on, wherever it stands as a word.
    fn named(&self, text: &str, real: bool) -> String {
        let mut named = text.to_owned();
        for (at, ticket) in self.tickets.iter().enumerate() {
            let number = if real { &ticket.0 } else { &ticket.1 };
            if named == *number {
                return format!("#{}", at + 1);
            }
            let (before, after) = (format!("Ticket {number}:"), format!("Ticket #{}:", at + 1));
            named = named.replace(&before, &after);
        }
        named
    }
}

const FIELDS: &str = "Status,Subject,EffectiveId,Owner,Creator,LastUpdated,Resolved,CustomFields";

#[test]
#[ignore = "needs a Request Tracker: tests/peers/request-tracker/run"]
fn the_simulated_one_answers_like_the_real_one() {
    let mut both = Both::new();
    let mark = std::time::SystemTime::now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    let id = |at: u32| format!("CMP-{mark}-{at}");
    let ticket = |at: u32, custom: Value| {
        let mut fields = json!({ "CorrelationId": id(at) });
        for (name, value) in custom.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        json!({ "Queue": "Provisioning", "Subject": "Compare", "Content": "<p>x</p>",
                "ContentType": "text/html", "Priority": 50, "Due": "2026-12-01 12:00:00",
                "CustomFields": fields })
    };
    let create = |name, content| Step::new(name, Method::Post, "ticket").content(content);
    let put = |name, path, content| {
        Step::new(name, Method::Put, path)
            .content(content)
            .by(AGENT)
    };
    let write = |name, path, content| Step::new(name, Method::Post, path).content(content);
    let search = |name, query: &str| {
        Step::get(name, "tickets")
            .query("query", query)
            .query("fields", FIELDS)
            .query("per_page", "100")
    };
    let by_id = |value: &str| format!("'CF.{{CorrelationId}}' = '{value}'");

    both.step(Step::get("the queue", "queue/Provisioning"));
    both.step(Step::get("a queue that may not be seen", "queue/Secret"));
    both.step(Step::get("a queue that does not exist", "queue/Nowhere"));
    both.step(Step::get("wrong credentials", "rt").by("token 1-1-wrong"));
    both.step(create(
        "a ticket",
        ticket(1, json!({ "Operation": "create" })),
    ));
    both.step(Step::get("the ticket", "ticket/#1"));
    both.step(create(
        "values that are dropped",
        ticket(
            2,
            json!({ "Operation": "fly", "Nowhere": "x", "UniqueId": id(2) }),
        ),
    ));
    both.step(Step::get("what was kept", "ticket/#2"));
    both.step(create(
        "a value twice",
        ticket(3, json!({ "UniqueId": id(2) })),
    ));
    both.step(Step::get("what was kept of it", "ticket/#3"));
    both.step(create("no queue", json!({ "Subject": "x" })));
    both.step(create(
        "a queue that is not there",
        json!({ "Queue": "Nowhere" }),
    ));
    both.step(create(
        "a queue without the right",
        json!({ "Queue": "Secret" }),
    ));
    both.step(create("no object", json!([])));
    both.step(create("no subject", json!({ "Queue": "Provisioning" })));
    both.step(Step::get("a ticket without anything", "ticket/#4"));
    let long = "š☃x".repeat(100);
    both.step(create(
        "a long subject",
        json!({ "Queue": "Provisioning", "Subject": long }),
    ));
    both.step(Step::get("what was kept of the subject", "ticket/#5"));

    both.step(search("by correlation id", &by_id(&id(1))));
    both.step(search(
        "by correlation id in small letters",
        &by_id(&id(1).to_lowercase()),
    ));
    both.step(search("by a quote", r"'CF.{CorrelationId}' = 'it\'s'"));
    both.step(search(
        "by a field that is not there",
        "'CF.{Nowhere}' = 'x'",
    ));
    both.step(search("by nonsense", "garbage ("));
    both.step(search("several", "id = #1 OR id = #2 OR id = #3"));
    both.step(
        Step::get("a page of two", "tickets")
            .query("query", "id = #1 OR id = #2 OR id = #3")
            .query("per_page", "2"),
    );
    both.step(
        Step::get("pages that are too long", "tickets")
            .query("query", "id = #1")
            .query("per_page", "500"),
    );
    both.step(search("a page behind the last", "id = #1").query("page", "2"));

    both.step(put(
        "a status that is none",
        "ticket/#1",
        json!({ "Status": "nonsense" }),
    ));
    both.step(put(
        "a status",
        "ticket/#1",
        json!({ "Status": "rejected" }),
    ));
    both.step(put(
        "the same status",
        "ticket/#1",
        json!({ "Status": "rejected" }),
    ));
    both.step(Step::get("a rejected ticket", "ticket/#1"));
    both.step(put(
        "opened again",
        "ticket/#1",
        json!({ "Status": "open" }),
    ));
    both.step(Step::get("a ticket that was opened again", "ticket/#1"));
    both.step(
        put("another state", "ticket/#1", json!({ "Status": "stalled" }))
            .header("if-match", "\"other\""),
    );
    let text = || json!({ "Content": "words", "ContentType": "text/plain" });
    both.step(write("a comment", "ticket/#1/comment", text()));
    both.step(write(
        "no type",
        "ticket/#1/comment",
        json!({ "Content": "x" }),
    ));
    let mut closing = text();
    closing["Status"] = json!("resolved");
    both.step(write("a reply that closes", "ticket/#2/correspond", closing).by(AGENT));
    both.step(Step::get("a closed ticket", "ticket/#2"));
    both.step(
        Step::get("what was written", "transactions")
            .query(
                "query",
                "ObjectType = 'RT::Ticket' AND (Type = 'Comment' OR Type = 'Correspond') AND \
                 (ObjectId = #1 OR ObjectId = #2)",
            )
            .query("fields", "ObjectId,Creator")
            .query("orderby", "id")
            .query("order", "DESC")
            .query("per_page", "100"),
    );

    let newest = json!([{ "field": "id", "value": "1", "entry_aggregator": "OR" },
                        { "field": "ContentType", "operator": "LIKE", "value": "none/%" }]);
    both.step(
        write("texts of another kind", "attachments", newest)
            .query("fields", "TransactionId,Filename,ContentLength"),
    );
    both.step(write("no conditions", "attachments", json!({})));

    both.step(put("merged", "ticket/#3", json!({ "MergeInto": "#2" })));
    both.step(Step::get("a merged ticket", "ticket/#3"));
    both.step(search("a merged ticket is not found", "id = #3"));
    both.step(search("nor by its correlation id", &by_id(&id(3))));
    both.step(put(
        "a change of a merged ticket",
        "ticket/#3",
        json!({ "Status": "open" }),
    ));
    both.step(Step::get("hits the survivor", "ticket/#2"));
    both.step(put("deleted", "ticket/#4", json!({ "Status": "deleted" })));
    both.step(Step::get("a deleted ticket", "ticket/#4"));
    both.step(search("a deleted ticket is not found", "id = #4"));
    both.step(write(
        "a comment beside a deleted ticket",
        "ticket/#4/comment",
        text(),
    ));

    both.step(create("one more", ticket(5, json!({}))));
    both.step(put(
        "a deleted ticket comes back",
        "ticket/#4",
        json!({ "Status": "rejected" }),
    ));
    both.step(write(
        "a comment beside nothing",
        "ticket/999999/comment",
        text(),
    ));
    both.step(Step::get("nothing", "ticket/999999"));
    both.step(Step::new("a change of nothing", Method::Put, "ticket/999999").content(json!({})));

    assert_eq!(both.differences.len(), 0, "{}", both.differences.join("\n"));
}
