//! Operations, across accounts.

use std::collections::BTreeMap;

use provisor_model::{
    Account, AccountId, Operation, OperationId, OperationKind, OperationState, ResourceName,
    Timestamp,
};
use rusqlite::params;
use serde::Serialize;

use crate::StoreError;
use crate::view::{View, limit, named, parse, resource};
use crate::work::{Work, json};

/// Which operations are listed. The default lists none, since its limit is 0.
#[derive(Debug, Clone, Default)]
pub struct OperationFilter {
    /// Of this resource.
    pub resource: Option<ResourceName>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// In these states; all if empty.
    pub states: Vec<OperationState>,
    /// Only those that are under way, or ended after this moment.
    pub unfinished_or_ended_after: Option<Timestamp>,
    /// Only those that wait for a person's release, or only those that do not.
    pub held: Option<bool>,
    /// Only those that follow this one in the list, which are the older ones.
    pub after: Option<OperationId>,
    /// At most so many.
    pub limit: usize,
}

/// An operation with its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OperationEntry {
    /// The operation.
    pub operation: Operation,
    /// The account.
    pub account: AccountId,
    /// Where.
    pub resource: ResourceName,
    /// How the account is called.
    pub identifier: String,
}

impl View<'_> {
    /// Whose an operation is.
    pub fn account_of_operation(
        &self,
        operation: OperationId,
    ) -> Result<Option<AccountId>, StoreError> {
        let id = self.value(
            "SELECT account FROM operation WHERE id = ?1",
            &[&operation.0],
        )?;
        Ok(id.map(AccountId))
    }

    /// Operations, the newest first.
    pub fn operations(&self, filter: &OperationFilter) -> Result<Vec<OperationEntry>, StoreError> {
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let mut statement = self.connection.prepare_cached(
            "SELECT operation.body, operation.account, operation.resource, account.identifier
               FROM operation JOIN account ON account.id = operation.account
              WHERE (?1 IS NULL OR operation.resource = ?1)
                AND (?2 IS NULL OR operation.account = ?2)
                AND (?3 = '[]' OR state IN (SELECT value FROM json_each(?3)))
                AND (?4 IS NULL OR ended_at IS NULL OR ended_at > ?4)
                AND (?5 IS NULL OR held = ?5)
                AND operation.id < ?6
              ORDER BY operation.id DESC LIMIT ?7",
        )?;
        let rows = statement.query_map(
            params![
                filter.resource.as_ref().map(ResourceName::as_str),
                filter.account.map(|id| id.0),
                json("state", &states)?,
                filter.unfinished_or_ended_after.map(Timestamp::millis),
                filter.held,
                filter.after.map_or(i64::MAX, |id| id.0),
                limit(filter.limit),
            ],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                ))
            },
        )?;
        rows.map(|row| {
            let (body, account, name, identifier) = row?;
            Ok(OperationEntry {
                operation: parse("operation", &body)?,
                account: AccountId(account),
                resource: resource(name)?,
                identifier,
            })
        })
        .collect()
    }

    /// Operations that can go out at `now` or about which nobody has decided yet, in the order in
    /// which they were requested.
    pub fn due_operations(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, id FROM operation
              WHERE state = 'waiting' AND held = 0 AND (not_before IS NULL OR not_before <= ?1)
              ORDER BY requested_at, id LIMIT ?2",
        )?;
        let rows = statement.query_map(params![now.millis(), limit(most)], |row| {
            Ok((AccountId(row.get(0)?), OperationId(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Operations of a resource that nobody holds and that have not gone out yet, in the order in
    /// which they were requested.
    pub fn waiting_operations(
        &self,
        resource: &ResourceName,
        most: usize,
    ) -> Result<Vec<(AccountId, OperationId)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, id FROM operation
              WHERE state = 'waiting' AND held = 0 AND resource = ?1
              ORDER BY requested_at, id LIMIT ?2",
        )?;
        let rows = statement.query_map(params![resource.as_str(), limit(most)], |row| {
            Ok((AccountId(row.get(0)?), OperationId(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many operations of a kind were requested on a resource since a moment, without those
    /// that were taken back before anybody saw them.
    pub fn outgoing_count(
        &self,
        resource: &ResourceName,
        kind: OperationKind,
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        let count = self.value::<i64>(
            "SELECT count(*) FROM operation
              WHERE resource = ?1 AND kind = ?2 AND requested_at >= ?3
                AND NOT (state = 'cancelled' AND work_case IS NULL)",
            &[&resource.as_str(), &kind.as_str(), &since.millis()],
        )?;
        Ok(count.map_or(0, i64::unsigned_abs))
    }

    /// How many operations of each kind were requested on a resource since a moment.
    pub fn operation_counts(
        &self,
        resource: &ResourceName,
        since: Timestamp,
    ) -> Result<BTreeMap<OperationKind, u64>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT kind, count(*) FROM operation
              WHERE resource = ?1 AND requested_at >= ?2 GROUP BY kind",
        )?;
        let rows = statement.query_map(params![resource.as_str(), since.millis()], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?))
        })?;
        rows.map(|row| {
            let (kind, count) = row?;
            Ok((named("kind", &kind)?, count))
        })
        .collect()
    }
}

impl Work<'_> {
    pub(crate) fn save_operation(
        &mut self,
        account: &Account,
        operation: &Operation,
        kind: OperationKind,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO operation (id, account, resource, work_case, kind, state, held,
                                        not_before, requested_at, ended_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (id) DO UPDATE SET
                     work_case = excluded.work_case, kind = excluded.kind,
                     state = excluded.state, held = excluded.held,
                     not_before = excluded.not_before, requested_at = excluded.requested_at,
                     ended_at = excluded.ended_at, body = excluded.body
                 WHERE body IS NOT excluded.body",
            )?
            .execute(params![
                operation.id.0,
                account.id.0,
                account.resource.as_str(),
                operation.case.map(|id| id.0),
                kind.as_str(),
                operation.state.as_str(),
                operation.held.is_some(),
                // The policy is asked at once; it may want what others wait for to go out now.
                operation
                    .goes_out_at()
                    .filter(|_| operation.decided)
                    .map(Timestamp::millis),
                operation.requested_at.millis(),
                operation.ended_at.map(Timestamp::millis),
                json("operation", operation)?,
            ])?;
        Ok(())
    }
}
