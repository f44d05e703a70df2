//! Days on which nobody works.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::{FIRST_YEAR, LAST_YEAR};

/// One day or several in a row on which nobody works: `2026-12-24`, `2026-07-01..2026-07-14`, or
/// each year `12-25` and `12-27..01-02`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Holiday(Days);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Days {
    Once {
        first: Date,
        last: Date,
    },
    /// Month and day; goes over the end of the year when the last comes before the first.
    Yearly {
        first: (i8, i8),
        last: (i8, i8),
    },
}

/// A text that is no holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HolidayError {
    /// Neither a date nor a day of each year, nor two of them.
    #[error(
        "write a day as \"2026-12-24\", or \"12-25\" for each year, and several in a row as \
         \"2026-07-01..2026-07-14\""
    )]
    Form,
    /// There is no such day.
    #[error("there is no such day")]
    NoSuchDay,
    /// Too far away.
    #[error("the year should be from {FIRST_YEAR} to {LAST_YEAR}")]
    Year,
    /// The last day is before the first.
    #[error("the last day is before the first")]
    Order,
    /// One of both is in each year and the other is not.
    #[error("one of the days has a year and the other has none")]
    Mixed,
}

impl Holiday {
    /// Whether a day is one of these.
    pub fn includes(&self, date: Date) -> bool {
        match self.0 {
            Days::Once { first, last } => (first..=last).contains(&date),
            Days::Yearly { first, last } => {
                let day = (date.month(), date.day());
                match first <= last {
                    true => (first..=last).contains(&day),
                    false => day >= first || day <= last,
                }
            }
        }
    }
}

/// All holidays of a calendar, so that asking for a day takes no longer the more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holidays {
    /// First and last days, none overlapping another, in order.
    once: Vec<(Date, Date)>,
    /// A bit for each day of each month, January at 1.
    yearly: [u32; 13],
}

impl Holidays {
    pub fn new(holidays: &[Holiday]) -> Self {
        let mut once = Vec::new();
        let mut yearly = [0; 13];
        for holiday in holidays {
            match holiday.0 {
                Days::Once { first, last } => once.push((first, last)),
                Days::Yearly { .. } => mark(&mut yearly, holiday),
            }
        }
        once.sort_unstable();
        once.dedup_by(|next, before| {
            let overlap = next.0 <= before.1;
            if overlap {
                before.1 = before.1.max(next.1);
            }
            overlap
        });
        Self { once, yearly }
    }

    pub fn is_empty(&self) -> bool {
        self.once.is_empty() && self.yearly == [0; 13]
    }

    pub fn includes(&self, date: Date) -> bool {
        let month = usize::try_from(date.month()).unwrap_or(0);
        if self.yearly[month] & (1 << date.day()) != 0 {
            return true;
        }
        let begun = self.once.partition_point(|(first, _)| *first <= date);
        begun > 0 && date <= self.once[begun - 1].1
    }
}

fn mark(yearly: &mut [u32; 13], holiday: &Holiday) {
    // A year that has 29 February.
    let first = Date::constant(2000, 1, 1);
    for date in first.series(jiff::Span::new().days(1)).take(366) {
        if holiday.includes(date) {
            let month = usize::try_from(date.month()).unwrap_or(0);
            yearly[month] |= 1 << date.day();
        }
    }
}

enum Day {
    Once(Date),
    Yearly((i8, i8)),
}

impl FromStr for Holiday {
    type Err = HolidayError;

    fn from_str(text: &str) -> Result<Self, HolidayError> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        match (day(first.trim())?, day(last.trim())?) {
            (Day::Once(first), Day::Once(last)) if last < first => Err(HolidayError::Order),
            (Day::Once(first), Day::Once(last)) => Ok(Self(Days::Once { first, last })),
            (Day::Yearly(first), Day::Yearly(last)) => Ok(Self(Days::Yearly { first, last })),
            _ => Err(HolidayError::Mixed),
        }
    }
}

