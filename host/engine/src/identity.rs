//! The person or thing that an account belongs to.

use std::collections::BTreeMap;

use provisor_model::{IdentityId, Schema};

/// An identity as the IAM product describes it.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// How the IAM product calls it, for ever.
    pub id: IdentityId,
    /// What the IAM product says of it: for each attribute no, one or several texts.
    #[serde(default)]
    pub attributes: BTreeMap<String, Vec<String>>,
}

/// The most attributes that an identity may have.
pub const MOST_ATTRIBUTES: usize = 1_000;

/// The most text that an identity may have, names and values together, in bytes.
pub const MOST_TEXT: usize = 1024 * 1024;

/// An identity that is too large, or has an attribute whose name cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// More than [`MOST_ATTRIBUTES`] attributes or [`MOST_TEXT`] bytes.
    #[error(
        "identity {0} is too large: at most {MOST_ATTRIBUTES} attributes and {MOST_TEXT} bytes"
    )]
    TooLarge(IdentityId),
    /// An attribute without a name, or with one that the host uses.
    #[error(
        "identity {identity} has an attribute named {name:?}; a name is not empty and does not begin with '$'"
    )]
    AttributeName {
        /// The identity.
        identity: IdentityId,
        /// The name.
        name: String,
    },
    /// A text that no component could be given.
    #[error("attribute {name} of identity {identity} holds a NUL character")]
    Nul {
        /// The identity.
        identity: IdentityId,
        /// The attribute.
        name: String,
    },
}

impl Identity {
    /// An identity without attributes.
    pub fn new(id: IdentityId) -> Self {
        Self {
            id,
            attributes: BTreeMap::new(),
        }
    }

    /// The same identity with an attribute.
    pub fn with<T: Into<String>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        self.attributes.insert(
            name.to_owned(),
            values.into_iter().map(Into::into).collect(),
        );
        self
    }

    /// Checks sizes and names.
    pub fn check(&self) -> Result<(), IdentityError> {
        let mut text = 0_usize;
        for (name, values) in &self.attributes {
            text += name.len() + values.iter().map(String::len).sum::<usize>();
            if name.is_empty() || name.starts_with('$') || name.chars().any(char::is_control) {
                return Err(IdentityError::AttributeName {
                    identity: self.id.clone(),
                    name: name.chars().take(80).collect(),
                });
            }
            if values.iter().any(|value| value.contains('\0')) {
                return Err(IdentityError::Nul {
                    identity: self.id.clone(),
                    name: name.clone(),
                });
            }
        }
        if self.attributes.len() > MOST_ATTRIBUTES || text > MOST_TEXT {
            return Err(IdentityError::TooLarge(self.id.clone()));
        }
        Ok(())
    }

    /// The identity without what is secret by the schema: no component and no store sees it.
    pub fn without_secrets(&self, schema: &Schema) -> Self {
        Self {
            id: self.id.clone(),
            attributes: self
                .attributes
                .iter()
                .filter(|(name, _)| {
                    !schema
                        .attribute(name)
                        .is_some_and(|attribute| attribute.is_secret())
                })
                .map(|(name, values)| (name.clone(), values.clone()))
                .collect(),
        }
    }
}

/// Names only: values are personal.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("id", &self.id)
            .field("attributes", &self.attributes.keys())
            .finish()
    }
}
