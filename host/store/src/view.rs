//! What can be read: the snapshot itself. What it shows is in the module of each noun.

use provisor_model::ResourceName;
use rusqlite::{Connection, OptionalExtension, ToSql};
use serde::de::DeserializeOwned;

use crate::StoreError;

/// One consistent snapshot of the store.
pub struct View<'c> {
    pub(crate) connection: &'c Connection,
}

impl<'c> View<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// The one value of the first column of the first row.
    pub(crate) fn value<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> Result<Option<T>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(sql)?
            .query_row(parameters, |row| row.get(0))
            .optional()?)
    }

    /// A stored body.
    pub(crate) fn body<T: DeserializeOwned>(
        &self,
        what: &'static str,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> Result<Option<T>, StoreError> {
        self.value::<String>(sql, parameters)?
            .map(|body| parse(what, &body))
            .transpose()
    }

    /// Stored bodies.
    pub(crate) fn bodies<T: DeserializeOwned>(
        &self,
        what: &'static str,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, |row| row.get::<_, String>(0))?;
        rows.map(|body| parse(what, &body?)).collect()
    }
}

pub(crate) fn parse<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::unreadable(what, error))
}

/// A value that is stored by its name alone.
pub(crate) fn named<T: DeserializeOwned>(what: &'static str, name: &str) -> Result<T, StoreError> {
    let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        serde::de::IntoDeserializer::into_deserializer(name);
    T::deserialize(name).map_err(|error| StoreError::unreadable(what, error))
}

pub(crate) fn resource(text: String) -> Result<ResourceName, StoreError> {
    ResourceName::new(text).map_err(|error| StoreError::unreadable("resource", error))
}

/// A limit as SQLite takes it.
pub(crate) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
