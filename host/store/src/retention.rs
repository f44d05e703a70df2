//! Dropping what has been kept long enough. What is needed, its callers know; nothing here drops
//! what something that is kept refers to by a key.

use std::collections::{BTreeSet, HashSet};

use provisor_model::{
    Account, AccountId, Case, CaseId, Digest, Export, ExportId, OperationId, ResourceName,
    Timestamp,
};
use rusqlite::params;

use crate::StoreError;
use crate::view::{View, limit, parse, resource};
use crate::work::{Work, json};

/// When the store was looked through the last time, in `meta`.
const LOOKED_THROUGH: &str = "looked-through";

impl View<'_> {
    /// When the store was looked through the last time.
    pub fn looked_through(&self) -> Result<Option<Timestamp>, StoreError> {
        let text: Option<String> =
            self.value("SELECT value FROM meta WHERE key = ?1", &[&LOOKED_THROUGH])?;
        text.map(|text| {
            text.parse()
                .map_err(|error| StoreError::unreadable("moment", error))
        })
        .transpose()
    }

    /// Accounts with operations that ended before a moment, in the order of their numbers.
    pub fn accounts_with_ended(
        &self,
        before: Timestamp,
        after: AccountId,
        most: usize,
    ) -> Result<Vec<AccountId>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account FROM operation
              WHERE account > ?1 AND ended_at IS NOT NULL AND ended_at < ?2
              GROUP BY account ORDER BY account LIMIT ?3",
        )?;
        let rows = statement.query_map(params![after.0, before.millis(), limit(most)], |row| {
            row.get(0).map(AccountId)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Closed cases none of whose operations is there any more, in the order of their numbers.
    pub fn cases_without_operations(
        &self,
        after: CaseId,
        most: usize,
    ) -> Result<Vec<Case>, StoreError> {
        self.bodies(
            "case",
            "SELECT body FROM work_case
              WHERE id > ?1 AND state = 'closed' AND NOT EXISTS (
                    SELECT 1 FROM operation WHERE operation.work_case = work_case.id)
              ORDER BY id LIMIT ?2",
            &[&after.0, &limit(most)],
        )
    }

    /// Cases whose work is being done again in one that is open.
    pub fn followed_up_cases(&self) -> Result<BTreeSet<CaseId>, StoreError> {
        let open: Vec<Case> = self.bodies(
            "case",
            "SELECT body FROM work_case WHERE state = 'open'",
            &[],
        )?;
        Ok(open.iter().filter_map(|case| case.follow_up_of).collect())
    }

    /// The exports of a resource that came before the last accepted one, the oldest first.
    pub fn earlier_exports(&self, resource: &ResourceName) -> Result<Vec<Export>, StoreError> {
        self.bodies(
            "export",
            "SELECT body FROM export
              WHERE resource = ?1 AND state <> 'held' AND id < (
                    SELECT max(id) FROM export WHERE resource = ?1 AND state = 'accepted')
              ORDER BY id",
            &[&resource.as_str()],
        )
    }

    /// All resources that there ever was an export of.
    pub fn exporting_resources(&self) -> Result<Vec<ResourceName>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT DISTINCT resource FROM export ORDER BY resource")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|name| resource(name?)).collect()
    }

    /// The exports of a resource from which something is known: rows and their absence, verdicts,
    /// drift, adopted values.
    pub fn exports_in_use(
        &self,
        resource: &ResourceName,
    ) -> Result<BTreeSet<ExportId>, StoreError> {
        let mut used = BTreeSet::new();
        for sql in [
            "SELECT DISTINCT observed_row.export FROM observed_row
               JOIN export ON export.id = observed_row.export WHERE export.resource = ?1",
            "SELECT export FROM observed_resource WHERE resource = ?1",
            "SELECT told_by FROM observed_resource WHERE resource = ?1",
            "SELECT DISTINCT told_by FROM unreadable WHERE resource = ?1",
            "SELECT DISTINCT json_extract(body, '$.seen') FROM operation WHERE resource = ?1",
            "SELECT DISTINCT json_extract(body, '$.\"decided-by\"') FROM operation
              WHERE resource = ?1",
        ] {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows =
                statement.query_map([resource.as_str()], |row| row.get::<_, Option<i64>>(0))?;
            for export in rows {
                used.extend(export?.map(ExportId));
            }
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT body FROM account
              WHERE resource = ?1 AND (drift > 0 OR json_array_length(body, '$.adoptions') > 0)",
        )?;
        let bodies = statement.query_map([resource.as_str()], |row| row.get::<_, String>(0))?;
        for body in bodies {
            used.extend(parse::<Account>("account", &body?)?.exports());
        }
        Ok(used)
    }

    /// The contents that something refers to: exports whose content was not dropped, and
    /// attachments.
    pub fn evidence_in_use(&self) -> Result<HashSet<Digest>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT json_extract(body, '$.digest') FROM export
              WHERE json_extract(body, '$.\"content-dropped-at\"') IS NULL
             UNION
             SELECT json_extract(attachment.value, '$.digest')
               FROM work_case, json_each(work_case.body, '$.attachments') AS attachment",
        )?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|text| {
            text?
                .parse()
                .map_err(|error| StoreError::unreadable("digest", error))
        })
        .collect()
    }

    /// Texts of what happened before a moment and is over, at most so many, in order: each with the
    /// resource. What tells of dropping has nothing personal, and is not told of again.
    pub fn texts_before(
        &self,
        before: Timestamp,
        after: u64,
        most: usize,
    ) -> Result<Vec<(u64, ResourceName)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sequence, history.resource
               FROM history_text JOIN history USING (sequence)
              WHERE sequence > ?1 AND at < ?2 AND kind <> 'dropped'
                AND NOT EXISTS (SELECT 1 FROM operation
                                 WHERE operation.id = history.operation AND ended_at IS NULL)
                AND NOT EXISTS (SELECT 1 FROM work_case
                                 WHERE work_case.id = history.work_case AND state = 'open')
              ORDER BY sequence LIMIT ?3",
        )?;
        let rows = statement.query_map(params![after, before.millis(), limit(most)], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        })?;
        rows.map(|row| {
            let (sequence, name) = row?;
            Ok((sequence, resource(name)?))
        })
        .collect()
    }
}

