//! Identities, as the IAM product described them last.

use std::collections::BTreeMap;

use provisor_model::{AccountId, IdentityId, ResourceName};
use rusqlite::params;

use crate::StoreError;
use crate::view::{View, limit, parse};
use crate::work::{Work, json};

/// An identity that should have an account on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedIdentity {
    /// The account.
    pub account: AccountId,
    /// The identity.
    pub identity: IdentityId,
    /// Its attributes, as they were described last.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// How often the mapping was asked for another identifier.
    pub iteration: u32,
}

/// Accounts of a resource that an identity should have.
const WANTED: &str = "FROM account JOIN identity ON identity.id = account.identity
     WHERE account.resource = ?1 AND account.id > ?2
       AND json_type(account.body, '$.desired.state.present') = 'object'";

impl View<'_> {
    /// The identities that should have an account on a resource, in the order of their accounts.
    pub fn wanted_identities(
        &self,
        resource: &ResourceName,
        after: AccountId,
        most: usize,
    ) -> Result<Vec<WantedIdentity>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT account.id, identity.id, identity.attributes,
                    json_extract(account.body, '$.desired.iteration')
               {WANTED} ORDER BY account.id LIMIT ?3"
        ))?;
        let rows =
            statement.query_map(params![resource.as_str(), after.0, limit(most)], |row| {
                Ok((
                    row.get(0).map(AccountId)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    row.get(3)?,
                ))
            })?;
        rows.map(|row| {
            let (account, identity, attributes, iteration) = row?;
            Ok(WantedIdentity {
                account,
                identity: IdentityId::new(identity)
                    .map_err(|error| StoreError::unreadable("identity", error))?,
                attributes: parse("identity", &attributes)?,
                iteration,
            })
        })
        .collect()
    }

    /// How many identities should have an account on a resource.
    pub fn wanted_identity_count(&self, resource: &ResourceName) -> Result<u64, StoreError> {
        let count = self.value(
            &format!("SELECT count(*) {WANTED}"),
            &[&resource.as_str(), &0_i64],
        )?;
        Ok(count.map_or(0, i64::unsigned_abs))
    }

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
