//! Reading an export through the component, and what its columns mean.

use std::collections::BTreeSet;
use std::fmt::Write;

use provisor_model::{AttributeName, Attributes, Digest, Schema};
use provisor_sandbox::{Batch, Input, Reading, Row, Summary};
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
}

/// What the columns of an export mean.
pub(super) struct Columns {
    schema: Schema,
    /// For each column its attribute; `None` for what is not read.
    columns: Vec<Option<AttributeName>>,
    identifier: usize,
    /// Everything on which it depends what a cell says.
    pub shape: String,
    /// The attributes that the export has columns for, without secrets.
    pub covered: Vec<AttributeName>,
    /// Attributes that the reader looked for in vain.
    pub absent: Vec<AttributeName>,
    /// Columns that the schema does not know.
    pub ignored: Vec<String>,
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
    ) -> Result<(Pass<'a>, Columns), HostError> {
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
        let columns = Columns::of(resource, &reading)?;
        let pass = Self {
            resource,
            bound,
            reading,
        };
        Ok((pass, columns))
    }

    /// The next rows; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Batch>, HostError> {
        self.reading
            .next(BATCH)
            .await
            .map_err(|error| self.bound.failed(self.resource, error))
    }

    /// What is known at the end.
    pub async fn finish(mut self) -> Result<Summary, HostError> {
        let (bound, resource) = (self.bound, self.resource);
        self.reading
            .finish()
            .await
            .map_err(|error| bound.failed(resource, error))
    }
}

impl Columns {
    fn of(resource: &Resource, reading: &Reading) -> Result<Self, HostError> {
        let schema = &resource.rules.schema;
        let shape = reading.shape();
        let mut columns = Vec::new();
        let mut covered = Vec::new();
        let mut ignored = Vec::new();
        let mut meaning = String::from("cells 1");
        for column in &shape.columns {
            let known = schema
                .attributes()
                .find(|(name, _)| name.as_str() == column.name);
            columns.push(match known {
                Some((_, attribute)) if attribute.is_secret() => None,
                Some((name, attribute)) => {
                    let _never_fails = write!(
                        meaning,
                        "\n{name} {:?} {} {}",
                        attribute.kind(),
                        attribute.is_multi_valued(),
                        attribute.ignores_case()
                    );
                    covered.push(name.clone());
                    Some(name.clone())
                }
                None => {
                    ignored.push(column.name.clone());
                    None
                }
            });
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
        let _never_fails = write!(meaning, "\nidentified by {}", schema.identifier());
        let absent: BTreeSet<AttributeName> = shape
            .absent
            .iter()
            .filter_map(|name| AttributeName::new(name.clone()).ok())
            .filter(|name| schema.attribute(name.as_str()).is_some())
            .collect();
        Ok(Self {
            schema: schema.clone(),
            columns,
            identifier,
            shape: meaning,
            covered,
            absent: absent.into_iter().collect(),
            ignored,
        })
    }

    /// The rows of a batch.
    pub fn rows<'b>(&self, batch: &'b Batch) -> impl Iterator<Item = (Row<'b>, u64)> {
        let positions = batch.positions.iter().copied();
        batch.rows.rows(self.columns.len()).zip(positions)
    }

    /// Writes down the cells that are read, so that no two rows that say different things give the
    /// same bytes. Secrets are not among them.
    pub fn write_down(&self, row: Row<'_>, bytes: &mut Vec<u8>) {
        bytes.clear();
        for (column, cell) in self.columns.iter().zip(row.cells()) {
            if column.is_none() {
                continue;
            }
            let begin = bytes.len();
            bytes.extend_from_slice(&[0; 4]);
            let mut count: u32 = 0;
            for value in cell.values() {
                // Values come from one page, whose offsets are 32 bits wide.
                bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
                bytes.extend_from_slice(value.as_bytes());
                count += 1;
            }
            bytes[begin..begin + 4].copy_from_slice(&count.to_le_bytes());
        }
    }

    /// The identifier as it stands there.
    pub fn identifier<'b>(&self, row: Row<'b>) -> Option<&'b str> {
        row.cells().nth(self.identifier)?.values().next()
    }

    /// What two identifiers must share to be the same.
    pub fn key(&self, identifier: &str) -> String {
        self.schema.identifier_key(identifier)
    }

    /// Reads the cells of a row by the schema. What is wrong with them is for a person.
    pub fn read(&self, row: Row<'_>, position: u64) -> Result<ObservedRow, String> {
        let mut attributes = Attributes::new();
        for (column, cell) in self.columns.iter().zip(row.cells()) {
            let Some(name) = column else {
                continue;
            };
            if let Some(attribute) = self.schema.attribute(name.as_str()) {
                let values = attribute
                    .parse(cell.values())
                    .map_err(|error| error.to_string())?;
                attributes.insert(name.clone(), values);
            }
        }
        let identifier = attributes
            .get(self.schema.identifier())
            .and_then(|values| values.first())
            .filter(|identifier| !identifier.is_empty())
            .ok_or_else(|| "it has no identifier".to_owned())?
            .to_owned();
        let key = self.key(&identifier);
        Ok(ObservedRow::new(key, identifier, position, attributes))
    }

    /// The attributes in which two rows are not the same.
    pub fn differences<'r>(
        &'r self,
        before: &'r ObservedRow,
        after: &'r ObservedRow,
    ) -> impl Iterator<Item = &'r AttributeName> {
        self.covered.iter().filter(|name| {
            let (Some(before), Some(after)) =
                (before.attributes.get(*name), after.attributes.get(*name))
            else {
                // Before, there was no such column: nothing changed.
                return false;
            };
            !self.schema.same(name, before, after)
        })
    }
}
