//! What is seen of a world.

use provisor::model::{CaseState, EventKind, OperationId, OperationState, Subject, Verdict};
use provisor::store::{AccountFilter, CaseFilter, HistoryFilter};
use provisor::{AccountView, AttributeView, CaseView, OperationQuery, OperationView};

use super::World;

impl World {
    /// An account by its identifier.
    pub fn account(&self, identifier: &str) -> AccountView {
        self.host
            .account("app", identifier)
            .expect("the account is known")
    }

    /// The cases that are open.
    pub fn cases(&self) -> Vec<CaseView> {
        self.host
            .cases(&CaseFilter {
                state: Some(CaseState::Open),
                limit: 1000,
                ..CaseFilter::default()
            })
            .expect("cases can be listed")
    }

    /// The one case that is open.
    pub fn case(&self) -> CaseView {
        let mut cases = self.cases();
        assert_eq!(cases.len(), 1, "open cases: {cases:#?}");
        cases.remove(0)
    }

    /// Operations under way, and those that ended a short while ago.
    pub fn pending(&self) -> Vec<OperationView> {
        self.host
            .operations(&OperationQuery {
                limit: 1000,
                ..OperationQuery::default()
            })
            .expect("operations can be listed")
    }

    /// Every operation that there ever was.
    pub fn operations(&self) -> Vec<OperationView> {
        self.host
            .operations(&OperationQuery {
                history: true,
                limit: 1000,
                ..OperationQuery::default()
            })
            .expect("operations can be listed")
    }

    /// The newest operation.
    pub fn last(&self) -> OperationView {
        self.operations()
            .into_iter()
            .max_by_key(|operation| operation.id)
            .expect("there is an operation")
    }

    /// An operation by number.
    pub fn operation(&self, id: OperationId) -> OperationView {
        self.host.operation(id).expect("the operation is known")
    }

    /// The kinds of all events of the account, in order.
    pub fn history(&self, identifier: &str) -> Vec<EventKind> {
        let account = self.account(identifier).id;
        self.host
            .history(&HistoryFilter {
                account: Some(account),
                limit: 10_000,
                ..HistoryFilter::default()
            })
            .expect("the history can be read")
            .into_iter()
            .map(|entry| entry.event.kind)
            .collect()
    }

    /// How many times something happened to the account.
    pub fn count(&self, identifier: &str, kind: EventKind) -> usize {
        let history = self.history(identifier);
        history.iter().filter(|one| **one == kind).count()
    }

    /// What somebody should look at.
    pub fn attention(&self) -> String {
        self.host
            .resource_view("app")
            .expect("the resource is known")
            .attention
            .join("\n")
    }

    /// Everything that would be different if something had happened, and that it happened.
    pub fn everything(&self) -> String {
        let history = self.host.history(&HistoryFilter {
            limit: 10_000,
            ..HistoryFilter::default()
        });
        format!(
            "{}{:#?}",
            self.views(),
            history.expect("the history can be read")
        )
    }

    /// Everything that would be different if something had happened.
    pub fn views(&self) -> String {
        let mut all = format!("{:#?}\n", self.operations());
        for case in self.cases() {
            all.push_str(&format!("{case:#?}\n"));
        }
        for account in self
            .host
            .accounts(&AccountFilter {
                limit: 1000,
                ..Default::default()
            })
            .expect("accounts can be listed")
        {
            let view = self.host.account_by_id(account.id).expect("it is there");
            all.push_str(&format!("{view:#?}\n"));
        }
        all
    }
}

/// Short questions about what is seen.
pub trait Seen {
    /// An attribute in all views.
    fn attribute(&self, name: &str) -> &AttributeView;

    /// What it is, with commas between several values.
    fn current(&self, name: &str) -> String {
        self.attribute(name).current.to_string()
    }

    /// What it will be.
    fn expected(&self, name: &str) -> String {
        self.attribute(name).expected.to_string()
    }

    /// What it should be.
    fn desired(&self, name: &str) -> String {
        self.attribute(name)
            .desired
            .as_ref()
            .map_or("(nobody cares)".to_owned(), ToString::to_string)
    }
}

impl Seen for AccountView {
    fn attribute(&self, name: &str) -> &AttributeView {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.as_str() == name)
            .unwrap_or_else(|| panic!("no attribute {name} in {self:#?}"))
    }
}

/// What the operation was found to be about one attribute, or about the account itself.
pub fn verdict(operation: &OperationView, subject: &str) -> Verdict {
    operation
        .verdicts
        .iter()
        .find(|verdict| match &verdict.subject {
            Subject::Existence => subject == "the account itself",
            Subject::Attribute(name) => name.as_str() == subject,
        })
        .unwrap_or_else(|| panic!("no verdict about {subject} in {operation:#?}"))
        .verdict
}

/// The kind and state of an operation, in words.
pub fn state(operation: &OperationView) -> (&'static str, OperationState) {
    (operation.kind.as_str(), operation.state)
}
