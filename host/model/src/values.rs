//! The values of one attribute.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The values of one attribute in canonical form; none, one or several.
///
/// Whether two values are the same is for the [`Schema`](crate::Schema) to say, so this type has
/// no set operations of its own; its `==` compares the exact texts.
#[derive(Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(Vec<String>);

/// What an attribute has that is not there.
pub(crate) static NONE: Values = Values::NONE;

impl Values {
    /// No value.
    pub const NONE: Values = Values(Vec::new());

    /// Takes texts that are canonical already. Everything from outside goes through
    /// [`Attribute::parse`](crate::Attribute::parse) instead.
    pub fn canonical(texts: Vec<String>) -> Self {
        Self(texts)
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The first value, if there is one.
    pub fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// All values in order, as they stand in memory.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// All values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// For people: the values with commas between them, `(none)` if there is none.
impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            f.pad("(none)")
        } else {
            f.pad(&self.0.join(", "))
        }
    }
}

impl FromIterator<String> for Values {
    fn from_iter<T: IntoIterator<Item = String>>(texts: T) -> Self {
        Self(texts.into_iter().collect())
    }
}
