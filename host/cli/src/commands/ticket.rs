//! `provisor ticket`

use std::process::ExitCode;

use provisor::Host;
use provisor::model::{CaseId, OperationId, Task, Ticket, TicketState, TicketSystem, Timestamp};
use provisor::sandbox::{Block, Draft, Finding, Span};
use provisor::store::TicketFilter;
use serde_json::{Value, json};

use crate::arguments::TicketCommand;
use crate::output::{Output, Tone, plain};
use crate::table::Rows;

pub async fn run(
    host: &Host,
    command: &TicketCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        TicketCommand::List {
            system,
            resource,
            state,
            attention,
            limit,
        } => {
            let tickets = host.tickets(&TicketFilter {
                system: system.clone(),
                resource: resource.clone(),
                state: *state,
                attention: *attention,
                after: None,
                limit: *limit,
            })?;
            let systems = host.ticket_systems()?;
            if output.is_json() {
                output.json(&json!({"tickets": tickets, "systems": systems}))?;
            } else {
                list(host, &tickets, output)?;
                list_systems(host, &systems, output)?;
            }
        }
        TicketCommand::Show { ticket } => {
            let ticket = host.ticket_named(ticket)?;
            if output.is_json() {
                output.json(&ticket)?;
            } else {
                show(host, &ticket, output)?;
            }
        }
        TicketCommand::Preview { work } => {
            let draft = if work.starts_with("op-") {
                let operation = work.parse::<OperationId>()?;
                match host.operation(operation)?.case {
                    Some(case) => host.preview_ticket(case)?,
                    None => host.preview_operation(operation)?,
                }
            } else if let Ok(case) = work.parse::<CaseId>() {
                host.preview_ticket(case)?
            } else {
                host.preview_ticket(host.ticket_named(work)?.case)?
            };
            if output.is_json() {
                output.json(&draft_json(&draft))?;
            } else {
                preview(&draft, output)?;
            }
        }
        TicketCommand::Check { resource } => {
            let asking = host.check_tickets(resource);
            let findings = output.watched("asking the ticket system", asking).await?;
            return check(&findings, output);
        }
        TicketCommand::TakeOver {
            ticket,
            person,
            reason,
        } => {
            let ticket = host.ticket_named(ticket)?;
            let ticket = host.take_over_ticket(ticket.case, person, reason).await?;
            answer(&ticket, &taken_over(&ticket), output)?;
        }
        TicketCommand::Hurry { ticket } => {
            let ticket = host.ticket_named(ticket)?;
            let ticket = host.hurry_ticket(ticket.case).await?;
            let text = match &ticket.place {
                Some(place) => {
                    format!(
                        "{} is looked at with the next `provisor run`.",
                        place.number
                    )
                }
                None => format!(
                    "The next `provisor run` tries again to make the ticket of {}.",
                    ticket.case
                ),
            };
            answer(&ticket, &text, output)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn taken_over(ticket: &Ticket) -> String {
    let Ticket { case, system, .. } = ticket;
    let here = format!("{case} is a case of your own operators now");
    match (&ticket.place, &ticket.attention) {
        (Some(place), _) => {
            let number = &place.number;
            format!("{here}. Close {number} in {system}: nobody here looks at it any more.")
        }
        (None, Some(attention)) => format!("{here}. But {attention}."),
        (None, None) => format!("{here}; there is no ticket in {system}."),
    }
}

fn answer(ticket: &Ticket, text: &str, output: &Output) -> anyhow::Result<()> {
    match output.is_json() {
        true => output.json(ticket),
        false => output.line(plain(text)),
    }
}

/// A row for each ticket.
pub fn list(host: &Host, tickets: &[Ticket], output: &Output) -> anyhow::Result<()> {
    let cells = tickets
        .iter()
        .map(|ticket| {
            let progress = ticket.progress.as_ref();
            let status = progress.map_or("-", |it| it.status.as_str());
            let means = progress.map_or("-", |it| it.class.as_str());
            vec![
                plain(ticket.name()),
                ticket.system.to_string(),
                ticket.case.to_string(),
                ticket.resource.to_string(),
                state(ticket, output),
                plain(status),
                means.to_owned(),
                ticket.opened_at.map_or("-".to_owned(), |at| at.to_string()),
            ]
        })
        .collect();
    let remarks = tickets.iter().map(|ticket| {
        let remark = ticket
            .attention
            .clone()
            .or_else(|| lost(host, ticket))
            .or_else(|| ticket.problem.clone());
        plain(&remark.unwrap_or_default())
    });
    let rows = Rows {
        headings: &[
            "ticket", "system", "case", "resource", "state", "status", "means", "made",
        ],
        cells,
        remarks: Some(("to look at", remarks.collect())),
    };
    output.rows(&rows, "There is no ticket.")
}

/// Why nobody works on a ticket although its work is not over.
fn lost(host: &Host, ticket: &Ticket) -> Option<String> {
    let Ticket { system, case, .. } = ticket;
    let known = host.configuration().ticket_systems.contains_key(system);
    (ticket.is_watched() && !known).then(|| {
        format!(
            "the configuration has no ticket system {system} any more: take its work over with \
             `provisor ticket take-over {case}`"
        )
    })
}

fn list_systems(host: &Host, systems: &[TicketSystem], output: &Output) -> anyhow::Result<()> {
    for system in systems {
        let paused = system.is_paused(host.now());
        let Some(problem) = &system.problem else {
            continue;
        };
        let until = system
            .paused_until
            .filter(|_| paused)
            .map_or(String::new(), |at| format!(" (nobody calls it until {at})"));
        output.line("")?;
        output.sentence(
            0,
            Tone::Warning,
            &format!("{}:", system.name),
            &format!("{problem}{until}"),
        )?;
    }
    Ok(())
}

fn state(ticket: &Ticket, output: &Output) -> String {
    let name = ticket.state.as_str();
    match ticket.state {
        _ if ticket.attention.is_some() => output.paint(Tone::Warning, name),
        TicketState::Creating if ticket.problem.is_some() => output.paint(Tone::Warning, name),
        TicketState::GivenUp => output.paint(Tone::Bad, name),
        _ => name.to_owned(),
    }
}

fn show(host: &Host, ticket: &Ticket, output: &Output) -> anyhow::Result<()> {
    let title = host.case(ticket.case)?.title;
    output.line(format!(
        "{}: {}",
        output.paint(Tone::Strong, plain(ticket.name())),
        plain(&title)
    ))?;
    let progress = ticket.progress.as_ref();
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let facts = [
        ("system", Some(ticket.system.to_string())),
        (
            "link",
            ticket
                .place
                .as_ref()
                .and_then(|place| place.url.as_deref())
                .map(one_line),
        ),
        ("case", Some(ticket.case.to_string())),
        ("id", Some(ticket.correlation.to_string())),
        ("state", Some(state(ticket, output))),
        (
            "status",
            progress.map(|it| match &it.resolution {
                Some(resolution) => one_line(&format!("{} / {resolution}", it.status)),
                None => one_line(&it.status),
            }),
        ),
        ("means", progress.map(|it| it.class.as_str().to_owned())),
        (
            "with",
            progress.and_then(|it| it.assignee.as_deref()).map(one_line),
        ),
        (
            "note",
            progress.and_then(|it| it.note.as_deref()).map(one_line),
        ),
        ("intended", Some(ticket.intended_at.to_string())),
        ("tries", Some(ticket.attempts.to_string())),
        ("made", at(ticket.opened_at)),
        ("looked at", at(ticket.looked_at)),
        ("closed", at(ticket.closed_at)),
        ("next", next(ticket)),
    ];
    for (label, text) in facts {
        if let Some(text) = text {
            output.line(format!("  {label:<9} {text}"))?;
        }
    }
    if let Some(taking_back) = &ticket.taking_back {
        let text = match &taking_back.refused {
            None => format!("it is taken back, since {}", taking_back.reason),
            Some(why) => format!("it could not be taken back: {why}"),
        };
        output.sentence(2, Tone::Strong, "wanted:", &text)?;
    }
    if let Some(problem) = &ticket.problem {
        output.sentence(2, Tone::Warning, "problem:", problem)?;
    }
    if let Some(attention) = &ticket.attention {
        output.sentence(2, Tone::Warning, "look at it:", attention)?;
    }
    if let Some(lost) = lost(host, ticket) {
        output.sentence(2, Tone::Warning, "look at it:", &lost)?;
    }
    Ok(())
}

/// What somebody wrote in another system, in one line.
fn one_line(text: &str) -> String {
    plain(&text.replace('\n', " "))
}

/// Looks are spread over time by less than a second, which nobody needs to know.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis().div_euclid(1000) * 1000)
}

/// What is done about it next, and when.
fn next(ticket: &Ticket) -> Option<String> {
    let what = match ticket.task()? {
        Task::Create => "it is made",
        Task::Find => "it is looked for, since nobody knows whether it was made",
        Task::Withdraw => "it is taken back",
        Task::Comment => "something is said in it",
        Task::Look => "its status is asked for",
    };
    Some(format!("{}: {what}", whole_second(ticket.look_at)))
}

fn check(findings: &[Finding], output: &Output) -> anyhow::Result<ExitCode> {
    let bad = findings.iter().filter(|finding| !finding.good).count();
    if output.is_json() {
        let all: Vec<Value> = findings
            .iter()
            .map(|it| json!({"good": it.good, "subject": it.subject, "message": it.message}))
            .collect();
        output.json(&all)?;
    } else {
        for finding in findings {
            let (tone, word) = match finding.good {
                true => (Tone::Good, "good"),
                false => (Tone::Bad, "bad "),
            };
            output.sentence(
                0,
                tone,
                word,
                &format!("{}: {}", finding.subject, finding.message),
            )?;
        }
        output.line(match bad {
            0 if findings.is_empty() => {
                "The component has nothing to say about the ticket system.".to_owned()
            }
            0 => "\nEverything is there that tickets need.".to_owned(),
            1 => "\nOne thing is not as it should be.".to_owned(),
            several => format!("\n{several} things are not as they should be."),
        })?;
    }
    Ok(ExitCode::from(u8::from(bad > 0)))
}

fn preview(draft: &Draft, output: &Output) -> anyhow::Result<()> {
    output.line(output.paint(Tone::Strong, plain(&draft.title)))?;
    for block in &draft.description {
        output.line("")?;
        match block {
            Block::Heading(text) => output.line(output.paint(Tone::Strong, plain(text)))?,
            Block::Paragraph(spans) => output.sentence(0, Tone::Strong, "", &text(spans))?,
            Block::Bullets(items) => {
                for item in items {
                    output.line(format!("* {}", plain(&text(item))))?;
                }
            }
            Block::Steps(items) => {
                for (place, item) in items.iter().enumerate() {
                    output.line(format!("{}. {}", place + 1, plain(&text(item))))?;
                }
            }
            Block::Table(grid) => {
                let head: Vec<&str> = grid.head.iter().map(String::as_str).collect();
                let rows = grid
                    .rows
                    .iter()
                    .map(|row| row.iter().map(|cell| plain(cell)).collect())
                    .collect();
                output.table(&head, rows, "")?;
            }
        }
    }
    output.line(format!(
        "\n{}",
        output.paint(Tone::Strong, "Facts for fields of your site")
    ))?;
    let rows = draft
        .facts
        .iter()
        .map(|(name, value)| vec![format!("{{{name}}}"), plain(value)])
        .collect();
    output.table(&["name", "value"], rows, "")
}

fn text(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

fn draft_json(draft: &Draft) -> Value {
    let spans = |spans: &[Span]| -> Vec<Value> {
        spans
            .iter()
            .map(|it| json!({"text": it.text, "strong": it.strong, "link": it.link}))
            .collect()
    };
    let items =
        |items: &[Vec<Span>]| -> Vec<Vec<Value>> { items.iter().map(|item| spans(item)).collect() };
    let blocks: Vec<Value> = draft
        .description
        .iter()
        .map(|block| match block {
            Block::Heading(text) => json!({"heading": text}),
            Block::Paragraph(all) => json!({"paragraph": spans(all)}),
            Block::Bullets(all) => json!({"bullets": items(all)}),
            Block::Steps(all) => json!({"steps": items(all)}),
            Block::Table(grid) => json!({"table": {"head": grid.head, "rows": grid.rows}}),
        })
        .collect();
    let facts: serde_json::Map<String, Value> = draft
        .facts
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({
        "correlation-id": draft.correlation_id,
        "title": draft.title,
        "description": blocks,
        "due": draft.due,
        "follow-up-of": draft.follow_up_of.as_ref().map(|it| &it.number),
        "facts": facts,
    })
}
