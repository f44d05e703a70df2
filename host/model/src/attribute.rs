//! What the values of one attribute look like, and when two of them are the same.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::{AttributeName, NameError, Timestamp, Values};

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
    pub(crate) name: Result<AttributeName, NameError>,
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
    /// [`Schema::new`](crate::Schema::new).
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

    pub(crate) fn keys(&self, values: &Values) -> BTreeSet<String> {
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
    pub(crate) attribute: String,
    pub(crate) problem: String,
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
    fn a_secret_is_not_in_the_message() {
        let secret = Attribute::new("pin", Kind::Integer).secret();
        let message = secret.parse(["hunter2"]).unwrap_err().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }
}
