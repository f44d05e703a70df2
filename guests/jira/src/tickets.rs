//! The translation of each call of the contract into calls of Jira.

use std::collections::BTreeMap;

use provisor_sdk::{
    Block, Class, Condition, Draft, Failure, FailureKind, Finding, Found, Hint, Http, Message,
    Method, Problem, Progress, Request, Ticket, Ticketing, Traits, Withdrawal, log,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{ask, tell};
use crate::fields;
use crate::issue::{Issue, PROGRESS_FIELDS};
use crate::lookup::{Alone, BATCH};
use crate::reference::Reference;
use crate::settings::Settings;
use crate::{connection, message, text, withdrawal};

/// Tickets in a Jira.
#[derive(Debug)]
pub struct Jira {
    pub(crate) settings: Settings,
}

/// What Jira answers when it has made something.
#[derive(Deserialize)]
struct Made {
    id: String,
    #[serde(default)]
    key: String,
}

impl Ticketing for Jira {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        Ok(Jira { settings })
    }

    fn behaviour(&self) -> Traits {
        let settings = &self.settings;
        Traits {
            batch: BATCH as u32,
            search_lag: settings
                .search_lag
                .unwrap_or_else(|| settings.deployment.search_lag()),
            comments: true,
            withdraws: true,
            receives: true,
        }
    }

    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure> {
        connection::look(self, http)
    }

    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
        let what = "making a ticket";
        let fields = fields::of(draft, &self.settings)?;
        let request = self
            .request(Method::Post, &["issue"])
            .json(&json!({ "fields": fields }));
        let made: Made = ask(http, &request, what)?;
        let issue = Issue {
            id: made.id,
            key: made.key,
            fields: serde_json::Map::new(),
        };
        let ticket = issue.ticket(&self.settings).map_err(|failure| {
            // It answered that all is well, so a ticket may be there.
            Failure::ambiguous(failure.message).during(what)
        })?;
        self.link(http, draft, &ticket);
        Ok(ticket)
    }

    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        let found = self.carrying(http, correlation_id)?;
        found
            .iter()
            .map(|issue| {
                Ok(Found {
                    ticket: issue.ticket(&self.settings)?,
                    correlation_id: correlation_id.to_owned(),
                })
            })
            .collect()
    }

    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        let mut all = Vec::with_capacity(references.len());
        for part in references.chunks(BATCH) {
            all.extend(self.conditions(http, part)?);
        }
        Ok(all)
    }

    fn comment(&self, http: &Http, reference: &str, text: &[Block]) -> Result<(), Failure> {
        let reference = Reference::read(reference)?;
        self.add_comment(http, &reference, text)
    }

    fn withdraw(&self, http: &Http, reference: &str, reason: &str) -> Result<Withdrawal, Failure> {
        withdrawal::withdraw(self, http, &Reference::read(reference)?, reason)
    }

    fn receive(&self, message: &Message) -> Result<Vec<Hint>, Failure> {
        message::hints(message, &self.settings)
    }
}

impl Jira {
    /// A request to a path of the API.
    pub(crate) fn request(&self, method: Method, path: &[&str]) -> Request {
        let api = ["rest", "api", self.settings.deployment.version()];
        let segments = api.into_iter().chain(path.iter().copied());
        Request::new(method, &self.settings.url, segments)
    }

    /// Adds a comment.
    pub(crate) fn add_comment(
        &self,
        http: &Http,
        reference: &Reference,
        blocks: &[Block],
    ) -> Result<(), Failure> {
        let what = "adding a comment";
        let settings = &self.settings;
        let body = text::body(settings.deployment, blocks, settings.text_limit);
        let request = self
            .request(Method::Post, &["issue", &reference.id, "comment"])
            .json(&json!({ "body": body }));
        let made: Made = ask(http, &request, what)?;
        match made.id.is_empty() {
            true => Err(Failure::ambiguous("the answer names no comment").during(what)),
            false => Ok(()),
        }
    }

    /// Links a new ticket with the one before. The description names that already, so a ticket
    /// without the link, for which a permission may be missing, is as good.
    fn link(&self, http: &Http, draft: &Draft, ticket: &Ticket) {
        let (Some(before), Some(kind)) = (&draft.follow_up_of, self.settings.follow_up_link())
        else {
            return;
        };
        let request = self.request(Method::Post, &["issueLink"]).json(&json!({
            "type": { "name": kind },
            "inwardIssue": { "key": before.number },
            "outwardIssue": { "key": ticket.number },
        }));
        if let Err(failure) = tell(http, &request, "linking the ticket with the one before") {
            log::warn(&failure.message);
        }
    }

