//! The last lines that components wrote, and what the host says of calls that failed.

use provisor_model::{ComponentLine, KnownComponent, LogLevel, ResourceName, SaidBy, Timestamp};
use rusqlite::{named_params, params};

use crate::StoreError;
use crate::erasure::{lower, mentions};
use crate::usage::known;
use crate::view::{View, limit, named};
use crate::work::Work;

/// Lines of one component that are kept of calls that went well, and as many of calls that failed,
/// so that chatter does not push out what explains an error.
pub const LINES_OF_ONE: usize = 1_000;

/// Lines of all components together that are kept.
pub const LINES: usize = 20_000;

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct ComponentLineFilter {
    /// Only those of components of this name, or whose digest begins so.
    pub component: Option<String>,
    /// Only those that matter as much or more.
    pub level: Option<LogLevel>,
    /// Only those after the line of this number, the first of them; without, the last of all.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// A line that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLine {
    /// Its number; numbers rise.
    pub id: i64,
    /// Its component.
    pub component: KnownComponent,
    /// The line.
    pub line: ComponentLine,
}

impl View<'_> {
    /// Lines, the oldest first.
    pub fn component_lines(
        &self,
        filter: &ComponentLineFilter,
    ) -> Result<Vec<KeptLine>, StoreError> {
        let newest = match filter.after {
            None => "DESC",
            Some(_) => "ASC",
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT digest, name, version, world, id, at, operation, resource, level, said_by,
                    code, text
               FROM component_line JOIN called_component ON digest = component
              WHERE id > :after
                AND (:component IS NULL OR name = :component
                     OR (length(:component) >= 6
                         AND substr(digest, 1, length(:component)) = :component))
                AND level >= :level
              ORDER BY id {newest} LIMIT :limit"
        ))?;
        let mut rows = statement.query(named_params! {
            ":after": filter.after.unwrap_or(0),
            ":component": filter.component,
            ":level": rank(filter.level.unwrap_or(LogLevel::Debug)),
            ":limit": limit(filter.limit),
        })?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let component = known(row, 0)?;
            lines.push(KeptLine {
                id: row.get(4)?,
                line: ComponentLine {
                    at: Timestamp::from_millis(row.get(5)?),
                    component: component.digest,
                    operation: row.get(6)?,
                    resource: row.get(7)?,
                    level: level(row.get(8)?)?,
                    said_by: named("speaker", &row.get::<_, String>(9)?)?,
                    code: row.get(10)?,
                    text: row.get(11)?,
                },
                component,
            });
        }
        if filter.after.is_none() {
            lines.reverse();
        }
        Ok(lines)
    }
}

impl Work<'_> {
    /// Keeps lines of one component or of several, in their order. What is more than may be kept is
    /// dropped, the oldest first. The components must be known.
    pub fn add_component_lines(&mut self, lines: &[ComponentLine]) -> Result<(), StoreError> {
        let mut touched = Vec::new();
        for line in lines {
            let component = line.component.to_string();
            self.connection
                .prepare_cached(
                    "INSERT INTO component_line
                       (at, component, operation, resource, level, said_by, code, text)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    line.at.millis(),
                    component,
                    line.operation,
                    line.resource,
                    rank(line.level),
                    match line.said_by {
                        SaidBy::Component => "component",
                        SaidBy::Host => "host",
                    },
                    line.code,
                    line.text,
                ])?;
            let kind = (component, line.code.is_none());
            if !touched.contains(&kind) {
                touched.push(kind);
            }
        }
        for (component, went_well) in touched {
            self.connection
                .prepare_cached(
                    "DELETE FROM component_line
                      WHERE component = ?1 AND (code IS NULL) = ?2 AND id <= (
                            SELECT id FROM component_line
                             WHERE component = ?1 AND (code IS NULL) = ?2
                             ORDER BY id DESC LIMIT 1 OFFSET ?3)",
                )?
                .execute(params![component, went_well, limit(LINES_OF_ONE)])?;
        }
        if !lines.is_empty() {
            self.connection
                .prepare_cached(
                    "DELETE FROM component_line WHERE id <= (
                        SELECT id FROM component_line ORDER BY id DESC LIMIT 1 OFFSET ?1)",
                )?
                .execute([limit(LINES)])?;
        }
        Ok(())
    }

    /// Drops the lines from before a moment; answers how many it were.
    pub fn drop_component_lines(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.overwriting(|work| {
            let dropped = work
                .connection
                .prepare_cached("DELETE FROM component_line WHERE at < ?1")?
                .execute([before.millis()])?;
            Ok(dropped as u64)
        })
    }

    /// Erases lines of calls for a resource in which somebody is named; answers how many it were.
    /// `words` are whole words in upper or lower case.
    pub fn erase_component_lines(
        &mut self,
        resource: &ResourceName,
        words: &[String],
    ) -> Result<u64, StoreError> {
        let words = lower(words);
        let mut found: Vec<i64> = Vec::new();
        {
            let mut statement = self
                .connection
                .prepare_cached("SELECT id, text FROM component_line WHERE resource = ?1")?;
            let mut rows = statement.query([resource.as_str()])?;
            while let Some(row) = rows.next()? {
                let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
                if mentions(text, &words) {
                    found.push(row.get(0)?);
                }
            }
        }
        self.overwriting(|work| {
            let mut statement = work
                .connection
                .prepare_cached("DELETE FROM component_line WHERE id = ?1")?;
            for id in &found {
                statement.execute([id])?;
            }
            Ok(found.len() as u64)
        })
    }
}

/// How a level is stored.
fn rank(level: LogLevel) -> i64 {
    match level {
        LogLevel::Debug => 0,
        LogLevel::Info => 1,
        LogLevel::Warn => 2,
        LogLevel::Error => 3,
    }
}

fn level(stored: i64) -> Result<LogLevel, StoreError> {
    let found = LogLevel::ALL.into_iter().find(|it| rank(*it) == stored);
    found.ok_or_else(|| StoreError::unreadable("level", format!("{stored} is none")))
}
