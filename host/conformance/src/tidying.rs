//! What a run has made in a live system is withdrawn at its end, where somebody can.

use provisor_sandbox::{Call, Class, Condition, Ticket, TicketingRun, Withdrawal};
use provisor_simulated::Action;

use crate::bench::Bench;
use crate::ledger::Made;
use crate::system::System;
use crate::target::Target;
use crate::work::Conditions;

/// Why.
const REASON: &str = "This was a trial of the conformance suite.";

/// Withdraws the tickets of a run at a live system: those that the component has told when it made
/// them, and those that people see under a correlation id of the run. What a search of the component
/// finds is left alone, for it may be somebody else's. The correlation ids of those that are left
/// open, or of which nobody can say.
pub(crate) async fn tidy(bench: &Bench) -> Vec<String> {
    let Some(target @ Target::Live(_)) = &bench.subject.target else {
        return Vec::new();
    };
    bench.ledger.close();
    let mut left = Vec::new();
    for made in bench.ledger.made() {
        let mut all = true;
        for ticket in &made.tickets {
            all &= is_withdrawn(bench, target, ticket).await;
        }
        all &= match target.has_people() {
            true => are_withdrawn(&System::visit(bench, target), &made).await,
            false => made.tickets.len() == made.times as usize,
        };
        if !all {
            left.push(made.correlation_id);
        }
    }
    left
}

/// A visit for each ticket: what a component has used up for one is not counted for another.
async fn is_withdrawn(bench: &Bench, target: &Target, ticket: &Ticket) -> bool {
    let system = System::visit(bench, target);
    let call = Call {
        egress: system.egress(bench).ok(),
        ..bench.call(&Conditions::default())
    };
    let Ok(mut run) = bench.ticketing(&call).await else {
        return false;
    };
    is_over(&mut run, &ticket.reference).await
        || by_component(&mut run, &ticket.reference).await
        || by_people(&system, &ticket.number).await
}

/// Those of which the component has told nothing.
async fn are_withdrawn(system: &System, made: &Made) -> bool {
    let ids = std::slice::from_ref(&made.correlation_id);
    let Ok(seen) = system.tickets(ids).await else {
        return false;
    };
    let mut all = true;
    for seen in seen {
        let is_known = made.tickets.iter().any(|it| it.number == seen.number);
        let is_ours = seen.correlation_id == made.correlation_id;
        all &= is_known || !is_ours || by_people(system, &seen.number).await;
    }
    all
}

async fn is_over(run: &mut TicketingRun, reference: &str) -> bool {
    let asked = run.status(&[reference.to_owned()]).await;
    match asked.as_deref() {
        Ok([Condition::Gone]) => true,
        Ok([Condition::Progress(progress)]) => matches!(
            progress.class,
            Class::Done | Class::Refused | Class::Cancelled
        ),
        _ => false,
    }
}

async fn by_component(run: &mut TicketingRun, reference: &str) -> bool {
    let answer = run.withdraw(reference, REASON).await;
    matches!(answer, Ok(Withdrawal::Withdrawn))
}

async fn by_people(system: &System, number: &str) -> bool {
    let note = || REASON.to_owned();
    // Not every system can say that a ticket is not wanted any more.
    for action in [
        Action::Cancel { note: note() },
        Action::Refuse { note: note() },
    ] {
        if let Ok(true) = system.act(number, &action).await {
            return true;
        }
    }
    false
}
