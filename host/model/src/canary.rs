//! A version of a component that is tried on a part of the work before everybody gets it.
//!
//! While a canary stands, what it covers is answered by the candidate, and the active version is
//! asked beside it. Where the candidate gives no answer, the active version's counts; after a few
//! such failures the canary stops by itself.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{CanaryId, Comparison, ComponentName, Digest, PersonName, ResourceName, Timestamp};

/// A whole number of percent, from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

/// A text or number that is no whole percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a share is a whole number of percent from 1% to 100%, such as 10%")]
pub struct PercentError;

impl Percent {
    /// Takes 1 to 100.
    pub fn new(percent: u8) -> Result<Self, PercentError> {
        match percent {
            1..=100 => Ok(Self(percent)),
            _ => Err(PercentError),
        }
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Percent {
    type Error = PercentError;
    fn try_from(percent: u8) -> Result<Self, PercentError> {
        Self::new(percent)
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> u8 {
        percent.0
    }
}

impl FromStr for Percent {
    type Err = PercentError;
    fn from_str(text: &str) -> Result<Self, PercentError> {
        let number = text.strip_suffix('%').unwrap_or(text);
        number.parse().map_err(|_| PercentError).and_then(Self::new)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}%", self.0))
    }
}

/// What is answered by the candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CanaryScope {
    /// Everything on these resources.
    Resources(BTreeSet<ResourceName>),
    /// A share of what the component is asked on all resources that use it: always about the same
    /// identities.
    Share(Percent),
}

impl fmt::Display for CanaryScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CanaryScope::Resources(names) => {
                let names: Vec<&str> = names.iter().map(ResourceName::as_str).collect();
                f.pad(&names.join(", "))
            }
            CanaryScope::Share(percent) => f.pad(&format!("{percent} of the identities")),
        }
    }
}

/// A version of a component that is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Canary {
    /// Its number.
    pub id: CanaryId,
    /// The component's name.
    pub component: ComponentName,
    /// The version that is tried.
    pub candidate: Digest,
    /// The version that was active when it began.
    pub active: Digest,
    /// What the candidate answers.
    pub scope: CanaryScope,
    /// Who began it.
    pub by: PersonName,
    /// When.
    pub begun_at: Timestamp,
    /// After so many failures of the candidate it stops by itself.
    pub stop_after: u32,
    /// How the candidate's answers differ from the active version's so far.
    pub comparison: Comparison,
    /// How it ended; `None` while it stands.
    pub ended: Option<CanaryEnd>,
}

/// What shall be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryPlan {
    /// The component's name.
    pub component: ComponentName,
    /// The version that is tried.
    pub candidate: Digest,
    /// The version that is active.
    pub active: Digest,
    /// What the candidate answers.
    pub scope: CanaryScope,
    /// Who wants it.
    pub by: PersonName,
    /// After so many failures of the candidate it stops by itself.
    pub stop_after: u32,
}

/// How a canary ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CanaryEnd {
    /// When.
    pub at: Timestamp,
    /// Through whom; `None` if it stopped by itself.
    pub by: Option<PersonName>,
    /// Why, in words.
    pub why: String,
}

/// What cannot be done with a canary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanaryError {
    /// The candidate is what everybody has already.
    #[error("{component} {} is the active version already: there is nothing to try", .digest.short())]
    Active {
        /// The component's name.
        component: ComponentName,
        /// The version.
        digest: Digest,
    },
    /// One stands already.
    #[error(
        "a canary of {component} stands already, of {}: stop it first \
         (`provisor component canary {component} --stop --as PERSON`)", .candidate.short()
    )]
    Stands {
        /// The component's name.
        component: ComponentName,
        /// The version that is tried.
        candidate: Digest,
    },
    /// There is nothing that the candidate could be compared with.
    #[error(
        "no version of {component} is active, so there is nothing to compare with; activate one \
         with `provisor component activate {component} --as PERSON`"
    )]
    NothingActive {
        /// The component's name.
        component: ComponentName,
    },
    /// What was tried is evidence.
    #[error("component {component} was tried from {since} on, so it is kept")]
    Tried {
        /// Which version.
        component: String,
        /// When it was tried first.
        since: Timestamp,
    },
    /// None stands.
    #[error("no canary of {component} stands")]
    None {
        /// The component's name.
        component: ComponentName,
    },
    /// There is nothing to cover.
    #[error("{} {component}{}", unused(.resource.as_ref()), instead(.used))]
    Unused {
        /// The component's name.
        component: ComponentName,
        /// The resource; `None` where none does.
        resource: Option<ResourceName>,
        /// Which resources do.
        used: String,
    },
}

