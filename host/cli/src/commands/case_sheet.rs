//! One case as its operator sees it: what has to be done, why, how, and how to close it.

use provisor::model::{Case, CaseState, OperationState, Ticket, TicketState};
use provisor::{CaseView, OperationView};

use super::case::priority;
use super::drift::drift_cells;
use super::operation::change_rows;
use crate::output::{Output, Tone, plain};

/// Shows what has to be done, why, and how to close it.
pub fn show(view: &CaseView, output: &Output) -> anyhow::Result<()> {
    let case = &view.case;
    output.line(format!(
        "{}: {}",
        output.paint(Tone::Strong, case.id.to_string()),
        plain(&view.title)
    ))?;
    let operators: Vec<_> = case.operators.iter().map(ToString::to_string).collect();
    for (label, text) in [
        ("for", Some(operators.join(", "))),
        ("priority", Some(priority(case.priority, output))),
        ("due", case.due.map(|due| due.to_string())),
        ("opened", Some(case.opened_at.to_string())),
        ("ticket", view.ticket.as_ref().map(whereabouts)),
        ("link", view.ticket.as_ref().and_then(link)),
        ("with", case.claimed_by.as_ref().map(ToString::to_string)),
        (
            "closed",
            case.closed_at
                .map(|at| match (&case.closed_by, &case.ticket_system) {
                    (Some(by), _) => format!("{at} by {by}"),
                    (None, Some(system)) if closed_there(view) => format!("{at} in {system}"),
                    (None, _) => format!("{at}, because an export shows it"),
                }),
        ),
    ] {
        if let Some(text) = text {
            output.line(format!("  {label:<9} {text}"))?;
        }
    }
    let ticket = view.ticket.as_ref();
    if let Some(attention) = ticket.and_then(|ticket| ticket.attention.as_ref()) {
        output.sentence(2, Tone::Warning, "look at it:", attention)?;
    }
    for (place, attachment) in case.attachments.iter().enumerate() {
        let label = if place == 0 { "evidence" } else { "" };
        let text = format!(
            "{}: {} ({}, {} bytes) by {} at {}",
            place + 1,
            attachment.name,
            attachment.media_type,
            attachment.size,
            attachment.by,
            attachment.at
        );
        output.line(format!("  {label:<9} {}", plain(&text)))?;
    }
    if let Some(follow_up) = &view.follow_up {
        output.line("")?;
        output.sentence(0, Tone::Warning, "again, because", follow_up)?;
    }
    if !view.drift.is_empty() {
        output.line("")?;
        let rows = view
            .drift
            .iter()
            .map(|drift| {
                let [what, expected, observed] = drift_cells(drift);
                vec![
                    format!("  {what}"),
                    expected,
                    observed,
                    format!("{} ({})", drift.since, drift.export),
                ]
            })
            .collect();
        output.table(&["  what", "wanted", "is", "since"], rows, "")?;
    }
    for operation in &view.work {
        output.line("")?;
        let requester = operation.requester.as_ref();
        output.line(format!(
            "{} ({}){}",
            operation.kind,
            operation.id,
            requester.map_or(String::new(), |by| format!(", asked for by {by}"))
        ))?;
        output.table(
            &["  attribute", "now", "wanted", ""],
            change_rows(operation)
                .into_iter()
                .map(|mut row| {
                    row[0] = format!("  {}", row[0]);
                    row
                })
                .collect(),
            "  the whole account",
        )?;
    }
    let instructions = match case.state {
        CaseState::Open => view.instructions.as_slice(),
        CaseState::Closed => &[],
    };
    for instruction in instructions {
        output.line(format!(
            "\n{}",
            output.paint(Tone::Strong, format!("How to {}", instruction.about))
        ))?;
        for line in instruction.text.trim_end().lines() {
            output.line(format!("  {}", plain(line.trim_end())))?;
        }
    }
    if let Some(secrets) = view
        .secrets
        .as_ref()
        .filter(|_| case.state == CaseState::Open)
    {
        output.line("")?;
        output.sentence(0, Tone::Strong, "password:", secrets)?;
    }
    for operation in view.work.iter().filter(|one| one.case == Some(case.id)) {
        let Some(ended) = outcome(operation) else {
            continue;
        };
        output.line(format!("\n{} {}", operation.id, plain(&ended)))?;
    }
    if case.state == CaseState::Open {
        output.line("")?;
        show_ways_out(case, output)?;
    }
    Ok(())
}

/// What can be typed next about a case that is open.
fn show_ways_out(case: &Case, output: &Output) -> anyhow::Result<()> {
    let id = case.id;
    if let Some(system) = &case.ticket_system {
        return output.line(format!(
            "Its work is done in {system}.\n\
             How it stands:  provisor ticket show {id}\n\
             Do it here:     provisor ticket take-over {id} --as YOU --reason '…'"
        ));
    }
    if case.by_another {
        output.line("Somebody must close it whom it is not about and who did not ask for it.")?;
    }
    if case.require_evidence && case.attachments.is_empty() {
        output.line(format!(
            "Evidence first: provisor case attach {id} FILE --as YOU"
        ))?;
    }
    if case.question.is_some() {
        return output.line(format!(
            "Set it right:   provisor case answer {id} --fix --as YOU --reason '…'\n\
             Let it stay:    provisor case answer {id} --keep --as YOU --reason '…'\n\
             With --attribute NAME for one of several."
        ));
    }
    let note = if case.require_note {
        " --note '…'"
    } else {
        ""
    };
    output.line(format!(
        "Done:           provisor case done {id} --as YOU{note}\n\
         Another value:  provisor case done {id} --as YOU --set NAME=VALUE{note}\n\
         Not possible:   provisor case not-possible {id} --as YOU --reason '…'"
    ))
}

/// Where the ticket of a case is, and how it stands.
fn whereabouts(ticket: &Ticket) -> String {
    let system = &ticket.system;
    let number = ticket.place.as_ref().map(|place| place.number.as_str());
    plain(&match (ticket.state, number) {
        (TicketState::GivenUp, None) => format!("none in {system}: the work is done here"),
        (TicketState::GivenUp, Some(number)) => {
            format!("{number} in {system}, which nobody here looks at: the work is done here")
        }
        (TicketState::Ended, None) => format!("none in {system}: it was not wanted any more"),
        (_, None) => format!("to be made in {system}"),
        (_, Some(number)) => match &ticket.progress {
            Some(progress) => format!("{number} in {system}, where it is {}", progress.status),
            None => format!("{number} in {system}"),
        },
    })
}

/// Whether a closed case was closed because of what became of its ticket.
fn closed_there(view: &CaseView) -> bool {
    let ended = |ticket: &Ticket| ticket.closed_at.is_some();
    let cancelled = |one: &OperationView| one.state == OperationState::Cancelled;
    view.ticket.as_ref().is_some_and(ended) || view.work.iter().all(cancelled)
}

fn link(ticket: &Ticket) -> Option<String> {
    let place = ticket.place.as_ref()?;
    place.url.as_deref().map(plain)
}

/// What became of an operation; nothing while somebody still has to do something.
fn outcome(operation: &OperationView) -> Option<String> {
    if operation.state == OperationState::Open {
        return None;
    }
    let mut text = format!("is {}", operation.state);
    if let Some(reason) = &operation.reason {
        text.push_str(&format!(" ({reason})"));
    }
    for (name, reason) in &operation.refused {
        text.push_str(&format!("; {name} could not be set ({reason})"));
    }
    for (name, values) in &operation.reported {
        text.push_str(&format!("; {name} was set to {values}"));
    }
    Some(text)
}
