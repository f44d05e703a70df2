//! Who works in the place of whom.

use provisor_model::{Absence, PersonName};
use rusqlite::params;

use crate::StoreError;
use crate::view::View;
use crate::work::{Work, json};

impl View<'_> {
    /// All that are known, also of the past, by person.
    pub fn absences(&self) -> Result<Vec<Absence>, StoreError> {
        self.bodies("absence", "SELECT body FROM absence ORDER BY person", &[])
    }
}

impl Work<'_> {
    /// Keeps an absence; of each person the last one counts.
    pub fn save_absence(&mut self, absence: &Absence) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO absence (person, body) VALUES (?1, ?2)
                 ON CONFLICT (person) DO UPDATE SET body = excluded.body",
            )?
            .execute(params![absence.person.as_str(), json("absence", absence)?])?;
        Ok(())
    }

    /// Forgets the absence of a person; answers whether there was one.
    pub fn remove_absence(&mut self, person: &PersonName) -> Result<bool, StoreError> {
        let removed = self
            .connection
            .prepare_cached("DELETE FROM absence WHERE person = ?1")?
            .execute([person.as_str()])?;
        Ok(removed > 0)
    }
}
