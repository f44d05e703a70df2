//! From identities to desired states.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use provisor_model::{Attributes, Digest, Evaluation, State, World};
use provisor_sandbox::{Accounts, CallError, MappingRun, PageBuilder, RemarkKind, Table};

use crate::answering::Answering;
use crate::canary::MappingTrial;
use crate::components::Bound;
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
    /// The component that says so; `None` where names are the same on both sides.
    pub component: Option<Digest>,
}

/// An identity with the number of identifiers that turned out to be taken.
pub(crate) type Asked = (Identity, u32);

/// The mapping of one resource at work: the active version, and another one that is tried.
pub(crate) struct Mapper<'a> {
    active: MappingVersion<'a>,
    trial: Option<MappingTrial<'a>>,
}

impl<'a> Mapper<'a> {
    pub async fn start(host: &'a Host, resource: &'a Resource) -> Result<Mapper<'a>, HostError> {
        let trial = host.trial(resource, World::Mapping).await?;
        Ok(Self {
            active: MappingVersion::new(resource, host.bound(resource, World::Mapping)?),
            trial: trial.map(|(trial, candidate)| {
                let candidate = MappingVersion::new(resource, Some(candidate));
                MappingTrial::new(host, resource, trial, candidate)
            }),
        })
    }

    /// Maps identities. One without usable account gets an error of its own.
    pub async fn map(
        &mut self,
        identities: &[Asked],
    ) -> Result<Vec<Result<Mapped, HostError>>, HostError> {
        let mut mapped = Vec::with_capacity(identities.len());
        for batch in identities.chunks(BATCH) {
            mapped.extend(match &mut self.trial {
                None => {
                    let answers = self.active.ask(batch).await;
                    answers.map_err(|error| self.active.failed(error))?
                }
                Some(trial) => trial.map(&mut self.active, batch).await?,
            });
        }
        Ok(mapped)
    }
}

/// One version of the mapping of a resource: a component, or names that are the same on both sides.
pub(crate) struct MappingVersion<'a> {
    resource: &'a Resource,
    bound: Option<Arc<Bound>>,
    run: Option<MappingRun>,
}

impl<'a> MappingVersion<'a> {
    pub fn new(resource: &'a Resource, bound: Option<Arc<Bound>>) -> Self {
        Self {
            resource,
            bound,
            run: None,
        }
    }

    /// What the host makes of a call that brought nothing.
    pub fn failed(&self, error: CallError) -> HostError {
        let name = self.bound.as_ref().map(|bound| bound.name.clone());
        HostError::Component {
            resource: self.resource.name.clone(),
            component: name.unwrap_or_default(),
            source: Box::new(error),
        }
    }
}

impl Answering for MappingVersion<'_> {
    type Input = Asked;
    type Answer = Result<Mapped, HostError>;

    async fn ask(
        &mut self,
        identities: &[Asked],
    ) -> Result<Vec<Result<Mapped, HostError>>, CallError> {
        let Some(bound) = &self.bound else {
            let by_name = |(identity, _): &Asked| by_name(self.resource, identity);
            return Ok(identities.iter().map(by_name).collect());
        };
        // A run that failed is over; the next call begins another one.
        let mut run = match self.run.take() {
            Some(run) => run,
            None => bound.component.mapping()?.start(&bound.call).await?,
        };
        let accounts = run.evaluate(&table(self.resource, identities)).await?;
        self.run = Some(run);
        let component = *bound.component.digest();
        Ok(results(self.resource, identities, &accounts, component))
    }
}

/// The same for comparing it with what another version says.
pub(crate) fn evaluation(answer: &Result<Mapped, HostError>) -> Evaluation {
    match answer {
        Ok(Mapped {
            state: State::Present(attributes),
            warnings,
            ..
        }) => Evaluation::Account {
            attributes: attributes.clone(),
            warnings: warnings.clone(),
        },
        Ok(_) => Evaluation::Unusable {
            problems: Vec::new(),
        },
        Err(HostError::Mapping { problems, .. }) => Evaluation::Unusable {
            problems: problems.clone(),
        },
        Err(error) => Evaluation::Unusable {
            problems: vec![error.to_string()],
        },
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
        None,
    )
}

fn table(resource: &Resource, identities: &[Asked]) -> Table {
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
    identities: &[Asked],
    accounts: &Accounts,
    component: Digest,
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
                Some(cells) => finish(
                    resource,
                    identity,
                    cells,
                    warnings,
                    problems,
                    Some(component),
                ),
                // The sandbox checked that there are as many rows as identities.
                None => finish(
                    resource,
                    identity,
                    [],
                    warnings,
                    vec!["there is no row for it".to_owned()],
                    Some(component),
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
    component: Option<Digest>,
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
            component,
        })
    } else {
        Err(HostError::Mapping {
            resource: resource.name.clone(),
            identity: identity.id.clone(),
            problems,
        })
    }
}
