//! A case with all that its operator needs.

use std::collections::BTreeSet;

use provisor_model::{AccountId, Case, CaseId, Drift, OperationKind, ResourceName, Ticket};
use provisor_store::{CaseFilter, StoreError, View};
use serde::Serialize;

use super::operation::{OperationView, view_operation};
use crate::cases::{question_title, resource_of};
use crate::configuration::Resource;
use crate::{Host, HostError};

/// A case with all that its operator needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseView {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// What has to be done, in one line.
    pub title: String,
    /// The name of the resource for people.
    pub resource_title: String,
    /// The ticket as which it is kept in another system.
    pub ticket: Option<Ticket>,
    /// What has to be decided: the drift that a question is about.
    pub drift: Vec<Drift>,
    /// What has to be done in full.
    pub work: Vec<OperationView>,
    /// How it is done, in Markdown: one for each resource and kind of operation that has some.
    pub instructions: Vec<Instruction>,
    /// What is to be done about passwords and the like, whose values are in no case.
    pub secrets: Option<String>,
    /// Why it has to be done again: what the export showed of the work of the case before.
    pub follow_up: Option<String>,
}

/// How one kind of operation is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Instruction {
    /// What it tells how to do, such as `create on Payroll`.
    pub about: String,
    /// In Markdown.
    pub text: String,
}

impl Host {
    /// Cases, the most urgent first.
    pub fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseView>, HostError> {
        self.inner.store.read(|view| {
            let mut cases = Vec::new();
            for case in view.cases(filter)? {
                cases.extend(self.view_case(view, case)?);
            }
            Ok(cases)
        })
    }

    /// A case by number.
    pub fn case(&self, id: CaseId) -> Result<CaseView, HostError> {
        self.inner.store.read(|view| {
            let case = view
                .case(id)?
                .ok_or_else(|| HostError::unknown("case", id))?;
            self.view_case(view, case)?
                .ok_or_else(|| HostError::Unknown {
                    what: "resource for",
                    name: id.to_string(),
                    hint: ": the configuration no longer has it".to_owned(),
                })
        })
    }

    /// `None` when the configuration has none of its resources any more.
    pub(crate) fn view_case(
        &self,
        view: &View<'_>,
        case: Case,
    ) -> Result<Option<CaseView>, HostError> {
        let mut work = Vec::new();
        let mut titles: Vec<&str> = Vec::new();
        let mut instructions: Vec<Instruction> = Vec::new();
        let mut secrets = None;
        let mut drift = Vec::new();
        for id in case.accounts() {
            let Some(account) = view.account(id)? else {
                continue;
            };
            let Ok(resource) = resource_of(&self.inner.configuration, &account) else {
                continue;
            };
            if !titles.contains(&resource.title.as_str()) {
                titles.push(&resource.title);
            }
            drift.extend(
                account
                    .drift
                    .iter()
                    .filter(|drift| drift.question == Some(case.id))
                    .cloned(),
            );
            for operation in case.items.keys().filter_map(|id| account.operation(*id)) {
                let kind = operation.delta.kind(&resource.rules.schema);
                let about = format!("{kind} on {}", resource.title);
                let known = instructions.iter().any(|one| one.about == about);
                if let (false, Some(text)) = (known, resource.cases.instructions.of(kind)) {
                    let text = text.to_owned();
                    instructions.push(Instruction { about, text });
                }
                let keeps_secrets = || {
                    let mut attributes = resource.rules.schema.attributes();
                    attributes.any(|(_, attribute)| attribute.is_secret())
                };
                if kind == OperationKind::Create && keeps_secrets() {
                    secrets = Some(resource.cases.secrets.clone());
                }
                work.push(view_operation(resource, &account, operation));
            }
        }
        if titles.is_empty() {
            return Ok(None);
        }
        work.sort_by_key(|operation| operation.id);
        let follow_up = match case.follow_up_of {
            Some(before) => follow_up(view, before)?,
            None => None,
        };
        Ok(Some(CaseView {
            title: match (&case.question, work.is_empty()) {
                (Some(question), _) => question_title(&question.identifier, &titles.join(", ")),
                // Its operations were dropped, having been kept long enough.
                (None, true) => title_of_items(&case, &titles),
                (None, false) => title(&work, &titles),
            },
            resource_title: titles.join(", "),
            ticket: view.ticket(case.id)?,
            drift,
            work,
            instructions,
            secrets,
            follow_up,
            case,
        }))
    }
}

/// What has to be done, in one line, of a case at hand.
pub(crate) fn case_title<'r>(
    view: &View<'_>,
    resource_of: impl Fn(&ResourceName) -> Option<&'r Resource>,
    case: &Case,
) -> Result<String, StoreError> {
    if let Some(question) = &case.question {
        let resource = resource_of(&question.resource);
        let title = resource.map_or("", |resource| resource.title.as_str());
        return Ok(question_title(&question.identifier, title));
    }
    let mut work = Vec::new();
    let mut titles: Vec<&str> = Vec::new();
    for id in case.accounts() {
        let Some(account) = view.account(id)? else {
            continue;
        };
        let Some(resource) = resource_of(&account.resource) else {
            continue;
        };
        if !titles.contains(&resource.title.as_str()) {
            titles.push(&resource.title);
        }
        work.extend(
            case.items
                .keys()
                .filter_map(|id| account.operation(*id))
                .map(|operation| view_operation(resource, &account, operation)),
        );
    }
    work.sort_by_key(|operation| operation.id);
    Ok(title(&work, &titles))
}

/// What has to be done, in one line. What was withdrawn is no longer part of it.
fn title(work: &[OperationView], titles: &[&str]) -> String {
    let left: Vec<&OperationView> = work.iter().filter(|one| !one.withdrawn).collect();
    let shown = if left.is_empty() {
        work.iter().collect()
    } else {
        left
    };
    let accounts: BTreeSet<AccountId> = shown.iter().map(|one| one.account).collect();
    let mut kinds: Vec<&str> = Vec::new();
    for operation in &shown {
        if !kinds.contains(&operation.kind.as_str()) {
            kinds.push(operation.kind.as_str());
        }
    }
    let kinds = kinds.join(" and ");
    let on = titles.join(", ");
    match (accounts.len(), shown.first()) {
        (1, Some(one)) => format!("{kinds} the account {} on {on}", one.identifier),
        (several, _) => format!("{kinds} {several} accounts on {on}"),
    }
}

/// What had to be done, in one line, by what the case itself says.
fn title_of_items(case: &Case, titles: &[&str]) -> String {
    let kinds: BTreeSet<&str> = case.items.values().map(|item| item.kind.as_str()).collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let (kinds, on) = (kinds.join(" and "), titles.join(", "));
    match (case.accounts().len(), case.items.values().next()) {
        (1, Some(item)) => format!("{kinds} the account {} on {on}", item.identifier),
        (several, _) => format!("{kinds} {several} accounts on {on}"),
    }
}

/// What the export showed of the work of the case before.
fn follow_up(view: &View<'_>, before: CaseId) -> Result<Option<String>, HostError> {
    let Some(before) = view.case(before)? else {
        return Ok(None);
    };
    let mut said = Vec::new();
    for id in before.accounts() {
        if let Some(account) = view.account(id)? {
            said.extend(
                before
                    .items
                    .keys()
                    .filter_map(|id| account.operation(*id)?.reason.clone()),
            );
        }
    }
    let by = before
        .closed_by
        .as_ref()
        .map_or_else(String::new, |by| format!(" by {by}"));
    Ok(Some(format!(
        "{} was closed{by}, but {}",
        before.id,
        said.join("; ")
    )))
}
