//! Versions of components that are tried before everybody gets them.

use provisor_model::{Canary, CanaryId, ComponentName, Digest, Finding, Timestamp};
use rusqlite::params;
use serde::Serialize;

use crate::StoreError;
use crate::view::{View, limit, parse};
use crate::work::{Work, json};

/// Findings that are kept of each canary: the last ones.
const FINDINGS: i64 = 100;

/// What came of asking both versions, when they did not say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CanaryFinding {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
}

impl View<'_> {
    /// The canary of a component that stands, or the last one that did.
    pub fn last_canary(&self, component: &ComponentName) -> Result<Option<Canary>, StoreError> {
        self.body(
            "canary",
            "SELECT body FROM canary WHERE component = ?1 ORDER BY id DESC LIMIT 1",
            &[&component.as_str()],
        )
    }

    /// The canary of a component that stands.
    pub fn standing_canary(&self, component: &ComponentName) -> Result<Option<Canary>, StoreError> {
        self.body(
            "canary",
            "SELECT body FROM canary WHERE component = ?1 AND stands = 1",
            &[&component.as_str()],
        )
    }

    /// The canaries of all components that stand, in the order of their names.
    pub fn standing_canaries(&self) -> Result<Vec<Canary>, StoreError> {
        self.bodies(
            "canary",
            "SELECT body FROM canary WHERE stands = 1 ORDER BY component",
            &[],
        )
    }

    /// When a version of a component was tried first.
    pub fn first_tried(
        &self,
        component: &ComponentName,
        candidate: &Digest,
    ) -> Result<Option<Timestamp>, StoreError> {
        let canary: Option<Canary> = self.body(
            "canary",
            "SELECT body FROM canary
              WHERE component = ?1 AND json_extract(body, '$.candidate') = ?2
              ORDER BY id LIMIT 1",
            &[&component.as_str(), &candidate.to_string()],
        )?;
        Ok(canary.map(|canary| canary.begun_at))
    }

    /// The last findings of a canary, the latest first.
    pub fn canary_findings(
        &self,
        canary: CanaryId,
        most: usize,
    ) -> Result<Vec<CanaryFinding>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT at, body FROM canary_finding WHERE canary = ?1
              ORDER BY number DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![canary.0, limit(most)], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?;
        rows.map(|row| {
            let (at, body) = row?;
            Ok(CanaryFinding {
                at: Timestamp::from_millis(at),
                finding: parse("finding", &body)?,
            })
        })
        .collect()
    }

    /// A canary by number.
    pub fn canary(&self, id: CanaryId) -> Result<Option<Canary>, StoreError> {
        self.body("canary", "SELECT body FROM canary WHERE id = ?1", &[&id.0])
    }
}

impl Work<'_> {
    /// Saves a canary. Of each component one stands at most.
    pub fn save_canary(&mut self, canary: &Canary) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO canary VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO UPDATE SET stands = excluded.stands, body = excluded.body",
            )?
            .execute(params![
                canary.id.0,
                canary.component.as_str(),
                canary.stands(),
                json("canary", canary)?,
            ])?;
        Ok(())
    }

    /// Keeps in what both versions did not say the same.
    pub fn add_canary_findings(
        &mut self,
        canary: CanaryId,
        findings: &[Finding],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let last = "SELECT coalesce(max(number), 0) FROM canary_finding WHERE canary = ?1";
        let mut number: i64 = self.value(last, &[&canary.0])?.unwrap_or(0);
        for finding in findings {
            number += 1;
            self.connection
                .prepare_cached("INSERT INTO canary_finding VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![
                    canary.0,
                    number,
                    at.millis(),
                    finding.subject,
                    json("finding", finding)?,
                ])?;
        }
        self.connection
            .prepare_cached("DELETE FROM canary_finding WHERE canary = ?1 AND number <= ?2")?
            .execute(params![canary.0, number - FINDINGS])?;
        Ok(())
    }
}
