//! Numbers of bytes as people write them: `64MiB`, `1GiB`, `500 kB`.

pub(super) const EXAMPLE: &str = "a size such as \"64MiB\" or \"1GiB\"";

const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// One whole number with a unit.
pub(super) fn parse(text: &str) -> Result<u64, &'static str> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err("it should begin with a whole number");
    }
    let unit = unit.trim_start();
    let (_, factor) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or("the units are B, KiB, MiB, GiB, TiB, kB, MB, GB and TB")?;
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(*factor))
        .ok_or("it is too large")
}

/// A size as it would be written.
pub(super) fn show(bytes: u64) -> String {
    UNITS[..4]
        .iter()
        .find(|(_, factor)| bytes > 0 && bytes.is_multiple_of(*factor))
        .map_or(format!("{bytes}B"), |(name, factor)| {
            format!("{}{name}", bytes / factor)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_a_number_with_a_unit() {
        assert_eq!(parse("64MiB"), Ok(64 << 20));
        assert_eq!(parse("500 kB"), Ok(500_000));
        assert_eq!(parse("0B"), Ok(0));
        for text in [
            "",
            "MiB",
            "64",
            "64 mib",
            "1.5GiB",
            "-1B",
            "99999999999TiB",
            "1é",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_that_is_shown_can_be_read() {
        for bytes in [0, 1, 1024, 1_500_000, 128 << 20, 3 << 40] {
            assert_eq!(parse(&show(bytes)), Ok(bytes));
        }
    }
}
