//! Making a ticket, and everything that is done with one.

use serde_json::{Map, Value, json};

use super::field::{self, Errors, TYPES};
use super::rest::{Call, error, errors, outside, visible};
use super::shape;
use super::site::{BOT, Cancel, Comment, Issue, Kind, Site};
use super::workflow;
use crate::Response;

/// What a Cloud says of a ticket that is gone or hidden.
const NOT_SEEN: &str = "Issue does not exist or you do not have permission to see it.";

impl Call<'_> {
    pub(super) fn link(&self, site: &mut Site) -> Response {
        let body = self.json();
        if body["type"]["name"] != "Relates" {
            return error(404, "No issue link type found.");
        }
        let place = |site: &Site, side: &str| {
            let asked = body[side]["key"].as_str().or(body[side]["id"].as_str())?;
            let mut issues = site.issues.iter();
            issues.position(|issue| issue.is_called(asked) && site.shows(issue))
        };
        let (inward, outward) = (place(site, "inwardIssue"), place(site, "outwardIssue"));
        let (Some(inward), Some(outward)) = (inward, outward) else {
            return error(404, NOT_SEEN);
        };
        let id = site.next_id().to_string();
        for (at, side, other) in [
            (inward, "outwardIssue", outward),
            (outward, "inwardIssue", inward),
        ] {
            let other = &site.issues[other];
            let other = json!({ "id": other.id.to_string(), "key": other.key });
            let kind = json!({ "id": "10000", "name": "Relates" });
            let link = json!({ "id": id, "type": kind, side: other });
            site.issues[at].links.push(link);
        }
        Response::empty(201)
    }

    pub(super) fn create(&self, site: &mut Site) -> Response {
        let body = self.json();
        let Some(given) = body["fields"].as_object() else {
            return error(
                400,
                "Invalid request payload. Refer to the REST API documentation and try again.",
            );
        };
        let mut wrong = Errors::new();
        let asked = &given.get("project").cloned().unwrap_or_default();
        let project = asked["key"].as_str().or(asked["id"].as_str());
        let project = project.and_then(|project| visible(site, project));
        if project.is_none() {
            wrong.insert("project".to_owned(), json!("valid project is required"));
        }
        let asked = &given.get("issuetype").cloned().unwrap_or_default();
        let kind = TYPES.iter().find(|(id, name, _)| {
            asked["id"].as_str() == Some(*id) || asked["name"].as_str() == Some(*name)
        });
        if kind.is_none() {
            wrong.insert("issuetype".to_owned(), json!("Specify a valid issue type"));
        }
        let mut taken = Map::new();
        match field::take(site, given) {
            Ok(fields) => {
                wrong.extend(field::missing(&site.setup, &fields));
                taken = fields;
            }
            Err(problems) => wrong.extend(problems),
        }
        let (Some(project), Some(kind), true) = (project, kind, wrong.is_empty()) else {
            return errors(wrong);
        };
        let (id, key) = (site.next_id(), site.next_key(project));
        taken.insert("issuetype".to_owned(), json!(kind.0));
        let now = self.request.now;
        site.issues.push(Issue {
            id,
            key: key.clone(),
            former: Vec::new(),
            project,
            created: now,
            updated: now,
            status: workflow::statuses().remove(0),
            status_changed: now,
            resolution: None,
            resolved: None,
            assignee: None,
            fields: taken,
            comments: Vec::new(),
            links: Vec::new(),
            restricted: false,
            changes: Vec::new(),
        });
        Response::json(
            201,
            &json!({ "id": id.to_string(), "key": key, "self": format!("{}/issue/{id}", self.base) }),
        )
    }

    pub(super) fn on_issue(&self, site: &mut Site, issue: &str, rest: &[&str]) -> Response {
        let found = site.issues.iter().position(|one| one.is_called(issue));
        let shown = found.filter(|at| site.shows(&site.issues[*at]));
        let at = match (shown, site.kind, found) {
            (Some(at), ..) => at,
            (None, Kind::DataCenter, Some(_)) if site.setup.login_counts => {
                return error(
                    403,
                    "You do not have the permission to see the specified issue.",
                );
            }
            (None, Kind::DataCenter, None) => return error(404, "Issue Does Not Exist"),
            _ => return error(404, NOT_SEEN),
        };
        match (self.request.method.as_str(), rest) {
            ("GET", []) => {
                let mut fields = self.parameters("fields");
                if fields.is_empty() {
                    fields = vec!["*all".to_owned()];
                }
                Response::json(
                    200,
                    &shape::issue(site, &site.issues[at], &fields, &self.base),
                )
            }
            ("PUT", []) => self.edit(site, at),
            ("DELETE", []) => {
                site.issues.remove(at);
                Response::empty(204)
            }
            ("GET", ["transitions"]) => {
                let with_fields = self
                    .request
                    .parameter("expand")
                    .is_some_and(|expand| expand.contains("transitions.fields"));
                let ways = workflow::transitions(&site.issues[at].status, &site.setup);
                let ways = ways.iter().map(|way| way.json(&self.base, with_fields));
                let ways: Vec<Value> = ways.collect();
                Response::json(
                    200,
                    &json!({ "expand": "transitions", "transitions": ways }),
                )
            }
            ("POST", ["transitions"]) => self.transition(site, at),
            ("GET", ["comment"]) => self.comments(site, at),
            ("POST", ["comment"]) => self.comment(site, at),
            ("GET", ["comment", id]) => {
                let issue = &site.issues[at];
                let mut comments = issue.comments.iter();
                match comments.find(|one| one.id.to_string() == *id) {
                    Some(found) => {
                        Response::json(200, &shape::comment(site, issue, found, &self.base))
                    }
                    None => error(404, &format!("Can not find a comment for the id: {id}.")),
                }
            }
            _ => outside(),
        }
    }

    fn edit(&self, site: &mut Site, at: usize) -> Response {
        let body = self.json();
        let mut given = body["fields"].as_object().cloned().unwrap_or_default();
        let steps = body["update"]["labels"].as_array();
        if given.contains_key("labels") && steps.is_some() {
            let message = "Field 'labels' cannot be set in both 'fields' and 'update'.";
            return errors(Errors::from_iter([("labels".to_owned(), json!(message))]));
        }
        if let Some(steps) = steps {
            let mut labels: Vec<Value> = site.issues[at]
                .labels()
                .into_iter()
                .map(Value::from)
                .collect();
            for step in steps {
                if !labels.contains(&step["add"]) && step["add"].is_string() {
                    labels.push(step["add"].clone());
                }
                labels.retain(|label| *label != step["remove"]);
            }
            given.insert("labels".to_owned(), json!(labels));
        }
        match field::take(site, &given) {
            Err(problems) => errors(problems),
            Ok(taken) => {
                site.issues[at].fields.extend(taken);
                site.issues[at].updated = self.request.now;
                Response::empty(204)
            }
        }
    }

    fn transition(&self, site: &mut Site, at: usize) -> Response {
        let body = self.json();
        let asked = body["transition"]["id"].as_str().unwrap_or("").to_owned();
        let ways = workflow::transitions(&site.issues[at].status, &site.setup);
        let Some(way) = ways.into_iter().find(|way| way.id == asked) else {
            return error(
                400,
                &format!("Transition id '{asked}' is not valid for this issue."),
            );
        };
        let given = body["fields"].as_object().cloned().unwrap_or_default();
        let mut wrong = Errors::new();
        for field in given.keys() {
            if !way.screen.iter().any(|(known, _)| known == field) {
                let message = format!(
                    "Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."
                );
                wrong.insert(field.clone(), json!(message));
            }
        }
        for (field, required) in &way.screen {
            if *required && !given.contains_key(*field) {
                wrong.insert((*field).to_owned(), json!(format!("{field} is required.")));
            }
        }
        let resolution = given
            .get("resolution")
            .map(|one| one["name"].as_str().unwrap_or(""));
        let known = |name: &str| workflow::RESOLUTIONS.iter().any(|(_, one)| *one == name);
        if resolution.is_some_and(|name| !known(name)) {
            wrong.insert("resolution".to_owned(), json!("Resolution is not valid"));
        }
        if !wrong.is_empty() {
            return errors(wrong);
        }
        let cancels = ["Cancelled", "Declined"].contains(&way.to);
        match site.setup.cancel {
            Cancel::Validated if cancels => {
                return error(400, "Only the reporter's manager may cancel a request.");
            }
            Cancel::Undone if cancels => return Response::empty(204),
            _ => {}
        }
        let resolution = resolution.or(way.resolution);
        let Some(status) = workflow::status(way.to) else {
            return error(400, "There is no such status.");
        };
        let reopened = !status.is_closed() && site.setup.clears_resolution;
        let issue = &mut site.issues[at];
        issue.bring(status, resolution, self.request.now);
        if reopened {
            issue.resolution = None;
            issue.resolved = None;
        }
        Response::empty(204)
    }

    fn comments(&self, site: &Site, at: usize) -> Response {
        let issue = &site.issues[at];
        let (start, most) = (self.number("startAt", 0), self.number("maxResults", 50));
        let mut all: Vec<&Comment> = issue.comments.iter().collect();
        if self.request.parameter("orderBy") == Some("-created") {
            all.reverse();
        }
        let page: Vec<Value> = all
            .iter()
            .skip(start)
            .take(most)
            .map(|one| shape::comment(site, issue, one, &self.base))
            .collect();
        Response::json(
            200,
            &json!({
                "startAt": start, "maxResults": most, "total": all.len(), "comments": page,
            }),
        )
    }

    fn comment(&self, site: &mut Site, at: usize) -> Response {
        let body = match field::body(site, &self.json()["body"]) {
            Ok(Value::String(text)) if text.trim().is_empty() => {
                let message = "Comment body can not be empty!";
                return errors(Errors::from_iter([("comment".to_owned(), json!(message))]));
            }
            Ok(body) => body,
            Err(message) => {
                return errors(Errors::from_iter([("comment".to_owned(), json!(message))]));
            }
        };
        let comment = Comment {
            id: site.next_id(),
            body,
            author: BOT,
            created: self.request.now,
        };
        site.issues[at].comments.push(comment.clone());
        site.issues[at].updated = self.request.now;
        let issue = &site.issues[at];
        Response::json(201, &shape::comment(site, issue, &comment, &self.base))
    }
}
