//! Taking in the rows of an accepted export: what it shows becomes what is observed.
//!
//! The keys and digests of all known rows are held in memory, 24 bytes a row, and the export
//! streams past them. A row that is as before costs no access to the database.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::{AccountId, Export, ExportId, Observation};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest as _, Sha256};

use crate::view::View;
use crate::work::{Work, json};
use crate::{ObservedRow, StoreError};

/// What was known of an account before its row changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What was observed before; `None` if no export could tell until now.
    pub before: Option<Observation>,
}

/// What an export changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// Rows that were not there before.
    pub appeared: u64,
    /// Rows that are different.
    pub changed: u64,
    /// Rows that are there no longer.
    pub vanished: u64,
    /// Rows that are as before.
    pub unchanged: u64,
    /// The accounts whose row appeared, changed or vanished, and those without a row of which no
    /// export could tell before.
    pub changes: BTreeMap<AccountId, Changed>,
}

/// Rows that are looked at in one go for whether they vanished.
const CHUNK: i64 = 1000;

/// The position of a row that was not seen in this pass.
const UNSEEN: u64 = u64::MAX;

impl Work<'_> {
    /// Makes the rows of an export, which must be saved before, what is observed. Only what is
    /// different is written; a row that is as before keeps the export that first showed it so.
    ///
    /// Rows that are not in the export are removed, unless their key is in `unreadable`, or
    /// `keep_missing` says that nothing can be concluded from a row's absence.
    ///
    /// # Errors
    ///
    /// The first error of `rows`; [`StoreError::DuplicateRow`]; [`StoreError::RowCount`] when there
    /// are not as many rows as [`Export::rows`] says, so that a source that breaks off is never
    /// taken for a short export; [`StoreError::StaleRows`] when this export or a later one was
    /// taken in already. What is observed is as before then.
    pub fn accept_rows<E>(
        &mut self,
        export: &Export,
        rows: &mut dyn Iterator<Item = Result<ObservedRow, E>>,
        unreadable: &BTreeSet<String>,
        keep_missing: bool,
    ) -> Result<Accepted, E>
    where
        E: From<StoreError>,
    {
        self.run("SAVEPOINT rows")?;
        let result = self.take_in(export, rows, unreadable, keep_missing);
        self.run(match result.is_ok() {
            true => "RELEASE rows",
            false => "ROLLBACK TO rows; RELEASE rows",
        })
        // The first error is the one to tell.
        .or_else(|error| result.as_ref().map_or(Ok(()), |_| Err(error)))?;
        result
    }

    fn take_in<E>(
        &mut self,
        export: &Export,
        rows: &mut dyn Iterator<Item = Result<ObservedRow, E>>,
        unreadable: &BTreeSet<String>,
        keep_missing: bool,
    ) -> Result<Accepted, E>
    where
        E: From<StoreError>,
    {
        let mut pass = Pass::begin(self, export)?;
        for row in rows {
            pass.row(&row?)?;
        }
        Ok(pass.finish(unreadable, keep_missing)?)
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch(sql)?)
    }
}

/// A row that was observed before this pass.
struct Known {
    key: u64,
    digest: i64,
    position: u64,
}

struct Pass<'a, 'c> {
    view: &'a View<'c>,
    export: &'a Export,
    hashing: Hashing,
    known: Vec<Known>,
    accepted: Accepted,
}

impl<'a, 'c> Pass<'a, 'c> {
    fn begin(view: &'a View<'c>, export: &'a Export) -> Result<Self, StoreError> {
        let last: Option<i64> = view.value(
            "SELECT export FROM observed_resource WHERE resource = ?1",
            &[&export.resource.as_str()],
        )?;
        if let Some(last) = last.map(ExportId).filter(|last| *last >= export.id) {
            return Err(StoreError::StaleRows {
                export: export.id,
                last,
            });
        }
        let hashing = Hashing::load(view)?;
        let mut known = Vec::with_capacity(
            usize::try_from(view.observed_count(&export.resource)?).unwrap_or(0),
        );
        let mut statement = view
            .connection
            .prepare_cached("SELECT key, digest FROM observation WHERE resource = ?1")?;
        let mut rows = statement.query([export.resource.as_str()])?;
        while let Some(row) = rows.next()? {
            let key = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            known.push(Known {
                key: hashing.key(key),
                digest: row.get(1)?,
                position: UNSEEN,
            });
        }
        known.sort_unstable_by_key(|known| (known.key, known.digest));
        Ok(Self {
            view,
            export,
            hashing,
            known,
            accepted: Accepted::default(),
        })
    }

