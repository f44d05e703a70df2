//! What becomes of the operations of a ticket when it is closed, taken back or opened again.

use std::collections::BTreeMap;

use provisor_model::{
    Attributes, Event, EventKind, OperationId, OperationState, Ticket, Timestamp,
};
use provisor_store::Work;

use super::known_account;
use crate::HostError;
use crate::cases::{close_if_settled, tell_accounts};
use crate::configuration::Configuration;
use crate::host::{Actor, save, step};

/// How the work of a ticket ended.
pub(super) enum End<'a> {
    Done { at: Timestamp },
    Refused { reason: &'a str },
    Cancelled { reason: &'a str },
}

/// Ends the operations of a ticket that are still open.
pub(super) fn end_operations(
    work: &mut Work<'_>,
    configuration: &Configuration,
    ticket: &Ticket,
    end: &End<'_>,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), HostError> {
    let Some(case) = work.case(ticket.case)? else {
        return Ok(());
    };
    for id in case.accounts() {
        let Some((mut account, resource)) = known_account(work, configuration, id)? else {
            continue;
        };
        let open: Vec<OperationId> = account
            .operations
            .iter()
            .filter(|one| one.case == Some(case.id) && one.state == OperationState::Open)
            .map(|one| one.id)
            .collect();
        for operation in open {
            let ended = step(
                work,
                &mut account,
                resource,
                now,
                actor,
                |account, step| match end {
                    End::Done { at } => {
                        let (reported, refused) = (Attributes::new(), BTreeMap::new());
                        account.complete(step, operation, reported, refused, *at)
                    }
                    End::Refused { reason } => account.fail(step, operation, reason),
                    End::Cancelled { reason } => account.cancel(step, operation, reason),
                },
            )?;
            // One step may have ended the next operation along with its own.
            if let Err(error) = ended {
                let text = format!("{}: {error}", ticket.name());
                note(work, ticket, &text, now)?;
            }
        }
    }
    if let Some(note_there) = ticket.progress.as_ref().and_then(|it| it.note.as_deref())
        && matches!(end, End::Done { .. })
        && !note_there.trim().is_empty()
    {
        let text: String = note_there.chars().take(2_000).collect();
        note(work, ticket, &format!("{}: {text}", ticket.name()), now)?;
    }
    close_if_settled(work, case.id, actor, now)?;
    Ok(())
}

/// The ticket was taken back, or never made.
pub(super) fn withdrawn(
    work: &mut Work<'_>,
    configuration: &Configuration,
    ticket: &Ticket,
    why: &str,
    now: Timestamp,
) -> Result<(), HostError> {
    let Some(case) = work.case(ticket.case)? else {
        return Ok(());
    };
    for id in case.accounts() {
        let Some((mut account, resource)) = known_account(work, configuration, id)? else {
            continue;
        };
        let actor = Actor::Tickets(&ticket.system);
        step(work, &mut account, resource, now, actor, |account, step| {
            account.withdrawn(step, case.id, why);
        })?;
    }
    close_if_settled(work, case.id, Actor::Tickets(&ticket.system), now)?;
    Ok(())
}

/// The ticket was closed and is open again: so are its operations, unless an export has decided.
pub(super) fn reopen(
    work: &mut Work<'_>,
    configuration: &Configuration,
    ticket: &mut Ticket,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), HostError> {
    let Some(mut case) = work.case(ticket.case)? else {
        return Ok(());
    };
    let was_closed = case.reopen().is_ok();
    work.save_case(&case)?;
    let why = format!("{} was opened again in {}", ticket.name(), ticket.system);
    let mut reopened = false;
    let mut refused = None;
    for id in case.accounts() {
        let Some((mut account, resource)) = known_account(work, configuration, id)? else {
            continue;
        };
        let ids: Vec<OperationId> = account
            .operations
            .iter()
            .filter(|one| one.case == Some(case.id) && !one.is_out())
            .map(|one| one.id)
            .collect();
        for operation in ids {
            let done = step(work, &mut account, resource, now, actor, |account, step| {
                account.reopen(step, operation, &why)
            })?;
            match done {
                Ok(()) => reopened = true,
                Err(error) => refused = Some(error.to_string()),
            }
        }
        account.set_claimed(case.id, true);
        save(work, &mut account, resource, now, actor)?;
    }
    if let (false, Some(refused)) = (reopened, refused) {
        ticket.attention = Some(format!("it was opened again, but {refused}"));
        work.save_ticket(ticket)?;
    }
    if was_closed {
        close_if_settled(work, case.id, actor, now)?;
    }
    Ok(())
}

/// Writes something about a ticket into the history of its accounts.
pub(super) fn note(
    work: &mut Work<'_>,
    ticket: &Ticket,
    text: &str,
    now: Timestamp,
) -> Result<(), HostError> {
    let Some(case) = work.case(ticket.case)? else {
        return Ok(());
    };
    let event = Event::new(EventKind::Commented, text);
    let actor = Actor::Tickets(&ticket.system);
    Ok(tell_accounts(work, &case, actor, event, now)?)
}
