//! `tests/cases/policy` in the sandbox.

use std::collections::BTreeMap;
use std::path::Path;

use provisor::sandbox::{Component, Decision, Obligation, Priority, Verdict};
use serde_json::{Value, json};

use crate::folder::{
    call, cases, component, json as read_json, problems_fit, report, table, texts,
};

#[tokio::test]
async fn the_policy_decides_every_case_as_expected() {
    let component = component("cel-policy").await;
    let mut wrong = Vec::new();
    for case in cases("policy", 15) {
        if let Err(problem) = run(&component, &case).await {
            wrong.push((case, problem));
        }
    }
    report(wrong);
}

async fn run(component: &Component, case: &Path) -> Result<(), String> {
    let case = read_json(&case.join("case.json"));
    let call = call(&case["settings"]);
    let told = |error: provisor::sandbox::CallError| error.to_string();
    let problems = component.check_settings(&call).await.map_err(told)?;
    problems_fit(&problems, case.get("problems"))?;

    let rows: Vec<BTreeMap<String, Vec<String>>> = case["proposals"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|proposal| {
            let proposal = proposal.as_object().expect("a proposal").iter();
            proposal
                .map(|(name, value)| (name.clone(), texts(value)))
                .collect()
        })
        .collect();
    let policy = component.policy().map_err(|error| error.to_string())?;
    let decisions = async { policy.start(&call).await?.decide(&table(&rows)).await }.await;
    let Some(expected) = case.get("expected").and_then(Value::as_array) else {
        return match decisions {
            Err(error) if error.code() == "configuration-of-component" => Ok(()),
            other => Err(format!("wrong settings come out as {other:?}")),
        };
    };
    let decisions = decisions.map_err(told)?;
    if decisions.len() != expected.len() {
        return Err(format!("{} decisions", decisions.len()));
    }
    for (row, (found, wanted)) in decisions.iter().zip(expected).enumerate() {
        fits(found, wanted).map_err(|problem| format!("row {row}: {problem}"))?;
    }
    Ok(())
}

fn fits(found: &Decision, wanted: &Value) -> Result<(), String> {
    let text = |name: &str| wanted[name].as_str().unwrap_or_default();
    let verdict = match found.verdict {
        Verdict::Allow => "allow",
        Verdict::Deny => "deny",
        Verdict::Hold => "hold",
        Verdict::NotApplicable => "not-applicable",
    };
    let reason_fits = match text("reason-contains") {
        "" => found.reason == text("reason"),
        part => found.reason.contains(part),
    };
    let obligations: Vec<Value> = found.obligations.iter().map(obligation).collect();
    let list = |name: &str| wanted[name].as_array().cloned().unwrap_or_default();
    let warnings: Vec<Value> = found.warnings.iter().map(|text| json!(text)).collect();
    if verdict == text("verdict")
        && found.code == text("code")
        && reason_fits
        && obligations == list("obligations")
        && warnings == list("warnings")
    {
        Ok(())
    } else {
        Err(format!("it comes out as {found:#?}"))
    }
}

fn obligation(obligation: &Obligation) -> Value {
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
        Obligation::Other(name, value) => json!({ "other": [name, value] }),
    }
}
