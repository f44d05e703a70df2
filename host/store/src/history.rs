//! What happened, append-only and hash-chained.
//!
//! The digest of each record covers the one before it, so that a changed or removed record breaks
//! the chain; the end of the chain is kept beside it, so that records cut off there are missed too.
//! Texts may be personal: only their salted digest is in the chain, so that they can be erased
//! while the chain still holds.

use provisor_model::{AccountId, CaseId, Event, ExportId, OperationId, ResourceName, Timestamp};
use rusqlite::params;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::view::{View, limit, named, resource};
use crate::work::Work;

/// Which events are listed. The default lists none, since its limit is 0.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// About this resource.
    pub resource: Option<ResourceName>,
    /// About this account.
    pub account: Option<AccountId>,
    /// About this operation.
    pub operation: Option<OperationId>,
    /// About this case.
    pub case: Option<CaseId>,
    /// Because of this export.
    pub export: Option<ExportId>,
    /// Only those after this one.
    pub after: Option<u64>,
    /// At most so many, in order.
    pub limit: usize,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct HistoryEntry {
    /// Its place in the history.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Through whom.
    pub actor: String,
    /// On which resource.
    pub resource: ResourceName,
    /// To which account.
    pub account: Option<AccountId>,
    /// What. A text that was erased reads `(erased)`.
    pub event: Event,
}

/// The first record that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRecord {
    /// Its place, or the place where one is missing.
    pub sequence: u64,
    /// What is wrong.
    pub problem: &'static str,
}

/// What the digest of a record covers beside the digests: an array in this order.
#[derive(Serialize)]
struct Record<'a>(
    i64,
    i64,
    &'a str,
    &'a str,
    &'a str,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

impl View<'_> {
    /// What happened, in order.
    pub fn history(&self, filter: &HistoryFilter) -> Result<Vec<HistoryEntry>, StoreError> {
        // One index serves each of these; which one is best differs from call to call, so the
        // statement names only what is asked for.
        let mut conditions = String::from("sequence > ?1");
        let mut parameters: Vec<&dyn rusqlite::ToSql> = Vec::new();
        let after = filter
            .after
            .map_or(0, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let most = limit(filter.limit);
        let name = filter.resource.as_ref().map(ResourceName::as_str);
        let account = filter.account.map(|id| id.0);
        let operation = filter.operation.map(|id| id.0);
        let case = filter.case.map(|id| id.0);
        let export = filter.export.map(|id| id.0);
        parameters.extend([&after as &dyn rusqlite::ToSql, &most]);
        if let Some(name) = &name {
            parameters.push(name);
            conditions += &format!(" AND resource = ?{}", parameters.len());
        }
        for (column, id) in [
            ("account", &account),
            ("operation", &operation),
            ("work_case", &case),
            ("export", &export),
        ] {
            if let Some(id) = id {
                parameters.push(id);
                conditions += &format!(" AND {column} = ?{}", parameters.len());
            }
        }
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT sequence, at, actor, kind, resource, account, operation, work_case, export,
                    coalesce(text, '(erased)')
               FROM history LEFT JOIN history_text USING (sequence)
              WHERE {conditions} ORDER BY sequence LIMIT ?2"
        ))?;
        let mut rows = statement.query(&parameters[..])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(HistoryEntry {
                sequence: row.get(0)?,
                at: Timestamp::from_millis(row.get(1)?),
                actor: row.get(2)?,
                resource: resource(row.get(4)?)?,
                account: row.get::<_, Option<i64>>(5)?.map(AccountId),
                event: Event {
                    kind: named("event", &row.get::<_, String>(3)?)?,
                    operation: row.get::<_, Option<i64>>(6)?.map(OperationId),
                    case: row.get::<_, Option<i64>>(7)?.map(CaseId),
                    export: row.get::<_, Option<i64>>(8)?.map(ExportId),
                    text: row.get(9)?,
                },
            });
        }
        Ok(entries)
    }

    /// Checks the whole chain; answers how many records it has, or the first broken one.
    pub fn verify_history(&self) -> Result<Result<u64, BrokenRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sequence, at, actor, kind, resource, account, operation, work_case, export,
                    text_digest, digest, salt, text
               FROM history LEFT JOIN history_text USING (sequence) ORDER BY sequence",
        )?;
        let mut rows = statement.query([])?;
        let (mut expected, mut before) = (1_i64, Vec::new());
        let broken = |sequence: i64, problem| {
            Ok(Err(BrokenRecord {
                sequence: sequence.unsigned_abs(),
                problem,
            }))
        };
        while let Some(row) = rows.next()? {
            let sequence: i64 = row.get(0)?;
            if sequence != expected {
                return broken(expected, "a record is missing");
            }
            let (actor, kind, resource): (String, String, String) =
                (row.get(2)?, row.get(3)?, row.get(4)?);
            let text_digest: Vec<u8> = row.get(9)?;
            let stored: Vec<u8> = row.get(10)?;
            let record = Record(
                sequence,
                row.get(1)?,
                &actor,
                &kind,
                &resource,
                row.get(5)?,
                row.get(6)?,
                row.get(7)?,
                row.get(8)?,
            );
            if digest(&[&before, &canonical(&record)?, &text_digest]) != stored {
                return broken(sequence, "the record was changed, or the one before it");
            }
            let (salt, text): (Option<Vec<u8>>, Option<String>) = (row.get(11)?, row.get(12)?);
            if let (Some(salt), Some(text)) = (salt, text)
                && digest(&[&salt, text.as_bytes()]) != text_digest
            {
                return broken(sequence, "the text was changed");
            }
            before = stored;
            expected += 1;
        }
        match self.history_head()? {
            (last, _) if last >= expected => broken(expected, "a record is missing at the end"),
            (last, head) if last != expected - 1 || head != before => {
                broken(expected - 1, "a record was added past the chain")
            }
            (last, _) => Ok(Ok(last.unsigned_abs())),
        }
    }

    fn history_head(&self) -> Result<(i64, Vec<u8>), StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT sequence, digest FROM history_head")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }
}

