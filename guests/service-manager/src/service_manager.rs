//! The translator.

use std::collections::{BTreeMap, BTreeSet};

use provisor_sdk::{
    Block, Condition, Draft, Failure, FailureKind, Finding, Found, Http, Method, Problem, Request,
    Response, Ticket, Ticketing, Traits, Withdrawal, log,
};
use serde_json::Value;

use crate::answer::{self, Refusal};
use crate::key::{Key, equals};
use crate::layout::Layout;
use crate::listing::{self, Wanted};
use crate::record::Record;
use crate::settings::{By, Settings, UpdateMethod};
use crate::{body, connection};

/// How long a query may be, in characters, so that its URL gets through every proxy.
const LONGEST_QUERY: usize = 1_500;

/// Keeps tickets in a Service Manager.
#[derive(Debug)]
pub struct ServiceManager {
    layout: Layout,
}

impl Ticketing for ServiceManager {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        let layout = Layout::new(&settings)?;
        Ok(ServiceManager { layout })
    }

    fn behaviour(&self) -> Traits {
        Traits {
            batch: self.layout.batch,
            search_lag: 0,
            comments: self.layout.journal.is_some(),
            withdraws: self.layout.by != By::Nothing,
            receives: false,
        }
    }

    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure> {
        connection::check(http, &self.layout)
    }

    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
        let content = body::create(&self.layout, draft)?;
        let request = self.request(Method::Post, &[]).json(&content);
        let record = match answer::record(&http.send(&request)?, &self.layout) {
            Ok(record) => Record::new(record, &self.layout),
            Err(refusal) if refusal.is_duplicate() => {
                return self.made_before(http, &draft.correlation_id, refusal);
            }
            Err(refusal) => return Err(not_created(refusal, &self.layout)),
        };
        let ticket = record
            .ticket()
            .map_err(|failure| Failure::ambiguous(failure.message))?;
        if record.correlation_id().as_deref() != Some(&draft.correlation_id) {
            log::warn(&format!(
                "ticket {} does not show its correlation id in the field `{}`: it could not be found \
                 again; check the connection of this ticket system",
                ticket.number,
                self.layout.correlation_id.text()
            ));
        }
        Ok(ticket)
    }

    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        let query = equals(&self.layout.correlation_name, correlation_id);
        let mut found = Vec::new();
        listing::read(http, &self.layout, &query, |records| {
            let mut strange = None;
            for record in records {
                match record.correlation_id() {
                    Some(carried) if carried == correlation_id => {
                        found.push(record.found(&carried)?);
                    }
                    _ => strange = Some(record.key()?),
                }
            }
            match strange {
                // To say that there is none would make a second ticket.
                Some(key) if found.is_empty() => Err(Failure::configuration(format!(
                    "the query for the correlation id {correlation_id} is answered with {}, which does \
                     not show it in the field `{}`: either the query is not obeyed or the field is not \
                     published; look at /captions/correlation-id and /query-names/correlation-id",
                    key.text(),
                    self.layout.correlation_id.text()
                ))),
                _ => Ok(Wanted::More),
            }
        })?;
        Ok(found)
    }

    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        let keys: Vec<Result<Key, Failure>> = references
            .iter()
            .map(|reference| Key::from_reference(reference, &self.layout.collection))
            .collect();
        let wanted: BTreeSet<Key> = keys.iter().flatten().cloned().collect();
        let mut conditions = BTreeMap::new();
        for query in self.queries(&wanted) {
            listing::read(http, &self.layout, &query, |records| {
                let mut fresh = 0;
                for record in records {
                    let key = record.key()?;
                    if wanted.contains(&key) && !conditions.contains_key(&key) {
                        conditions.insert(key, record.condition());
                        fresh += 1;
                    }
                }
                // A page without any of them comes from a query that is not obeyed.
                match fresh == 0 || conditions.len() == wanted.len() {
                    true => Ok(Wanted::Enough),
                    false => Ok(Wanted::More),
                }
            })?;
        }
        self.add_missing(http, &wanted, &mut conditions);
        let condition = |key: Result<Key, Failure>| match key {
            Ok(key) => conditions
                .get(&key)
                .cloned()
                .unwrap_or_else(|| Condition::Failed(Failure::unavailable("it was not asked for"))),
            Err(failure) => Condition::Failed(failure),
        };
        Ok(keys.into_iter().map(condition).collect())
    }

    fn comment(&self, http: &Http, reference: &str, text: &[Block]) -> Result<(), Failure> {
        let key = Key::from_reference(reference, &self.layout.collection)?;
        let assignee = match body::asks_for_assignee(&self.layout.comment_fields) {
            true => self.one(http, &key)?.assignee(),
            false => None,
        };
        let content = body::comment(&self.layout, text, assignee.as_deref())?.ok_or_else(|| {
            Failure::unsupported("the setting /captions/journal is empty: tickets have no comments")
        })?;
        answer::read(&self.update(http, &key, &content)?)
            .map_err(|refusal| Failure::from(refusal).during(key.text()))?;
        Ok(())
    }

    fn withdraw(&self, http: &Http, reference: &str, reason: &str) -> Result<Withdrawal, Failure> {
        let key = Key::from_reference(reference, &self.layout.collection)?;
        if self.layout.by == By::Nothing {
            return Err(Failure::unsupported(
                "the setting /withdrawal/by is `nothing`: people take tickets back",
            ));
        }
        let before = self.one(http, &key)?;
        if let Some(outcome) = self.closed_before(&key, &before)? {
            return Ok(outcome);
        }
        let content = body::withdraw(&self.layout, reason, before.assignee().as_deref())?;
        let response = match self.layout.by {
            By::Action => {
                let segment = key.segment();
                let path = [segment.as_str(), "action", self.layout.action.as_str()];
                http.send(&self.request(Method::Post, &path).json(&content))?
            }
            _ => self.update(http, &key, &content)?,
        };
        match answer::read(&response) {
            Ok(_) => self.closed_now(http, &key),
            Err(refusal) if refusal.is_invalid() => {
                Ok(Withdrawal::Refused(refusal.failure().message.clone()))
            }
            Err(refusal) => Err(Failure::from(refusal).during(key.text())),
        }
    }
}

