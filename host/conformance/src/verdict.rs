//! What came of a trial, and what was seen.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What came of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "told", rename_all = "kebab-case")]
pub enum Verdict {
    /// The property holds.
    Pass,
    /// A property of level must does not hold: what was found.
    Fail(String),
    /// A property of level should or may does not hold: what was found.
    Deviation(String),
    /// It does not hold, and the component is excused: the author's reason.
    Bypassed(String),
    /// It was not tried: why.
    Skipped(String),
    /// It cannot be asked of this component: why.
    NotApplicable(String),
    /// It was tried, and that showed nothing: why.
    Inconclusive(String),
}

impl Verdict {
    /// Stable name for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail(_) => "fail",
            Verdict::Deviation(_) => "deviation",
            Verdict::Bypassed(_) => "bypassed",
            Verdict::Skipped(_) => "skipped",
            Verdict::NotApplicable(_) => "not-applicable",
            Verdict::Inconclusive(_) => "inconclusive",
        }
    }

    /// Whether a component with this verdict conforms at the level of the property.
    pub fn is_good(&self) -> bool {
        matches!(
            self,
            Verdict::Pass | Verdict::Bypassed(_) | Verdict::NotApplicable(_)
        )
    }

    /// Whether the property was found not to hold, excused or not.
    pub fn is_broken(&self) -> bool {
        matches!(
            self,
            Verdict::Fail(_) | Verdict::Deviation(_) | Verdict::Bypassed(_)
        )
    }

    /// What there is to say about it; empty for a pass.
    pub fn told(&self) -> &str {
        match self {
            Verdict::Pass => "",
            Verdict::Fail(told)
            | Verdict::Deviation(told)
            | Verdict::Bypassed(told)
            | Verdict::Skipped(told)
            | Verdict::NotApplicable(told)
            | Verdict::Inconclusive(told) => told,
        }
    }
}

/// What was seen in a trial: its last piece of work, and sums over all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Evidence {
    /// Pieces of work.
    pub works: u64,
    /// What the last of them was given, shown short.
    pub input: String,
    /// What came of it, shown short.
    pub output: String,
    /// Time by the clock of all of them, in microseconds.
    pub time: u64,
    /// Time on a processor of all of them, in microseconds.
    pub cpu_time: u64,
    /// The most memory that the component had, in bytes.
    pub peak_memory: u64,
    /// Faults that the trial had planned to inject.
    pub faults_planned: u64,
    /// Those of them that happened.
    pub faults_fired: u64,
}

pub(crate) fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
