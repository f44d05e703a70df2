//! The work of a case is done in another system: as a ticket.
//!
//! A ticket is intended in the transaction that lets its operations go out. Everything else is done
//! by [`Host::work_on_tickets`]: what is due is claimed by a lease, its intent is stored before
//! anything is sent, and what came of it is stored in one transaction with what follows. Which step
//! comes next, and what an answer means, the model says.

mod calling;
mod draft;
mod ending;
mod following;
mod making;
mod preview;
pub(crate) mod template;
mod working;

use std::collections::BTreeSet;
use std::sync::Arc;

use provisor_model::{
    Account, AccountId, Case, CaseId, Event, EventKind, Operation, PersonName, Ticket, TicketState,
    TicketSystem, TicketSystemName, Timestamp, World,
};
use provisor_sandbox::{CallError, Finding, Message};
use provisor_store::{StoreError, TicketFilter, View, Work, fault};

pub use working::Worked;

use crate::cases::{check_words, resource_of, tell_accounts};
use crate::components::Bound;
use crate::configuration::{Configuration, Resource, TicketUse};
use crate::host::{Actor, load_account, save};
use crate::notifications::{Audience, enqueue_of_case};
use crate::{Host, HostError};

/// The first words that a ticket is taken back with.
const NOT_WANTED: &str = "this is not wanted any more";

impl Host {
    /// Tickets, the newest first.
    pub fn tickets(&self, filter: &TicketFilter) -> Result<Vec<Ticket>, HostError> {
        Ok(self.inner.store.read(|view| view.tickets(filter))?)
    }

    /// The ticket of a case.
    pub fn ticket(&self, case: CaseId) -> Result<Ticket, HostError> {
        self.inner
            .store
            .read(|view| view.ticket(case))?
            .ok_or_else(|| no_ticket(case))
    }

    /// The ticket that is called so: by its number in the other system, by its id, or by its case. A
    /// plain number is that of the ticket where a system has such numbers.
    pub fn ticket_named(&self, name: &str) -> Result<Ticket, HostError> {
        for system in self.all_ticket_systems()? {
            let found = self
                .inner
                .store
                .read(|view| view.tickets_like(&system, None, Some(name), Some(name)))?;
            if let Some(ticket) = found.into_iter().next() {
                return Ok(ticket);
            }
        }
        if let Ok(case) = name.parse() {
            return self.ticket(case);
        }
        Err(HostError::Unknown {
            what: "ticket",
            name: name.chars().take(80).collect(),
            hint: "; `provisor ticket list` shows them".to_owned(),
        })
    }

    /// How the ticket systems are doing, those first that the configuration names first.
    pub fn ticket_systems(&self) -> Result<Vec<TicketSystem>, HostError> {
        self.inner.store.read(|view| {
            let names = self.inner.configuration.ticket_systems.keys();
            names.map(|name| Ok(view.ticket_system(name)?)).collect()
        })
    }

    /// Asks the system of a resource whether everything is there that tickets need; changes nothing.
    pub async fn check_tickets(&self, resource: &str) -> Result<Vec<Finding>, HostError> {
        self.refresh_components().await?;
        let resource = self.resource(resource)?;
        let bound = self.ticketing(resource)?;
        let checking = async {
            let ticketing = bound.component.ticketing().map_err(CallError::from)?;
            ticketing.start(&bound.call).await?.check_connection().await
        };
        checking
            .await
            .map_err(|error| bound.failed(resource, error))
    }

    /// People do the work of a ticket in its case from now on. The ticket itself stays where it is:
    /// nobody here looks at it any more.
    pub async fn take_over_ticket(
        &self,
        case: CaseId,
        by: &PersonName,
        why: &str,
    ) -> Result<Ticket, HostError> {
        check_words("the reason for taking it over", why)?;
        let configuration = self.inner.configuration.clone();
        let (by, why, now) = (by.clone(), why.to_owned(), self.now());
        self.inner
            .store
            .update(move |work| {
                let mut ticket = work.ticket(case)?.ok_or_else(|| no_ticket(case))?;
                if !matches!(ticket.state, TicketState::Creating | TicketState::Open) {
                    return Err(HostError::Unknown {
                        what: "open ticket of",
                        name: case.to_string(),
                        hint: format!(": it is {}", ticket.state.as_str()),
                    });
                }
                if let Some(of) = work.case(case)? {
                    // Whose operators would get the work of a resource that is not there?
                    for account in of.accounts() {
                        resource_of(&configuration, &load_account(work, account)?)?;
                    }
                }
                ticket.give_up();
                work.save_ticket(&ticket)?;
                let why = format!("{by} took it over from {}: {why}", ticket.system);
                fall_back(work, &configuration, &ticket, &why, Actor::Person(&by), now)?;
                Ok(ticket)
            })
            .await
    }

