//! What two versions of a component say of one input, side by side, as it may be shown and kept.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::account::Decision;
use provisor_model::{
    Account, AttributeName, Departure, Difference, Evaluation, Finding, IdentityId, Shown,
    compare_decisions, compare_evaluations,
};

use provisor_sandbox::{CallError, CallErrorKind};

use crate::answering::Each;
use crate::configuration::Resource;
use crate::mapping::{Mapped, evaluation};
use crate::{Host, HostError};

/// What stands for what a policy keeps from view.
const REDACTED: &str = "(kept from view)";

/// What stands for a secret that a component let slip.
const SECRET: &str = "(secret)";

/// Whom something about an account is about: the identity, or the account where nobody knows whose
/// it is.
pub(crate) fn subject_of(account: &Account) -> &str {
    account
        .identity
        .as_ref()
        .map_or(account.identifier.as_str(), IdentityId::as_str)
}

/// In what a candidate's answer about an identity departs; `None` if it was not asked.
pub(crate) fn compare_mapped(
    resource: &Resource,
    subject: &str,
    active: &Each<Result<Mapped, HostError>>,
    candidate: &Each<Result<Mapped, HostError>>,
) -> Option<Finding> {
    let active = match active {
        Each::Answered(answer) => evaluation(answer),
        Each::Failed(error) => Evaluation::Unusable {
            problems: vec![error.to_string()],
        },
        Each::Unasked => return None,
    };
    Some(match candidate {
        Each::Unasked => return None,
        Each::Failed(error) => failed(subject, error),
        Each::Answered(answer) => Finding {
            subject: subject.to_owned(),
            differences: compare_evaluations(&resource.rules.schema, &active, &evaluation(answer)),
        },
    })
}

/// In what a candidate's decision departs; `None` if it was not asked.
pub(crate) fn compare_decided(
    subject: &str,
    active: &Decision,
    candidate: &Each<Decision>,
) -> Option<Finding> {
    Some(match candidate {
        Each::Unasked => return None,
        Each::Failed(error) => failed(subject, error),
        Each::Answered(decision) => Finding {
            subject: subject.to_owned(),
            differences: compare_decisions(active, decision),
        },
    })
}

/// That a candidate broke down. What it said last tells more than where in its code that was.
fn failed(subject: &str, error: &CallError) -> Finding {
    let why = match (&error.kind, error.last_words()) {
        // A line of the log has no line ends, but may show where some were.
        (CallErrorKind::Trapped(_), Some(words)) => words.replace("\\n", " "),
        _ => error.to_string(),
    };
    Finding::failed(subject, error.code(), &why)
}

/// A finding in which no secret stands that the component could read.
pub(crate) fn masked(secrets: &BTreeMap<String, String>, mut finding: Finding) -> Finding {
    if secrets.is_empty() {
        return finding;
    }
    for Difference { before, after, .. } in &mut finding.differences {
        for shown in [before, after] {
            let hidden = |text: &String| {
                secrets
                    .values()
                    .filter(|secret| !secret.is_empty())
                    .fold(text.clone(), |text, secret| text.replace(secret, SECRET))
            };
            *shown = Shown::of(shown.texts().iter().map(hidden));
        }
    }
    finding
}

impl Host {
    /// A finding without values that a policy keeps from view for an operation of the account.
    pub(crate) fn without_redacted(
        &self,
        resource: &Resource,
        identity: &IdentityId,
        mut finding: Finding,
    ) -> Result<Finding, HostError> {
        if finding.differences.is_empty() {
            return Ok(finding);
        }
        let account = self
            .inner
            .store
            .read(|view| view.account_if(view.account_of(&resource.name, identity)?))?;
        let redacted: BTreeSet<AttributeName> = account
            .iter()
            .flat_map(|account| &account.operations)
            .flat_map(|operation| operation.obligations.redact.iter().cloned())
            .collect();
        for difference in &mut finding.differences {
            let name = match &difference.departure {
                Departure::Attribute { name }
                | Departure::LeftAlone { name }
                | Departure::Managed { name } => name,
                Departure::Renamed => resource.rules.schema.identifier(),
                _ => continue,
            };
            if redacted.contains(name) {
                difference.before = Shown::of([REDACTED]);
                difference.after = Shown::of([REDACTED]);
            }
        }
        Ok(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_a_component_lets_slip_is_masked() {
        let secrets = [("pin".to_owned(), "hunter2".to_owned())].into();
        let finding = Finding::failed("E1", "trapped", "my pin is hunter2!");
        let masked = masked(&secrets, finding.clone());
        let shown = masked.differences[0].after.to_string();
        assert_eq!(shown, "trapped, my pin is (secret)!");
        assert_eq!(super::masked(&BTreeMap::new(), finding.clone()), finding);
    }
}
