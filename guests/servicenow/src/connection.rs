//! The check of everything that the settings name. It reads, and changes nothing.

use std::collections::BTreeMap;

use provisor_sdk::{Class, Failure, FailureKind, Finding, Http, template};
use serde_json::Value;

use crate::answer;
use crate::draft::{self, Kind};
use crate::instance::Instance;
use crate::query::Query;
use crate::record::Record;
use crate::reference::SysId;
use crate::settings::Settings;
use crate::table::Table;

/// How many records are looked at: the account may not see some of the newest.
const LOOKED_AT: usize = 50;

/// How many states of a table are read.
const STATES: usize = 200;

/// A correlation id that no ticket carries.
const NOBODY: &str = "provisor-connection-check";

/// Looks at the credentials, the table, its fields and states, the group and the person.
///
/// # Errors
/// When the instance cannot be reached at all.
pub fn check(
    settings: &Settings,
    table: &Table,
    instance: &Instance,
    http: &Http,
) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    let mut fields = table.fields();
    let own = [
        &table.description,
        "short_description",
        "correlation_display",
    ];
    fields.extend(own);
    for name in [&table.due, &table.caller, &table.follow_up] {
        fields.extend(name.as_deref());
    }
    fields.push("assignment_group");
    fields.push(settings.comments.field());
    fields.extend(settings.fields.keys().map(String::as_str));
    let subject = format!("table {}", table.name);
    let query = Query::newest_first();
    let newest = match instance.list(http, &table.name, &query, &fields, (0, LOOKED_AT)) {
        Ok(page) => page,
        Err(failure) => {
            return match failure.kind {
                _ if answer::is_forbidden(&failure) => Ok(vec![
                    good("credentials", "they are accepted"),
                    bad(&subject, failure.message),
                ]),
                FailureKind::Unauthorized => Ok(vec![bad("credentials", failure.message)]),
                FailureKind::Configuration => Ok(vec![bad(&subject, failure.message)]),
                _ => Err(failure),
            };
        }
    };
    findings.push(good("credentials", "they are accepted"));
    findings.push(match (newest.records.len(), newest.total) {
        (0, Some(hidden @ 1..)) => bad(
            &subject,
            format!(
                "it has {hidden} records, and the account sees none of the newest; give it a role \
                 that may read them, such as `itil`"
            ),
        ),
        (0, _) => good(&subject, "it can be read, and has no records"),
        (seen, _) => good(
            &subject,
            format!("{seen} of its newest records can be read"),
        ),
    });
    findings.extend(of_fields(settings, table, &newest.records));
    findings.push(of_search(table, instance, http));
    findings.push(of_states(table, instance, http));
    for (setting, text, kind) in [
        ("assignment-group", &settings.assignment_group, Kind::Group),
        ("fallback-group", &settings.fallback_group, Kind::Group),
        ("caller", &settings.caller, Kind::Person),
    ] {
        if let Some(text) = text {
            findings.push(of_reference(setting, text, kind, instance, http));
        }
    }
    Ok(findings)
}

fn good(subject: &str, message: impl Into<String>) -> Finding {
    Finding {
        good: true,
        subject: subject.to_owned(),
        message: message.into(),
    }
}

fn bad(subject: &str, message: impl Into<String>) -> Finding {
    Finding {
        good: false,
        subject: subject.to_owned(),
        message: message.into(),
    }
}

/// Fields that a table does not have, and those that the account may not read, are missing in every
/// record.
fn of_fields(settings: &Settings, table: &Table, records: &[Record]) -> Vec<Finding> {
    let mut named: BTreeMap<&str, &str> = BTreeMap::new();
    named.insert(&table.correlation, "correlation-field");
    named.insert(&table.description, "description-field");
    named.insert(&table.state, "state-field");
    for (name, setting) in [
        (&table.resolution, "resolution-field"),
        (&table.note, "note-field"),
        (&table.due, "due-field"),
        (&table.caller, "caller-field"),
        (&table.follow_up, "follow-up-field"),
    ] {
        if let Some(name) = name {
            named.insert(name, setting);
        }
    }
    named.insert(settings.comments.field(), "comments");
    for name in settings.fields.keys() {
        named.insert(name, "fields");
    }
    if records.is_empty() {
        return vec![good(
            "fields",
            "not looked at: there is no record that could be read; look again when there is one",
        )];
    }
    let findings = named.into_iter().map(|(name, setting)| {
        let subject = format!("field {name}");
        match records.iter().any(|record| record.has(name)) {
            true => good(&subject, "it is there and can be read"),
            false => bad(
                &subject,
                format!(
                    "the table `{}` has no such field, or the account may not read it; ServiceNow \
                     would drop what is written to it without a word: correct the setting \
                     `{setting}`, or let the account read and write the field",
                    table.name
                ),
            ),
        }
    });
    findings.collect()
}

