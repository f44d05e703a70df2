//! Everything that can be seen of a host in the end, but for times and for numbers that depend on
//! which of several tickets was made first.

use std::path::Path;

use provisor::ManualClock;
use provisor::OperationQuery;
use provisor::model::Timestamp;
use provisor::store::{AccountFilter, CaseFilter, HistoryFilter, TicketFilter};
use provisor_simulated::Seen;
use provisor_tests::world;

const ALL: usize = 100_000;

/// One line for each thing.
pub async fn of(folder: &Path, now: Timestamp, there: &[Seen]) -> Vec<String> {
    let host = world::open(folder, &ManualClock::at(now))
        .await
        .expect("the host opens");
    let mut lines = Vec::new();
    let accounts = host.accounts(&AccountFilter {
        limit: ALL,
        ..AccountFilter::default()
    });
    for account in accounts.expect("listed") {
        let mut view = host.account_by_id(account.id).expect("there");
        // They come below, whenever they ended.
        view.operations.clear();
        lines.push(format!("{view:?}"));
        let events = host.history(&HistoryFilter {
            account: Some(account.id),
            limit: ALL,
            ..HistoryFilter::default()
        });
        lines.extend(events.expect("listed").into_iter().map(|entry| {
            format!(
                "{} by {}: {:?}",
                account.identifier, entry.actor, entry.event
            )
        }));
    }
    let operations = host.operations(&OperationQuery {
        history: true,
        limit: ALL,
        ..OperationQuery::default()
    });
    lines.extend(
        operations
            .expect("listed")
            .iter()
            .map(|one| format!("{one:?}")),
    );
    let cases = host.cases(&CaseFilter {
        limit: ALL,
        ..CaseFilter::default()
    });
    lines.extend(
        cases
            .expect("listed")
            .iter()
            .map(|view| format!("{:?}", view.case)),
    );
    let tickets = host.tickets(&TicketFilter {
        limit: ALL,
        ..TicketFilter::default()
    });
    let mut names = Vec::new();
    for ticket in tickets.expect("listed") {
        let looked_at = ticket.progress.as_ref().filter(|_| ticket.is_watched());
        let status = looked_at.map(|it| (&it.status, it.class));
        lines.push(format!(
            "ticket of {}: {:?} {status:?} {:?} {:?}",
            ticket.case, ticket.state, ticket.attention, ticket.taking_back
        ));
        let seen = there
            .iter()
            .find(|seen| seen.correlation_id == ticket.correlation.as_str());
        if let Some(seen) = seen {
            // What is said in it may be said twice, or never where that answer was lost.
            lines.push(format!(
                "there, of {}: {} {}",
                ticket.case, seen.title, seen.status
            ));
        }
        names.push((
            ticket.correlation.to_string(),
            format!("ID of {}", ticket.case),
        ));
        if let Some(place) = ticket.place {
            names.push((place.number, format!("NUMBER of {}", ticket.case)));
        }
    }
    // A number may begin like another one.
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for line in &mut lines {
        for (name, placeholder) in &names {
            *line = line.replace(name, placeholder);
        }
        // An export whose taking nobody acknowledged is taken once more, and is another one.
        *line = without_times(line);
        for word in ["export-", "ExportId("] {
            *line = without_counts(line, word);
        }
    }
    lines
}

/// The text with every moment written in the same way.
fn without_times(text: &str) -> String {
    let (mut found, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("20") {
        let (before, from) = rest.split_at(at);
        found.push_str(before);
        let is_time = from.get(4..5) == Some("-") && from.get(10..11) == Some("T");
        match from.find('Z').filter(|_| is_time) {
            Some(end) => {
                found.push_str("TIME");
                rest = &from[end + 1..];
            }
            None => {
                found.push_str("20");
                rest = &from[2..];
            }
        }
    }
    found + rest
}

/// The text without the digits that follow a word.
fn without_counts(text: &str, word: &str) -> String {
    let mut parts = text.split(word);
    let mut found = parts.next().unwrap_or("").to_owned();
    for part in parts {
        found.push_str(word);
        found.push_str(part.trim_start_matches(|one: char| one.is_ascii_digit()));
    }
    found
}

#[test]
fn moments_and_numbers_of_exports_are_left_out() {
    let text = "a 2026-03-02T08:00:20Z, 20 of export-20 at 2026-03-02T08:00:00.5Z";
    let found = without_counts(&without_times(text), "export-");
    assert_eq!(found, "a TIME, 20 of export- at TIME");
}
