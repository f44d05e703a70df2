//! One piece of work of any world, and what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use provisor_sandbox::{
    Accounts, CallError, CallErrorKind, CallReport, Decision, Draft, Failure, Limits, LogLine,
    Obligation, Page, Priority, RemarkKind, StandIns, Table, Verdict,
};
use serde_json::{Value, json};

use crate::subject::Sheet;

/// Where the answer of a ticketing component says what people see in the other system.
pub(crate) const SEEN: &str = "seen";

/// Characters of an input or an answer that evidence shows.
const SHOWN: usize = 400;

/// One piece of work, in the world of the component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A mapping computes the accounts of these identities.
    Map(Sheet),
    /// A policy decides about these proposals.
    Decide(Sheet),
    /// A reader reads this export to its end.
    Read(Vec<u8>),
    /// A ticketing component makes this ticket, finds it and looks at it, at a fresh system.
    Keep(Box<Draft>),
}

/// Under which conditions a piece of work is done.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// The settings; those of the subject when there are none.
    pub settings: Option<String>,
    /// What the component may use.
    pub limits: Limits,
    /// What it sees of a clock and of chance.
    pub stand_ins: StandIns,
    /// Values of secrets by name; those of the bench when there are none.
    pub secrets: Option<BTreeMap<String, String>>,
}

/// What came of a piece of work.
#[derive(Debug, Clone)]
pub struct Done {
    /// The answer, in a form that can be compared: everything that the component said, in order.
    pub answer: Result<Value, CallError>,
    /// The last lines that it wrote until then.
    pub log: Vec<LogLine>,
    /// What the instance had used until then.
    pub report: CallReport,
    /// What it was refused, by name.
    pub refused: Vec<String>,
    /// Time by the clock.
    pub time: Duration,
}

impl Work {
    /// Whether it is done without any other system.
    pub fn is_alone(&self) -> bool {
        matches!(self, Work::Map(_) | Work::Decide(_) | Work::Read(_))
    }

    /// The texts that the component is given; of an export the whole, and the hostile ones in it.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Work::Map(sheet) | Work::Decide(sheet) => {
                let cells = sheet.rows.iter().flatten();
                cells.flatten().cloned().collect()
            }
            Work::Read(bytes) => {
                let whole = String::from_utf8_lossy(bytes).into_owned();
                let mut texts = crate::hostile::texts();
                texts.retain(|text| !text.is_empty() && whole.contains(text.as_str()));
                texts.push(whole);
                texts
            }
            Work::Keep(draft) => {
                let facts = draft.facts.iter().map(|(_, value)| value.clone());
                facts.chain([draft.title.clone()]).collect()
            }
        }
    }

    /// Shown short, for evidence.
    pub fn show(&self) -> String {
        match self {
            Work::Map(sheet) | Work::Decide(sheet) => short(&self::sheet(sheet).to_string()),
            Work::Read(bytes) => short(&String::from_utf8_lossy(bytes)),
            Work::Keep(draft) => short(&format!(
                "create {} {:?}",
                draft.correlation_id, draft.title
            )),
        }
    }
}

impl Done {
    /// Shown short, for evidence.
    pub fn show(&self) -> String {
        match &self.answer {
            Ok(answer) => short(&answer.to_string()),
            Err(error) => short(&format!("{}: {error}", error.code())),
        }
    }

    /// How the host ended it, if the component did not answer in a way that the contract has: the
    /// code of the error.
    pub fn breakdown(&self) -> Option<&'static str> {
        match &self.answer {
            Err(error) if !matches!(error.kind, CallErrorKind::Failure(_)) => Some(error.code()),
            _ => None,
        }
    }

    /// What the component itself said went wrong.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.answer {
            Err(CallError {
                kind: CallErrorKind::Failure(failure),
                ..
            }) => Some(failure),
            _ => None,
        }
    }

    /// Everything that the component told the host: the answer or the error, and the log. What it
    /// sent to another system is looked at there.
    pub fn everything(&self) -> String {
        let mut all = match &self.answer {
            Ok(answer) => {
                let mut told = answer.clone();
                if let Some(told) = told.as_object_mut() {
                    told.remove(SEEN);
                }
                told.to_string()
            }
            Err(error) => format!("{error:?}"),
        };
        for line in &self.log {
            all.push('\n');
            all.push_str(&line.text);
        }
        all
    }
}

/// A text cut to what a report shows.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

fn sheet(sheet: &Sheet) -> Value {
    let row = |row: &Vec<Vec<String>>| -> Value {
        let cells = sheet.columns.iter().zip(row);
        let object: serde_json::Map<String, Value> = cells
            .map(|(name, values)| (name.clone(), json!(values)))
            .collect();
        object.into()
    };
    sheet.rows.iter().map(row).collect()
}

/// A table as lists in lists.
pub(crate) fn table(table: &Table) -> Value {
    json!({ "columns": table.columns, "rows": rows(&table.rows, table.columns.len()) })
}

/// The rows of a page as lists in lists.
pub(crate) fn rows(page: &Page, columns: usize) -> Value {
    page.rows(columns)
        .map(|row| {
            let cell = |cell: provisor_sandbox::Cell<'_>| cell.values().collect::<Value>();
            row.cells().map(cell).collect::<Value>()
        })
        .collect()
}

/// Accounts in a form that can be compared.
pub(crate) fn accounts(accounts: &Accounts) -> Value {
    let remarks = accounts.remarks.iter().map(|remark| {
        json!({
            "row": remark.row,
            "attribute": remark.attribute,
            "kind": match remark.kind {
                RemarkKind::LeftAlone => "left-alone",
                RemarkKind::Warning => "warning",
                RemarkKind::Error => "error",
            },
            "message": remark.message,
        })
    });
    let mut all = table(&accounts.rows);
    all["remarks"] = remarks.collect();
    all
}

/// Decisions in a form that can be compared.
pub(crate) fn decisions(decisions: &[Decision]) -> Value {
    let decision = |decision: &Decision| {
        json!({
            "verdict": match decision.verdict {
                Verdict::Allow => "allow",
                Verdict::Deny => "deny",
                Verdict::Hold => "hold",
                Verdict::NotApplicable => "not-applicable",
            },
            "code": decision.code,
            "reason": decision.reason,
            "obligations": decision.obligations.iter().map(obligation).collect::<Value>(),
            "warnings": decision.warnings,
        })
    };
    decisions.iter().map(decision).collect()
}

fn obligation(obligation: &Obligation) -> Value {
    match obligation {
        Obligation::Priority(priority) => json!({ "priority": match priority {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }}),
        Obligation::DueIn(seconds) => json!({ "due-in": seconds }),
        Obligation::Route(name) => json!({ "route": name }),
        Obligation::DelayUntil(time) => json!({ "delay-until": time }),
        Obligation::DisableInsteadOfDelete => json!({ "disable-instead-of-delete": true }),
        Obligation::Redact(name) => json!({ "redact": name }),
        Obligation::RequireNote => json!({ "require-note": true }),
        Obligation::RequireEvidence => json!({ "require-evidence": true }),
        Obligation::ByAnother => json!({ "by-another": true }),
        Obligation::Group(name) => json!({ "group": name }),
        Obligation::Other(name, value) => json!({ "other": [name, value] }),
    }
}
