//! Taking in an accepted export: what it shows becomes what is observed.
//!
//! What differs was found before, by a [`Comparison`](crate::comparison::Comparison), and is
//! written here. The accounts that it concerns are gathered in a temporary table, so that memory
//! does not grow with their number.

use provisor_model::{AccountId, Export, Observation};
use rusqlite::params;

use crate::comparison::{Compared, Difference};
use crate::view::{View, parse};
use crate::work::{Work, json};
use crate::{ObservedRow, StoreError};

/// What was known of an account before its row changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What was observed before; `None` if no export could tell until now.
    pub before: Option<Observation>,
}

/// What an export changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accepted {
    /// Rows that were not there before.
    pub appeared: u64,
    /// Rows that are different.
    pub changed: u64,
    /// Rows that are there no longer.
    pub vanished: u64,
    /// Rows that are as before.
    pub unchanged: u64,
}

/// The accounts that the export at hand concerns. Temporary: it goes with the connection.
const CONCERNED: &str = "CREATE TEMP TABLE IF NOT EXISTS concerned (
                             account INTEGER NOT NULL PRIMARY KEY,
                             changed INTEGER NOT NULL,
                             before  TEXT
                         );
                         DELETE FROM concerned;";

impl Work<'_> {
    /// Makes the rows of an export, which must be saved before, what is observed. Only what is
    /// different is written; a row that is as before keeps the export that first showed it so.
    ///
    /// The accounts whose row appeared, changed or vanished, those without a row of which no
    /// export could tell before, and those with something under way are
    /// [concerned](Work::concerned) afterwards.
    ///
    /// # Errors
    ///
    /// [`StoreError::RowCount`] when there are not as many rows as [`Export::rows`] says;
    /// [`StoreError::StaleRows`] when this export or a later one was taken in already;
    /// [`StoreError::Overtaken`] when another one was taken in since the comparison. What is
    /// observed is as before then.
    pub fn accept_rows(
        &mut self,
        export: &Export,
        compared: Compared,
    ) -> Result<Accepted, StoreError> {
        self.run("SAVEPOINT rows")?;
        let result = self.take_in(export, compared);
        self.run(match result.is_ok() {
            true => "RELEASE rows",
            false => "ROLLBACK TO rows; RELEASE rows",
        })
        // The first error is the one to tell.
        .or_else(|error| result.as_ref().map_or(Ok(()), |_| Err(error)))?;
        result
    }

    /// The next accounts that the export concerns, at most so many, in the order of their numbers;
    /// each with what was known of it if there is something new.
    pub fn concerned(
        &self,
        after: AccountId,
        most: usize,
    ) -> Result<Vec<(AccountId, Option<Changed>)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, changed, before FROM temp.concerned
              WHERE account > ?1 ORDER BY account LIMIT ?2",
        )?;
        let rows = statement.query_map(params![after.0, crate::view::limit(most)], |row| {
            let before: Option<String> = row.get(2)?;
            Ok((AccountId(row.get(0)?), row.get::<_, bool>(1)?, before))
        })?;
        rows.map(|row| {
            let (account, changed, before) = row?;
            let before = before.map(|text| parse("observation", &text)).transpose()?;
            Ok((account, changed.then_some(Changed { before })))
        })
        .collect()
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch(sql)?)
    }

    fn take_in(&mut self, export: &Export, mut compared: Compared) -> Result<Accepted, StoreError> {
        let last = self.taken_in(&export.resource)?;
        if let Some(last) = last.filter(|last| *last >= export.id) {
            return Err(StoreError::StaleRows {
                export: export.id,
                last,
            });
        }
        if last != compared.base || compared.resource != export.resource {
            return Err(StoreError::Overtaken { export: export.id });
        }
        if compared.rows() != export.rows {
            return Err(StoreError::RowCount {
                export: export.id,
                expected: export.rows,
                found: compared.rows(),
            });
        }
        self.run(CONCERNED)?;
        let last_row: Option<i64> =
            self.value("SELECT coalesce(max(id), 0) FROM observed_row", &[])?;
        let first_row = last_row.unwrap_or(0) + 1;
        let mut pass = Pass {
            view: self,
            export,
            next_row: first_row,
        };
        while let Some(difference) = compared.differences.next()? {
            pass.write(difference)?;
        }
        let listed = match &mut compared.order {
            Some(order) => self.write_listing(&export.resource, compared.kept, order, first_row)?,
            None => compared.kept,
        };
        let pass = Pass {
            view: self,
            export,
            next_row: 0,
        };
        pass.finish(&compared, listed)?;
        self.drop_acknowledged_rows(&export.resource)?;
        Ok(Accepted {
            appeared: compared.appeared,
            changed: compared.changed,
            vanished: compared.vanished,
            unchanged: compared.unchanged,
        })
    }
}

struct Pass<'a, 'c> {
    view: &'a View<'c>,
    export: &'a Export,
    next_row: i64,
}

