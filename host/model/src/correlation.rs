//! Whether a row of the application is somebody's account, although it is called otherwise.
//!
//! A rule compares attributes of a row with those that are wanted for an identity. What one rule of
//! high confidence says of one row alone is believed; everything else is for a person.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::{AttributeName, Attributes, Values};

/// How values are made comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalisation {
    /// As they are, but for spaces around them.
    #[default]
    Exact,
    /// Upper and lower case are the same.
    IgnoreCase,
    /// Nothing but digits counts, without zeros in front: `00-4711` is `4711`.
    DigitsOnly,
    /// Letters without accents, in lower case, and digits: `Zoë O'Neil` is `zoeoneil`.
    Fold,
}

impl Normalisation {
    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Normalisation::Exact => "exact",
            Normalisation::IgnoreCase => "ignore-case",
            Normalisation::DigitsOnly => "digits-only",
            Normalisation::Fold => "fold",
        }
    }

    /// The value as it is compared; empty if nothing of it is.
    pub fn apply(self, value: &str) -> String {
        match self {
            Normalisation::Exact => value.trim().nfc().collect(),
            Normalisation::IgnoreCase => value.trim().to_lowercase().nfc().collect(),
            Normalisation::DigitsOnly => {
                let digits: String = value.chars().filter(char::is_ascii_digit).collect();
                match digits.trim_start_matches('0') {
                    "" if !digits.is_empty() => "0".to_owned(),
                    significant => significant.to_owned(),
                }
            }
            // Accents are characters of their own in the decomposed form, and no letters.
            Normalisation::Fold => value
                .nfkd()
                .collect::<String>()
                .to_lowercase()
                .nfkd()
                .filter(|c| c.is_alphanumeric())
                .collect(),
        }
    }
}

/// How far a rule is to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Confidence {
    /// A person decides.
    Low,
    /// One row is believed to be the account.
    #[default]
    High,
}

impl Confidence {
    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::High => "high",
        }
    }
}

/// Attributes that are the same for a row and for what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelationRule {
    /// All of them must be the same.
    pub attributes: Vec<AttributeName>,
    /// How values are made comparable.
    pub normalise: Normalisation,
    /// How far it is to be believed.
    pub confidence: Confidence,
}

impl CorrelationRule {
    /// What must be equal: the attributes as they are compared. `None` where one of them has no
    /// value, or several.
    pub fn key(&self, attributes: &Attributes) -> Option<String> {
        let mut key = String::new();
        for name in &self.attributes {
            let mut values = attributes.get(name).into_iter().flat_map(Values::iter);
            let (Some(value), None) = (values.next(), values.next()) else {
                return None;
            };
            let value = self.normalise.apply(value);
            if value.is_empty() {
                return None;
            }
            // With its length in front no two lists of values look the same.
            key.push_str(&format!("{}:{value}", value.len()));
        }
        Some(key)
    }
}

/// What it compares; two rules that compare the same look the same.
impl fmt::Display for CorrelationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.attributes.iter().map(AttributeName::as_str).collect();
        write!(f, "{} ({})", names.join(" and "), self.normalise.as_str())
    }
}

/// A row that a rule has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// How the row is called in the application.
    pub identifier: String,
    /// Which rule has found it.
    pub rule: String,
    /// How far the rule is to be believed.
    pub confidence: Confidence,
}

/// What all rules together say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correlation {
    /// No row is like that.
    None,
    /// This row is the account.
    One(Candidate),
    /// One of these rows may be the account; a person decides.
    Ask(Vec<Candidate>),
}

/// What follows from the rows that were found. A row that several rules found counts with the most
/// confident of them.
pub fn correlate(found: Vec<Candidate>) -> Correlation {
    let mut rows: Vec<Candidate> = Vec::new();
    for candidate in found {
        match rows
            .iter_mut()
            .find(|row| row.identifier == candidate.identifier)
        {
            Some(row) if row.confidence < candidate.confidence => *row = candidate,
            Some(_) => {}
            None => rows.push(candidate),
        }
    }
    let mut high = rows.iter().filter(|row| row.confidence == Confidence::High);
    match (high.next(), high.next()) {
        (Some(one), None) => Correlation::One(one.clone()),
        _ if rows.is_empty() => Correlation::None,
        _ => Correlation::Ask(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(identifier: &str, confidence: Confidence) -> Candidate {
        Candidate {
            identifier: identifier.to_owned(),
            rule: "number (exact)".to_owned(),
            confidence,
        }
    }

    #[test]
    fn values_are_the_same_when_people_would_say_so() {
        for (normalise, left, right) in [
            (Normalisation::Exact, " 4711", "4711 "),
            (Normalisation::IgnoreCase, "ŠEVČÍK", "ševčík"),
            (Normalisation::DigitsOnly, "00-47 11", "4711"),
            (Normalisation::DigitsOnly, "000", "0"),
            (Normalisation::Fold, "Zoë O'Neil", "ZOE ONEIL"),
            (Normalisation::Fold, "Ｚｏｅ", "zoe"),
        ] {
            assert_eq!(
                normalise.apply(left),
                normalise.apply(right),
                "{normalise:?}"
            );
        }
        assert_eq!(Normalisation::DigitsOnly.apply("none"), "");
        assert_ne!(
            Normalisation::Exact.apply("a"),
            Normalisation::Exact.apply("A")
        );
    }

    #[test]
    fn one_row_of_high_confidence_is_believed_and_two_are_asked_about() {
        let (low, high) = (Confidence::Low, Confidence::High);
        assert_eq!(correlate(vec![]), Correlation::None);
        assert_eq!(
            correlate(vec![candidate("a", low), candidate("b", high)]),
            Correlation::One(candidate("b", high))
        );
        assert_eq!(
            correlate(vec![candidate("a", low), candidate("a", high)]),
            Correlation::One(candidate("a", high))
        );
        for found in [
            vec![candidate("a", high), candidate("b", high)],
            vec![candidate("a", low)],
        ] {
            assert_eq!(correlate(found.clone()), Correlation::Ask(found));
        }
    }

    proptest::proptest! {
        #[test]
        fn making_comparable_twice_changes_nothing(text in "\\PC{0,20}") {
            for normalise in [
                Normalisation::Exact,
                Normalisation::IgnoreCase,
                Normalisation::DigitsOnly,
                Normalisation::Fold,
            ] {
                let once = normalise.apply(&text);
                proptest::prop_assert_eq!(normalise.apply(&once), once);
            }
        }

        #[test]
        fn different_values_have_different_keys(left in "[ab:0-9]{1,4}", right in "[ab:0-9]{1,4}", other in "[ab:0-9]{1,4}") {
            let rule = CorrelationRule {
                attributes: vec!["x".parse().unwrap(), "y".parse().unwrap()],
                normalise: Normalisation::Exact,
                confidence: Confidence::High,
            };
            let key = |x: &str, y: &str| {
                let value = |text: &str| Values::canonical(vec![text.to_owned()]);
                let attributes = [("x", x), ("y", y)];
                rule.key(&attributes.map(|(name, text)| (name.parse().unwrap(), value(text))).into())
            };
            proptest::prop_assert_eq!(key(&left, &right) == key(&left, &other), right == other);
            proptest::prop_assert_eq!(key(&left, &right) == key(&right, &left), left == right);
        }
    }
}
