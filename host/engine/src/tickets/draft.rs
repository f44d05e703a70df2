//! What a ticket says about the operations of its case.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::{Case, OperationKind, Priority, Ticket, Timestamp, Values};
use provisor_sandbox::{Block, Draft, Grid, Predecessor, Span};
use provisor_store::View;

use super::template::{self, Filling};
use crate::configuration::{Resource, TicketUse};
use crate::views::{CaseView, ChangeView, OperationView};
use crate::{Host, HostError};

/// What stands where there is no value.
const NOTHING: &str = "(nothing)";

/// What stands where the policy keeps a value from view.
const HIDDEN: &str = "(not shown)";

impl Host {
    /// The draft of a ticket, as it would be made now.
    pub(super) fn draft(
        &self,
        view: &View<'_>,
        ticket: &Ticket,
        resource: &Resource,
        used: &TicketUse,
    ) -> Result<Draft, HostError> {
        let case = view
            .case(ticket.case)?
            .ok_or_else(|| HostError::unknown("case", ticket.case))?;
        self.draft_of(view, case, ticket, resource, used)
    }

    /// The draft of a ticket about a case at hand.
    pub(super) fn draft_of(
        &self,
        view: &View<'_>,
        case: Case,
        ticket: &Ticket,
        resource: &Resource,
        used: &TicketUse,
    ) -> Result<Draft, HostError> {
        let predecessor = match case.follow_up_of {
            Some(before) => view.ticket(before)?.and_then(|before| before.place),
            None => None,
        };
        let predecessor = predecessor.map(|place| Predecessor {
            reference: place.reference,
            number: place.number,
        });
        let shown = self
            .view_case(view, case)?
            .ok_or_else(|| HostError::unknown("case", ticket.case))?;
        let identities = identities(view, &shown)?;
        Ok(draft(
            &shown,
            ticket,
            resource,
            used,
            predecessor,
            &identities,
        ))
    }
}

/// The attributes of identities, by what the IAM product calls them.
type Identities = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The identities that the operations of a case are about.
fn identities(view: &View<'_>, case: &CaseView) -> Result<Identities, HostError> {
    let mut identities = BTreeMap::new();
    for account in case.case.accounts() {
        let Some(id) = view.account(account)?.and_then(|account| account.identity) else {
            continue;
        };
        let attributes = view.identity(&id)?.unwrap_or_default();
        identities.insert(id.to_string(), attributes);
    }
    Ok(identities)
}

fn draft(
    case: &CaseView,
    ticket: &Ticket,
    resource: &Resource,
    used: &TicketUse,
    predecessor: Option<Predecessor>,
    identities: &Identities,
) -> Draft {
    let work: Vec<&OperationView> = case.work.iter().filter(|one| !one.withdrawn).collect();
    let kinds: BTreeSet<OperationKind> = work.iter().map(|one| one.kind).collect();
    let kind = match kinds.len() {
        1 => kinds.first().copied(),
        _ => None,
    };
    let facts = facts(
        case,
        &work,
        ticket,
        resource,
        predecessor.as_ref(),
        identities,
    );
    let filling = Filling {
        parts: parts(case, &work, ticket, predecessor.as_ref(), identities),
        facts,
    };
    let title = used.title(kind).unwrap_or(template::USUAL_TITLE);
    let text = used.text(kind).unwrap_or(template::USUAL);
    Draft {
        correlation_id: ticket.correlation.to_string(),
        title: template::line(title, &filling),
        description: template::description(text, &filling),
        priority: match case.case.priority {
            Priority::Low => provisor_sandbox::Priority::Low,
            Priority::Normal => provisor_sandbox::Priority::Normal,
            Priority::High => provisor_sandbox::Priority::High,
            Priority::Urgent => provisor_sandbox::Priority::Urgent,
        },
        due: case.case.due,
        follow_up_of: predecessor,
        facts: filling.facts.into_iter().collect(),
    }
}

