//! Looking whether everything is there that the settings name, changing nothing.

use std::collections::BTreeMap;

use provisor_sdk::{Failure, FailureKind, Finding, Http, Method, document};
use serde_json::Value;

use crate::answer::{ask, failure};
use crate::class;
use crate::settings::{Deployment, is_number};
use crate::tickets::{Jira, list};

/// How many pages of types and fields are read.
const PAGES: usize = 20;

/// What the account must be allowed to do, and what for.
const PERMISSIONS: [(&str, &str); 5] = [
    ("BROWSE_PROJECTS", "see tickets"),
    ("CREATE_ISSUES", "make tickets"),
    ("ADD_COMMENTS", "comment on them"),
    ("TRANSITION_ISSUES", "take them back"),
    ("EDIT_ISSUES", "label those that it cannot take back"),
];

/// Looks at the server, the credentials, the project and everything in it that is used.
///
/// # Errors
/// When nothing could be looked at.
pub fn look(jira: &Jira, http: &Http) -> Result<Vec<Finding>, Failure> {
    let mut findings = Findings(Vec::new());
    if !server(jira, http, &mut findings)?
        || !credentials(jira, http, &mut findings)?
        || !project(jira, http, &mut findings)
    {
        return Ok(findings.0);
    }
    permissions(jira, http, &mut findings);
    if let Some(id) = issue_type(jira, http, &mut findings) {
        screen(jira, http, &id, &mut findings);
        withdrawal(jira, http, &id, &mut findings);
    }
    correlation_field(jira, http, &mut findings);
    link(jira, http, &mut findings);
    Ok(findings.0)
}

struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, subject: impl Into<String>, message: impl Into<String>) {
        self.add(true, subject, message);
    }

    fn bad(&mut self, subject: impl Into<String>, message: impl Into<String>) {
        self.add(false, subject, message);
    }

    fn add(&mut self, good: bool, subject: impl Into<String>, message: impl Into<String>) {
        self.0.push(Finding {
            good,
            subject: subject.into(),
            message: message.into(),
        });
    }
}

/// Whether it is the Jira that the settings expect; false if it does not even say that.
fn server(jira: &Jira, http: &Http, findings: &mut Findings) -> Result<bool, Failure> {
    let request = jira.request(Method::Get, &["serverInfo"]);
    let info: Value = match ask(http, &request, "asking which Jira this is") {
        Ok(info) => info,
        // Everybody may ask this, but not with credentials that are wrong.
        Err(failure) if failure.kind == FailureKind::Unauthorized => {
            findings.bad("credentials", failure.message);
            return Ok(false);
        }
        Err(failure) => return Err(failure),
    };
    let kind = info["deploymentType"].as_str().unwrap_or("");
    let version = info["version"].as_str().unwrap_or("without a version");
    let wanted = jira.settings.deployment.native();
    if kind == wanted {
        findings.good("server", format!("Jira {kind} {version}"));
    } else {
        let other = match kind {
            "Cloud" => "`cloud`",
            "Server" => "`data-center`",
            _ => "what it is",
        };
        findings.bad(
            "server",
            format!(
                "this Jira calls itself `{}` {version}, and the settings expect `{wanted}`: write \
                 {other} into `deployment`",
                document::cut(&document::one_line(kind), 50)
            ),
        );
    }
    Ok(true)
}

/// Whether Jira knows who asks. Not every answer tells: some treat a login that does not count as
/// none at all.
fn credentials(jira: &Jira, http: &Http, findings: &mut Findings) -> Result<bool, Failure> {
    let response = http.send(&jira.request(Method::Get, &["myself"]))?;
    if !response.is_success() {
        findings.bad("credentials", failure(&response).message);
        return Ok(false);
    }
    let me: Value = match response.json() {
        Ok(me) => me,
        Err(failure) => {
            findings.bad("credentials", failure.message);
            return Ok(false);
        }
    };
    let name = me["displayName"].as_str().unwrap_or("somebody");
    match me["active"] == Value::Bool(false) {
        true => findings.bad(
            "credentials",
            format!("the account of {name} is switched off: switch it on, or use another one"),
        ),
        false => findings.good("credentials", format!("Jira knows the account as {name}")),
    }
    Ok(true)
}

fn project(jira: &Jira, http: &Http, findings: &mut Findings) -> bool {
    let wanted = &jira.settings.project;
    let subject = format!("project {wanted}");
    let request = jira.request(Method::Get, &["project", wanted]);
    match ask::<Value>(http, &request, "reading the project") {
        Ok(project) => {
            let name = project["name"].as_str().unwrap_or("without a name");
            findings.good(subject, format!("it is called {name}"));
            true
        }
        Err(failure) => {
            findings.bad(
                subject,
                format!(
                    "{}; correct the setting `project`, or let the account see the project",
                    failure.message
                ),
            );
            false
        }
    }
}

