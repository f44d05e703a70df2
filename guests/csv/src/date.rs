//! Days and moments as files write them, and as the host wants them.

use std::fmt::Write;

use crate::settings::Kind;

/// An offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    minutes: i64,
}

impl Offset {
    /// No offset.
    pub const UTC: Offset = Offset { minutes: 0 };

    /// Reads `Z`, `+hh:mm`, `+hhmm` or `+hh` (or `-`).
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let offset = offset(&mut rest)?;
        rest.is_empty().then_some(offset)
    }
}

/// How a file writes days or moments.
#[derive(Debug, Clone)]
pub struct Format {
    items: Vec<Item>,
    /// How it was given.
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Literal(char),
    /// Any white space, also none.
    Space,
    Year,
    ShortYear,
    Month,
    MonthName,
    Day,
    Hour,
    Hour12,
    Half,
    Minute,
    Second,
    Fraction,
    Offset,
}

/// What was found in a text.
#[derive(Debug, Default)]
struct Parts {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    half: Option<u32>,
    minute: u32,
    second: u32,
    fraction: String,
    offset: Option<Offset>,
}

impl Format {
    /// Reads a format in the manner of `strftime`, for days or moments.
    ///
    /// # Errors
    /// What is wrong with it, for a person.
    pub fn parse(format: &str, kind: Kind) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut characters = format.chars();
        while let Some(character) = characters.next() {
            match character {
                '%' => match characters.next() {
                    Some('F') => items.extend(ymd()),
                    Some('T') => items.extend(hms()),
                    Some('%') => items.push(Item::Literal('%')),
                    Some(letter) => items.push(directive(letter)?),
                    None => return Err("a `%` stands at the end".to_owned()),
                },
                character if character.is_whitespace() => items.push(Item::Space),
                character => items.push(Item::Literal(character)),
            }
        }
        let has = |item: &Item| items.contains(item);
        let year = has(&Item::Year) || has(&Item::ShortYear);
        let month = has(&Item::Month) || has(&Item::MonthName);
        if !(year && month && has(&Item::Day)) {
            return Err("it needs a year (`%Y`), a month (`%m`) and a day (`%d`)".to_owned());
        }
        if kind == Kind::Datetime && !(has(&Item::Hour) || has(&Item::Hour12)) {
            return Err("a datetime needs an hour (`%H`)".to_owned());
        }
        if has(&Item::Hour12) != has(&Item::Half) {
            return Err("`%I` and `%p` belong together".to_owned());
        }
        Ok(Format {
            items,
            source: format.to_owned(),
        })
    }

    /// The format when none is given: `%Y-%m-%d`, or RFC 3339 with the seconds, their fraction
    /// and the offset being optional.
    pub fn standard(kind: Kind) -> Self {
        let mut items = Vec::from(ymd());
        let mut source = "%Y-%m-%d".to_owned();
        if kind == Kind::Datetime {
            items.push(Item::Literal('T'));
            items.extend(hms());
            items.extend([Item::Fraction, Item::Offset]);
            source = "RFC 3339".to_owned();
        }
        Format { items, source }
    }

    /// As it was given.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Adds the day as `YYYY-MM-DD`; `None` when the text does not fit.
    pub fn day(&self, text: &str, into: &mut String) -> Option<()> {
        let parts = self.read(text)?;
        write!(
            into,
            "{:04}-{:02}-{:02}",
            parts.year, parts.month, parts.day
        )
        .ok()
    }

    /// Adds the moment in RFC 3339 and UTC; `None` when the text does not fit. `default` is the
    /// offset of a text that does not say its own.
    pub fn moment(&self, text: &str, default: Offset, into: &mut String) -> Option<()> {
        let parts = self.read(text)?;
        let local = i64::from(parts.hour * 60 + parts.minute);
        let minutes = local - parts.offset.unwrap_or(default).minutes;
        let days = days(parts.year, parts.month, parts.day) + minutes.div_euclid(24 * 60);
        let minutes = minutes.rem_euclid(24 * 60);
        let (year, month, day) = civil(days);
        if !(1..=9999).contains(&year) {
            return None;
        }
        write!(
            into,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            minutes / 60,
            minutes % 60,
            parts.second
        )
        .ok()?;
        let fraction = parts.fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            into.push('.');
            into.push_str(fraction);
        }
        into.push('Z');
        Some(())
    }

    fn read(&self, text: &str) -> Option<Parts> {
        let mut parts = Parts::default();
        let mut rest = text;
        for item in &self.items {
            item.read(&mut rest, &mut parts)?;
        }
        if let Some(half) = parts.half {
            parts.hour = parts.hour % 12 + half;
        }
        let fits = rest.is_empty()
            && (1..=9999).contains(&parts.year)
            && (1..=12).contains(&parts.month)
            && (1..=month_length(parts.year, parts.month)).contains(&parts.day)
            && parts.hour < 24
            && parts.minute < 60
            && parts.second < 60;
        fits.then_some(parts)
    }
}

