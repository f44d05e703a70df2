//! Where the work of a resource is kept as tickets: `[ticket-system.NAME]` and
//! `[resource.NAME.tickets]`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use provisor_model::{OperationKind, TicketClass, TicketRules, TicketSystemName};
use provisor_sandbox::egress::Grant;

use super::section::{Entry, Section, quote};
use super::{ComponentUse, cases, component, duration, reach, settings, text_file};
use crate::tickets::template;

/// One system that keeps tickets.
#[derive(Debug, Clone)]
pub struct TicketSystemUse {
    /// What it is called here.
    pub name: TicketSystemName,
    /// The component that translates, with settings that each resource may add to.
    pub component: ComponentUse,
    /// What the component may reach.
    pub reach: Vec<Grant>,
    /// Calls to it at one time. Default 1.
    pub parallel: NonZeroU32,
    /// Calls to it in a minute. Default 600.
    pub per_minute: Option<NonZeroU32>,
}

/// How a resource uses a system that keeps tickets.
#[derive(Debug, Clone)]
pub struct TicketUse {
    /// Which system.
    pub system: TicketSystemName,
    /// Its component, with the settings of this resource.
    pub component: ComponentUse,
    /// How its tickets are treated.
    pub rules: TicketRules,
    /// What a ticket says, for operations that have none of their own.
    pub every: TicketTemplate,
    /// What a ticket says by the kind of its operations.
    pub of: BTreeMap<OperationKind, TicketTemplate>,
}

/// What a ticket says. See `docs/tickets.md`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TicketTemplate {
    /// Its one line, with `{…}` in the places of facts.
    pub title: Option<String>,
    /// Its description in Markdown, with `{…}` in the places of facts and of whole parts.
    pub text: Option<String>,
}

impl TicketUse {
    /// The one line of a ticket about operations of this kind; `None` for the usual one. A ticket
    /// about several kinds has the one for every kind.
    pub fn title(&self, kind: Option<OperationKind>) -> Option<&str> {
        let own = kind.and_then(|kind| self.of.get(&kind)?.title.as_ref());
        own.or(self.every.title.as_ref()).map(String::as_str)
    }

    /// The description, likewise.
    pub fn text(&self, kind: Option<OperationKind>) -> Option<&str> {
        let own = kind.and_then(|kind| self.of.get(&kind)?.text.as_ref());
        own.or(self.every.text.as_ref()).map(String::as_str)
    }
}

/// More attempts than this take a month.
const MOST_ATTEMPTS: u32 = 100;

/// More open tickets than this are an archive.
const MOST_OPEN: u32 = 1_000_000;

/// More calls at a time would look like an attack.
const MOST_PARALLEL: u32 = 16;

const MOST_PER_MINUTE: u32 = 100_000;

/// A description that is longer is no ticket.
const LONGEST_TEXT: u64 = 64 * 1024;

/// Reads all systems.
pub(super) fn read_systems(
    section: &Section<'_, '_>,
) -> BTreeMap<TicketSystemName, TicketSystemUse> {
    let mut systems = BTreeMap::new();
    for (name, entry) in section.all_entries() {
        let name = match TicketSystemName::new(name) {
            Ok(name) => name,
            Err(error) => {
                entry.key_mistake(error.to_string());
                continue;
            }
        };
        if let Some(section) = entry.section()
            && let Some(system) = read_system(name, &section)
        {
            systems.insert(system.name.clone(), system);
        }
    }
    systems
}

fn read_system(name: TicketSystemName, section: &Section<'_, '_>) -> Option<TicketSystemUse> {
    let component = component::read(section, "component = \"jira\"");
    let reach = section
        .required(
            "reach",
            "reach = [{ origin = \"https://tickets.example.org\" }]",
        )
        .map(|entry| reach::read_all(&entry));
    let parallel = section
        .entry("parallel")
        .and_then(|entry| entry.number(1..=MOST_PARALLEL));
    let per_minute = section
        .entry("per-minute")
        .and_then(|entry| entry.number(1..=MOST_PER_MINUTE));
    section.refuse_unknown();
    Some(TicketSystemUse {
        name,
        component: component?,
        reach: reach?,
        parallel: parallel
            .and_then(NonZeroU32::new)
            .unwrap_or(NonZeroU32::MIN),
        per_minute: per_minute.and_then(NonZeroU32::new),
    })
}

