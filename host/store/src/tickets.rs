//! Tickets, and how the systems that keep them are doing.
//!
//! That a ticket shall be made is written in the transaction that decides it. Whoever asks about
//! tickets [claims](Work::claim_tickets) them first, which keeps other processes away from them.

use std::collections::BTreeSet;

use provisor_model::{
    CaseId, ResourceName, Ticket, TicketState, TicketSystem, TicketSystemName, Timestamp,
};
use rusqlite::params;

use crate::StoreError;
use crate::view::{View, limit, named, parse};
use crate::work::{Work, json};

/// Which tickets are listed. The default lists none, since its limit is 0.
#[derive(Debug, Clone, Default)]
pub struct TicketFilter {
    /// In this system.
    pub system: Option<TicketSystemName>,
    /// Of this resource.
    pub resource: Option<ResourceName>,
    /// In this state.
    pub state: Option<TicketState>,
    /// Only those that a person should look at.
    pub attention: bool,
    /// Only those that follow this one in the list.
    pub after: Option<CaseId>,
    /// At most so many.
    pub limit: usize,
}

impl View<'_> {
    /// The ticket of a case.
    pub fn ticket(&self, case: CaseId) -> Result<Option<Ticket>, StoreError> {
        self.body(
            "ticket",
            "SELECT body FROM ticket WHERE work_case = ?1",
            &[&case.0],
        )
    }

    /// Tickets, the newest first.
    pub fn tickets(&self, filter: &TicketFilter) -> Result<Vec<Ticket>, StoreError> {
        self.bodies(
            "ticket",
            "SELECT body FROM ticket
              WHERE (?1 IS NULL OR system = ?1)
                AND (?2 IS NULL OR resource = ?2)
                AND (?3 IS NULL OR state = ?3)
                AND (NOT ?4 OR attention = 1)
                AND (?5 IS NULL OR work_case < ?5)
              ORDER BY work_case DESC LIMIT ?6",
            &[
                &filter.system.as_ref().map(TicketSystemName::as_str),
                &filter.resource.as_ref().map(ResourceName::as_str),
                &filter.state.map(TicketState::as_str),
                &filter.attention,
                &filter.after.map(|case| case.0),
                &limit(filter.limit),
            ],
        )
    }

    /// Tickets of a system by whatever is known of them: reference, number, correlation id.
    pub fn tickets_like(
        &self,
        system: &TicketSystemName,
        reference: Option<&str>,
        number: Option<&str>,
        correlation: Option<&str>,
    ) -> Result<Vec<Ticket>, StoreError> {
        self.bodies(
            "ticket",
            "SELECT body FROM ticket WHERE system = ?1 AND reference = ?2
             UNION SELECT body FROM ticket WHERE system = ?1 AND number = ?3
             UNION SELECT body FROM ticket WHERE system = ?1 AND correlation = ?4",
            &[&system.as_str(), &reference, &number, &correlation],
        )
    }

    /// How many tickets of a resource are to be made, or open.
    pub fn open_ticket_count(&self, resource: &ResourceName) -> Result<u64, StoreError> {
        let count = self.value(
            "SELECT count(*) FROM ticket WHERE resource = ?1 AND state IN ('creating', 'open')",
            &[&resource.as_str()],
        )?;
        Ok(count.map_or(0, i64::unsigned_abs))
    }

    /// How many tickets are in a state.
    pub fn ticket_count(&self, state: TicketState) -> Result<u64, StoreError> {
        let count = self.value(
            "SELECT count(*) FROM ticket WHERE state = ?1",
            &[&state.as_str()],
        )?;
        Ok(count.map_or(0, i64::unsigned_abs))
    }

    /// The systems that somebody still asks about a ticket.
    pub fn watched_systems(&self) -> Result<BTreeSet<TicketSystemName>, StoreError> {
        // One step in the index for each system, not one for each ticket.
        let mut statement = self.connection.prepare_cached(
            "WITH RECURSIVE watched (system) AS (
                 SELECT min(system) FROM ticket WHERE look_at IS NOT NULL
                 UNION ALL
                 SELECT (SELECT min(system) FROM ticket
                          WHERE look_at IS NOT NULL AND system > watched.system)
                   FROM watched WHERE watched.system IS NOT NULL)
             SELECT system FROM watched WHERE system IS NOT NULL",
        )?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.map(|name| named("ticket system", &name?)).collect()
    }

    /// Whether any ticket of a system may be due that is yet to be made, or that is there: somebody
    /// else may have it already.
    pub fn has_due_tickets(
        &self,
        system: &TicketSystemName,
        to_be_made: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let due = self.value(
            "SELECT EXISTS (SELECT 1 FROM ticket
                             WHERE system = ?1 AND (state = 'creating') = ?2 AND look_at <= ?3)",
            &[&system.as_str(), &to_be_made, &now.millis()],
        )?;
        Ok(due.unwrap_or(false))
    }

    /// How a ticket system is doing; as new when nobody ever called it.
    pub fn ticket_system(&self, name: &TicketSystemName) -> Result<TicketSystem, StoreError> {
        let known = self.body(
            "ticket system",
            "SELECT body FROM ticket_system WHERE name = ?1",
            &[&name.as_str()],
        )?;
        Ok(known.unwrap_or_else(|| TicketSystem::new(name.clone())))
    }
}

