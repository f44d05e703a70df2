//! Notifications on their way out: the outbox.
//!
//! What is to be told is written in the transaction that causes it. Whoever sends it
//! [claims](Work::claim_notification) it first, which stores that it is being tried and keeps other
//! processes away from it, and afterwards stores what came of it.

use provisor_model::{
    CaseId, Delivery, DeliveryState, NotificationId, OperationId, ResourceName, SinkName, Timestamp,
};
use rusqlite::params;

use crate::StoreError;
use crate::view::{View, limit, parse, resource};
use crate::work::{Work, json};

/// Deliveries that are looked at together for one that may be tried: those before it are leased.
const LEASED: usize = 8;

/// Which notifications are listed. The default lists none, since its limit is 0.
#[derive(Debug, Clone, Default)]
pub struct NotificationFilter {
    /// Through this sink.
    pub sink: Option<SinkName>,
    /// About this resource.
    pub resource: Option<ResourceName>,
    /// That have got so far.
    pub state: Option<DeliveryState>,
    /// Only those that follow this one in the list.
    pub after: Option<NotificationId>,
    /// At most so many.
    pub limit: usize,
}

impl View<'_> {
    /// A notification.
    pub fn notification(&self, id: NotificationId) -> Result<Option<Delivery>, StoreError> {
        self.body(
            "notification",
            "SELECT body FROM notification WHERE id = ?1",
            &[&id.0],
        )
    }

    /// Notifications, the newest first.
    pub fn notifications(&self, filter: &NotificationFilter) -> Result<Vec<Delivery>, StoreError> {
        self.bodies(
            "notification",
            "SELECT body FROM notification
              WHERE (?1 IS NULL OR sink = ?1)
                AND (?2 IS NULL OR resource = ?2)
                AND (?3 IS NULL OR state = ?3)
                AND (?4 IS NULL OR id < ?4)
              ORDER BY id DESC LIMIT ?5",
            &[
                &filter.sink.as_ref().map(SinkName::as_str),
                &filter.resource.as_ref().map(ResourceName::as_str),
                &filter.state.map(DeliveryState::as_str),
                &filter.after.map(|id| id.0),
                &limit(filter.limit),
            ],
        )
    }

    /// How many notifications have got so far.
    pub fn notification_count(&self, state: DeliveryState) -> Result<u64, StoreError> {
        let count = self.value(
            "SELECT count(*) FROM notification WHERE state = ?1",
            &[&state.as_str()],
        )?;
        Ok(count.map_or(0, i64::unsigned_abs))
    }

    /// Whether a sink may have something to send now: something waits, and perhaps not only for
    /// somebody who is sending it already.
    pub fn is_due(&self, sink: &SinkName, now: Timestamp) -> Result<bool, StoreError> {
        let due = self.value(
            "SELECT EXISTS (SELECT 1 FROM notification
                             WHERE sink = ?1 AND state = 'waiting' AND next_try <= ?2)",
            &[&sink.as_str(), &now.millis()],
        )?;
        Ok(due.unwrap_or(false))
    }

    /// Whether somebody was told of it already, or will be.
    pub fn is_told(
        &self,
        occasion: &str,
        sink: &SinkName,
        recipient: Option<&str>,
    ) -> Result<bool, StoreError> {
        let told = self.value(
            "SELECT EXISTS (SELECT 1 FROM notification
                             WHERE occasion = ?1 AND sink = ?2 AND recipient = ?3)",
            &[&occasion, &sink.as_str(), &recipient.unwrap_or_default()],
        )?;
        Ok(told.unwrap_or(false))
    }
}

impl Work<'_> {
    /// Saves a notification; a new one with the occasion of which its recipient is told only once.
    pub fn save_notification(
        &mut self,
        delivery: &Delivery,
        occasion: Option<&str>,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO notification
                     (id, sink, recipient, resource, occasion, state, next_try, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET
                     state = excluded.state, next_try = excluded.next_try, body = excluded.body",
            )?
            .execute(params![
                delivery.id.0,
                delivery.sink.as_str(),
                delivery.recipient.as_deref().unwrap_or_default(),
                delivery.resource.as_str(),
                occasion,
                delivery.state.as_str(),
                delivery.next_try.millis(),
                json("notification", delivery)?,
            ])?;
        Ok(())
    }

    /// Takes the notification that is due first at a sink, for whoever tries to send it now. It is
    /// answered as it is then, with its attempt counted and its lease.
    pub fn claim_notification(
        &mut self,
        sink: &SinkName,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let mut after = (i64::MIN, 0_i64);
        loop {
            let page = self.due_notifications(sink, now, after)?;
            let Some(last) = page.last() else {
                return Ok(None);
            };
            after = (last.next_try.millis(), last.id.0);
            let due = page.into_iter().find(|delivery| delivery.is_due(now));
            if let Some(mut delivery) = due {
                delivery.begin(now);
                self.save_notification(&delivery, None)?;
                return Ok(Some(delivery));
            }
        }
    }

    /// Drops notifications that were over before a moment, at most so many; answers the resource of
    /// each.
    pub fn drop_notifications(
        &mut self,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<ResourceName>, StoreError> {
        self.overwriting(|work| {
            let mut statement = work.connection.prepare_cached(
                "DELETE FROM notification WHERE id IN (
                     SELECT id FROM notification
                      WHERE state <> 'waiting'
                        AND unixepoch(json_extract(body, '$.\"ended-at\"')) < ?1
                      ORDER BY id LIMIT ?2)
                 RETURNING resource",
            )?;
            let seconds = before.millis().div_euclid(1000);
            let rows = statement
                .query_map(params![seconds, limit(most)], |row| row.get::<_, String>(0))?;
            rows.map(|name| resource(name?)).collect()
        })
    }

    /// Removes what was told of these cases and operations, delivered or not; answers how many.
    pub fn erase_notifications(
        &mut self,
        cases: &[CaseId],
        operations: &[OperationId],
    ) -> Result<u64, StoreError> {
        let (cases, operations) = (json("cases", cases)?, json("operations", operations)?);
        self.overwriting(|work| {
            let erased = work
                .connection
                .prepare_cached(
                    "DELETE FROM notification
                      WHERE json_extract(body, '$.notification.case')
                                IN (SELECT value FROM json_each(?1))
                         OR json_extract(body, '$.notification.operation')
                                IN (SELECT value FROM json_each(?2))",
                )?
                .execute([cases, operations])?;
            Ok(erased as u64)
        })
    }

    fn due_notifications(
        &self,
        sink: &SinkName,
        now: Timestamp,
        after: (i64, i64),
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT body FROM notification
              WHERE sink = ?1 AND state = 'waiting' AND next_try <= ?2
                AND (next_try, id) > (?3, ?4)
              ORDER BY next_try, id LIMIT ?5",
        )?;
        let rows = statement.query_map(
            params![sink.as_str(), now.millis(), after.0, after.1, limit(LEASED)],
            |row| row.get::<_, String>(0),
        )?;
        rows.map(|body| parse("notification", &body?)).collect()
    }
}
