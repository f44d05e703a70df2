//! Cases that ask what shall be done about drift.

use std::collections::BTreeSet;

use provisor_model::account::{About, Step};
use provisor_model::{
    Account, Answer, AttributeName, Case, CaseId, CaseState, Notification, PersonName, Question,
    Timestamp,
};
use provisor_store::{StoreError, Work};

use super::closing::attribute;
use super::{check_words, resource_of};
use crate::configuration::Resource;
use crate::host::{Actor, load_account, step};
use crate::notifications::{Audience, enqueue};
use crate::{Host, HostError};

impl Host {
    /// Answers what a case asks about drift: for the named attributes, or for all it asks about.
    /// What is to be set right goes out as an operation; what may stay becomes what is desired.
    /// The case is closed with the last answer.
    pub async fn answer_case(
        &self,
        case: CaseId,
        operator: &PersonName,
        answer: Answer,
        attributes: &[String],
        reason: &str,
    ) -> Result<Case, HostError> {
        check_words("the reason for the answer", reason)?;
        let (attributes, reason) = (attributes.to_vec(), reason.to_owned());
        let answered = self
            .change_case(case, operator, move |work, desk, case| {
                case.ensure_question()?;
                case.ensure_open()?;
                desk.ensure_with(case)?;
                desk.ensure_another(work, case, desk.operator)?;
                for id in case.accounts() {
                    let mut account = load_account(work, id)?;
                    let resource = resource_of(desk.configuration, &account)?;
                    let attributes = named(resource, &attributes)?;
                    let about = About {
                        question: Some(case.id),
                        attributes: attributes.as_ref(),
                    };
                    let by = desk.operator;
                    on_drift(
                        work,
                        &mut account,
                        resource,
                        about,
                        by,
                        desk.now,
                        |account, step| account.answer(step, about, answer, by, &reason),
                    )?;
                }
                Ok(())
            })
            .await?;
        self.dispatch_case(&answered).await?;
        Ok(answered)
    }
}

/// The attributes with these names; `None` if none is named.
pub(crate) fn named(
    resource: &Resource,
    attributes: &[String],
) -> Result<Option<BTreeSet<AttributeName>>, HostError> {
    if attributes.is_empty() {
        return Ok(None);
    }
    let found = attributes.iter().map(|name| attribute(resource, name));
    found.collect::<Result<_, _>>().map(Some)
}

/// Does what a person says about drift of an account; an error when nothing of it drifted.
pub(crate) fn on_drift(
    work: &mut Work<'_>,
    account: &mut Account,
    resource: &Resource,
    about: About<'_>,
    by: &PersonName,
    now: Timestamp,
    act: impl FnOnce(&mut Account, &mut Step<'_>) -> usize,
) -> Result<(), HostError> {
    match step(work, account, resource, now, Actor::Person(by), act)? {
        0 => Err(nothing_drifted(account, about.attributes)),
        _ => Ok(()),
    }
}

fn nothing_drifted(account: &Account, attributes: Option<&BTreeSet<AttributeName>>) -> HostError {
    let drifted: Vec<String> = account
        .drift
        .iter()
        .map(|drift| drift.subject.to_string())
        .collect();
    let hint = match drifted.len() {
        0 => format!(": {} is as it should be", account.identifier),
        _ => format!(": what drifted is {}", drifted.join(", ")),
    };
    let names: Vec<&str> = attributes
        .into_iter()
        .flatten()
        .map(AttributeName::as_str)
        .collect();
    HostError::Unknown {
        what: "drift of",
        name: match names.len() {
            0 => account.identifier.clone(),
            _ => names.join(", "),
        },
        hint,
    }
}

/// Asks the owner about new drift: in the case that asks about the account already, as long as
/// nobody has taken it, else in a new one. What comes while somebody thinks about a case waits for
/// the next step after it.
pub(crate) fn ask_about_drift(
    work: &mut Work<'_>,
    account: &mut Account,
    resource: &Resource,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !account.has_unasked_drift() {
        return Ok(());
    }
    let known = match account.question {
        Some(case) => work.case(case)?,
        None => None,
    };
    match known.filter(|case| case.state == CaseState::Open) {
        Some(case) if case.claimed_by.is_some() => {}
        Some(case) => account.ask(case.id),
        None => {
            let case = open(work, account, resource, now)?;
            account.ask(case.id);
            let notification = Notification::CaseOpened {
                case: case.id,
                title: question_title(&account.identifier, &resource.title),
                priority: case.priority,
                due: case.due,
            };
            let audience = Audience::of(&case.operators);
            enqueue(work, &[resource], audience, &notification, now)?;
        }
    }
    Ok(())
}

fn open(
    work: &mut Work<'_>,
    account: &Account,
    resource: &Resource,
    now: Timestamp,
) -> Result<Case, StoreError> {
    let owner = match &resource.owner {
        Some(owner) => vec![owner.clone()],
        None => resource.operators.clone(),
    };
    let mut case = Case::new(work.next_case()?, owner, now);
    case.question = Some(Question {
        resource: resource.name.clone(),
        account: account.id,
        identifier: account.identifier.clone(),
    });
    case.by_another = resource.cases.by_another;
    let deadlines = &resource.cases.deadlines;
    deadlines.apply(&resource.rules, &mut case, None, now);
    work.save_case(&case)?;
    Ok(case)
}

/// What is asked, in one line.
pub(crate) fn question_title(identifier: &str, resource: &str) -> String {
    format!("decide about the drift of {identifier} on {resource}")
}
