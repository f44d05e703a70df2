//! The tickets of one table.

use std::collections::{BTreeMap, BTreeSet};

use provisor_sdk::{
    Block, Class, Condition, Draft, Failure, FailureKind, Finding, Found, Hint, Http, Message,
    Problem, Ticket, Ticketing, Traits, Withdrawal, log,
};
use serde_json::{Map, Value};

use crate::condition::Conditions;
use crate::instance::{Instance, PAGE};
use crate::query::Query;
use crate::record::Record;
use crate::reference::{Reference, SysId};
use crate::settings::{LARGEST_BATCH, Settings};
use crate::table::Table;
use crate::{answer, connection, draft, notice, text};

/// How many pages are read to find a correlation id. There is one record where the instance does as
/// it is asked; where it does not, it hands out the whole table.
const PAGES: usize = 10;

/// How many of the newest records are looked at to see whether the account can read their
/// correlation ids. The instance cuts a page before it takes out what may not be seen.
const NEWEST: usize = 50;

/// Keeps tickets in one table of an instance.
#[derive(Debug)]
pub struct Tickets {
    settings: Settings,
    table: Table,
    instance: Instance,
}

impl Ticketing for Tickets {
    type Settings = Settings;

    fn check(settings: &Settings) -> Vec<Problem> {
        settings.problems()
    }

    fn new(settings: Settings) -> Result<Self, Failure> {
        if let Some(problem) = settings.problems().into_iter().next() {
            return Err(problem.into());
        }
        Ok(Tickets {
            table: Table::new(&settings),
            instance: Instance::new(&settings.url),
            settings,
        })
    }

    fn behaviour(&self) -> Traits {
        Traits {
            batch: self.settings.batch,
            // Lists are read from the data base itself.
            search_lag: 0,
            comments: true,
            withdraws: self.table.cancelled.is_some(),
            receives: true,
        }
    }

    fn check_connection(&self, http: &Http) -> Result<Vec<Finding>, Failure> {
        connection::check(&self.settings, &self.table, &self.instance, http)
    }

    fn create(&self, http: &Http, draft: &Draft) -> Result<Ticket, Failure> {
        // Nothing is made that could not be found again.
        Query::equals(&self.table.correlation, &draft.correlation_id)?;
        let values = draft::fields(&self.settings, &self.table, &self.instance, http, draft)?;
        let mut shown = self.table.fields();
        shown.extend(self.settings.fields.keys().map(String::as_str));
        let record = self
            .instance
            .make(http, &self.table.name, &values, &shown)?;
        let reference = self.reference(&record).ok_or_else(|| {
            Failure::ambiguous(
                "ServiceNow says that it has made a ticket, and not which: the answer has no \
                 `sys_id`",
            )
        })?;
        if record.get(&self.table.correlation) != draft.correlation_id {
            return self.made_without_correlation(http, &reference);
        }
        for field in self.settings.fields.keys() {
            if !record.has(field) {
                log::warn(&format!(
                    "{}: ServiceNow has dropped the field `{field}` without a word: the table `{}` \
                     has none of this name, or the account may not read it",
                    reference.number, self.table.name
                ));
            }
        }
        Ok(self.ticket(&reference))
    }

    fn find(&self, http: &Http, correlation_id: &str) -> Result<Vec<Found>, Failure> {
        let field = self.table.correlation.as_str();
        let query = Query::equals(field, correlation_id)?.sorted();
        let mut found = Vec::new();
        let mut seen = 0;
        for page in 0..PAGES {
            let part = (page * PAGE, PAGE);
            let listed =
                self.instance
                    .list(http, &self.table.name, &query, &self.table.fields(), part)?;
            for record in &listed.records {
                if !record.has(field) {
                    return Err(self.no_correlation());
                }
                if record.get(field) == correlation_id {
                    found.extend(self.reference(record).map(|reference| Found {
                        ticket: self.ticket(&reference),
                        correlation_id: correlation_id.to_owned(),
                    }));
                }
            }
            seen += listed.records.len();
            // A page may have lost what may not be seen, so its length says nothing where the
            // instance counts.
            let more = match listed.total {
                Some(total) => (page + 1) * PAGE < total,
                None => listed.records.len() == PAGE,
            };
            if !more {
                if seen == 0 {
                    self.correlation_must_be_readable(http)?;
                }
                return Ok(found);
            }
        }
        Err(Failure::configuration(format!(
            "more than {} records of the table `{}` were handed out when those were asked for whose \
             `{field}` is `{correlation_id}`, so it is not known which there are: ServiceNow does \
             not search by this field; set `correlation-field` to one that it does search by",
            PAGES * PAGE,
            self.table.name
        )))
    }

