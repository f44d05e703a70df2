//! People work on cases.

use std::collections::BTreeMap;

use provisor_model::{
    Account, Attributes, Case, CaseError, CaseId, Event, EventKind, OperationId, OperationState,
    Outcome, PersonName, Timestamp,
};
use provisor_store::Work;

use crate::configuration::{Configuration, Resource};
use crate::dispatch::close_settled_cases;
use crate::host::{save, step};
use crate::{Host, HostError};

/// What a person says about the work of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// It is done.
    Done {
        /// Values that were set instead of those asked for, by attribute.
        values: BTreeMap<String, Vec<String>>,
        /// What was done, in words.
        note: Option<String>,
        /// When it was done; the present moment if not given, and never after it.
        at: Option<Timestamp>,
    },
    /// It cannot be done.
    NotPossible {
        /// Why not.
        reason: String,
    },
    /// It shall not be done.
    Cancelled {
        /// Why not.
        reason: String,
    },
}

/// The longest note or reason, in bytes.
const LONGEST_NOTE: usize = 16 * 1024;

impl Host {
    /// Gives a case to an operator, so that the others see who has it.
    pub async fn claim(&self, case: CaseId, operator: &PersonName) -> Result<Case, HostError> {
        let configuration = self.inner.configuration.clone();
        let (operator, now) = (operator.clone(), self.now());
        self.inner
            .store
            .update(move |work| {
                let mut case = find(work, case)?;
                check_operator(&configuration, &case, &operator)?;
                let claimed = case.claimed_by.is_some();
                case.claim(&operator)?;
                if !claimed {
                    work.save_case(&case)?;
                    let event =
                        Event::new(EventKind::Claimed, format!("by {operator}")).case(case.id);
                    work.add_event(
                        now,
                        operator.as_str(),
                        &case.resource,
                        Some(case.account),
                        event,
                    )?;
                }
                Ok(case)
            })
            .await
    }

    /// Ends the work of a case: every operation in it gets the same outcome. Then plans again,
    /// and sends out what follows.
    pub async fn close_case(
        &self,
        case: CaseId,
        operator: &PersonName,
        report: Report,
    ) -> Result<Case, HostError> {
        check_words(&report)?;
        let configuration = self.inner.configuration.clone();
        let (operator, now) = (operator.clone(), self.now());
        let closed = self
            .inner
            .store
            .update(move |work| close(work, &configuration, case, &operator, &report, now))
            .await?;
        self.dispatch(Some(&[closed.account])).await?;
        Ok(closed)
    }

    /// Lets an operation go out that is held or delayed, or asks again for what was withheld
    /// because of it.
    pub async fn release(&self, operation: OperationId, by: &PersonName) -> Result<(), HostError> {
        let configuration = self.inner.configuration.clone();
        let (by, now) = (by.clone(), self.now());
        let account = self
            .inner
            .store
            .update(move |work| {
                let id = work
                    .account_of_operation(operation)?
                    .ok_or_else(|| HostError::unknown("operation", operation))?;
                let mut account = work
                    .account(id)?
                    .ok_or_else(|| HostError::unknown("account", id))?;
                let resource = resource_of(&configuration, &account)?;
                let asked = step(
                    work,
                    &mut account,
                    resource,
                    now,
                    by.as_str(),
                    |account, step| account.ask_again(step, operation, &by),
                )?;
                if !asked {
                    account.release(operation, &by)?;
                    save(work, &mut account, resource, now, by.as_str())?;
                }
                Ok::<_, HostError>(id)
            })
            .await?;
        self.dispatch(Some(&[account])).await?;
        Ok(())
    }
}

