//! Whether everything is there that the settings name.

use provisor_sdk::{Failure, FailureKind, Finding, Http, Method};
use serde_json::Value;

use crate::tracker::RequestTracker;
use crate::{answer, query};

/// Looks at the address, the credentials, the queue, the right to make tickets, and the custom
/// fields, and changes nothing.
///
/// # Errors
/// When Request Tracker does not answer.
pub fn look(tracker: &RequestTracker, http: &Http) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    match version(tracker, http)? {
        Ok(found) => findings.push(found),
        Err(found) => {
            findings.push(found);
            return Ok(findings);
        }
    }
    let name = &tracker.settings.queue;
    let subject = format!("queue {name}");
    let response = http.send(&tracker.request(Method::Get, ["queue", name]))?;
    let queue: Value = match response.status {
        200 => response.json()?,
        // One that does not exist is answered like one that may not be seen.
        403 | 404 => {
            findings.push(bad(
                &subject,
                "does not exist, or the account may not see it; look at its name (for a name with \
                 a slash, write the queue's number), and grant the account SeeQueue in it"
                    .to_owned(),
            ));
            return Ok(findings);
        }
        _ => return Err(answer::failure(&response).during("looking at the queue")),
    };
    findings.extend(of_queue(&subject, &queue));
    findings.extend(of_fields(tracker, &queue));
    findings.push(search(tracker, http)?);
    Ok(findings)
}

fn good(subject: &str, message: impl Into<String>) -> Finding {
    Finding {
        good: true,
        subject: subject.to_owned(),
        message: message.into(),
    }
}

fn bad(subject: &str, message: String) -> Finding {
    Finding {
        good: false,
        subject: subject.to_owned(),
        message,
    }
}

/// The version, or what is in the way to it.
fn version(tracker: &RequestTracker, http: &Http) -> Result<Result<Finding, Finding>, Failure> {
    let response = http.send(&tracker.request(Method::Get, ["rt"]))?;
    let body: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    if response.status == 401 {
        return Ok(Err(bad(
            "credentials",
            "are not accepted; make a token for the account (Logged in as, Settings, Auth \
             Tokens) and write `token ` and the token into the credential of the grant"
                .to_owned(),
        )));
    }
    if let (200, Some(version)) = (response.status, body["Version"].as_str()) {
        return Ok(Ok(good(
            "credentials",
            format!("are accepted by Request Tracker {version}"),
        )));
    }
    let failure = answer::failure(&response);
    match failure.kind {
        FailureKind::RateLimited => Err(failure),
        FailureKind::Unavailable if response.status >= 500 => Err(failure),
        _ => Ok(Err(bad(
            "url",
            format!(
                "does not lead to REST2 of Request Tracker 5 (status {}): {}; write the address \
                 at which people open Request Tracker",
                response.status,
                response.excerpt()
            ),
        ))),
    }
}

fn of_queue(subject: &str, queue: &Value) -> Vec<Finding> {
    let text = |name: &str| match &queue[name] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let mut findings = Vec::new();
    findings.push(match text("Disabled").as_str() {
        "" | "0" => good(subject, "exists"),
        _ => bad(subject, "is disabled; enable it or name another".to_owned()),
    });
    let links = queue["_hyperlinks"].as_array().into_iter().flatten();
    let may_create = links.into_iter().any(|link| link["ref"] == "create");
    findings.push(match may_create {
        true => good("right CreateTicket", "is granted"),
        false => bad(
            "right CreateTicket",
            "is missing; grant it to the account in this queue".to_owned(),
        ),
    });
    let lifecycle = text("Lifecycle");
    findings.push(good(
        "lifecycle",
        match lifecycle.as_str() {
            "default" => "is `default`; its statuses are known".to_owned(),
            other => format!(
                "is `{other}`; say with `classes` what its statuses mean, as far as they are not \
                 those of `default`"
            ),
        },
    ));
    findings
}

fn of_fields(tracker: &RequestTracker, queue: &Value) -> Vec<Finding> {
    let settings = &tracker.settings;
    let there: Vec<&str> = queue["TicketCustomFields"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|field| field["name"].as_str())
        .collect();
    let named = std::iter::once(&settings.correlation_field)
        .chain(&settings.resolution_field)
        .chain(settings.custom_fields.keys());
    named
        .map(|name| {
            let subject = format!("custom field {name}");
            match there.contains(&name.as_str()) {
                true => good(&subject, "is a field of the queue's tickets"),
                false => bad(
                    &subject,
                    format!(
                        "is not among the fields of the queue's tickets that the account may see \
                         ({}); make it as a field of tickets, apply it to the queue, and grant the \
                         account SeeCustomField",
                        match there.is_empty() {
                            true => "there are none".to_owned(),
                            false => there.join(", "),
                        }
                    ),
                ),
            }
        })
        .collect()
}

/// Whether tickets can be searched for by the correlation id.
fn search(tracker: &RequestTracker, http: &Http) -> Result<Finding, Failure> {
    let query = query::with_value(&tracker.settings.correlation_field, "provisor-looks");
    match tracker.search(http, &query, "Status", 1) {
        Ok(_) => Ok(good("search", "by the correlation id is possible")),
        Err(failure) if failure.kind == FailureKind::Rejected => Ok(bad("search", failure.message)),
        Err(failure) => Err(failure.during("searching")),
    }
}