    /// Lets a ticket be looked at, or its making be tried, with the next run; a pause of its system
    /// ends.
    pub async fn hurry_ticket(&self, case: CaseId) -> Result<Ticket, HostError> {
        let now = self.now();
        self.inner
            .store
            .update(move |work| {
                let mut ticket = work.ticket(case)?.ok_or_else(|| no_ticket(case))?;
                if !ticket.is_watched() {
                    return Err(HostError::Unknown {
                        what: "ticket to be looked at for",
                        name: case.to_string(),
                        hint: format!(": it is {}", ticket.state.as_str()),
                    });
                }
                ticket.hinted(now);
                work.save_ticket(&ticket)?;
                let mut system = work.ticket_system(&ticket.system)?;
                system.resume();
                work.save_ticket_system(&system)?;
                Ok(ticket)
            })
            .await
    }

    /// Takes a message that a ticket system sent, whose signature was checked: the tickets that it
    /// is about are looked at next. Nothing else in it is believed. Answers which they are.
    pub async fn receive_message(
        &self,
        resource: &str,
        message: Message,
    ) -> Result<Vec<CaseId>, HostError> {
        self.refresh_components().await?;
        let resource = self.resource(resource)?;
        let bound = self.ticketing(resource)?;
        let receiving = async {
            let ticketing = bound.component.ticketing().map_err(CallError::from)?;
            ticketing.start(&bound.call).await?.receive(&message).await
        };
        let hints = receiving
            .await
            .map_err(|error| bound.failed(resource, error))?;
        let Some(used) = &resource.tickets else {
            return Ok(Vec::new());
        };
        let (system, now) = (used.system.clone(), self.now());
        fault::point("ticket.received");
        self.inner
            .store
            .update(move |work| {
                let mut cases = Vec::new();
                for hint in hints {
                    let found = work.tickets_like(
                        &system,
                        hint.reference.as_deref(),
                        hint.number.as_deref(),
                        hint.correlation_id.as_deref(),
                    )?;
                    for mut ticket in found {
                        if ticket.is_watched() && !cases.contains(&ticket.case) {
                            ticket.hinted(now);
                            work.save_ticket(&ticket)?;
                            cases.push(ticket.case);
                        }
                    }
                }
                Ok(cases)
            })
            .await
    }

    /// The systems of the configuration, and those that it no longer has although somebody there may
    /// still work on a ticket.
    fn all_ticket_systems(&self) -> Result<BTreeSet<TicketSystemName>, HostError> {
        let mut systems: BTreeSet<_> = self.inner.store.read(|view| view.watched_systems())?;
        systems.extend(self.inner.configuration.ticket_systems.keys().cloned());
        Ok(systems)
    }

    /// The ticketing component of a resource.
    fn ticketing(&self, resource: &Resource) -> Result<Arc<Bound>, HostError> {
        self.bound(resource, World::Ticketing)?
            .ok_or_else(|| keeps_no_tickets(resource))
    }

    /// The resource by whose settings a ticket is kept.
    fn ticket_use(&self, ticket: &Ticket) -> Result<(&Resource, &TicketUse), HostError> {
        let resource = self.resource(ticket.resource.as_str())?;
        match &resource.tickets {
            Some(used) if used.system == ticket.system => Ok((resource, used)),
            _ => Err(HostError::Unknown {
                what: "ticket system",
                name: ticket.system.to_string(),
                hint: format!(": {} does not use it any more", ticket.resource),
            }),
        }
    }
}

fn keeps_no_tickets(resource: &Resource) -> HostError {
    HostError::Unknown {
        what: "ticket system for",
        name: resource.name.to_string(),
        hint: format!(
            ": add [resource.{}.tickets] to the configuration",
            resource.name
        ),
    }
}

fn no_ticket(case: CaseId) -> HostError {
    HostError::Unknown {
        what: "ticket of",
        name: case.to_string(),
        hint: "; `provisor ticket list` shows those that there are".to_owned(),
    }
}

/// Where an operation goes as a ticket; `None` when our own operators do it: there is no system, or
/// the policy asks for something that nobody there can be held to.
pub(crate) fn system_for(operation: &Operation, resource: &Resource) -> Option<TicketSystemName> {
    let asked = &operation.obligations;
    let here = asked.require_evidence
        || asked.require_note
        || asked.by_another
        || resource.cases.by_another;
    let used = resource.tickets.as_ref().filter(|_| !here);
    used.map(|used| used.system.clone())
}

/// Whether a resource may have one more open ticket.
pub(crate) fn has_room(work: &Work<'_>, resource: &Resource) -> Result<bool, StoreError> {
    match resource
        .tickets
        .as_ref()
        .and_then(|used| used.rules.max_open)
    {
        Some(most) => Ok(work.open_ticket_count(&resource.name)? < most),
        None => Ok(true),
    }
}