fn ymd() -> [Item; 5] {
    let dash = Item::Literal('-');
    [Item::Year, dash.clone(), Item::Month, dash, Item::Day]
}

fn hms() -> [Item; 5] {
    let colon = Item::Literal(':');
    [Item::Hour, colon.clone(), Item::Minute, colon, Item::Second]
}

fn directive(letter: char) -> Result<Item, String> {
    Ok(match letter {
        'Y' => Item::Year,
        'y' => Item::ShortYear,
        'm' => Item::Month,
        'b' | 'B' => Item::MonthName,
        'd' | 'e' => Item::Day,
        'H' | 'k' => Item::Hour,
        'I' | 'l' => Item::Hour12,
        'p' | 'P' => Item::Half,
        'M' => Item::Minute,
        'S' => Item::Second,
        'f' => Item::Fraction,
        'z' => Item::Offset,
        other => {
            return Err(format!(
                "`%{other}` is not known; there are %Y %y %m %b %d %H %I %p %M %S %f %z %F %T %%"
            ));
        }
    })
}

impl Item {
    fn read(&self, rest: &mut &str, parts: &mut Parts) -> Option<()> {
        match self {
            Item::Literal(wanted) => *rest = rest.strip_prefix(*wanted)?,
            Item::Space => *rest = rest.trim_start(),
            Item::Year => parts.year = i64::from(number(rest, 4, 4)?),
            Item::ShortYear => {
                // As POSIX reads it.
                let year = i64::from(number(rest, 2, 2)?);
                parts.year = if year < 69 { 2000 + year } else { 1900 + year };
            }
            Item::Month => parts.month = number(rest, 1, 2)?,
            Item::MonthName => parts.month = month_name(rest)?,
            Item::Day => parts.day = number(rest, 1, 2)?,
            Item::Hour => parts.hour = number(rest, 1, 2)?,
            Item::Hour12 => {
                parts.hour = number(rest, 1, 2)?;
                if !(1..=12).contains(&parts.hour) {
                    return None;
                }
            }
            Item::Half => {
                let word = rest.get(..2)?;
                parts.half = Some(match word.to_ascii_lowercase().as_str() {
                    "am" => 0,
                    "pm" => 12,
                    _ => return None,
                });
                *rest = &rest[2..];
            }
            Item::Minute => parts.minute = number(rest, 2, 2)?,
            Item::Second => parts.second = number(rest, 2, 2)?,
            Item::Fraction => {
                // With its point or comma; it may be missing.
                if let Some(behind) = rest.strip_prefix(['.', ',']) {
                    let length = behind.bytes().take_while(u8::is_ascii_digit).count();
                    if !(1..=9).contains(&length) {
                        return None;
                    }
                    parts.fraction = behind[..length].to_owned();
                    *rest = &behind[length..];
                }
            }
            Item::Offset => {
                if !rest.is_empty() {
                    parts.offset = Some(offset(rest)?);
                }
            }
        }
        Some(())
    }
}

/// A number of so many digits, with zeros or a space in front.
fn number(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let length = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if length < least {
        return None;
    }
    let (digits, behind) = rest.split_at(length);
    *rest = behind;
    digits.parse().ok()
}

fn month_name(rest: &mut &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, behind) = rest.split_at(length);
    let word = word.to_ascii_lowercase();
    let place = NAMES
        .iter()
        .position(|name| *name == word || name[..3] == word)?;
    *rest = behind;
    u32::try_from(place + 1).ok()
}

