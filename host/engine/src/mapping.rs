//! From identities to desired states.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::{Attributes, State};
use provisor_sandbox::{Accounts, MappingRun, PageBuilder, RemarkKind, Table};

use crate::configuration::Resource;
use crate::{Host, HostError, Identity};

/// Identities that are mapped in one call of the component.
pub(crate) const BATCH: usize = 100;

/// What the mapping says of one identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapped {
    /// The account that it should have; of attributes that are not there nothing is said.
    pub state: State,
    /// What a person should know about it.
    pub warnings: Vec<String>,
}

/// The mapping of one resource at work: a component, or names that are the same on both sides.
pub(crate) struct Mapper<'a> {
    resource: &'a Resource,
    run: Option<(&'a crate::components::Bound, MappingRun)>,
}

impl<'a> Mapper<'a> {
    pub async fn start(host: &'a Host, resource: &'a Resource) -> Result<Mapper<'a>, HostError> {
        let run = match &host.components(resource).mapping {
            None => None,
            Some(bound) => {
                let run = match bound.component.mapping() {
                    Ok(mapping) => mapping.start(&bound.call).await,
                    Err(wrong_world) => Err(wrong_world.into()),
                };
                Some((bound, run.map_err(|error| bound.failed(resource, error))?))
            }
        };
        Ok(Self { resource, run })
    }

    /// Maps identities, each with the number of identifiers that turned out to be taken. An
    /// identity without usable account gets an error of its own.
    pub async fn map(
        &mut self,
        identities: &[(&Identity, u32)],
    ) -> Result<Vec<Result<Mapped, HostError>>, HostError> {
        let mut mapped = Vec::with_capacity(identities.len());
        for batch in identities.chunks(BATCH) {
            match &mut self.run {
                None => mapped.extend(
                    batch
                        .iter()
                        .map(|(identity, _)| by_name(self.resource, identity)),
                ),
                Some((bound, run)) => {
                    let accounts = run
                        .evaluate(&table(self.resource, batch))
                        .await
                        .map_err(|error| bound.failed(self.resource, error))?;
                    mapped.extend(results(self.resource, batch, &accounts));
                }
            }
        }
        Ok(mapped)
    }
}

/// Without a component the identity's attributes that the schema knows are taken as they are.
fn by_name(resource: &Resource, identity: &Identity) -> Result<Mapped, HostError> {
    let known = identity
        .attributes
        .iter()
        .filter(|(name, _)| resource.rules.schema.attribute(name).is_some());
    finish(
        resource,
        identity,
        known.map(|(name, values)| (name.as_str(), values.iter().map(String::as_str).collect())),
        Vec::new(),
        Vec::new(),
    )
}

fn table(resource: &Resource, identities: &[(&Identity, u32)]) -> Table {
    let names: BTreeSet<&str> = identities
        .iter()
        .flat_map(|(identity, _)| identity.attributes.keys().map(String::as_str))
        .collect();
    let columns: Vec<String> = ["$iteration", "$resource"]
        .into_iter()
        .chain(names.iter().copied())
        .map(str::to_owned)
        .collect();
    let mut rows = PageBuilder::new();
    for (identity, iteration) in identities {
        rows.cell([iteration.to_string()]);
        rows.cell([resource.name.as_str()]);
        for name in &names {
            let values = identity.attributes.get(*name);
            rows.cell(values.into_iter().flatten());
        }
    }
    Table {
        columns,
        rows: rows.finish(),
    }
}

fn results(
    resource: &Resource,
    identities: &[(&Identity, u32)],
    accounts: &Accounts,
) -> Vec<Result<Mapped, HostError>> {
    let mut remarks: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for remark in &accounts.remarks {
        remarks.entry(remark.row as usize).or_default().push(remark);
    }
    let columns = &accounts.rows.columns;
    let mut rows = accounts.rows.rows.rows(columns.len());
    identities
        .iter()
        .enumerate()
        .map(|(index, (identity, _))| {
            let remarks = remarks.remove(&index).unwrap_or_default();
            let mut skipped: BTreeSet<&str> = BTreeSet::new();
            let mut warnings = Vec::new();
            let mut problems = Vec::new();
            for remark in remarks {
                let text = match &remark.attribute {
                    Some(attribute) => format!("{attribute}: {}", remark.message),
                    None => remark.message.clone(),
                };
                match (remark.kind, &remark.attribute) {
                    (RemarkKind::LeftAlone, Some(attribute)) => {
                        skipped.insert(attribute);
                    }
                    (RemarkKind::Warning, _) => warnings.push(text),
                    (RemarkKind::Error, Some(attribute)) if !is_needed(resource, attribute) => {
                        skipped.insert(attribute);
                        warnings.push(format!("{text} (left as it is)"));
                    }
                    (RemarkKind::Error | RemarkKind::LeftAlone, _) => problems.push(text),
                }
            }
            let cells = rows.next().map(|row| {
                columns
                    .iter()
                    .zip(row.cells())
                    .filter(|(name, _)| !skipped.contains(name.as_str()))
                    .map(|(name, cell)| (name.as_str(), cell.values().collect::<Vec<_>>()))
                    .collect::<Vec<_>>()
            });
            match cells {
                Some(cells) => finish(resource, identity, cells, warnings, problems),
                // The sandbox checked that there are as many rows as identities.
                None => finish(
                    resource,
                    identity,
                    [],
                    warnings,
                    vec!["there is no row for it".to_owned()],
                ),
            }
        })
        .collect()
}

fn is_needed(resource: &Resource, attribute: &str) -> bool {
    let schema = &resource.rules.schema;
    schema.identifier().as_str() == attribute
        || schema
            .attribute(attribute)
            .is_some_and(|attribute| attribute.is_required())
}

/// Checks what came out against the schema. Secrets are dropped here, before anything else of
/// the host sees them.
fn finish<'v>(
    resource: &Resource,
    identity: &Identity,
    cells: impl IntoIterator<Item = (&'v str, Vec<&'v str>)>,
    warnings: Vec<String>,
    mut problems: Vec<String>,
) -> Result<Mapped, HostError> {
    let schema = &resource.rules.schema;
    let mut attributes = Attributes::new();
    for (name, texts) in cells {
        let Some((key, attribute)) = schema.attributes().find(|(key, _)| key.as_str() == name)
        else {
            problems.push(format!("{name} is not an attribute of the schema"));
            continue;
        };
        if attribute.is_secret() {
            continue;
        }
        match attribute.parse(&texts) {
            Ok(values) => {
                attributes.insert(key.clone(), values);
            }
            Err(error) => problems.push(error.to_string()),
        }
    }
    for (name, attribute) in schema.attributes() {
        let is_there = attributes
            .get(name)
            .is_some_and(|values| !values.is_empty());
        if (attribute.is_required() || name == schema.identifier())
            && !attribute.is_secret()
            && !is_there
            && problems.is_empty()
        {
            problems.push(format!("{name} is required and has no value"));
        }
    }
    if problems.is_empty() {
        Ok(Mapped {
            state: State::Present(attributes),
            warnings,
        })
    } else {
        Err(HostError::Mapping {
            resource: resource.name.clone(),
            identity: identity.id.clone(),
            problems,
        })
    }
}
