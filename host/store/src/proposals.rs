//! What policies were shown and said lately, so that another version can be asked the same.

use std::collections::BTreeMap;

use provisor_model::{AccountId, Digest, OperationId, ResourceName, Timestamp, VerdictKind};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::view::{View, limit};
use crate::work::{Work, json};

/// What a policy was shown of one operation, and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecordedProposal {
    /// The account.
    pub account: AccountId,
    /// The operation.
    pub operation: OperationId,
    /// When.
    pub at: Timestamp,
    /// The component that decided.
    pub component: Digest,
    /// What it was shown, by column.
    pub inputs: BTreeMap<String, Vec<String>>,
    /// What it said.
    pub verdict: VerdictKind,
}

impl View<'_> {
    /// What the policy of a resource was shown lately, the last one first, at most so many; `skip`
    /// of them are left out.
    pub fn recorded_proposals(
        &self,
        resource: &ResourceName,
        skip: usize,
        most: usize,
    ) -> Result<Vec<RecordedProposal>, StoreError> {
        self.bodies(
            "recorded proposal",
            "SELECT body FROM recorded_proposal WHERE resource = ?1
              ORDER BY number DESC LIMIT ?2 OFFSET ?3",
            &[&resource.as_str(), &limit(most), &limit(skip)],
        )
    }

    /// How many proposals are recorded of a resource.
    pub fn recorded_proposal_count(&self, resource: &ResourceName) -> Result<u64, StoreError> {
        let count = self.value(
            "SELECT count(*) FROM recorded_proposal WHERE resource = ?1",
            &[&resource.as_str()],
        )?;
        Ok(count.map_or(0, i64::unsigned_abs))
    }
}

impl Work<'_> {
    /// Records what a policy was shown and said; of each resource the last `keep` are kept.
    pub fn record_proposal(
        &mut self,
        resource: &ResourceName,
        proposal: &RecordedProposal,
        keep: usize,
    ) -> Result<(), StoreError> {
        let last: i64 = self
            .value(
                "SELECT coalesce(max(number), 0) FROM recorded_proposal WHERE resource = ?1",
                &[&resource.as_str()],
            )?
            .unwrap_or(0);
        if keep > 0 {
            self.connection
                .prepare_cached("INSERT INTO recorded_proposal VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![
                    resource.as_str(),
                    last + 1,
                    proposal.at.millis(),
                    proposal.account.0,
                    json("recorded proposal", proposal)?,
                ])?;
        }
        self.connection
            .prepare_cached("DELETE FROM recorded_proposal WHERE resource = ?1 AND number <= ?2")?
            .execute(params![
                resource.as_str(),
                last.saturating_add(1).saturating_sub(limit(keep)),
            ])?;
        Ok(())
    }
}
