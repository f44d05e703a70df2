//! What an uploaded component may use, as data that people approve.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What an uploaded component may use. The configuration says what a resource lets its component
/// reach; of that, a component that was uploaded gets what somebody approved when it was activated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Grants {
    /// Origins such as `https://tickets.example.org`, as the sandbox writes them.
    pub origins: BTreeSet<String>,
    /// Names of secrets.
    pub secrets: BTreeSet<String>,
}

/// What kind of thing is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantKind {
    /// An origin that it may reach.
    Origin,
    /// A secret that it may read.
    Secret,
}

/// One thing that a version wants, is given or was given, with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct GrantDifference {
    /// An origin or a secret.
    pub kind: GrantKind,
    /// Which.
    pub name: String,
    /// Whether the component says that it wants it. Only origins can be wanted.
    pub declared: bool,
    /// Whether the configuration has it for a resource that uses the component.
    pub configured: bool,
    /// Whether it is approved: for the version that is looked at.
    pub approved: bool,
    /// Whether it was approved for the version before.
    pub before: bool,
}

impl GrantDifference {
    /// Whether the component would be denied what the configuration has for it.
    pub fn is_missing(&self) -> bool {
        self.configured && !self.approved
    }

    /// Whether this version gets something that the one before did not have.
    pub fn is_new(&self) -> bool {
        self.approved && !self.before
    }
}

impl Grants {
    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty() && self.secrets.is_empty()
    }

    /// What is in both.
    pub fn intersection(&self, other: &Grants) -> Grants {
        Grants {
            origins: &self.origins & &other.origins,
            secrets: &self.secrets & &other.secrets,
        }
    }

    /// What is in one of both.
    pub fn union(&self, other: &Grants) -> Grants {
        Grants {
            origins: &self.origins | &other.origins,
            secrets: &self.secrets | &other.secrets,
        }
    }

    /// What is here and not in the other one.
    pub fn difference(&self, other: &Grants) -> Grants {
        Grants {
            origins: &self.origins - &other.origins,
            secrets: &self.secrets - &other.secrets,
        }
    }

    /// Whether everything here is in the other one too.
    pub fn is_within(&self, other: &Grants) -> bool {
        self.origins.is_subset(&other.origins) && self.secrets.is_subset(&other.secrets)
    }

    /// Everything that is wanted, configured, approved or was approved before, origins first, with
    /// which of these it is. `declared` are the origins that the component wants.
    pub fn compare(
        declared: &BTreeSet<String>,
        configured: &Grants,
        approved: &Grants,
        before: &Grants,
    ) -> Vec<GrantDifference> {
        let nothing = BTreeSet::new();
        let rows = |kind, declared: &BTreeSet<String>, of: fn(&Grants) -> &BTreeSet<String>| {
            let (configured, approved, before) = (of(configured), of(approved), of(before));
            let names: BTreeSet<&String> = [declared, configured, approved, before]
                .into_iter()
                .flatten()
                .collect();
            names
                .into_iter()
                .map(|name| GrantDifference {
                    kind,
                    name: name.clone(),
                    declared: declared.contains(name),
                    configured: configured.contains(name),
                    approved: approved.contains(name),
                    before: before.contains(name),
                })
                .collect::<Vec<_>>()
        };
        let mut all = rows(GrantKind::Origin, declared, |grants| &grants.origins);
        all.extend(rows(GrantKind::Secret, &nothing, |grants| &grants.secrets));
        all
    }
}
