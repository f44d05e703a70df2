//! One resource: its attributes, its rules, its components.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use provisor_model::{
    Attribute, AttributeName, Calendar, CalendarName, Kind, OnUnassign, Reaction, ResourceName,
    ResourceRules, Schema, SchemaError, TicketSystemName,
};

use super::drift::{self, DriftKeys};
use super::section::{Entry, Section, quote};
use super::{
    ComponentUse, Resource, TicketSystemUse, cases, component, correlation, duration, reader,
    tickets,
};

const KEEP_FINISHED: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const MAX_ITERATIONS: u32 = 99;

/// More repetitions than this would be a loop, not a reminder.
const MOST_RERAISES: u32 = 1000;

/// A run asks the mapping once for each, so this bounds one request.
const MOST_ITERATIONS: u32 = 10_000;

const KINDS: [(&str, Kind); 5] = [
    ("text", Kind::Text),
    ("integer", Kind::Integer),
    ("boolean", Kind::Boolean),
    ("date", Kind::Date),
    ("instant", Kind::Instant),
];

const ON_UNASSIGN: [(&str, OnUnassign); 2] = [
    ("delete", OnUnassign::Delete),
    ("disable", OnUnassign::Disable),
];

const NO_READER: &str = "has no effect without a reader: no export is ever compared";

/// What the file says beside the resource and the resource refers to.
pub(super) struct Known<'a> {
    pub calendars: &'a BTreeMap<CalendarName, Arc<Calendar>>,
    /// Those without mistakes.
    pub ticket_systems: &'a BTreeMap<TicketSystemName, TicketSystemUse>,
    /// All of them.
    pub ticket_names: &'a [&'a str],
}

/// Reads one resource completely; `None` when something in it is wrong that leaves no resource.
pub(super) fn read(
    name: ResourceName,
    section: &Section<'_, '_>,
    known: &Known<'_>,
) -> Option<Resource> {
    let (has_mapping, has_reader) = (section.has("mapping"), section.has("reader"));
    let title = section
        .entry("title")
        .and_then(|entry| entry.line("a title such as \"Payroll\""));
    let identifier = section
        .required("identifier", "identifier = \"login\"")
        .and_then(Role::read);
    let status = section.entry("status");
    let has_status = status.is_some();
    let status = status.and_then(Role::read);
    let operators = section
        .required("operators", "operators = [\"eva\"]")
        .map(|entry| entry.names());
    let keep_finished = section
        .entry("keep-finished")
        .and_then(|entry| entry.duration(Duration::ZERO..=duration::LONGEST));
    let max_iterations = section.entry("max-iterations");
    if let Some(entry) = max_iterations.as_ref().filter(|_| !has_mapping) {
        entry.key_mistake("has no effect without a mapping");
    }
    let max_iterations = max_iterations.and_then(|entry| entry.number(0..=MOST_ITERATIONS));
    let calendar = read_calendar(section, known.calendars);
    let rules = read_rules(section, has_reader, has_status);
    let drift = DriftKeys::read(section, has_reader);
    let correlation = correlation::read(section, has_reader);
    let attributes = section
        .required("attributes", "attributes.login = { required = true }")
        .and_then(|entry| entry.section())
        .map(|section| Attributes::read(&section, has_reader));
    let schema = attributes
        .as_ref()
        .and_then(|attributes| read_schema(identifier.as_ref(), status.as_ref(), attributes));
    let case_section = section.section("cases");
    let no_secret = |attributes: &Attributes<'_>| {
        !attributes
            .good
            .iter()
            .any(|(_, attribute)| attribute.is_secret())
    };
    if let (Some(section), Some(_)) = (&case_section, attributes.as_ref().filter(|a| no_secret(a)))
        && let Some(entry) = section.entry("secrets")
    {
        entry.key_mistake("has no effect: no attribute is secret");
    }
    let case_rules = cases::read(case_section);
    let outgoing = cases::read_thresholds(section.section("outgoing"));
    if !has_status
        && outgoing.contains_key(&provisor_model::OperationKind::Disable)
        && let Some(section) = section.section("outgoing")
    {
        section.mistake("disables have no effect without the key status: nothing is ever disabled");
    }
    let mapping = component_of(section, "mapping", "component = \"cel-mapping\"");
    let policy = component_of(section, "policy", "component = \"cel-policy\"");
    let reader = section
        .section("reader")
        .and_then(|section| reader::read(&section));
    let tickets = section
        .section("tickets")
        .and_then(|section| tickets::read(&section, known.ticket_systems, known.ticket_names));
    section.refuse_unknown();

    let title = title.map_or_else(|| name.to_string(), str::to_owned);
    let schema = schema?;
    let rules = ResourceRules {
        calendar,
        correlation: correlation::finish(correlation, &schema),
        ..rules(schema)
    };
    let (rules, owner) = drift.finish(attributes?.drift, rules);
    Some(Resource {
        name,
        title,
        rules,
        owner,
        cases: case_rules,
        outgoing,
        operators: operators?.into_iter().map(|(name, _)| name).collect(),
        keep_finished: keep_finished.unwrap_or(KEEP_FINISHED),
        max_iterations: max_iterations.unwrap_or(MAX_ITERATIONS),
        mapping,
        policy,
        reader,
        tickets,
        sinks: Arc::default(),
    })
}