fn close(
    work: &mut Work<'_>,
    configuration: &Configuration,
    id: CaseId,
    operator: &PersonName,
    report: &Report,
    now: Timestamp,
) -> Result<Case, HostError> {
    let case = find(work, id)?;
    case.ensure_open()?;
    check_operator(configuration, &case, operator)?;
    if let Some(by) = case.claimed_by.as_ref().filter(|by| *by != operator) {
        return Err(CaseError::Claimed {
            case: id,
            by: by.clone(),
        }
        .into());
    }
    let mut account = work
        .account(case.account)?
        .ok_or_else(|| HostError::unknown("account", case.account))?;
    let resource = resource_of(configuration, &account)?;
    let outcome = outcome(resource, &case, report)?;
    if let Outcome::Done { reported, note } = &outcome {
        if case.require_note && note.is_none() {
            return Err(CaseError::NoteRequired { case: id }.into());
        }
        check_identifier(work, resource, &account, reported)?;
    }
    let at = match report {
        Report::Done { at: Some(at), .. } => (*at).min(now),
        _ => now,
    };
    let open: Vec<OperationId> = case
        .operations
        .keys()
        .copied()
        .filter(|id| {
            account
                .operation(*id)
                .is_some_and(|operation| operation.state == OperationState::Open)
        })
        .collect();
    for operation in open {
        step(
            work,
            &mut account,
            resource,
            now,
            operator.as_str(),
            |account, step| match &outcome {
                Outcome::Done { reported, note } => {
                    let reported = reported.clone();
                    account.complete(step, operation, reported, at)?;
                    if let Some(note) = note {
                        account.events.push(
                            Event::new(EventKind::Completed, format!("note: {note}"))
                                .operation(operation),
                        );
                    }
                    Ok(())
                }
                Outcome::NotPossible { reason } => account.fail(step, operation, reason),
                Outcome::Cancelled { reason } => account.cancel(step, operation, reason),
            },
        )??;
    }
    close_settled_cases(work, &account, Some(operator), now)?;
    find(work, id)
}

fn outcome(resource: &Resource, case: &Case, report: &Report) -> Result<Outcome, HostError> {
    Ok(match report {
        Report::Done { values, note, .. } => {
            let wrong = |source| HostError::Value {
                resource: case.resource.clone(),
                source,
            };
            let state = resource.rules.schema.state(values).map_err(wrong)?;
            let reported = state.attributes().cloned().unwrap_or_default();
            if let Some((name, _)) = reported.iter().find(|(name, _)| {
                resource
                    .rules
                    .schema
                    .attribute(name.as_str())
                    .is_some_and(|attribute| attribute.is_secret())
            }) {
                return Err(HostError::Unknown {
                    what: "attribute that may be reported named",
                    name: name.to_string(),
                    hint: ": it is a secret, and secrets are never stored".to_owned(),
                });
            }
            Outcome::Done {
                reported,
                note: note.clone(),
            }
        }
        Report::NotPossible { reason } => Outcome::NotPossible {
            reason: reason.clone(),
        },
        Report::Cancelled { reason } => Outcome::Cancelled {
            reason: reason.clone(),
        },
    })
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

fn find(work: &Work<'_>, id: CaseId) -> Result<Case, HostError> {
    work.case(id)?.ok_or_else(|| HostError::unknown("case", id))
}

pub(crate) fn resource_of<'a>(
    configuration: &'a Configuration,
    account: &Account,
) -> Result<&'a Resource, HostError> {
    configuration
        .resources
        .get(account.resource.as_str())
        .ok_or_else(|| HostError::Unknown {
            what: "resource",
            name: account.resource.to_string(),
            hint: ": the configuration no longer has it".to_owned(),
        })
}

/// Operators are named one by one or by a group of the configuration.
fn check_operator(
    configuration: &Configuration,
    case: &Case,
    operator: &PersonName,
) -> Result<(), HostError> {
    let may = case.operators.iter().any(|name| {
        name == operator
            || configuration
                .operators
                .get(name)
                .is_some_and(|members| members.contains(operator))
    });
    if may {
        return Ok(());
    }
    let operators: Vec<_> = case.operators.iter().map(PersonName::as_str).collect();
    Err(HostError::NotAnOperator {
        case: case.id,
        person: operator.clone(),
        operators: operators.join(", "),
    })
}

fn check_words(report: &Report) -> Result<(), HostError> {
    let (what, words) = match report {
        Report::Done { note: None, .. } => return Ok(()),
        Report::Done {
            note: Some(note), ..
        } => ("the note", note),
        Report::NotPossible { reason } => ("the reason why it cannot be done", reason),
        Report::Cancelled { reason } => ("the reason for cancelling", reason),
    };
    if words.trim().is_empty() || words.len() > LONGEST_NOTE {
        return Err(HostError::ReasonRequired { what });
    }
    Ok(())
}
