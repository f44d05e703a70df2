//! Taking back a ticket whose work is not wanted any more.
//!
//! Which statuses a ticket can be brought to is up to the workflow of its project, so it is asked
//! each time. Where none of the wanted ones can be reached, people are told on the ticket itself.

use provisor_sdk::{Failure, FailureKind, Http, Method, Withdrawal, document, log};
use serde_json::{Value, json};

use crate::answer::{ask, tell};
use crate::class;
use crate::issue::Issue;
use crate::lookup::Alone;
use crate::reference::Reference;
use crate::tickets::{Jira, list};

/// The fields that have to be known before.
const FIELDS: [&str; 3] = ["status", "resolution", "labels"];

/// Takes a ticket back.
///
/// # Errors
/// Why it is not known whether it was taken back.
pub fn withdraw(
    jira: &Jira,
    http: &Http,
    reference: &Reference,
    reason: &str,
) -> Result<Withdrawal, Failure> {
    let issue = read(jira, http, reference)?;
    if issue.category() == "done" {
        return Ok(closed(jira, &issue));
    }
    let refused = match transition(jira, http, reference, &issue)? {
        Way::Open(transition) => match take(jira, http, reference, &transition) {
            Ok(()) => {
                confirm(jira, http, reference)?;
                tell_why(jira, http, reference, reason);
                return Ok(Withdrawal::Withdrawn);
            }
            // A condition or validator of the workflow says no.
            Err(failure) if failure.kind == FailureKind::Rejected => failure.message,
            Err(failure) => return Err(failure),
        },
        Way::Closed(why) => why,
    };
    mark(jira, http, reference, &issue, reason)?;
    Ok(Withdrawal::Refused(format!(
        "{} cannot be taken back: {refused}; a comment and the label `{}` on the ticket say that its \
         work is not wanted any more",
        issue.key, jira.settings.withdrawn_label
    )))
}

/// Whether there is a way to a status that means withdrawn.
enum Way {
    /// This request body goes there.
    Open(Value),
    /// Why there is none.
    Closed(String),
}

fn read(jira: &Jira, http: &Http, reference: &Reference) -> Result<Issue, Failure> {
    match jira.alone(http, &reference.id, &FIELDS)? {
        Alone::There(issue) => Ok(issue),
        Alone::Missing => Err(Failure::new(
            FailureKind::NotFound,
            format!(
                "{} does not exist any more, or this account may not see it",
                reference.key
            ),
        )),
        Alone::Forbidden => Err(Failure::new(
            FailureKind::Unauthorized,
            format!("this account may not see {}", reference.key),
        )),
    }
}

/// Whether the status of a ticket is one of those that mean withdrawn.
fn is_withdrawn(jira: &Jira, issue: &Issue) -> bool {
    let status = issue.status().map(class::plain);
    let names = jira.settings.withdraw_to();
    let wanted = names.iter().any(|name| Some(class::plain(name)) == status);
    wanted && issue.category() == "done"
}

/// A ticket that is closed already is left as it is: work that was done stays done.
fn closed(jira: &Jira, issue: &Issue) -> Withdrawal {
    if is_withdrawn(jira, issue) {
        return Withdrawal::Withdrawn;
    }
    let resolution = issue.resolution().map_or(String::new(), |resolution| {
        format!(" with the resolution {resolution}")
    });
    Withdrawal::Refused(format!(
        "{} is closed already as {}{resolution}",
        issue.key,
        issue.status().unwrap_or("nothing that has a name"),
    ))
}

/// Looks for a transition to the most wanted status that can be reached.
fn transition(
    jira: &Jira,
    http: &Http,
    reference: &Reference,
    issue: &Issue,
) -> Result<Way, Failure> {
    let request = jira
        .request(Method::Get, &["issue", &reference.id, "transitions"])
        .query("expand", "transitions.fields");
    let answer: Value = ask(http, &request, "asking how a ticket can go on")?;
    let offered: Vec<&Value> = list(&answer, "transitions")
        .iter()
        .filter(|transition| transition["isAvailable"] != json!(false))
        .collect();
    let target = |transition: &Value| {
        transition["to"]["name"]
            .as_str()
            .unwrap_or("")
            .trim()
            .to_owned()
    };
    let mut obstacles = Vec::new();
    for wanted in jira.settings.withdraw_to() {
        for transition in &offered {
            if class::plain(&target(transition)) != class::plain(wanted) {
                continue;
            }
            match body(jira, transition) {
                Ok(body) => return Ok(Way::Open(body)),
                Err(obstacle) => obstacles.push(obstacle),
            }
        }
    }
    if !obstacles.is_empty() {
        return Ok(Way::Closed(obstacles.join("; ")));
    }
    let targets: Vec<String> = offered.iter().map(|one| target(one)).collect();
    let targets = match targets.is_empty() {
        true => "nothing".to_owned(),
        false => targets.join(", "),
    };
    Ok(Way::Closed(format!(
        "from {} its workflow offers {}, and none of the statuses in `withdraw-to` ({})",
        issue.status().unwrap_or("its status"),
        document::cut(&document::one_line(&targets), 300),
        jira.settings.withdraw_to().join(", ")
    )))
}

