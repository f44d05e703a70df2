//! How what one version of a component says departs from what another one says.
//!
//! Both say something of the same input: a mapping an [`Evaluation`] of an identity, a policy a
//! [`Decision`] about an operation. [`compare_evaluations`] and [`compare_decisions`] say in which
//! points they differ, by the rules of the schema and not by the letter: two texts that differ only
//! in case, or two sets in another order, are the same where the schema says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::{Decision, Verdict};
use crate::{AttributeName, Attributes, HoldKind, Priority, Schema, Values};

/// What a mapping says of one identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluation {
    /// The account that it should have.
    Account {
        /// The attributes that the mapping manages; one that is not there is left alone.
        attributes: Attributes,
        /// What a person should know about it.
        warnings: Vec<String>,
    },
    /// There is no usable account.
    Unusable {
        /// Why not.
        problems: Vec<String>,
    },
}

/// A verdict without its reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// It may go out.
    Allow,
    /// It must not.
    Deny,
    /// A person decides, because the policy says so.
    Hold,
    /// A person decides, because the policy could not.
    Undecidable,
}

impl VerdictKind {
    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            VerdictKind::Allow => "allow",
            VerdictKind::Deny => "deny",
            VerdictKind::Hold => "hold",
            VerdictKind::Undecidable => "undecidable",
        }
    }
}

impl From<&Verdict> for VerdictKind {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Allow => VerdictKind::Allow,
            Verdict::Deny { .. } => VerdictKind::Deny,
            Verdict::Hold(hold) if hold.kind == HoldKind::Undecidable => VerdictKind::Undecidable,
            Verdict::Hold(_) => VerdictKind::Hold,
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a policy may ask to be heeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObligationKind {
    /// The priority of the case.
    Priority,
    /// When the case is due.
    DueIn,
    /// Who gets it.
    Route,
    /// Before when it is not opened.
    DelayUntil,
    /// The account is disabled rather than deleted.
    DisableInsteadOfDelete,
    /// Attributes that the case does not show.
    Redact,
    /// It is closed with a note.
    RequireNote,
    /// It is completed with something that shows it.
    RequireEvidence,
    /// It is closed by somebody else.
    ByAnother,
    /// It shares a case with others.
    Group,
}

impl ObligationKind {
    /// Its name in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            ObligationKind::Priority => "priority",
            ObligationKind::DueIn => "due-in",
            ObligationKind::Route => "route",
            ObligationKind::DelayUntil => "delay-until",
            ObligationKind::DisableInsteadOfDelete => "disable-instead-of-delete",
            ObligationKind::Redact => "redact",
            ObligationKind::RequireNote => "require-note",
            ObligationKind::RequireEvidence => "require-evidence",
            ObligationKind::ByAnother => "by-another",
            ObligationKind::Group => "group",
        }
    }
}

/// In which way one answer departs from another. Their order is how loudly they are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Departure {
    /// The candidate gave no answer at all.
    Failed,
    /// The account would be called otherwise.
    Renamed,
    /// There was a usable account, and there is none.
    Unusable,
    /// The verdict is another one.
    Verdict {
        /// What it was.
        from: VerdictKind,
        /// What it is.
        to: VerdictKind,
    },
    /// An attribute has other values.
    Attribute {
        /// Which.
        name: AttributeName,
    },
    /// An attribute was managed and is left alone.
    LeftAlone {
        /// Which.
        name: AttributeName,
    },
    /// An attribute was left alone and is managed.
    Managed {
        /// Which.
        name: AttributeName,
    },
    /// Something else has to be heeded.
    Obligation {
        /// What.
        name: ObligationKind,
    },
    /// The code for machines is another one.
    Code,
    /// There was no usable account, and there is one.
    Usable,
    /// There is no usable account either way, for other reasons.
    Problems,
    /// The reason for people is another one.
    Reason,
    /// The warnings are others.
    Warnings,
}