fn facts(
    case: &CaseView,
    work: &[&OperationView],
    ticket: &Ticket,
    resource: &Resource,
    predecessor: Option<&Predecessor>,
    identities: &Identities,
) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            facts.insert(name.to_owned(), value);
        }
    };
    add("summary", case.title.clone());
    add(
        "account",
        joined(work.iter().map(|one| one.identifier.as_str())),
    );
    add("resource", resource.name.to_string());
    add("resource-title", case.resource_title.clone());
    add(
        "operation",
        joined(work.iter().map(|one| one.kind.as_str())),
    );
    add("identity", joined(identities.keys().map(String::as_str)));
    let requesters = work.iter().filter_map(|one| one.requester.as_ref());
    add("requester", joined(requesters.map(|name| name.as_str())));
    let first = work.iter().map(|one| one.requested_at).min();
    add(
        "requested-at",
        first.map_or(String::new(), |at| at.to_string()),
    );
    add("priority", priority(&case.case).to_owned());
    let due = case.case.due.map(|due| due.to_string()).unwrap_or_default();
    add("due-date", due.chars().take(10).collect());
    add("due", due);
    add(
        "route",
        joined(case.case.operators.iter().map(|name| name.as_str())),
    );
    add("case", case.case.id.to_string());
    add("correlation-id", ticket.correlation.to_string());
    add("system", ticket.system.to_string());
    if let Some(before) = predecessor {
        add("follow-up-of", before.number.clone());
    }
    // What several identities and accounts have cannot be told apart in one field.
    if let [(_, attributes)] = &identities.iter().collect::<Vec<_>>()[..] {
        for (name, values) in *attributes {
            add(&format!("identity.{name}"), values.join(", "));
        }
    }
    if let [operation] = work {
        for change in &operation.changes {
            if let Some(wanted) = &change.wanted {
                let values: Vec<&str> = wanted.iter().collect();
                add(&format!("wanted.{}", change.attribute), values.join(", "));
            }
        }
    }
    facts
}

fn priority(case: &Case) -> &'static str {
    match case.priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}

/// Each once, in the order in which they come.
fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(", ")
}

fn parts(
    case: &CaseView,
    work: &[&OperationView],
    ticket: &Ticket,
    predecessor: Option<&Predecessor>,
    identities: &Identities,
) -> BTreeMap<&'static str, Vec<Block>> {
    let mut parts = BTreeMap::new();
    parts.insert("follow-up", follow_up(case, predecessor));
    parts.insert("changes", changes(work));
    let mut instructions = Vec::new();
    for one in &case.instructions {
        if case.instructions.len() > 1 {
            instructions.push(paragraph(vec![strong(&one.about)]));
        }
        instructions.extend(template::markdown(&one.text));
    }
    parts.insert("instructions", instructions);
    let secrets = case.secrets.iter();
    parts.insert(
        "secrets",
        secrets
            .map(|text| paragraph(vec![text.as_str().into()]))
            .collect(),
    );
    parts.insert("who", who(case, work, identities));
    let reference = format!(
        "This ticket was made by Provisor. Please leave the id {} in it: by it the ticket is found.",
        ticket.correlation
    );
    parts.insert(
        "reference",
        vec![paragraph(vec![reference.as_str().into()])],
    );
    parts
}

fn follow_up(case: &CaseView, predecessor: Option<&Predecessor>) -> Vec<Block> {
    let Some(said) = &case.follow_up else {
        return Vec::new();
    };
    let again = match predecessor {
        Some(before) => format!("This was asked for before, in {}. ", before.number),
        None => "This was asked for before. ".to_owned(),
    };
    vec![paragraph(vec![strong(&again), said.as_str().into()])]
}

/// What changes: the attributes of one account, or a table of accounts.
fn changes(work: &[&OperationView]) -> Vec<Block> {
    match work {
        [one] => changes_of_one(one),
        several => changes_of_several(several),
    }
}

