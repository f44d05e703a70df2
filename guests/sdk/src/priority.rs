//! Something for each of the four priorities of a ticket.

use serde::Deserialize;

use crate::Priority;

/// One thing for each priority, under the names that settings have for them: `low`, `normal`,
/// `high` and `urgent`. In settings each may be missing and is then that of `T::default()`; another
/// name is a problem.
///
/// ```
/// use provisor_sdk::{ByPriority, Priority};
///
/// let given: ByPriority<Option<String>> = serde_json::from_str(r#"{ "high": "P1" }"#)?;
/// assert_eq!(given.of(Priority::High).as_deref(), Some("P1"));
/// assert_eq!(given.of(Priority::Low), &None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ByPriority<T> {
    /// When nothing else is there.
    pub low: T,
    /// The usual.
    pub normal: T,
    /// Before the usual.
    pub high: T,
    /// Now.
    pub urgent: T,
}

impl<T> ByPriority<T> {
    /// That of this priority.
    pub fn of(&self, priority: Priority) -> &T {
        match priority {
            Priority::Low => &self.low,
            Priority::Normal => &self.normal,
            Priority::High => &self.high,
            Priority::Urgent => &self.urgent,
        }
    }

    /// All of them from `low` to `urgent`, with the names that they have in settings.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &T)> {
        [
            ("low", &self.low),
            ("normal", &self.normal),
            ("high", &self.high),
            ("urgent", &self.urgent),
        ]
        .into_iter()
    }

    /// What `make` makes of each.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> ByPriority<U> {
        ByPriority {
            low: make(self.low),
            normal: make(self.normal),
            high: make(self.high),
            urgent: make(self.urgent),
        }
    }
}

impl<T> ByPriority<Option<T>> {
    /// What is given, and for a priority for which nothing is given what is usual.
    pub fn or(self, usual: ByPriority<T>) -> ByPriority<T> {
        ByPriority {
            low: self.low.unwrap_or(usual.low),
            normal: self.normal.unwrap_or(usual.normal),
            high: self.high.unwrap_or(usual.high),
            urgent: self.urgent.unwrap_or(usual.urgent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_is_what_is_usual() {
        let usual = ByPriority {
            low: 1,
            normal: 2,
            high: 3,
            urgent: 4,
        };
        let given: ByPriority<Option<u32>> = serde_json::from_str(r#"{ "high": 7 }"#).unwrap();
        let all: Vec<_> = given
            .or(usual)
            .iter()
            .map(|(name, number)| (name, *number))
            .collect();
        assert_eq!(all, [("low", 1), ("normal", 2), ("high", 7), ("urgent", 4)]);
    }

    #[test]
    fn each_priority_has_its_own() {
        let names = ByPriority {
            low: "low",
            normal: "normal",
            high: "high",
            urgent: "urgent",
        };
        let all = ByPriority {
            low: Priority::Low,
            normal: Priority::Normal,
            high: Priority::High,
            urgent: Priority::Urgent,
        };
        for (name, priority) in all.iter() {
            assert_eq!(names.of(*priority), &name);
        }
        let lengths = names.map(str::len);
        assert_eq!((lengths.low, lengths.urgent), (3, 6));
    }

    #[test]
    fn a_name_that_is_no_priority_is_a_problem() {
        let error = serde_json::from_str::<ByPriority<u32>>(r#"{ "asap": 1 }"#).unwrap_err();
        assert!(
            error.to_string().contains("expected one of `low`"),
            "{error}"
        );
    }
}
