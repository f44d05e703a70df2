//! Runs the folders of `tests/cases/policy`: all proposals at once, one by one, and the other way
//! round.

use std::path::Path;

use cel_policy::Rules;
use provisor_sdk::testing::{self, ProblemLike, RowLike};
use provisor_sdk::{Decision, FailureKind, Obligation, Policy, Priority, Verdict};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "told to the reader of the file")]
    about: String,
    settings: serde_json::Value,
    #[serde(default)]
    proposals: Vec<RowLike>,
    expected: Option<Vec<Expected>>,
    problems: Option<Vec<ProblemLike>>,
}

#[derive(Deserialize, Debug, PartialEq, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Expected {
    verdict: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    reason_contains: String,
    #[serde(default)]
    obligations: Vec<serde_json::Value>,
    #[serde(default)]
    warnings: Vec<String>,
}

type Row = testing::Attributes;

#[test]
fn every_case_comes_out_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/policy");
    testing::every_case(&folder, 15, run);
}

fn run(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path.join("case.json"));
    let case = text
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str::<Case>(&text).map_err(|error| error.to_string()));
    judge(&case?)
}

fn judge(case: &Case) -> Result<(), String> {
    let settings = case.settings.to_string();
    let found = testing::problems(&settings, Rules::check);
    ProblemLike::compare(case.problems.as_deref().unwrap_or_default(), &found)?;
    let rows: Vec<Row> = case.proposals.iter().map(RowLike::attributes).collect();
    let Some(expected) = &case.expected else {
        return match testing::decide::<Rules>(&settings, &testing::table(rows)) {
            Err(failure) if failure.kind == FailureKind::Configuration => Ok(()),
            other => Err(format!("wrong settings come out as {other:?}")),
        };
    };

    let together = decide(&settings, &rows)?;
    let mut turned = rows.clone();
    turned.reverse();
    let mut turned = decide(&settings, &turned)?;
    turned.reverse();
    for (place, row) in rows.iter().enumerate() {
        let alone = decide(&settings, std::slice::from_ref(row))?;
        if alone[0] != together[place] || turned[place] != together[place] {
            return Err(format!("row {place} depends on the others"));
        }
    }
    if together.len() != expected.len() {
        return Err(format!("{} decisions", together.len()));
    }
    for (place, (found, expected)) in together.iter().zip(expected).enumerate() {
        let found = plain(found, expected);
        if found != *expected {
            return Err(format!("row {place} comes out as {found:#?}"));
        }
    }
    Ok(())
}

fn decide(settings: &str, rows: &[Row]) -> Result<Vec<Decision>, String> {
    testing::decide::<Rules>(settings, &testing::table(rows.to_vec()))
        .map_err(|failure| failure.message)
}

/// The decision as the file would have it; of the reason only the part that it asks for.
fn plain(decision: &Decision, expected: &Expected) -> Expected {
    let part = &expected.reason_contains;
    let in_part = !part.is_empty() && decision.reason.contains(part.as_str());
    Expected {
        verdict: match decision.verdict {
            Verdict::Allow => "allow",
            Verdict::Deny => "deny",
            Verdict::Hold => "hold",
            Verdict::NotApplicable => "not-applicable",
        }
        .to_owned(),
        code: decision.code.clone(),
        reason: match in_part {
            true => String::new(),
            false => decision.reason.clone(),
        },
        reason_contains: match in_part {
            true => part.clone(),
            false => String::new(),
        },
        obligations: decision.obligations.iter().map(obligation).collect(),
        warnings: decision.warnings.clone(),
    }
}

fn obligation(obligation: &Obligation) -> serde_json::Value {
    use serde_json::json;
    match obligation {
        Obligation::Priority(priority) => json!({ "priority": match priority {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        } }),
        Obligation::DueIn(seconds) => json!({ "due-in": seconds }),
        Obligation::Route(route) => json!({ "route": route }),
        Obligation::DelayUntil(moment) => json!({ "delay-until": moment }),
        Obligation::DisableInsteadOfDelete => json!("disable-instead-of-delete"),
        Obligation::Redact(attribute) => json!({ "redact": attribute }),
        Obligation::RequireNote => json!("require-note"),
        Obligation::RequireEvidence => json!("require-evidence"),
        Obligation::ByAnother => json!("by-another"),
        Obligation::Group(name) => json!({ "group": name }),
        Obligation::Other((name, value)) => json!({ "other": [name, value] }),
    }
}
