//! Identities, as the IAM product described them last.

use std::collections::BTreeMap;

use provisor_model::IdentityId;
use rusqlite::params;

use crate::StoreError;
use crate::view::View;
use crate::work::{Work, json};

impl View<'_> {
    /// What is known of an identity: its attributes.
    pub fn identity(
        &self,
        id: &IdentityId,
    ) -> Result<Option<BTreeMap<String, Vec<String>>>, StoreError> {
        self.body(
            "identity",
            "SELECT attributes FROM identity WHERE id = ?1",
            &[&id.as_str()],
        )
    }
}

impl Work<'_> {
    /// Lets an identity be known of which nothing was said yet.
    pub fn touch_identity(&mut self, id: &IdentityId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO identity VALUES (?1, '{}')")?
            .execute([id.as_str()])?;
        Ok(())
    }

    /// Saves what is known of an identity, in place of what was known before.
    pub fn save_identity(
        &mut self,
        id: &IdentityId,
        attributes: &BTreeMap<String, Vec<String>>,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO identity VALUES (?1, ?2)
                 ON CONFLICT (id) DO UPDATE SET attributes = excluded.attributes
                 WHERE attributes IS NOT excluded.attributes",
            )?
            .execute(params![id.as_str(), json("identity", attributes)?])?;
        Ok(())
    }
}
