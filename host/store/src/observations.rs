//! What the accepted exports show, row by row.

use provisor_model::{
    AccountId, Attributes, ExportId, Observation, ResourceName, State, Timestamp,
};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::view::{View, parse};

/// One usable row of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObservedRow {
    /// The identifier as it is compared.
    pub key: String,
    /// The identifier as it stands there.
    pub identifier: String,
    /// The line, counted from 1.
    pub position: u64,
    /// The attributes, without secrets.
    pub attributes: Attributes,
}

impl ObservedRow {
    /// A row.
    pub fn new(key: String, identifier: String, position: u64, attributes: Attributes) -> Self {
        Self {
            key,
            identifier,
            position,
            attributes,
        }
    }
}

impl View<'_> {
    /// The row that is observed under a key.
    pub fn observed_row(
        &self,
        resource: &ResourceName,
        key: &str,
    ) -> Result<Option<ObservedRow>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT observation.key, identifier, position, attributes
                   FROM observation JOIN observed_row ON observed_row.id = observation.row
                  WHERE resource = ?1 AND observation.key = ?2",
            )?
            .query_row([resource.as_str(), key], observed_row)
            .optional()?
            .transpose()
    }

    /// What is observed under a key, whether an account claims it or not: the row with the export
    /// that first showed it so, or its absence with the last export that could tell. `None` if
    /// none could.
    pub fn observation(
        &self,
        resource: &ResourceName,
        key: &str,
    ) -> Result<Option<Observation>, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT export.id, exported_at, position, attributes
                   FROM observation
                   JOIN observed_row ON observed_row.id = observation.row
                   JOIN export ON export.id = observed_row.export
                  WHERE observation.resource = ?1 AND observation.key = ?2",
            )?
            .query_row([resource.as_str(), key], observation)
            .optional()?
            .transpose()?;
        if found.is_some() {
            return Ok(found);
        }
        let silent: Option<Option<i64>> = self.value(
            "SELECT told_by FROM unreadable WHERE resource = ?1 AND key = ?2",
            &[&resource.as_str(), &key],
        )?;
        match silent {
            Some(told_by) => self.absence(told_by),
            None => self.absence(self.told_by(resource)?),
        }
    }

    /// What is observed of an account: the first of its names that has a row.
    pub(crate) fn observation_of(
        &self,
        account: AccountId,
        resource: &ResourceName,
    ) -> Result<Option<Observation>, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT export.id, exported_at, position, attributes
                   FROM account_name
                   JOIN observation ON observation.resource = account_name.resource
                                   AND observation.key = account_name.key
                   JOIN observed_row ON observed_row.id = observation.row
                   JOIN export ON export.id = observed_row.export
                  WHERE account_name.account = ?1 ORDER BY place LIMIT 1",
            )?
            .query_row([account.0], observation)
            .optional()?
            .transpose()?;
        if found.is_some() {
            return Ok(found);
        }
        // Any of its names may have stood in a row that could not be read.
        let (silent, told, told_by): (u64, u64, Option<i64>) = self
            .connection
            .prepare_cached(
                "SELECT count(*), count(told_by), min(told_by)
                   FROM account_name JOIN unreadable USING (resource, key) WHERE account = ?1",
            )?
            .query_row([account.0], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        match silent {
            0 => self.absence(self.told_by(resource)?),
            _ if told < silent => Ok(None),
            _ => self.absence(told_by),
        }
    }

    /// The row with a number.
    pub(crate) fn numbered_row(&self, number: i64) -> Result<ObservedRow, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT key, identifier, position, attributes FROM observed_row WHERE id = ?1",
            )?
            .query_row([number], observed_row)?
    }

    /// The key of the row with a number.
    pub(crate) fn key_of(&self, number: i64) -> Result<String, StoreError> {
        self.value("SELECT key FROM observed_row WHERE id = ?1", &[&number])?
            .ok_or_else(|| StoreError::unreadable("listing", "it lists a row that is not there"))
    }

    /// How many rows are observed on a resource.
    pub fn observed_count(&self, resource: &ResourceName) -> Result<u64, StoreError> {
        let count = self.value(
            "SELECT rows FROM observed_resource WHERE resource = ?1",
            &[&resource.as_str()],
        )?;
        Ok(count.unwrap_or(0))
    }

    pub(crate) fn has_observations(&self, resource: &ResourceName) -> Result<bool, StoreError> {
        let found = self.value(
            "SELECT EXISTS (SELECT 1 FROM observed_resource WHERE resource = ?1)",
            &[&resource.as_str()],
        )?;
        Ok(found.unwrap_or(false))
    }

    /// The last export of a resource in which a missing row means that there is no account.
    pub(crate) fn told_by(&self, resource: &ResourceName) -> Result<Option<i64>, StoreError> {
        let told_by: Option<Option<i64>> = self.value(
            "SELECT told_by FROM observed_resource WHERE resource = ?1",
            &[&resource.as_str()],
        )?;
        Ok(told_by.flatten())
    }

    /// That an export has no row is an observation too.
    fn absence(&self, told_by: Option<i64>) -> Result<Option<Observation>, StoreError> {
        let Some(told_by) = told_by else {
            return Ok(None);
        };
        let exported_at: Option<i64> =
            self.value("SELECT exported_at FROM export WHERE id = ?1", &[&told_by])?;
        Ok(exported_at.map(|exported_at| Observation {
            export: ExportId(told_by),
            exported_at: Timestamp::from_millis(exported_at),
            position: None,
            state: State::Absent,
        }))
    }
}

fn observation(row: &Row<'_>) -> rusqlite::Result<Result<Observation, StoreError>> {
    let attributes: String = row.get(3)?;
    let position: i64 = row.get(2)?;
    let (export, exported_at) = (row.get(0)?, row.get(1)?);
    Ok(
        parse("observation", &attributes).map(|attributes| Observation {
            export: ExportId(export),
            exported_at: Timestamp::from_millis(exported_at),
            position: Some(position.unsigned_abs()),
            state: State::Present(attributes),
        }),
    )
}

pub(crate) fn observed_row(row: &Row<'_>) -> rusqlite::Result<Result<ObservedRow, StoreError>> {
    let attributes: String = row.get(3)?;
    let position: i64 = row.get(2)?;
    let (key, identifier) = (row.get(0)?, row.get(1)?);
    Ok(parse("observation", &attributes)
        .map(|attributes| ObservedRow::new(key, identifier, position.unsigned_abs(), attributes)))
}
