//! What a person says about the work of a case becomes the outcome of its operations.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::{
    Account, AccountId, AttributeName, Attributes, Case, CaseError, Event, EventKind, OperationId,
    OperationState, Outcome,
};
use provisor_store::Work;

use super::desk::Desk;
use super::{Report, check_words, resource_of};
use crate::HostError;
use crate::configuration::{Configuration, Resource};
use crate::host::{Actor, load_account, step};

pub(super) fn close(
    work: &mut Work<'_>,
    desk: &Desk<'_>,
    case: &Case,
    only: Option<OperationId>,
    report: &Report,
) -> Result<(), HostError> {
    case.ensure_open()?;
    case.ensure_work()?;
    case.ensure_ours()?;
    desk.ensure_with(case)?;
    desk.ensure_another(work, case, desk.operator)?;
    if let Report::Done { note, .. } = report {
        if note.is_none() && case.require_note {
            return Err(CaseError::NoteRequired { case: case.id }.into());
        }
        if case.attachments.is_empty() && case.require_evidence {
            return Err(CaseError::EvidenceRequired { case: case.id }.into());
        }
    }
    let mut accounts: BTreeMap<AccountId, Account> = BTreeMap::new();
    for id in case.accounts() {
        accounts.insert(id, load_account(work, id)?);
    }
    let open: Vec<(AccountId, OperationId)> = case
        .items
        .iter()
        .filter(|(id, _)| only.is_none_or(|only| only == **id))
        .filter(|(id, item)| {
            accounts[&item.account]
                .operation(**id)
                .is_some_and(|operation| operation.state == OperationState::Open)
        })
        .map(|(id, item)| (item.account, *id))
        .collect();
    if let (Some(only), true) = (only, open.is_empty()) {
        let state = case
            .items
            .get(&only)
            .and_then(|item| accounts[&item.account].operation(only))
            .map_or(OperationState::Cancelled, |operation| operation.state);
        return Err(provisor_model::account::WorkError::State {
            operation: only,
            state,
            step: "closed",
        }
        .into());
    }
    let outcomes = outcomes(desk.configuration, &accounts, &open, report)?;
    let at = match report {
        Report::Done { at: Some(at), .. } => (*at).min(desk.now),
        _ => desk.now,
    };
    for ((account, operation), outcome) in open.into_iter().zip(outcomes) {
        let Some(account) = accounts.get_mut(&account) else {
            continue;
        };
        let resource = resource_of(desk.configuration, account)?;
        if let Outcome::Done { reported, .. } = &outcome {
            check_identifier(work, resource, account, reported)?;
        }
        let actor = Actor::Person(desk.operator);
        step(
            work,
            account,
            resource,
            desk.now,
            actor,
            |account, step| match outcome {
                Outcome::Done {
                    reported,
                    refused,
                    note,
                } => {
                    account.complete(step, operation, reported, refused, at)?;
                    if let Some(note) = note {
                        let event = Event::new(EventKind::Completed, format!("note: {note}"));
                        account.events.push(event.operation(operation));
                    }
                    Ok(())
                }
                Outcome::NotPossible { reason } => account.fail(step, operation, &reason),
                Outcome::Cancelled { reason } => account.cancel(step, operation, &reason),
            },
        )??;
    }
    Ok(())
}

