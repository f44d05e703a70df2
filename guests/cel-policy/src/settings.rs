//! The settings; `settings.schema.json` describes them.

use provisor_sdk::Priority;
use serde::Deserialize;

/// The settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// What to call it.
    pub name: String,
    /// The condition.
    pub when: String,
    /// What it says where the condition holds.
    #[serde(default)]
    pub verdict: RuleVerdict,
    /// For machines.
    pub code: Option<String>,
    /// For people.
    pub reason: Option<String>,
    /// The priority of the case.
    pub priority: Option<RulePriority>,
    /// Seconds after the case was opened.
    pub due_in: Option<u64>,
    /// Who gets the case.
    pub route: Option<String>,
    /// An expression for the moment before which no case is opened.
    pub delay_until: Option<String>,
    /// Disable rather than delete.
    #[serde(default)]
    pub disable_instead_of_delete: bool,
    /// Attributes that the case does not show.
    #[serde(default)]
    pub redact: Vec<String>,
    /// Whoever closes the case must say what was done.
    #[serde(default)]
    pub require_note: bool,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleVerdict {
    /// It may go out.
    Allow,
    /// It must not.
    Deny,
    /// A person decides.
    Hold,
    /// Nothing; only the obligations count.
    #[default]
    None,
}

/// The priority of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulePriority {
    /// When nothing else is there.
    Low,
    /// The usual.
    Normal,
    /// Before the usual.
    High,
    /// Now.
    Urgent,
}

impl From<RulePriority> for Priority {
    fn from(priority: RulePriority) -> Self {
        match priority {
            RulePriority::Low => Priority::Low,
            RulePriority::Normal => Priority::Normal,
            RulePriority::High => Priority::High,
            RulePriority::Urgent => Priority::Urgent,
        }
    }
}
