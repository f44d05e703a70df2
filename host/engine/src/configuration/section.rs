//! One table of the file, read key by key; what nobody asked for is unknown.

use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use provisor_model::PersonName;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::Source;
use super::suggestion::nearest;
use super::{Configuration, ConfigurationError, Location, Mistake, duration, size};

/// How many mistakes are reported; the rest is counted. Nobody reads more at a time.
const MOST_MISTAKES: usize = 100;

/// Characters of a text from the file that a message repeats at most.
const LONGEST_QUOTE: usize = 60;

/// Keys of a path that a message names at most.
const MOST_STEPS: usize = 10;

/// All that is found wrong while the tree is read.
pub(super) struct Findings<'a> {
    source: Arc<Source>,
    base: &'a Path,
    mistakes: RefCell<Vec<Mistake>>,
    uncounted: Cell<usize>,
}

impl<'a> Findings<'a> {
    pub fn new(source: Arc<Source>, base: &'a Path) -> Self {
        Self {
            source,
            base,
            mistakes: RefCell::default(),
            uncounted: Cell::default(),
        }
    }

    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Records a mistake; the closure runs only when there is room for it.
    fn add(&self, mistake: impl FnOnce() -> Mistake) {
        let mut mistakes = self.mistakes.borrow_mut();
        if mistakes.len() < MOST_MISTAKES {
            mistakes.push(mistake());
        } else {
            self.uncounted.set(self.uncounted.get() + 1);
        }
    }

    pub fn into_result(
        self,
        configuration: Configuration,
    ) -> Result<Configuration, ConfigurationError> {
        let mut mistakes = self.mistakes.into_inner();
        if mistakes.is_empty() {
            return Ok(configuration);
        }
        mistakes.sort_by(|left, right| left.location.cmp(&right.location));
        if self.uncounted.get() > 0 {
            let more = format!("there are {} more mistakes", self.uncounted.get());
            mistakes.push(Mistake::new(Location::file(self.source.name()), "", more));
        }
        Err(ConfigurationError { mistakes })
    }
}

/// One table of the file.
pub(super) struct Section<'f, 't> {
    table: &'t DeTable<'t>,
    offset: usize,
    path: String,
    findings: &'f Findings<'f>,
    asked: RefCell<Vec<&'static str>>,
    secret: bool,
}

/// One value of the file, with its key.
pub(super) struct Entry<'f, 't> {
    value: &'t Spanned<DeValue<'t>>,
    key_offset: usize,
    path: String,
    findings: &'f Findings<'f>,
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
        self.findings.base
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
                let location = self.findings.source.location(self.offset);
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
            let location = self.findings.source.location(self.offset);
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
            Mistake::new(self.findings.source.location(offset), path, message)
        });
    }

    /// The value has another type or form; `example` is how it could look.
    pub fn refuse(&self, example: &str) {
        self.mistake(format!("should be {example}, not {}", self.describe()));
    }

    fn add_at(&self, offset: usize, suggestion: Option<&str>, message: impl FnOnce() -> String) {
        self.findings.add(|| {
            let mut location = self.findings.source.location(offset);
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
        Some(self.findings.base.join(text))
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
