//! One table of the file, read key by key; what nobody asked for is unknown.

mod entry;

use std::cell::RefCell;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mistake;
use super::findings::Findings;
use super::suggestion::nearest;

pub(super) use entry::Entry;

/// Characters of a text from the file that a message repeats at most.
const LONGEST_QUOTE: usize = 60;

/// One table of the file.
pub(super) struct Section<'f, 't> {
    table: &'t DeTable<'t>,
    offset: usize,
    path: String,
    findings: &'f Findings<'f>,
    asked: RefCell<Vec<&'static str>>,
    secret: bool,
}

impl<'f, 't> Section<'f, 't> {
    pub fn root(table: &'t Spanned<DeTable<'t>>, findings: &'f Findings<'f>) -> Self {
        Self {
            table: table.get_ref(),
            offset: 0,
            path: String::new(),
            findings,
            asked: RefCell::default(),
            secret: false,
        }
    }

    /// The folder at which relative paths start.
    pub fn base(&self) -> &'f Path {
        self.findings.base()
    }

    /// Whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(name, _)| name.get_ref() == key)
    }

    /// The keys of a table whose keys are names.
    pub fn names(&self) -> impl Iterator<Item = &'t str> {
        self.table.iter().map(|(name, _)| name.get_ref().as_ref())
    }

    /// The value of a key. The key is known from now on.
    pub fn entry(&self, key: &'static str) -> Option<Entry<'f, 't>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        drop(asked);
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(name, value)| self.make_entry(key, name.span().start, value))
    }

    /// The value of a key that must be there; `example` is how it could look.
    pub fn required(&self, key: &'static str, example: &str) -> Option<Entry<'f, 't>> {
        let entry = self.entry(key);
        if entry.is_none() {
            self.findings.add(|| {
                let location = self.findings.source().location(self.offset);
                let location = match self.secret {
                    true => location.without_excerpt(),
                    false => location,
                };
                let message = format!("is missing; write for example {example}");
                Mistake::new(location, join(&self.path, key), message)
            });
        }
        entry
    }

    /// The table of a key.
    pub fn section(&self, key: &'static str) -> Option<Section<'f, 't>> {
        self.entry(key).and_then(|entry| entry.section())
    }

    /// All entries of a table whose keys are names.
    pub fn all_entries(&self) -> impl Iterator<Item = (&'t str, Entry<'f, 't>)> {
        self.table.iter().map(|(name, value)| {
            let key: &str = name.get_ref();
            (key, self.make_entry(key, name.span().start, value))
        })
    }

    /// Something is wrong with the table as a whole.
    pub fn mistake(&self, message: impl Into<String>) {
        self.findings.add(|| {
            let location = self.findings.source().location(self.offset);
            Mistake::new(location, &self.path, message)
        });
    }

    /// Reports every key that nobody asked for. To be called when all is read.
    pub fn refuse_unknown(&self) {
        let asked = self.asked.borrow();
        for (name, value) in self.table.iter() {
            let key: &str = name.get_ref();
            if asked.contains(&key) {
                continue;
            }
            let mut entry = self.make_entry(key, name.span().start, value);
            // Somebody may have put the very value here.
            entry.secret |= ["secret", "password", "token"]
                .iter()
                .any(|word| key.to_lowercase().contains(word));
            let suggestion = nearest(key, asked.iter().copied());
            entry.add_at(entry.key_offset, suggestion, || match suggestion {
                Some(_) => "this key is unknown".to_owned(),
                None => format!("this key is unknown; there are {}", asked.join(", ")),
            });
        }
    }

    fn make_entry(
        &self,
        key: &str,
        key_offset: usize,
        value: &'t Spanned<DeValue<'t>>,
    ) -> Entry<'f, 't> {
        Entry {
            value,
            key_offset,
            path: join(&self.path, key),
            findings: self.findings,
            secret: self.secret,
        }
    }
}

/// A text from the file as messages show it.
pub(super) fn quote(text: &str) -> String {
    format!("{:?}", shorten(text))
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_QUOTE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A dotted path; a key that is no bare one is quoted as in the file.
pub(super) fn join(path: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let key = if bare { shorten(key) } else { quote(key) };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}