fn unused(resource: Option<&ResourceName>) -> String {
    match resource {
        Some(name) => format!("{name} does not use"),
        None => "no resource uses".to_owned(),
    }
}

fn instead(used: &str) -> String {
    match used {
        "" => String::new(),
        used => format!("; those that do are {used}"),
    }
}

impl CanaryError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            CanaryError::Active { .. } => "candidate-is-active",
            CanaryError::Stands { .. } => "canary-stands",
            CanaryError::NothingActive { .. } => "component-not-active",
            CanaryError::Tried { .. } => "component-was-tried",
            CanaryError::None { .. } => "no-canary",
            CanaryError::Unused { .. } => "component-unused",
        }
    }
}

impl Canary {
    /// A canary that begins now.
    pub fn begin(trial: CanaryPlan, id: CanaryId, now: Timestamp) -> Result<Self, CanaryError> {
        let CanaryPlan {
            component,
            candidate,
            active,
            scope,
            by,
            stop_after,
        } = trial;
        if candidate == active {
            return Err(CanaryError::Active {
                component,
                digest: candidate,
            });
        }
        Ok(Self {
            id,
            component,
            candidate,
            active,
            scope,
            by,
            begun_at: now,
            stop_after,
            comparison: Comparison::default(),
            ended: None,
        })
    }

    /// Whether it stands.
    pub fn stands(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether it can cover something on a resource that uses the component.
    pub fn concerns(&self, resource: &ResourceName) -> bool {
        match &self.scope {
            CanaryScope::Resources(names) => names.contains(resource),
            CanaryScope::Share(_) => true,
        }
    }

    /// Whether the candidate answers what is asked about an identity on a resource, or about an
    /// account whose identity nobody knows.
    pub fn covers(&self, resource: &ResourceName, subject: &str) -> bool {
        let within = match &self.scope {
            CanaryScope::Resources(_) => true,
            CanaryScope::Share(percent) => place(self.component.as_str(), subject) < percent.get(),
        };
        self.stands() && self.concerns(resource) && within
    }

    /// Adds what came of comparing both versions. One that failed too often stops by itself; the
    /// answer says whether it did just now. What comes after its end is counted too.
    pub fn add(&mut self, comparison: Comparison, now: Timestamp) -> bool {
        self.comparison.merge(comparison);
        let failed = self.comparison.failed;
        if self.stands() && failed >= u64::from(self.stop_after) {
            self.ended = Some(CanaryEnd {
                at: now,
                by: None,
                why: format!("it failed {failed} times"),
            });
            return true;
        }
        false
    }

    /// Ends it.
    pub fn end(
        &mut self,
        by: &PersonName,
        why: impl Into<String>,
        at: Timestamp,
    ) -> Result<(), CanaryError> {
        if !self.stands() {
            return Err(CanaryError::None {
                component: self.component.clone(),
            });
        }
        self.ended = Some(CanaryEnd {
            at,
            by: Some(by.clone()),
            why: why.into(),
        });
        Ok(())
    }
}

/// Where something stands among a hundred places: always at the same one for the same component, so
/// that a larger share has everybody of a smaller one.
fn place(component: &str, subject: &str) -> u8 {
    let mut hasher = Sha256::new();
    hasher.update((component.len() as u64).to_le_bytes());
    hasher.update(component);
    hasher.update(subject);
    let digest = hasher.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    // The remainder is below 100.
    (u64::from_le_bytes(first) % 100) as u8
}
