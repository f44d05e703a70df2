//! What the configuration says about the policy.

use std::fmt;

use provisor_cel::{Tables, dates};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// The settings; `settings.schema.json` describes them for people.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The rules. Their order matters for the code, for the order of the reasons and for the route.
    pub rules: Vec<RuleSettings>,
    /// The verdict when no rule has one.
    #[serde(default)]
    pub default: Default,
    /// Lookup tables: key to one or several texts.
    #[serde(default, deserialize_with = "provisor_cel::tables::read")]
    pub tables: Tables,
    /// The time zone that expressions know as `zone`; `UTC` unless told otherwise.
    #[serde(default = "utc")]
    pub time_zone: String,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSettings {
    /// What to call it, each once.
    pub name: String,
    /// The condition.
    pub when: String,
    /// What it says where the condition holds.
    #[serde(default)]
    pub verdict: RuleVerdict,
    /// For machines; the name unless told otherwise.
    pub code: Option<String>,
    /// For a person: a template. `deny` and `hold` need one.
    pub reason: Option<String>,
    /// What somebody should know without being stopped by it: a template.
    pub warning: Option<String>,
    /// The priority of the case.
    pub priority: Option<RulePriority>,
    /// The case is due this long after it was opened.
    pub due_in: Option<Length>,
    /// The operators who get the case.
    pub route: Option<String>,
    /// An expression for the moment before which no case is opened.
    pub delay_until: Option<String>,
    /// Disable the account rather than delete it.
    #[serde(default)]
    pub disable_instead_of_delete: bool,
    /// Attributes whose values the case does not show.
    #[serde(default)]
    pub redact: Vec<String>,
    /// Whoever closes the case must say what was done.
    #[serde(default)]
    pub require_note: bool,
    /// Whoever completes the case must attach something that shows it.
    #[serde(default)]
    pub require_evidence: bool,
    /// Somebody closes the case whom it is not about and who did not ask for it.
    #[serde(default)]
    pub by_another: bool,
    /// Operations of the resource with the same name here may share a case.
    #[serde(default)]
    pub group: Option<String>,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleVerdict {
    /// Nothing; only its obligations and its warning count.
    #[default]
    None,
    /// It may go out.
    Allow,
    /// A person decides.
    Hold,
    /// It must not go out.
    Deny,
}

/// The verdict when no rule has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Default {
    /// The policy has no opinion.
    #[default]
    NotApplicable,
    /// It may go out.
    Allow,
    /// A person decides.
    Hold,
    /// It must not go out.
    Deny,
}

/// The priority of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
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

/// A length of time in seconds, written so or as `45s`, `30m`, `4h`, `2d`, `1w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(pub u64);

fn utc() -> String {
    "UTC".to_owned()
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Length;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a length of time such as \"4h\", or whole seconds from 1")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Length, E> {
                dates::seconds(text)
                    .map_err(E::custom)
                    .and_then(|seconds| self.visit_u64(seconds))
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Length, E> {
                match seconds {
                    0 => Err(E::custom("the length of time should not be zero")),
                    seconds => Ok(Length(seconds)),
                }
            }
        }
        source.deserialize_any(Either)
    }
}