impl Work<'_> {
    /// Adds to the history what happened. `actor` stays in the chain for good; the event's text
    /// can be erased.
    pub fn add_event(
        &mut self,
        at: Timestamp,
        actor: &str,
        resource: &ResourceName,
        account: Option<AccountId>,
        event: Event,
    ) -> Result<(), StoreError> {
        let (last, before) = self.history_head()?;
        let salt: Option<Vec<u8>> = self.value("SELECT randomblob(16)", &[])?;
        let salt = salt.unwrap_or_default();
        let text_digest = digest(&[&salt, event.text.as_bytes()]);
        let record = Record(
            last + 1,
            at.millis(),
            actor,
            event.kind.as_str(),
            resource.as_str(),
            account.map(|id| id.0),
            event.operation.map(|id| id.0),
            event.case.map(|id| id.0),
            event.export.map(|id| id.0),
        );
        let chained = digest(&[&before, &canonical(&record)?, &text_digest]);
        self.connection
            .prepare_cached(
                "INSERT INTO history VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                record.0,
                record.1,
                record.2,
                record.3,
                record.4,
                record.5,
                record.6,
                record.7,
                record.8,
                text_digest,
                chained,
            ])?;
        self.connection
            .prepare_cached("INSERT INTO history_text VALUES (?1, ?2, ?3)")?
            .execute(params![record.0, salt, event.text])?;
        self.connection
            .prepare_cached("UPDATE history_head SET sequence = ?1, digest = ?2")?
            .execute(params![record.0, chained])?;
        Ok(())
    }

    /// Erases the texts of everything that happened to an account; answers how many there were.
    /// That it happened, when and through whom, stays, and the chain still holds.
    pub fn erase_texts(&mut self, account: AccountId) -> Result<u64, StoreError> {
        let secure = |on: bool| self.connection.pragma_update(None, "secure_delete", on);
        // Overwritten, and not only given free. Elsewhere that would cost every change a write.
        secure(true)?;
        let erased = self
            .connection
            .prepare_cached(
                "DELETE FROM history_text
                  WHERE sequence IN (SELECT sequence FROM history WHERE account = ?1)",
            )
            .and_then(|mut statement| statement.execute([account.0]));
        secure(false)?;
        Ok(erased? as u64)
    }
}

fn canonical(record: &Record<'_>) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(|error| StoreError::unreadable("record", error))
}

/// Each part is preceded by its length, so that no two lists of parts have the same digest.
fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}
