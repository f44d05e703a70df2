//! Reading the rows of an export through the component, checked against the schema.

use std::collections::BTreeSet;

use provisor_model::{AttributeName, Attributes, Digest, RejectedRow, Schema};
use provisor_sandbox::{Batch, Input, Reading, Summary};
use provisor_store::ObservedRow;

use crate::components::Bound;
use crate::configuration::Resource;
use crate::{Host, HostError};

/// Rows that are asked for at once.
const BATCH: u32 = 4096;

/// One pass over an export.
pub(super) struct Pass<'a> {
    resource: &'a Resource,
    bound: &'a Bound,
    reading: Reading,
    columns: Vec<Option<AttributeName>>,
    identifier: usize,
    /// The attributes that the export has columns for, without secrets.
    pub covered: Vec<AttributeName>,
    /// Attributes that the reader looked for in vain.
    pub absent: Vec<AttributeName>,
    /// Columns that the schema does not know.
    pub ignored: Vec<String>,
}

/// Some rows.
pub(super) struct Rows {
    pub rows: Vec<ObservedRow>,
    pub rejected: Vec<RejectedRow>,
}

impl<'a> Pass<'a> {
    /// Opens the content that was copied as evidence.
    pub async fn open(
        host: &Host,
        resource: &'a Resource,
        bound: &'a Bound,
        name: &str,
        size: u64,
        digest: &Digest,
    ) -> Result<Pass<'a>, HostError> {
        let content = host.inner.evidence.get(digest)?;
        let reader = bound
            .component
            .reader()
            .map_err(|error| bound.failed(resource, error.into()))?;
        let input = Input {
            name: name.to_owned(),
            size,
            content: Box::new(content),
        };
        let reading = reader
            .open(&bound.call, input)
            .await
            .map_err(|error| bound.failed(resource, error))?;
        let schema = &resource.rules.schema;
        let shape = reading.shape();
        let mut columns = Vec::new();
        let mut covered = Vec::new();
        let mut ignored = Vec::new();
        for column in &shape.columns {
            let name = schema
                .attributes()
                .find(|(name, _)| name.as_str() == column.name);
            match name {
                Some((_, attribute)) if attribute.is_secret() => columns.push(None),
                Some((name, _)) => {
                    covered.push(name.clone());
                    columns.push(Some(name.clone()));
                }
                None => {
                    ignored.push(column.name.clone());
                    columns.push(None);
                }
            }
        }
        let identifier = columns
            .iter()
            .position(|column| column.as_ref() == Some(schema.identifier()))
            .ok_or_else(|| HostError::Unknown {
                what: "column for the identifier",
                name: schema.identifier().to_string(),
                hint: format!(
                    ": the reader of {} gives {}",
                    resource.name,
                    shape
                        .columns
                        .iter()
                        .map(|column| column.name.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            })?;
        let absent: BTreeSet<AttributeName> = shape
            .absent
            .iter()
            .filter_map(|name| AttributeName::new(name.clone()).ok())
            .filter(|name| schema.attribute(name.as_str()).is_some())
            .collect();
        Ok(Self {
            resource,
            bound,
            columns,
            identifier,
            covered,
            absent: absent.into_iter().collect(),
            ignored,
            reading,
        })
    }

    /// The next rows; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Rows>, HostError> {
        let batch = self
            .reading
            .next(BATCH)
            .await
            .map_err(|error| self.bound.failed(self.resource, error))?;
        Ok(batch.map(|batch| self.check(&batch)))
    }

    /// What is known at the end.
    pub async fn finish(self) -> Result<Summary, HostError> {
        let (bound, resource) = (self.bound, self.resource);
        self.reading
            .finish()
            .await
            .map_err(|error| bound.failed(resource, error))
    }

    fn check(&self, batch: &Batch) -> Rows {
        let schema = &self.resource.rules.schema;
        let mut rejected: Vec<RejectedRow> = batch
            .rejected
            .iter()
            .map(|row| RejectedRow {
                position: row.position,
                identifier: row.identifier.clone(),
                message: row.message.clone(),
            })
            .collect();
        let mut rows = Vec::with_capacity(batch.positions.len());
        let cells = batch.rows.rows(self.columns.len());
        for (row, position) in cells.zip(&batch.positions) {
            let identifier = row
                .cells()
                .nth(self.identifier)
                .and_then(|cell| cell.values().next())
                .map(str::to_owned);
            match attributes(schema, &self.columns, row) {
                Ok(attributes) => match attributes
                    .get(schema.identifier())
                    .and_then(|values| values.first())
                    .filter(|identifier| !identifier.is_empty())
                {
                    Some(identifier) => rows.push(ObservedRow::new(
                        schema.identifier_key(identifier),
                        identifier.to_owned(),
                        *position,
                        attributes,
                    )),
                    None => rejected.push(RejectedRow {
                        position: *position,
                        identifier: None,
                        message: "it has no identifier".to_owned(),
                    }),
                },
                Err(message) => rejected.push(RejectedRow {
                    position: *position,
                    identifier,
                    message,
                }),
            }
        }
        Rows { rows, rejected }
    }
}

fn attributes(
    schema: &Schema,
    columns: &[Option<AttributeName>],
    row: provisor_sandbox::Row<'_>,
) -> Result<Attributes, String> {
    let mut attributes = Attributes::new();
    for (column, cell) in columns.iter().zip(row.cells()) {
        let Some(name) = column else {
            continue;
        };
        if let Some(attribute) = schema.attribute(name.as_str()) {
            let values = attribute
                .parse(cell.values())
                .map_err(|error| error.to_string())?;
            attributes.insert(name.clone(), values);
        }
    }
    Ok(attributes)
}
