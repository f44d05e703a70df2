//! Cases, the queue of the operators.

use provisor_model::{AccountId, Case, CaseId, CaseState, PersonName, ResourceName, Timestamp};
use rusqlite::params;

use crate::StoreError;
use crate::view::{View, limit};
use crate::work::{Work, json};

/// Which cases are listed. The default lists none, since its limit is 0.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Of this resource.
    pub resource: Option<ResourceName>,
    /// In this state.
    pub state: Option<CaseState>,
    /// For one of these operators or groups.
    pub operators: Option<Vec<PersonName>>,
    /// That this person has taken.
    pub claimed_by: Option<PersonName>,
    /// Only those that are worked on here (`false`) or as a ticket elsewhere (`true`).
    pub elsewhere: Option<bool>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Only those that follow this one in the list.
    pub after: Option<CaseId>,
    /// At most so many.
    pub limit: usize,
}

impl View<'_> {
    /// A case.
    pub fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        self.body("case", "SELECT body FROM work_case WHERE id = ?1", &[&id.0])
    }

    /// How many of the operations of a case are still with people, or on the way to them.
    pub fn open_operations(&self, case: CaseId) -> Result<u64, StoreError> {
        let count = self.value(
            "SELECT count(*) FROM operation
              WHERE work_case = ?1 AND state IN ('opening', 'open') AND ended_at IS NULL",
            &[&case.0],
        )?;
        Ok(count.map_or(0, i64::unsigned_abs))
    }

    /// Open cases about which something is to be done by now because they stay open, the ones that
    /// have waited longest first.
    pub fn cases_to_nudge(&self, now: Timestamp, most: usize) -> Result<Vec<Case>, StoreError> {
        self.bodies(
            "case",
            "SELECT body FROM work_case
              WHERE state = 'open' AND nudge_at IS NOT NULL AND nudge_at <= ?1
              ORDER BY nudge_at, id LIMIT ?2",
            &[&now.millis(), &limit(most)],
        )
    }

    /// Cases: the most urgent first, then by when they are due, then by number.
    pub fn cases(&self, filter: &CaseFilter) -> Result<Vec<Case>, StoreError> {
        let operators = match &filter.operators {
            None => None,
            Some(operators) => Some(json("operators", operators)?),
        };
        self.bodies(
            "case",
            "SELECT body FROM work_case
              WHERE (?1 IS NULL OR EXISTS (
                      SELECT 1 FROM work_case_item AS item
                       WHERE item.work_case = work_case.id AND item.resource = ?1))
                AND (?2 IS NULL OR state = ?2)
                AND (?3 IS NULL OR EXISTS (
                      SELECT 1 FROM work_case_item AS item
                       WHERE item.work_case = work_case.id AND item.account = ?3))
                AND (?4 IS NULL OR EXISTS (
                      SELECT 1 FROM work_case_operator
                       WHERE work_case = work_case.id
                         AND operator IN (SELECT value FROM json_each(?4))))
                AND (?5 IS NULL OR claimed_by = ?5)
                AND (?8 IS NULL OR elsewhere = ?8)
                AND (?6 IS NULL OR (rank, due, id) >
                      (SELECT rank, due, id FROM work_case WHERE id = ?6))
              ORDER BY rank, due, id LIMIT ?7",
            &[
                &filter.resource.as_ref().map(ResourceName::as_str),
                &filter.state.map(CaseState::as_str),
                &filter.account.map(|id| id.0),
                &operators,
                &filter.claimed_by.as_ref().map(PersonName::as_str),
                &filter.after.map(|id| id.0),
                &limit(filter.limit),
                &filter.elsewhere,
            ],
        )
    }
}

impl Work<'_> {
    /// Saves a case. Its accounts must be saved before. What it is about once, it stays about.
    pub fn save_case(&mut self, case: &Case) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO work_case (id, state, rank, due, claimed_by, nudge_at, elsewhere, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET
                     state = excluded.state, rank = excluded.rank, due = excluded.due,
                     claimed_by = excluded.claimed_by, nudge_at = excluded.nudge_at,
                     elsewhere = excluded.elsewhere, body = excluded.body",
            )?
            .execute(params![
                case.id.0,
                case.state.as_str(),
                -(case.priority as i64),
                case.due.map_or(i64::MAX, Timestamp::millis),
                case.claimed_by.as_ref().map(PersonName::as_str),
                case.nudge_at.map(Timestamp::millis),
                case.ticket_system.is_some(),
                json("case", case)?,
            ])?;
        self.connection
            .prepare_cached("DELETE FROM work_case_operator WHERE work_case = ?1")?
            .execute([case.id.0])?;
        let mut statement = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO work_case_operator VALUES (?1, ?2)")?;
        for operator in &case.operators {
            statement.execute(params![case.id.0, operator.as_str()])?;
        }
        let mut statement = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO work_case_item VALUES (?1, ?2, ?3, ?4)")?;
        for (operation, item) in &case.items {
            statement.execute(params![
                case.id.0,
                operation.0,
                item.account.0,
                item.resource.as_str(),
            ])?;
        }
        // Operations are counted from 1: a question has none.
        if let Some(question) = &case.question {
            statement.execute(params![
                case.id.0,
                0,
                question.account.0,
                question.resource.as_str(),
            ])?;
        }
        Ok(())
    }
}
