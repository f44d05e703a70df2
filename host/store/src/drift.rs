//! What changed behind our backs, over all accounts and rows.

use std::collections::BTreeMap;

use provisor_model::{
    Account, AccountId, Acknowledgement, DriftKind, ExportId, ResourceName, Timestamp,
};
use rusqlite::{Row, params};
use serde::Serialize;

use crate::StoreError;
use crate::observations::{ObservedRow, observed_row};
use crate::view::{View, limit, named, parse, resource};
use crate::work::{Work, json};

/// A row of the last export that nobody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct UnexpectedRow {
    /// What it shows.
    #[serde(flatten)]
    pub row: ObservedRow,
    /// The export that first showed it so.
    pub export: ExportId,
    /// The time of that export.
    pub since: Timestamp,
    /// Who knows of it.
    pub acknowledged: Option<Acknowledgement>,
}

/// How much drift there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DriftCount {
    /// What nobody has acknowledged.
    pub open: u64,
    /// What somebody knows of and leaves as it is.
    pub acknowledged: u64,
    /// Since when the oldest of what is open is there.
    pub oldest: Option<Timestamp>,
}

impl DriftCount {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            open: self.open + other.open,
            acknowledged: self.acknowledged + other.acknowledged,
            oldest: [self.oldest, other.oldest].into_iter().flatten().min(),
        }
    }
}

pub(crate) const CLAIMED: &str = "EXISTS (SELECT 1 FROM account_name
     WHERE account_name.resource = observation.resource AND account_name.key = observation.key
       AND asked_for)";

impl View<'_> {
    /// Accounts that drifted, in the order of their numbers, without operations and observations;
    /// `all`: also those of which all drift is acknowledged.
    pub fn drifted_accounts(
        &self,
        resource: &ResourceName,
        all: bool,
        after: AccountId,
        most: usize,
    ) -> Result<Vec<Account>, StoreError> {
        self.bodies(
            "account",
            "SELECT body FROM account
              WHERE resource = ?1 AND drift > 0 AND id > ?3
                AND (?2 OR EXISTS (SELECT 1 FROM json_each(body, '$.drift')
                                    WHERE json_extract(value, '$.acknowledged') IS NULL))
              ORDER BY id LIMIT ?4",
            &[&resource.as_str(), &all, &after.0, &limit(most)],
        )
    }

    /// How much the accounts of all resources drifted, by resource and kind.
    pub fn drift_counts(
        &self,
    ) -> Result<BTreeMap<(ResourceName, DriftKind), DriftCount>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT resource, json_extract(value, '$.kind'),
                    sum(json_extract(value, '$.acknowledged') IS NULL),
                    sum(json_extract(value, '$.acknowledged') IS NOT NULL),
                    min(CASE WHEN json_extract(value, '$.acknowledged') IS NULL
                             THEN json_extract(value, '$.since') END)
               FROM account, json_each(body, '$.drift') WHERE drift > 0 GROUP BY 1, 2",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                (row.get(2)?, row.get(3)?),
                row.get::<_, Option<String>>(4)?,
            ))
        })?;
        rows.map(|row| {
            let (name, kind, (open, acknowledged), oldest) = row?;
            let kind = named("kind of drift", &kind)?;
            let oldest = oldest
                .map(|text| text.parse())
                .transpose()
                .map_err(|error| StoreError::unreadable("drift", error))?;
            let count = DriftCount {
                open,
                acknowledged,
                oldest,
            };
            Ok(((resource(name)?, kind), count))
        })
        .collect()
    }

    /// Rows that no account claims, in the order of their keys from the one after `after`; `all`:
    /// also those that are acknowledged.
    pub fn unexpected_rows(
        &self,
        resource: &ResourceName,
        all: bool,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<UnexpectedRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT observation.key, identifier, position, attributes, export.id, exported_at,
                    acknowledged_row.body
               FROM observation
               JOIN observed_row ON observed_row.id = observation.row
               JOIN export ON export.id = observed_row.export
               LEFT JOIN acknowledged_row USING (resource, key, digest)
              WHERE observation.resource = ?1 AND NOT {CLAIMED}
                AND (?2 OR acknowledged_row.body IS NULL) AND observation.key > ?3
              ORDER BY observation.key LIMIT ?4"
        ))?;
        let rows = statement.query_map(
            params![resource.as_str(), all, after.unwrap_or(""), limit(most)],
            unexpected_row,
        )?;
        rows.map(|row| row?).collect()
    }

    /// The row under a key, unless it is the account of somebody.
    pub fn unexpected_row(
        &self,
        resource: &ResourceName,
        key: &str,
    ) -> Result<Option<ObservedRow>, StoreError> {
        let claimed: Option<bool> = self.value(
            "SELECT asked_for FROM account_name WHERE resource = ?1 AND key = ?2",
            &[&resource.as_str(), &key],
        )?;
        match claimed {
            Some(true) => Ok(None),
            Some(false) | None => self.observed_row(resource, key),
        }
    }

    /// Who knows of the row under a key as it is now.
    pub fn acknowledged_row(
        &self,
        resource: &ResourceName,
        key: &str,
    ) -> Result<Option<Acknowledgement>, StoreError> {
        self.body(
            "acknowledgement",
            "SELECT body FROM acknowledged_row JOIN observation USING (resource, key, digest)
              WHERE resource = ?1 AND key = ?2",
            &[&resource.as_str(), &key],
        )
    }

    /// How many rows no account claims, whether acknowledged or not.
    pub fn unexpected_count(&self, resource: &ResourceName) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM observation WHERE resource = ?1 AND NOT {CLAIMED}");
        Ok(self.value(&sql, &[&resource.as_str()])?.unwrap_or(0))
    }

    /// How many rows no account claims, and since when the oldest of them is there.
    pub fn unexpected_drift(&self, resource: &ResourceName) -> Result<DriftCount, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT count(*) - count(acknowledged_row.body), count(acknowledged_row.body),
                    min(CASE WHEN acknowledged_row.body IS NULL THEN exported_at END)
               FROM observation
               JOIN observed_row ON observed_row.id = observation.row
               JOIN export ON export.id = observed_row.export
               LEFT JOIN acknowledged_row USING (resource, key, digest)
              WHERE observation.resource = ?1 AND NOT {CLAIMED}"
        ))?;
        Ok(statement.query_row([resource.as_str()], |row| {
            Ok(DriftCount {
                open: row.get(0)?,
                acknowledged: row.get(1)?,
                oldest: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis),
            })
        })?)
    }
}