    fn row(&mut self, row: &ObservedRow) -> Result<(), StoreError> {
        let (key, digest) = (self.hashing.key(&row.key), self.hashing.row(row));
        if let Some(index) = self.find(key, digest) {
            self.see(index, row)?;
            self.accepted.unchanged += 1;
            return Ok(());
        }
        let stored: Option<(i64, i64, i64, u64)> = self
            .view
            .connection
            .prepare_cached(
                "SELECT digest, row, export, position
                   FROM observation JOIN observed_row ON observed_row.id = observation.row
                  WHERE resource = ?1 AND key = ?2",
            )?
            .query_row([self.export.resource.as_str(), &row.key], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        match stored {
            None => {
                self.remember(&row.key)?;
                self.insert(row, digest)?;
                self.accepted.appeared += 1;
            }
            Some((_, _, export, first)) if export == self.export.id.0 => {
                return Err(duplicate(row, first));
            }
            Some((before, id, _, _)) => {
                let index = self.find(key, before).ok_or_else(|| {
                    StoreError::unreadable("observation", "its digest does not fit its key")
                })?;
                self.see(index, row)?;
                self.remember(&row.key)?;
                self.update(id, row, digest)?;
                self.accepted.changed += 1;
            }
        }
        Ok(())
    }

    fn find(&self, key: u64, digest: i64) -> Option<usize> {
        self.known
            .binary_search_by_key(&(key, digest), |known| (known.key, known.digest))
            .ok()
    }

    fn see(&mut self, index: usize, row: &ObservedRow) -> Result<(), StoreError> {
        let known = &mut self.known[index];
        if known.position != UNSEEN {
            return Err(duplicate(row, known.position));
        }
        known.position = row.position;
        Ok(())
    }

    fn insert(&self, row: &ObservedRow, digest: i64) -> Result<(), StoreError> {
        let connection = self.view.connection;
        connection
            .prepare_cached(
                "INSERT INTO observed_row (export, position, identifier, attributes)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                self.export.id.0,
                position(row),
                row.identifier,
                json("observation", &row.attributes)?,
            ])?;
        connection
            .prepare_cached("INSERT INTO observation VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                self.export.resource.as_str(),
                row.key,
                digest,
                connection.last_insert_rowid(),
            ])?;
        Ok(())
    }

    fn update(&self, id: i64, row: &ObservedRow, digest: i64) -> Result<(), StoreError> {
        let connection = self.view.connection;
        connection
            .prepare_cached(
                "UPDATE observed_row
                    SET export = ?2, position = ?3, identifier = ?4, attributes = ?5
                  WHERE id = ?1",
            )?
            .execute(params![
                id,
                self.export.id.0,
                position(row),
                row.identifier,
                json("observation", &row.attributes)?,
            ])?;
        connection
            .prepare_cached("UPDATE observation SET digest = ?3 WHERE resource = ?1 AND key = ?2")?
            .execute(params![self.export.resource.as_str(), row.key, digest])?;
        Ok(())
    }

    /// Keeps what was observed of the account under a key before the first of its rows changes.
    fn remember(&mut self, key: &str) -> Result<(), StoreError> {
        let Some(account) = self.view.account_named(&self.export.resource, key)? else {
            return Ok(());
        };
        if !self.accepted.changes.contains_key(&account) {
            let before = self.view.observation_of(account, &self.export.resource)?;
            self.accepted.changes.insert(account, Changed { before });
        }
        Ok(())
    }

    fn finish(
        mut self,
        unreadable: &BTreeSet<String>,
        keep_missing: bool,
    ) -> Result<Accepted, StoreError> {
        let seen = self.accepted.unchanged + self.accepted.changed;
        let found = seen + self.accepted.appeared;
        if found != self.export.rows {
            return Err(StoreError::RowCount {
                export: self.export.id,
                expected: self.export.rows,
                found,
            });
        }
        if !keep_missing && seen < self.known.len() as u64 {
            self.remove_missing(unreadable)?;
        }
        // Of an account without a row there is something new if no export could tell before.
        let unknown = match keep_missing {
            true => Vec::new(),
            false => self.unknown_accounts(unreadable)?,
        };
        self.conclude(unreadable, keep_missing)?;
        for account in unknown {
            if !self.accepted.changes.contains_key(&account) {
                let now = self.view.observation_of(account, &self.export.resource)?;
                if now.is_some_and(|now| now.position.is_none()) {
                    let unknown = Changed { before: None };
                    self.accepted.changes.insert(account, unknown);
                }
            }
        }
        Ok(self.accepted)
    }

    fn remove_missing(&mut self, unreadable: &BTreeSet<String>) -> Result<(), StoreError> {
        let connection = self.view.connection;
        let resource = self.export.resource.as_str();
        let mut from = String::new();
        loop {
            let chunk: Vec<(String, i64, i64)> = connection
                .prepare_cached(
                    "SELECT key, digest, row FROM observation
                      WHERE resource = ?1 AND key >= ?2 ORDER BY key LIMIT ?3",
                )?
                .query_map(params![resource, from, CHUNK], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?
                .collect::<Result<_, _>>()?;
            let Some((last, ..)) = chunk.last() else {
                return Ok(());
            };
            // Nothing sorts between a text and the same text with a zero behind it.
            from = format!("{last}\0");
            for (key, digest, row) in chunk {
                let missing = self
                    .find(self.hashing.key(&key), digest)
                    .is_some_and(|index| self.known[index].position == UNSEEN);
                if !missing || unreadable.contains(&key) {
                    continue;
                }
                self.remember(&key)?;
                connection
                    .prepare_cached("DELETE FROM observation WHERE resource = ?1 AND key = ?2")?
                    .execute([resource, &key])?;
                connection
                    .prepare_cached("DELETE FROM observed_row WHERE id = ?1")?
                    .execute([row])?;
                self.accepted.vanished += 1;
            }
        }
    }

    /// Accounts of which perhaps no export could tell so far whether they are there, and now one
    /// can.
    fn unknown_accounts(
        &self,
        unreadable: &BTreeSet<String>,
    ) -> Result<Vec<AccountId>, StoreError> {
        let sql = match self.view.told_by(&self.export.resource)? {
            None => "SELECT account, key FROM account_name WHERE resource = ?1",
            Some(_) => {
                "SELECT account, key FROM account_name JOIN unreadable USING (resource, key)
                  WHERE resource = ?1 AND told_by IS NULL"
            }
        };
        let mut statement = self.view.connection.prepare_cached(sql)?;
        let mut rows = statement.query([self.export.resource.as_str()])?;
        let mut accounts = Vec::new();
        while let Some(row) = rows.next()? {
            let key = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            if !unreadable.contains(key) {
                accounts.push(AccountId(row.get(0)?));
            }
        }
        Ok(accounts)
    }

    /// Notes which export tells of which absence.
    fn conclude(
        &self,
        unreadable: &BTreeSet<String>,
        keep_missing: bool,
    ) -> Result<(), StoreError> {
        let connection = self.view.connection;
        let resource = self.export.resource.as_str();
        let told_by = self.view.told_by(&self.export.resource)?;
        for key in unreadable {
            connection
                .prepare_cached(
                    "INSERT INTO unreadable VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute(params![resource, key, told_by])?;
        }
        if !keep_missing {
            let readable: Vec<String> = connection
                .prepare_cached("SELECT key FROM unreadable WHERE resource = ?1")?
                .query_map([resource], |row| row.get(0))?
                .filter(|key| !matches!(key, Ok(key) if unreadable.contains(key)))
                .collect::<Result<_, _>>()?;
            for key in readable {
                connection
                    .prepare_cached("DELETE FROM unreadable WHERE resource = ?1 AND key = ?2")?
                    .execute([resource, &key])?;
            }
        }
        let rows = self.known.len() as u64 + self.accepted.appeared - self.accepted.vanished;
        connection
            .prepare_cached(
                "INSERT INTO observed_resource (resource, export, rows, told_by)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (resource) DO UPDATE SET
                     export = excluded.export, rows = excluded.rows, told_by = excluded.told_by",
            )?
            .execute(params![
                resource,
                self.export.id.0,
                rows,
                if keep_missing {
                    told_by
                } else {
                    Some(self.export.id.0)
                },
            ])?;
        Ok(())
    }
}

fn duplicate(row: &ObservedRow, first: u64) -> StoreError {
    StoreError::DuplicateRow {
        identifier: row.identifier.clone(),
        first,
        second: row.position,
    }
}

fn position(row: &ObservedRow) -> i64 {
    i64::try_from(row.position).unwrap_or(i64::MAX)
}

/// The first 64 bits of SHA-256 behind a secret of this database: the same in every process and
/// version, and nobody outside can prepare two rows that have the same.
struct Hashing {
    keyed: Sha256,
}

impl Hashing {
    fn load(view: &View<'_>) -> Result<Self, StoreError> {
        let secret: Option<String> =
            view.value("SELECT value FROM meta WHERE key = 'row-key'", &[])?;
        let secret = secret.ok_or_else(|| StoreError::unreadable("row key", "there is none"))?;
        let mut keyed = Sha256::new();
        // A whole block, so that it is worked through once and not again for every row.
        keyed.update(format!("{secret:0>64}").as_bytes());
        Ok(Self { keyed })
    }

    fn key(&self, key: &str) -> u64 {
        let mut hash = self.keyed.clone();
        hash.update(key);
        u64::from_le_bytes(first(hash))
    }

    fn row(&self, row: &ObservedRow) -> i64 {
        let mut hash = self.keyed.clone();
        // Each text behind its length, so that no two rows give the same bytes.
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        add(&row.key);
        add(&row.identifier);
        for (name, values) in &row.attributes {
            add(name.as_str());
            add(&values.len().to_string());
            values.iter().for_each(&mut add);
        }
        i64::from_le_bytes(first(hash))
    }
}

fn first(hash: Sha256) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    first
}
