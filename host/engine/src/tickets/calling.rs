//! Calls to the component that keeps tickets, and what their failures mean.

use std::time::Duration;

use provisor_model::{TicketClass, TicketPlace, TicketProgress, Trouble};
use provisor_sandbox::{
    CallError, CallErrorKind, Class, Condition, Draft, FailureKind, Found, Traits, Withdrawal,
};

use crate::components::Bound;

/// Why a call failed, and what that says about the system.
#[derive(Debug)]
pub(super) struct Failed {
    /// What it means for the ticket.
    pub trouble: Trouble,
    /// Whether every other call would fail as well.
    pub of_system: bool,
    /// Whether the system does not accept our credentials.
    pub refused: bool,
}

/// How the system behaves.
pub(super) async fn behaviour(bound: &Bound) -> Result<Traits, Failed> {
    let mut run = start(bound).await?;
    run.behaviour().await.map_err(|error| failed(&error, 0))
}

/// Makes a ticket.
pub(super) async fn create(bound: &Bound, draft: &Draft) -> Result<TicketPlace, Failed> {
    let mut run = start(bound).await?;
    match run.create(draft).await {
        Ok(ticket) => Ok(place(ticket)),
        Err(error) => Err(failed(&error, run.report().http.changing)),
    }
}

/// Looks for tickets with this correlation id. What carries another one is ignored.
pub(super) async fn find(bound: &Bound, correlation: &str) -> Result<Vec<TicketPlace>, Failed> {
    let mut run = start(bound).await?;
    let found = run.find(correlation).await;
    let found: Vec<Found> = found.map_err(|error| failed(&error, 0))?;
    let mut places: Vec<TicketPlace> = Vec::new();
    for one in found {
        let place = place(one.ticket);
        let known = places
            .iter()
            .any(|known| known.reference == place.reference);
        if one.correlation_id == correlation && !known {
            places.push(place);
        }
    }
    Ok(places)
}

/// Looks how tickets stand.
pub(super) async fn status(bound: &Bound, references: &[String]) -> Result<Vec<Condition>, Failed> {
    let mut run = start(bound).await?;
    run.status(references)
        .await
        .map_err(|error| failed(&error, 0))
}

/// Takes a ticket back.
pub(super) async fn withdraw(
    bound: &Bound,
    reference: &str,
    reason: &str,
) -> Result<Withdrawal, Failed> {
    let mut run = start(bound).await?;
    match run.withdraw(reference, reason).await {
        Ok(withdrawal) => Ok(withdrawal),
        Err(error) => Err(failed(&error, run.report().http.changing)),
    }
}

/// Says something in a ticket.
pub(super) async fn comment(bound: &Bound, reference: &str, text: &str) -> Result<(), Failed> {
    let mut run = start(bound).await?;
    let text = [provisor_sandbox::Block::Paragraph(vec![text.into()])];
    match run.comment(reference, &text).await {
        Ok(()) => Ok(()),
        Err(error) => Err(failed(&error, run.report().http.changing)),
    }
}

async fn start(bound: &Bound) -> Result<provisor_sandbox::TicketingRun, Failed> {
    let ticketing = bound.component.ticketing().map_err(CallError::from);
    let ticketing = ticketing.map_err(|error| failed(&error, 0))?;
    ticketing
        .start(&bound.call)
        .await
        .map_err(|error| failed(&error, 0))
}

/// What a failure means. `changing` is how many requests were sent that can change something: a
/// component may say that nothing was done, and be believed only as far as that fits.
fn failed(error: &CallError, changing: u64) -> Failed {
    let mut message = error.to_string();
    let CallErrorKind::Failure(failure) = &error.kind else {
        // The host stopped it, or it broke down: whatever it had sent by then may be done.
        return Failed {
            trouble: Trouble {
                message,
                certain: changing == 0,
                hopeless: false,
                retry_after: None,
            },
            of_system: true,
            refused: false,
        };
    };
    // A component does not know with what the host lets it in.
    if failure.kind == FailureKind::Unauthorized
        && !["credential", "password", "grant"]
            .iter()
            .any(|known| message.contains(known))
    {
        message
            .push_str("; look at the `credential` of its reach, and at what that account may do");
    }
    // One request that was answered with a refusal did nothing. Of several, the first may have.
    let answered = changing <= 1;
    let (certain, hopeless, of_system) = match failure.kind {
        FailureKind::Rejected => (answered, answered, false),
        FailureKind::Configuration | FailureKind::Unsupported | FailureKind::NotFound => {
            (answered, false, false)
        }
        FailureKind::Unauthorized | FailureKind::Unavailable | FailureKind::RateLimited => {
            (answered, false, true)
        }
        // It clashes with what is there: perhaps with the very ticket.
        FailureKind::Conflict | FailureKind::Malformed => (changing == 0, false, false),
        FailureKind::Ambiguous => (false, false, true),
    };
    Failed {
        trouble: Trouble {
            message,
            certain,
            hopeless,
            retry_after: failure.retry_after,
        },
        of_system,
        refused: failure.kind == FailureKind::Unauthorized,
    }
}

pub(super) fn place(ticket: provisor_sandbox::Ticket) -> TicketPlace {
    TicketPlace {
        reference: ticket.reference,
        number: ticket.number,
        url: ticket.url,
    }
}

pub(super) fn progress(progress: provisor_sandbox::Progress) -> TicketProgress {
    // The sandbox lets nothing else pass than what can be read.
    let at = |text: Option<String>| text.and_then(|text| text.parse().ok());
    TicketProgress {
        status: progress.status,
        resolution: progress.resolution,
        class: match progress.class {
            Class::Open => TicketClass::Open,
            Class::InProgress => TicketClass::InProgress,
            Class::Done => TicketClass::Done,
            Class::Refused => TicketClass::Refused,
            Class::Cancelled => TicketClass::Cancelled,
            Class::Unknown => TicketClass::Unknown,
        },
        updated_at: at(progress.updated_at),
        closed_at: at(progress.closed_at),
        assignee: progress.assignee,
        note: progress.note,
    }
}

/// What is assumed of a system that cannot say how it behaves.
pub(super) const CAUTIOUS: Traits = Traits {
    batch: 1,
    search_lag: Duration::from_secs(10 * 60),
    comments: false,
    withdraws: false,
    receives: false,
};
