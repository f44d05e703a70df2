//! What a component answers about tickets, after every rule and limit was checked.

use std::collections::BTreeSet;
use std::time::Duration;

use provisor_model::Timestamp;

use crate::bindings::ticketing::exports::provisor::connector::tickets as guest;
use crate::error::Failure;
use crate::limits::{
    FINDINGS, FOUND, HINTS, STATUS_BATCH, TICKET_NUMBER, TICKET_REFERENCE, TICKET_URL,
};
use crate::run::{Wrong, clip, failure};

/// How a system behaves with these settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// How many tickets one call of [`status`](super::TicketingRun::status) may ask for; 1 to 1,000.
    pub batch: u32,
    /// For how long a ticket that was just created may not be found.
    pub search_lag: Duration,
    /// Whether [`comment`](super::TicketingRun::comment) does something.
    pub comments: bool,
    /// Whether [`withdraw`](super::TicketingRun::withdraw) does something.
    pub withdraws: bool,
    /// Whether [`receive`](super::TicketingRun::receive) understands what the system sends.
    pub receives: bool,
}

/// What a connection check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as it should be.
    pub good: bool,
    /// What was looked at.
    pub subject: String,
    /// What was found; if it is not good, what to do about it.
    pub message: String,
}

/// A ticket that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// How the component names it: 1 to 1,000 bytes that nobody else can read.
    pub reference: String,
    /// How people name it; at most 200 bytes.
    pub number: String,
    /// Where a person can look at it: an absolute URL of `http` or `https`, at most 2,000 bytes.
    pub url: Option<String>,
}

/// A ticket that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The ticket.
    pub ticket: Ticket,
    /// The correlation id that stands in the record itself. What carries another one than was
    /// asked for must be ignored.
    pub correlation_id: String,
}

/// What a status means, as far as the component can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Nobody has begun.
    Open,
    /// Somebody works on it.
    InProgress,
    /// What was asked for was done.
    Done,
    /// It was not and will not be done.
    Refused,
    /// It is not wanted any more.
    Cancelled,
    /// The component does not know this status. The ticket counts as open.
    Unknown,
}

/// Where a ticket stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The status as the system calls it.
    pub status: String,
    /// The resolution, closure code or reason as the system calls it.
    pub resolution: Option<String>,
    /// What that means.
    pub class: Class,
    /// When it changed last, as the system says it; it can be read as a [`Timestamp`].
    pub updated_at: Option<String>,
    /// When it was closed or resolved, as the system says it; it can be read as a [`Timestamp`].
    pub closed_at: Option<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// What whoever closed it wrote.
    pub note: Option<String>,
}

/// What is known of a ticket that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It stands so.
    Progress(Progress),
    /// It does not exist any more.
    Gone,
    /// Another ticket has taken its place.
    Replaced(Ticket),
    /// It may exist, but these credentials may not see it.
    Forbidden,
    /// This one could not be asked, the others could.
    Failed(Failure),
}

/// What came of taking a ticket back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withdrawal {
    /// It is closed as not wanted.
    Withdrawn,
    /// It cannot be: why not.
    Refused(String),
}

/// Which ticket a message is about: whatever of this it says, at least one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The reference.
    pub reference: Option<String>,
    /// The number.
    pub number: Option<String>,
    /// The correlation id.
    pub correlation_id: Option<String>,
}

pub(super) fn traits(traits: guest::Traits) -> Result<Traits, Wrong> {
    if traits.batch == 0 {
        return Err("a batch of no tickets".to_owned().into());
    }
    Ok(Traits {
        batch: traits.batch.min(STATUS_BATCH),
        search_lag: Duration::from_secs(traits.search_lag),
        comments: traits.comments,
        withdraws: traits.withdraws,
        receives: traits.receives,
    })
}

pub(super) fn findings(findings: Vec<guest::Finding>) -> Result<Vec<Finding>, Wrong> {
    if findings.len() > FINDINGS {
        return Err(Wrong::Limit("findings"));
    }
    let finding = |finding: guest::Finding| Finding {
        good: finding.good,
        subject: clip(finding.subject),
        message: clip(finding.message),
    };
    Ok(findings.into_iter().map(finding).collect())
}

