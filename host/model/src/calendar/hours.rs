//! Hours of a day.

use std::fmt;
use std::str::FromStr;

/// Business hours that begin on one day, such as `08:00-12:00`. When they end at an earlier time
/// of day than they begin, they go over midnight: `22:00-06:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours {
    /// Minutes since midnight, 0 to 1439.
    start: u16,
    /// Minutes since the same midnight, after `start`, up to a day after it.
    end: u16,
}

/// A text that is no hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// There are not two times of day with a hyphen between them.
    #[error("write hours as \"08:00-12:00\"")]
    Form,
    /// One of the times is none.
    #[error(
        "a time of day is written with two digits each, from 00:00 to 23:59, at the end to 24:00"
    )]
    TimeOfDay,
    /// They end when they begin.
    #[error("they end when they begin; a whole day is \"00:00-24:00\"")]
    Nothing,
}

const DAY: u16 = 24 * 60;

const MINUTE: i64 = 60 * 1000;

impl Hours {
    /// Milliseconds since midnight.
    pub(super) fn start(self) -> i64 {
        i64::from(self.start) * MINUTE
    }

    /// Milliseconds since the same midnight, up to two days.
    pub(super) fn end(self) -> i64 {
        i64::from(self.end) * MINUTE
    }
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let (start, end) = text.split_once('-').ok_or(HoursError::Form)?;
        let start = minutes(start.trim(), DAY - 1)?;
        let end = minutes(end.trim(), DAY)?;
        match end {
            end if end == start => Err(HoursError::Nothing),
            end if end < start => Ok(Self {
                start,
                end: end + DAY,
            }),
            end => Ok(Self { start, end }),
        }
    }
}

fn minutes(text: &str, latest: u16) -> Result<u16, HoursError> {
    let two = |digits: &str| match digits.as_bytes() {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(u16::from(a - b'0') * 10 + u16::from(b - b'0')),
        _ => None,
    };
    let (hour, minute) = text.split_once(':').ok_or(HoursError::Form)?;
    match (two(hour), two(minute)) {
        (Some(hour), Some(minute)) if minute < 60 && hour * 60 + minute <= latest => {
            Ok(hour * 60 + minute)
        }
        _ => Err(HoursError::TimeOfDay),
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.end > DAY {
            self.end - DAY
        } else {
            self.end
        };
        let (start, minute) = (self.start / 60, self.start % 60);
        write!(f, "{start:02}:{minute:02}-{:02}:{:02}", end / 60, end % 60)
    }
}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_they_are_written() {
        for text in ["08:00-12:00", "00:00-24:00", "22:00-06:00"] {
            let hours: Hours = text.parse().unwrap();
            assert_eq!(hours.to_string(), text);
        }
        let night: Hours = "22:00 - 06:00".parse().unwrap();
        assert_eq!(night.end() - night.start(), 8 * 60 * MINUTE);
        let evening: Hours = "23:00-00:00".parse().unwrap();
        assert_eq!(evening.end() - evening.start(), 60 * MINUTE);
    }

    #[test]
    fn what_is_no_hours_says_why() {
        for (text, error) in [
            ("", HoursError::Form),
            ("08:00", HoursError::Form),
            ("8-12", HoursError::Form),
            ("8:00-12:00", HoursError::TimeOfDay),
            ("08:00-12:60", HoursError::TimeOfDay),
            ("24:00-25:00", HoursError::TimeOfDay),
            ("08:00-12:00-13:00", HoursError::TimeOfDay),
            ("08:00-24:01", HoursError::TimeOfDay),
            ("+8:00-12:00", HoursError::TimeOfDay),
            ("08:00-08:00", HoursError::Nothing),
        ] {
            assert_eq!(text.parse::<Hours>(), Err(error), "{text}");
        }
    }
}
