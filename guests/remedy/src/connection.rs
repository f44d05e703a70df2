//! Looking whether everything is there that the settings name, changing nothing.

use std::collections::BTreeSet;

use provisor_sdk::{Failure, FailureKind, Finding, Priority};

use crate::layout::Layout;
use crate::message::Refusal;
use crate::qualification::equals;
use crate::tracker::Tracker;

/// A correlation id that no ticket has.
const NOBODY: &str = "provisor-connection-check";

/// One finding for each thing that was looked at.
///
/// # Errors
/// When the server does not answer at all.
pub fn check(tracker: &Tracker<'_>) -> Result<Vec<Finding>, Failure> {
    let layout = tracker.layout;
    let question = equals(&layout.number, NOBODY);
    let form = tracker
        .entries
        .probe(&layout.form, &question, &[&layout.number]);
    let mut findings = Vec::new();
    match &form {
        Err(refusal) if refusal.failure.kind == FailureKind::Unauthorized => {
            findings.push(bad("credentials", &refusal.failure.message));
            return Ok(findings);
        }
        Err(refusal) if !is_about_settings(refusal) => return Err(refusal.failure.clone()),
        _ => findings.push(good("credentials", "the server accepts them")),
    }
    let subject = format!("form {}", layout.form);
    match form {
        Err(refusal) => findings.push(bad(&subject, &refusal.failure.message)),
        Ok(_) => {
            findings.push(good(
                &subject,
                "it can be read, and has the field for the number",
            ));
            findings.extend(correlation(tracker));
            let fields = layout.status_fields();
            findings.extend(fields_of(tracker, &layout.form, &layout.number, &fields));
        }
    }
    findings.extend(create_form(tracker));
    findings.extend(comment_form(tracker));
    Ok(findings)
}

/// Whether somebody who configures can do something about it.
fn is_about_settings(refusal: &Refusal) -> bool {
    matches!(
        refusal.failure.kind,
        FailureKind::Configuration | FailureKind::Rejected
    )
}

fn correlation(tracker: &Tracker<'_>) -> Vec<Finding> {
    let layout = tracker.layout;
    let subject = format!("field {} of {}", layout.correlation, layout.form);
    let found = tracker.entries.probe(
        &layout.form,
        &equals(&layout.correlation, NOBODY),
        &[&layout.correlation],
    );
    vec![match found {
        Err(refusal) => bad(&subject, &refusal.failure.message),
        Ok(None) => good(&subject, "tickets can be found by their correlation id"),
        Ok(Some(_)) => bad(
            &subject,
            "the server answers tickets that do not carry the correlation id that was asked for; \
             name a field that can be searched",
        ),
    }]
}

fn create_form(tracker: &Tracker<'_>) -> Vec<Finding> {
    let layout = tracker.layout;
    let mut fields: BTreeSet<String> = BTreeSet::new();
    for priority in [
        Priority::Low,
        Priority::Normal,
        Priority::High,
        Priority::Urgent,
    ] {
        fields.extend(
            Layout::templates(tracker.settings, priority)
                .into_iter()
                .map(|(name, _)| name),
        );
    }
    fields.extend(layout.own_fields().into_iter().map(str::to_owned));
    fields.insert(layout.create_number.clone());
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    fields_of(tracker, &layout.create_form, &layout.create_number, &fields)
}

fn comment_form(tracker: &Tracker<'_>) -> Vec<Finding> {
    let layout = tracker.layout;
    let mut fields: BTreeSet<&str> = layout.comment_fields.keys().map(String::as_str).collect();
    fields.extend([
        layout.comment_number.as_str(),
        &layout.comment_text,
        &layout.comment_time,
    ]);
    let fields: Vec<&str> = fields.into_iter().collect();
    fields_of(
        tracker,
        &layout.comment_form,
        &layout.comment_number,
        &fields,
    )
}

/// Looks for all fields of a form at once, and one by one only when something is wrong.
fn fields_of(tracker: &Tracker<'_>, form: &str, number: &str, fields: &[&str]) -> Vec<Finding> {
    // The interface cannot ask for a name with a comma or a bracket; writing to one works.
    let fields: Vec<&str> = fields
        .iter()
        .copied()
        .filter(|name| !name.contains([',', '(', ')']))
        .collect();
    let question = equals(number, NOBODY);
    let probe = |fields: &[&str]| tracker.entries.probe(form, &question, fields);
    let subject = format!("fields of {form}");
    let Err(refusal) = probe(&fields) else {
        return vec![good(
            &subject,
            &format!("all are there: {}", fields.join(", ")),
        )];
    };
    let mut findings: Vec<Finding> = Vec::new();
    for field in &fields {
        if let Err(refusal) = probe(&[field]) {
            if !is_about_settings(&refusal) {
                break;
            }
            let subject = format!("field {field} of {form}");
            findings.push(bad(&subject, &refusal.failure.message));
            // When the form itself is wrong, every field says the same.
            if findings.len() == fields.len() {
                findings = vec![bad(&format!("form {form}"), &refusal.failure.message)];
            }
        }
    }
    if findings.is_empty() {
        findings.push(bad(&subject, &refusal.failure.message));
    }
    findings
}

fn good(subject: &str, message: &str) -> Finding {
    finding(true, subject, message)
}

fn bad(subject: &str, message: &str) -> Finding {
    finding(false, subject, message)
}

fn finding(good: bool, subject: &str, message: &str) -> Finding {
    Finding {
        good,
        subject: subject.to_owned(),
        message: message.to_owned(),
    }
}
