//! Who is trusted: named keys, and rules that say how many of them have to vouch.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use provisor_model::{KeyName, NameError};

use crate::key::PublicKey;
use crate::signature::{Signature, SignatureError, Subject};

/// How many signatures are looked at. Each takes as long as hashing all bytes.
pub const MOST_SIGNATURES: usize = 32;

/// Named keys and rules. Without any rule for a [`Subject`], no signature of it is asked for; with
/// rules, one of them has to be satisfied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    keys: BTreeMap<KeyName, PublicKey>,
    components: Vec<Rule>,
    reports: Vec<Rule>,
}

/// How many of which keys have to vouch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    all_of: BTreeSet<KeyName>,
    any_of: BTreeSet<KeyName>,
    at_least: usize,
}

/// Keys or rules that make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// A rule that everything satisfies.
    #[error("a rule without keys would trust everybody; name keys in all-of or any-of")]
    EmptyRule,
    /// A rule that nothing satisfies, or that asks for nothing.
    #[error("at-least {at_least} of {keys} keys in any-of makes no sense; it is 1 to {keys}")]
    AtLeast {
        /// How many are asked for.
        at_least: usize,
        /// How many there are.
        keys: usize,
    },
    /// A rule names a key that is not there.
    #[error("there is no key {0}")]
    UnknownKey(KeyName),
    /// One key under two names could count as two.
    #[error("{0} and {1} are the same key")]
    SameKey(KeyName, KeyName),
    /// A name that cannot be one.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl TrustError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            TrustError::EmptyRule => "empty-rule",
            TrustError::AtLeast { .. } => "at-least",
            TrustError::UnknownKey(_) => "unknown-key",
            TrustError::SameKey(..) => "same-key",
            TrustError::Name(error) => error.code(),
        }
    }
}

/// Who has vouched for something that is trusted.
#[derive(Debug)]
pub struct Endorsement {
    /// The names of all keys whose signatures hold, in order.
    pub keys: BTreeSet<KeyName>,
    /// The rule that was satisfied; none where none is asked for.
    pub rule: Option<Rule>,
    /// The signatures that do not count.
    pub ignored: Vec<Ignored>,
}

/// A signature that does not count.
#[derive(Debug)]
pub struct Ignored {
    /// Its place among the signatures given, from 0.
    pub index: usize,
    /// Why it does not count.
    pub reason: IgnoredReason,
}

/// Why a signature does not count.
#[derive(Debug, thiserror::Error)]
pub enum IgnoredReason {
    /// Nobody knows whose it is.
    #[error("its key {key} is not one that is trusted{}", called(.name.as_deref()))]
    UnknownKey {
        /// The key.
        key: PublicKey,
        /// What it calls itself.
        name: Option<String>,
    },
    /// It does not hold.
    #[error("{error} (key {key})")]
    Invalid {
        /// The name under which the key is trusted.
        key: KeyName,
        /// What is wrong.
        error: SignatureError,
    },
}

fn called(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("; it calls itself {name:?}"))
}

/// Why something is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// No rule is satisfied.
    #[error("the {subject} is not trusted: {}", unsatisfied(.missing, .ignored))]
    NoRule {
        /// What was to be trusted.
        subject: Subject,
        /// For each rule what it lacks, in their order.
        missing: Vec<String>,
        /// The signatures that do not count.
        ignored: Vec<Ignored>,
    },
    /// More signatures than anybody needs.
    #[error("there are {found} signatures; at most {MOST_SIGNATURES} are looked at")]
    TooMany {
        /// How many there are.
        found: usize,
    },
}

impl Untrusted {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Untrusted::NoRule { .. } => "not-trusted",
            Untrusted::TooMany { .. } => "too-many-signatures",
        }
    }
}

fn unsatisfied(missing: &[String], ignored: &[Ignored]) -> String {
    let mut parts = Vec::new();
    for (index, missing) in missing.iter().enumerate() {
        parts.push(format!("rule {} lacks {missing}", index + 1));
    }
    for ignored in ignored {
        parts.push(format!(
            "signature {} does not count: {}",
            ignored.index + 1,
            ignored.reason
        ));
    }
    parts.join("; ")
}

impl Trust {
    /// Keys by name, and no rules yet.
    pub fn new(keys: impl IntoIterator<Item = (KeyName, PublicKey)>) -> Result<Self, TrustError> {
        let mut trust = Self::default();
        for (name, key) in keys {
            if let Some(other) = trust.name_of(key)
                && *other != name
            {
                return Err(TrustError::SameKey(other.clone(), name));
            }
            trust.keys.insert(name, key);
        }
        Ok(trust)
    }

    /// One more way to be trusted.
    pub fn with_rule(mut self, subject: Subject, rule: Rule) -> Result<Self, TrustError> {
        let mut named = rule.all_of.iter().chain(&rule.any_of);
        if let Some(unknown) = named.find(|name| !self.keys.contains_key(*name)) {
            return Err(TrustError::UnknownKey(unknown.clone()));
        }
        match subject {
            Subject::Component => self.components.push(rule),
            Subject::Report => self.reports.push(rule),
        }
        Ok(self)
    }

    /// The keys by name.
    pub fn keys(&self) -> &BTreeMap<KeyName, PublicKey> {
        &self.keys
    }

    /// The rules, one of which has to be satisfied. None: no signature is asked for.
    pub fn rules(&self, subject: Subject) -> &[Rule] {
        match subject {
            Subject::Component => &self.components,
            Subject::Report => &self.reports,
        }
    }

