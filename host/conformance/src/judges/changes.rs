//! What holds of comments, withdrawals and messages.

use provisor_sandbox::{Class, Message, Withdrawal};

use super::tickets::{progress, resolve, with_ticket};
use crate::desk::Desk;
use crate::trial::{Objection, Trial, broken};

pub(crate) async fn comments_and_withdrawals_work(trial: &mut Trial) -> Result<(), Objection> {
    const COMMENT: &str = "Somebody asks how far this is.";
    let (desk, id, ticket) = with_ticket(trial).await?;
    let commented = desk.comment(trial, &ticket.reference, COMMENT).await.answer;
    let seen = desk.seen(&id).await?;
    let shown = seen
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
    if desk.act(&ticket, &resolve()).await? {
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
