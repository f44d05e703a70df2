//! How the cases of a resource are made and what happens to them: `[resource.NAME.cases]`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use provisor_model::{Deadlines, Level, OperationKind, PersonName};

use super::section::{Entry, Section};
use super::{duration, text_file};

/// How the cases of a resource are made and what happens to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRules {
    /// What shares a case when it goes out at the same time. Default: operations of one account.
    pub group_by: GroupBy,
    /// How many operations a case has at most. Default 20.
    pub group_size: usize,
    /// When a case is due, and what happens then.
    pub deadlines: Deadlines,
    /// Whether every case must be closed by somebody else than whom it is about or who asked for
    /// it. Default: only where the policy says so.
    pub by_another: bool,
    /// Attachments of more bytes than this are refused. Default 10 MiB.
    pub max_attachment: u64,
    /// How the work is done, in Markdown.
    pub instructions: Instructions,
    /// What a case says instead of the values of secret attributes.
    pub secrets: String,
}

/// What shares a case when it goes out at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// Operations of one account.
    Account,
    /// Operations of one identity, also on other resources that are grouped so and have the same
    /// operators.
    Identity,
    /// All operations of the resource.
    Resource,
}

/// How the work is done, in Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Instructions {
    /// For every operation that has none of its own.
    pub every: Option<String>,
    /// By kind of operation.
    pub of: BTreeMap<OperationKind, String>,
}

impl Instructions {
    /// How an operation of this kind is done.
    pub fn of(&self, kind: OperationKind) -> Option<&str> {
        self.of
            .get(&kind)
            .or(self.every.as_ref())
            .map(String::as_str)
    }
}

/// A threshold of outgoing operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// More than this are held.
    pub most: u64,
    /// Of those that were asked for within this time.
    pub within: Duration,
}

impl Default for CaseRules {
    fn default() -> Self {
        Self {
            group_by: GroupBy::Account,
            group_size: GROUP_SIZE,
            deadlines: Deadlines::default(),
            by_another: false,
            max_attachment: MAX_ATTACHMENT,
            instructions: Instructions::default(),
            secrets: SECRETS.to_owned(),
        }
    }
}

const GROUP_SIZE: usize = 20;

/// With more, nobody finds his way in a case.
const LARGEST_GROUP: u32 = 500;

const MAX_ATTACHMENT: u64 = 10 << 20;
const LARGEST_ATTACHMENT: u64 = 100 << 20;

const SECRETS: &str = "Give no password to anybody: the owner of the account sets it by the \
                       application's own \"forgot my password\".";

/// A text that is shown with every case is no book.
const LONGEST_TEXT: u64 = 64 * 1024;

const LEVELS: &str = "a list of levels such as [{ after = \"4h\", to = \"head-of-desk\" }]";

const GROUPS: [(&str, GroupBy); 3] = [
    ("account", GroupBy::Account),
    ("identity", GroupBy::Identity),
    ("resource", GroupBy::Resource),
];

pub(super) const KINDS: [(&str, OperationKind); 6] = [
    ("create", OperationKind::Create),
    ("modify", OperationKind::Modify),
    ("delete", OperationKind::Delete),
    ("enable", OperationKind::Enable),
    ("disable", OperationKind::Disable),
    ("rename", OperationKind::Rename),
];