impl Work<'_> {
    /// Keeps who knows of a row as it is now. Answers whether there is such a row.
    pub fn acknowledge_row(
        &mut self,
        resource: &ResourceName,
        key: &str,
        acknowledgement: &Acknowledgement,
    ) -> Result<bool, StoreError> {
        let kept = self
            .connection
            .prepare_cached(
                "INSERT INTO acknowledged_row
                 SELECT resource, key, digest, ?3 FROM observation
                  WHERE resource = ?1 AND key = ?2
                 ON CONFLICT (resource, key) DO UPDATE SET
                     digest = excluded.digest, body = excluded.body",
            )?
            .execute(params![
                resource.as_str(),
                key,
                json("acknowledgement", acknowledgement)?
            ])?;
        Ok(kept > 0)
    }

    /// Forgets who knew of rows that are gone or changed.
    pub(crate) fn drop_acknowledged_rows(
        &mut self,
        resource: &ResourceName,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM acknowledged_row
                  WHERE resource = ?1 AND NOT EXISTS (
                        SELECT 1 FROM observation
                         WHERE observation.resource = acknowledged_row.resource
                           AND observation.key = acknowledged_row.key
                           AND observation.digest = acknowledged_row.digest)",
            )?
            .execute([resource.as_str()])?;
        Ok(())
    }
}

fn unexpected_row(row: &Row<'_>) -> rusqlite::Result<Result<UnexpectedRow, StoreError>> {
    let (export, since) = (row.get(4)?, row.get(5)?);
    let acknowledged: Option<String> = row.get(6)?;
    let shown = observed_row(row)?;
    Ok(shown.and_then(|row| {
        Ok(UnexpectedRow {
            row,
            export: ExportId(export),
            since: Timestamp::from_millis(since),
            acknowledged: acknowledged
                .map(|body| parse("acknowledgement", &body))
                .transpose()?,
        })
    }))
}
