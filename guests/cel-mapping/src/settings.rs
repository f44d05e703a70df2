//! The settings; `settings.schema.json` describes them.

use std::collections::BTreeMap;

use provisor_cel::library::Tables;
use serde::Deserialize;

/// The settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The attributes, each with its expression.
    pub attributes: BTreeMap<String, Rule>,
    /// Values that expressions use by name.
    #[serde(default)]
    pub variables: Vec<Variable>,
    /// Lookup tables by name.
    #[serde(default)]
    pub tables: BTreeMap<String, BTreeMap<String, OneOrMore>>,
}

/// How an attribute is computed.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Rule {
    /// By this expression.
    Short(String),
    /// By an expression with more to say about it.
    #[serde(rename_all = "kebab-case")]
    Long {
        /// The expression.
        value: String,
        /// Where this does not hold, the account keeps the value it has.
        when: Option<String>,
        /// The value where there is none.
        default: Option<String>,
        /// What happens when the expression fails.
        #[serde(default)]
        on_error: OnError,
    },
}

/// What happens when an expression fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// The attribute has no usable value.
    #[default]
    Error,
    /// It has its default.
    Default,
    /// It keeps the value it has.
    LeftAlone,
}

/// A value that expressions use by name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The expression.
    pub value: String,
}

/// One text, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

impl Rule {
    pub(crate) fn parts(&self) -> (&str, Option<&str>, Option<&str>, OnError) {
        match self {
            Rule::Short(value) => (value, None, None, OnError::Error),
            Rule::Long {
                value,
                when,
                default,
                on_error,
            } => (value, when.as_deref(), default.as_deref(), *on_error),
        }
    }
}

impl Settings {
    pub(crate) fn tables(&self) -> Tables {
        self.tables
            .iter()
            .map(|(name, table)| {
                let table = table
                    .iter()
                    .map(|(key, values)| {
                        let values = match values {
                            OneOrMore::One(value) => vec![value.clone()],
                            OneOrMore::More(values) => values.clone(),
                        };
                        (key.clone(), values)
                    })
                    .collect();
                (name.clone(), table)
            })
            .collect()
    }
}
