//! Which version of an uploaded component is in use.

use provisor_model::{Activations, ComponentName};
use rusqlite::params;

use crate::StoreError;
use crate::view::View;
use crate::work::{Work, json};

/// How often another version has come into use, in `meta`.
const GENERATION: &str = "component-generation";

impl View<'_> {
    /// All activations of the components of a name.
    pub fn activations(&self, name: &ComponentName) -> Result<Option<Activations>, StoreError> {
        self.body(
            "activations",
            "SELECT body FROM activations WHERE name = ?1",
            &[&name.as_str()],
        )
    }

    /// The activations of all components, in the order of their names.
    pub fn all_activations(&self) -> Result<Vec<Activations>, StoreError> {
        self.bodies(
            "activations",
            "SELECT body FROM activations ORDER BY name",
            &[],
        )
    }

    /// A number that rises whenever another version of any component comes into use, through whatever
    /// process.
    pub fn component_generation(&self) -> Result<u64, StoreError> {
        let text: Option<String> =
            self.value("SELECT value FROM meta WHERE key = ?1", &[&GENERATION])?;
        text.unwrap_or_default()
            .parse()
            .map_err(|error| StoreError::unreadable("component generation", error))
    }
}

impl Work<'_> {
    /// Saves the activations of a name. Processes notice what is in use now with the next
    /// [`component_generation`](View::component_generation).
    pub fn save_activations(&mut self, activations: &Activations) -> Result<(), StoreError> {
        let name = activations.name.as_str();
        let before = self.activations(&activations.name)?;
        let is_same = before
            .as_ref()
            .is_some_and(|before| before.active() == activations.active());
        self.connection
            .prepare_cached(
                "INSERT INTO activations VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            )?
            .execute(params![name, json("activations", activations)?])?;
        if !is_same && activations.active().is_some() {
            self.connection
                .prepare_cached(
                    "UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)
                      WHERE key = ?1",
                )?
                .execute([GENERATION])?;
        }
        Ok(())
    }
}
