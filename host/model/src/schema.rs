//! What the accounts of a resource look like, and when two values are the same.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Attribute, AttributeName, Kind, NameError, State, ValueError, Values};

/// A set of attributes that cannot be a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// An attribute has no proper name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Two attributes have one name.
    #[error("attribute {0} is defined twice")]
    Twice(AttributeName),
    /// The identifier or status attribute is not defined.
    #[error("the {role} attribute {name} is not among the attributes")]
    Undefined {
        /// `identifier` or `status`.
        role: &'static str,
        /// The name that was given.
        name: String,
    },
    /// The identifier or status attribute cannot play its role.
    #[error("attribute {name} cannot be the {role}: {problem}")]
    Unfit {
        /// `identifier` or `status`.
        role: &'static str,
        /// The attribute.
        name: AttributeName,
        /// Why not.
        problem: &'static str,
    },
}

/// The attributes of a resource's accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    attributes: BTreeMap<AttributeName, Attribute>,
    identifier: AttributeName,
    status: Option<AttributeName>,
}

impl Schema {
    /// Checks that the attributes have different names and that the identifier is one of them,
    /// single-valued text and no secret.
    pub fn new(
        identifier: &str,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Result<Self, SchemaError> {
        let mut by_name = BTreeMap::new();
        for attribute in attributes {
            let name = attribute.name.clone()?;
            if by_name.insert(name.clone(), attribute).is_some() {
                return Err(SchemaError::Twice(name));
            }
        }
        let (name, attribute) = role(&by_name, "identifier", identifier)?;
        let problem = if attribute.is_multi_valued() {
            "it must be single-valued"
        } else if attribute.is_secret() {
            "it is a secret"
        } else if attribute.kind() != Kind::Text && attribute.kind() != Kind::Integer {
            "it must be a text or an integer"
        } else {
            return Ok(Self {
                identifier: name.clone(),
                attributes: by_name,
                status: None,
            });
        };
        Err(SchemaError::Unfit {
            role: "identifier",
            name: name.clone(),
            problem,
        })
    }

    /// Names the boolean attribute that says whether an account is enabled.
    pub fn with_status(mut self, status: &str) -> Result<Self, SchemaError> {
        let (name, attribute) = role(&self.attributes, "status", status)?;
        if attribute.kind() != Kind::Boolean || attribute.is_multi_valued() || attribute.is_secret()
        {
            return Err(SchemaError::Unfit {
                role: "status",
                name: name.clone(),
                problem: "it must be a single-valued boolean",
            });
        }
        self.status = Some(name.clone());
        Ok(self)
    }

    /// The attribute that identifies an account.
    pub fn identifier(&self) -> &AttributeName {
        &self.identifier
    }

    /// The attribute that says whether an account is enabled, if there is one.
    pub fn status(&self) -> Option<&AttributeName> {
        self.status.as_ref()
    }

    /// An attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(name)
    }

    /// All attributes by name.
    pub fn attributes(&self) -> impl Iterator<Item = (&AttributeName, &Attribute)> {
        self.attributes.iter()
    }

    /// What identifies an account when two texts for its identifier are compared.
    pub fn identifier_key(&self, identifier: &str) -> String {
        self.key(&self.identifier, identifier).into_owned()
    }

    /// Whether two sets of values of an attribute are the same, by its kind and case rule and
    /// without regard to order.
    pub fn same(&self, name: &AttributeName, left: &Values, right: &Values) -> bool {
        if left == right {
            return true;
        }
        match self.attributes.get(name) {
            Some(attribute) => attribute.keys(left) == attribute.keys(right),
            None => left.iter().collect::<BTreeSet<_>>() == right.iter().collect::<BTreeSet<_>>(),
        }
    }

    /// The values of `left` and those of `right` that are not among them.
    pub fn union(&self, name: &AttributeName, left: &Values, right: &Values) -> Values {
        let more = self.difference(name, right, left);
        left.iter().chain(more.iter()).map(str::to_owned).collect()
    }