/// Where the field is not known, a search by it finds everything.
fn of_search(table: &Table, instance: &Instance, http: &Http) -> Finding {
    let subject = format!("search by {}", table.correlation);
    let fields = ["sys_id", table.correlation.as_str()];
    let found = Query::equals(&table.correlation, NOBODY)
        .and_then(|query| instance.list(http, &table.name, &query, &fields, (0, 1)));
    match found {
        Err(failure) => bad(&subject, failure.message),
        Ok(page) if page.total.unwrap_or(page.records.len()) > 0 => bad(
            &subject,
            format!(
                "ServiceNow ignores the condition and finds every record: the table `{}` has no \
                 field `{}`; correct the setting `correlation-field`",
                table.name, table.correlation
            ),
        ),
        Ok(_) => good(&subject, "a correlation id that nobody has finds nothing"),
    }
}

fn of_states(table: &Table, instance: &Instance, http: &Http) -> Finding {
    let query = Query::states(&table.name, &table.state);
    let fields = ["name", "value", "label"];
    let listed = instance.list(http, "sys_choice", &query, &fields, (0, STATES));
    let choices = match listed {
        Ok(page) => page.records,
        // Few accounts may see what a site calls its states; whatever else is wrong is told.
        Err(failure) if answer::is_forbidden(&failure) => Vec::new(),
        Err(failure) => return bad("states", failure.message),
    };
    let own = choices.iter().any(|it| it.get("name") == table.name);
    let states: BTreeMap<&str, &str> = choices
        .iter()
        .filter(|it| !own || it.get("name") == table.name)
        .map(|it| (it.get("value"), it.get("label")))
        .collect();
    let subject = "states";
    if states.is_empty() {
        return good(
            subject,
            "not looked at: the account sees none in `sys_choice`",
        );
    }
    if let Some(cancelled) = &table.cancelled
        && !states.contains_key(cancelled.as_str())
    {
        return bad(
            subject,
            format!(
                "the table `{}` has no state `{cancelled}` for tickets that are not wanted any \
                 more; correct the setting `cancel-state`, or set it to an empty text",
                table.name
            ),
        );
    }
    // A state that means something only together with a closure code is a known one.
    let codes = ["", "successful"];
    let unknown: Vec<String> = states
        .iter()
        .filter(|(value, _)| {
            let unknown = |code: &&str| table.class(value, code) == Class::Unknown;
            codes.iter().all(unknown)
        })
        .map(|(value, label)| format!("{value} ({label})"))
        .collect();
    match unknown.is_empty() {
        true => good(subject, format!("all {} are known", states.len())),
        false => good(
            subject,
            format!(
                "tickets in these states stay open until `classes` of the resource says what they \
                 mean: {}",
                unknown.join(", ")
            ),
        ),
    }
}

fn of_reference(
    setting: &str,
    text: &str,
    kind: Kind,
    instance: &Instance,
    http: &Http,
) -> Finding {
    let template = Value::from(text);
    let names = template::names(&template);
    if !names.is_empty() {
        let names: Vec<String> = names
            .into_iter()
            .map(|name| format!("{{{name}}}"))
            .collect();
        return good(
            setting,
            format!("not looked at: it depends on {}", names.join(", ")),
        );
    }
    // Without names a template is its own text, but for doubled braces.
    let name = text.replace("{{", "{").replace("}}", "}");
    let subject = format!("{setting} {}", name.trim());
    let found = match SysId::read(name.trim()) {
        None => draft::sys_id_of(instance, http, kind, name.trim()).map(|_| ()),
        Some(sys_id) => exists(instance, http, kind, &sys_id),
    };
    match found {
        Ok(()) => good(&subject, "it is there and active"),
        Err(failure) => bad(&subject, failure.message),
    }
}

fn exists(instance: &Instance, http: &Http, kind: Kind, sys_id: &SysId) -> Result<(), Failure> {
    let (table, _) = kind.place();
    let record = instance.read(http, table, sys_id, &["sys_id", "active"])?;
    match record.get("active") {
        "false" => Err(Failure::configuration(format!(
            "the record {sys_id} of {table} is not active any more; name another one"
        ))),
        _ => Ok(()),
    }
}
