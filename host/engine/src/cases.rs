//! People work on cases.

use std::collections::{BTreeMap, BTreeSet};

use provisor_model::{
    Account, AccountId, AttributeName, Attributes, Case, CaseError, CaseId, CaseState, Event,
    EventKind, OperationId, OperationState, Outcome, PersonName, Timestamp,
};
use provisor_store::{StoreError, Work};

use crate::configuration::{Configuration, Resource};
use crate::host::{Actor, save, step};
use crate::{Host, HostError};

/// What a person says about the work of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// It is done.
    Done {
        /// Values that were set instead of those asked for, by attribute.
        values: BTreeMap<String, Vec<String>>,
        /// Attributes that could not be set as asked, each with the reason. Nothing is asked for
        /// again because of them by itself.
        not_possible: BTreeMap<String, String>,
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

impl Report {
    /// It is done as it was asked for, just now.
    pub fn done() -> Self {
        Report::Done {
            values: BTreeMap::new(),
            not_possible: BTreeMap::new(),
            note: None,
            at: None,
        }
    }
}

/// The longest note, comment or reason, in bytes.
const LONGEST_NOTE: usize = 16 * 1024;

impl Host {
    /// Gives a case to an operator, so that the others see who has it. What is wanted otherwise from
    /// then on waits until the case is closed.
    pub async fn claim(&self, case: CaseId, operator: &PersonName) -> Result<Case, HostError> {
        self.change_case(case, operator, |work, desk, case| {
            let claimed = case.claimed_by.is_some();
            case.claim(desk.operator)?;
            if !claimed {
                let event = Event::new(EventKind::Claimed, format!("by {}", desk.operator));
                desk.mark(work, case, true, event)?;
            }
            Ok(())
        })
        .await
    }

    /// Gives a case back that the operator has claimed, so that everybody may take it.
    pub async fn give_back(&self, case: CaseId, operator: &PersonName) -> Result<Case, HostError> {
        let given = self
            .change_case(case, operator, |work, desk, case| {
                case.give_back(desk.operator)?;
                let event = Event::new(
                    EventKind::PassedOn,
                    format!("{} gave it back", desk.operator),
                );
                desk.mark(work, case, false, event)
            })
            .await?;
        self.dispatch_case(&given).await?;
        Ok(given)
    }

    /// Passes a case on to another operator, who has it from then on.
    pub async fn pass_on(
        &self,
        case: CaseId,
        operator: &PersonName,
        to: &PersonName,
    ) -> Result<Case, HostError> {
        let to = to.clone();
        self.change_case(case, operator, move |work, desk, case| {
            check_operator(desk.configuration, case, &to)?;
            case.pass_on(desk.operator, &to)?;
            let event = Event::new(
                EventKind::PassedOn,
                format!("from {} to {to}", desk.operator),
            );
            desk.mark(work, case, true, event)
        })
        .await
    }

    /// Says something about a case, open or closed; it stands in the history of its accounts.
    pub async fn comment(
        &self,
        case: CaseId,
        operator: &PersonName,
        text: &str,
    ) -> Result<Case, HostError> {
        check_words("the comment", text)?;
        let text = text.to_owned();
        self.change_case(case, operator, move |work, desk, case| {
            for account in case.accounts() {
                let event = Event::new(EventKind::Commented, text.clone());
                desk.tell(work, case, account, event)?;
            }
            Ok(())
        })
        .await
    }

    /// Ends the work of a case: every operation in it that is still open gets the same outcome.
    /// Values, and attributes that could not be set, go to the operation that asks for them. Then
    /// plans again, and sends out what follows.
    pub async fn close_case(
        &self,
        case: CaseId,
        operator: &PersonName,
        report: Report,
    ) -> Result<Case, HostError> {
        self.close(case, None, operator, report).await
    }

    /// Ends the work of one operation of a case. The case is closed with its last operation.
    pub async fn close_operation(
        &self,
        operation: OperationId,
        operator: &PersonName,
        report: Report,
    ) -> Result<Case, HostError> {
        let case = self.operation(operation)?.case.ok_or(HostError::Unknown {
            what: "case for",
            name: operation.to_string(),
            hint: ": it has not gone out yet".to_owned(),
        })?;
        self.close(case, Some(operation), operator, report).await
    }

    /// Opens a case again that was closed by mistake, with every operation that a person ended in
    /// it and no export has decided yet.
    pub async fn reopen_case(
        &self,
        case: CaseId,
        operator: &PersonName,
        why: &str,
    ) -> Result<Case, HostError> {
        check_words("the reason for opening it again", why)?;
        let why = format!("by {operator}: {why}");
        let reopened = self
            .change_case(case, operator, move |work, desk, case| {
                case.reopen()?;
                // The case must be open before its operations refer to it as such.
                work.save_case(case)?;
                let mut refused = None;
                let mut any = false;
                for account in case.accounts() {
                    let mut account = desk.account(work, account)?;
                    let resource = resource_of(desk.configuration, &account)?;
                    let ids: Vec<OperationId> = case.items.keys().copied().collect();
                    for id in ids {
                        if account
                            .operation(id)
                            .is_none_or(|one| one.case != Some(case.id))
                        {
                            continue;
                        }
                        let actor = Actor::Person(desk.operator);
                        let done = step(
                            work,
                            &mut account,
                            resource,
                            desk.now,
                            actor,
                            |account, step| account.reopen(step, id, &why),
                        )?;
                        match done {
                            Ok(()) => any = true,
                            Err(error) => refused = Some(error),
                        }
                    }
                }
                match refused {
                    Some(error) if !any => Err(error.into()),
                    _ => Ok(()),
                }
            })
            .await?;
        self.dispatch_case(&reopened).await?;
        Ok(reopened)
    }

    async fn close(
        &self,
        case: CaseId,
        only: Option<OperationId>,
        operator: &PersonName,
        report: Report,
    ) -> Result<Case, HostError> {
        check_report(&report)?;
        let closed = self
            .change_case(case, operator, move |work, desk, case| {
                close(work, &desk, case, only, &report)
            })
            .await?;
        self.dispatch_case(&closed).await?;
        Ok(closed)
    }

    /// What was waiting behind the case, or for its outcome, may go out.
    async fn dispatch_case(&self, case: &Case) -> Result<(), HostError> {
        let accounts: Vec<AccountId> = case.accounts().into_iter().collect();
        self.dispatch(Some(&accounts)).await?;
        Ok(())
    }

    /// One transaction of an operator on a case.
    async fn change_case(
        &self,
        case: CaseId,
        operator: &PersonName,
        act: impl FnOnce(&mut Work<'_>, Desk<'_>, &mut Case) -> Result<(), HostError> + Send + 'static,
    ) -> Result<Case, HostError> {
        let configuration = self.inner.configuration.clone();
        let (operator, now) = (operator.clone(), self.now());
        self.inner
            .store
            .update(move |work| {
                let mut case = find(work, case)?;
                check_operator(&configuration, &case, &operator)?;
                let desk = Desk {
                    configuration: &configuration,
                    operator: &operator,
                    now,
                };
                let id = case.id;
                act(work, desk, &mut case)?;
                find(work, id)
            })
            .await
    }
}

/// Who works on a case, and when.
#[derive(Clone, Copy)]
struct Desk<'a> {
    configuration: &'a Configuration,
    operator: &'a PersonName,
    now: Timestamp,
}

