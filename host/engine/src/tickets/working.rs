//! What is due about tickets is done, system by system.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use provisor_model::{CaseId, Task, Ticket, TicketSystem, TicketSystemName, Timestamp};
use provisor_sandbox::Traits;
use provisor_store::Work;

use super::calling::{self, CAUTIOUS, Failed};
use crate::components::Bound;
use crate::configuration::Resource;
use crate::{Host, HostError};

/// How many tickets are made for one system in one run; the rest comes with the next.
const MOST_MADE: usize = 10_000;

/// How many tickets are looked at in one round: those of one claim, so that its lease is not over
/// before the last of them was asked about.
const LOOKED_AT: usize = 1_000;

/// A system that has taken so long waits for the next run with the rest, so that a slow one does not
/// keep all else from happening.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// What was done about tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Worked {
    /// Cases whose ticket was made.
    pub made: Vec<CaseId>,
    /// Cases whose ticket was there already, since the answer to its making was lost.
    pub found: Vec<CaseId>,
    /// Cases whose ticket was closed, opened again, taken back or deleted.
    pub changed: Vec<CaseId>,
    /// Cases that our own operators got, since no ticket could be made.
    pub fallen_back: Vec<CaseId>,
    /// What did not succeed, and is tried again.
    pub failed: Vec<(CaseId, String)>,
    /// Systems that nobody calls for a while, with the reason.
    pub paused: Vec<(TicketSystemName, String)>,
    /// How many tickets were looked at.
    pub looked_at: u64,
}

impl Worked {
    pub(crate) fn add(&mut self, other: Worked) {
        self.made.extend(other.made);
        self.found.extend(other.found);
        self.changed.extend(other.changed);
        self.fallen_back.extend(other.fallen_back);
        self.failed.extend(other.failed);
        self.paused.extend(other.paused);
        self.looked_at += other.looked_at;
    }

    /// Whether something may go out, or be planned, because of it.
    pub(crate) fn has_changed(&self) -> bool {
        !self.changed.is_empty() || !self.fallen_back.is_empty()
    }
}

/// Whether calls to a system go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Go {
    On,
    /// Nobody calls it for a while.
    Pause,
}

impl Host {
    /// Does what is due about tickets, in all systems at once: makes those that are to be made, and
    /// looks how the others stand. A system that does not answer stops none of the others.
    ///
    /// Several processes may do so at the same time: each ticket is leased to one. A process that is
    /// killed at any instant leaves behind what the next one needs to know.
    pub async fn work_on_tickets(&self) -> Result<Worked, HostError> {
        self.refresh_components().await?;
        let systems = self.all_ticket_systems()?;
        let all = join_all(systems.iter().map(|name| self.work_on_system(name))).await;
        let mut worked = Worked::default();
        for one in all {
            worked.add(one?);
        }
        Ok(worked)
    }

    async fn work_on_system(&self, name: &TicketSystemName) -> Result<Worked, HostError> {
        let mut worked = Worked::default();
        let begun = Instant::now();
        let system = self.inner.configuration.ticket_systems.get(name);
        let together = system.map_or(1, |system| system.parallel.get() as usize);
        for _ in 0..MOST_MADE {
            if begun.elapsed() > LONGEST || !self.may_call(name, &mut worked)? {
                return Ok(worked);
            }
            // As many at a time as the system may be called, each with a lease of its own.
            let claimed = self.claim_tickets(name, true, together).await?;
            if claimed.is_empty() {
                break;
            }
            let all = join_all(claimed.into_iter().map(async |ticket| {
                let mut worked = Worked::default();
                let go = self.make(ticket, &mut worked).await;
                (go, worked)
            }));
            let mut pause = false;
            for (go, one) in all.await {
                worked.add(one);
                pause |= go? == Go::Pause;
            }
            if pause {
                self.may_call(name, &mut worked)?;
                return Ok(worked);
            }
        }
        while begun.elapsed() <= LONGEST && self.may_call(name, &mut worked)? {
            let claimed = self.claim_tickets(name, false, LOOKED_AT).await?;
            if claimed.is_empty() || self.follow_all(name, claimed, &mut worked).await? == Go::Pause
            {
                self.may_call(name, &mut worked)?;
                break;
            }
        }
        Ok(worked)
    }

    /// Whether a system may be called now; if not, it is noted why.
    fn may_call(&self, name: &TicketSystemName, worked: &mut Worked) -> Result<bool, HostError> {
        let now = self.now();
        let system = self.inner.store.read(|view| view.ticket_system(name))?;
        if !system.is_paused(now) {
            return Ok(true);
        }
        let until = system
            .paused_until
            .map_or(String::new(), |at| at.to_string());
        let problem = system.problem.as_deref().unwrap_or("it asked for it");
        let noted = worked.paused.iter().any(|(noted, _)| noted == name);
        if !noted {
            worked
                .paused
                .push((name.clone(), format!("until {until}: {problem}")));
        }
        Ok(false)
    }

    async fn claim_tickets(
        &self,
        system: &TicketSystemName,
        to_be_made: bool,
        most: usize,
    ) -> Result<Vec<Ticket>, HostError> {
        // That there is nothing is found without disturbing the writer.
        let (system, now) = (system.clone(), self.now());
        let due = self
            .inner
            .store
            .read(|view| view.has_due_tickets(&system, to_be_made, now))?;
        if !due {
            return Ok(Vec::new());
        }
        Ok(self
            .inner
            .store
            .update(move |work| work.claim_tickets(&system, to_be_made, now, most))
            .await?)
    }