pub(super) fn ticket(ticket: guest::Ticket) -> Result<Ticket, Wrong> {
    if let Some(url) = &ticket.url {
        if url.len() > TICKET_URL {
            return Err(Wrong::Limit("url bytes"));
        }
        // People follow it: nothing but a page may be behind it.
        let leads_to_a_page = url::Url::parse(url)
            .is_ok_and(|parsed| matches!(parsed.scheme(), "http" | "https"))
            && !url.chars().any(|c| c.is_control() || c.is_whitespace());
        if !leads_to_a_page {
            return Err(
                "the URL of a ticket is not an absolute one of http or https"
                    .to_owned()
                    .into(),
            );
        }
    }
    Ok(Ticket {
        reference: reference(ticket.reference)?,
        number: number(ticket.number)?,
        url: ticket.url,
    })
}

fn reference(reference: String) -> Result<String, Wrong> {
    match reference.len() {
        0 => Err("a ticket without reference".to_owned().into()),
        length if length > TICKET_REFERENCE => Err(Wrong::Limit("reference bytes")),
        _ => Ok(reference),
    }
}

fn number(number: String) -> Result<String, Wrong> {
    match number.len() > TICKET_NUMBER {
        true => Err(Wrong::Limit("number bytes")),
        false if number.chars().any(char::is_control) => {
            Err("the number of a ticket is not one line".to_owned().into())
        }
        false => Ok(number),
    }
}

pub(super) fn found(found: Vec<guest::Found>) -> Result<Vec<Found>, Wrong> {
    if found.len() > FOUND {
        return Err(Wrong::Limit("found tickets"));
    }
    let mut references = BTreeSet::new();
    found
        .into_iter()
        .map(|it| {
            let ticket = ticket(it.ticket)?;
            if !references.insert(ticket.reference.clone()) {
                return Err("a ticket was found twice".to_owned().into());
            }
            Ok(Found {
                ticket,
                correlation_id: clip(it.correlation_id),
            })
        })
        .collect()
}

pub(super) fn condition(condition: guest::Condition) -> Result<Condition, Wrong> {
    Ok(match condition {
        guest::Condition::Progress(progress) => Condition::Progress(Progress {
            status: clip(progress.status),
            resolution: progress.resolution.map(clip),
            class: match progress.class {
                guest::Class::Open => Class::Open,
                guest::Class::InProgress => Class::InProgress,
                guest::Class::Done => Class::Done,
                guest::Class::Refused => Class::Refused,
                guest::Class::Cancelled => Class::Cancelled,
                guest::Class::Unknown => Class::Unknown,
            },
            updated_at: moment(progress.updated_at)?,
            closed_at: moment(progress.closed_at)?,
            assignee: progress.assignee.map(clip),
            note: progress.note.map(clip),
        }),
        guest::Condition::Gone => Condition::Gone,
        guest::Condition::Replaced(other) => Condition::Replaced(ticket(other)?),
        guest::Condition::Forbidden => Condition::Forbidden,
        guest::Condition::Failed(failed) => Condition::Failed(failure(failed)),
    })
}

/// Keeps the text: what the system says is shown as it says it.
fn moment(text: Option<String>) -> Result<Option<String>, Wrong> {
    match &text {
        Some(written) if written.parse::<Timestamp>().is_err() => {
            let written: String = written.chars().take(64).collect();
            Err(format!("{written:?} is not a moment of RFC 3339").into())
        }
        _ => Ok(text),
    }
}

pub(super) fn hints(hints: Vec<guest::Hint>) -> Result<Vec<Hint>, Wrong> {
    if hints.len() > HINTS {
        return Err(Wrong::Limit("hints"));
    }
    let hint = |hint: guest::Hint| {
        if (&hint.reference, &hint.number, &hint.correlation_id) == (&None, &None, &None) {
            return Err("a hint at no ticket".to_owned().into());
        }
        Ok(Hint {
            reference: hint.reference.map(reference).transpose()?,
            number: hint.number.map(number).transpose()?,
            correlation_id: hint.correlation_id.map(clip),
        })
    };
    hints.into_iter().map(hint).collect()
}