    /// Whether these bytes may be trusted because of these signatures. A signature that does not
    /// hold, or is by a key that is not known, counts as if it were not there, and is reported.
    ///
    /// # Errors
    /// When there are rules and none of them is satisfied, or there are too many signatures.
    pub fn judge(
        &self,
        subject: Subject,
        bytes: &[u8],
        signatures: &[Signature],
    ) -> Result<Endorsement, Untrusted> {
        if signatures.len() > MOST_SIGNATURES {
            return Err(Untrusted::TooMany {
                found: signatures.len(),
            });
        }
        let digest = crate::digest(bytes);
        let mut keys = BTreeSet::new();
        let mut ignored = Vec::new();
        for (index, signature) in signatures.iter().enumerate() {
            let key = signature.public_key();
            let reason = match self.name_of(key) {
                None => IgnoredReason::UnknownKey {
                    key,
                    name: signature.name().map(str::to_owned),
                },
                Some(name) => match signature.verify_known(subject, bytes, digest) {
                    Ok(()) => {
                        keys.insert(name.clone());
                        continue;
                    }
                    Err(error) => IgnoredReason::Invalid {
                        key: name.clone(),
                        error,
                    },
                },
            };
            ignored.push(Ignored { index, reason });
        }
        self.decide(subject, keys, ignored)
    }

    /// As [`judge`](Self::judge), for signatures that are known to hold: those of another subject do
    /// not count, and nothing has to be read.
    ///
    /// # Errors
    /// When there are rules and none of them is satisfied.
    pub fn judge_verified(
        &self,
        subject: Subject,
        signatures: &[Signature],
    ) -> Result<Endorsement, Untrusted> {
        let mut keys = BTreeSet::new();
        let mut ignored = Vec::new();
        let about = signatures
            .iter()
            .filter(|signature| signature.subject() == subject);
        for (index, signature) in about.enumerate() {
            let key = signature.public_key();
            match self.name_of(key) {
                Some(name) => {
                    keys.insert(name.clone());
                }
                None => ignored.push(Ignored {
                    index,
                    reason: IgnoredReason::UnknownKey {
                        key,
                        name: signature.name().map(str::to_owned),
                    },
                }),
            }
        }
        self.decide(subject, keys, ignored)
    }

    fn decide(
        &self,
        subject: Subject,
        keys: BTreeSet<KeyName>,
        ignored: Vec<Ignored>,
    ) -> Result<Endorsement, Untrusted> {
        let rules = self.rules(subject);
        let rule = rules.iter().find(|rule| rule.is_satisfied_by(&keys));
        if rule.is_none() && !rules.is_empty() {
            return Err(Untrusted::NoRule {
                subject,
                missing: rules.iter().map(|rule| rule.missing(&keys)).collect(),
                ignored,
            });
        }
        Ok(Endorsement {
            rule: rule.cloned(),
            keys,
            ignored,
        })
    }

    fn name_of(&self, key: PublicKey) -> Option<&KeyName> {
        let found = self.keys.iter().find(|(_, known)| **known == key);
        found.map(|(name, _)| name)
    }
}

impl Rule {
    /// All of these have to vouch, and of the others at least so many. Either list may be empty,
    /// not both.
    pub fn new(
        all_of: impl IntoIterator<Item = KeyName>,
        any_of: impl IntoIterator<Item = KeyName>,
        at_least: usize,
    ) -> Result<Self, TrustError> {
        let all_of: BTreeSet<_> = all_of.into_iter().collect();
        let any_of: BTreeSet<_> = any_of.into_iter().collect();
        if any_of.is_empty() {
            return match all_of.is_empty() {
                true => Err(TrustError::EmptyRule),
                false => Ok(Self {
                    all_of,
                    any_of,
                    at_least: 0,
                }),
            };
        }
        if !(1..=any_of.len()).contains(&at_least) {
            return Err(TrustError::AtLeast {
                at_least,
                keys: any_of.len(),
            });
        }
        Ok(Self {
            all_of,
            any_of,
            at_least,
        })
    }

    /// All of these have to vouch.
    pub fn all_of(keys: impl IntoIterator<Item = KeyName>) -> Result<Self, TrustError> {
        Self::new(keys, [], 0)
    }

    /// At least so many of these have to vouch.
    pub fn any_of(
        keys: impl IntoIterator<Item = KeyName>,
        at_least: usize,
    ) -> Result<Self, TrustError> {
        Self::new([], keys, at_least)
    }

    /// Whether it is enough that these vouch.
    pub fn is_satisfied_by(&self, keys: &BTreeSet<KeyName>) -> bool {
        self.all_of.is_subset(keys) && self.any_of.intersection(keys).count() >= self.at_least
    }

    /// What is still missing, in words.
    fn missing(&self, keys: &BTreeSet<KeyName>) -> String {
        let mut parts: Vec<String> = self
            .all_of
            .difference(keys)
            .map(|name| format!("a signature of {name}"))
            .collect();
        let present = self.any_of.intersection(keys).count();
        if present < self.at_least {
            let others: Vec<&str> = self.any_of.difference(keys).map(KeyName::as_str).collect();
            let number = self.at_least - present;
            parts.push(match number == others.len() {
                true => format!("a signature of {}", others.join(" and of ")),
                false => format!("{number} of {}", others.join(", ")),
            });
        }
        parts.join(" and ")
    }
}

/// As people say it: `all of alice, bob`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |names: &BTreeSet<KeyName>| {
            let names: Vec<_> = names.iter().map(KeyName::as_str).collect();
            names.join(", ")
        };
        if !self.all_of.is_empty() {
            write!(f, "all of {}", names(&self.all_of))?;
        }
        if !self.all_of.is_empty() && !self.any_of.is_empty() {
            f.write_str(", and ")?;
        }
        if !self.any_of.is_empty() {
            write!(f, "{} of {}", self.at_least, names(&self.any_of))?;
        }
        Ok(())
    }
}
