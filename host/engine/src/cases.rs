//! People work on cases.

mod absence;
mod closing;
mod desk;
mod evidence;
mod question;

use std::collections::BTreeMap;

use provisor_model::{
    Account, AccountId, Case, CaseId, Event, EventKind, OperationId, PersonName, Timestamp,
};
use provisor_store::{StoreError, View, Work, fault};

use absence::stands_for;
use closing::{check_report, close};
use desk::{Desk, may_work, not_an_operator};
pub(crate) use question::{ask_about_drift, named, on_drift, question_title};

use crate::configuration::{Configuration, Resource};
use crate::host::{Actor, load_account, step};
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
pub(crate) const LONGEST_NOTE: usize = 16 * 1024;

impl Host {
    /// Gives a case to an operator, so that the others see who has it. What is wanted otherwise from
    /// then on waits until the case is closed.
    pub async fn claim(&self, case: CaseId, operator: &PersonName) -> Result<Case, HostError> {
        self.change_case(case, operator, |work, desk, case| {
            case.ensure_ours()?;
            desk.ensure_another(work, case, desk.operator)?;
            let text = format!("by {}", desk.who(case));
            let before = case.claimed_by.clone();
            let holder = desk.holder(case).clone();
            match &before {
                // Whoever works in the place of somebody takes over what is his.
                Some(by) if *by == holder => case.pass_on(&holder, desk.operator)?,
                _ => case.claim(desk.operator)?,
            }
            if before != case.claimed_by {
                desk.mark(work, case, true, Event::new(EventKind::Claimed, text))?;
                desk.tell_claimed(work, case)?;
            }
            Ok(())
        })
        .await
    }

    /// Gives a case back that the operator has claimed, so that everybody may take it.
    pub async fn give_back(&self, case: CaseId, operator: &PersonName) -> Result<Case, HostError> {
        let given = self
            .change_case(case, operator, |work, desk, case| {
                let text = format!("{} gave it back", desk.who(case));
                let holder = desk.holder(case).clone();
                let claimed = case.claimed_by.is_some();
                case.give_back(&holder)?;
                if !claimed {
                    return Ok(());
                }
                desk.mark(work, case, false, Event::new(EventKind::PassedOn, text))
            })
            .await?;
        self.dispatch_case(&given).await?;
        Ok(given)
    }

    /// Passes a case on to another operator, who has it from then on. No error for whoever has it
    /// already.
    pub async fn pass_on(
        &self,
        case: CaseId,
        operator: &PersonName,
        to: &PersonName,
    ) -> Result<Case, HostError> {
        let to = to.clone();
        self.change_case(case, operator, move |work, desk, case| {
            case.ensure_ours()?;
            if !may_work(desk.configuration, &case.operators, &to) {
                return Err(not_an_operator(case, &to));
            }
            if let Some(absence) = work
                .absences()?
                .into_iter()
                .find(|absence| absence.person == to && absence.is_now(desk.now))
            {
                return Err(HostError::Away {
                    person: to.clone(),
                    until: absence.until,
                    substitute: absence.substitute,
                });
            }
            desk.ensure_another(work, case, &to)?;
            let text = format!("from {} to {to}", desk.who(case));
            let holder = desk.holder(case).clone();
            let before = case.claimed_by.clone();
            case.pass_on(&holder, &to)?;
            if before == case.claimed_by {
                return Ok(());
            }
            desk.mark(work, case, true, Event::new(EventKind::PassedOn, text))?;
            desk.tell_claimed(work, case)
        })
        .await
    }

    /// Says something about a case, open or closed; it stands in the history of its accounts. Who
    /// says the same words again, with nothing said or done in between, has said them once.
    pub async fn comment(
        &self,
        case: CaseId,
        operator: &PersonName,
        text: &str,
    ) -> Result<Case, HostError> {
        check_words("the comment", text)?;
        let text = text.to_owned();
        self.change_case(case, operator, move |work, desk, case| {
            let last = work.last_of_case(case.id)?;
            let said = last.is_some_and(|last| {
                last.event.kind == EventKind::Commented
                    && last.event.text == text
                    && last.actor == desk.operator.as_str()
            });
            if said {
                return Ok(());
            }
            let event = Event::new(EventKind::Commented, text);
            let actor = Actor::Person(desk.operator);
            tell_accounts(work, case, actor, event, desk.now)?;
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
    /// it and no export has decided yet. What nobody wants any more is withdrawn, and the case is
    /// closed again when nothing is left in it.
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
                case.ensure_work()?;
                case.ensure_ours()?;
                case.reopen()?;
                // The case must be open before its operations refer to it as such.
                work.save_case(case)?;
                let mut refused = None;
                let mut any = false;
                for account in case.accounts() {
                    let mut account = load_account(work, account)?;
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
                    Some(error) if !any => return Err(error.into()),
                    _ => {}
                }
                // What is opened again and wanted no longer is withdrawn in the same step.
                let actor = Actor::Person(desk.operator);
                close_if_settled(work, case.id, actor, desk.now)?;
                match work.open_operations(case.id)? {
                    0 => Ok(()),
                    _ => desk.tell_reopened(work, case),
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
        fault::point("case.changed");
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
                let stands_for = stands_for(work, &operator, now)?;
                let desk = Desk {
                    configuration: &configuration,
                    operator: &operator,
                    stands_for: &stands_for,
                    now,
                };
                desk.ensure_operator(&case)?;
                let id = case.id;
                act(work, desk, &mut case)?;
                find(work, id)
            })
            .await
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
    close_case(work, id, actor, now)
}

/// Closes a case, unless it is closed already.
pub(crate) fn close_case(
    work: &mut Work<'_>,
    id: CaseId,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(mut case) = work.case(id)? else {
        return Ok(());
    };
    let by = match actor {
        Actor::Person(name) => Some(name),
        Actor::Engine | Actor::Policy | Actor::Tickets(_) => None,
    };
    if case.close(by, now).is_err() {
        return Ok(());
    }
    work.save_case(&case)?;
    crate::tickets::case_closed(work, &case, now)?;
    let event = Event::new(EventKind::Closed, format!("by {}", actor.as_str()));
    tell_accounts(work, &case, actor, event, now)
}

/// Writes an event about a case into the history of each of its accounts.
pub(crate) fn tell_accounts(
    work: &mut Work<'_>,
    case: &Case,
    actor: Actor<'_>,
    event: Event,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = event.case(case.id);
    for (account, resource) in case.about() {
        work.add_event(now, actor.as_str(), resource, Some(account), event.clone())?;
    }
    Ok(())
}

fn find(view: &View<'_>, id: CaseId) -> Result<Case, HostError> {
    view.case(id)?.ok_or_else(|| HostError::unknown("case", id))
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

pub(crate) fn check_words(what: &'static str, words: &str) -> Result<(), HostError> {
    if words.trim().is_empty() || words.len() > LONGEST_NOTE {
        return Err(HostError::ReasonRequired { what });
    }
    Ok(())
}
