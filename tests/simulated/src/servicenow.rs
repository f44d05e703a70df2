//! ServiceNow: the Table API of one instance.
//!
//! Its traps are those of the real one. Parts of a query that make no sense, and fields that a
//! table does not have, are ignored without a word. A page is cut before the records that may not
//! be seen are taken out of it. Texts compare without regard to case, what is too long is cut, and
//! a time that is none is dropped. A closed incident keeps its state although a change is answered
//! with 200.

mod access;
mod action;
mod answer;
mod list;
mod query;
mod record;
mod table;
mod time;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use self::answer::{error, missing, shown, unknown_address};
use self::record::{Record, Shown};
use self::table::Table;
use crate::{Action, Product, Request, Response, Seen};

/// An instance of ServiceNow with the tables `incident`, `sc_task` and `change_request`, and the
/// groups and people that they refer to.
///
/// ```
/// use provisor_simulated::{Product, Request, ServiceNow};
///
/// let mut product = ServiceNow::new("bot", "secret").with_key("key-1");
/// let headers = vec![("x-sn-apikey".to_owned(), "key-1".to_owned())];
/// let request = Request::new("GET", "/api/now/v2/table/incident", headers, Vec::new(), 0);
/// assert_eq!(product.answer(&request).status, 200);
/// ```
#[derive(Debug)]
pub struct ServiceNow {
    user: String,
    password: String,
    key: Option<String>,
    client: Option<(String, String)>,
    tokens: BTreeMap<String, i64>,
    invalid_queries_find_nothing: bool,
    counts: bool,
    extra: BTreeSet<String>,
    lacking: BTreeSet<String>,
    unreadable: BTreeSet<String>,
    unwritable: BTreeSet<String>,
    required: BTreeSet<String>,
    forbidden: BTreeSet<String>,
    records: Vec<Record>,
    /// The last number that each table has given.
    numbers: BTreeMap<&'static str, u64>,
    made: u64,
}

impl ServiceNow {
    /// An instance that this user may use, with the group `Service Desk` and the user `abel.tuter`.
    pub fn new(user: &str, password: &str) -> Self {
        let mut instance = ServiceNow {
            user: user.to_owned(),
            password: password.to_owned(),
            key: None,
            client: None,
            tokens: BTreeMap::new(),
            invalid_queries_find_nothing: false,
            counts: true,
            extra: BTreeSet::new(),
            lacking: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            unwritable: BTreeSet::new(),
            required: BTreeSet::new(),
            forbidden: BTreeSet::new(),
            records: Vec::new(),
            numbers: BTreeMap::new(),
            made: 0,
        };
        for table in &table::TABLES {
            for (value, label, _) in table.states {
                let choice = [
                    ("element", "state"),
                    ("inactive", "false"),
                    ("label", label),
                    ("language", "en"),
                    ("name", table.name),
                    ("value", value),
                ];
                instance.add("sys_choice", &choice);
            }
        }
        instance
            .with_group("Service Desk")
            .with_person("abel.tuter", "Abel Tuter")
    }

    /// A key also opens the instance, in the header field `x-sn-apikey`.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// A client can get tokens at `/oauth_token.do`.
    #[must_use]
    pub fn with_client(mut self, id: &str, secret: &str) -> Self {
        self.client = Some((id.to_owned(), secret.to_owned()));
        self
    }

    /// There is a group of this name.
    #[must_use]
    pub fn with_group(mut self, name: &str) -> Self {
        self.add("sys_user_group", &[("active", "true"), ("name", name)]);
        self
    }

    /// There is a group of this name in which nobody works any more.
    #[must_use]
    pub fn with_inactive_group(mut self, name: &str) -> Self {
        self.add("sys_user_group", &[("active", "false"), ("name", name)]);
        self
    }

    /// There is a person with this login and name.
    #[must_use]
    pub fn with_person(mut self, login: &str, name: &str) -> Self {
        let values = [("active", "true"), ("name", name), ("user_name", login)];
        self.add("sys_user", &values);
        self
    }