    /// The conditions of at most [`BATCH`] tickets.
    fn conditions(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        let read: Vec<Result<Reference, Failure>> = references
            .iter()
            .map(|reference| Reference::read(reference))
            .collect();
        let mut ids: Vec<String> = read.iter().flatten().map(|it| it.id.clone()).collect();
        ids.sort();
        ids.dedup();
        let mut known = BTreeMap::new();
        if !ids.is_empty() {
            known = match self.many(http, &ids, &PROGRESS_FIELDS) {
                Ok(known) => known,
                // One of them spoils the query; which one, only asking for each alone tells.
                Err(failure) if failure.kind == FailureKind::Rejected => BTreeMap::new(),
                Err(failure) => return Err(failure),
            };
        }
        let mut absent = Absent::new(self, http);
        let mut conditions: Vec<Condition> = read
            .iter()
            .map(|reference| match reference {
                Err(failure) => Condition::Failed(failure.clone()),
                Ok(reference) => match known.get(&reference.id) {
                    Some(issue) => self.condition(reference, issue),
                    None => absent.condition(reference),
                },
            })
            .collect();
        self.add_notes(http, &read, &mut conditions);
        Ok(conditions)
    }

    fn condition(&self, reference: &Reference, issue: &Issue) -> Condition {
        let condition = match issue.key == reference.key {
            true => issue.progress(&self.settings).map(Condition::Progress),
            // It was moved to another project: the same ticket by another number.
            false => issue.ticket(&self.settings).map(Condition::Replaced),
        };
        condition.unwrap_or_else(Condition::Failed)
    }

    /// What whoever closed them wrote, for all that are closed.
    fn add_notes(
        &self,
        http: &Http,
        read: &[Result<Reference, Failure>],
        conditions: &mut [Condition],
    ) {
        let closed = |condition: &Condition| match condition {
            Condition::Progress(progress) => is_closed(progress),
            _ => false,
        };
        let mut ids: Vec<String> = read
            .iter()
            .zip(conditions.iter())
            .filter(|(_, condition)| closed(condition))
            .filter_map(|(reference, _)| Some(reference.as_ref().ok()?.id.clone()))
            .collect();
        ids.sort();
        ids.dedup();
        if ids.is_empty() {
            return;
        }
        // Where the tickets stand is known and counts; what was said about it is only told to people.
        let notes = self.notes(http, &ids).unwrap_or_else(|failure| {
            log::warn(&failure.message);
            BTreeMap::new()
        });
        for (reference, condition) in read.iter().zip(conditions) {
            if let (Ok(reference), Condition::Progress(progress)) = (reference, condition)
                && is_closed(progress)
            {
                progress.note = notes.get(&reference.id).cloned();
            }
        }
    }
}

fn is_closed(progress: &Progress) -> bool {
    let class = progress.class;
    class == Class::Done || class == Class::Refused || class == Class::Cancelled
}

/// Tickets that are not in the answer about many: each is asked for alone.
struct Absent<'a> {
    jira: &'a Jira,
    http: &'a Http,
    /// Whether the account may see the tickets of a project.
    browsable: BTreeMap<String, Result<bool, Failure>>,
    /// Why none is asked for any more.
    stopped: Option<Failure>,
}

impl<'a> Absent<'a> {
    fn new(jira: &'a Jira, http: &'a Http) -> Self {
        Absent {
            jira,
            http,
            browsable: BTreeMap::new(),
            stopped: None,
        }
    }

    fn condition(&mut self, reference: &Reference) -> Condition {
        if let Some(failure) = &self.stopped {
            return Condition::Failed(failure.clone());
        }
        let alone = self.jira.alone(self.http, &reference.id, &PROGRESS_FIELDS);
        let condition = alone.and_then(|alone| {
            Ok(match alone {
                Alone::There(issue) => self.jira.condition(reference, &issue),
                Alone::Forbidden => Condition::Forbidden,
                Alone::Missing => match self.may_browse(reference.project())? {
                    true => Condition::Gone,
                    false => Condition::Forbidden,
                },
            })
        });
        condition.unwrap_or_else(|failure| {
            // What stands in the way of this one stands in the way of all others.
            if matches!(
                failure.kind,
                FailureKind::RateLimited
                    | FailureKind::Unavailable
                    | FailureKind::Unauthorized
                    | FailureKind::Configuration
            ) {
                self.stopped = Some(failure.clone());
            }
            Condition::Failed(failure)
        })
    }

    /// A ticket that is missing in a project whose tickets can be seen is gone. Otherwise, such as
    /// after a login that does not count any more, nothing is known about it.
    fn may_browse(&mut self, project: &str) -> Result<bool, Failure> {
        let (jira, http) = (self.jira, self.http);
        self.browsable
            .entry(project.to_owned())
            .or_insert_with(|| jira.may_browse(http, project))
            .clone()
    }
}

/// The value of a field of an answer as a list; empty when it is none.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}