    /// With what a ticket is worked on. What the configuration no longer has is let go.
    pub(super) fn ticket_means(
        &self,
        ticket: &Ticket,
    ) -> Result<(&Resource, Arc<Bound>), HostError> {
        let (resource, _) = self.ticket_use(ticket)?;
        Ok((resource, self.ticketing(resource)?))
    }

    /// How the system that a component speaks to behaves; it is asked once.
    pub(super) async fn behaviour(&self, bound: &Bound) -> Traits {
        if let Some(known) = bound.behaviour.get() {
            return known.clone();
        }
        match calling::behaviour(bound).await {
            Ok(traits) => bound.behaviour.get_or_init(|| traits).clone(),
            Err(_) => CAUTIOUS,
        }
    }

    /// Looks at claimed tickets: first what is to be said or taken back, one by one, then how all the
    /// others stand, in the system's own batches.
    async fn follow_all(
        &self,
        system: &TicketSystemName,
        claimed: Vec<Ticket>,
        worked: &mut Worked,
    ) -> Result<Go, HostError> {
        let mut batches: BTreeMap<String, Vec<Ticket>> = BTreeMap::new();
        let (mut rest, mut unknown) = (Vec::new(), Vec::new());
        let mut go = Go::On;
        for ticket in claimed {
            if go == Go::Pause {
                rest.push(ticket);
                continue;
            }
            match (ticket.task(), self.ticket_means(&ticket)) {
                (_, Err(error)) => unknown.push((ticket, error.to_string())),
                (Some(Task::Withdraw), Ok(_)) => go = self.take_back(ticket, worked).await?,
                (Some(Task::Comment), Ok(_)) => go = self.say(ticket, worked).await?,
                // Resources with the same settings are asked about together.
                (_, Ok((_, bound))) => {
                    let settings = bound.call.settings.clone();
                    batches.entry(settings).or_default().push(ticket);
                }
            }
        }
        self.postpone(unknown, worked).await?;
        for (_, tickets) in batches {
            let Some(first) = tickets.first() else {
                continue;
            };
            let (_, bound) = self.ticket_means(first)?;
            let traits = self.behaviour(&bound).await;
            for batch in tickets.chunks(traits.batch.max(1) as usize) {
                if go == Go::Pause {
                    rest.extend(batch.iter().cloned());
                    continue;
                }
                go = self.look(system, &bound, batch, worked).await?;
            }
        }
        self.let_go(rest).await?;
        Ok(go)
    }

    /// Lets go of tickets that were claimed and not asked about: they are as due as before.
    async fn let_go(&self, tickets: Vec<Ticket>) -> Result<(), HostError> {
        if tickets.is_empty() {
            return Ok(());
        }
        self.settle(tickets, Ticket::let_go).await
    }

    /// Stores what came of claimed tickets, as far as nobody else has done anything to them.
    pub(super) async fn settle(
        &self,
        claimed: Vec<Ticket>,
        act: impl Fn(&mut Ticket) + Send + 'static,
    ) -> Result<(), HostError> {
        self.inner
            .store
            .update(move |work| {
                for claimed in claimed {
                    if let Some(mut ticket) = still_ours(work, &claimed)? {
                        act(&mut ticket);
                        work.save_ticket(&ticket)?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// What cannot be asked about because of the configuration is tried again later.
    pub(super) async fn postpone(
        &self,
        claimed: Vec<(Ticket, String)>,
        worked: &mut Worked,
    ) -> Result<(), HostError> {
        if claimed.is_empty() {
            return Ok(());
        }
        let failed = claimed
            .iter()
            .map(|(ticket, why)| (ticket.case, why.clone()));
        worked.failed.extend(failed);
        let now = self.now();
        self.inner
            .store
            .update(move |work| {
                for (claimed, why) in claimed {
                    if let Some(mut ticket) = still_ours(work, &claimed)? {
                        ticket.postpone(&why, now);
                        work.save_ticket(&ticket)?;
                    }
                }
                Ok(())
            })
            .await
    }
}

/// The ticket as it is now, if nobody else has done anything to it since it was claimed.
pub(super) fn still_ours(work: &Work<'_>, claimed: &Ticket) -> Result<Option<Ticket>, HostError> {
    let ticket = work.ticket(claimed.case)?;
    Ok(ticket.filter(|ticket| {
        ticket.is_watched()
            && ticket.state == claimed.state
            && ticket.leased_until == claimed.leased_until
    }))
}

/// A call to a system was answered.
pub(super) fn answered(
    work: &mut Work<'_>,
    name: &TicketSystemName,
    now: Timestamp,
) -> Result<(), HostError> {
    let mut system = work.ticket_system(name)?;
    let quiet = system.failures == 0
        && system.succeeded_at.is_some_and(|at| {
            // Storing each success would be a write more for each call.
            now < at.after(Duration::from_secs(60)) && at <= now
        });
    if !quiet {
        system.succeeded(now);
        work.save_ticket_system(&system)?;
    }
    Ok(())
}

/// A call to a system failed.
pub(super) fn not_answered(
    work: &mut Work<'_>,
    name: &TicketSystemName,
    failed: &Failed,
    now: Timestamp,
) -> Result<Go, HostError> {
    if !failed.of_system {
        return Ok(Go::On);
    }
    let mut system: TicketSystem = work.ticket_system(name)?;
    let trouble = &failed.trouble;
    system.failed(&trouble.message, failed.refused, trouble.retry_after, now);
    let go = match system.is_paused(now) {
        true => Go::Pause,
        false => Go::On,
    };
    work.save_ticket_system(&system)?;
    Ok(go)
}
