//! What components used and what their calls came to, hour by hour.

use std::time::Duration;

use provisor_model::{KnownComponent, OutcomeClass, Timestamp, Usage, UsageKey};
use rusqlite::{OptionalExtension, Row, params};

use crate::StoreError;
use crate::view::{View, named, parse};
use crate::work::{Work, json};

/// Figures are kept no longer, whatever the configuration says: a year, and time to compare it with
/// the one before.
const LONGEST: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// What the calls of one function with one outcome came to, in all hours that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageEntry {
    /// The component.
    pub component: KnownComponent,
    /// The function.
    pub operation: String,
    /// `ok`, or the code of the error.
    pub outcome: String,
    /// Who answers for it.
    pub class: OutcomeClass,
    /// What they used.
    pub usage: Usage,
}

impl View<'_> {
    /// All components that were ever called, as far as that is kept, by name.
    pub fn called_components(&self) -> Result<Vec<KnownComponent>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT digest, name, version, world FROM called_component
              ORDER BY name, version, digest",
        )?;
        let rows = statement.query_map([], |row| Ok(known(row, 0)))?;
        rows.map(|found| found?).collect()
    }

    /// What was used since the beginning of the hour of a moment, by component, function and
    /// outcome.
    pub fn component_usage(&self, since: Timestamp) -> Result<Vec<UsageEntry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT digest, name, version, world, operation, outcome, class, body
               FROM component_usage JOIN called_component ON digest = component
              WHERE hour >= ?1
              ORDER BY name, version, digest, operation, outcome, hour",
        )?;
        let mut rows = statement.query([hour(since).millis()])?;
        let mut entries: Vec<UsageEntry> = Vec::new();
        while let Some(row) = rows.next()? {
            let entry = UsageEntry {
                component: known(row, 0)?,
                operation: row.get(4)?,
                outcome: row.get(5)?,
                class: named("class of an outcome", &row.get::<_, String>(6)?)?,
                usage: parse("usage", &row.get::<_, String>(7)?)?,
            };
            match entries.last_mut() {
                Some(last)
                    if last.component.digest == entry.component.digest
                        && last.operation == entry.operation
                        && last.outcome == entry.outcome =>
                {
                    last.usage.add(&entry.usage);
                }
                _ => entries.push(entry),
            }
        }
        Ok(entries)
    }
}

impl Work<'_> {
    /// Notes what a component is called. To be done before anything is kept of it.
    pub fn know_component(&mut self, component: &KnownComponent) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO called_component VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                component.digest.to_string(),
                component.name,
                component.version,
                component.world,
            ])?;
        Ok(())
    }

    /// Adds what was used to what is known of the same hour; what is older than any hour that is
    /// kept is dropped.
    pub fn add_usage(&mut self, key: &UsageKey, usage: &Usage) -> Result<(), StoreError> {
        let (hour, component) = (hour(key.hour), key.component.to_string());
        let known: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT body FROM component_usage
                  WHERE hour = ?1 AND component = ?2 AND operation = ?3 AND outcome = ?4",
            )?
            .query_row(
                params![hour.millis(), component, key.operation, key.outcome],
                |row| row.get(0),
            )
            .optional()?;
        let mut sum: Usage = match &known {
            Some(body) => parse("usage", body)?,
            None => Usage::default(),
        };
        sum.add(usage);
        let class = serde_json::to_value(key.class);
        let class = class.map_err(|error| StoreError::unreadable("class of an outcome", error))?;
        self.connection
            .prepare_cached(
                "INSERT INTO component_usage VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO UPDATE SET body = excluded.body",
            )?
            .execute(params![
                hour.millis(),
                component,
                key.operation,
                key.outcome,
                class.as_str(),
                json("usage", &sum)?,
            ])?;
        if known.is_none() {
            self.drop_usage(hour.before(LONGEST))?;
        }
        Ok(())
    }

    /// Drops the hours before a moment; answers how many figures that were.
    pub fn drop_usage(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let dropped = self
            .connection
            .prepare_cached("DELETE FROM component_usage WHERE hour < ?1")?
            .execute([before.millis()])?;
        Ok(dropped as u64)
    }
}

/// A component as it stands in four columns from this one on.
pub(crate) fn known(row: &Row<'_>, first: usize) -> Result<KnownComponent, StoreError> {
    let digest: String = row.get(first)?;
    Ok(KnownComponent {
        digest: digest
            .parse()
            .map_err(|error| StoreError::unreadable("digest", error))?,
        name: row.get(first + 1)?,
        version: row.get(first + 2)?,
        world: row.get(first + 3)?,
    })
}

/// When the hour of a moment began.
fn hour(moment: Timestamp) -> Timestamp {
    const HOUR: i64 = 60 * 60 * 1000;
    Timestamp::from_millis(moment.millis().div_euclid(HOUR) * HOUR)
}