    /// The values of `left` that are not among those of `right`.
    pub fn difference(&self, name: &AttributeName, left: &Values, right: &Values) -> Values {
        let taken: BTreeSet<_> = right.iter().map(|value| self.key(name, value)).collect();
        left.iter()
            .filter(|value| !taken.contains(&self.key(name, value)))
            .map(str::to_owned)
            .collect()
    }

    /// The values of `left` that are also among those of `right`.
    pub fn intersection(&self, name: &AttributeName, left: &Values, right: &Values) -> Values {
        self.difference(name, left, &self.difference(name, left, right))
    }

    /// An existing account with these attributes, checked; for callers that have texts.
    pub fn state<N, V, T>(
        &self,
        attributes: impl IntoIterator<Item = (N, V)>,
    ) -> Result<State, ValueError>
    where
        N: AsRef<str>,
        V: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        let mut state = crate::Attributes::new();
        for (name, texts) in attributes {
            let name = name.as_ref();
            let (key, attribute) =
                self.attributes
                    .get_key_value(name)
                    .ok_or_else(|| ValueError {
                        attribute: name.chars().take(80).collect(),
                        problem: format!("is not in the schema, which has {}", self.names()),
                    })?;
            state.insert(key.clone(), attribute.parse(texts)?);
        }
        Ok(State::Present(state))
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.attributes.keys().map(AttributeName::as_str).collect();
        names.join(", ")
    }

    fn key<'a>(&self, name: &AttributeName, value: &'a str) -> Cow<'a, str> {
        match self.attributes.get(name) {
            Some(attribute) => attribute.key(value),
            None => Cow::Borrowed(value),
        }
    }
}

fn role<'a>(
    attributes: &'a BTreeMap<AttributeName, Attribute>,
    role: &'static str,
    name: &str,
) -> Result<(&'a AttributeName, &'a Attribute), SchemaError> {
    attributes
        .get_key_value(name)
        .ok_or_else(|| SchemaError::Undefined {
            role,
            name: name.chars().take(80).collect(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_composed_in_two_ways_are_the_same() {
        let schema = Schema::new("id", [Attribute::new("id", Kind::Text)]).unwrap();
        let name = schema.identifier().clone();
        let composed = Values::canonical(vec!["Nov\u{e1}kov\u{e1}".into()]);
        let decomposed = Values::canonical(vec!["Nova\u{301}kova\u{301}".into()]);
        assert!(schema.same(&name, &composed, &decomposed));
    }

    #[test]
    fn a_set_has_no_order_and_no_repetition() {
        let schema = Schema::new(
            "id",
            [
                Attribute::new("id", Kind::Text),
                Attribute::new("tags", Kind::Text)
                    .multi_valued()
                    .ignore_case(),
            ],
        )
        .unwrap();
        let name = AttributeName::new("tags").unwrap();
        let tags = schema.attribute("tags").unwrap();
        let left = tags.parse(["Sailing", "fencing", "SAILING"]).unwrap();
        assert_eq!(left.len(), 2);
        assert!(schema.same(&name, &left, &tags.parse(["Fencing", "sailing"]).unwrap()));
        assert!(!schema.same(&name, &left, &tags.parse(["fencing"]).unwrap()));
    }

    #[test]
    fn a_schema_refuses_what_cannot_identify() {
        let error = |attribute| Schema::new("id", [attribute]).unwrap_err().to_string();
        assert!(error(Attribute::new("id", Kind::Text).multi_valued()).contains("single-valued"));
        assert!(error(Attribute::new("id", Kind::Text).secret()).contains("secret"));
        assert!(error(Attribute::new("id", Kind::Date)).contains("text or an integer"));
        assert!(error(Attribute::new("other", Kind::Text)).contains("not among"));
        assert!(error(Attribute::new("a b", Kind::Text)).contains("may hold only"));
    }
}
