//! A case with all that its operator needs.

use provisor_model::{Account, Case, CaseId};
use provisor_store::CaseFilter;
use serde::Serialize;

use super::operation::{OperationView, view_operation};
use crate::cases::resource_of;
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
    /// What has to be done in full.
    pub work: Vec<OperationView>,
    /// Why it has to be done again: what the export showed of the work of the case before.
    pub follow_up: Option<String>,
}

impl Host {
    /// Cases, the most urgent first.
    pub fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseView>, HostError> {
        self.inner.store.read(|view| {
            let mut cases = Vec::new();
            for case in view.cases(filter)? {
                if let Some(account) = view.account(case.account)? {
                    let before = match case.follow_up_of {
                        Some(before) => view.case(before)?,
                        None => None,
                    };
                    cases.extend(self.view_case(case, &account, before));
                }
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
            let account = view
                .account(case.account)?
                .ok_or_else(|| HostError::unknown("account", case.account))?;
            let before = match case.follow_up_of {
                Some(before) => view.case(before)?,
                None => None,
            };
            self.view_case(case, &account, before)
                .ok_or_else(|| HostError::unknown("resource", account.resource))
        })
    }

    fn view_case(&self, case: Case, account: &Account, before: Option<Case>) -> Option<CaseView> {
        let resource = resource_of(&self.inner.configuration, account).ok()?;
        let work: Vec<OperationView> = case
            .operations
            .keys()
            .filter_map(|id| account.operation(*id))
            .map(|operation| view_operation(resource, account, operation))
            .collect();
        let kinds: Vec<_> = case.operations.values().map(ToString::to_string).collect();
        let follow_up = before.map(|before| {
            let said = before
                .operations
                .keys()
                .filter_map(|id| account.operation(*id)?.reason.clone())
                .collect::<Vec<_>>()
                .join("; ");
            let by = before
                .closed_by
                .as_ref()
                .map_or_else(String::new, |by| format!(" by {by}"));
            format!("{} was closed{by}, but {said}", before.id)
        });
        Some(CaseView {
            title: format!(
                "{} the account {} on {}",
                kinds.join(" and "),
                account.identifier,
                resource.title
            ),
            resource_title: resource.title.clone(),
            work,
            follow_up,
            case,
        })
    }
}
