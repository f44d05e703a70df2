//! One account at one moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AttributeName, Schema, Values};

/// Attributes by name. A name that is not there is not spoken about; one with no values is known
/// to have none.
pub type Attributes = BTreeMap<AttributeName, Values>;

/// An account as it is, was or should be.
///
/// As a desired state, [`Present`](State::Present) lists the attributes that are managed; all
/// others may be as they like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// There is no account.
    #[default]
    Absent,
    /// There is one, with these attributes.
    Present(Attributes),
}

impl State {
    /// Whether there is an account.
    pub fn exists(&self) -> bool {
        matches!(self, State::Present(_))
    }

    /// The attributes, if there is an account.
    pub fn attributes(&self) -> Option<&Attributes> {
        match self {
            State::Absent => None,
            State::Present(attributes) => Some(attributes),
        }
    }

    /// The values of an attribute; none if there is no account or nothing is known of it.
    pub fn get(&self, name: &AttributeName) -> &Values {
        self.attributes()
            .and_then(|attributes| attributes.get(name))
            .unwrap_or(&crate::values::NONE)
    }

    /// Whether this state is as `desired` wants it: existence, and every attribute that `desired`
    /// speaks about.
    pub fn satisfies(&self, schema: &Schema, desired: &State) -> bool {
        match (self, desired) {
            (State::Absent, State::Absent) => true,
            (State::Present(_), State::Present(wanted)) => wanted
                .iter()
                .all(|(name, values)| schema.same(name, self.get(name), values)),
            _ => false,
        }
    }
}