impl Desk<'_> {
    fn account(&self, work: &Work<'_>, id: AccountId) -> Result<Account, HostError> {
        work.account(id)?
            .ok_or_else(|| HostError::unknown("account", id))
    }

    /// Writes an event into the history of an account.
    fn tell(
        &self,
        work: &mut Work<'_>,
        case: &Case,
        account: AccountId,
        event: Event,
    ) -> Result<(), HostError> {
        let resource = case.items.values().find(|item| item.account == account);
        if let Some(item) = resource {
            work.add_event(
                self.now,
                self.operator.as_str(),
                &item.resource,
                Some(account),
                event.case(case.id),
            )?;
        }
        Ok(())
    }

    /// Saves the case, and that somebody has it or nobody does.
    fn mark(
        &self,
        work: &mut Work<'_>,
        case: &Case,
        claimed: bool,
        event: Event,
    ) -> Result<(), HostError> {
        work.save_case(case)?;
        for id in case.accounts() {
            let mut account = self.account(work, id)?;
            account.set_claimed(case.id, claimed);
            let resource = resource_of(self.configuration, &account)?;
            save(
                work,
                &mut account,
                resource,
                self.now,
                Actor::Person(self.operator),
            )?;
            self.tell(work, case, id, event.clone())?;
        }
        Ok(())
    }
}

fn close(
    work: &mut Work<'_>,
    desk: &Desk<'_>,
    case: &Case,
    only: Option<OperationId>,
    report: &Report,
) -> Result<(), HostError> {
    case.ensure_open()?;
    case.ensure_with(desk.operator)?;
    if let Report::Done { note: None, .. } = report
        && case.require_note
    {
        return Err(CaseError::NoteRequired { case: case.id }.into());
    }
    let mut accounts: BTreeMap<AccountId, Account> = BTreeMap::new();
    for id in case.accounts() {
        accounts.insert(id, desk.account(work, id)?);
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

fn attribute(resource: &Resource, name: &str) -> Result<AttributeName, HostError> {
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

/// Closes a case in which nothing is open any more.
pub(crate) fn close_if_settled(
    work: &mut Work<'_>,
    id: CaseId,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if work.open_operations(id)? > 0 {
        return Ok(());
    }
    let Some(mut case) = work.case(id)?.filter(|case| case.state == CaseState::Open) else {
        return Ok(());
    };
    let by = match actor {
        Actor::Person(name) => Some(name),
        Actor::Engine | Actor::Policy => None,
    };
    if case.close(by, now).is_err() {
        return Ok(());
    }
    work.save_case(&case)?;
    for account in case.accounts() {
        let Some(item) = case.items.values().find(|item| item.account == account) else {
            continue;
        };
        work.add_event(
            now,
            actor.as_str(),
            &item.resource,
            Some(account),
            Event::new(EventKind::Closed, format!("by {}", actor.as_str())).case(id),
        )?;
    }
    Ok(())
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

fn check_report(report: &Report) -> Result<(), HostError> {
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

pub(crate) fn check_words(what: &'static str, words: &str) -> Result<(), HostError> {
    if words.trim().is_empty() || words.len() > LONGEST_NOTE {
        return Err(HostError::ReasonRequired { what });
    }
    Ok(())
}
