//! What happened, append-only and hash-chained.
//!
//! The digest of each record covers the one before it, so that a changed or removed record breaks
//! the chain; the end of the chain is kept beside it, so that records cut off there are missed too.
//! Texts and names may be personal: only their salted digests are in the chain, so that they can be
//! erased while the chain still holds (see [`chain`](crate::chain)).

use std::ops::ControlFlow;

use provisor_model::{
    AccountId, CaseId, Digest, Event, ExportId, OperationId, ResourceName, Timestamp,
};
use rusqlite::params;
use serde::Serialize;

use crate::StoreError;
use crate::chain::{AuditRecord, BrokenRecord, Chain, Sealed, hex};
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
        let mut entries = Vec::new();
        self.records(&conditions, "LIMIT ?2", &parameters, |record| {
            entries.push(entry(record)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(entries)
    }

    /// What happened last with a case.
    pub fn last_of_case(&self, case: CaseId) -> Result<Option<HistoryEntry>, StoreError> {
        let mut last = None;
        let latest = "sequence = (SELECT max(sequence) FROM history WHERE work_case = ?1)";
        self.records(latest, "", &[&case.0], |record| {
            last = Some(entry(record)?);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(last)
    }

    /// All records in order, as they are exported; stops when `take` breaks.
    pub fn audit_records(
        &self,
        take: impl FnMut(AuditRecord) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        self.records("sequence > 0", "", &[], take)
    }

    fn records(
        &self,
        conditions: &str,
        end: &str,
        parameters: &[&dyn rusqlite::ToSql],
        mut take: impl FnMut(AuditRecord) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT sequence, at, kind, resource, account, operation, work_case, export,
                    component, inputs, history.digest, text_digest, history_text.salt, text,
                    actor.digest, actor.salt, actor.name,
                    behalf.digest, behalf.salt, behalf.name
               FROM history LEFT JOIN history_text USING (sequence)
                            JOIN party AS actor ON actor.number = history.actor
                            LEFT JOIN party AS behalf ON behalf.number = history.behalf
              WHERE {conditions} ORDER BY sequence {end}"
        ))?;
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            let sealed = |first: usize| -> Result<Sealed, StoreError> {
                Ok(Sealed {
                    digest: stored_digest(row.get(first)?)?,
                    salt: row
                        .get::<_, Option<Vec<u8>>>(first + 1)?
                        .map(|salt| hex(&salt)),
                    value: row.get(first + 2)?,
                })
            };
            let named = |column: usize| -> Result<Option<Digest>, StoreError> {
                let text: Option<String> = row.get(column)?;
                text.map(|text| text.parse())
                    .transpose()
                    .map_err(|error| StoreError::unreadable("digest", error))
            };
            let behalf: Option<Vec<u8>> = row.get(17)?;
            let record = AuditRecord {
                sequence: row.get(0)?,
                at: row.get(1)?,
                kind: row.get(2)?,
                resource: row.get(3)?,
                account: row.get(4)?,
                operation: row.get(5)?,
                case: row.get(6)?,
                export: row.get(7)?,
                component: named(8)?,
                inputs: named(9)?,
                digest: stored_digest(row.get(10)?)?,
                text: sealed(11)?,
                actor: sealed(14)?,
                behalf: behalf.is_some().then(|| sealed(17)).transpose()?,
            };
            if take(record)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Checks the whole chain; answers its end, or the first broken record.
    pub fn verify_history(&self) -> Result<Result<Chain, BrokenRecord>, StoreError> {
        self.verify_history_beside(&[])
    }

    /// Checks the whole chain, and that it has the records that somebody saw there before: each
    /// with its place and its digest.
    pub fn verify_history_beside(
        &self,
        seen: &[(u64, Digest)],
    ) -> Result<Result<Chain, BrokenRecord>, StoreError> {
        let mut chain = Chain::default();
        let mut broken = None;
        self.audit_records(|record| {
            let otherwise = seen
                .iter()
                .any(|(place, digest)| *place == record.sequence && *digest != record.digest);
            let followed = match otherwise {
                true => Err(BrokenRecord {
                    sequence: record.sequence,
                    problem: "it is not the record that the checkpoint covers",
                }),
                false => chain.follow(&record),
            };
            Ok(match followed {
                Ok(()) => ControlFlow::Continue(()),
                Err(problem) => {
                    broken = Some(problem);
                    ControlFlow::Break(())
                }
            })
        })?;
        if let Some(broken) = broken {
            return Ok(Err(broken));
        }
        let (last, digest) = chain.end();
        let (known, head) = self.history_head()?.end();
        let problem = if known > last || seen.iter().any(|(place, _)| *place > last) {
            Some((last + 1, "a record is missing at the end"))
        } else if known != last || head != digest {
            Some((last, "a record was added past the chain"))
        } else {
            None
        };
        Ok(match problem {
            Some((sequence, problem)) => Err(BrokenRecord { sequence, problem }),
            None => Ok(chain),
        })
    }

    /// Where the chain ends.
    pub fn history_head(&self) -> Result<Chain, StoreError> {
        let (last, digest): (u64, Vec<u8>) = self
            .connection
            .prepare_cached("SELECT sequence, digest FROM history_head")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let digest = match last {
            0 => None,
            _ => Some(stored_digest(digest)?),
        };
        Ok(Chain::at(last, digest))
    }

    /// A person's or a component's number in the history.
    fn party(&self, name: &str) -> Result<Option<(i64, Digest)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT number, digest FROM party WHERE name = ?1")?;
        let mut rows = statement.query([name])?;
        match rows.next()? {
            Some(row) => Ok(Some((row.get(0)?, stored_digest(row.get(1)?)?))),
            None => Ok(None),
        }
    }
}

impl Work<'_> {
    /// Adds to the history what happened. Who did it, for whom, and the text can be erased later.
    pub fn add_event(
        &mut self,
        at: Timestamp,
        actor: &str,
        resource: &ResourceName,
        account: Option<AccountId>,
        event: Event,
    ) -> Result<(), StoreError> {
        let head = self.history_head()?;
        let salt = self.salt()?;
        let (actor, actor_digest) = self.party_of(actor)?;
        let behalf = match &event.on_behalf_of {
            Some(name) => Some(self.party_of(name.as_str())?),
            None => None,
        };
        let sealed = |digest| Sealed {
            digest,
            salt: None,
            value: None,
        };
        let text = Sealed::new(&salt, &event.text);
        let mut record = AuditRecord {
            sequence: head.end().0 + 1,
            at: at.millis(),
            kind: event.kind.as_str().to_owned(),
            resource: resource.as_str().to_owned(),
            account: account.map(|id| id.0),
            operation: event.operation.map(|id| id.0),
            case: event.case.map(|id| id.0),
            export: event.export.map(|id| id.0),
            component: event.component,
            inputs: event.inputs,
            actor: sealed(actor_digest),
            behalf: behalf.map(|(_, digest)| sealed(digest)),
            digest: text.digest,
            text,
        };
        record.digest = head.next_digest(&record);
        self.connection
            .prepare_cached(
                "INSERT INTO history VALUES
                     (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                record.sequence,
                record.at,
                actor,
                behalf.map(|(number, _)| number),
                record.kind,
                record.resource,
                record.account,
                record.operation,
                record.case,
                record.export,
                record.component.map(|digest| digest.to_string()),
                record.inputs.map(|digest| digest.to_string()),
                record.text.digest.as_bytes(),
                record.digest.as_bytes(),
            ])?;
        self.connection
            .prepare_cached("INSERT INTO history_text VALUES (?1, ?2, ?3)")?
            .execute(params![record.sequence, salt, event.text])?;
        self.connection
            .prepare_cached("UPDATE history_head SET sequence = ?1, digest = ?2")?
            .execute(params![record.sequence, record.digest.as_bytes()])?;
        Ok(())
    }

    fn salt(&self) -> Result<Vec<u8>, StoreError> {
        let salt: Option<Vec<u8>> = self.value("SELECT randomblob(16)", &[])?;
        Ok(salt.unwrap_or_default())
    }

    /// A number for a name that may be new.
    fn party_of(&mut self, name: &str) -> Result<(i64, Digest), StoreError> {
        if let Some(known) = self.party(name)? {
            return Ok(known);
        }
        let salt = self.salt()?;
        let digest = Sealed::new(&salt, name).digest;
        let number = self
            .connection
            .prepare_cached(
                "INSERT INTO party (digest, salt, name) VALUES (?1, ?2, ?3) RETURNING number",
            )?
            .query_row(params![digest.as_bytes(), salt, name], |row| row.get(0))?;
        Ok((number, digest))
    }

    /// Erases the texts of everything that happened to an account; answers how many there were.
    /// That it happened, when and through whom, stays, and the chain still holds.
    pub fn erase_texts(&mut self, account: AccountId) -> Result<u64, StoreError> {
        self.overwriting(|work| {
            let erased = work
                .connection
                .prepare_cached(
                    "DELETE FROM history_text
                      WHERE sequence IN (SELECT sequence FROM history WHERE account = ?1)",
                )?
                .execute([account.0])?;
            Ok(erased as u64)
        })
    }

    /// Erases the name of somebody who did something or for whom it was done; answers whether there
    /// was one. The chain still holds.
    pub fn erase_party(&mut self, name: &str) -> Result<bool, StoreError> {
        self.overwriting(|work| {
            let erased = work
                .connection
                .prepare_cached("UPDATE party SET salt = NULL, name = NULL WHERE name = ?1")?
                .execute([name])?;
            Ok(erased > 0)
        })
    }
}

fn entry(record: AuditRecord) -> Result<HistoryEntry, StoreError> {
    let behalf = record
        .behalf
        .as_ref()
        .map(|behalf| behalf.or_erased().parse());
    Ok(HistoryEntry {
        sequence: record.sequence,
        at: Timestamp::from_millis(record.at),
        actor: record.actor.or_erased().to_owned(),
        resource: resource(record.resource)?,
        account: record.account.map(AccountId),
        event: Event {
            kind: named("event", &record.kind)?,
            operation: record.operation.map(OperationId),
            case: record.case.map(CaseId),
            export: record.export.map(ExportId),
            on_behalf_of: behalf
                .transpose()
                .map_err(|error| StoreError::unreadable("person", error))?,
            component: record.component,
            inputs: record.inputs,
            text: record.text.or_erased().to_owned(),
        },
    })
}

fn stored_digest(bytes: Vec<u8>) -> Result<Digest, StoreError> {
    let bytes: [u8; 32] = bytes
        .try_into()
        .map_err(|_| StoreError::unreadable("digest", "it has not 32 bytes"))?;
    Ok(Digest::from_bytes(bytes))
}
