//! What the accounts of a resource look like, and when two values are the same.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::{AttributeName, NameError, State, Timestamp, Values};

/// What the text of a value means. The canonical form is what is kept and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Any text without NUL. Compared in Unicode normal form C.
    Text,
    /// A whole number of any length, canonically without plus sign and leading zeros.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A day, canonically `2026-03-31`.
    Date,
    /// A moment, canonically RFC 3339 in UTC.
    Instant,
}

impl Kind {
    /// What a value of this kind looks like, for messages.
    pub fn example(self) -> &'static str {
        match self {
            Kind::Text => "any text",
            Kind::Integer => "a whole number such as 42",
            Kind::Boolean => "true or false",
            Kind::Date => "a day such as 2026-03-31",
            Kind::Instant => "a moment such as 2026-03-31T08:00:00Z",
        }
    }
}

/// One attribute of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    name: Result<AttributeName, NameError>,
    kind: Kind,
    multi_valued: bool,
    ignore_case: bool,
    required: bool,
    secret: bool,
}

/// The longest value that is accepted, in bytes.
pub const LONGEST_VALUE: usize = 64 * 1024;

/// The most values that one attribute of one account may have.
pub const MOST_VALUES: usize = 10_000;

impl Attribute {
    /// An optional single-valued attribute whose case matters. A name that is none is reported by
    /// [`Schema::new`].
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: AttributeName::new(name),
            kind,
            multi_valued: false,
            ignore_case: false,
            required: false,
            secret: false,
        }
    }

    /// May have several values; their order does not matter.
    pub fn multi_valued(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    /// Values that differ only in upper and lower case are the same.
    pub fn ignore_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }

    /// An account cannot be asked for without it.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Its values are never stored, shown or sent.
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// What its values mean.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it may have several values.
    pub fn is_multi_valued(&self) -> bool {
        self.multi_valued
    }

    /// Whether an account needs it.
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// Whether its values must never be kept.
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// Whether case does not matter.
    pub fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// Reads values from outside into canonical form; repeated values are kept once.
    pub fn parse<T: AsRef<str>>(
        &self,
        texts: impl IntoIterator<Item = T>,
    ) -> Result<Values, ValueError> {
        let mut values: Vec<String> = Vec::new();
        let mut keys = BTreeSet::new();
        for text in texts {
            let value = self.canonical(text.as_ref())?;
            if keys.insert(self.key(&value).into_owned()) {
                values.push(value);
            }
            let allowed = if self.multi_valued { MOST_VALUES } else { 1 };
            if values.len() > allowed {
                return Err(self.error(format!(
                    "has more than {allowed} value{}",
                    if allowed == 1 { "" } else { "s" }
                )));
            }
        }
        Ok(Values::canonical(values))
    }

    /// What two values of this attribute must share to be the same.
    pub fn key<'a>(&self, value: &'a str) -> Cow<'a, str> {
        if self.kind != Kind::Text || value.is_ascii() && !self.ignore_case {
            return Cow::Borrowed(value);
        }
        let normal: Cow<'a, str> = match is_nfc_quick(value.chars()) {
            IsNormalized::Yes => Cow::Borrowed(value),
            _ => Cow::Owned(value.nfc().collect()),
        };
        if self.ignore_case {
            // Lower case can leave normal form C, so it is restored afterwards.
            Cow::Owned(normal.to_lowercase().nfc().collect())
        } else {
            normal
        }
    }

    fn keys(&self, values: &Values) -> BTreeSet<String> {
        values
            .iter()
            .map(|value| self.key(value).into_owned())
            .collect()
    }

    fn canonical(&self, text: &str) -> Result<String, ValueError> {
        if text.len() > LONGEST_VALUE {
            return Err(self.error(format!("is longer than {LONGEST_VALUE} bytes")));
        }
        if text.contains('\0') {
            return Err(self.error("holds a NUL character".to_owned()));
        }
        let canonical = match self.kind {
            Kind::Text => Some(text.to_owned()),
            Kind::Integer => canonical_integer(text),
            Kind::Boolean => match text {
                "true" | "false" => Some(text.to_owned()),
                _ => None,
            },
            Kind::Date => text.parse::<Date>().ok().map(|date| date.to_string()),
            Kind::Instant => text
                .parse::<Timestamp>()
                .ok()
                .map(|moment| moment.to_string()),
        };
        canonical.ok_or_else(|| {
            let shown = if self.secret {
                "its value".to_owned()
            } else {
                format!("{:?}", text.chars().take(80).collect::<String>())
            };
            self.error(format!("should be {}, not {shown}", self.kind.example()))
        })
    }

    fn error(&self, problem: String) -> ValueError {
        ValueError {
            attribute: match &self.name {
                Ok(name) => name.to_string(),
                Err(_) => String::new(),
            },
            problem,
        }
    }
}

fn canonical_integer(text: &str) -> Option<String> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => ("-", &text[1..]),
        [b'+', ..] => ("", &text[1..]),
        _ => ("", text),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    match digits.trim_start_matches('0') {
        "" => Some("0".to_owned()),
        significant => Some(format!("{sign}{significant}")),
    }
}

/// A value that does not fit its attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute {attribute} {problem}")]
pub struct ValueError {
    attribute: String,
    problem: String,
}

impl ValueError {
    /// The attribute.
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        "invalid-value"
    }
}

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
        let problem = if attribute.multi_valued {
            "it must be single-valued"
        } else if attribute.secret {
            "it is a secret"
        } else if attribute.kind != Kind::Text && attribute.kind != Kind::Integer {
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
        if attribute.kind != Kind::Boolean || attribute.multi_valued || attribute.secret {
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

    fn values(attribute: &Attribute, texts: &[&str]) -> Values {
        attribute.parse(texts).unwrap()
    }

    #[test]
    fn values_are_kept_in_canonical_form() {
        let integer = Attribute::new("n", Kind::Integer);
        assert_eq!(values(&integer, &["+0042"]).first(), Some("42"));
        assert_eq!(values(&integer, &["-0"]).first(), Some("0"));
        assert!(integer.parse(["4 2"]).is_err());
        let instant = Attribute::new("t", Kind::Instant);
        assert_eq!(
            values(&instant, &["2026-03-31T10:00:00+02:00"]).first(),
            Some("2026-03-31T08:00:00Z")
        );
        let date = Attribute::new("d", Kind::Date);
        assert!(date.parse(["31.03.2026"]).is_err());
        assert!(date.parse(["2026-02-30"]).is_err());
        let text = Attribute::new("t", Kind::Text);
        assert_eq!(values(&text, &["0042"]).first(), Some("0042"));
        assert!(text.parse(["a\0b"]).is_err());
    }

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
        let left = values(tags, &["Sailing", "fencing", "SAILING"]);
        assert_eq!(left.len(), 2);
        assert!(schema.same(&name, &left, &values(tags, &["Fencing", "sailing"])));
        assert!(!schema.same(&name, &left, &values(tags, &["fencing"])));
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

    #[test]
    fn a_secret_is_not_in_the_message() {
        let secret = Attribute::new("pin", Kind::Integer).secret();
        let message = secret.parse(["hunter2"]).unwrap_err().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}
