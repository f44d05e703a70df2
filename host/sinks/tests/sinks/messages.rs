//! Something to tell.

use provisor_model::{CaseId, Delivery, Notification, NotificationId, Priority, Timestamp};
use provisor_sinks::Message;

pub fn monday() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

/// Case 7 was opened for an account of this name; the message is number 17 of its house.
pub fn opened_for(account: &str) -> Message {
    let delivery = Delivery::new(
        NotificationId(17),
        "out".parse().unwrap(),
        None,
        "payroll".parse().unwrap(),
        Notification::CaseOpened {
            case: CaseId(7),
            title: format!("create the account {account} on Payroll"),
            priority: Priority::Normal,
            due: None,
        },
        monday(),
    );
    Message::new(&delivery, "a1b2c3", "Payroll")
}

pub fn opened() -> Message {
    opened_for("ann")
}