/// The calendar that the resource names.
fn read_calendar(
    section: &Section<'_, '_>,
    calendars: &BTreeMap<CalendarName, Arc<Calendar>>,
) -> Option<Arc<Calendar>> {
    let entry = section.entry("calendar")?;
    let name = entry.text("the name of a calendar such as \"office\"")?;
    let found = calendars
        .iter()
        .find(|(known, _)| known.as_str() == name)
        .map(|(_, calendar)| calendar.clone());
    if found.is_none() {
        let known = || calendars.keys().map(CalendarName::as_str);
        let there = match calendars.len() {
            0 => "there is none without mistakes".to_owned(),
            _ => format!(
                "there are {}",
                known().map(quote).collect::<Vec<_>>().join(", ")
            ),
        };
        entry.mistake_with(
            format!("there is no calendar {}; {there}", quote(name)),
            name,
            known(),
        );
    }
    found
}

fn component_of(
    section: &Section<'_, '_>,
    key: &'static str,
    example: &str,
) -> Option<ComponentUse> {
    let section = section.section(key)?;
    let component = component::read(&section, example);
    section.refuse_unknown();
    component
}

/// The attributes that were read, and all names, also of those with mistakes.
struct Attributes<'t> {
    names: Vec<&'t str>,
    good: Vec<(AttributeName, Attribute)>,
    drift: BTreeMap<AttributeName, Reaction>,
}

impl<'t> Attributes<'t> {
    fn read(section: &Section<'_, 't>, has_reader: bool) -> Self {
        let mut attributes = Self {
            names: section.names().collect(),
            good: Vec::new(),
            drift: BTreeMap::new(),
        };
        if attributes.names.is_empty() {
            section.mistake("defines no attribute; at least the identifier is needed");
        }
        for (name, entry) in section.all_entries() {
            let name = match AttributeName::new(name) {
                Ok(name) => name,
                Err(error) => {
                    entry.key_mistake(error.to_string());
                    continue;
                }
            };
            if let Some(section) = entry.section() {
                attributes.read_one(name, &section, has_reader);
            }
        }
        attributes
    }

    fn read_one(&mut self, name: AttributeName, section: &Section<'_, '_>, has_reader: bool) {
        let flag = |key| {
            let entry = section.entry(key);
            entry.and_then(|entry| entry.boolean()).unwrap_or(false)
        };
        let kind = match section.entry("kind") {
            Some(entry) => entry.choice(&KINDS),
            None => Some(Kind::Text),
        };
        let (required, multi_valued) = (flag("required"), flag("multi-valued"));
        let (ignore_case, secret) = (flag("ignore-case"), flag("secret"));
        let drift = section.entry("drift");
        section.refuse_unknown();
        if let Some(entry) = &drift {
            if secret {
                entry.key_mistake("has no effect: a secret is never compared with an export");
            } else if !has_reader {
                entry.key_mistake(NO_READER);
            }
        }
        if let Some(reaction) = drift.as_ref().and_then(drift::reaction) {
            self.drift.insert(name.clone(), reaction);
        }
        let Some(kind) = kind else {
            return;
        };
        if ignore_case && kind != Kind::Text {
            section
                .mistake("ignore-case has no effect: only the kind text has upper and lower case");
        }
        let mut attribute = Attribute::new(name.as_str(), kind);
        if required {
            attribute = attribute.required();
        }
        if multi_valued {
            attribute = attribute.multi_valued();
        }
        if ignore_case {
            attribute = attribute.ignore_case();
        }
        if secret {
            attribute = attribute.secret();
        }
        self.good.push((name, attribute));
    }

