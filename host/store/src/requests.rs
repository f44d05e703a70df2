//! Requests that have to be done once more.

use provisor_model::{IdentityId, PersonName, ResourceName};
use rusqlite::params;

use crate::StoreError;
use crate::view::{View, limit, parse, resource};
use crate::work::{Work, json};

/// A request whose account turned out to be somebody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestAgain {
    /// Where an account is wanted.
    pub resource: ResourceName,
    /// For whom.
    pub identity: IdentityId,
    /// Who asked.
    pub requester: PersonName,
}

impl View<'_> {
    /// Requests that have to be done once more, at most so many.
    pub fn requests_again(&self, most: usize) -> Result<Vec<RequestAgain>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT resource, identity, body FROM request_again ORDER BY resource, identity LIMIT ?1",
        )?;
        let rows = statement.query_map([limit(most)], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        rows.map(|row| {
            let (name, identity, body) = row?;
            Ok(RequestAgain {
                resource: resource(name)?,
                identity: IdentityId::new(identity)
                    .map_err(|error| StoreError::unreadable("identity", error))?,
                requester: parse("requester", &body)?,
            })
        })
        .collect()
    }
}

impl Work<'_> {
    /// Keeps that a request has to be done once more.
    pub fn request_again(&mut self, request: &RequestAgain) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO request_again VALUES (?1, ?2, ?3)")?
            .execute(params![
                request.resource.as_str(),
                request.identity.as_str(),
                json("requester", &request.requester)?,
            ])?;
        Ok(())
    }

    /// The account of an identity was asked for, or is wanted no more.
    pub fn request_was_recorded(
        &mut self,
        resource: &ResourceName,
        identity: &IdentityId,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM request_again WHERE resource = ?1 AND identity = ?2")?
            .execute(params![resource.as_str(), identity.as_str()])?;
        Ok(())
    }
}
