//! What holds of the life of a ticket.

use provisor_sandbox::{Class, Condition, Message, Progress, Ticket, Withdrawal};
use provisor_simulated::{Action, Fault, Matching};

use crate::desk::{Desk, draft};
use crate::trial::{Objection, Trial, broken};

/// Tickets whose status is asked for at once, and the calls of a system that this may take for each
/// batch, and altogether beside that.
const MANY: usize = 500;
const CALLS_A_BATCH: usize = 5;
const CALLS_BESIDE: usize = 2;

/// What whoever closes a ticket writes, with the work done and without.
const NOTE: &str = "carried out";
const NO_NOTE: &str = "not carried out";

/// A status that no product and no site has.
const ODD_STATUS: &str = "Parked by conformance";

/// A correlation id as the host makes them.
pub(super) fn id(trial: &mut Trial) -> String {
    format!("conform-{}", trial.chance.canary())
}

/// A fresh system with one ticket.
pub(super) async fn with_ticket(trial: &mut Trial) -> Result<(Desk, String, Ticket), Objection> {
    let desk = Desk::open(trial).await?;
    let id = id(trial);
    let ticket = desk.made(trial, &draft(&id)).await?;
    Ok((desk, id, ticket))
}

/// What is known of one ticket.
pub(super) async fn condition(
    trial: &mut Trial,
    desk: &Desk,
    ticket: &Ticket,
) -> Result<Condition, Objection> {
    let references = [ticket.reference.clone()];
    match desk.status(trial, &references).await.answer {
        Ok(mut conditions) => Ok(conditions.remove(0)),
        Err(error) => broken(format!("`status` fails with {}: {error}", error.code())),
    }
}

async fn progress(trial: &mut Trial, desk: &Desk, ticket: &Ticket) -> Result<Progress, Objection> {
    match condition(trial, desk, ticket).await? {
        Condition::Progress(progress) => Ok(progress),
        other => broken(format!(
            "`status` shows {other:?} for a ticket that is there"
        )),
    }
}

/// People do something; what the product has no way for is left out.
fn people(desk: &Desk, ticket: &Ticket, action: &Action) -> bool {
    desk.act(ticket, action).is_ok()
}

fn resolve() -> Action {
    Action::Resolve {
        note: NOTE.to_owned(),
    }
}

pub(crate) async fn a_ticket_is_there_at_once(trial: &mut Trial) -> Result<(), Objection> {
    let (desk, id, ticket) = with_ticket(trial).await?;
    let seen = desk.seen(&id);
    let [shown] = &seen[..] else {
        return broken(format!(
            "people see {} tickets with the correlation id",
            seen.len()
        ));
    };
    if shown.number != ticket.number {
        return broken(format!(
            "the ticket is called {:?}, and people call it {:?}",
            ticket.number, shown.number
        ));
    }
    let drafted = draft(&id);
    if shown.title != drafted.title {
        return broken(format!(
            "the title {:?} became {:?}",
            drafted.title, shown.title
        ));
    }
    for part in ["Create this account.", "aturner", "Open Payroll."] {
        if !shown.description.contains(part) {
            return broken(format!(
                "{part:?} is not in the description: {}",
                shown.description
            ));
        }
    }
    let progress = progress(trial, &desk, &ticket).await?;
    if !matches!(progress.class, Class::Open | Class::InProgress) {
        return broken(format!(
            "a new ticket is {:?} ({})",
            progress.class, progress.status
        ));
    }
    match desk.find(trial, &id).await.answer {
        Ok(found) => match &found[..] {
            [one] if one.ticket.reference == ticket.reference => Ok(()),
            other => broken(format!(
                "`create` gives {:?}, and `find` {other:?}",
                ticket.reference
            )),
        },
        Err(error) => broken(format!("`find` fails with {}: {error}", error.code())),
    }
}

