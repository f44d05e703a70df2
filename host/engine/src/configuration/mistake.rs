//! What is wrong with a configuration, and where.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// A place in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// The column in characters, counted from 1; 0 when the file as a whole is meant.
    pub column: usize,
    /// The line itself, with what stands before the column in the excerpt; none where it may
    /// show a secret.
    #[serde(skip)]
    excerpt: Option<Arc<Excerpt>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Excerpt {
    text: String,
    before: usize,
}

impl Location {
    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: 0,
            column: 0,
            excerpt: None,
        }
    }

    pub(super) fn new(file: &str, line: usize, column: usize) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column,
            excerpt: None,
        }
    }

    /// Adds the text around the place, with the number of characters before it.
    pub(super) fn with_excerpt(mut self, text: String, before: usize) -> Self {
        self.excerpt = Some(Arc::new(Excerpt { text, before }));
        self
    }

    pub(super) fn without_excerpt(mut self) -> Self {
        self.excerpt = None;
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        Ok(())
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Where.
    pub location: Location,
    /// The key, dotted, such as `resource.payroll.identifier`. Empty for the file as a whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// The known name that is most like an unknown one.
    pub suggestion: Option<String>,
}

impl Mistake {
    /// For whoever finds more mistakes than the configuration's own rules do; see
    /// [`ComponentUse::mistake`](super::ComponentUse::mistake) for those in settings.
    pub fn new(location: Location, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            location,
            path: path.into(),
            message: message.into(),
            suggestion: None,
        }
    }

    /// Adds the name that was probably meant.
    pub fn suggest(mut self, suggestion: Option<&str>) -> Self {
        self.suggestion = suggestion.map(str::to_owned);
        self
    }
}

/// The first line says where and what; the line of the file and a caret below it follow.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.location)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, " (did you mean {suggestion:?}?)")?;
        }
        if let Some(excerpt) = &self.location.excerpt {
            let number = self.location.line.to_string();
            write!(
                f,
                "\n  {number} | {}\n  {:width$} | {:before$}^",
                excerpt.text,
                "",
                "",
                width = number.len(),
                before = excerpt.before
            )?;
        }
        Ok(())
    }
}

/// A configuration with mistakes: all that were found, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigurationError {
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

impl ConfigurationError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        "configuration"
    }

    /// Never: somebody has to correct the file.
    pub fn retryable(&self) -> bool {
        false
    }
}

impl From<Mistake> for ConfigurationError {
    fn from(mistake: Mistake) -> Self {
        Self {
            mistakes: vec![mistake],
        }
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigurationError {}