    fn status(&self, http: &Http, references: &[String]) -> Result<Vec<Condition>, Failure> {
        let asked: Vec<Result<Reference, Failure>> = references
            .iter()
            .map(|text| Reference::read(text))
            .collect();
        let mut by_table: BTreeMap<&str, BTreeSet<&SysId>> = BTreeMap::new();
        for reference in asked.iter().flatten() {
            let table = by_table.entry(&reference.table).or_default();
            table.insert(&reference.sys_id);
        }
        let mut known: BTreeMap<SysId, Condition> = BTreeMap::new();
        let (mut asked_for, mut failed_for, mut failed) = (0, 0, None);
        for (table, sys_ids) in by_table {
            let table = Table::named(table, &self.settings);
            let conditions = Conditions {
                instance: &self.instance,
                table: &table,
                http,
            };
            let sys_ids: Vec<&SysId> = sys_ids.into_iter().collect();
            for some in sys_ids.chunks(LARGEST_BATCH as usize) {
                asked_for += 1;
                match conditions.of(some) {
                    Ok(conditions) => known.extend(conditions),
                    Err(failure) => {
                        failed_for += 1;
                        let failure = failed.insert(failure);
                        let each = some.iter().map(|it| (*it).clone());
                        known.extend(each.map(|it| (it, Condition::Failed(failure.clone()))));
                    }
                }
            }
        }
        if let Some(failure) = failed.filter(|_| failed_for == asked_for) {
            return Err(failure);
        }
        Ok(asked
            .into_iter()
            .map(|reference| match reference {
                Err(failure) => Condition::Failed(failure),
                Ok(reference) => known
                    .get(&reference.sys_id)
                    .cloned()
                    .unwrap_or(Condition::Forbidden),
            })
            .collect())
    }

    fn comment(&self, http: &Http, reference: &str, text: &[Block]) -> Result<(), Failure> {
        let reference = Reference::read(reference)?;
        let journal = self.settings.comments.field();
        let text = text::description(text, text::COMMENT);
        let values = Map::from_iter([(journal.to_owned(), Value::String(text))]);
        let response =
            self.instance
                .change(http, &reference, &values, &["sys_id", journal], true)?;
        let record = answer::one(&response)?;
        // What the account may not write is dropped and answered with 200.
        if record.get(journal).trim().is_empty() {
            return Err(Failure::rejected(format!(
                "{}: ServiceNow took the comment and shows none in `{journal}`: let the account \
                 read and write this field, or choose the other one with the setting `comments`",
                reference.number
            )));
        }
        Ok(())
    }

    fn withdraw(&self, http: &Http, reference: &str, reason: &str) -> Result<Withdrawal, Failure> {
        let reference = Reference::read(reference)?;
        let record = self.instance.read(
            http,
            &reference.table,
            &reference.sys_id,
            &self.table.fields(),
        )?;
        self.take_back(http, &reference, &record, reason)
    }

    fn receive(&self, message: &Message) -> Result<Vec<Hint>, Failure> {
        notice::hints(message, &self.table.name)
    }
}

impl Tickets {
    fn reference(&self, record: &Record) -> Option<Reference> {
        Reference::of(&self.table.name, record)
    }

    fn ticket(&self, reference: &Reference) -> Ticket {
        self.instance.ticket(reference)
    }

