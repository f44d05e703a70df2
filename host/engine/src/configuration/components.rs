//! Who may bring components, and what must hold of them: `[components]`.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::{ConformanceLevel, PersonName};
use provisor_package::Trust;

use super::section::Section;
use super::trust;

/// The rules for components that are uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentRules {
    /// The largest component that is taken, in bytes. Default 32 MiB.
    pub max_size: u64,
    /// Whether somebody has to approve an activation who neither uploaded the component nor asked
    /// for it. Default: no.
    pub four_eyes: bool,
    /// Persons who may upload. Default: everybody who can use the program.
    pub uploaders: Option<BTreeSet<PersonName>>,
    /// Persons who may activate, approve, go back and retire. Default: everybody who can use the
    /// program.
    pub activators: Option<BTreeSet<PersonName>>,
    /// What a report has to say of the conformance of a component. Default: no report is asked for.
    pub require_conformance: Option<ConformanceLevel>,
    /// Whose signatures are asked for. Default: nobody's.
    pub trust: Trust,
    /// How many of the last proposals of each resource are recorded, so that other versions of its
    /// policy can be asked the same. Default 1,000; 0 records none, and drops what was.
    pub recorded_inputs: u32,
}

const LEVELS: [(&str, ConformanceLevel); 3] = [
    ("must", ConformanceLevel::Must),
    ("should", ConformanceLevel::Should),
    ("may", ConformanceLevel::May),
];

const MAX_SIZE: u64 = 32 << 20;

/// More than this is no component: a Python one has 18 MiB.
const LARGEST: u64 = 256 << 20;

/// A proposal takes about two kilobytes.
const MOST_RECORDED: u32 = 100_000;

impl Default for ComponentRules {
    fn default() -> Self {
        Self {
            max_size: MAX_SIZE,
            four_eyes: false,
            uploaders: None,
            activators: None,
            require_conformance: None,
            trust: Trust::default(),
            recorded_inputs: 1_000,
        }
    }
}

/// Reads the section. A group stands for its members.
pub(super) fn read(
    section: &Section<'_, '_>,
    groups: &BTreeMap<PersonName, Vec<PersonName>>,
) -> ComponentRules {
    let defaults = ComponentRules::default();
    let persons = |key| {
        let entry = section.entry(key)?;
        let names = entry.names().into_iter();
        Some(
            names
                .flat_map(|(name, _)| groups.get(&name).cloned().unwrap_or(vec![name]))
                .collect(),
        )
    };
    let rules = ComponentRules {
        max_size: section
            .entry("max-size")
            .and_then(|entry| entry.size(1..=LARGEST))
            .unwrap_or(defaults.max_size),
        four_eyes: section
            .entry("four-eyes")
            .and_then(|entry| entry.boolean())
            .unwrap_or(defaults.four_eyes),
        uploaders: persons("uploaders"),
        activators: persons("activators"),
        require_conformance: section
            .entry("require-conformance")
            .and_then(|entry| entry.choice(&LEVELS)),
        trust: section
            .section("trust")
            .map(|section| trust::read(&section))
            .unwrap_or_default(),
        recorded_inputs: section
            .entry("recorded-inputs")
            .and_then(|entry| entry.number(0..=MOST_RECORDED))
            .unwrap_or(defaults.recorded_inputs),
    };
    if let Some(entry) = section.entry("activators")
        && rules.four_eyes
        && rules.activators.as_ref().is_some_and(|all| all.len() == 1)
    {
        entry.mistake("with four-eyes nothing could ever be activated: name at least two persons");
    }
    section.refuse_unknown();
    rules
}
