//! How tickets stand.

use std::collections::BTreeMap;

use provisor_sdk::{Class, Condition, Failure, FailureKind, Http, Progress, Ticket, document};

use crate::answer;
use crate::instance::Instance;
use crate::query::Query;
use crate::record::Record;
use crate::reference::{Reference, SysId};
use crate::table::Table;
use crate::{text, time};

/// Looks up how the tickets of one table stand.
#[derive(Debug)]
pub struct Conditions<'a> {
    /// The instance.
    pub instance: &'a Instance,
    /// The table, which is not always that of the settings.
    pub table: &'a Table,
    /// The way to the instance.
    pub http: &'a Http,
}

impl Conditions<'_> {
    /// What is known of these tickets, each asked for at most three times.
    ///
    /// # Errors
    /// When none of them could be asked for.
    pub fn of(&self, sys_ids: &[&SysId]) -> Result<BTreeMap<SysId, Condition>, Failure> {
        let query = Query::sys_ids(sys_ids.iter().copied());
        let part = (0, sys_ids.len());
        let listed = self.instance.list(
            self.http,
            &self.table.name,
            &query,
            &self.table.fields(),
            part,
        )?;
        let mut known = BTreeMap::new();
        for record in &listed.records {
            if let Some(sys_id) = record.sys_id().filter(|it| sys_ids.contains(&it)) {
                let condition = self.condition(&sys_id, record);
                known.insert(sys_id, condition);
            }
        }
        let mut stopped: Option<Failure> = None;
        for sys_id in sys_ids {
            if known.contains_key(*sys_id) {
                continue;
            }
            let condition = match &stopped {
                Some(failure) => Condition::Failed(failure.clone()),
                None => self.missing(sys_id),
            };
            // An instance that has had enough is not asked about the rest.
            if let Condition::Failed(failure) = &condition
                && matches!(
                    failure.kind,
                    FailureKind::RateLimited | FailureKind::Unavailable
                )
            {
                stopped = Some(failure.clone());
            }
            known.insert((*sys_id).clone(), condition);
        }
        Ok(known)
    }

    /// A ticket that the list did not have.
    fn missing(&self, sys_id: &SysId) -> Condition {
        match self
            .instance
            .read(self.http, &self.table.name, sys_id, &self.table.fields())
        {
            Ok(record) => self.condition(sys_id, &record),
            Err(failure) if failure.kind == FailureKind::NotFound => self.gone_or_hidden(sys_id),
            Err(failure) if answer::is_forbidden(&failure) => Condition::Forbidden,
            Err(failure) => Condition::Failed(failure),
        }
    }

    /// The answer 404 is the same for what is not there and what may not be seen. The count of a
    /// list is made before that is taken out which may not be seen, so it tells them apart.
    fn gone_or_hidden(&self, sys_id: &SysId) -> Condition {
        let query = Query::sys_ids([sys_id]);
        match self
            .instance
            .list(self.http, &self.table.name, &query, &["sys_id"], (0, 1))
        {
            Ok(page) if page.total == Some(0) => Condition::Gone,
            Ok(_) => Condition::Forbidden,
            Err(failure) => Condition::Failed(failure),
        }
    }

    fn condition(&self, sys_id: &SysId, record: &Record) -> Condition {
        let state = record.get(&self.table.state);
        if state.is_empty() {
            return Condition::Failed(Failure::configuration(format!(
                "{}: the field `{}` is empty or not shown; let the account read it, or correct the \
                 setting `state-field`",
                record.number(),
                self.table.state
            )));
        }
        if let Some(ticket) = self.successor(record) {
            return Condition::Replaced(ticket);
        }
        let class = self.table.class_of(record);
        let ends = matches!(class, Class::Done | Class::Refused | Class::Cancelled);
        let field = |name: Option<&str>| name.and_then(|name| record.text(name));
        let at = |name: Option<&str>| name.and_then(|name| time::from_instance(record.get(name)));
        let mut note = field(self.table.note.as_deref());
        if note.is_none() && matches!(class, Class::Refused | Class::Cancelled) {
            let reference = Reference {
                table: self.table.name.clone(),
                sys_id: sys_id.clone(),
                number: record.number(),
            };
            // The reason is worth a call, but not worth knowing nothing because of it.
            let journal = self.instance.journal(self.http, &reference);
            note = journal.ok().and_then(|journal| last_entry(&journal));
        }
        Condition::Progress(Progress {
            status: document::cut(&document::one_line(state), 100),
            resolution: field(self.table.resolution.as_deref())
                .map(|code| document::cut(&document::one_line(&code), 100)),
            class,
            updated_at: at(Some("sys_updated_on")),
            closed_at: match ends {
                true => at(self.table.resolved_at).or_else(|| at(Some("closed_at"))),
                false => None,
            },
            assignee: field(Some("assigned_to.name")),
            note,
        })
    }

    /// The ticket in which this one goes on.
    fn successor(&self, record: &Record) -> Option<Ticket> {
        let field = self.table.successor?;
        let sys_id = SysId::read(record.get(field))?;
        let number = record.text(&format!("{field}.number"));
        self.table.is_duplicate(record).then(|| {
            self.instance.ticket(&Reference {
                table: self.table.name.clone(),
                number: number.unwrap_or_else(|| sys_id.to_string()),
                sys_id,
            })
        })
    }
}

/// The newest entry of a journal without its head, which says who wrote it and when.
fn last_entry(journal: &str) -> Option<String> {
    let (_, rest) = journal.trim_start().split_once('\n')?;
    let mut entry = String::new();
    for part in rest.split("\n\n") {
        let head = part.lines().next().unwrap_or_default();
        let begins_another = head.contains(" - ") && head.trim_end().ends_with(')');
        if begins_another && !entry.is_empty() {
            break;
        }
        if !entry.is_empty() {
            entry.push_str("\n\n");
        }
        entry.push_str(part);
    }
    let entry = document::cut(entry.trim(), text::COMMENT);
    (!entry.is_empty()).then_some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_entry_of_a_journal_is_read_without_its_head() {
        let journal = "2026-12-01 12:00:00 - Ann (Work notes)\nNo such\n\nsystem (any more)\n\n\
                       2026-11-30 12:00:00 - Bob (Additional comments)\nolder\n\n";
        let entry = last_entry(journal);
        assert_eq!(entry.as_deref(), Some("No such\n\nsystem (any more)"));
        assert_eq!(last_entry(""), None);
        assert_eq!(last_entry("2026-12-01 12:00:00 - Ann (Work notes)"), None);
    }
}