impl Pass<'_, '_> {
    fn write(&mut self, difference: Difference) -> Result<(), StoreError> {
        let connection = self.view.connection;
        let resource = self.export.resource.as_str();
        match difference {
            Difference::Appeared { digest, row } => {
                self.remember(&row.key)?;
                self.insert(&row, digest.cast_signed())?;
            }
            Difference::Changed {
                number,
                digest,
                row,
            } => {
                self.remember(&row.key)?;
                self.update(number, &row, digest.cast_signed())?;
            }
            Difference::Restated { key, digest } => {
                self.digest(&key, digest.cast_signed())?;
            }
            Difference::Vanished { number } => {
                let key = self.view.key_of(number)?;
                self.remember(&key)?;
                self.view.forget_correlation(&self.export.resource, &key)?;
                connection
                    .prepare_cached("DELETE FROM observation WHERE resource = ?1 AND key = ?2")?
                    .execute([resource, &key])?;
                connection
                    .prepare_cached("DELETE FROM observed_row WHERE id = ?1")?
                    .execute([number])?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, row: &ObservedRow, digest: i64) -> Result<(), StoreError> {
        let connection = self.view.connection;
        connection
            .prepare_cached(
                "INSERT INTO observed_row (id, export, position, identifier, attributes, key)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                self.next_row,
                self.export.id.0,
                position(row),
                row.identifier,
                json("observation", &row.attributes)?,
                row.key,
            ])?;
        connection
            .prepare_cached("INSERT INTO observation VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                self.export.resource.as_str(),
                row.key,
                digest,
                self.next_row,
            ])?;
        self.next_row += 1;
        Ok(())
    }

    fn update(&self, number: i64, row: &ObservedRow, digest: i64) -> Result<(), StoreError> {
        self.view
            .connection
            .prepare_cached(
                "UPDATE observed_row
                    SET export = ?2, position = ?3, identifier = ?4, attributes = ?5
                  WHERE id = ?1",
            )?
            .execute(params![
                number,
                self.export.id.0,
                position(row),
                row.identifier,
                json("observation", &row.attributes)?,
            ])?;
        self.digest(&row.key, digest)
    }

    fn digest(&self, key: &str, digest: i64) -> Result<(), StoreError> {
        self.view
            .connection
            .prepare_cached("UPDATE observation SET digest = ?3 WHERE resource = ?1 AND key = ?2")?
            .execute(params![self.export.resource.as_str(), key, digest])?;
        Ok(())
    }

    /// Keeps what was observed of the account under a key before the first of its rows changes.
    fn remember(&self, key: &str) -> Result<(), StoreError> {
        let Some(account) = self.view.account_named(&self.export.resource, key)? else {
            return Ok(());
        };
        let known: Option<bool> = self.view.value(
            "SELECT 1 FROM temp.concerned WHERE account = ?1",
            &[&account.0],
        )?;
        if known.is_none() {
            let before = self.view.observation_of(account, &self.export.resource)?;
            self.concern(account, before.as_ref())?;
        }
        Ok(())
    }

    fn concern(&self, account: AccountId, before: Option<&Observation>) -> Result<(), StoreError> {
        let before = before
            .map(|before| json("observation", before))
            .transpose()?;
        self.view
            .connection
            .prepare_cached("INSERT OR IGNORE INTO temp.concerned VALUES (?1, 1, ?2)")?
            .execute(params![account.0, before])?;
        Ok(())
    }

    fn finish(&self, compared: &Compared, listed: u64) -> Result<(), StoreError> {
        let resource = &self.export.resource;
        // Of an account without a row there is something new if no export could tell before.
        let unknown = match compared.keep_missing {
            true => Vec::new(),
            false => self.unknown_accounts(compared)?,
        };
        self.conclude(compared, listed)?;
        for account in unknown {
            let now = self.view.observation_of(account, resource)?;
            if now.is_some_and(|now| now.position.is_none()) {
                self.concern(account, None)?;
            }
        }
        self.view
            .connection
            .prepare_cached(
                "INSERT OR IGNORE INTO temp.concerned
                 SELECT DISTINCT account, 0, NULL FROM operation
                  WHERE resource = ?1 AND ended_at IS NULL",
            )?
            .execute([resource.as_str()])?;
        Ok(())
    }

    /// Accounts of which perhaps no export could tell so far whether they are there, and now one
    /// can.
    fn unknown_accounts(&self, compared: &Compared) -> Result<Vec<AccountId>, StoreError> {
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
            if !compared.unreadable.contains(key) {
                accounts.push(AccountId(row.get(0)?));
            }
        }
        Ok(accounts)
    }

    /// Notes which export tells of which absence.
    fn conclude(&self, compared: &Compared, listed: u64) -> Result<(), StoreError> {
        let (unreadable, keep_missing) = (&compared.unreadable, compared.keep_missing);
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
        connection
            .prepare_cached(
                "INSERT INTO observed_resource (resource, export, rows, told_by, listed)
                 VALUES (?1, ?2, ?3, ?4, ?3)
                 ON CONFLICT (resource) DO UPDATE SET
                     export = excluded.export, rows = excluded.rows, told_by = excluded.told_by,
                     listed = excluded.listed",
            )?
            .execute(params![
                resource,
                self.export.id.0,
                listed,
                if keep_missing {
                    told_by
                } else {
                    Some(self.export.id.0)
                },
            ])?;
        Ok(())
    }
}

fn position(row: &ObservedRow) -> i64 {
    i64::try_from(row.position).unwrap_or(i64::MAX)
}
