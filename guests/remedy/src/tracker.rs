//! One system with its settings during one call: what more than one kind of call needs.

use std::collections::BTreeMap;

use provisor_sdk::{Failure, Http, Ticket, http};

use crate::entry::{Entries, Entry};
use crate::layout::Layout;
use crate::qualification::{any_of, equals};
use crate::reference::{Reference, is_name};
use crate::settings::Settings;

/// One system during one call.
#[derive(Debug, Clone, Copy)]
pub struct Tracker<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The forms and fields.
    pub layout: &'a Layout,
    /// The entries of the system.
    pub entries: Entries<'a>,
}

impl<'a> Tracker<'a> {
    /// The system behind these settings.
    pub fn new(settings: &'a Settings, layout: &'a Layout, http: &'a Http) -> Self {
        Tracker {
            settings,
            layout,
            entries: Entries::new(http, &settings.url),
        }
    }

    /// What the form shows of tickets, by their numbers.
    ///
    /// # Errors
    /// When it could not be asked.
    pub fn by_number(&self, numbers: &[&str]) -> Result<BTreeMap<String, Entry>, Failure> {
        let layout = self.layout;
        let question = any_of(&layout.number, numbers.iter().copied());
        let fields = layout.status_fields();
        let entries = self.entries.all(&layout.form, &question, &fields)?;
        let found = entries.into_iter().filter_map(|entry| {
            let number = entry.text(&layout.number)?;
            numbers
                .contains(&number.as_str())
                .then_some((number, entry))
        });
        Ok(found.collect())
    }

    /// All entries that carry this correlation id, each compared with it again.
    ///
    /// # Errors
    /// When they could not be asked for.
    pub fn by_correlation(&self, correlation_id: &str) -> Result<Vec<Ticket>, Failure> {
        let layout = self.layout;
        let entries = self.entries.all(
            &layout.form,
            &equals(&layout.correlation, correlation_id),
            &[&layout.number, &layout.correlation],
        )?;
        let mut found = Vec::new();
        for entry in entries {
            if entry.text(&layout.correlation).as_deref() != Some(correlation_id) {
                continue;
            }
            let number = entry.text(&layout.number).filter(|text| is_name(text));
            let number = number.ok_or_else(|| {
                Failure::configuration(format!(
                    "an entry carries the correlation id {correlation_id}, but no number stands in \
                     its field `{}`; check the setting number-field",
                    layout.number
                ))
            })?;
            found.push(self.named(&number, &entry));
        }
        Ok(found)
    }

    /// A ticket by its number; `None` when the form does not show it.
    ///
    /// # Errors
    /// When it could not be asked for.
    pub fn ticket(&self, number: &str) -> Result<Option<Ticket>, Failure> {
        let found = self.by_number(&[number])?;
        Ok(found.get(number).map(|entry| self.named(number, entry)))
    }

    /// The ticket of an entry.
    pub fn named(&self, number: &str, entry: &Entry) -> Ticket {
        self.with_id(number, entry.id())
    }

    /// A ticket by its number and the id of its entry, as far as that is known.
    pub fn with_id(&self, number: &str, entry: Option<String>) -> Ticket {
        let reference = Reference {
            form: self.layout.form.clone(),
            number: number.to_owned(),
            entry: entry.filter(|id| is_name(id)),
        };
        Ticket {
            reference: reference.text(),
            number: number.to_owned(),
            url: self.url(&reference),
        }
    }

    fn url(&self, reference: &Reference) -> Option<String> {
        let template = self.settings.ticket_url.as_deref()?;
        // Without the id an address that holds it leads nowhere.
        let entry = match &reference.entry {
            Some(entry) => entry,
            None if template.contains("{entry}") => return None,
            None => "",
        };
        let mut url = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            url.push_str(&rest[..at]);
            let (value, after) = match rest[at..].strip_prefix("{number}") {
                Some(after) => (reference.number.as_str(), after),
                None => (entry, rest[at..].strip_prefix("{entry}")?),
            };
            http::encode(value, &mut url);
            rest = after;
        }
        url.push_str(rest);
        Some(url)
    }
}
