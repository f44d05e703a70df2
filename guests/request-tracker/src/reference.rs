//! How this component names a ticket to the host.

use std::fmt;

use provisor_sdk::Failure;

/// The number of a ticket, written in digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference(u64);

impl Reference {
    /// The ticket of this number; none is 0, and no data base counts beyond 18 digits.
    pub fn of(number: u64) -> Option<Self> {
        (1..1_000_000_000_000_000_000)
            .contains(&number)
            .then_some(Reference(number))
    }

    /// The number itself.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Reads what [`Display`](fmt::Display) writes, and nothing else.
    ///
    /// # Errors
    /// `configuration` when it is something else, as when the resource had another component before.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let digits = !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        let reference = number.and_then(Reference::of);
        match reference.filter(|it| it.to_string() == text) {
            Some(reference) => Ok(reference),
            None => Err(Failure::configuration(format!(
                "`{}` is no reference to a ticket of Request Tracker, which is a number: the ticket \
                 was made by another component; give the resource the ticket system back that it \
                 had, or cancel the operation",
                provisor_sdk::document::cut(&provisor_sdk::document::one_line(text), 80)
            ))),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_numbers_are_references() {
        assert_eq!(Reference::read("17").unwrap().to_string(), "17");
        for broken in ["", "0", "017", "+17", " 17", "17 OR id=1", "1.5", "PROV-17"] {
            assert!(Reference::read(broken).is_err(), "{broken}");
        }
        assert!(Reference::read(&"9".repeat(40)).is_err());
    }
}