fn changes_of_one(operation: &OperationView) -> Vec<Block> {
    let account = &operation.identifier;
    let sentence = match operation.kind {
        OperationKind::Create => "Create the account ",
        OperationKind::Modify => "Change the account ",
        OperationKind::Delete => "Delete the account ",
        OperationKind::Enable => "Enable the account ",
        OperationKind::Disable => "Disable the account ",
        OperationKind::Rename => "Rename the account ",
    };
    let mut blocks = vec![paragraph(vec![
        sentence.into(),
        strong(account),
        ".".into(),
    ])];
    let creates = operation.kind == OperationKind::Create;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for change in &operation.changes {
        for [attribute, now, wanted] in lines(change) {
            rows.push(match creates {
                true => vec![attribute, wanted],
                false => vec![attribute, now, wanted],
            });
        }
    }
    if !rows.is_empty() {
        let head: &[&str] = match creates {
            true => &["Attribute", "Value"],
            false => &["Attribute", "Now", "Wanted"],
        };
        blocks.push(table(head, rows));
    }
    blocks
}

fn changes_of_several(work: &[&OperationView]) -> Vec<Block> {
    let mut rows = Vec::new();
    for operation in work {
        let (account, kind) = (&operation.identifier, operation.kind.as_str());
        let mut any = false;
        for change in &operation.changes {
            for [attribute, now, wanted] in lines(change) {
                any = true;
                rows.push(vec![
                    account.clone(),
                    kind.to_owned(),
                    attribute,
                    now,
                    wanted,
                ]);
            }
        }
        if !any {
            let nothing = String::new;
            rows.push(vec![
                account.clone(),
                kind.to_owned(),
                nothing(),
                nothing(),
                nothing(),
            ]);
        }
    }
    vec![table(
        &["Account", "What", "Attribute", "Now", "Wanted"],
        rows,
    )]
}

/// What is said of one attribute: its name, what is there now, and what should be. Of several values,
/// what comes and what goes.
fn lines(change: &ChangeView) -> Vec<[String; 3]> {
    let name = change.attribute.to_string();
    let (Some(now), Some(wanted)) = (&change.now, &change.wanted) else {
        return vec![[name, HIDDEN.to_owned(), HIDDEN.to_owned()]];
    };
    let edits: Vec<(&str, &Values)> = [("add", &change.add), ("take away", &change.remove)]
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .collect();
    if edits.is_empty() {
        return vec![[name, shown(now), shown(wanted)]];
    }
    edits
        .into_iter()
        .map(|(what, values)| [format!("{name}: {what}"), shown(now), shown(values)])
        .collect()
}

fn shown(values: &Values) -> String {
    match values.is_empty() {
        true => NOTHING.to_owned(),
        false => values.iter().collect::<Vec<_>>().join(", "),
    }
}

fn who(case: &CaseView, work: &[&OperationView], identities: &Identities) -> Vec<Block> {
    let mut items: Vec<Vec<Span>> = Vec::new();
    let mut say = |label: &str, text: String| {
        if !text.is_empty() {
            items.push(vec![label.into(), text.as_str().into()]);
        }
    };
    say("Application: ", case.resource_title.clone());
    say("For: ", joined(identities.keys().map(String::as_str)));
    for operation in work {
        let by = operation
            .requester
            .as_ref()
            .map_or("Provisor itself".to_owned(), ToString::to_string);
        let text = format!(
            "{by} at {} ({}, {})",
            minute(operation.requested_at),
            operation.kind,
            operation.id
        );
        say("Asked for by: ", text);
        // One line for each would be longer than the table.
        if work.len() > 3 {
            break;
        }
    }
    say("Priority: ", priority(&case.case).to_owned());
    say("Due: ", case.case.due.map_or(String::new(), minute));
    if items.is_empty() {
        return Vec::new();
    }
    vec![Block::Bullets(items)]
}

/// A moment as people read it.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    match text.get(..16) {
        Some(minute) => format!("{} UTC", minute.replace('T', " ")),
        None => text,
    }
}

fn paragraph(spans: Vec<Span>) -> Block {
    Block::Paragraph(spans)
}

fn strong(text: &str) -> Span {
    Span {
        text: text.to_owned(),
        strong: true,
        link: None,
    }
}

fn table(head: &[&str], rows: Vec<Vec<String>>) -> Block {
    Block::Table(Grid {
        head: head.iter().map(|&text| text.to_owned()).collect(),
        rows,
    })
}