pub(crate) async fn one_id_makes_one_ticket(trial: &mut Trial) -> Result<(), Objection> {
    let requests = {
        let desk = Desk::open(trial).await?;
        let id = id(trial);
        desk.create(trial, &draft(&id)).await.sent.len()
    };
    for fault in [Fault::LoseAnswer, Fault::LoseRequest] {
        for after in 0..u32::try_from(requests).unwrap_or(u32::MAX) {
            let desk = Desk::open(trial).await?;
            let id = id(trial);
            desk.spoil(
                Matching {
                    after,
                    times: 1,
                    ..Matching::default()
                },
                fault.clone(),
            );
            let first = desk.create(trial, &draft(&id)).await.answer;
            trial.faults(1, 1 - desk.mend() as u64);
            let what = format!("after {fault:?} at request {} of `create`", after + 1);
            let found = match desk.find(trial, &id).await.answer {
                Ok(found) => found.len(),
                Err(error) => {
                    return broken(format!(
                        "{what} `find` fails with {}: {error}",
                        error.code()
                    ));
                }
            };
            if found == 0 && first.is_err() {
                desk.made(trial, &draft(&id)).await?;
            }
            let made = desk.tickets().len();
            if made != 1 {
                return broken(format!(
                    "{what} and a look with `find` there are {made} tickets"
                ));
            }
        }
    }
    Ok(())
}

pub(crate) async fn find_is_exact(trial: &mut Trial) -> Result<(), Objection> {
    let desk = Desk::open(trial).await?;
    let id = id(trial);
    let (longer, other) = (format!("{id}0"), format!("{id}-1"));
    let ticket = desk.made(trial, &draft(&id)).await?;
    for similar in [&longer, &other] {
        desk.made(trial, &draft(similar)).await?;
    }
    people(&desk, &ticket, &resolve());
    let beginning = &id[..id.len() - 3];
    let capitals = id.to_uppercase();
    for (asked, wanted) in [
        (id.as_str(), Some(&ticket)),
        (beginning, None),
        (&capitals, None),
        ("conform-nobody-has-this", None),
    ] {
        let found = match desk.find(trial, asked).await.answer {
            Ok(found) => found,
            Err(error) => {
                return broken(format!(
                    "`find` of {asked} fails with {}: {error}",
                    error.code()
                ));
            }
        };
        let right = match (&found[..], wanted) {
            ([], None) => true,
            ([one], Some(ticket)) => {
                one.ticket.reference == ticket.reference && one.correlation_id == asked
            }
            _ => false,
        };
        if !right {
            return broken(format!("`find` of {asked} shows {found:?}"));
        }
    }
    for (what, fault) in pages() {
        desk.spoil_all(fault);
        let answer = desk.find(trial, &id).await.answer;
        trial.faults(1, 1 - desk.mend() as u64);
        if let Ok(found) = answer {
            return broken(format!(
                "while {what} answers, `find` shows {} tickets and no failure",
                found.len()
            ));
        }
    }
    Ok(())
}