/// What has to be sent for a transition, or why it cannot be taken.
fn body(jira: &Jira, transition: &Value) -> Result<Value, String> {
    let name = transition["name"].as_str().unwrap_or("");
    let id = transition["id"]
        .as_str()
        .ok_or_else(|| format!("the transition {name} has no id"))?;
    let mut body = json!({ "transition": { "id": id } });
    for (field, about) in transition["fields"].as_object().into_iter().flatten() {
        let allowed = list(about, "allowedValues");
        let choice = jira.settings.withdraw_resolutions.iter().find(|wanted| {
            let name = |value: &Value| value["name"].as_str().map(class::plain);
            allowed
                .iter()
                .any(|value| name(value) == Some(class::plain(wanted)))
        });
        if let ("resolution", Some(choice)) = (field.as_str(), choice) {
            // Spelled as Jira does it.
            let spelled = allowed.iter().find(|value| {
                value["name"].as_str().map(class::plain) == Some(class::plain(choice))
            });
            let name = spelled.map_or(&Value::Null, |value| &value["name"]);
            body["fields"]["resolution"] = json!({ "name": name });
        } else if about["required"] == json!(true) && about["hasDefaultValue"] != json!(true) {
            let field = about["name"].as_str().unwrap_or(field);
            return Err(format!(
                "the transition {name} asks for the field {field}{}",
                match field.eq_ignore_ascii_case("resolution") {
                    true =>
                        ", and none of `withdraw-resolutions` is among the resolutions it offers",
                    false => ", which this component does not fill",
                }
            ));
        }
    }
    Ok(body)
}

fn take(jira: &Jira, http: &Http, reference: &Reference, body: &Value) -> Result<(), Failure> {
    let request = jira
        .request(Method::Post, &["issue", &reference.id, "transitions"])
        .json(body);
    tell(http, &request, "taking a ticket back").map(|_| ())
}

/// An answer without content says little, and workflows have rules of their own.
fn confirm(jira: &Jira, http: &Http, reference: &Reference) -> Result<(), Failure> {
    let issue = read(jira, http, reference)?;
    match is_withdrawn(jira, &issue) {
        true => Ok(()),
        false => Err(Failure::ambiguous(format!(
            "Jira took {} on and shows it now as {}, which does not mean withdrawn; look at its \
             workflow and at the setting `withdraw-to`",
            issue.key,
            issue.status().unwrap_or("nothing that has a name")
        ))),
    }
}

/// The ticket is withdrawn already, so a comment that does not arrive changes nothing.
fn tell_why(jira: &Jira, http: &Http, reference: &Reference, reason: &str) {
    let text = document::paragraph(format!("Taken back by Provisor: {reason}"));
    if let Err(failure) = jira.add_comment(http, reference, &[text]) {
        log::warn(&failure.message);
    }
}

/// Says on the ticket that its work is not wanted any more, once.
fn mark(
    jira: &Jira,
    http: &Http,
    reference: &Reference,
    issue: &Issue,
    reason: &str,
) -> Result<(), Failure> {
    let label = &jira.settings.withdrawn_label;
    if issue.labels().any(|known| known == label) {
        return Ok(());
    }
    let text = document::paragraph(format!(
        "The work of this ticket is not wanted any more: {reason}. Provisor cannot close it; please \
         close it without doing the work."
    ));
    jira.add_comment(http, reference, &[text])?;
    let request = jira
        .request(Method::Put, &["issue", &reference.id])
        .json(&json!({ "update": { "labels": [{ "add": label }] } }));
    if let Err(failure) = tell(http, &request, "labelling a ticket that is not wanted") {
        log::warn(&failure.message);
    }
    Ok(())
}
