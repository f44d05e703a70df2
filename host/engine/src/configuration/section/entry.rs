//! One value of the file, read as what it should be.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use provisor_model::PersonName;
use toml::Spanned;
use toml::de::DeValue;

use super::super::findings::Findings;
use super::super::suggestion::nearest;
use super::super::{Mistake, duration, size};
use super::{Section, join, quote, shorten};

/// Keys of a path that a message names at most.
const MOST_STEPS: usize = 10;

/// One value of the file, with its key.
pub struct Entry<'f, 't> {
    pub(super) value: &'t Spanned<DeValue<'t>>,
    pub(super) key_offset: usize,
    pub(super) path: String,
    pub(super) findings: &'f Findings<'f>,
    pub(super) secret: bool,
}

impl<'f, 't> Entry<'f, 't> {
    pub fn findings(&self) -> &'f Findings<'f> {
        self.findings
    }

    /// The value as it stands in the file.
    pub fn value(&self) -> &'t Spanned<DeValue<'t>> {
        self.value
    }

    /// No message shows this value, nor the line on which it stands.
    pub fn into_secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Where the value begins, in bytes.
    pub fn offset(&self) -> usize {
        self.value.span().start
    }

    /// Something is wrong with the value.
    pub fn mistake(&self, message: impl Into<String>) {
        self.add_at(self.offset(), None, || message.into());
    }