/// What answers in the place of the system.
fn pages() -> [(&'static str, Fault); 4] {
    let page = |status, words: &str| Fault::Instead {
        status,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: format!(
            "<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>"
        ),
    };
    [
        ("a login page with 200", page(200, "Please log in")),
        ("a page of a proxy with 404", page(404, "Not Found")),
        ("a page of a proxy with 403", page(403, "Forbidden")),
        ("something that is no JSON", Fault::Garbled),
    ]
}

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
        if !people(&desk, &ticket, &action) {
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
        if !people(&desk, &ticket, &action) {
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
    if people(&desk, &ticket, &Action::Hide) {
        match condition(trial, &desk, &ticket).await? {
            Condition::Forbidden | Condition::Failed(_) => {}
            other => {
                return broken(format!(
                    "a ticket that may not be seen is told as {other:?}"
                ));
            }
        }
    }
    let (desk, _, ticket) = with_ticket(trial).await?;
    if people(&desk, &ticket, &Action::Delete) {
        // A product that hides and deletes in the same way leaves no choice but to be careful.
        if let Condition::Progress(progress) = condition(trial, &desk, &ticket).await?
            && desk.tickets().is_empty()
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
    if !people(&desk, &ticket, &resolve()) || !people(&desk, &ticket, &Action::Reopen) {
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

pub(crate) async fn missing_fields_are_told(trial: &mut Trial) -> Result<(), Objection> {
    use provisor_sandbox::{CallErrorKind, FailureKind};
    let desk = Desk::open(trial).await?;
    let field = desk
        .with_product(|product| product.demand())
        .map_err(Objection::NotApplicable)?;
    let id = id(trial);
    let answer = desk.create(trial, &draft(&id)).await.answer;
    let made = desk.tickets().len();
    if made > 0 {
        return broken(format!("{made} tickets are made without `{field}`"));
    }
    match answer.map_err(|error| error.kind) {
        Err(CallErrorKind::Failure(failure))
            if matches!(
                failure.kind,
                FailureKind::Configuration | FailureKind::Rejected
            ) =>
        {
            Ok(())
        }
        other => broken(format!(
            "while the system wants `{field}`, `create` ends in {other:?}"
        )),
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
    let mut tickets = Vec::with_capacity(MANY);
    for number in 0..MANY {
        let ticket = desk
            .made(trial, &draft(&format!("conform-many-{number}")))
            .await?;
        match number % 3 {
            1 => drop(people(&desk, &ticket, &Action::Begin)),
            2 => drop(people(&desk, &ticket, &resolve())),
            _ => {}
        }
        tickets.push(ticket);
    }
    let mut conditions = Vec::with_capacity(MANY);
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
    let most = MANY.div_ceil(batch) * CALLS_A_BATCH + CALLS_BESIDE;
    if requests > most {
        return broken(format!(
            "{MANY} tickets in batches of {batch} take {requests} requests; {most} are enough"
        ));
    }
    for (ticket, together) in tickets.iter().zip(&conditions).step_by(MANY / 25) {
        let alone = condition(trial, &desk, ticket).await?;
        if alone != *together {
            return broken(format!(
                "among others a ticket is {together:?}, and alone {alone:?}"
            ));
        }
    }
    Ok(())
}

pub(crate) async fn comments_and_withdrawals_work(trial: &mut Trial) -> Result<(), Objection> {
    const COMMENT: &str = "Somebody asks how far this is.";
    let (desk, id, ticket) = with_ticket(trial).await?;
    let commented = desk.comment(trial, &ticket.reference, COMMENT).await.answer;
    let shown = desk
        .seen(&id)
        .iter()
        .any(|seen| seen.comments.iter().any(|it| it.contains(COMMENT)));
    match (desk.traits.comments, commented) {
        (true, Ok(())) if shown => {}
        (false, Err(error)) if error.code() == "unsupported" => {}
        (says, answer) => {
            return broken(format!(
                "`behaviour` says {says} about comments, `comment` answers {answer:?}, and people see the comment: {shown}"
            ));
        }
    }
    let withdrawn = desk.withdraw(trial, &ticket.reference).await.answer;
    match (desk.traits.withdraws, withdrawn) {
        (true, Ok(Withdrawal::Refused(_))) => {}
        (true, Ok(Withdrawal::Withdrawn)) => {
            let progress = progress(trial, &desk, &ticket).await?;
            if !matches!(progress.class, Class::Cancelled | Class::Refused) {
                return broken(format!(
                    "a ticket that was withdrawn is {:?} ({})",
                    progress.class, progress.status
                ));
            }
        }
        (false, Err(error)) if error.code() == "unsupported" => return Ok(()),
        (says, answer) => {
            return broken(format!(
                "`behaviour` says {says} about withdrawing, and `withdraw` answers {answer:?}"
            ));
        }
    }
    let (desk, _, ticket) = with_ticket(trial).await?;
    if people(&desk, &ticket, &resolve()) {
        let late = desk.withdraw(trial, &ticket.reference).await.answer;
        let progress = progress(trial, &desk, &ticket).await?;
        if progress.class != Class::Done || matches!(late, Ok(Withdrawal::Withdrawn)) {
            return broken(format!(
                "`withdraw` of a ticket that is done answers {late:?}, and then it is {:?}",
                progress.class
            ));
        }
    }
    Ok(())
}

pub(crate) async fn messages_are_not_trusted(trial: &mut Trial) -> Result<(), Objection> {
    let desk = Desk::open(trial).await?;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{\"issue\": 7, \"id\": {}, \"result\": []}",
        b"\xff\xfe\x00garbage",
        b"<html><body>Please log in</body></html>",
        deep.as_bytes(),
    ];
    for body in bodies {
        let message = Message {
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_vec(),
        };
        let asked = desk.receive(trial, &message).await;
        let shown: String = String::from_utf8_lossy(body).chars().take(60).collect();
        if !asked.sent.is_empty() {
            return broken(format!(
                "the message {shown:?} makes it send {} requests",
                asked.sent.len()
            ));
        }
        match (desk.traits.receives, &asked.answer) {
            (false, Err(error)) if error.code() == "unsupported" => {}
            (false, other) => {
                return broken(format!(
                    "`behaviour` denies messages, and one ends in {other:?}"
                ));
            }
            (true, Ok(_)) => {}
            (true, Err(error))
                if matches!(
                    error.code(),
                    "malformed" | "unsupported" | "rejected" | "not-found"
                ) => {}
            (true, Err(error)) => {
                return broken(format!(
                    "the message {shown:?} ends in {}: {error}",
                    error.code()
                ));
            }
        }
    }
    Ok(())
}
