//! What people do with tickets on the forms of an instance.

use super::record::Entry;
use super::write::settle;
use super::{ServiceNow, table, time};
use crate::Action;

/// Who does it, as far as anybody can see.
const PERSON: &str = "Abel Tuter";

/// The states and closure codes that a table has for what people do.
struct Moves {
    begun: &'static str,
    resolved: (&'static str, &'static str),
    refused: (&'static str, &'static str),
    cancelled: (&'static str, &'static str),
    reopened: Option<&'static str>,
}

fn moves(table: &str) -> Moves {
    match table {
        "sc_task" => Moves {
            begun: "2",
            resolved: ("3", ""),
            refused: ("4", ""),
            cancelled: ("7", ""),
            reopened: Some("1"),
        },
        "change_request" => Moves {
            begun: "-1",
            resolved: ("3", "successful"),
            refused: ("3", "unsuccessful"),
            cancelled: ("4", ""),
            reopened: None,
        },
        _ => Moves {
            begun: "2",
            resolved: ("6", "Solution provided"),
            refused: ("6", "No resolution provided"),
            cancelled: ("8", ""),
            reopened: Some("2"),
        },
    }
}

impl ServiceNow {
    pub(super) fn do_as_people_do(
        &mut self,
        number: &str,
        action: &Action,
        now: i64,
    ) -> Result<(), String> {
        let at = self
            .records
            .iter()
            .position(|record| record.table.is_task && record.get("number") == number)
            .ok_or_else(|| format!("there is no ticket {number}"))?;
        let table = self.records[at].table;
        let moves = moves(table.name);
        let person = self.sys_id(PERSON).unwrap_or_default().to_owned();
        let changes: Vec<(&str, &str)> = match action {
            Action::Begin => vec![("state", moves.begun), ("assigned_to", &person)],
            Action::Resolve { note } => closing(moves.resolved, note),
            Action::Refuse { note } => closing(moves.refused, note),
            Action::Cancel { note } => closing(moves.cancelled, note),
            Action::Reopen => match moves.reopened {
                Some(state) => vec![("state", state), ("close_code", ""), ("close_notes", "")],
                None => return Err(format!("a {} is not opened again", table.name)),
            },
            Action::Status { status } => vec![("state", status.as_str())],
            Action::Delete => {
                self.records.remove(at);
                return Ok(());
            }
            Action::Hide | Action::Show => {
                self.records[at].hidden = *action == Action::Hide;
                return Ok(());
            }
            Action::Replace { .. } => return self.replace(at, now),
        };
        self.change(at, &changes, now);
        Ok(())
    }

    /// A person writes something about a ticket, such as in the journal `work_notes`.
    ///
    /// # Errors
    /// When there is no such ticket or journal; in words.
    pub fn write_about(
        &mut self,
        number: &str,
        journal: &str,
        text: &str,
        now: i64,
    ) -> Result<(), String> {
        let journals = table::JOURNALS.iter();
        let journal = journals
            .copied()
            .find(|known| *known == journal)
            .ok_or_else(|| format!("there is no journal {journal}"))?;
        let record = self
            .records
            .iter_mut()
            .find(|record| record.table.is_task && record.get("number") == number)
            .ok_or_else(|| format!("there is no ticket {number}"))?;
        record.entries.push(Entry {
            journal,
            by: PERSON.to_owned(),
            at: now,
            text: text.to_owned(),
        });
        Ok(())
    }

    /// A person fills fields of a ticket as they like, without what policies say about programs.
    ///
    /// # Errors
    /// When there is no such ticket; in words.
    pub fn fill(&mut self, number: &str, fields: &[(&str, &str)], now: i64) -> Result<(), String> {
        let at = self
            .records
            .iter()
            .position(|record| record.table.is_task && record.get("number") == number)
            .ok_or_else(|| format!("there is no ticket {number}"))?;
        self.change(at, fields, now);
        Ok(())
    }

    fn change(&mut self, at: usize, fields: &[(&str, &str)], now: i64) {
        let record = &mut self.records[at];
        let before = record.get("state").to_owned();
        for (field, value) in fields {
            record.set(field, value);
        }
        // People see a form that does not let them leave a field out; this one need not refuse.
        let _refused = settle(record, &before, now);
        record.set("sys_updated_on", &time::written(now));
        record.set("sys_updated_by", "abel.tuter");
        // What was said by the one who changed it stands above what follows from the change.
        for (field, value) in fields.iter().filter(|(field, _)| *field == "active") {
            record.set(field, value);
        }
    }

    /// An incident becomes part of a new one, which makes its own number.
    fn replace(&mut self, at: usize, now: i64) -> Result<(), String> {
        if self.records[at].table.name != "incident" {
            let table = self.records[at].table.name;
            return Err(format!("a {table} does not become part of another"));
        }
        let title = self.records[at].get("short_description").to_owned();
        let table = self.records[at].table;
        let parent = self.insert(table, now);
        self.records[parent].set("short_description", &title);
        let parent = self.records[parent].get("sys_id").to_owned();
        let changes = [
            ("state", "6"),
            ("close_code", "Duplicate"),
            ("close_notes", "Goes on in the parent incident"),
            ("parent_incident", &parent),
        ];
        self.change(at, &changes, now);
        Ok(())
    }
}

fn closing<'a>((state, code): (&'a str, &'a str), note: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("state", state),
        ("close_code", code),
        ("close_notes", note),
    ]
}