impl Work<'_> {
    /// Saves a ticket. Its case must be saved before.
    pub fn save_ticket(&mut self, ticket: &Ticket) -> Result<(), StoreError> {
        let place = ticket.place.as_ref();
        self.connection
            .prepare_cached(
                "INSERT INTO ticket (work_case, system, resource, state, correlation, reference,
                                     number, look_at, attention, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (work_case) DO UPDATE SET
                     state = excluded.state, reference = excluded.reference,
                     number = excluded.number, look_at = excluded.look_at,
                     attention = excluded.attention, body = excluded.body",
            )?
            .execute(params![
                ticket.case.0,
                ticket.system.as_str(),
                ticket.resource.as_str(),
                ticket.state.as_str(),
                ticket.correlation.as_str(),
                place.map(|place| place.reference.as_str()),
                place.map(|place| place.number.as_str()),
                ticket.is_watched().then_some(ticket.look_at.millis()),
                ticket.attention.is_some(),
                json("ticket", ticket)?,
            ])?;
        Ok(())
    }

    /// Takes tickets of a system that are due, the ones that have waited longest first, for whoever
    /// asks about them now: those that are yet to be made, or those that are there.
    pub fn claim_tickets(
        &mut self,
        system: &TicketSystemName,
        to_be_made: bool,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Ticket>, StoreError> {
        let mut claimed = Vec::new();
        let mut after = (i64::MIN, 0_i64);
        while claimed.len() < most {
            let page = self.due_tickets(system, to_be_made, now, after, most)?;
            let Some(last) = page.last() else {
                break;
            };
            after = (last.look_at.millis(), last.case.0);
            for mut ticket in page {
                if claimed.len() < most && ticket.is_due(now) {
                    ticket.lease(now);
                    self.save_ticket(&ticket)?;
                    claimed.push(ticket);
                }
            }
        }
        Ok(claimed)
    }

    fn due_tickets(
        &self,
        system: &TicketSystemName,
        to_be_made: bool,
        now: Timestamp,
        after: (i64, i64),
        most: usize,
    ) -> Result<Vec<Ticket>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT body FROM ticket
              WHERE system = ?1 AND look_at <= ?2 AND (look_at, work_case) > (?3, ?4)
                AND (state = 'creating') = ?6
              ORDER BY look_at, work_case LIMIT ?5",
        )?;
        let rows = statement.query_map(
            params![
                system.as_str(),
                now.millis(),
                after.0,
                after.1,
                limit(most.max(8)),
                to_be_made,
            ],
            |row| row.get::<_, String>(0),
        )?;
        rows.map(|body| parse("ticket", &body?)).collect()
    }

    /// Saves how a ticket system is doing.
    pub fn save_ticket_system(&mut self, system: &TicketSystem) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO ticket_system VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            )?
            .execute(params![
                system.name.as_str(),
                json("ticket system", system)?
            ])?;
        Ok(())
    }
}
