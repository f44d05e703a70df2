//! Exports, without their rows.

use provisor_model::{Export, ExportId, ResourceName};
use rusqlite::params;

use crate::StoreError;
use crate::view::{View, limit};
use crate::work::{Work, json};

impl View<'_> {
    /// An export.
    pub fn export(&self, id: ExportId) -> Result<Option<Export>, StoreError> {
        self.body("export", "SELECT body FROM export WHERE id = ?1", &[&id.0])
    }

    /// Exports of a resource, the newest first.
    pub fn exports(&self, resource: &ResourceName, most: usize) -> Result<Vec<Export>, StoreError> {
        self.bodies(
            "export",
            "SELECT body FROM export WHERE resource = ?1 ORDER BY id DESC LIMIT ?2",
            &[&resource.as_str(), &limit(most)],
        )
    }

    /// The export that says what is observed now.
    pub fn last_accepted_export(
        &self,
        resource: &ResourceName,
    ) -> Result<Option<Export>, StoreError> {
        self.body(
            "export",
            "SELECT body FROM export WHERE resource = ?1 AND state = 'accepted'
              ORDER BY id DESC LIMIT 1",
            &[&resource.as_str()],
        )
    }

    /// The export of a resource that waits for a person. There is at most one.
    pub fn held_export(&self, resource: &ResourceName) -> Result<Option<Export>, StoreError> {
        self.body(
            "export",
            "SELECT body FROM export WHERE resource = ?1 AND state = 'held'
              ORDER BY id DESC LIMIT 1",
            &[&resource.as_str()],
        )
    }
}

impl Work<'_> {
    /// Saves an export. Its rows are for [`accept_rows`](Work::accept_rows).
    pub fn save_export(&mut self, export: &Export) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO export (id, resource, state, exported_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET
                     state = excluded.state, exported_at = excluded.exported_at,
                     body = excluded.body",
            )?
            .execute(params![
                export.id.0,
                export.resource.as_str(),
                export.state.as_str(),
                export.exported_at.millis(),
                json("export", export)?,
            ])?;
        Ok(())
    }
}
