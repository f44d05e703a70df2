//! What a status and a closure code mean.

use std::collections::BTreeMap;

use provisor_sdk::Class;
use serde::Deserialize;

/// What a status or closure code means, as the settings say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// Nobody has begun.
    Open,
    /// Somebody works on it.
    InProgress,
    /// What was asked for was done.
    Done,
    /// It was not and will not be done.
    Refused,
    /// It is not wanted any more.
    Cancelled,
    /// Nothing is known of it.
    Unknown,
}

impl From<Meaning> for Class {
    fn from(meaning: Meaning) -> Self {
        match meaning {
            Meaning::Open => Class::Open,
            Meaning::InProgress => Class::InProgress,
            Meaning::Done => Class::Done,
            Meaning::Refused => Class::Refused,
            Meaning::Cancelled => Class::Cancelled,
            Meaning::Unknown => Class::Unknown,
        }
    }
}

/// Status as they come out of the box, with and without process designer.
const STATUSES: &[(&str, Class)] = &[
    ("open", Class::Open),
    ("new", Class::Open),
    ("reopened", Class::Open),
    ("initial", Class::Open),
    ("logged", Class::Open),
    ("registered", Class::Open),
    ("categorize", Class::Open),
    ("assign", Class::Open),
    ("assigned", Class::Open),
    ("accepted", Class::InProgress),
    ("dispatched", Class::InProgress),
    ("in progress", Class::InProgress),
    ("work in progress", Class::InProgress),
    ("on hold", Class::InProgress),
    ("suspended", Class::InProgress),
    ("resolved", Class::Done),
    ("closed", Class::Done),
    ("completed", Class::Done),
    ("fulfilled", Class::Done),
    ("rejected", Class::Refused),
    ("denied", Class::Refused),
    ("cancelled", Class::Cancelled),
    ("canceled", Class::Cancelled),
    ("withdrawn", Class::Cancelled),
];

/// Every status of waiting begins so: `Pending Customer`, `Pending Vendor` and more.
const WAITING: &str = "pending";

/// Closure codes as they come out of the box. `Automatically Closed` is left out on purpose: nobody
/// has said that anything was done.
const CLOSURE_CODES: &[(&str, Class)] = &[
    ("fulfilled", Class::Done),
    ("resolved successfully", Class::Done),
    ("solved by change/service request", Class::Done),
    ("solved by user instruction", Class::Done),
    ("solved by workaround", Class::Done),
    ("successful", Class::Done),
    ("invalid", Class::Refused),
    ("no fault found", Class::Refused),
    ("no user response", Class::Refused),
    ("not reproducible", Class::Refused),
    ("out of scope", Class::Refused),
    ("rejected", Class::Refused),
    ("request rejected", Class::Refused),
    ("unable to solve", Class::Refused),
    ("withdrawn", Class::Cancelled),
    ("withdrawn by user", Class::Cancelled),
];

/// What statuses and closure codes mean. Case and space around them do not matter.
#[derive(Debug, Clone)]
pub struct Classes {
    statuses: BTreeMap<String, Class>,
    closure_codes: BTreeMap<String, Class>,
    coded: bool,
}

impl Classes {
    /// What is known out of the box, with these laid over it. `coded` is whether records have a
    /// closure code.
    pub fn new(
        statuses: &BTreeMap<String, Meaning>,
        closure_codes: &BTreeMap<String, Meaning>,
        coded: bool,
    ) -> Self {
        Classes {
            statuses: known(STATUSES, statuses),
            closure_codes: known(CLOSURE_CODES, closure_codes),
            coded,
        }
    }

    /// What a status with a closure code means. A status that ends a ticket says only that somebody
    /// has closed it; how it ended says the closure code, where records have one.
    pub fn class(&self, status: &str, closure_code: Option<&str>) -> Class {
        match self.of_status(status) {
            Class::Done if self.coded => closure_code
                .and_then(|code| self.closure_codes.get(&folded(code)))
                .copied()
                .unwrap_or(Class::Unknown),
            class => class,
        }
    }

    /// Whether a ticket of this status is closed, whatever came of it.
    pub fn is_closed(&self, status: &str) -> bool {
        let class = self.of_status(status);
        matches!(class, Class::Done | Class::Refused | Class::Cancelled)
    }

    fn of_status(&self, status: &str) -> Class {
        let status = folded(status);
        match self.statuses.get(&status) {
            Some(class) => *class,
            None if status.split(' ').next() == Some(WAITING) => Class::InProgress,
            None => Class::Unknown,
        }
    }
}

fn known(
    defaults: &[(&str, Class)],
    settings: &BTreeMap<String, Meaning>,
) -> BTreeMap<String, Class> {
    let defaults = defaults
        .iter()
        .map(|(name, class)| ((*name).to_owned(), *class));
    let settings = settings
        .iter()
        .map(|(name, meaning)| (folded(name), Class::from(*meaning)));
    defaults.chain(settings).collect()
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_closure_code_makes_a_closed_ticket_done() {
        let classes = Classes::new(&BTreeMap::new(), &BTreeMap::new(), true);
        let class = |status, code| classes.class(status, code);
        assert_eq!(class("Closed", Some("Solved by Workaround")), Class::Done);
        assert_eq!(class(" CLOSED ", Some("request rejected")), Class::Refused);
        assert_eq!(class("Closed", Some("Withdrawn by User")), Class::Cancelled);
        assert_eq!(
            class("Closed", Some("Automatically Closed")),
            Class::Unknown
        );
        assert_eq!(class("Closed", None), Class::Unknown);
        assert_eq!(class("Pending Vendor", None), Class::InProgress);
        assert_eq!(class("Pendingish", None), Class::Unknown);
        assert_eq!(
            class("Work In Progress", Some("Fulfilled")),
            Class::InProgress
        );
        assert_eq!(class("", None), Class::Unknown);
    }

    #[test]
    fn without_closure_codes_the_status_alone_decides() {
        let classes = Classes::new(&BTreeMap::new(), &BTreeMap::new(), false);
        assert_eq!(classes.class("Closed", None), Class::Done);
        assert_eq!(classes.class("Denied", None), Class::Refused);
    }

    #[test]
    fn settings_are_laid_over_what_is_known() {
        let map = |name: &str, meaning| BTreeMap::from([(name.to_owned(), meaning)]);
        let classes = Classes::new(
            &map("Geschlossen", Meaning::Done),
            &map("Solved by Workaround", Meaning::Refused),
            true,
        );
        let class = classes.class("geschlossen", Some("solved by workaround"));
        assert_eq!(class, Class::Refused);
        assert!(classes.is_closed("Geschlossen"));
        assert!(!classes.is_closed("Unheard of"));
    }
}