fn offset(rest: &mut &str) -> Option<Offset> {
    if let Some(behind) = rest.strip_prefix(['Z', 'z']) {
        *rest = behind;
        return Some(Offset { minutes: 0 });
    }
    let sign = match rest.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    *rest = &rest[1..];
    let hours = number(rest, 2, 2)?;
    let colon = rest.strip_prefix(':');
    let minutes = match colon {
        Some(behind) => {
            *rest = behind;
            number(rest, 2, 2)?
        }
        None => number(rest, 2, 2).unwrap_or(0),
    };
    let fits = hours < 24 && minutes < 60;
    fits.then(|| Offset {
        minutes: sign * i64::from(hours * 60 + minutes),
    })
}

fn month_length(year: i64, month: u32) -> u32 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since the first of March of the year 0, for a calendar whose years begin in March: then
/// the leap day is the last of its year and months follow one formula.
fn days(year: i64, month: u32, day: u32) -> i64 {
    let (year, month) = match month {
        1 | 2 => (year - 1, i64::from(month) + 9),
        _ => (year, i64::from(month) - 3),
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (month * 153 + 2) / 5 + i64::from(day) - 1
}

/// The other way round.
fn civil(days: i64) -> (i64, i64, i64) {
    // 146,097 days are 400 years.
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (day * 5 + 2) / 153;
    let day = day - (month * 153 + 2) / 5 + 1;
    let year = era * 400 + year;
    match month {
        0..=9 => (year, month + 3, day),
        _ => (year + 1, month - 9, day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(format: Option<&str>, text: &str, default: &str) -> Option<String> {
        let format = match format {
            Some(format) => Format::parse(format, Kind::Datetime).unwrap(),
            None => Format::standard(Kind::Datetime),
        };
        let mut into = String::new();
        format.moment(text, Offset::parse(default)?, &mut into)?;
        Some(into)
    }

    fn day(format: &str, text: &str) -> Option<String> {
        let mut into = String::new();
        let format = Format::parse(format, Kind::Date).unwrap();
        format.day(text, &mut into)?;
        Some(into)
    }

    #[test]
    fn every_day_of_four_centuries_is_found_again() {
        for number in days(1799, 1, 1)..days(2201, 1, 1) {
            let (year, month, day) = civil(number);
            assert_eq!(days(year, month as u32, day as u32), number);
            assert!(day as u32 <= month_length(year, month as u32));
        }
    }

    #[test]
    fn days_are_read_in_the_given_order() {
        assert_eq!(day("%d.%m.%Y", "31.12.2025").as_deref(), Some("2025-12-31"));
        assert_eq!(day("%d. %m. %Y", "1.2.2025").as_deref(), Some("2025-02-01"));
        assert_eq!(day("%d-%b-%y", "05-Mar-69").as_deref(), Some("1969-03-05"));
        assert_eq!(
            day("%F %T", "2024-02-29 23:59:59").as_deref(),
            Some("2024-02-29")
        );
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "29.02.2025",
            "31.04.2025",
            "00.01.2025",
            "1.13.2025",
            "1.1.25",
            "1.1.2025x",
        ] {
            assert_eq!(day("%d.%m.%Y", text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_given_in_utc() {
        let cases = [
            ("2025-03-30T02:30:00+02:00", "2025-03-30T00:30:00Z"),
            ("2025-01-01T00:15:00.250+01:00", "2024-12-31T23:15:00.25Z"),
            ("2025-12-31T23:15:00-0100", "2026-01-01T00:15:00Z"),
            ("2025-12-31T23:15:00", "2025-12-31T22:15:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                moment(None, text, "+01:00").as_deref(),
                Some(expected),
                "{text}"
            );
        }
        let twelve = Some("%m/%d/%Y %I:%M %p");
        assert_eq!(
            moment(twelve, "12/31/2025 12:05 AM", "Z").as_deref(),
            Some("2025-12-31T00:05:00Z")
        );
        assert_eq!(moment(twelve, "12/31/2025 13:05 AM", "Z"), None);
    }

    #[test]
    fn formats_that_cannot_work_are_refused() {
        for (format, reason) in [("%Y-%m", "day"), ("%Q", "%Q"), ("%Y%m%d%", "end")] {
            let refused = Format::parse(format, Kind::Date).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
        assert!(Format::parse("%Y-%m-%d", Kind::Datetime).is_err());
        assert!(Format::parse("%F %I", Kind::Datetime).is_err());
    }
}
