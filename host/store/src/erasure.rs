//! Making what is personal disappear from the file, and not only from the tables.

use provisor_model::{AccountId, Export, IdentityId, ResourceName};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::place::Place;
use crate::view::View;
use crate::work::Work;
use crate::{Store, StoreError};

/// A shorter word is in many texts that have nothing to do with the person.
const SHORTEST: usize = 3;

/// What stands in the place of what was erased.
const ERASED: &str = "(erased)";

impl View<'_> {
    /// All accounts of an identity.
    pub fn accounts_of(&self, identity: &IdentityId) -> Result<Vec<AccountId>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM account WHERE identity = ?1 ORDER BY id")?;
        let rows = statement.query_map([identity.as_str()], |row| row.get(0).map(AccountId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Work<'_> {
    /// Forgets an identity; answers whether it was known.
    pub fn erase_identity(&mut self, identity: &IdentityId) -> Result<bool, StoreError> {
        self.overwriting(|work| {
            let erased = work
                .connection
                .prepare_cached("DELETE FROM identity WHERE id = ?1")?
                .execute([identity.as_str()])?;
            work.connection
                .prepare_cached("DELETE FROM request_again WHERE identity = ?1")?
                .execute([identity.as_str()])?;
            work.connection
                .prepare_cached("DELETE FROM unlinked WHERE identity = ?1")?
                .execute([identity.as_str()])?;
            Ok(erased > 0)
        })
    }

    /// Erases what was recorded of trying other versions of components, as far as it is about one of
    /// the accounts or mentions one of the words: what policies were shown, and in what versions
    /// differ.
    pub fn erase_recorded(
        &mut self,
        accounts: &[AccountId],
        words: &[String],
    ) -> Result<(), StoreError> {
        self.overwriting(|work| {
            // A name may be too short to be looked for within texts.
            for word in words {
                work.connection
                    .prepare_cached("DELETE FROM canary_finding WHERE subject = ?1")?
                    .execute([word])?;
            }
            let words = lower(words);
            for account in accounts {
                work.connection
                    .prepare_cached("DELETE FROM recorded_proposal WHERE account = ?1")?
                    .execute([account.0])?;
            }
            work.delete_mentions(
                &words,
                "SELECT resource, number, body FROM recorded_proposal",
                "DELETE FROM recorded_proposal WHERE resource = ?1 AND number = ?2",
            )?;
            work.delete_mentions(
                &words,
                "SELECT canary, number, subject || ' ' || body FROM canary_finding",
                "DELETE FROM canary_finding WHERE canary = ?1 AND number = ?2",
            )
        })
    }

    fn delete_mentions(
        &mut self,
        words: &[String],
        select: &str,
        delete: &str,
    ) -> Result<(), StoreError> {
        let mut found: Vec<(Value, i64)> = Vec::new();
        {
            let mut statement = self.connection.prepare_cached(select)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let text = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
                if mentions(text, words) {
                    found.push((row.get(0)?, row.get(1)?));
                }
            }
        }
        let mut statement = self.connection.prepare_cached(delete)?;
        for (of, number) in found {
            statement.execute(params![of, number])?;
        }
        Ok(())
    }

    /// Erases what is said of somebody elsewhere on a resource: texts of the history of other
    /// accounts or of none, what exports quote of his rows, and the names of rows under which
    /// something is kept. `words` are whole words in upper or lower case, `keys` identifiers as
    /// they are compared. Answers how many texts of the history it was.
    pub fn erase_mentions(
        &mut self,
        resource: &ResourceName,
        words: &[String],
        keys: &[String],
    ) -> Result<u64, StoreError> {
        let words = lower(words);
        let mut sequences = Vec::new();
        {
            let mut statement = self.connection.prepare_cached(
                "SELECT sequence, text FROM history_text JOIN history USING (sequence)
                  WHERE resource = ?1",
            )?;
            let mut rows = statement.query([resource.as_str()])?;
            while let Some(row) = rows.next()? {
                let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
                if mentions(text, &words) {
                    sequences.push(row.get::<_, u64>(0)?);
                }
            }
        }
        self.drop_texts(&sequences)?;
        self.overwriting(|work| {
            for mut export in work.exports(resource, usize::MAX)? {
                if forget(&mut export, &words) {
                    work.save_export(&export)?;
                }
            }
            for key in keys {
                for sql in [
                    "DELETE FROM unreadable WHERE resource = ?1 AND key = ?2",
                    "DELETE FROM acknowledged_row WHERE resource = ?1 AND key = ?2",
                    "DELETE FROM correlation WHERE resource = ?1 AND key = ?2",
                    "DELETE FROM unlinked WHERE resource = ?1 AND key = ?2",
                ] {
                    work.connection
                        .prepare_cached(sql)?
                        .execute([resource.as_str(), key])?;
                }
            }
            Ok(())
        })?;
        Ok(sequences.len() as u64)
    }

    /// What is removed meanwhile is overwritten, and not only given free. Elsewhere that would cost
    /// every change a write.
    pub(crate) fn overwriting<R>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let secure = |work: &Self, on: bool| {
            work.connection
                .pragma_update(None, "secure_delete", on)
                .map_err(StoreError::from)
        };
        secure(self, true)?;
        let result = act(self);
        secure(self, false)?;
        result
    }
}

