//! What holds of tickets that are made and found again.

use provisor_sandbox::{Class, Condition, Progress, Ticket};
use provisor_simulated::{Action, Fault, Matching};

use crate::desk::Desk;
use crate::draft::draft;
use crate::trial::{Objection, Trial, broken};

/// What whoever closes a ticket writes.
const NOTE: &str = "carried out";

/// A correlation id as the host makes them.
pub(super) fn id(trial: &mut Trial) -> String {
    let word = trial.chance.canary();
    trial.bench.correlation_id(&word)
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

pub(super) async fn progress(
    trial: &mut Trial,
    desk: &Desk,
    ticket: &Ticket,
) -> Result<Progress, Objection> {
    match condition(trial, desk, ticket).await? {
        Condition::Progress(progress) => Ok(progress),
        other => broken(format!(
            "`status` shows {other:?} for a ticket that is there"
        )),
    }
}

/// The work is done.
pub(super) fn resolve() -> Action {
    Action::Resolve {
        note: NOTE.to_owned(),
    }
}

/// What answers in the place of the system.
pub(super) fn pages() -> [(&'static str, Fault); 4] {
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

pub(crate) async fn a_ticket_is_there_at_once(trial: &mut Trial) -> Result<(), Objection> {
    let (desk, id, ticket) = with_ticket(trial).await?;
    let seen = desk.seen(&id).await?;
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
            let made = desk.tickets(&[id]).await?.len();
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
    desk.act(&ticket, &resolve()).await?;
    let beginning = &id[..id.len() - 3];
    let capitals = id.to_uppercase();
    let unknown = trial.bench.correlation_id("nobody-has-this");
    for (asked, wanted) in [
        (id.as_str(), Some(&ticket)),
        (beginning, None),
        (&capitals, None),
        (&unknown, None),
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

pub(crate) async fn missing_fields_are_told(trial: &mut Trial) -> Result<(), Objection> {
    use provisor_sandbox::{CallErrorKind, FailureKind};
    let desk = Desk::open(trial).await?;
    let field = desk.demand().await?;
    let id = id(trial);
    let answer = desk.create(trial, &draft(&id)).await.answer;
    desk.relent().await?;
    let made = desk.tickets(&[id]).await?.len();
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