fn permissions(jira: &Jira, http: &Http, findings: &mut Findings) {
    let name = match is_number(&jira.settings.project) {
        true => "projectId",
        false => "projectKey",
    };
    let keys: Vec<&str> = PERMISSIONS.iter().map(|(key, _)| *key).collect();
    let request = jira
        .request(Method::Get, &["mypermissions"])
        .query(name, &jira.settings.project)
        .query("permissions", &keys.join(","));
    let answer: Value = match ask(http, &request, "looking up permissions") {
        Ok(answer) => answer,
        Err(failure) => return findings.bad("permissions", failure.message),
    };
    let missing: Vec<String> = PERMISSIONS
        .iter()
        .filter(|(key, _)| answer["permissions"][key]["havePermission"] != Value::Bool(true))
        .map(|(key, purpose)| format!("{key} (to {purpose})"))
        .collect();
    match missing.is_empty() {
        true => findings.good("permissions", "the account has all that are needed"),
        false => findings.bad(
            "permissions",
            format!(
                "the account lacks {}: give it to the account in the permission scheme of the project",
                missing.join(", ")
            ),
        ),
    }
}

/// The id of the type that tickets have.
fn issue_type(jira: &Jira, http: &Http, findings: &mut Findings) -> Option<String> {
    let wanted = &jira.settings.issue_type;
    let subject = format!("issue type {wanted}");
    let path = ["issue", "createmeta", &jira.settings.project, "issuetypes"];
    let types = match pages(jira, http, &path, "issueTypes") {
        Ok(types) => types,
        Err(failure) => {
            findings.bad(subject, failure.message);
            return None;
        }
    };
    let is_it =
        |one: &&Value| one["id"].as_str() == Some(wanted) || one["name"].as_str() == Some(wanted);
    let Some(found) = types.iter().find(is_it) else {
        findings.bad(
            subject,
            format!(
                "there is none in this project; write one of these into `issue-type`: {}",
                names(&types)
            ),
        );
        return None;
    };
    if found["subtask"] == Value::Bool(true) {
        findings.bad(subject, "it is one for sub-tasks: choose another one");
        return None;
    }
    findings.good(subject, "tickets of this type can be made");
    found["id"].as_str().map(str::to_owned)
}

/// The fields on the screen on which tickets are made.
fn screen(jira: &Jira, http: &Http, id: &str, findings: &mut Findings) {
    let settings = &jira.settings;
    let path = ["issue", "createmeta", &settings.project, "issuetypes", id];
    let fields = match pages(jira, http, &path, "fields") {
        Ok(fields) => fields,
        Err(failure) => return findings.bad("fields", failure.message),
    };
    let fields: BTreeMap<&str, &Value> = fields
        .iter()
        .filter_map(|field| Some((field["fieldId"].as_str()?, field)))
        .collect();
    let mut used: Vec<&str> = vec!["summary", "description", "labels"];
    used.extend(settings.due_field());
    used.extend(settings.correlation_field.as_deref());
    used.extend(settings.fields.keys().map(String::as_str));
    if settings.priority_names().next().is_some() {
        used.push("priority");
    }
    for field in &used {
        let subject = format!("field {field}");
        match fields.get(field) {
            Some(about) => findings.good(subject, about["name"].as_str().unwrap_or(field)),
            None => findings.bad(
                subject,
                "it is not on the screen on which tickets are made: put it there, or take it out of \
                 the settings",
            ),
        }
    }
    for (field, about) in &fields {
        let given = ["project", "issuetype"].contains(field) || used.contains(field);
        // Jira itself enters who makes the ticket.
        let filled = about["hasDefaultValue"] == Value::Bool(true) || *field == "reporter";
        if about["required"] == Value::Bool(true) && !given && !filled {
            let name = about["name"].as_str().unwrap_or(field);
            findings.bad(
                format!("field {field}"),
                format!("Jira makes no ticket without `{name}`: give it a value in `fields`"),
            );
        }
    }
    if let Some(about) = fields.get("priority") {
        let allowed = list(about, "allowedValues");
        for wanted in settings.priority_names() {
            let is_it = |one: &Value| {
                one["id"].as_str() == Some(wanted) || one["name"].as_str() == Some(wanted)
            };
            if !allowed.is_empty() && !allowed.iter().any(is_it) {
                findings.bad(
                    format!("priority {wanted}"),
                    format!(
                        "there is none; write one of these into `priorities`: {}",
                        names(allowed)
                    ),
                );
            }
        }
    }
}

