//! What a status means when the configuration says nothing else.

use provisor_sdk::Class;

/// Names of statuses and resolutions that mean: not wanted any more.
const CANCELLED: [&str; 6] = [
    "abandoned",
    "canceled",
    "cancelled",
    "obsolete",
    "withdrawn",
    "revoked",
];

/// Names of statuses and resolutions that mean: not done, and will not be. Those by which
/// housekeeping closes tickets are among them.
const REFUSED: [&str; 26] = [
    "auto closed",
    "cannot reproduce",
    "closed without action",
    "customer did not respond",
    "declined",
    "denied",
    "duplicate",
    "expired",
    "failed",
    "incomplete",
    "invalid",
    "known error",
    "no response",
    "not a bug",
    "not done",
    "not possible",
    "refused",
    "rejected",
    "stale",
    "timed out",
    "unable to complete",
    "unresolved",
    "won't do",
    "won't fix",
    "wont do",
    "wont fix",
];

/// The class of a ticket with a status of this category and name, and this resolution. The category
/// decides whether it is closed: names are free and translated. If `done_resolutions` are named, a
/// closed ticket with none of them is unknown unless it says that it was not done.
pub fn of(
    category: &str,
    status: &str,
    resolution: Option<&str>,
    done_resolutions: &[String],
) -> Class {
    match category {
        "new" => Class::Open,
        "indeterminate" => Class::InProgress,
        "done" => {
            // The status was chosen by a person; a resolution may only have been the default.
            let said = [Some(status), resolution].into_iter().flatten();
            if let Some(class) = said.map(plain).find_map(|name| not_done(&name)) {
                return class;
            }
            let known = |name: &str| {
                done_resolutions
                    .iter()
                    .any(|done| plain(done) == plain(name))
            };
            match done_resolutions.is_empty() || resolution.is_some_and(known) {
                true => Class::Done,
                false => Class::Unknown,
            }
        }
        _ => Class::Unknown,
    }
}

fn not_done(name: &str) -> Option<Class> {
    if CANCELLED.contains(&name) {
        Some(Class::Cancelled)
    } else if REFUSED.contains(&name) {
        Some(Class::Refused)
    } else {
        None
    }
}

/// A name as it is compared: without the differences that people make.
pub fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let name = name.replace(['\u{2019}', '\u{2018}', '`'], "'");
    let words: Vec<&str> = name
        .split(|one: char| one.is_whitespace() || matches!(one, '-' | '_'))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_category_decides_whether_a_ticket_is_closed() {
        let of = |category, status, resolution| super::of(category, status, resolution, &[]);
        assert_eq!(of("new", "Done", Some("Done")), Class::Open);
        assert_eq!(of("indeterminate", "Cancelled", None), Class::InProgress);
        assert_eq!(of("done", "Erledigt", None), Class::Done);
        assert_eq!(of("undefined", "Done", Some("Done")), Class::Unknown);
        assert_eq!(of("brand-new-category", "Done", None), Class::Unknown);
    }

    #[test]
    fn a_closed_ticket_that_was_not_done_is_not_done() {
        let of = |status, resolution| super::of("done", status, resolution, &[]);
        assert_eq!(of("Done", Some("Won\u{2019}t Do")), Class::Refused);
        assert_eq!(of("Cancelled", Some("Done")), Class::Cancelled);
        assert_eq!(of("Closed", Some("Auto-Closed")), Class::Refused);
        assert_eq!(of("REJECTED", None), Class::Refused);
    }

    #[test]
    fn with_named_resolutions_no_other_is_done() {
        let named = ["Done".to_owned()];
        let of = |resolution| super::of("done", "Closed", resolution, &named);
        assert_eq!(of(Some("done")), Class::Done);
        assert_eq!(of(Some("Fixed")), Class::Unknown);
        assert_eq!(of(None), Class::Unknown);
        assert_eq!(of(Some("Declined")), Class::Refused);
    }
}