impl Store {
    /// Writes the file anew without anything that was removed, and empties the log beside it.
    /// Takes as long as copying the file, and needs as much room.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when another process uses the database; nothing is lost then, and it can be
    /// tried again.
    pub fn compact(&self) -> Result<(), StoreError> {
        let _place = Place::enter(self.inner.path.clone());
        let connection = Connection::open(&self.inner.path)?;
        connection.busy_timeout(self.inner.busy_timeout)?;
        connection.execute_batch("VACUUM")?;
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        match busy {
            0 => Ok(()),
            _ => Err(StoreError::Busy {
                path: self.inner.path.display().to_string(),
            }),
        }
    }
}

/// Removes what an export quotes of somebody; answers whether there was something.
fn forget(export: &mut Export, words: &[String]) -> bool {
    let mut found = false;
    for row in &mut export.rejected_rows {
        let of_him = row
            .identifier
            .as_ref()
            .is_some_and(|identifier| words.contains(&identifier.to_lowercase()));
        if of_him || mentions(&row.message, words) {
            row.identifier = row.identifier.take().map(|_| ERASED.to_owned());
            ERASED.clone_into(&mut row.message);
            found = true;
        }
    }
    let gates = export.gates.iter_mut().map(|gate| &mut gate.why);
    let decision = export
        .decision
        .iter_mut()
        .map(|decision| &mut decision.reason);
    for text in export.remarks.iter_mut().chain(gates).chain(decision) {
        if mentions(text, words) {
            ERASED.clone_into(text);
            found = true;
        }
    }
    found
}

/// The words that are looked for, in lower case.
pub(crate) fn lower(words: &[String]) -> Vec<String> {
    let words = words.iter().map(|word| word.to_lowercase());
    words
        .filter(|word| word.chars().count() >= SHORTEST)
        .collect()
}

/// Whether one of the words, which are in lower case, stands in a text, and not as a part of another one.
pub(crate) fn mentions(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@');
    words.iter().any(|word| {
        text.match_indices(word.as_str()).any(|(at, found)| {
            !text[..at].ends_with(part) && !text[at + found.len()..].starts_with(part)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_mentioned_by_whole_words() {
        let words = ["ann".to_owned(), "e1042".to_owned()];
        for text in [
            "Ann is gone",
            "the account of E1042.",
            "row (ann), line 3",
            "by ann: gone",
        ] {
            assert!(mentions(text, &words), "{text}");
        }
        for text in [
            "Anna",
            "joann",
            "ann-marie",
            "E10421",
            "",
            "mann@example.org",
        ] {
            assert!(!mentions(text, &words), "{text}");
        }
    }
}