/// Reads what a resource says; `systems` are those without mistakes, `names` all of them.
pub(super) fn read(
    section: &Section<'_, '_>,
    systems: &BTreeMap<TicketSystemName, TicketSystemUse>,
    names: &[&str],
) -> Option<TicketUse> {
    let system = section
        .required("system", "system = \"helpdesk\"")
        .and_then(|entry| {
            let name = entry.text("the name of a ticket system such as \"helpdesk\"")?;
            if !names.contains(&name) {
                let there = match names.len() {
                    0 => "there is none: make one as [ticket-system.helpdesk]".to_owned(),
                    _ => format!(
                        "there are {}",
                        names
                            .iter()
                            .map(|name| quote(name))
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                };
                let problem = format!("there is no ticket system {}; {there}", quote(name));
                entry.mistake_with(problem, name, names.iter().copied());
            }
            systems.values().find(|system| system.name.as_str() == name)
        });
    let overlay = match section.entry("settings") {
        Some(entry) => settings::read(&entry).map(Some),
        None => Some(None),
    };
    let rules = read_rules(section);
    let (every, of) = section
        .section("template")
        .map(|section| read_templates(&section))
        .unwrap_or_default();
    section.refuse_unknown();
    let system = system?;
    let component = match overlay? {
        Some((settings, places)) => system.component.overlaid(&settings, places),
        None => system.component.clone(),
    };
    Some(TicketUse {
        system: system.name.clone(),
        component,
        rules,
        every,
        of,
    })
}

fn read_rules(section: &Section<'_, '_>) -> TicketRules {
    let defaults = TicketRules::default();
    let long = |key, shortest: u64| {
        let entry = section.entry(key);
        entry.and_then(|entry| entry.duration(Duration::from_secs(shortest)..=duration::LONGEST))
    };
    let mut classes = BTreeMap::new();
    if let Some(section) = section.section("classes") {
        for (status, entry) in section.all_entries() {
            if status.trim().is_empty() {
                entry.key_mistake("names no status; write it as the ticket system calls it");
            } else if let Some(class) = entry.choice(&TicketClass::ALL) {
                classes.insert(normal(status), class);
            }
        }
    }
    TicketRules {
        attempts: section
            .entry("attempts")
            .and_then(|entry| entry.number(1..=MOST_ATTEMPTS))
            .unwrap_or(defaults.attempts),
        fall_back_after: long("fall-back-after", 60).unwrap_or(defaults.fall_back_after),
        look_every: long("look-every", 1).unwrap_or(defaults.look_every),
        final_after: long("final-after", 0).unwrap_or(defaults.final_after),
        classes,
        max_open: section
            .entry("max-open")
            .and_then(|entry| entry.number(1..=MOST_OPEN))
            .map(u64::from),
    }
}

/// A status and a resolution as they are looked up: in lower case, without room around the slash.
fn normal(status: &str) -> String {
    let parts: Vec<String> = status
        .splitn(2, '/')
        .map(|part| part.trim().to_lowercase())
        .collect();
    parts.join("/")
}

fn read_templates(
    section: &Section<'_, '_>,
) -> (TicketTemplate, BTreeMap<OperationKind, TicketTemplate>) {
    let template = |section: Section<'_, '_>| {
        let title = section.entry("title").and_then(|entry| {
            let title = entry.line("a title such as \"[{resource}] {operation} {account}\"")?;
            checked(&entry, title.to_owned(), false)
        });
        let text = section.entry("text").and_then(|entry| {
            let text = text_file::read(&entry, LONGEST_TEXT)?;
            checked(&entry, text, true)
        });
        section.refuse_unknown();
        TicketTemplate { title, text }
    };
    let every = section.section("every").map(template).unwrap_or_default();
    let mut of = BTreeMap::new();
    for (name, kind) in cases::KINDS {
        if let Some(found) = section.section(name).map(template) {
            of.insert(kind, found);
        }
    }
    section.refuse_unknown();
    (every, of)
}

/// A text whose names in braces all stand for something.
fn checked(entry: &Entry<'_, '_>, text: String, parts: bool) -> Option<String> {
    match template::check(&text, parts) {
        Ok(()) => Some(text),
        Err(problem) => {
            entry.mistake(problem);
            None
        }
    }
}
