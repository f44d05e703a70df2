//! `provisor notification`

use std::process::ExitCode;

use provisor::model::{Delivery, DeliveryState, NotificationId};
use provisor::store::NotificationFilter;
use provisor::{Host, HostError};

use crate::arguments::NotificationCommand;
use crate::output::{Output, Tone, plain};
use crate::table::Rows;

pub async fn run(
    host: &Host,
    command: &NotificationCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        NotificationCommand::List {
            sink,
            resource,
            state,
            limit,
        } => {
            let resource = match resource {
                Some(name) => Some(host.resource(name)?.name.clone()),
                None => None,
            };
            let filter = NotificationFilter {
                sink: sink.clone(),
                resource,
                state: *state,
                after: None,
                limit: *limit,
            };
            let notifications = host.notifications(&filter)?;
            if output.is_json() {
                output.json(&notifications)?;
            } else {
                list(host, &notifications, output)?;
            }
        }
        NotificationCommand::Show { notification } => {
            let delivery = host.notification(*notification)?;
            show(host, &delivery, output)?;
        }
        NotificationCommand::Retry { notifications } => {
            let mut results = Vec::with_capacity(notifications.len());
            for id in notifications {
                results.push((*id, host.retry_notification(*id).await));
            }
            return answer(&results, "is sent with the next `provisor run`.", output);
        }
        NotificationCommand::Discard {
            notifications,
            person,
        } => {
            let mut results = Vec::with_capacity(notifications.len());
            for id in notifications {
                results.push((*id, host.discard_notification(*id, person).await));
            }
            return answer(&results, "is not tried again.", output);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What came of each; one that failed does not stop the others.
fn answer(
    results: &[(NotificationId, Result<Delivery, HostError>)],
    done: &str,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let mut answers = Vec::with_capacity(results.len());
    for (id, result) in results {
        answers.push(match result {
            Ok(_) => serde_json::json!({"notification": id, "ok": true}),
            Err(error) => serde_json::json!({
                "notification": id, "ok": false,
                "error": {"code": error.code(), "message": error.to_string()},
            }),
        });
        if output.is_json() {
            continue;
        }
        match result {
            Ok(_) => output.line(format!("{id} {done}"))?,
            Err(error) => output.line(format!(
                "{} {}",
                output.paint(Tone::Bad, "error:"),
                plain(&error.to_string())
            ))?,
        }
    }
    if output.is_json() {
        output.json(&answers)?;
    }
    let failed = results.iter().any(|(_, result)| result.is_err());
    Ok(ExitCode::from(u8::from(failed)))
}

fn list(host: &Host, notifications: &[Delivery], output: &Output) -> anyhow::Result<()> {
    let cells = notifications
        .iter()
        .map(|delivery| {
            vec![
                delivery.id.to_string(),
                delivery.happened_at.to_string(),
                delivery.sink.to_string(),
                plain(delivery.recipient.as_deref().unwrap_or("-")),
                state(delivery, output),
                delivery.attempts.to_string(),
            ]
        })
        .collect();
    let told = notifications
        .iter()
        .map(|delivery| plain(&headline(host, delivery)));
    let rows = Rows {
        headings: &[
            "notification",
            "happened at",
            "sink",
            "to",
            "state",
            "tries",
        ],
        cells,
        remarks: Some(("what", told.collect())),
    };
    output.rows(&rows, "There is no notification.")
}

fn show(host: &Host, delivery: &Delivery, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.json(delivery);
    }
    output.line(format!(
        "{}: {}",
        output.paint(Tone::Strong, delivery.id.to_string()),
        plain(&headline(host, delivery))
    ))?;
    let kind = delivery.notification.kind();
    let to = match &delivery.recipient {
        Some(recipient) => format!("{} through {}", plain(recipient), delivery.sink),
        None => delivery.sink.to_string(),
    };
    let mut facts = vec![
        ("kind", kind.to_string()),
        ("resource", delivery.resource.to_string()),
        ("to", to),
        ("happened", delivery.happened_at.to_string()),
        ("state", state(delivery, output)),
        ("tries", delivery.attempts.to_string()),
    ];
    match (delivery.state, delivery.ended_at) {
        (DeliveryState::Waiting, _) => facts.push(("next try", delivery.next_try.to_string())),
        (_, Some(ended)) => facts.push(("since", ended.to_string())),
        _ => {}
    }
    if let Some(by) = &delivery.discarded_by {
        facts.push(("by", by.to_string()));
    }
    for (label, text) in facts {
        output.line(format!("  {label:<9} {}", text))?;
    }
    if let Some(problem) = &delivery.problem {
        output.sentence(2, Tone::Warning, "problem:", problem)?;
    }
    output.line(format!(
        "\n  {}",
        delivery.notification.command(&delivery.resource)
    ))
}

fn headline(host: &Host, delivery: &Delivery) -> String {
    let title = match host.resource(delivery.resource.as_str()) {
        Ok(resource) => resource.title.clone(),
        Err(_) => delivery.resource.to_string(),
    };
    delivery.notification.headline(&title)
}

fn state(delivery: &Delivery, output: &Output) -> String {
    let name = delivery.state.as_str();
    match delivery.state {
        DeliveryState::Delivered => output.paint(Tone::Good, name),
        DeliveryState::GivenUp => output.paint(Tone::Bad, name),
        DeliveryState::Waiting if delivery.problem.is_some() => output.paint(Tone::Warning, name),
        DeliveryState::Waiting | DeliveryState::Discarded => name.to_owned(),
    }
}
