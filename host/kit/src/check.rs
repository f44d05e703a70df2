//! What would be refused, found out without running anything.

use provisor::configuration::settings_schema;
use provisor_sandbox::{Examination, LoadError, LoadLimits, examine};
use serde_json::{Map, Value};

/// What is known of bytes that may be a component, and everything that a host would refuse.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What is known of it.
    pub examination: Examination,
    /// What would be refused; empty if nothing would be.
    pub findings: Vec<Finding>,
}

/// One thing that would be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule it breaks: the code of the error that a host would give.
    pub rule: &'static str,
    /// Where.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What would be accepted.
    pub accepted: String,
}

impl From<&LoadError> for Finding {
    fn from(refusal: &LoadError) -> Self {
        Finding {
            rule: refusal.code(),
            place: refusal.place(),
            message: refusal.to_string(),
            accepted: refusal.accepted(),
        }
    }
}

/// Looks for everything that a host would refuse; nothing is compiled or run. Takes time and memory
/// in proportion to the size.
pub fn check(bytes: &[u8]) -> Check {
    let examination = examine(bytes, &LoadLimits::default());
    let mut findings: Vec<Finding> = examination.refusals.iter().map(Finding::from).collect();
    if let Some(about) = &examination.about {
        let nothing = Value::Object(Map::new());
        if let Err(error) = settings_schema::validate(&about.settings_schema, &nothing) {
            findings.push(Finding {
                rule: error.code(),
                place: "`settings-schema` in the section provisor:about".to_owned(),
                message: error.to_string(),
                accepted:
                    "a JSON Schema (draft 2020-12) of one object, with references into itself \
                           only"
                        .to_owned(),
            });
        }
    }
    Check {
        examination,
        findings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_found_against_components_that_are_built_in() {
        for name in provisor_builtin::names() {
            let bytes = provisor_builtin::by_name(name).unwrap();
            let check = check(bytes);
            assert_eq!(check.findings, [], "{name}");
            assert!(check.examination.needs.core_instances > 0, "{name}");
        }
    }

    #[test]
    fn everything_is_found_and_not_only_the_first() {
        let mut bytes = provisor_builtin::CEL_MAPPING.to_vec();
        for (from, to) in [
            ("connector/log@0.1.0", "connector/lag@0.1.0"),
            ("connector/settings@0.1.0", "connector/settings@0.9.0"),
        ] {
            while let Some(at) = bytes
                .windows(from.len())
                .position(|part| part == from.as_bytes())
            {
                bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
            }
        }
        let check = check(&bytes);
        let places: Vec<&str> = check.findings.iter().map(|it| it.place.as_str()).collect();
        assert!(
            places.contains(&"the import provisor:connector/lag@0.1.0"),
            "{places:?}"
        );
        assert!(
            places.contains(&"the import provisor:connector/settings@0.9.0"),
            "{places:?}"
        );
    }
}
