//! The configuration: resources with their schema, operators and components, from one TOML file.
//!
//! # The nouns
//!
//! | noun | where | what it is |
//! |---|---|---|
//! | [`Configuration`] | here | the whole file, checked |
//! | [`Resource`] | here | one application: its rules for the model, its operators, its components |
//! | [`ComponentUse`] | [`component`] | a component together with settings, secrets and limits |
//! | [`Calendar`](provisor_model::Calendar) | `calendar` | business hours of the people who work on cases |
//! | [`Sinks`] | [`notify`] | who is told of what happens |
//! | [`ComponentRules`] | [`components`] | who may bring components, and whose are trusted |
//! | [`Retention`] | [`retention`] | how long what is over is kept |
//! | [`ReaderUse`] | [`reader`] | the component that reads exports, and where they are |
//! | [`TicketSystemUse`], [`TicketUse`] | [`tickets`] | systems that keep tickets, and how a resource uses one |
//! | [`Mistake`] | [`mistake`] | one thing that is wrong, with its line and what would be right |
//! | [`settings_schema`] | [`settings_schema`] | judges settings by the JSON Schema of a component |
//!
//! # The life of one file
//!
//! The text becomes a tree of TOML values that know where they stand. Each table of the tree is
//! read by a section, which remembers the keys it was asked for; what is left at the end is
//! unknown, and the nearest known key is suggested. Nothing stops at the first mistake:
//!
//! ```
//! use provisor::configuration::Configuration;
//!
//! let text = r#"
//!     [resource.payroll]
//!     identifier = "login"
//!     operatros = ["eva"]
//!     [resource.payroll.attributes]
//!     login = {}
//! "#;
//! let error = Configuration::parse(text, "".as_ref(), "provisor.toml").unwrap_err();
//! assert_eq!(error.mistakes.len(), 2);
//! assert_eq!(error.mistakes[1].suggestion.as_deref(), Some("operators"));
//! ```
//!
//! # Invariants
//!
//! * No text makes this module panic, and what it uses is bounded by the size of the file.
//! * A key that would have no effect is a mistake, so that nobody relies on it.
//! * The value of a secret is in no message and in no `Debug`.

mod calendar;
mod cases;
pub mod component;
pub mod components;
mod correlation;
mod drift;
mod duration;
pub mod export_time;
mod findings;
mod gates;
pub mod limits;
pub mod mistake;
pub mod notify;
mod reach;
pub mod reader;
mod resource;
pub mod retention;
pub mod secret;
mod section;
mod settings;
pub mod settings_schema;
mod size;
mod source;
mod suggestion;
mod text_file;
pub mod tickets;
mod trust;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use provisor_model::{
    Calendar, CalendarName, IdentityId, OperationKind, PersonName, ResourceName, ResourceRules,
    TicketSystemName,
};

pub use cases::{CaseRules, GroupBy, Instructions, Threshold};
pub use component::{ComponentReference, ComponentUse};
pub use components::ComponentRules;
pub use duration::parse as parse_duration;
pub use export_time::{ExportTime, FileNameError, FileNameTime};
pub use limits::LimitOverrides;
pub use mistake::{ConfigurationError, Location, Mistake};
pub use notify::{SinkUse, Sinks};
pub use reach::read_grant;
pub use reader::ReaderUse;
pub use retention::Retention;
pub use secret::Secrets;
pub use tickets::{TicketSystemUse, TicketTemplate, TicketUse};

use findings::Findings;
use section::Section;
use source::Source;
use text_file::{FileProblem, read_bytes};

/// The largest file that is read, in bytes. A resource takes about one kilobyte.
pub const LARGEST_FILE: u64 = 1024 * 1024;

/// What one host is configured to do.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The folder for database, evidence, cache and keys. Default `data`, beside the file.
    pub data: PathBuf,
    /// Groups of operators and who is in them. A name that is no group is a person.
    pub operators: BTreeMap<PersonName, Vec<PersonName>>,
    /// Which identity an operator is, so that nobody closes a case about himself where that is
    /// not allowed. Default: the identity that is called like the operator.
    pub identities: BTreeMap<PersonName, IdentityId>,
    /// Business hours by name.
    pub calendars: BTreeMap<CalendarName, Arc<Calendar>>,
    /// How long what is over is kept. Default: for ever.
    pub retention: Retention,
    /// Who may bring components, and what must hold of them.
    pub components: ComponentRules,
    /// Systems that keep tickets.
    pub ticket_systems: BTreeMap<TicketSystemName, TicketSystemUse>,
    /// The applications on which accounts are provisioned.
    pub resources: BTreeMap<ResourceName, Resource>,
    /// Who is told of what happens.
    pub sinks: Arc<Sinks>,
}

/// One application on which accounts are provisioned.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its name.
    pub name: ResourceName,
    /// What people call it. Default: the name.
    pub title: String,
    /// Schema and rules that the model follows.
    pub rules: ResourceRules,
    /// Groups and persons who work on its cases; at least one.
    pub operators: Vec<PersonName>,
    /// The person or group that is asked about drift. Without, the operators are.
    pub owner: Option<PersonName>,
    /// How its cases are made and what happens to them.
    pub cases: CaseRules,
    /// How many operations of a kind may go out in a time before a person is asked.
    pub outgoing: BTreeMap<OperationKind, Threshold>,
    /// How long a finished operation is listed among the pending ones. Default 30 days.
    pub keep_finished: Duration,
    /// How often the mapping is asked for another identifier when one is taken. Default 99.
    pub max_iterations: u32,
    /// Makes accounts of identities. Without, identity attributes that are called like
    /// attributes of the schema are taken as they are.
    pub mapping: Option<ComponentUse>,
    /// Decides which operations may go out. Without, all may.
    pub policy: Option<ComponentUse>,
    /// Reads exports. Without, people are believed.
    pub reader: Option<ReaderUse>,
    /// Keeps its work as tickets of another system. Without, people work on cases.
    pub tickets: Option<TicketUse>,
    /// Who is told of what happens on it; the same for all resources.
    pub sinks: Arc<Sinks>,
}

