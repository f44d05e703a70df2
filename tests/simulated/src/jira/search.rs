//! Reading many tickets: by their ids, and by a query.

use serde_json::{Value, json};

use super::query::{self, Query};
use super::rest::{Call, error};
use super::shape;
use super::site::{Issue, Site};
use crate::Response;

impl Call<'_> {
    pub(super) fn bulk(&self, site: &Site) -> Response {
        let body = self.json();
        let Some(asked) = body["issueIdsOrKeys"].as_array() else {
            return error(400, "issueIdsOrKeys must not be empty");
        };
        let fields = strings(&body["fields"]);
        // More than this are taken only where no field has several values; nobody needs that here.
        if asked.is_empty() || asked.len() > 100 {
            return error(400, "The number of issues must be between 1 and 100.");
        }
        let asked = strings(&body["issueIdsOrKeys"]);
        let found: Vec<Value> = site
            .issues
            .iter()
            .filter(|issue| site.shows(issue) && asked.iter().any(|one| issue.is_called(one)))
            .map(|issue| shape::issue(site, issue, &fields, &self.base))
            .collect();
        Response::json(
            200,
            &json!({ "expand": "names,schema", "issues": found, "issueErrors": [] }),
        )
    }

    /// What a parameter says, in the query or in the content.
    fn said(&self, name: &str) -> Option<String> {
        match self.request.method.as_str() {
            "GET" => self.request.parameter(name).map(str::to_owned),
            _ => match &self.json()[name] {
                Value::String(text) => Some(text.clone()),
                Value::Null => None,
                other => Some(other.to_string()),
            },
        }
    }

    fn said_fields(&self) -> Vec<String> {
        match self.request.method.as_str() {
            "GET" => self.parameters("fields"),
            _ => strings(&self.json()["fields"]),
        }
    }

    fn said_number(&self, name: &str, otherwise: usize) -> usize {
        let said = self.said(name);
        said.and_then(|said| said.parse().ok()).unwrap_or(otherwise)
    }

    /// What a query finds: it does not see tickets that were just made.
    fn found<'s>(&self, site: &'s Site, query: &Query) -> Vec<&'s Issue> {
        let indexed = |issue: &Issue| issue.created + site.setup.search_lag <= self.request.now;
        let issues = site.issues.iter();
        issues
            .filter(|issue| indexed(issue) && site.shows(issue) && query.finds(issue, site))
            .collect()
    }

    pub(super) fn search_tokens(&self, site: &Site) -> Response {
        let query = match query::read(&self.said("jql").unwrap_or_default()) {
            Ok(Query::All) => {
                return error(
                    400,
                    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
                );
            }
            Ok(query) => query,
            Err(message) => return error(400, &message),
        };
        if let Some(problem) = query.problems(site).first() {
            return error(400, problem);
        }
        let start = match self
            .said("nextPageToken")
            .map(|token| token.parse::<usize>())
        {
            None => 0,
            Some(Ok(start)) => start,
            Some(Err(_)) => return error(400, "The provided nextPageToken is invalid."),
        };
        let most = self.said_number("maxResults", 50).min(site.setup.page);
        let fields = self.said_fields();
        let found = self.found(site, &query);
        let page: Vec<Value> = found
            .iter()
            .skip(start)
            .take(most)
            .map(|issue| {
                let mut json = shape::issue(site, issue, &fields, &self.base);
                if fields.is_empty() {
                    json = json!({ "id": json["id"] });
                }
                json
            })
            .collect();
        let end = start + page.len();
        let mut answer = json!({ "issues": page, "isLast": end >= found.len() });
        if end < found.len() {
            answer["nextPageToken"] = json!(end.to_string());
        }
        Response::json(200, &answer)
    }

    pub(super) fn search_places(&self, site: &Site) -> Response {
        let query = match query::read(&self.said("jql").unwrap_or_default()) {
            Ok(query) => query,
            Err(message) => return error(400, &message),
        };
        let problems = query.problems(site);
        let validated = self
            .said("validateQuery")
            .is_none_or(|said| said.eq_ignore_ascii_case("true") || said == "strict");
        if validated && let Some(problem) = problems.first() {
            return error(400, problem);
        }
        let start = self.said_number("startAt", 0);
        let most = self.said_number("maxResults", 50).min(site.setup.page);
        let mut fields = self.said_fields();
        if fields.is_empty() {
            fields = vec!["*navigable".to_owned()];
        }
        let found = self.found(site, &query);
        let page: Vec<Value> = found
            .iter()
            .skip(start)
            .take(most)
            .map(|issue| shape::issue(site, issue, &fields, &self.base))
            .collect();
        let mut answer = json!({
            "expand": "schema,names", "startAt": start, "maxResults": most, "total": found.len(),
            "issues": page,
        });
        if !problems.is_empty() {
            answer["warningMessages"] = json!(problems);
        }
        Response::json(200, &answer)
    }
}

fn strings(value: &Value) -> Vec<String> {
    let values = value.as_array().into_iter().flatten();
    values
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
