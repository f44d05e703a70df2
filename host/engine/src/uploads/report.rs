//! The report of the conformance suite that is given with an upload.
//!
//! Nothing is judged here: what the report says counts as far as it is bound to the digest of the
//! component, and as far as somebody vouches for it whom the configuration trusts.

use provisor_model::{ConformanceLevel, Digest, Refusal, ReportFacts};
use provisor_package::{Signature, Subject};
use serde::Deserialize;

use super::untrusted;
use crate::configuration::ComponentRules;

/// The format that is read.
const FORMAT: &str = "provisor-conformance-1";

/// The largest report that is read: one of all properties with long evidence has 200 KiB.
const LARGEST: usize = 4 * 1024 * 1024;

/// What matters here of a report.
#[derive(Deserialize)]
struct Report {
    format: String,
    suite: String,
    component: Tried,
    /// Whether all properties of the world were judged.
    whole: bool,
    reached: Option<ConformanceLevel>,
}

#[derive(Deserialize)]
struct Tried {
    digest: String,
}

/// What a report says of a component, if it is as good as the rules ask for. Without a rule a report
/// may be missing.
pub(super) fn judge(
    rules: &ComponentRules,
    component: &Digest,
    report: Option<&[u8]>,
    signatures: &[Signature],
) -> Result<Option<ReportFacts>, Refusal> {
    let required = rules.require_conformance;
    let refusal = |message| refusal(required, message);
    let Some(bytes) = report else {
        return match required {
            None => Ok(None),
            Some(level) => Err(missing(level)),
        };
    };
    if bytes.len() > LARGEST {
        return Err(refusal(format!("the report has more than {LARGEST} bytes")));
    }
    let report: Report = serde_json::from_slice(bytes)
        .map_err(|error| refusal(format!("the report cannot be read: {error}")))?;
    if report.format != FORMAT {
        return Err(refusal(format!("the report is not of the format {FORMAT}")));
    }
    if report.component.digest != format!("sha256:{component}") {
        return Err(refusal(format!(
            "the report is about another component, not about sha256:{component}"
        )));
    }
    let signatures: Vec<Signature> = signatures
        .iter()
        .filter(|signature| signature.subject() == Subject::Report)
        .cloned()
        .collect();
    let endorsed = rules
        .trust
        .judge(Subject::Report, bytes, &signatures)
        .map_err(|error| untrusted(Subject::Report, &rules.trust, &error))?;
    let facts = ReportFacts {
        digest: provisor_package::digest(bytes),
        level: report.reached.filter(|_| report.whole),
        suite: report.suite.chars().take(80).collect(),
        signed_by: endorsed.keys,
    };
    reaches(required, &facts)?;
    Ok(Some(facts))
}

/// Whether what is known of a report is as good as the rules ask for now, and those still vouch for
/// it whom they ask for. `signatures` are known to hold.
pub(super) fn suffices(
    rules: &ComponentRules,
    report: Option<&ReportFacts>,
    signatures: &[Signature],
) -> Result<(), Refusal> {
    let required = rules.require_conformance;
    let Some(level) = required else { return Ok(()) };
    let report = report.ok_or_else(|| missing(level))?;
    // Somebody's word for another report of the same component is none for this one.
    let mut signatures = signatures.to_vec();
    signatures.retain(|signature| signature.digest() == report.digest);
    rules
        .trust
        .judge_verified(Subject::Report, &signatures)
        .map_err(|error| untrusted(Subject::Report, &rules.trust, &error))?;
    reaches(required, report)
}

fn reaches(required: Option<ConformanceLevel>, report: &ReportFacts) -> Result<(), Refusal> {
    let Some(level) = required else { return Ok(()) };
    if report.level.is_some_and(|reached| reached >= level) {
        return Ok(());
    }
    let reached = match report.level {
        Some(reached) => format!("it conforms at the level {reached} only"),
        None => "it does not conform, or was tried in part only,".to_owned(),
    };
    let message = format!("{reached} by its report; the level {level} is required");
    Err(refusal(required, message))
}

fn missing(level: ConformanceLevel) -> Refusal {
    let message = format!(
        "a report that it conforms at the level {level} is required, and none was given; `provisor \
         component conform` writes one"
    );
    refusal(Some(level), message)
}

fn refusal(required: Option<ConformanceLevel>, message: String) -> Refusal {
    Refusal {
        code: "component-conformance".to_owned(),
        message,
        place: "the report".to_owned(),
        accepted: match required {
            Some(level) => {
                format!("one about these very bytes, of all properties, at the level {level}")
            }
            None => "one about these very bytes, or none".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> Digest {
        Digest::from_bytes([7; 32])
    }

    fn report(of: &str, whole: bool, reached: &str) -> Vec<u8> {
        format!(
            r#"{{"format": "{FORMAT}", "suite": "1.0.0", "component": {{"digest": "{of}"}},
                 "whole": {whole}, "reached": {reached}, "seed": 1}}"#
        )
        .into_bytes()
    }

    fn rules(level: Option<ConformanceLevel>) -> ComponentRules {
        ComponentRules {
            require_conformance: level,
            ..ComponentRules::default()
        }
    }

    fn message(level: Option<ConformanceLevel>, report: Option<&[u8]>) -> String {
        match judge(&rules(level), &digest(), report, &[]) {
            Ok(_) => "accepted".to_owned(),
            Err(refusal) => refusal.message,
        }
    }

    #[test]
    fn a_report_counts_for_the_component_that_it_names_and_up_to_its_level() {
        let own = format!("sha256:{}", digest());
        let should = Some(ConformanceLevel::Should);
        assert_eq!(
            message(should, Some(&report(&own, true, "\"should\""))),
            "accepted"
        );
        assert_eq!(
            message(should, Some(&report(&own, true, "\"may\""))),
            "accepted"
        );
        assert_eq!(message(None, None), "accepted");
        for (bytes, words) in [
            (report(&own, true, "\"must\""), "at the level must only"),
            (report(&own, true, "null"), "does not conform"),
            (report(&own, false, "\"may\""), "in part only"),
            (report("sha256:00", true, "\"may\""), "another component"),
            (b"{}".to_vec(), "cannot be read"),
            (vec![b' '; LARGEST + 1], "more than"),
        ] {
            let message = message(should, Some(&bytes));
            assert!(message.contains(words), "{message}");
        }
        assert!(message(should, None).contains("none was given"));
    }
}