/// The rules as the section says, the defaults where it says nothing.
pub(super) fn read(section: Option<Section<'_, '_>>) -> CaseRules {
    let mut rules = CaseRules::default();
    let Some(section) = section else {
        return rules;
    };
    if let Some(by) = section
        .entry("group-by")
        .and_then(|entry| entry.choice(&GROUPS))
    {
        rules.group_by = by;
    }
    if let Some(most) = section
        .entry("group-size")
        .and_then(|entry| entry.number(1..=LARGEST_GROUP))
    {
        rules.group_size = usize::try_from(most).unwrap_or(GROUP_SIZE);
    }
    rules.deadlines = read_deadlines(&section);
    if let Some(found) = section
        .entry("by-another")
        .and_then(|entry| entry.boolean())
    {
        rules.by_another = found;
    }
    if let Some(found) = section
        .entry("max-attachment")
        .and_then(|entry| entry.size(1..=LARGEST_ATTACHMENT))
    {
        rules.max_attachment = found;
    }
    if let Some(found) = section.entry("secrets").and_then(|entry| {
        let text = entry.line("what to do, such as \"The owner sets it by self-service.\"")?;
        Some(text.to_owned())
    }) {
        rules.secrets = found;
    }
    if let Some(instructions) = section.section("instructions") {
        rules.instructions = read_instructions(&instructions);
    }
    section.refuse_unknown();
    rules
}

fn read_deadlines(section: &Section<'_, '_>) -> Deadlines {
    let long = |entry: Entry<'_, '_>| entry.duration(Duration::ZERO..=duration::LONGEST);
    let due_in = section.entry("due-in").and_then(long);
    let remind_before = section.entry("remind-before").and_then(long);
    let mut escalation: Vec<Level> = Vec::new();
    let mut seen: BTreeSet<PersonName> = BTreeSet::new();
    for element in section
        .entry("escalation")
        .map(|entry| entry.elements(LEVELS))
        .unwrap_or_default()
    {
        let Some(level) = element.section() else {
            continue;
        };
        let after = level.required("after", "after = \"4h\"").and_then(|entry| {
            let after = entry.duration(Duration::ZERO..=duration::LONGEST)?;
            if escalation.last().is_some_and(|before| before.after > after) {
                entry.mistake("comes before the level above it");
                return None;
            }
            Some(after)
        });
        let to = level.required("to", "to = \"head-of-desk\"");
        let to = to.and_then(|entry| {
            let name = entry.person("head-of-desk")?;
            if !seen.insert(name.clone()) {
                entry.mistake(format!("{name} is called in already by a level above"));
                return None;
            }
            Some(name)
        });
        level.refuse_unknown();
        if let (Some(after), Some(to)) = (after, to) {
            escalation.push(Level { after, to });
        }
    }
    Deadlines {
        due_in,
        remind_before: remind_before.unwrap_or_default(),
        escalation,
    }
}

fn read_instructions(section: &Section<'_, '_>) -> Instructions {
    let mut instructions = Instructions {
        every: section
            .entry("every")
            .and_then(|entry| text_file::read(&entry, LONGEST_TEXT)),
        of: BTreeMap::new(),
    };
    for (name, kind) in KINDS {
        let text = section.entry(name);
        if let Some(text) = text.and_then(|entry| text_file::read(&entry, LONGEST_TEXT)) {
            instructions.of.insert(kind, text);
        }
    }
    section.refuse_unknown();
    instructions
}

/// The thresholds of `[resource.NAME.outgoing]`, by kind of operation.
pub(super) fn read_thresholds(
    section: Option<Section<'_, '_>>,
) -> BTreeMap<OperationKind, Threshold> {
    let mut thresholds = BTreeMap::new();
    let Some(section) = section else {
        return thresholds;
    };
    for (key, kind) in [
        ("deletes", OperationKind::Delete),
        ("disables", OperationKind::Disable),
    ] {
        let Some(one) = section.section(key) else {
            continue;
        };
        let most = one
            .required("most", "most = 10")
            .and_then(|entry| entry.number(0..=MOST_OUTGOING));
        let within = one.required("within", "within = \"24h\"");
        let within =
            within.and_then(|entry| entry.duration(Duration::from_secs(60)..=duration::LONGEST));
        one.refuse_unknown();
        if let (Some(most), Some(within)) = (most, within) {
            let most = u64::from(most);
            thresholds.insert(kind, Threshold { most, within });
        }
    }
    section.refuse_unknown();
    thresholds
}

const MOST_OUTGOING: u32 = 1_000_000;