/// The outcome of each open operation. A value, and a reason why an attribute could not be set, go to
/// the operation that asks for the attribute; to the only one there is if none does.
fn outcomes(
    configuration: &Configuration,
    accounts: &BTreeMap<AccountId, Account>,
    open: &[(AccountId, OperationId)],
    report: &Report,
) -> Result<Vec<Outcome>, HostError> {
    let (values, not_possible, note) = match report {
        Report::NotPossible { reason } => {
            let reason = reason.clone();
            return Ok(vec![Outcome::NotPossible { reason }; open.len()]);
        }
        Report::Cancelled { reason } => {
            let reason = reason.clone();
            return Ok(vec![Outcome::Cancelled { reason }; open.len()]);
        }
        Report::Done {
            values,
            not_possible,
            note,
            ..
        } => (values, not_possible, note),
    };
    let several = open.iter().any(|(account, _)| *account != open[0].0);
    if let (true, Some(name)) = (several, values.keys().chain(not_possible.keys()).next()) {
        return Err(HostError::Unknown {
            what: "single account in the case for the attribute",
            name: name.clone(),
            hint: ": say which operation is meant".to_owned(),
        });
    }
    let mut outcomes = Vec::with_capacity(open.len());
    let mut placed: BTreeSet<&String> = BTreeSet::new();
    for (account, id) in open {
        let account = &accounts[account];
        let resource = resource_of(configuration, account)?;
        let changes = account.operation(*id).and_then(|one| one.delta.changes());
        let belongs = |name: &String| {
            open.len() == 1
                || changes.is_some_and(|changes| changes.keys().any(|key| key.as_str() == name))
        };
        let mine: BTreeMap<&String, &Vec<String>> =
            values.iter().filter(|(name, _)| belongs(name)).collect();
        let refused: BTreeMap<&String, &String> = not_possible
            .iter()
            .filter(|(name, _)| belongs(name))
            .collect();
        placed.extend(mine.keys().chain(refused.keys()).copied());
        outcomes.push(Outcome::Done {
            reported: reported(resource, mine)?,
            refused: refused
                .into_iter()
                .map(|(name, reason)| Ok((attribute(resource, name)?, reason.clone())))
                .collect::<Result<_, HostError>>()?,
            note: note.clone(),
        });
    }
    match values
        .keys()
        .chain(not_possible.keys())
        .find(|name| !placed.contains(name))
    {
        None => Ok(outcomes),
        Some(name) => Err(HostError::Unknown {
            what: "operation of the case that asks for the attribute",
            name: name.clone(),
            hint: ": say which operation is meant".to_owned(),
        }),
    }
}

pub(super) fn attribute(resource: &Resource, name: &str) -> Result<AttributeName, HostError> {
    let schema = &resource.rules.schema;
    schema
        .attributes()
        .map(|(name, _)| name)
        .find(|known| known.as_str() == name)
        .cloned()
        .ok_or_else(|| HostError::Unknown {
            what: "attribute",
            name: name.chars().take(80).collect(),
            hint: format!(
                " in the schema of {}, which has {}",
                resource.name,
                schema
                    .attributes()
                    .map(|(name, _)| name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        })
}

fn reported(
    resource: &Resource,
    values: BTreeMap<&String, &Vec<String>>,
) -> Result<Attributes, HostError> {
    let schema = &resource.rules.schema;
    let wrong = |source| HostError::Value {
        resource: resource.name.clone(),
        source,
    };
    let state = schema
        .state(
            values
                .into_iter()
                .map(|(name, values)| (name.clone(), values.clone())),
        )
        .map_err(wrong)?;
    let reported = state.attributes().cloned().unwrap_or_default();
    let secret = reported.keys().find(|name| {
        schema
            .attribute(name.as_str())
            .is_some_and(|attribute| attribute.is_secret())
    });
    match secret {
        None => Ok(reported),
        Some(name) => Err(HostError::Unknown {
            what: "attribute that may be reported named",
            name: name.to_string(),
            hint: ": it is a secret, and secrets are never stored".to_owned(),
        }),
    }
}

/// A reported identifier must not be that of another account.
fn check_identifier(
    work: &Work<'_>,
    resource: &Resource,
    account: &Account,
    reported: &Attributes,
) -> Result<(), HostError> {
    let schema = &resource.rules.schema;
    let Some(values) = reported.get(schema.identifier()) else {
        return Ok(());
    };
    let Some(identifier) = values.first() else {
        return Err(HostError::Unknown {
            what: "value for the identifier",
            name: schema.identifier().to_string(),
            hint: ": an account cannot be without".to_owned(),
        });
    };
    match work.account_named(&resource.name, &schema.identifier_key(identifier))? {
        Some(other) if other != account.id => Err(HostError::IdentifierTaken {
            resource: resource.name.clone(),
            identifier: identifier.to_owned(),
            owner: work
                .account(other)?
                .and_then(|account| account.identity)
                .map_or(other.to_string(), |identity| identity.to_string()),
        }),
        _ => Ok(()),
    }
}

pub(super) fn check_report(report: &Report) -> Result<(), HostError> {
    match report {
        Report::Done {
            note, not_possible, ..
        } => {
            for reason in not_possible.values() {
                check_words("the reason why it cannot be done", reason)?;
            }
            note.as_ref()
                .map_or(Ok(()), |note| check_words("the note", note))
        }
        Report::NotPossible { reason } => check_words("the reason why it cannot be done", reason),
        Report::Cancelled { reason } => check_words("the reason for cancelling", reason),
    }
}
