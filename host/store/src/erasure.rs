//! Making what is personal disappear from the file, and not only from the tables.

use provisor_model::{AccountId, IdentityId};
use rusqlite::Connection;

use crate::place::Place;
use crate::view::View;
use crate::work::Work;
use crate::{Store, StoreError};

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