    /// Every table has a field of this name, such as `u_application`.
    #[must_use]
    pub fn with_field(mut self, field: &str) -> Self {
        self.extra.insert(field.to_owned());
        self
    }

    /// No table has a field of this name.
    #[must_use]
    pub fn without_field(mut self, field: &str) -> Self {
        self.lacking.insert(field.to_owned());
        self
    }

    /// The account that asks may not read this field.
    #[must_use]
    pub fn unreadable(mut self, field: &str) -> Self {
        self.unreadable.insert(field.to_owned());
        self
    }

    /// The account that asks may not write this field; what it writes is dropped without a word.
    #[must_use]
    pub fn unwritable(mut self, field: &str) -> Self {
        self.unwritable.insert(field.to_owned());
        self
    }

    /// A data policy wants this field filled in every new ticket.
    #[must_use]
    pub fn requiring(mut self, field: &str) -> Self {
        self.required.insert(field.to_owned());
        self
    }

    /// The account that asks may not touch this table.
    #[must_use]
    pub fn forbidding(mut self, table: &str) -> Self {
        self.forbidden.insert(table.to_owned());
        self
    }

    /// The property `glide.invalid_query.returns_no_rows` is set: a query with a part that makes
    /// no sense finds nothing, and not what its other parts say.
    #[must_use]
    pub fn invalid_queries_find_nothing(mut self) -> Self {
        self.invalid_queries_find_nothing = true;
        self
    }

    /// Lists do not say how many records there are.
    #[must_use]
    pub fn without_counts(mut self) -> Self {
        self.counts = false;
        self
    }

    /// What a field of a ticket holds; `None` when there is no such ticket.
    pub fn field(&self, number: &str, field: &str) -> Option<&str> {
        let found = self.records.iter().find(|it| it.get("number") == number);
        found.map(|record| record.get(field))
    }

    /// The `sys_id` of the record that people call so, such as a group.
    pub fn sys_id(&self, display: &str) -> Option<&str> {
        let found = self.records.iter().find(|it| it.display() == display);
        found.map(|record| record.get("sys_id"))
    }

    fn add(&mut self, table: &str, values: &[(&str, &str)]) {
        if let Some(table) = table::by_name(table) {
            let at = self.insert(table, 0);
            for (field, value) in values {
                self.records[at].set(field, value);
            }
        }
    }

    /// Makes an empty record and says where it is.
    fn insert(&mut self, table: &'static Table, now: i64) -> usize {
        self.made += 1;
        let mut record = Record {
            table,
            values: BTreeMap::new(),
            entries: Vec::new(),
            hidden: false,
        };
        let sys_id = u128::from(self.made)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            .rotate_left(64);
        record.set("sys_id", &format!("{sys_id:032x}"));
        let now = time::written(now);
        for (field, value) in [
            ("sys_created_by", self.user.as_str()),
            ("sys_created_on", &now),
            ("sys_mod_count", "0"),
            ("sys_updated_by", &self.user),
            ("sys_updated_on", &now),
        ] {
            record.set(field, value);
        }
        if table.is_task {
            let number = self.numbers.entry(table.name).or_insert(10_000);
            *number += 1;
            let state = match table.name {
                "change_request" => "-5",
                _ => "1",
            };
            for (field, value) in [
                ("active", "true"),
                ("approval", "not requested"),
                ("impact", "3"),
                ("number", &format!("{}{number:07}", table.prefix)),
                ("opened_at", &now),
                ("priority", "4"),
                ("state", state),
                ("sys_class_name", table.name),
                ("sys_domain", "global"),
                ("urgency", "3"),
            ] {
                record.set(field, value);
            }
        }
        self.records.push(record);
        self.records.len() - 1
    }

    fn fields(&self, table: &Table) -> Vec<String> {
        let extra = self.extra.iter().filter(|_| table.is_task).cloned();
        let own = table.all_fields().map(str::to_owned);
        own.chain(extra)
            .filter(|field| !self.lacking.contains(field))
            .collect()
    }