impl Departure {
    /// The same seen from the other side: what is lost here is won there.
    pub fn reversed(self) -> Self {
        match self {
            Departure::Unusable => Departure::Usable,
            Departure::Usable => Departure::Unusable,
            Departure::Verdict { from, to } => Departure::Verdict { from: to, to: from },
            Departure::LeftAlone { name } => Departure::Managed { name },
            Departure::Managed { name } => Departure::LeftAlone { name },
            same => same,
        }
    }
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Departure::Failed => f.pad("failed"),
            Departure::Renamed => f.pad("renamed"),
            Departure::Unusable => f.pad("no usable account any more"),
            Departure::Verdict { from, to } => f.pad(&format!("{from} becomes {to}")),
            Departure::Attribute { name } => f.pad(name.as_str()),
            Departure::LeftAlone { name } => f.pad(&format!("{name} is left alone")),
            Departure::Managed { name } => f.pad(&format!("{name} is managed")),
            Departure::Obligation { name } => f.pad(name.as_str()),
            Departure::Code => f.pad("another code"),
            Departure::Usable => f.pad("a usable account now"),
            Departure::Problems => f.pad("other problems"),
            Departure::Reason => f.pad("another reason"),
            Departure::Warnings => f.pad("other warnings"),
        }
    }
}

/// One point in which two answers differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// In which way.
    pub departure: Departure,
    /// What the active version says there.
    pub before: Shown,
    /// What the candidate says there.
    pub after: Shown,
}

/// What is shown of one side of a difference: texts, the first few of them and the beginning of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shown(Vec<String>);

/// Texts that are shown of one side, and characters of each.
const TEXTS: usize = 10;
const CHARACTERS: usize = 200;

impl Shown {
    /// Cuts texts to what a person looks at.
    pub fn of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut texts = texts.into_iter();
        let mut shown: Vec<String> = texts
            .by_ref()
            .take(TEXTS)
            .map(|text| beginning(text.as_ref()))
            .collect();
        match texts.count() {
            0 => {}
            more => shown.push(format!("… and {more} more")),
        }
        Self(shown)
    }

    /// Nothing.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// The texts.
    pub fn texts(&self) -> &[String] {
        &self.0
    }
}

/// For people: the texts with commas between them, `(none)` if there is none.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_empty() {
            true => f.pad("(none)"),
            false => f.pad(&self.0.join(", ")),
        }
    }
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// In which points two evaluations of one identity differ, the loudest first. Attributes that are
/// secret are not looked at.
pub fn compare_evaluations(
    schema: &Schema,
    before: &Evaluation,
    after: &Evaluation,
) -> Vec<Difference> {
    let mut differences = match (before, after) {
        (
            Evaluation::Account {
                attributes: old,
                warnings: warned,
            },
            Evaluation::Account {
                attributes: new,
                warnings,
            },
        ) => {
            let mut differences = compare_attributes(schema, old, new);
            differences.extend(compare_texts(Departure::Warnings, warned, warnings));
            differences
        }
        (Evaluation::Account { attributes, .. }, Evaluation::Unusable { problems }) => {
            vec![Difference {
                departure: Departure::Unusable,
                before: Shown::of(attributes.get(schema.identifier()).map_or(&[][..], texts)),
                after: Shown::of(problems),
            }]
        }
        (Evaluation::Unusable { problems }, Evaluation::Account { attributes, .. }) => {
            vec![Difference {
                departure: Departure::Usable,
                before: Shown::of(problems),
                after: Shown::of(attributes.get(schema.identifier()).map_or(&[][..], texts)),
            }]
        }
        (Evaluation::Unusable { problems: old }, Evaluation::Unusable { problems: new }) => {
            compare_texts(Departure::Problems, old, new)
                .into_iter()
                .collect()
        }
    };
    differences.sort();
    differences
}

