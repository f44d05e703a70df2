//! What holds of what is told about tickets that people work on.

use provisor_sandbox::{Class, Condition};
use provisor_simulated::Action;

use super::tickets::{condition, pages, progress, resolve, with_ticket};
use crate::desk::Desk;
use crate::draft::draft;
use crate::trial::{Objection, Trial, broken};

/// Tickets whose status is asked for at once; fewer where tickets are dear.
const MANY: usize = 500;
const FEWER: usize = 30;

/// Tickets of these that are asked for alone.
const SAMPLE: usize = 25;

/// The calls of a system that this may take for each batch, and altogether beside that.
const CALLS_A_BATCH: usize = 5;
const CALLS_BESIDE: usize = 2;

/// What whoever closes a ticket without the work writes.
const NO_NOTE: &str = "not carried out";

/// A status that no product and no site has.
const ODD_STATUS: &str = "Parked by conformance";

pub(crate) async fn every_status_has_a_class(trial: &mut Trial) -> Result<(), Objection> {
    use Class::{Done, InProgress, Open, Unknown};
    let odd = Action::Status {
        status: ODD_STATUS.to_owned(),
    };
    for (what, action, classes) in [
        ("begun", Action::Begin, &[InProgress, Open][..]),
        ("resolved", resolve(), &[Done]),
        (
            "given a status that no site has",
            odd,
            &[Unknown, Open, InProgress],
        ),
    ] {
        let (desk, _, ticket) = with_ticket(trial).await?;
        if !desk.act(&ticket, &action).await? {
            continue;
        }
        let progress = progress(trial, &desk, &ticket).await?;
        if progress.status.trim().is_empty() {
            return broken(format!("a ticket that was {what} has no native status"));
        }
        if !classes.contains(&progress.class) {
            return broken(format!(
                "a ticket that was {what} ({}) is {:?}",
                progress.status, progress.class
            ));
        }
    }
    Ok(())
}

pub(crate) async fn closed_is_not_done(trial: &mut Trial) -> Result<(), Objection> {
    let mut tried = 0;
    let note = || NO_NOTE.to_owned();
    for (what, action) in [
        ("refused", Action::Refuse { note: note() }),
        ("cancelled", Action::Cancel { note: note() }),
    ] {
        let (desk, _, ticket) = with_ticket(trial).await?;
        if !desk.act(&ticket, &action).await? {
            continue;
        }
        tried += 1;
        let progress = progress(trial, &desk, &ticket).await?;
        if progress.class == Class::Done {
            return broken(format!(
                "a ticket that was {what} is done: its status is {:?}, its resolution {:?}",
                progress.status, progress.resolution
            ));
        }
    }
    match tried {
        0 => Err(Objection::Inconclusive(
            "the product can neither refuse nor cancel".to_owned(),
        )),
        _ => Ok(()),
    }
}

pub(crate) async fn gone_is_not_hidden(trial: &mut Trial) -> Result<(), Objection> {
    let (desk, _, ticket) = with_ticket(trial).await?;
    if desk.act(&ticket, &Action::Hide).await? {
        match condition(trial, &desk, &ticket).await? {
            Condition::Forbidden | Condition::Failed(_) => {}
            other => {
                return broken(format!(
                    "a ticket that may not be seen is told as {other:?}"
                ));
            }
        }
    }
    let (desk, id, ticket) = with_ticket(trial).await?;
    if desk.act(&ticket, &Action::Delete).await? {
        // A product that hides and deletes in the same way leaves no choice but to be careful.
        if let Condition::Progress(progress) = condition(trial, &desk, &ticket).await?
            && desk.seen(&id).await?.is_empty()
        {
            return broken(format!("a ticket that was deleted is told as {progress:?}"));
        }
    }
    let (desk, _, ticket) = with_ticket(trial).await?;
    let references = [ticket.reference.clone()];
    for (what, fault) in pages() {
        desk.spoil_all(fault);
        let answer = desk.status(trial, &references).await.answer;
        trial.faults(1, 1 - desk.mend() as u64);
        match answer.as_deref() {
            Err(_) | Ok([Condition::Failed(_) | Condition::Forbidden]) => {}
            Ok(other) => {
                return broken(format!(
                    "while {what} answers, a ticket that is there is told as {other:?}"
                ));
            }
        }
    }
    Ok(())
}

pub(crate) async fn reopened_is_open(trial: &mut Trial) -> Result<(), Objection> {
    let (desk, _, ticket) = with_ticket(trial).await?;
    if !desk.act(&ticket, &resolve()).await? || !desk.act(&ticket, &Action::Reopen).await? {
        return Err(Objection::NotApplicable(
            "nobody opens a ticket of this product again".to_owned(),
        ));
    }
    let progress = progress(trial, &desk, &ticket).await?;
    match progress.class {
        Class::Done | Class::Refused | Class::Cancelled => broken(format!(
            "a ticket that was opened again ({}) is {:?}",
            progress.status, progress.class
        )),
        _ => Ok(()),
    }
}

pub(crate) async fn many_are_asked_at_once(trial: &mut Trial) -> Result<(), Objection> {
    let desk = Desk::open(trial).await?;
    let batch = desk.traits.batch as usize;
    if batch == 1 {
        return Err(Objection::NotApplicable(
            "`behaviour` says that tickets are asked for one by one".to_owned(),
        ));
    }
    let many = match trial.bench.is_scarce() {
        true => FEWER,
        false => MANY,
    };
    let mut tickets = Vec::with_capacity(many);
    for number in 0..many {
        let id = trial.bench.correlation_id(&format!("many-{number}"));
        let ticket = desk.made(trial, &draft(&id)).await?;
        match number % 3 {
            1 => drop(desk.act(&ticket, &Action::Begin).await?),
            2 => drop(desk.act(&ticket, &resolve()).await?),
            _ => {}
        }
        tickets.push(ticket);
    }
    let mut conditions = Vec::with_capacity(many);
    let mut requests = 0;
    for part in tickets.chunks(batch) {
        let references: Vec<String> = part.iter().map(|ticket| ticket.reference.clone()).collect();
        let asked = desk.status(trial, &references).await;
        requests += asked.sent.len();
        match asked.answer {
            Ok(answer) => conditions.extend(answer),
            Err(error) => {
                return broken(format!("`status` of {} fails: {error}", references.len()));
            }
        }
    }
    let most = many.div_ceil(batch) * CALLS_A_BATCH + CALLS_BESIDE;
    if requests > most {
        return broken(format!(
            "{many} tickets in batches of {batch} take {requests} requests; {most} are enough"
        ));
    }
    for (ticket, together) in tickets
        .iter()
        .zip(&conditions)
        .step_by(many.div_ceil(SAMPLE))
    {
        let alone = condition(trial, &desk, ticket).await?;
        if alone != *together {
            return broken(format!(
                "among others a ticket is {together:?}, and alone {alone:?}"
            ));
        }
    }
    if many == FEWER {
        let input = format!("status of {many} tickets, where a simulated system has {MANY}");
        trial.note(&input, &format!("as each alone, with {requests} requests"));
    }
    Ok(())
}