    /// What becomes of a ticket that was made and does not carry its correlation id.
    ///
    /// A failure alone would leave a ticket behind that nobody finds, and a second one would be
    /// made as soon as the settings are right. So it is taken back first. If that cannot be done,
    /// it is the ticket: its reference is all that is needed to go on with it.
    fn made_without_correlation(
        &self,
        http: &Http,
        reference: &Reference,
    ) -> Result<Ticket, Failure> {
        let reason = "Made by mistake: the correlation id was not kept.";
        let taken_back = self
            .instance
            .read(
                http,
                &reference.table,
                &reference.sys_id,
                &self.table.fields(),
            )
            .and_then(|record| self.take_back(http, reference, &record, reason));
        let mut failure = self.no_correlation();
        if taken_back == Ok(Withdrawal::Withdrawn) {
            failure.message += &format!(" (the ticket {} was cancelled)", reference.number);
            return Err(failure);
        }
        log::warn(&format!(
            "{}: {}; this ticket is kept, but a ticket whose answer is lost will not be found",
            reference.number, failure.message
        ));
        Ok(self.ticket(reference))
    }

    fn no_correlation(&self) -> Failure {
        Failure::configuration(format!(
            "tickets cannot be found again: the field `{}` of the table `{}` is not kept or not \
             shown; the table must have it, and the account must be allowed to read and write it, \
             or set `correlation-field` to another one",
            self.table.correlation, self.table.name
        ))
    }

    /// An empty list can mean that there is none, and also that the field is not there or may not
    /// be read. Any record tells which.
    fn correlation_must_be_readable(&self, http: &Http) -> Result<(), Failure> {
        let fields = ["sys_id", self.table.correlation.as_str()];
        let query = Query::newest_first();
        let newest = self
            .instance
            .list(http, &self.table.name, &query, &fields, (0, NEWEST))?;
        let field = self.table.correlation.as_str();
        match newest.records.iter().all(|record| record.has(field)) {
            true => Ok(()),
            false => Err(self.no_correlation()),
        }
    }

    fn take_back(
        &self,
        http: &Http,
        reference: &Reference,
        record: &Record,
        reason: &str,
    ) -> Result<Withdrawal, Failure> {
        let number = &reference.number;
        let refused = |why: String| Ok(Withdrawal::Refused(why));
        let state = record.get(&self.table.state);
        let Some(cancelled) = self.table.cancelled.as_deref() else {
            return refused(format!(
                "{number}: it is not known which state of the table `{}` means that a ticket is not \
                 wanted any more; set `cancel-state`",
                self.table.name
            ));
        };
        if reference.table != self.table.name {
            return refused(format!(
                "{number} is in the table `{}`, and the settings are those of `{}`; close it by hand",
                reference.table, self.table.name
            ));
        }
        match self.table.class_of(record) {
            Class::Cancelled => return Ok(Withdrawal::Withdrawn),
            _ if state == cancelled => return Ok(Withdrawal::Withdrawn),
            Class::Done | Class::Refused => {
                return refused(format!("{number} is closed already: its state is {state}"));
            }
            Class::Open | Class::InProgress | Class::Unknown => {}
        }
        if record.get("active") == "false" {
            return refused(format!(
                "{number} is not active any more: its state is {state}"
            ));
        }
        let mut values = Map::new();
        let mut set = |field: &str, value: &str| {
            values.insert(field.to_owned(), Value::String(value.to_owned()));
        };
        set(&self.table.state, cancelled);
        if let Some(field) = &self.table.note {
            set(field, &text::note(reason, text::COMMENT));
        }
        if let (Some(field), Some(code)) = (&self.table.resolution, &self.settings.cancel_code) {
            set(field, code);
        }
        let fields = self.table.fields();
        let response = self
            .instance
            .change(http, reference, &values, &fields, false)?;
        let record = match answer::one(&response) {
            Ok(record) => record,
            Err(failure) if failure.kind == FailureKind::Rejected => {
                return refused(format!("{number}: {}", failure.message));
            }
            Err(failure) => return Err(failure),
        };
        // What may not be changed is dropped and answered with 200.
        match record.get(&self.table.state) {
            state if state == cancelled => Ok(Withdrawal::Withdrawn),
            state => refused(format!(
                "{number}: ServiceNow took the change and left the state at `{state}`; the account \
                 may not change it, or this state cannot be left"
            )),
        }
    }
}