    /// Whether the attribute of a role is there and has no mistakes of its own.
    fn has(&self, role: &Role<'_, '_>) -> bool {
        // That there are no attributes at all is told elsewhere.
        if !self.names.is_empty() && !self.names.contains(&role.name) {
            let known: Vec<String> = self.names.iter().take(20).map(|name| quote(name)).collect();
            role.entry.mistake_with(
                format!(
                    "there is no attribute {}; there are {}",
                    quote(role.name),
                    known.join(", ")
                ),
                role.name,
                self.names.iter().copied(),
            );
        }
        self.good.iter().any(|(name, _)| name.as_str() == role.name)
    }
}

/// A key that names an attribute: `identifier` or `status`.
struct Role<'f, 't> {
    name: &'t str,
    entry: Entry<'f, 't>,
}

impl<'f, 't> Role<'f, 't> {
    fn read(entry: Entry<'f, 't>) -> Option<Self> {
        let name = entry.text("the name of an attribute")?;
        Some(Self { name, entry })
    }
}

fn read_schema(
    identifier: Option<&Role<'_, '_>>,
    status: Option<&Role<'_, '_>>,
    attributes: &Attributes<'_>,
) -> Option<Schema> {
    let good = || {
        attributes
            .good
            .iter()
            .map(|(_, attribute)| attribute.clone())
    };
    let tell = |role: &Role<'_, '_>, error: SchemaError| role.entry.mistake(error.to_string());
    let schema = identifier
        .filter(|role| attributes.has(role))
        .and_then(|role| {
            Schema::new(role.name, good())
                .map_err(|error| tell(role, error))
                .ok()
        });
    let Some(role) = status else {
        return schema;
    };
    if !attributes.has(role) {
        return None;
    }
    // Without a usable identifier the status is judged all the same, in a schema that has one of
    // its own.
    let judged = match &schema {
        Some(schema) => schema.clone(),
        None => stand_in(good())?,
    };
    let judged = judged
        .with_status(role.name)
        .map_err(|error| tell(role, error))
        .ok()?;
    schema.map(|_| judged)
}

fn stand_in(attributes: impl Iterator<Item = Attribute>) -> Option<Schema> {
    // Should somebody have taken the name, the status is judged once the identifier is right.
    const NAME: &str = "--identifier--";
    Schema::new(NAME, attributes.chain([Attribute::new(NAME, Kind::Text)])).ok()
}

/// The value of a key that is about exports.
pub(super) fn only_with_reader<'f, 't>(
    section: &Section<'f, 't>,
    key: &'static str,
    has_reader: bool,
) -> Option<Entry<'f, 't>> {
    let entry = section.entry(key)?;
    if !has_reader {
        entry.key_mistake(NO_READER);
    }
    Some(entry)
}

fn read_rules(
    section: &Section<'_, '_>,
    has_reader: bool,
    has_status: bool,
) -> impl FnOnce(Schema) -> ResourceRules {
    let only_with_reader = |key| only_with_reader(section, key, has_reader);
    let grace = only_with_reader("grace")
        .and_then(|entry| entry.duration(Duration::ZERO..=duration::LONGEST));
    let close_when_seen = only_with_reader("close-when-seen").and_then(|entry| entry.boolean());
    let reraise_limit = section
        .entry("reraise-limit")
        .and_then(|entry| entry.number(0..=MOST_RERAISES));
    let propagation = section
        .entry("propagation")
        .and_then(|entry| entry.duration(Duration::ZERO..=duration::LONGEST));
    let one_case_per_account = section
        .entry("one-case-per-account")
        .and_then(|entry| entry.boolean());
    let on_unassign = section.entry("on-unassign").and_then(|entry| {
        let chosen = entry.choice(&ON_UNASSIGN)?;
        if chosen == OnUnassign::Disable && !has_status {
            entry.mistake(
                "an account can only be disabled when the key status names the attribute for it",
            );
        }
        Some(chosen)
    });
    move |schema| {
        let defaults = ResourceRules::new(schema);
        ResourceRules {
            verifies: has_reader,
            grace: grace.unwrap_or(defaults.grace),
            reraise_limit: reraise_limit.unwrap_or(defaults.reraise_limit),
            propagation: propagation.unwrap_or(defaults.propagation),
            one_case_per_account: one_case_per_account.unwrap_or(defaults.one_case_per_account),
            on_unassign: on_unassign.unwrap_or(defaults.on_unassign),
            close_when_seen: close_when_seen.unwrap_or(defaults.close_when_seen),
            ..defaults
        }
    }
}
