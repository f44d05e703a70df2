//! The check of a connection. Nothing is changed by it.
//!
//! The right to make and to close records cannot be looked at without doing it.

use provisor_sdk::{Failure, FailureKind, Finding, Http};

use crate::answer::{self, Refusal};
use crate::caption::Caption;
use crate::key::equals;
use crate::layout::Layout;
use crate::listing;
use crate::record::Record;

/// A correlation id that no ticket carries.
const NOBODY: &str = "provisor-connection-check";

/// Looks whether everything is there that the settings name.
///
/// # Errors
/// When nothing could be looked at.
pub fn check(http: &Http, layout: &Layout) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    let collection = format!("collection {}", layout.collection);
    let newest = match ask(http, layout, &format!("{}~=NULL", layout.key_name)) {
        Ok(records) => records.into_iter().next(),
        Err(refusal) if refusal.is_forbidden() => {
            findings.push(good("credentials", "they are accepted"));
            findings.push(bad(collection, refusal.failure().message.clone()));
            return Ok(findings);
        }
        Err(refusal) => {
            let failure = refusal.failure();
            return match failure.kind {
                FailureKind::Unauthorized => {
                    findings.push(bad("credentials", failure.message.clone()));
                    Ok(findings)
                }
                FailureKind::Configuration | FailureKind::Malformed | FailureKind::Rejected => {
                    findings.push(good("credentials", "they are accepted"));
                    findings.push(bad(collection, failure.message.clone()));
                    Ok(findings)
                }
                _ => Err(failure.clone().during(&collection)),
            };
        }
    };
    findings.push(good("credentials", "they are accepted"));
    match newest {
        Some(record) => {
            findings.push(good(collection, "it answers with records"));
            findings.extend(needed(&record, layout));
        }
        None => findings.push(good(
            collection,
            "it answers, but shows no record, so whether the fields are there could not be seen; \
             check again when there is one",
        )),
    }
    findings.push(correlation(http, layout));
    Ok(findings)
}

/// The first record that answers a query, if there is one.
fn ask<'a>(http: &Http, layout: &'a Layout, query: &str) -> Result<Vec<Record<'a>>, Refusal> {
    match answer::read(&http.send(&listing::page(layout, query, 1, 1))?) {
        Ok(content) => Ok(listing::records(&content, layout)?),
        Err(refusal) if refusal.is_missing() => Ok(Vec::new()),
        Err(refusal) => Err(refusal),
    }
}

/// Fields that every record has.
fn needed(record: &Record<'_>, layout: &Layout) -> Vec<Finding> {
    let fields = [("key", &layout.key), ("status", &layout.status)];
    let finding = |(setting, caption): (&str, &Caption)| {
        let subject = format!("field {}", caption.text());
        match record.text(caption) {
            Some(_) => good(subject, "records have it"),
            None => bad(
                subject,
                format!(
                    "a record has no such field; look at the setting /captions/{setting}, and \
                     whether the field is published"
                ),
            ),
        }
    };
    fields.into_iter().map(finding).collect()
}

/// Whether the correlation id can be asked for, and seen in what comes.
fn correlation(http: &Http, layout: &Layout) -> Finding {
    let caption = layout.correlation_id.text();
    let subject = format!("field {caption}");
    let name = &layout.correlation_name;
    match ask(http, layout, &equals(name, NOBODY)) {
        Err(refusal) => return bad(subject, refusal.failure().message.clone()),
        Ok(records) if !records.is_empty() => {
            return bad(
                subject,
                "a query for a correlation id that no ticket has is answered with a record: Service \
                 Manager does not obey it; look at the setting /query-names/correlation-id",
            );
        }
        Ok(_) => {}
    }
    match ask(http, layout, &format!("{name}~=NULL")) {
        Ok(records) => match records.first() {
            Some(record) if record.correlation_id().is_some() => {
                good(subject, "it can be asked for, and records show it")
            }
            Some(_) => bad(
                subject,
                format!(
                    "a record that must have it does not show it: tickets could not be found again; \
                     have the field published under the caption `{caption}`, or look at the setting \
                     /captions/correlation-id"
                ),
            ),
            None => good(
                subject,
                "it can be asked for; no record has one yet, so check again after the first ticket",
            ),
        },
        Err(refusal) => bad(subject, refusal.failure().message.clone()),
    }
}

fn good(subject: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding {
        good: true,
        subject: subject.into(),
        message: message.into(),
    }
}

fn bad(subject: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding {
        good: false,
        subject: subject.into(),
        message: message.into(),
    }
}