fn day(text: &str) -> Result<Day, HolidayError> {
    let mut parts = Vec::new();
    for part in text.split('-').take(4) {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !matches!((parts.len(), part.len()), (0, 4) | (_, 2)) {
            return Err(HolidayError::Form);
        }
        parts.push(part.parse::<i16>().map_err(|_| HolidayError::Form)?);
    }
    let short = |number: i16| i8::try_from(number).unwrap_or(i8::MAX);
    let no_such = |_| HolidayError::NoSuchDay;
    match parts[..] {
        [year, month, day] if text.len() == 10 => {
            if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
                return Err(HolidayError::Year);
            }
            Date::new(year, short(month), short(day))
                .map(Day::Once)
                .map_err(no_such)
        }
        [month, day] if text.len() == 5 => {
            // A year that has 29 February.
            let date = Date::new(2000, short(month), short(day)).map_err(no_such)?;
            Ok(Day::Yearly((date.month(), date.day())))
        }
        _ => Err(HolidayError::Form),
    }
}

impl fmt::Display for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Days::Once { first, last } if first == last => write!(f, "{first}"),
            Days::Once { first, last } => write!(f, "{first}..{last}"),
            Days::Yearly { first, last } => {
                write!(f, "{:02}-{:02}", first.0, first.1)?;
                match first == last {
                    true => Ok(()),
                    false => write!(f, "..{:02}-{:02}", last.0, last.1),
                }
            }
        }
    }
}

impl fmt::Debug for Holiday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(holiday: &str, date: &str) -> bool {
        let holiday: Holiday = holiday.parse().unwrap();
        holiday.includes(date.parse().unwrap())
    }

    #[test]
    fn a_holiday_is_once_or_each_year_and_may_have_several_days() {
        assert!(includes("2026-12-24", "2026-12-24"));
        assert!(!includes("2026-12-24", "2027-12-24"));
        assert!(includes("12-25", "2031-12-25"));
        assert!(includes("2026-07-01..2026-07-14", "2026-07-14"));
        assert!(!includes("2026-07-01..2026-07-14", "2026-07-15"));
        assert!(includes("02-29", "2028-02-29"));
        assert!(!includes("02-29", "2027-03-01"));
        for (date, holiday) in [
            ("2026-12-26", false),
            ("2026-12-27", true),
            ("2027-01-02", true),
            ("2027-01-03", false),
        ] {
            assert_eq!(includes("12-27..01-02", date), holiday, "{date}");
        }
    }

    #[test]
    fn many_holidays_are_what_each_of_them_is() {
        let holidays: Vec<Holiday> = [
            "2026-07-01..2026-07-14",
            "2026-07-05..2026-07-06",
            "2026-07-10..2026-07-20",
            "2026-12-24",
            "12-25",
            "12-31..01-01",
            "02-29",
        ]
        .map(|text| text.parse().unwrap())
        .to_vec();
        let all = Holidays::new(&holidays);
        let first = Date::constant(2025, 12, 1);
        for date in first.series(jiff::Span::new().days(1)).take(1200) {
            let expected = holidays.iter().any(|one| one.includes(date));
            assert_eq!(all.includes(date), expected, "{date}");
        }
    }

    #[test]
    fn a_holiday_is_read_as_it_is_written() {
        for text in [
            "2026-12-24",
            "2026-07-01..2026-07-14",
            "12-25",
            "12-27..01-02",
        ] {
            assert_eq!(text.parse::<Holiday>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_holiday_says_why() {
        for (text, error) in [
            ("", HolidayError::Form),
            ("24.12.2026", HolidayError::Form),
            ("2026-12", HolidayError::Form),
            ("12-25-2026", HolidayError::Form),
            ("2026-12-24-01", HolidayError::Form),
            ("2026-12-24..", HolidayError::Form),
            ("2026-02-29", HolidayError::NoSuchDay),
            ("13-01", HolidayError::NoSuchDay),
            ("0026-12-24", HolidayError::Year),
            ("2026-07-14..2026-07-01", HolidayError::Order),
            ("2026-07-14..07-20", HolidayError::Mixed),
        ] {
            assert_eq!(text.parse::<Holiday>(), Err(error), "{text}");
        }
    }
}
