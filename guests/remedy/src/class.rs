//! What a status means as long as nobody has configured something else.

use provisor_sdk::Class;

use crate::settings::Kind;

/// Reasons that speak against a status which sounds as if it had been done, whatever the form.
const NOT_DONE: [&str; 4] = ["Unsuccessful", "Backed Out", "Rejected", "Refused"];

/// Reasons that say the same of what is not wanted any more.
const NOT_WANTED: [&str; 3] = ["Cancelled", "Canceled", "Cancelled by Requester"];

/// The class of a status with its reason. What is not known here is `unknown`, never `done`.
pub fn class(kind: Kind, status: &str, reason: Option<&str>) -> Class {
    let class = match kind {
        Kind::Incident => incident(status),
        Kind::WorkOrder => work_order(status),
        Kind::Change => change(status),
    };
    match (class, reason) {
        (Class::Done, Some(reason)) if NOT_DONE.contains(&reason) => Class::Refused,
        (Class::Done, Some(reason)) if NOT_WANTED.contains(&reason) => Class::Cancelled,
        _ => class,
    }
}

/// Whether nobody works on such a ticket any more.
pub fn is_final(class: Class) -> bool {
    matches!(class, Class::Done | Class::Refused | Class::Cancelled)
}

fn incident(status: &str) -> Class {
    match status {
        "New" | "Assigned" => Class::Open,
        "In Progress" | "Pending" => Class::InProgress,
        "Resolved" | "Closed" => Class::Done,
        "Cancelled" => Class::Cancelled,
        _ => Class::Unknown,
    }
}

fn work_order(status: &str) -> Class {
    match status {
        "Assigned" | "Waiting Approval" => Class::Open,
        "Pending" | "Planning" | "In Progress" => Class::InProgress,
        "Completed" | "Closed" => Class::Done,
        "Rejected" => Class::Refused,
        "Cancelled" => Class::Cancelled,
        _ => Class::Unknown,
    }
}

fn change(status: &str) -> Class {
    match status {
        "Draft"
        | "Request For Authorization"
        | "Request For Change"
        | "Scheduled For Review"
        | "Scheduled For Approval"
        | "Scheduled" => Class::Open,
        "Planning In Progress" | "Implementation In Progress" | "Pending" => Class::InProgress,
        "Completed" | "Closed" => Class::Done,
        "Rejected" => Class::Refused,
        "Cancelled" => Class::Cancelled,
        _ => Class::Unknown,
    }
}