    fn refer(&self, table: &str, sys_id: &str) -> Option<&Record> {
        self.records.iter().find(|record| {
            record.get("sys_id") == sys_id
                && (record.table.name == table || table == "task" && record.table.is_task)
        })
    }

    /// What a field holds, followed through a reference if it is a path.
    fn value(&self, record: &Record, path: &str) -> String {
        let Some((first, rest)) = path.split_once('.') else {
            return record.get(path).to_owned();
        };
        table::refers_to(first)
            .and_then(|table| self.refer(table, record.get(first)))
            .map_or_else(String::new, |other| other.get(rest).to_owned())
    }

    fn show(&self, shown: &Shown, record: &Record) -> Value {
        let mut readable = self.fields(record.table);
        readable.retain(|field| !self.unreadable.contains(field));
        shown.show(record, &readable, |table, sys_id| self.refer(table, sys_id))
    }

    fn position(&self, table: &Table, sys_id: &str) -> Option<usize> {
        self.records.iter().position(|record| {
            record.table.name == table.name && record.get("sys_id") == sys_id && !record.hidden
        })
    }

    fn table_api(&mut self, version: &str, rest: &[&str], request: &Request) -> Response {
        let [name, rest @ ..] = rest else {
            return unknown_address(request);
        };
        let Some(table) = table::by_name(name) else {
            return error(400, &format!("Invalid table {name}"), None);
        };
        if self.forbidden.contains(*name) {
            return error(
                403,
                "User Not Authorized",
                Some("Failed API level ACL Validation"),
            );
        }
        match (request.method.as_str(), rest) {
            ("GET", []) => self.list(table, version, request),
            ("POST", []) => self.create(table, request),
            (method, [sys_id]) => {
                let Some(at) = self.position(table, sys_id) else {
                    return missing();
                };
                match method {
                    "GET" => {
                        let result = self.show(&shown(request), &self.records[at]);
                        Response::json(200, &json!({ "result": result }))
                    }
                    "PATCH" | "PUT" => self.update(at, request),
                    "DELETE" => {
                        self.records.remove(at);
                        Response::empty(204)
                    }
                    _ => error(405, "Method not supported", None),
                }
            }
            _ => unknown_address(request),
        }
    }
}

impl Product for ServiceNow {
    fn name(&self) -> &'static str {
        "servicenow"
    }

    fn answer(&mut self, request: &Request) -> Response {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if segments == ["oauth_token.do"] && request.method == "POST" {
            return self.token(request);
        }
        if !self.admits(request) {
            return error(
                401,
                "User Not Authenticated",
                Some("Required to provide Auth information"),
            )
            .with("WWW-Authenticate", "BASIC realm=\"Service-now\"");
        }
        if let Some(accepted) = request.header("accept")
            && !accepted.contains("application/json")
            && !accepted.contains("*/*")
        {
            return error(406, "Not acceptable", Some(accepted));
        }
        match segments.as_slice() {
            ["api", "now", "table", rest @ ..] => self.table_api("v2", rest, request),
            ["api", "now", version @ ("v1" | "v2"), "table", rest @ ..] => {
                self.table_api(version, rest, request)
            }
            _ => unknown_address(request),
        }
    }

    fn tickets(&self) -> Vec<Seen> {
        let tickets = self.records.iter().filter(|it| it.table.is_task);
        tickets
            .map(|record| Seen {
                number: record.get("number").to_owned(),
                title: record.get("short_description").to_owned(),
                description: record.get("description").to_owned(),
                status: record.get("state").to_owned(),
                correlation_id: record.get("correlation_id").to_owned(),
                comments: record.entries.iter().map(|it| it.text.clone()).collect(),
            })
            .collect()
    }

    fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        self.do_as_people_do(number, action, now)
    }

    fn error(&self, status: u16, what: &str) -> Response {
        error(status, what, None)
    }

    fn demand(&mut self) -> Result<&'static str, String> {
        const FIELD: &str = "u_application";
        self.extra.insert(FIELD.to_owned());
        self.required.insert(FIELD.to_owned());
        Ok(FIELD)
    }
}

#[cfg(test)]
mod tests;
