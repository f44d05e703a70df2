//! How soon somebody should look at a case or ticket.

use crate::bindings::mapping::provisor::connector::types;

/// How soon somebody should look at a case or ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is documented in the contract")]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

impl From<types::Priority> for Priority {
    fn from(priority: types::Priority) -> Self {
        match priority {
            types::Priority::Low => Priority::Low,
            types::Priority::Normal => Priority::Normal,
            types::Priority::High => Priority::High,
            types::Priority::Urgent => Priority::Urgent,
        }
    }
}

impl From<Priority> for types::Priority {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Low => types::Priority::Low,
            Priority::Normal => types::Priority::Normal,
            Priority::High => types::Priority::High,
            Priority::Urgent => types::Priority::Urgent,
        }
    }
}