/// In which points two decisions about one operation differ, the loudest first.
pub fn compare_decisions(before: &Decision, after: &Decision) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (from, to) = (
        VerdictKind::from(&before.verdict),
        VerdictKind::from(&after.verdict),
    );
    let (old, new) = (words(&before.verdict), words(&after.verdict));
    if from != to {
        differences.push(Difference {
            departure: Departure::Verdict { from, to },
            before: Shown::of(old.into_iter().flatten()),
            after: Shown::of(new.into_iter().flatten()),
        });
    } else if let (Some([old_code, old_reason]), Some([code, reason])) = (old, new) {
        for (departure, old, new) in [
            (Departure::Code, old_code, code),
            (Departure::Reason, old_reason, reason),
        ] {
            if old != new {
                differences.push(Difference {
                    departure,
                    before: Shown::of([old]),
                    after: Shown::of([new]),
                });
            }
        }
    }
    let (old, new) = (heeded(before), heeded(after));
    let names: BTreeSet<ObligationKind> = old.keys().chain(new.keys()).copied().collect();
    for name in names {
        let (old, new) = (old.get(&name), new.get(&name));
        if old != new {
            differences.push(Difference {
                departure: Departure::Obligation { name },
                before: Shown::of(old.into_iter().flatten()),
                after: Shown::of(new.into_iter().flatten()),
            });
        }
    }
    differences.sort();
    differences
}

fn compare_attributes(schema: &Schema, old: &Attributes, new: &Attributes) -> Vec<Difference> {
    let names: BTreeSet<&AttributeName> = old.keys().chain(new.keys()).collect();
    let mut differences = Vec::new();
    for name in names {
        if schema
            .attribute(name.as_str())
            .is_some_and(|attribute| attribute.is_secret())
        {
            continue;
        }
        let (before, after) = (old.get(name), new.get(name));
        let departure = match (before, after) {
            (Some(before), Some(after)) if schema.same(name, before, after) => continue,
            (Some(_), Some(_)) if name == schema.identifier() => Departure::Renamed,
            (Some(_), Some(_)) => Departure::Attribute { name: name.clone() },
            (Some(_), None) => Departure::LeftAlone { name: name.clone() },
            (None, Some(_)) => Departure::Managed { name: name.clone() },
            (None, None) => continue,
        };
        differences.push(Difference {
            departure,
            before: Shown::of(before.map_or(&[][..], texts)),
            after: Shown::of(after.map_or(&[][..], texts)),
        });
    }
    differences
}

/// Texts for people have no order.
fn compare_texts(departure: Departure, old: &[String], new: &[String]) -> Option<Difference> {
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort_unstable();
        texts
    };
    (sorted(old) != sorted(new)).then(|| Difference {
        departure,
        before: Shown::of(old),
        after: Shown::of(new),
    })
}

fn texts(values: &Values) -> &[String] {
    values.as_slice()
}

/// Code and reason.
fn words(verdict: &Verdict) -> Option<[&str; 2]> {
    match verdict {
        Verdict::Allow => None,
        Verdict::Deny { code, reason } => Some([code, reason]),
        Verdict::Hold(hold) => Some([&hold.code, &hold.reason]),
    }
}

/// What has to be heeded, as texts. What is as it would be without being asked is not there.
fn heeded(decision: &Decision) -> BTreeMap<ObligationKind, Vec<String>> {
    let obligations = &decision.obligations;
    let mut heeded = BTreeMap::new();
    let yes = |asked: bool| asked.then(|| vec!["yes".to_owned()]);
    for (kind, texts) in [
        (
            ObligationKind::Priority,
            (obligations.priority != Priority::default())
                .then(|| vec![obligations.priority.to_string()]),
        ),
        (
            ObligationKind::DueIn,
            obligations
                .due_in
                .map(|due| vec![format!("{} seconds", due.as_secs())]),
        ),
        (
            ObligationKind::Route,
            obligations.route.as_ref().map(|one| vec![one.to_string()]),
        ),
        (
            ObligationKind::DelayUntil,
            decision.not_before.map(|time| vec![time.to_string()]),
        ),
        (
            ObligationKind::DisableInsteadOfDelete,
            yes(decision.disable_instead),
        ),
        (
            ObligationKind::Redact,
            (!obligations.redact.is_empty())
                .then(|| obligations.redact.iter().map(ToString::to_string).collect()),
        ),
        (ObligationKind::RequireNote, yes(obligations.require_note)),
        (
            ObligationKind::RequireEvidence,
            yes(obligations.require_evidence),
        ),
        (ObligationKind::ByAnother, yes(obligations.by_another)),
        (
            ObligationKind::Group,
            obligations.group.as_ref().map(|name| vec![name.clone()]),
        ),
    ] {
        if let Some(texts) = texts {
            heeded.insert(kind, texts);
        }
    }
    heeded
}
