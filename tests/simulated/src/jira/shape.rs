//! Tickets, people, projects and comments as the API gives them.

use serde_json::{Map, Value, json};

use super::field::TYPES;
use super::site::{BOT, Comment, Issue, Kind, Project, Site, time};
use super::workflow;

/// A person.
pub(crate) fn user(site: &Site, name: &str, base: &str) -> Value {
    let login = name.to_lowercase().replace(' ', ".");
    let avatars = json!({
        "48x48": format!("{base}/avatar/48"), "24x24": format!("{base}/avatar/24"),
        "16x16": format!("{base}/avatar/16"), "32x32": format!("{base}/avatar/32"),
    });
    match site.kind {
        Kind::Cloud => json!({
            "self": format!("{base}/user?accountId=5b10-{login}"), "accountId": format!("5b10-{login}"),
            "accountType": "atlassian", "displayName": name, "active": true, "timeZone": "Etc/UTC",
            "avatarUrls": avatars,
        }),
        Kind::DataCenter => json!({
            "self": format!("{base}/user?username={login}"), "name": login,
            "key": format!("JIRAUSER-{login}"), "emailAddress": format!("{login}@example.com"),
            "displayName": name, "active": true, "timeZone": "Etc/UTC", "avatarUrls": avatars,
        }),
    }
}

/// A project.
pub(crate) fn project(project: &Project, base: &str) -> Value {
    json!({
        "self": format!("{base}/project/{}", project.id), "id": project.id, "key": project.key,
        "name": project.name, "projectTypeKey": "business", "simplified": false,
        "avatarUrls": {},
    })
}

/// A type of tickets.
pub(crate) fn issue_type(kind: &(&str, &str, bool), base: &str) -> Value {
    let (id, name, subtask) = kind;
    json!({
        "self": format!("{base}/issuetype/{id}"), "id": id, "name": name, "subtask": subtask,
        "description": "", "iconUrl": format!("{base}/avatar/{id}"),
    })
}

/// A comment.
pub(crate) fn comment(site: &Site, issue: &Issue, comment: &Comment, base: &str) -> Value {
    json!({
        "self": format!("{base}/issue/{}/comment/{}", issue.id, comment.id),
        "id": comment.id.to_string(), "body": comment.body,
        "author": user(site, comment.author, base), "updateAuthor": user(site, comment.author, base),
        "created": time(comment.created), "updated": time(comment.created),
    })
}

/// A ticket with the fields that were asked for.
pub(crate) fn issue(site: &Site, issue: &Issue, wanted: &[String], base: &str) -> Value {
    let kind = issue.fields.get("issuetype").and_then(Value::as_str);
    let kind = TYPES.iter().find(|(id, ..)| Some(*id) == kind);
    let optional_time = |at: Option<i64>| at.map(time);
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    for (name, value) in &issue.fields {
        add(name, value.clone());
    }
    for name in ["description", "priority", "duedate", "environment"] {
        if !issue.fields.contains_key(name) {
            add(name, Value::Null);
        }
    }
    add(
        "issuetype",
        kind.map_or(Value::Null, |kind| issue_type(kind, base)),
    );
    add("project", project(&site.projects[issue.project], base));
    add("status", issue.status.json(base));
    add(
        "resolution",
        match &issue.resolution {
            Some(name) => workflow::resolution(name, base),
            None => Value::Null,
        },
    );
    add("resolutiondate", json!(optional_time(issue.resolved)));
    if site.kind == Kind::Cloud {
        add(
            "statuscategorychangedate",
            json!(time(issue.status_changed)),
        );
    }
    add("created", json!(time(issue.created)));
    add("updated", json!(time(issue.updated)));
    add("labels", json!(issue.labels()));
    add("issuelinks", json!(issue.links));
    add(
        "assignee",
        issue
            .assignee
            .map_or(Value::Null, |name| user(site, name, base)),
    );
    add("reporter", user(site, BOT, base));
    add("creator", user(site, BOT, base));
    add("comment", comments(site, issue, base));
    let all = wanted
        .iter()
        .any(|name| name == "*all" || name == "*navigable");
    fields.retain(|name, _| all || wanted.contains(name));
    json!({
        "expand": "renderedFields,names,schema,operations,editmeta,changelog",
        "id": issue.id.to_string(), "self": format!("{base}/issue/{}", issue.id), "key": issue.key,
        "fields": fields,
    })
}

/// The comments among the fields of a ticket: Cloud gives at most so many, the oldest ones.
fn comments(site: &Site, issue: &Issue, base: &str) -> Value {
    let most = match site.kind {
        Kind::Cloud => 20,
        Kind::DataCenter => usize::MAX,
    };
    let given: Vec<Value> = issue
        .comments
        .iter()
        .take(most)
        .map(|one| comment(site, issue, one, base))
        .collect();
    json!({
        "comments": given, "self": format!("{base}/issue/{}/comment", issue.id),
        "maxResults": given.len(), "total": issue.comments.len(), "startAt": 0,
    })
}
