//! `provisor operator`

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use provisor::Host;
use provisor::model::{Absence, CaseState, PersonName};
use provisor::store::CaseFilter;

use crate::arguments::OperatorCommand;
use crate::output::Output;

/// Open cases that are counted for the overview.
const COUNTED: usize = 10_000;

pub async fn run(
    host: &Host,
    command: &OperatorCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        OperatorCommand::List => list(host, output)?,
        OperatorCommand::Away {
            person,
            substitute,
            from,
            until,
            by,
        } => {
            let absence = host
                .set_absence(Absence {
                    person: person.clone(),
                    substitute: substitute.clone(),
                    from: from.unwrap_or_else(|| host.now()),
                    until: *until,
                    by: by.clone(),
                })
                .await?;
            if output.is_json() {
                output.json(&absence)?;
            } else {
                output.line(format!(
                    "{person} is away from {} until {until}; {substitute} works in the place.",
                    absence.from
                ))?;
            }
        }
        OperatorCommand::Back { person } => {
            host.end_absence(person).await?;
            if output.is_json() {
                output.json(&host.absences()?)?;
            } else {
                output.line(format!("{person} is there."))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One operator in the overview.
#[derive(Debug, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
struct Entry {
    person: String,
    groups: Vec<PersonName>,
    resources: Vec<String>,
    claimed: u64,
    absence: Option<Absence>,
}

fn list(host: &Host, output: &Output) -> anyhow::Result<()> {
    let configuration = host.configuration();
    let mut entries: BTreeMap<&PersonName, Entry> = BTreeMap::new();
    for (group, members) in &configuration.operators {
        for member in members {
            entries
                .entry(member)
                .or_default()
                .groups
                .push(group.clone());
        }
    }
    for resource in configuration.resources.values() {
        for name in &resource.operators {
            let members: BTreeSet<&PersonName> = match configuration.operators.get(name) {
                Some(members) => members.iter().collect(),
                None => [name].into(),
            };
            for member in members {
                let resources = &mut entries.entry(member).or_default().resources;
                if !resources.contains(&resource.name.to_string()) {
                    resources.push(resource.name.to_string());
                }
            }
        }
    }
    let cases = host.cases(&CaseFilter {
        state: Some(CaseState::Open),
        limit: COUNTED,
        ..CaseFilter::default()
    })?;
    for view in &cases {
        if let Some(by) = &view.case.claimed_by {
            entries.entry(by).or_default().claimed += 1;
        }
    }
    let absences = host.absences()?;
    for absence in &absences {
        entries.entry(&absence.person).or_default().absence = Some(absence.clone());
    }
    let entries: Vec<Entry> = entries
        .into_iter()
        .map(|(person, entry)| Entry {
            person: person.to_string(),
            ..entry
        })
        .collect();
    if output.is_json() {
        return output.json(&entries);
    }
    let names = |names: &[PersonName]| {
        let names: Vec<&str> = names.iter().map(PersonName::as_str).collect();
        names.join(", ")
    };
    let rows = entries
        .iter()
        .map(|entry| {
            vec![
                entry.person.clone(),
                names(&entry.groups),
                entry.resources.join(", "),
                entry.claimed.to_string(),
                entry.absence.as_ref().map_or(String::new(), |absence| {
                    format!(
                        "from {} until {}: {}",
                        absence.from, absence.until, absence.substitute
                    )
                }),
            ]
        })
        .collect();
    output.table(
        &["operator", "groups", "works on", "has", "away"],
        rows,
        "The configuration names no operator.",
    )
}
