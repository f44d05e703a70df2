//! One record, and how it is shown.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::table::{self, Table};
use super::time;

/// Something that a person or program wrote about a record.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// `comments` or `work_notes`.
    pub journal: &'static str,
    /// Who wrote it.
    pub by: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What.
    pub text: String,
}

/// One record.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Its table.
    pub table: &'static Table,
    /// What its fields hold; those that are missing are empty.
    pub values: BTreeMap<String, String>,
    /// What was written about it, oldest first.
    pub entries: Vec<Entry>,
    /// Whether the account that asks may not see it.
    pub hidden: bool,
}

impl Record {
    /// What a field holds.
    pub fn get(&self, field: &str) -> &str {
        self.values.get(field).map_or("", String::as_str)
    }

    /// Lets a field hold as much of a value as it takes.
    pub fn set(&mut self, field: &str, value: &str) {
        self.values
            .insert(field.to_owned(), table::fitted(field, value));
    }

    /// What people call it.
    pub fn display(&self) -> &str {
        self.get(self.table.display)
    }

    /// What was written into a journal, newest first, as people see it.
    fn journal(&self, field: &str) -> String {
        let entries = self.entries.iter().rev();
        entries
            .filter(|entry| field == "comments_and_work_notes" || field == entry.journal)
            .map(|entry| {
                let journal = match entry.journal {
                    "comments" => "Additional comments",
                    _ => "Work notes",
                };
                let at = time::written(entry.at);
                format!("{at} - {} ({journal})\n{}\n\n", entry.by, entry.text)
            })
            .collect()
    }
}

/// What of a record is shown, and how.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The fields; all without it.
    pub fields: Option<Vec<String>>,
    /// Values, what people call them, or both.
    pub display: Display,
    /// Whether references come without their links.
    pub no_links: bool,
    /// Where the links lead to.
    pub base: String,
}

/// Values, what people call them, or both.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Display {
    /// Values.
    #[default]
    Values,
    /// What people call them.
    Labels,
    /// Both.
    Both,
}

impl Shown {
    /// Shows a record; `readable` are the fields that may be seen, `refer` finds what a reference
    /// means.
    pub fn show<'a>(
        &self,
        record: &'a Record,
        readable: &[String],
        refer: impl Fn(&str, &str) -> Option<&'a Record>,
    ) -> Value {
        let mut shown = Map::new();
        for path in self.fields.as_deref().unwrap_or(readable) {
            let (first, rest) = match path.split_once('.') {
                Some((first, rest)) => (first, Some(rest)),
                None => (path.as_str(), None),
            };
            if !readable.iter().any(|known| known == first) {
                continue;
            }
            let value = match (rest, table::refers_to(first)) {
                (None, _) => self.field(record, first, &refer),
                // A path through a reference that holds nothing is shown as empty.
                (Some(rest), Some(table)) => match refer(table, record.get(first)) {
                    Some(other) => self.field(other, rest, &refer),
                    None => self.plain("", None),
                },
                (Some(_), None) => continue,
            };
            shown.insert(path.clone(), value);
        }
        Value::Object(shown)
    }

    fn field<'a>(
        &self,
        record: &Record,
        field: &str,
        refer: impl Fn(&str, &str) -> Option<&'a Record>,
    ) -> Value {
        if table::JOURNALS.contains(&field) || field == "comments_and_work_notes" {
            let text = record.journal(field);
            return match self.display {
                Display::Values => json!(""),
                Display::Labels => json!(text),
                Display::Both => json!({ "display_value": text, "value": "" }),
            };
        }
        let value = record.get(field);
        let Some(other) = table::refers_to(field).filter(|_| !value.is_empty()) else {
            return self.plain(value, record.table.label(field, value));
        };
        let named = refer(other, value).map_or("", Record::display);
        if self.no_links {
            return self.plain(value, Some(named));
        }
        let link = format!("{}/api/now/table/{other}/{value}", self.base);
        match self.display {
            Display::Values => json!({ "link": link, "value": value }),
            Display::Labels => json!({ "display_value": named, "link": link }),
            Display::Both => json!({ "display_value": named, "link": link, "value": value }),
        }
    }

    fn plain(&self, value: &str, label: Option<&str>) -> Value {
        let label = label.unwrap_or(value);
        match self.display {
            Display::Values => json!(value),
            Display::Labels => json!(label),
            Display::Both => json!({ "display_value": label, "value": value }),
        }
    }
}