impl Work<'_> {
    /// Notes that the store was looked through.
    pub fn set_looked_through(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO meta VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            )?
            .execute(params![LOOKED_THROUGH, now.to_string()])?;
        Ok(())
    }

    /// Drops operations.
    pub fn drop_operations(
        &mut self,
        operations: &BTreeSet<OperationId>,
    ) -> Result<(), StoreError> {
        self.overwriting(|work| {
            let mut statement = work
                .connection
                .prepare_cached("DELETE FROM operation WHERE id = ?1")?;
            for operation in operations {
                statement.execute([operation.0])?;
            }
            Ok(())
        })
    }

    /// Drops what was recorded before a moment for trying other versions of components: what policies
    /// were shown, and in what versions differ.
    pub fn drop_recorded(&mut self, before: Timestamp) -> Result<(), StoreError> {
        self.overwriting(|work| {
            for sql in [
                "DELETE FROM recorded_proposal WHERE at < ?1",
                "DELETE FROM canary_finding WHERE at < ?1",
            ] {
                work.connection
                    .prepare_cached(sql)?
                    .execute([before.millis()])?;
            }
            Ok(())
        })
    }

    /// Drops a case. Its operations must have been dropped before.
    pub fn drop_case(&mut self, case: CaseId) -> Result<(), StoreError> {
        self.overwriting(|work| {
            for sql in [
                "DELETE FROM ticket WHERE work_case = ?1",
                "DELETE FROM work_case_operator WHERE work_case = ?1",
                "DELETE FROM work_case_item WHERE work_case = ?1",
                "DELETE FROM work_case WHERE id = ?1",
            ] {
                work.connection.prepare_cached(sql)?.execute([case.0])?;
            }
            Ok(())
        })
    }

    /// Drops an export. No row that is observed may come from it.
    pub fn drop_export(&mut self, export: ExportId) -> Result<(), StoreError> {
        self.overwriting(|work| {
            work.connection
                .prepare_cached("DELETE FROM export WHERE id = ?1")?
                .execute([export.0])?;
            Ok(())
        })
    }

    /// Drops texts of the history; the chain still holds.
    pub fn drop_texts(&mut self, sequences: &[u64]) -> Result<(), StoreError> {
        let sequences = json("sequences", sequences)?;
        self.overwriting(|work| {
            work.connection
                .prepare_cached(
                    "DELETE FROM history_text
                      WHERE sequence IN (SELECT value FROM json_each(?1))",
                )?
                .execute([sequences])?;
            Ok(())
        })
    }
}
