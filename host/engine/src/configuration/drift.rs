//! What is done about drift: reactions, who is asked, and how often the same is set right.

use std::collections::BTreeMap;
use std::time::Duration;

use provisor_model::{AttributeName, PersonName, Reaction, ResourceRules};

use super::duration;
use super::resource::only_with_reader;
use super::section::{Entry, Section};

const REACTIONS: [(&str, Reaction); 4] = [
    ("report", Reaction::Report),
    ("fix", Reaction::Fix),
    ("accept", Reaction::Accept),
    ("ask", Reaction::Ask),
];

/// Setting the same right more often than this is a quarrel, not a remedy.
const MOST_REMEDIES: u32 = 1000;

const SHORTEST: Duration = Duration::from_secs(1);

/// The keys of a resource about drift, beside those of its attributes.
pub(super) struct DriftKeys<'f, 't> {
    reaction: Option<Reaction>,
    limit: Option<u32>,
    within: Option<Duration>,
    owner: Option<PersonName>,
    /// Those that need a reaction to have an effect.
    of_fix: Vec<Entry<'f, 't>>,
    of_ask: Vec<Entry<'f, 't>>,
    /// Without one there is a mistake already for each key.
    has_reader: bool,
}

/// What one attribute, or the whole resource, says of drift.
pub(super) fn reaction(entry: &Entry<'_, '_>) -> Option<Reaction> {
    entry.choice(&REACTIONS)
}

impl<'f, 't> DriftKeys<'f, 't> {
    pub fn read(section: &Section<'f, 't>, has_reader: bool) -> Self {
        let only_with_reader = |key| only_with_reader(section, key, has_reader);
        let drift = only_with_reader("drift");
        let limit = only_with_reader("remedy-limit");
        let within = only_with_reader("remedy-within");
        let owner = only_with_reader("owner");
        Self {
            reaction: drift.and_then(|entry| reaction(&entry)),
            limit: limit
                .as_ref()
                .and_then(|entry| entry.number(1..=MOST_REMEDIES)),
            within: within
                .as_ref()
                .and_then(|entry| entry.duration(SHORTEST..=duration::LONGEST)),
            owner: owner
                .as_ref()
                .and_then(|entry| entry.person("payroll-owner")),
            of_fix: [limit, within].into_iter().flatten().collect(),
            of_ask: owner.into_iter().collect(),
            has_reader,
        }
    }

    /// Finds keys without effect, and answers the owner.
    pub fn finish(
        self,
        of: BTreeMap<AttributeName, Reaction>,
        rules: ResourceRules,
    ) -> (ResourceRules, Option<PersonName>) {
        let reacts = |wanted| {
            !self.has_reader
                || self.reaction == Some(wanted)
                || of.values().any(|one| *one == wanted)
        };
        if !reacts(Reaction::Fix) {
            for entry in &self.of_fix {
                entry.key_mistake(
                    "has no effect: no drift is set right by itself (drift = \"fix\")",
                );
            }
        }
        if !reacts(Reaction::Ask) {
            for entry in &self.of_ask {
                entry.key_mistake("has no effect: nobody is asked about drift (drift = \"ask\")");
            }
        }
        let rules = ResourceRules {
            drift: self.reaction.unwrap_or(rules.drift),
            drift_of: of,
            remedy_limit: self.limit.unwrap_or(rules.remedy_limit),
            remedy_within: self.within.unwrap_or(rules.remedy_within),
            ..rules
        };
        (rules, self.owner)
    }
}
