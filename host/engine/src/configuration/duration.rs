//! Durations as people write them: `90s`, `24h`, `1h 30m`, `2w`.

use std::time::Duration;

pub(super) const EXAMPLE: &str =
    "a duration such as \"90s\", \"15m\", \"24h\", \"30d\" or \"1h 30m\"";

/// The longest duration: a hundred years. Any moment with it added can still be written.
pub(super) const LONGEST: Duration = Duration::from_secs(36_500 * DAY);

const DAY: u64 = 24 * 60 * 60;

/// Units with their length in milliseconds, the longest first.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * DAY * 1000),
    ("d", DAY * 1000),
    ("h", 60 * 60 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

/// Whole numbers with a unit each, from the longest unit to the shortest.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Result<Duration, &'static str> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty");
    }
    let mut total: u64 = 0;
    let mut allowed = &UNITS[..];
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after.len() - after.trim_start_matches(char::is_alphabetic).len();
        let (unit, after) = after.split_at(letters);
        if number.is_empty() {
            return Err("it should begin with a whole number");
        }
        if !UNITS.iter().any(|(name, _)| *name == unit) {
            return Err("the units are w, d, h, m, s and ms");
        }
        let Some(place) = allowed.iter().position(|(name, _)| *name == unit) else {
            return Err("each unit stands once, the longest first");
        };
        let part = number.parse::<u64>().ok();
        total = part
            .and_then(|number| number.checked_mul(allowed[place].1))
            .and_then(|part| part.checked_add(total))
            .filter(|total| u128::from(*total) <= LONGEST.as_millis())
            .ok_or("it is longer than a hundred years")?;
        allowed = &allowed[place + 1..];
        rest = after.trim_start();
    }
    Ok(Duration::from_millis(total))
}

/// A duration as it would be written.
pub(super) fn show(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    // Weeks are not what people expect to read.
    for (name, length) in &UNITS[1..] {
        if rest >= *length {
            parts.push(format!("{}{name}", rest / length));
            rest %= length;
        }
    }
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        let seconds = |text| parse(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("1h 30m"), Ok(5400));
        assert_eq!(seconds(" 1h30m "), Ok(5400));
        assert_eq!(seconds("2w"), Ok(14 * DAY));
        assert_eq!(seconds("36500d"), Ok(36_500 * DAY));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn anything_else_says_what_is_wrong() {
        for (text, problem) in [
            ("", "empty"),
            ("h", "begin with a whole number"),
            ("-1h", "begin with a whole number"),
            ("1.5h", "units are"),
            ("24", "units are"),
            ("24 hours", "units are"),
            ("30m 1h", "the longest first"),
            ("1h 1h", "the longest first"),
            ("36501d", "hundred years"),
            ("99999999999999999999d", "hundred years"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn a_duration_that_is_shown_can_be_read() {
        for millis in [0, 1, 1000, 5_400_000, 90_061_001] {
            let duration = Duration::from_millis(millis);
            assert_eq!(parse(&show(duration)), Ok(duration));
        }
    }
}
