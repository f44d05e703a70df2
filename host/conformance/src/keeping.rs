//! A ticketing component at work as the others are: one ticket from its making to a look at it.

use provisor_sandbox::{Call, CallError, Condition, Draft, TicketingRun};
use serde_json::{Value, json};

use crate::bench::{Bench, Left};
use crate::system::System;
use crate::trial::Objection;
use crate::work::SEEN;

/// Has the component make a ticket on a new visit, find it and look at it; the answer is what came
/// of each, and what people see of the ticket.
pub(crate) async fn keep(
    bench: &Bench,
    call: Call,
    draft: &Draft,
) -> (Result<Value, CallError>, Left) {
    let Some(target) = &bench.subject.target else {
        return (Ok(Value::Null), Left::default());
    };
    let system = System::visit(bench, target);
    let mut draft = draft.clone();
    if target.is_scarce() {
        // Tickets of other visits are there still.
        name(&mut draft, &system.correlation_id());
    }
    let may_make = bench.ledger.may_make(&draft.correlation_id);
    let way = system.egress(bench);
    if let Err(why) = &way {
        let told = format!("{} nothing can be reached: {why}", target.at());
        bench.ledger.disturb(Objection::Inconclusive(told));
    }
    let call = Call {
        // Without a way every request is denied.
        egress: way.ok().filter(|_| may_make),
        ..call
    };
    let mut run = match bench.ticketing(&call).await {
        Ok(run) => run,
        Err(error) => return (Err(error), Left::default()),
    };
    let kept = kept(&mut run, bench, &draft).await;
    let left = (run.log(), run.report(), run.refused().to_vec());
    let mut answer = match kept {
        Ok(answer) => answer,
        Err(error) => return (Err(error), left),
    };
    if target.has_people() {
        match system
            .tickets(std::slice::from_ref(&draft.correlation_id))
            .await
        {
            Ok(tickets) => {
                let seen = tickets.iter();
                let seen = seen.map(|seen| json!([seen.title, seen.description]));
                answer[SEEN] = seen.collect();
            }
            Err(objection) => bench.ledger.disturb(objection),
        }
    }
    (Ok(answer), left)
}

/// Gives a draft another correlation id, wherever it stands as such.
fn name(draft: &mut Draft, correlation_id: &str) {
    for (name, value) in &mut draft.facts {
        if name == "correlation-id" && *value == draft.correlation_id {
            correlation_id.clone_into(value);
        }
    }
    correlation_id.clone_into(&mut draft.correlation_id);
}

async fn kept(run: &mut TicketingRun, bench: &Bench, draft: &Draft) -> Result<Value, CallError> {
    let ticket = run.create(draft).await?;
    bench.ledger.has_made(&draft.correlation_id, &ticket);
    let found = run.find(&draft.correlation_id).await?;
    let conditions = run.status(std::slice::from_ref(&ticket.reference)).await?;
    if !bench.is_scarce() {
        return Ok(json!({
            "ticket": format!("{ticket:?}"),
            "found": format!("{found:?}"),
            "conditions": format!("{conditions:?}"),
        }));
    }
    // Numbers and times differ from one ticket to another.
    let found = found.iter();
    let found = found.map(|found| {
        [
            found.ticket == ticket,
            found.correlation_id == draft.correlation_id,
        ]
    });
    let conditions = conditions.iter().map(|condition| match condition {
        Condition::Progress(progress) => json!([
            progress.status,
            progress.resolution,
            format!("{:?}", progress.class),
            progress.assignee,
            progress.note,
        ]),
        other => format!("{other:?}").into(),
    });
    Ok(json!({
        "found": found.map(|both| json!(both)).collect::<Value>(),
        "conditions": conditions.collect::<Value>(),
    }))
}
