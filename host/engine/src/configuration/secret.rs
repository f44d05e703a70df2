//! Secrets of components and sinks: the file names where they are, and never holds them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::section::{Entry, Section, quote};
use super::text_file::read_bytes;

/// The longest secret, in bytes. A private key with its chain takes about ten thousand.
const LONGEST: u64 = 64 * 1024;

/// Secrets by name. `Debug` shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// The values, for the component that they were given to.
    pub fn reveal(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.keys().map(|name| (name, format_args!("***"))))
            .finish()
    }
}

/// Fetches every secret of a table.
pub(super) fn read(section: &Section<'_, '_>) -> Secrets {
    let mut secrets = BTreeMap::new();
    for (name, entry) in section.all_entries() {
        let entry = entry.into_secret();
        if name.is_empty() || name.len() > 128 || name.chars().any(char::is_control) {
            entry.key_mistake("the name of a secret should be one line of 1 to 128 bytes");
        } else if let Some(value) = fetch(&entry) {
            secrets.insert(name.to_owned(), value);
        }
    }
    Secrets(secrets)
}

/// Fetches one secret from where the file says it is.
pub(super) fn fetch(entry: &Entry<'_, '_>) -> Option<String> {
    if !entry.value().get_ref().is_table() {
        entry.mistake(
            "a secret itself has no place in this file; write { env = \"NAME\" } or \
             { file = \"path\" }",
        );
        return None;
    }
    let section = entry.section()?;
    let (variable, file) = (section.entry("env"), section.entry("file"));
    section.refuse_unknown();
    match (variable, file) {
        (Some(entry), None) => variable_value(&entry),
        (None, Some(entry)) => file_value(&entry),
        _ => {
            entry.mistake("should be either { env = \"NAME\" } or { file = \"path\" }");
            None
        }
    }
}

fn variable_value(entry: &Entry<'_, '_>) -> Option<String> {
    let name = entry.text("the name of an environment variable")?;
    if name.contains('=') {
        entry.mistake("the name of an environment variable has no \"=\" in it");
        return None;
    }
    let problem = match std::env::var(name) {
        Ok(value) if value.is_empty() => "is empty",
        Ok(value) if value.len() as u64 > LONGEST => "is longer than 64 KiB",
        Ok(value) => return Some(value),
        Err(std::env::VarError::NotPresent) => "is not set",
        Err(std::env::VarError::NotUnicode(_)) => "is not UTF-8 text",
    };
    entry.mistake(format!(
        "the environment variable {} {problem}",
        quote(name)
    ));
    None
}

fn file_value(entry: &Entry<'_, '_>) -> Option<String> {
    let path = entry.path()?;
    match read_file(&path) {
        Ok(value) => Some(value),
        Err(problem) => {
            entry.mistake(format!("the secret's file {} {problem}", path.display()));
            None
        }
    }
}

/// The text of a file without the line end that editors put there.
fn read_file(path: &Path) -> Result<String, String> {
    let bytes = read_bytes(path, LONGEST).map_err(|problem| problem.to_string())?;
    if bytes.len() as u64 > LONGEST {
        return Err("is larger than 64 KiB".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    match text.strip_suffix('\r').unwrap_or(text) {
        "" => Err("is empty".to_owned()),
        value => Ok(value.to_owned()),
    }
}