fn correlation_field(jira: &Jira, http: &Http, findings: &mut Findings) {
    let Some(wanted) = &jira.settings.correlation_field else {
        return;
    };
    let subject = "correlation field";
    let request = jira.request(Method::Get, &["field"]);
    let fields: Vec<Value> = match ask(http, &request, "reading the fields") {
        Ok(fields) => fields,
        Err(failure) => return findings.bad(subject, failure.message),
    };
    let found = fields.iter().find(|one| one["id"].as_str() == Some(wanted));
    match found {
        None => findings.bad(
            subject,
            format!("there is no field `{wanted}`: correct the setting `correlation-field`"),
        ),
        Some(field) if field["schema"]["type"].as_str() != Some("string") => findings.bad(
            subject,
            format!("`{wanted}` takes no text: choose a field of the type `Short text`"),
        ),
        Some(field) if field["searchable"] == Value::Bool(false) => findings.bad(
            subject,
            format!("`{wanted}` cannot be searched: give the field a searcher in Jira"),
        ),
        Some(field) => findings.good(
            subject,
            format!(
                "`{}` can be searched",
                field["name"].as_str().unwrap_or(wanted)
            ),
        ),
    }
}

fn withdrawal(jira: &Jira, http: &Http, id: &str, findings: &mut Findings) {
    let subject = "withdraw-to";
    let request = jira.request(
        Method::Get,
        &["project", &jira.settings.project, "statuses"],
    );
    let types: Vec<Value> = match ask(http, &request, "reading the statuses of the project") {
        Ok(types) => types,
        Err(failure) => return findings.bad(subject, failure.message),
    };
    let kind = types.iter().find(|one| one["id"].as_str() == Some(id));
    let statuses = kind.map_or(&[][..], |kind| list(kind, "statuses"));
    let is_there = |wanted: &&&str| {
        let name = |one: &Value| one["name"].as_str().map(class::plain);
        statuses
            .iter()
            .any(|one| name(one) == Some(class::plain(wanted)))
    };
    let wanted = jira.settings.withdraw_to();
    let found: Vec<&str> = wanted.iter().filter(is_there).copied().collect();
    if !found.is_empty() {
        return findings.good(
            subject,
            format!("tickets are taken back to {}", found.join(" or ")),
        );
    }
    // Whoever named statuses expects them to be there; the usual ones are only tried.
    findings.add(
        jira.settings.withdraw_to.is_none(),
        subject,
        format!(
            "none of {} is a status of this project, so tickets that are not wanted any more only get \
             a comment and a label; its statuses are: {}",
            wanted.join(", "),
            names(statuses)
        ),
    );
}

fn link(jira: &Jira, http: &Http, findings: &mut Findings) {
    let Some(wanted) = jira.settings.follow_up_link() else {
        return;
    };
    let subject = "follow-up-link";
    let request = jira.request(Method::Get, &["issueLinkType"]);
    let types: Value = match ask(http, &request, "reading the types of links") {
        Ok(types) => types,
        Err(failure) => return findings.bad(subject, failure.message),
    };
    let types = list(&types, "issueLinkTypes");
    match types.iter().any(|one| one["name"].as_str() == Some(wanted)) {
        true => findings.good(subject, format!("links of the type {wanted} can be made")),
        false => findings.add(
            jira.settings.follow_up_link.is_none(),
            subject,
            format!(
                "there is no type of links called {wanted}, so a ticket only mentions the one before; \
                 the types are: {}",
                names(types)
            ),
        ),
    }
}

/// Everything that stands under `name` (Cloud) or `values` (Data Center) on all pages.
fn pages(jira: &Jira, http: &Http, path: &[&str], name: &str) -> Result<Vec<Value>, Failure> {
    let name = match jira.settings.deployment {
        Deployment::Cloud => name,
        Deployment::DataCenter => "values",
    };
    let mut all = Vec::new();
    for _ in 0..PAGES {
        let request = jira
            .request(Method::Get, path)
            .query("startAt", &all.len().to_string())
            .query("maxResults", "50");
        let page: Value = ask(http, &request, "reading what a ticket can have")?;
        let items = list(&page, name);
        all.extend(items.iter().cloned());
        let total = page["total"].as_u64().unwrap_or(0) as usize;
        if items.is_empty() || all.len() >= total {
            break;
        }
    }
    Ok(all)
}

/// The names of things, for a message.
fn names(things: &[Value]) -> String {
    let names: Vec<&str> = things
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => document::cut(&document::one_line(&names.join(", ")), 500),
    }
}