    /// The value is not one of the known ones.
    pub fn mistake_with<'a>(
        &self,
        message: impl Into<String>,
        text: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        self.add_at(self.offset(), nearest(text, known), || message.into());
    }

    /// Something is wrong with the key.
    pub fn key_mistake(&self, message: impl Into<String>) {
        self.add_at(self.key_offset, None, || message.into());
    }

    /// Something is wrong with a value inside this one, to which `steps` lead.
    pub fn mistake_inside(&self, offset: usize, steps: &[String], message: impl Into<String>) {
        self.findings.add(|| {
            let mut path = self.path.clone();
            for step in steps.iter().take(MOST_STEPS) {
                path = join(&path, step);
            }
            if steps.len() > MOST_STEPS {
                path.push('…');
            }
            Mistake::new(self.findings.source().location(offset), path, message)
        });
    }

    /// The value has another type or form; `example` is how it could look.
    pub fn refuse(&self, example: &str) {
        self.mistake(format!("should be {example}, not {}", self.describe()));
    }

    pub(super) fn add_at(
        &self,
        offset: usize,
        suggestion: Option<&str>,
        message: impl FnOnce() -> String,
    ) {
        self.findings.add(|| {
            let mut location = self.findings.source().location(offset);
            if self.secret {
                location = location.without_excerpt();
            }
            Mistake::new(location, &self.path, message()).suggest(suggestion)
        });
    }

    fn describe(&self) -> String {
        match self.value.get_ref() {
            DeValue::Table(_) => "a table".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            _ if self.secret => "a plain value".to_owned(),
            DeValue::String(text) => quote(text),
            DeValue::Integer(number) => format!("the number {}", shorten(number.as_str())),
            DeValue::Float(number) => format!("the number {}", shorten(number.as_str())),
            DeValue::Boolean(value) => value.to_string(),
            DeValue::Datetime(moment) => format!("the moment {moment}"),
        }
    }

    /// A text that is not empty and holds no NUL.
    pub fn text(&self, example: &str) -> Option<&'t str> {
        match self.value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() && !text.contains('\0') => Some(text),
            _ => {
                self.refuse(example);
                None
            }
        }
    }

    /// A short line of text for people.
    pub fn line(&self, example: &str) -> Option<&'t str> {
        let text = self.text(example)?;
        if text.len() > 256 || text.chars().any(char::is_control) {
            self.mistake("should be one line of at most 256 bytes");
            return None;
        }
        Some(text)
    }

    /// A path, which starts at the folder of the configuration when it is relative.
    pub fn path(&self) -> Option<PathBuf> {
        let text = self.text("a path such as \"folder/name\"")?;
        Some(self.findings.base().join(text))
    }

    pub fn boolean(&self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => {
                self.refuse("true or false");
                None
            }
        }
    }

    pub fn number(&self, range: RangeInclusive<u32>) -> Option<u32> {
        if let DeValue::Integer(number) = self.value.get_ref()
            && let Ok(number) = u32::from_str_radix(number.as_str(), number.radix())
            && range.contains(&number)
        {
            return Some(number);
        }
        let (least, most) = range.into_inner();
        self.refuse(&format!("a whole number from {least} to {most}"));
        None
    }

    /// One of several words.
    pub fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let text = match self.value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            _ => "",
        };
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<_> = choices
                .iter()
                .map(|(word, _)| format!("{word:?}"))
                .collect();
            self.mistake_with(
                format!("should be {}, not {}", words.join(" or "), self.describe()),
                text,
                choices.iter().map(|(word, _)| *word),
            );
        }
        found.map(|(_, value)| *value)
    }

    pub fn duration(&self, range: RangeInclusive<Duration>) -> Option<Duration> {
        let DeValue::String(text) = self.value.get_ref() else {
            self.refuse(duration::EXAMPLE);
            return None;
        };
        let problem = match duration::parse(text) {
            Ok(found) if range.contains(&found) => return Some(found),
            Ok(_) => format!(
                "should be from {} to {}, not {}",
                duration::show(*range.start()),
                duration::show(*range.end()),
                quote(text)
            ),
            Err(problem) => format!(
                "should be {}, not {}: {problem}",
                duration::EXAMPLE,
                quote(text)
            ),
        };
        self.mistake(problem);
        None
    }

    /// A number of bytes.
    pub fn size(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let DeValue::String(text) = self.value.get_ref() else {
            self.refuse(size::EXAMPLE);
            return None;
        };
        let problem = match size::parse(text) {
            Ok(found) if range.contains(&found) => return Some(found),
            Ok(_) => format!(
                "should be from {} to {}, not {}",
                size::show(*range.start()),
                size::show(*range.end()),
                quote(text)
            ),
            Err(problem) => format!(
                "should be {}, not {}: {problem}",
                size::EXAMPLE,
                quote(text)
            ),
        };
        self.mistake(problem);
        None
    }

    pub fn section(&self) -> Option<Section<'f, 't>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Some(Section {
                table,
                offset: self.offset(),
                path: self.path.clone(),
                findings: self.findings,
                asked: RefCell::default(),
                secret: self.secret,
            }),
            _ => {
                self.refuse("a table");
                None
            }
        }
    }

    /// The elements of a list; `example` is how it could look.
    pub fn elements(&self, example: &str) -> Vec<Entry<'f, 't>> {
        let DeValue::Array(elements) = self.value.get_ref() else {
            self.refuse(example);
            return Vec::new();
        };
        let element = |(index, value): (usize, &'t Spanned<DeValue<'t>>)| Entry {
            value,
            key_offset: value.span().start,
            path: format!("{}[{index}]", self.path),
            findings: self.findings,
            secret: self.secret,
        };
        elements.iter().enumerate().map(element).collect()
    }

    /// The name of a person or a group; `example` is how it could look.
    pub fn person(&self, example: &str) -> Option<PersonName> {
        let text = self.text(&format!("a person or a group such as \"{example}\""))?;
        PersonName::new(text)
            .map_err(|error| self.mistake(error.to_string()))
            .ok()
    }

    /// A list of at least one name, none of them twice; with the place of each.
    pub fn names(&self) -> Vec<(PersonName, Entry<'f, 't>)> {
        const EXAMPLE: &str = "a list of names such as [\"eva\", \"jan\"]";
        let DeValue::Array(elements) = self.value.get_ref() else {
            self.refuse(EXAMPLE);
            return Vec::new();
        };
        if elements.is_empty() {
            self.mistake("names nobody; at least one name is needed");
        }
        let mut names: Vec<(PersonName, Entry<'f, 't>)> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (index, value) in elements.iter().enumerate() {
            let element = Entry {
                value,
                key_offset: value.span().start,
                path: format!("{}[{index}]", self.path),
                findings: self.findings,
                secret: self.secret,
            };
            let DeValue::String(text) = value.get_ref() else {
                element.refuse("a name such as \"eva\"");
                continue;
            };
            match PersonName::new(text.as_ref()) {
                Ok(name) if seen.insert(name.clone()) => names.push((name, element)),
                Ok(name) => element.mistake(format!("{} stands here twice", quote(name.as_str()))),
                Err(error) => element.mistake(error.to_string()),
            }
        }
        names
    }
}
