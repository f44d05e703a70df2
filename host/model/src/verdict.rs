//! What an export says of a closed operation.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    AttributeName, Attributes, Change, Delta, ExportId, Operation, OperationState, Schema, State,
    Subject, Timestamp, Values,
};

/// What an export says about one subject of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The export is too early to tell.
    NotYet,
    /// It shows what was asked for.
    Confirmed,
    /// Nothing changed.
    Missing,
    /// It shows a third value.
    Wrong,
    /// It cannot tell: no such column, or a later operation on the same subject hides it.
    Unverifiable,
}

impl Verdict {
    /// Its name in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::NotYet => "not-yet",
            Verdict::Confirmed => "confirmed",
            Verdict::Missing => "missing",
            Verdict::Wrong => "wrong",
            Verdict::Unverifiable => "unverifiable",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A verdict with the three values that explain it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AttributeVerdict {
    /// What it is about.
    pub subject: Subject,
    /// What the export says.
    pub verdict: Verdict,
    /// What was there before. Empty for existence.
    pub before: Values,
    /// What was asked for. Empty for existence.
    pub wanted: Values,
    /// What the export shows. Empty for existence.
    pub shown: Values,
}

/// What an export shows of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A row with these attributes. A column without values is there with no values; an attribute
    /// that is not in the export is not there.
    Present {
        /// The line of the export on which it begins.
        position: u64,
        /// The attributes.
        attributes: Attributes,
    },
    /// No row.
    Absent,
    /// There may be a row, but it could not be read. Nothing can be concluded.
    Unreadable,
}

/// An accepted export as far as one account is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// The export.
    pub export: ExportId,
    /// When the application made it.
    pub exported_at: Timestamp,
    /// What it shows of the account.
    pub row: Row,
    /// The attributes that it has columns for.
    pub covered: &'a [AttributeName],
}

/// What all verdicts together mean for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// It was done.
    Verified,
    /// It was not, or not as asked.
    Contradicted,
    /// It cannot be said yet.
    Undecided,
    /// It can never be said: later operations that were carried out hide all of it.
    Moot,
}

/// Judges each subject of an operation. `later` are the operations requested after it.
///
/// Nothing is confirmed by an export made before the operation was opened, and nothing is missing
/// or wrong by one made before its completion and `grace`.
pub fn judge(
    schema: &Schema,
    operation: &Operation,
    later: &[Operation],
    evidence: &Evidence<'_>,
    grace: Duration,
) -> Vec<AttributeVerdict> {
    if evidence.row == Row::Unreadable {
        return Vec::new();
    }
    let shown_state = match &evidence.row {
        Row::Present { attributes, .. } => State::Present(attributes.clone()),
        _ => State::Absent,
    };
    let after_opening = operation
        .opened_at
        .is_some_and(|opened| evidence.exported_at >= opened);
    let after_grace = operation
        .completed_at
        .is_some_and(|completed| evidence.exported_at >= completed.after(grace));
    let effect = operation.effect();
    let gone = !shown_state.exists() && effect != Delta::Delete;

    effect
        .subjects()
        .into_iter()
        // Where there should be a row and is none, its attributes have nothing to add.
        .filter(|subject| {
            !(gone && *subject != Subject::Existence && !matches!(effect, Delta::Modify(_)))
        })
        .map(|subject| {
            let (before, wanted, shown, satisfied, unchanged) = match &subject {
                Subject::Existence => {
                    let wanted = !matches!(effect, Delta::Delete);
                    let satisfied = shown_state.exists() == wanted;
                    (Values::NONE, Values::NONE, Values::NONE, satisfied, true)
                }
                Subject::Attribute(name) => {
                    let before = operation.before.get(name).clone();
                    let shown = shown_state.get(name).clone();
                    let change = effect.changes().and_then(|changes| changes.get(name));
                    let wanted =
                        change.map_or(Values::NONE, |change| change.apply(schema, name, &before));
                    let satisfied = !gone
                        && change.is_some_and(|change: &Change| {
                            change.is_satisfied(schema, name, &shown)
                        });
                    let unchanged = !gone && schema.same(name, &before, &shown);
                    (before, wanted, shown, satisfied, unchanged)
                }
            };
            let verdict = if hidden(&subject, later) || !covers(schema, evidence, &subject) {
                Verdict::Unverifiable
            } else if satisfied && after_opening {
                Verdict::Confirmed
            } else if satisfied || !after_grace {
                Verdict::NotYet
            } else if unchanged {
                Verdict::Missing
            } else {
                Verdict::Wrong
            };
            AttributeVerdict {
                subject,
                verdict,
                before,
                wanted,
                shown,
            }
        })
        .collect()
}

/// What the verdicts mean together.
pub fn conclude(verdicts: &[AttributeVerdict], later: &[Operation]) -> Conclusion {
    let any = |wanted: Verdict| verdicts.iter().any(|verdict| verdict.verdict == wanted);
    if any(Verdict::Missing) || any(Verdict::Wrong) {
        Conclusion::Contradicted
    } else if any(Verdict::NotYet) {
        Conclusion::Undecided
    } else if any(Verdict::Confirmed) {
        Conclusion::Verified
    } else if !verdicts.is_empty()
        && verdicts.iter().all(|verdict| {
            later.iter().any(|operation| {
                operation.ended_at.is_some()
                    && matches!(
                        operation.state,
                        OperationState::Verified | OperationState::Done
                    )
                    && operation.effect().hides(&verdict.subject)
            })
        })
    {
        Conclusion::Moot
    } else {
        Conclusion::Undecided
    }
}

fn hidden(subject: &Subject, later: &[Operation]) -> bool {
    later.iter().any(|operation| {
        matches!(
            operation.state,
            OperationState::Opening
                | OperationState::Open
                | OperationState::Done
                | OperationState::Verified
        ) && operation.effect().hides(subject)
    })
}

fn covers(schema: &Schema, evidence: &Evidence<'_>, subject: &Subject) -> bool {
    match subject {
        Subject::Existence => true,
        Subject::Attribute(name) => {
            evidence.covered.contains(name)
                && !schema
                    .attribute(name.as_str())
                    .is_some_and(|attribute| attribute.is_secret())
        }
    }
}
