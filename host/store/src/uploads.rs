//! Components that were uploaded, by their digest. Their bytes are not here: those are contents like
//! the evidence.

use std::collections::HashSet;

use provisor_model::{ComponentName, Digest, Timestamp, Upload};
use rusqlite::params;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::view::{View, limit};
use crate::work::{Work, json};

/// Which uploads are listed. The default lists none, since its limit is 0.
#[derive(Debug, Clone, Default)]
pub struct UploadFilter {
    /// Those that call themselves so.
    pub name: Option<ComponentName>,
    /// At most so many.
    pub limit: usize,
}

impl View<'_> {
    /// An upload by what it is.
    pub fn upload(&self, digest: &Digest) -> Result<Option<Upload>, StoreError> {
        self.body(
            "upload",
            "SELECT body FROM upload WHERE digest = ?1",
            &[&digest.to_string()],
        )
    }

    /// Uploads, the newest first.
    pub fn uploads(&self, filter: &UploadFilter) -> Result<Vec<Upload>, StoreError> {
        self.bodies(
            "upload",
            "SELECT body FROM upload WHERE (?1 IS NULL OR name = ?1)
              ORDER BY uploaded_at DESC, digest LIMIT ?2",
            &[
                &filter.name.as_ref().map(ComponentName::as_str),
                &limit(filter.limit),
            ],
        )
    }

    /// Uploads whose digest begins like this, in lower case.
    pub fn uploads_like(&self, beginning: &str, most: usize) -> Result<Vec<Upload>, StoreError> {
        self.bodies(
            "upload",
            "SELECT body FROM upload WHERE substr(digest, 1, length(?1)) = ?1
              ORDER BY digest LIMIT ?2",
            &[&beginning, &limit(most)],
        )
    }

    /// Uploads that are neither ready nor refused: somebody is at work on them, or was when the
    /// process ended.
    pub fn unfinished_uploads(&self) -> Result<Vec<Upload>, StoreError> {
        self.bodies(
            "upload",
            "SELECT body FROM upload WHERE stage NOT IN ('ready', 'refused') ORDER BY digest",
            &[],
        )
    }

    /// Uploads that were refused and came in before a moment, the oldest first.
    pub fn refused_uploads(
        &self,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<Upload>, StoreError> {
        self.bodies(
            "upload",
            "SELECT body FROM upload WHERE stage = 'refused' AND uploaded_at < ?1
              ORDER BY uploaded_at, digest LIMIT ?2",
            &[&before.millis(), &limit(most)],
        )
    }

    /// The signatures that are kept of an upload, as they were saved.
    pub fn upload_signatures<T: DeserializeOwned>(
        &self,
        upload: &Digest,
    ) -> Result<Vec<T>, StoreError> {
        self.bodies(
            "signature",
            "SELECT body FROM upload_signature WHERE upload = ?1 ORDER BY number",
            &[&upload.to_string()],
        )
    }

    /// The uploads whose bytes are kept.
    pub fn uploaded_contents(&self) -> Result<HashSet<Digest>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT digest FROM upload
                  WHERE stage <> 'refused' AND json_extract(body, '$.bytes-dropped-at') IS NULL",
        )?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|text| {
            text?
                .parse()
                .map_err(|error| StoreError::unreadable("digest", error))
        })
        .collect()
    }
}

impl Work<'_> {
    /// Saves an upload.
    pub fn save_upload(&mut self, upload: &Upload) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO upload VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (digest) DO UPDATE SET
                     name = excluded.name, stage = excluded.stage,
                     uploaded_at = excluded.uploaded_at, body = excluded.body",
            )?
            .execute(params![
                upload.digest.to_string(),
                upload.name().map(ComponentName::as_str),
                upload.stage.as_str(),
                upload.at.millis(),
                json("upload", upload)?,
            ])?;
        Ok(())
    }

    /// Keeps these signatures of an upload, and no others.
    pub fn save_upload_signatures<T: Serialize>(
        &mut self,
        upload: &Digest,
        signatures: &[T],
    ) -> Result<(), StoreError> {
        let upload = upload.to_string();
        self.connection
            .prepare_cached("DELETE FROM upload_signature WHERE upload = ?1")?
            .execute([&upload])?;
        let mut insert = self
            .connection
            .prepare_cached("INSERT INTO upload_signature VALUES (?1, ?2, ?3)")?;
        for (number, signature) in signatures.iter().enumerate() {
            insert.execute(params![upload, number, json("signature", signature)?])?;
        }
        Ok(())
    }

    /// Forgets an upload. Nothing may have been decided by it.
    pub fn drop_upload(&mut self, digest: &Digest) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM upload WHERE digest = ?1")?
            .execute([digest.to_string()])?;
        Ok(())
    }
}
