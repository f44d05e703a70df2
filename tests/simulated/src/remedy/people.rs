//! The people who work on tickets, and what they do in the terms of the product.

use serde_json::{Map, json};

use super::Remedy;
use super::record::{Comment, time};
use crate::Action;

/// Who works on tickets here.
const PERSON: &str = "Eva Klein";

impl Remedy {
    /// A person does something with a ticket.
    pub(super) fn acted(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
        let at = self
            .records
            .iter()
            .position(|record| record.number == number)
            .ok_or_else(|| format!("there is no ticket {number}"))?;
        let kind = self.kind.clone();
        match action {
            Action::Begin => {
                self.records[at].set(kind.assignee, PERSON);
                self.records[at].set(kind.status, kind.begun);
            }
            Action::Resolve { note } => self.close(at, kind.done, note, now),
            Action::Refuse { note } => self.close(at, kind.refused, note, now),
            Action::Cancel { note } => self.close(at, ("Cancelled", ""), note, now),
            Action::Reopen => {
                let status = self.records[at].value(kind.status).unwrap_or_default();
                if kind.last.contains(&status) {
                    return Err(format!("{status} cannot be opened again"));
                }
                self.records[at].set(kind.status, kind.reopened);
                self.records[at].set(kind.reason, "");
            }
            Action::Delete => {
                self.records.remove(at);
                return Ok(());
            }
            Action::Replace { number } => self.replace(at, number, now)?,
            Action::Status { status } => self.records[at].set(kind.status, status),
            Action::Hide => self.records[at].hidden = true,
            Action::Show => self.records[at].hidden = false,
        }
        self.records[at].set("Last Modified Date", &time(now));
        Ok(())
    }

    /// What a person writes at the end: where there is a field for it, there, else as a comment.
    fn note(&mut self, at: usize, note: &str, now: i64) {
        if let Some(field) = self.kind.note {
            self.records[at].set(field, note);
            return;
        }
        self.written += 1;
        let number = self.records[at].number.clone();
        let mut values = Map::new();
        values.insert(self.kind.number.to_owned(), json!(number));
        values.insert("Detailed Description".to_owned(), json!(note));
        values.insert("Submit Date".to_owned(), json!(time(now)));
        self.comments.push(Comment {
            id: format!("WLG{:012}", self.written),
            number,
            values,
        });
    }

    fn close(&mut self, at: usize, (status, reason): (&str, &str), note: &str, now: i64) {
        let kind = self.kind.clone();
        let record = &mut self.records[at];
        record.set(kind.assignee, PERSON);
        record.set(kind.status, status);
        record.set(kind.reason, reason);
        record.set(kind.closed, &time(now));
        self.note(at, note, now);
    }

    /// Another ticket becomes the one that counts: this one, if it exists, else a new one.
    fn replace(&mut self, at: usize, number: &str, now: i64) -> Result<(), String> {
        const ORIGINAL: &str = "Original Incident Number";
        if !self.kind.read.has(ORIGINAL) {
            return Err(format!("{} has no duplicates", self.kind.read.name));
        }
        let known = self.records.iter().position(|it| it.number == number);
        let original = match known {
            Some(known) => known,
            None => {
                let values = self.records[at].values.clone();
                self.add(values, now)
            }
        };
        let number = self.records[original].number.clone();
        let record = &mut self.records[at];
        record.set(ORIGINAL, &number);
        record.set(self.kind.status, "Cancelled");
        Ok(())
    }
}