/// Whether an operation can still be put into a case: a ticket that may have been made is not
/// changed any more.
pub(crate) fn can_be_joined(work: &Work<'_>, case: &Case) -> Result<bool, StoreError> {
    if case.ticket_system.is_none() {
        return Ok(true);
    }
    let ticket = work.ticket(case.id)?;
    Ok(ticket.is_some_and(|ticket| {
        ticket.state == TicketState::Creating && ticket.uncertain_since.is_none()
    }))
}

/// Something waits behind a case: if that is a ticket of which nothing is wanted any more, it shall be
/// taken back.
pub(crate) fn take_back_if_unwanted(
    work: &mut Work<'_>,
    configuration: &Configuration,
    account: &Account,
    case: CaseId,
    now: Timestamp,
) -> Result<(), HostError> {
    let Some(mut ticket) = work.ticket(case)? else {
        return Ok(());
    };
    if is_unwanted(work, configuration, case, Some(account))? && ticket.take_back(NOT_WANTED, now) {
        work.save_ticket(&ticket)?;
    }
    Ok(())
}

/// Whether nothing of what a case asks for is wanted any more. `at_hand` is an account of it that may
/// have changed and is not saved yet.
fn is_unwanted(
    view: &View<'_>,
    configuration: &Configuration,
    case: CaseId,
    at_hand: Option<&Account>,
) -> Result<bool, HostError> {
    let Some(of) = view.case(case)? else {
        return Ok(false);
    };
    let mut any = false;
    for id in of.accounts() {
        let loaded;
        let account = match at_hand.filter(|account| account.id == id) {
            Some(account) => account,
            None => {
                loaded = load_account(view, id)?;
                &loaded
            }
        };
        let mut out = account.operations.iter();
        if !out.any(|one| one.case == Some(case) && one.is_out()) {
            continue;
        }
        any = true;
        let rules = &resource_of(configuration, account)?.rules;
        if !account.wants_nothing_of(rules, case) {
            return Ok(false);
        }
    }
    Ok(any)
}

/// A case was closed: what is left to be done about its ticket.
pub(crate) fn case_closed(
    work: &mut Work<'_>,
    case: &Case,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(mut ticket) = work.ticket(case.id)? else {
        return Ok(());
    };
    match ticket.state {
        // It is certain that there is none, and none will be made.
        TicketState::Creating if ticket.uncertain_since.is_none() => ticket.end(),
        TicketState::Open if ticket.taking_back.is_none() => {
            ticket.comment = Some(
                "An export of the application shows that this is done. The ticket can be closed."
                    .to_owned(),
            );
            ticket.hinted(now);
        }
        _ => return Ok(()),
    }
    work.save_ticket(&ticket)
}

/// The work of a ticket is done in its case from now on.
fn fall_back(
    work: &mut Work<'_>,
    configuration: &Configuration,
    ticket: &Ticket,
    why: &str,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), HostError> {
    let Some(mut case) = work.case(ticket.case)? else {
        return Ok(());
    };
    case.ticket_system = None;
    work.save_case(&case)?;
    let how = format!("as {}, since {why}", case.id);
    each_account(work, configuration, case.id, actor, now, |account, case| {
        account.reach(case, false, &how, now);
        account.set_claimed(case, false);
    })?;
    let event = Event::new(EventKind::PassedOn, format!("to our own operators: {why}"));
    tell_accounts(work, &case, actor, event, now)?;
    let make = |title| provisor_model::Notification::CaseOpened {
        case: case.id,
        title,
        priority: case.priority,
        due: case.due,
    };
    let audience = Audience::of(&case.operators);
    enqueue_of_case(work, &configuration.resources, &case, audience, make, now)?;
    Ok(())
}

/// Does something to each account of a case.
fn each_account(
    work: &mut Work<'_>,
    configuration: &Configuration,
    case: CaseId,
    actor: Actor<'_>,
    now: Timestamp,
    mut act: impl FnMut(&mut Account, CaseId),
) -> Result<(), HostError> {
    let Some(of) = work.case(case)? else {
        return Ok(());
    };
    for id in of.accounts() {
        let Some((mut account, resource)) = known_account(work, configuration, id)? else {
            continue;
        };
        act(&mut account, case);
        save(work, &mut account, resource, now, actor)?;
    }
    Ok(())
}

/// An account with its resource; `None` when the configuration no longer has that.
fn known_account<'c>(
    view: &View<'_>,
    configuration: &'c Configuration,
    id: AccountId,
) -> Result<Option<(Account, &'c Resource)>, HostError> {
    let account = load_account(view, id)?;
    let resource = configuration.resources.get(account.resource.as_str());
    Ok(resource.map(|resource| (account, resource)))
}
