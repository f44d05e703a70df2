//! What several rules come to together.
//!
//! Of two verdicts the stronger stands (deny, hold, allow), with the code of the first rule that
//! has it and the reasons of all that have it. Of two obligations of a kind the stricter stands:
//!
//! | obligation | stricter is |
//! |---|---|
//! | priority | the higher |
//! | due-in | the shorter |
//! | delay-until | the later |
//! | redact | all of them |
//! | disable-instead-of-delete, require-note, require-evidence, by-another | that one rule asks for it |
//! | route, group | neither: that of the first rule counts |

use provisor_cel::dates::later;
use provisor_sdk::{Decision, Obligation, Priority, Verdict};

use crate::settings::{Default, RulePriority, RuleVerdict};

/// What the rules asked so far come to.
#[derive(Debug, Clone)]
pub struct Combination {
    verdict: RuleVerdict,
    code: String,
    reasons: Vec<String>,
    obligations: Obligations,
    warnings: Vec<String>,
}

/// What must be heeded when the operation goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Obligations {
    /// The priority of the case.
    pub priority: Option<RulePriority>,
    /// Seconds after the case was opened.
    pub due_in: Option<u64>,
    /// The operators who get the case.
    pub route: Option<String>,
    /// The moment before which no case is opened.
    pub delay_until: Option<String>,
    /// Disable the account rather than delete it.
    pub disable_instead_of_delete: bool,
    /// Attributes whose values the case does not show.
    pub redact: Vec<String>,
    /// Whoever closes the case must say what was done.
    pub require_note: bool,
    /// Whoever completes the case must attach something that shows it.
    pub require_evidence: bool,
    /// Somebody closes the case whom it is not about and who did not ask for it.
    pub by_another: bool,
    /// Operations with the same name here may share a case.
    pub group: Option<String>,
}

impl Combination {
    /// Of no rules.
    pub fn new() -> Self {
        Self {
            verdict: RuleVerdict::None,
            code: String::new(),
            reasons: Vec::new(),
            obligations: Obligations::none(),
            warnings: Vec::new(),
        }
    }

    /// Adds what a rule says.
    pub fn verdict(&mut self, verdict: RuleVerdict, code: &str, reason: String) {
        if verdict == RuleVerdict::None || verdict < self.verdict {
            return;
        }
        if verdict > self.verdict {
            self.verdict = verdict;
            self.code = code.to_owned();
            self.reasons.clear();
        }
        if !reason.is_empty() && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Adds what a rule wants heeded.
    pub fn obligations(&mut self, added: Obligations) {
        let own = &mut self.obligations;
        own.priority = own.priority.max(added.priority);
        own.due_in = match (own.due_in, added.due_in) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        own.route = own.route.take().or(added.route);
        own.delay_until = match (own.delay_until.take(), added.delay_until) {
            (Some(one), Some(other)) => Some(later(one, other)),
            (one, other) => one.or(other),
        };
        own.disable_instead_of_delete |= added.disable_instead_of_delete;
        for attribute in added.redact {
            if !own.redact.contains(&attribute) {
                own.redact.push(attribute);
            }
        }
        own.require_note |= added.require_note;
        own.require_evidence |= added.require_evidence;
        own.by_another |= added.by_another;
        own.group = own.group.take().or(added.group);
    }

    /// Adds what somebody should know.
    pub fn warning(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The decision; `default` where no rule has a verdict. Obligations without any verdict make
    /// it `allow`: the host ignores those of `not-applicable`.
    pub fn decision(self, default: Default) -> Decision {
        let obligations = self.obligations.list();
        let held = "no rule of the policy lets this operation go out by itself";
        let mut decision = match (self.verdict, default) {
            (RuleVerdict::Deny, _) => Decision::deny(self.code, self.reasons.join("; ")),
            (RuleVerdict::Hold, _) => Decision::hold(self.code, self.reasons.join("; ")),
            (RuleVerdict::Allow, _) => Decision {
                code: self.code,
                reason: self.reasons.join("; "),
                ..Decision::allow()
            },
            (RuleVerdict::None, Default::Deny) => {
                Decision::deny("no-rule", "no rule of the policy allows this operation")
            }
            (RuleVerdict::None, Default::Hold) => Decision::hold("no-rule", held),
            (RuleVerdict::None, Default::Allow) => Decision::allow(),
            (RuleVerdict::None, Default::NotApplicable) if obligations.is_empty() => {
                Decision::not_applicable()
            }
            (RuleVerdict::None, Default::NotApplicable) => Decision::allow(),
        };
        if decision.verdict != Verdict::Deny {
            decision.obligations = obligations;
        }
        decision.warnings = self.warnings;
        decision
    }
}

impl std::default::Default for Combination {
    fn default() -> Self {
        Self::new()
    }
}

impl Obligations {
    /// Nothing to heed.
    pub fn none() -> Self {
        Self {
            priority: None,
            due_in: None,
            route: None,
            delay_until: None,
            disable_instead_of_delete: false,
            redact: Vec::new(),
            require_note: false,
            require_evidence: false,
            by_another: false,
            group: None,
        }
    }

    /// As the contract has them, in the order of the fields.
    fn list(self) -> Vec<Obligation> {
        let mut list = Vec::new();
        list.extend(self.priority.map(|it| Obligation::Priority(priority(it))));
        list.extend(self.due_in.map(Obligation::DueIn));
        list.extend(self.route.map(Obligation::Route));
        list.extend(self.delay_until.map(Obligation::DelayUntil));
        if self.disable_instead_of_delete {
            list.push(Obligation::DisableInsteadOfDelete);
        }
        list.extend(self.redact.into_iter().map(Obligation::Redact));
        if self.require_note {
            list.push(Obligation::RequireNote);
        }
        if self.require_evidence {
            list.push(Obligation::RequireEvidence);
        }
        if self.by_another {
            list.push(Obligation::ByAnother);
        }
        list.extend(self.group.map(Obligation::Group));
        list
    }
}

fn priority(priority: RulePriority) -> Priority {
    match priority {
        RulePriority::Low => Priority::Low,
        RulePriority::Normal => Priority::Normal,
        RulePriority::High => Priority::High,
        RulePriority::Urgent => Priority::Urgent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_obligation_stands() {
        let mut both = Combination::new();
        both.obligations(Obligations {
            priority: Some(RulePriority::High),
            due_in: Some(60),
            route: Some("first".to_owned()),
            delay_until: Some("2026-01-01T10:00:00+02:00".to_owned()),
            redact: vec!["a".to_owned()],
            ..Obligations::none()
        });
        both.obligations(Obligations {
            priority: Some(RulePriority::Low),
            due_in: Some(30),
            route: Some("second".to_owned()),
            delay_until: Some("2026-01-01T09:00:00Z".to_owned()),
            redact: vec!["b".to_owned(), "a".to_owned()],
            require_note: true,
            ..Obligations::none()
        });
        let decision = both.decision(Default::NotApplicable);
        assert_eq!(decision.verdict, Verdict::Allow);
        assert_eq!(
            decision.obligations,
            [
                Obligation::Priority(Priority::High),
                Obligation::DueIn(30),
                Obligation::Route("first".to_owned()),
                Obligation::DelayUntil("2026-01-01T09:00:00Z".to_owned()),
                Obligation::Redact("a".to_owned()),
                Obligation::Redact("b".to_owned()),
                Obligation::RequireNote,
            ]
        );
    }
}