impl ServiceManager {
    /// A request below the collection.
    fn request(&self, method: Method, path: &[&str]) -> Request {
        let segments = std::iter::once(self.layout.collection.as_str()).chain(path.iter().copied());
        Request::new(method, &self.layout.url, segments)
    }

    fn update(&self, http: &Http, key: &Key, content: &Value) -> Result<Response, Failure> {
        let method = match self.layout.update_method {
            UpdateMethod::Put => Method::Put,
            UpdateMethod::Post => Method::Post,
        };
        http.send(&self.request(method, &[&key.segment()]).json(content))
    }

    /// The record of this number.
    fn one(&self, http: &Http, key: &Key) -> Result<Record<'_>, Refusal> {
        let response = http.send(&self.request(Method::Get, &[&key.segment()]))?;
        let record = Record::new(answer::record(&response, &self.layout)?, &self.layout);
        match record.key()? == *key {
            true => Ok(record),
            false => Err(Failure::malformed(format!(
                "{} was asked for and another record came",
                key.text()
            ))
            .into()),
        }
    }

    /// Queries for all of these, each short enough and for no more than a batch.
    fn queries(&self, keys: &BTreeSet<Key>) -> Vec<String> {
        // One alone is fetched by its URL, which tells more.
        if keys.len() < 2 {
            return Vec::new();
        }
        let mut queries: Vec<(usize, String)> = Vec::new();
        for key in keys {
            let part = equals(&self.layout.key_name, key.text());
            match queries.last_mut() {
                Some((count, query))
                    if *count < self.layout.batch as usize
                        && query.len() + part.len() < LONGEST_QUERY =>
                {
                    *count += 1;
                    query.push_str(" or ");
                    query.push_str(&part);
                }
                _ => queries.push((1, part)),
            }
        }
        queries.into_iter().map(|(_, query)| query).collect()
    }

    /// Fetches alone what was in no answer: only so it shows whether it is gone.
    fn add_missing(
        &self,
        http: &Http,
        wanted: &BTreeSet<Key>,
        conditions: &mut BTreeMap<Key, Condition>,
    ) {
        let missing: Vec<&Key> = wanted
            .iter()
            .filter(|key| !conditions.contains_key(*key))
            .collect();
        let mut down: Option<Failure> = None;
        for key in missing {
            // A system that is down is not asked for each of them.
            let condition = match &down {
                Some(failure) => Condition::Failed(failure.clone()),
                None => match self.one(http, key) {
                    Ok(record) => record.condition(),
                    Err(refusal) if refusal.is_missing() => Condition::Gone,
                    Err(refusal) if refusal.is_forbidden() => Condition::Forbidden,
                    Err(refusal) => {
                        let failure = Failure::from(refusal);
                        let of_all = matches!(
                            failure.kind,
                            FailureKind::Unavailable
                                | FailureKind::RateLimited
                                | FailureKind::Unauthorized
                        );
                        down = of_all.then(|| failure.clone());
                        Condition::Failed(failure)
                    }
                },
            };
            conditions.insert(key.clone(), condition);
        }
    }

    /// The ticket that has our correlation id already, when that is what was twice.
    fn made_before(
        &self,
        http: &Http,
        correlation_id: &str,
        refusal: Refusal,
    ) -> Result<Ticket, Failure> {
        let found = self.find(http, correlation_id).map_err(|failure| {
            Failure::ambiguous(format!(
                "Service Manager has a record with the same unique key, and whether it is this ticket \
                 could not be seen: {}",
                failure.message
            ))
        })?;
        match found.into_iter().next() {
            Some(found) => Ok(found.ticket),
            None => Err(Failure::from(refusal).during(
                "a record of another correlation id has the same value in a field that is unique",
            )),
        }
    }

    /// What withdrawing comes to when the ticket is closed already.
    fn closed_before(&self, key: &Key, record: &Record<'_>) -> Result<Option<Withdrawal>, Failure> {
        let progress = record.progress()?;
        if !self.layout.classes.is_closed(&progress.status) {
            return Ok(None);
        }
        Ok(Some(match progress.class {
            provisor_sdk::Class::Cancelled => Withdrawal::Withdrawn,
            _ => Withdrawal::Refused(format!(
                "{} is {}{} already",
                key.text(),
                progress.status,
                progress
                    .resolution
                    .map(|code| format!(" ({code})"))
                    .unwrap_or_default()
            )),
        }))
    }

    /// Whether withdrawing has closed the ticket: an action may say success and do nothing.
    fn closed_now(&self, http: &Http, key: &Key) -> Result<Withdrawal, Failure> {
        let unclear = |failure: Failure| {
            Failure::ambiguous(format!(
                "{} was asked to be closed, and whether it is could not be seen: {}",
                key.text(),
                failure.message
            ))
        };
        let record = self
            .one(http, key)
            .map_err(|refusal| unclear(refusal.into()))?;
        let status = record.progress().map_err(unclear)?.status;
        Ok(match self.layout.classes.is_closed(&status) {
            true => Withdrawal::Withdrawn,
            false => Withdrawal::Refused(format!(
                "Service Manager says that it was done, but {} still is `{status}`; look at the \
                 setting /withdrawal, or say in /statuses what that status means",
                key.text()
            )),
        })
    }
}

/// Why no ticket was made.
fn not_created(refusal: Refusal, layout: &Layout) -> Failure {
    let failure = Failure::from(refusal);
    match failure.kind {
        // There is no record to be missed, so it is the collection.
        FailureKind::NotFound => Failure::configuration(format!(
            "the collection `{}` takes no records: {}; look at the setting /collection",
            layout.collection, failure.message
        )),
        _ => failure,
    }
}