impl Configuration {
    /// Reads and checks a file. Relative paths in it start at its folder.
    pub fn load(path: &Path) -> Result<Self, ConfigurationError> {
        let name = path.display().to_string();
        let text = read(path, &name)?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")), &name)
    }

    /// Checks the text of a configuration. Relative paths in it start at `base`; `file_name` is
    /// what messages call it.
    pub fn parse(text: &str, base: &Path, file_name: &str) -> Result<Self, ConfigurationError> {
        if text.len() as u64 > LARGEST_FILE {
            return Err(too_large(file_name));
        }
        let source = Arc::new(Source::new(file_name, text));
        let findings = Findings::new(source.clone(), base);
        let tree = source::parse(&source)?;
        let configuration = interpret(&Section::root(&tree, &findings));
        findings.into_result(configuration)
    }
}

fn interpret(root: &Section<'_, '_>) -> Configuration {
    let data = root
        .entry("data")
        .and_then(|entry| entry.path())
        .unwrap_or_else(|| root.base().join("data"));
    let operators = match root.section("operators") {
        Some(section) => groups(&section),
        None => BTreeMap::new(),
    };
    let calendars = root
        .section("calendar")
        .map(|section| calendar::read_all(&section))
        .unwrap_or_default();
    let identities = match root.section("identities") {
        Some(section) => read_identities(&section),
        None => BTreeMap::new(),
    };
    let retention = root
        .section("retention")
        .map(|section| retention::read(&section))
        .unwrap_or_default();
    let components = root
        .section("components")
        .map(|section| components::read(&section, &operators))
        .unwrap_or_default();
    let ticket_section = root.section("ticket-system");
    let ticket_names: Vec<&str> = ticket_section
        .iter()
        .flat_map(|section| section.names())
        .collect();
    let ticket_systems = ticket_section
        .map(|section| tickets::read_systems(&section))
        .unwrap_or_default();
    let known = resource::Known {
        calendars: &calendars,
        ticket_systems: &ticket_systems,
        ticket_names: &ticket_names,
    };
    let mut resources = BTreeMap::new();
    let section = root.section("resource");
    let names: Vec<&str> = section.iter().flat_map(|section| section.names()).collect();
    let sinks = Arc::new(Sinks {
        sinks: root
            .section("notify")
            .map(|section| notify::read_all(&section, &names))
            .unwrap_or_default(),
        groups: operators.clone(),
    });
    if let Some(section) = section {
        for (name, entry) in section.all_entries() {
            let name = match ResourceName::new(name) {
                Ok(name) => name,
                Err(error) => {
                    entry.key_mistake(error.to_string());
                    continue;
                }
            };
            if let Some(section) = entry.section()
                && let Some(mut resource) = resource::read(name, &section, &known)
            {
                resource.sinks = sinks.clone();
                resources.insert(resource.name.clone(), resource);
            }
        }
    }
    root.refuse_unknown();
    Configuration {
        data,
        operators,
        identities,
        calendars,
        retention,
        components,
        ticket_systems,
        resources,
        sinks,
    }
}

fn read_identities(section: &Section<'_, '_>) -> BTreeMap<PersonName, IdentityId> {
    let mut identities = BTreeMap::new();
    for (name, entry) in section.all_entries() {
        let name = PersonName::new(name).map_err(|error| entry.key_mistake(error.to_string()));
        let Some(text) = entry.text("the identity, as the IAM product calls it, such as \"1042\"")
        else {
            continue;
        };
        let identity = IdentityId::new(text).map_err(|error| entry.mistake(error.to_string()));
        if let (Ok(name), Ok(identity)) = (name, identity) {
            identities.insert(name, identity);
        }
    }
    identities
}

fn groups(section: &Section<'_, '_>) -> BTreeMap<PersonName, Vec<PersonName>> {
    let mut groups = BTreeMap::new();
    for (name, entry) in section.all_entries() {
        let members = entry.names();
        for (member, element) in &members {
            if section.has(member.as_str()) {
                element.mistake(format!(
                    "{:?} is a group, and a group has only persons as members: name them here",
                    member.as_str()
                ));
            }
        }
        match PersonName::new(name) {
            Ok(name) => {
                groups.insert(name, members.into_iter().map(|(name, _)| name).collect());
            }
            Err(error) => entry.key_mistake(error.to_string()),
        }
    }
    groups
}

fn read(path: &Path, name: &str) -> Result<String, ConfigurationError> {
    let cannot =
        |problem: String| ConfigurationError::from(Mistake::new(Location::file(name), "", problem));
    let bytes = read_bytes(path, LARGEST_FILE).map_err(|problem| match problem {
        FileProblem::NoFile => cannot("this is not a file".to_owned()),
        FileProblem::Unreadable(_) => cannot(format!("the file {problem}")),
    })?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(too_large(name));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        cannot(format!(
            "line {line} is not UTF-8 text; save the file with the encoding UTF-8"
        ))
    })
}

fn too_large(name: &str) -> ConfigurationError {
    Mistake::new(
        Location::file(name),
        "",
        format!("the file is larger than {LARGEST_FILE} bytes"),
    )
    .into()
}

#[cfg(test)]
mod tests;
