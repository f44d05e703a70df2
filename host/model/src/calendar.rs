//! Business hours: when people work, and how long that is.

mod holiday;
mod hours;

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::Timestamp;

use holiday::Holidays;
pub use holiday::{Holiday, HolidayError};
pub use hours::{Hours, HoursError};

/// When people work: hours of each weekday without the holidays, in one time zone.
///
/// The clock on the wall decides: it is open whenever that clock shows a time within the hours.
/// Hours that are left out when clocks go forward are never open, and those that come twice when
/// clocks go back are open twice. Hours belong to the day on which they begin, so what begins on
/// a holiday is closed to its end, and what began on the evening before a holiday is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    time_zone: TimeZone,
    /// By weekday, Monday first; each in the order of its beginning.
    hours: [Vec<Hours>; 7],
    holidays: Holidays,
}

/// Hours and holidays that leave nothing open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No weekday has hours.
    #[error("no weekday has hours, so it would never be open")]
    NoHours,
    /// Holidays cover all of it for a long time.
    #[error("it would be closed for more than a year from {0} on")]
    Closed(Date),
}

/// Milliseconds of a day on the clock.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A year and the day after; nobody plans for work after a longer pause than that.
const YEAR: i64 = 367;

/// The calendar repeats every 400 years, and dates of holidays lie in these: so whatever there can
/// be, there is in them.
const FIRST_YEAR: i16 = 1970;
const LAST_YEAR: i16 = 2400;

impl Calendar {
    /// A calendar from the hours of each weekday, Monday first, and the holidays. Hours may
    /// overlap.
    ///
    /// # Errors
    ///
    /// When it would ever be closed for more than a year.
    pub fn new(
        time_zone: TimeZone,
        mut hours: [Vec<Hours>; 7],
        holidays: Vec<Holiday>,
    ) -> Result<Self, CalendarError> {
        if hours.iter().all(Vec::is_empty) {
            return Err(CalendarError::NoHours);
        }
        for day in &mut hours {
            day.sort();
        }
        let calendar = Self {
            time_zone,
            hours,
            holidays: Holidays::new(&holidays),
        };
        calendar.check_pauses()?;
        Ok(calendar)
    }

    /// Whether it is open.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.pieces(at)
            .next()
            .is_some_and(|piece| piece.start == at.millis())
    }

    /// The first moment from `at` on when it is open; `at` itself when it is open then. The last
    /// moment of all when time ends before.
    pub fn next_open(&self, at: Timestamp) -> Timestamp {
        self.pieces(at)
            .next()
            .map_or(LATEST, |piece| Timestamp::from_millis(piece.start))
    }

    /// The end of the opening that is now, or of the next one: the first moment when it is closed
    /// again. `None` when it then stays open for more than a year.
    pub fn next_closing(&self, at: Timestamp) -> Option<Timestamp> {
        let mut pieces = self.pieces(at);
        let first = pieces.next()?;
        let mut end = first.end;
        for piece in pieces {
            if piece.start > end {
                break;
            }
            end = end.max(piece.end);
            if end - first.start > YEAR * DAY {
                return None;
            }
        }
        Some(Timestamp::from_millis(end))
    }

    /// The first moment before which it was open for as long as `duration`, counted from `at`;
    /// the last moment of all when time ends before.
    pub fn add_business(&self, at: Timestamp, duration: Duration) -> Timestamp {
        let Ok(mut left) = i64::try_from(duration.as_millis()) else {
            return LATEST;
        };
        if left == 0 {
            return at;
        }
        let mut counted = at.millis();
        for piece in self.pieces(at) {
            let start = piece.start.max(counted);
            if piece.end <= start {
                continue;
            }
            if left <= piece.end - start {
                return Timestamp::from_millis(start + left);
            }
            left -= piece.end - start;
            counted = piece.end;
        }
        LATEST
    }

    /// How long it is open between two moments; nothing if the second is not the later one.
    pub fn business_between(&self, from: Timestamp, to: Timestamp) -> Duration {
        let (mut sum, mut counted) = (0, from.millis());
        for piece in self.pieces(from) {
            if piece.start >= to.millis() {
                break;
            }
            let end = piece.end.min(to.millis());
            sum += (end - piece.start.max(counted)).max(0);
            counted = counted.max(end);
        }
        Duration::from_millis(u64::try_from(sum).unwrap_or(0))
    }

    /// The time zone whose clock decides.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    fn check_pauses(&self) -> Result<(), CalendarError> {
        let first = day_number(Date::constant(FIRST_YEAR, 1, 1));
        let last = day_number(Date::constant(LAST_YEAR, 12, 31));
        let mut closed_from = first;
        for day in first..=last {
            if !self.hours_of(day).is_empty() {
                closed_from = day + 1;
            } else if day - closed_from >= YEAR {
                return Err(CalendarError::Closed(
                    date(closed_from).unwrap_or(Date::MAX),
                ));
            }
        }
        Ok(())
    }

    /// The hours that begin on a day.
    fn hours_of(&self, day: i64) -> &[Hours] {
        // 1 January 1970 was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let hours = self.hours[weekday].as_slice();
        if hours.is_empty() || self.holidays.is_empty() {
            return hours;
        }
        match date(day) {
            Some(date) if !self.holidays.includes(date) => hours,
            _ => &[],
        }
    }

    /// The openings from a moment on, cut at it. They begin one after the other, but the next may
    /// touch or overlap the one before.
    fn pieces(&self, from: Timestamp) -> Pieces<'_> {
        let mut pieces = Pieces {
            calendar: self,
            since: from.millis(),
            until: from.millis(),
            offset: 0,
            day: 0,
            place: 0,
        };
        pieces.enter(from.millis());
        pieces
    }
}

/// The end of time, as `Timestamp` has it.
const LATEST: Timestamp = Timestamp::LATEST;

#[derive(Debug, Clone, Copy)]
struct Piece {
    start: i64,
    end: i64,
}

/// Goes through stretches of time in which the time zone has one offset, and through the days of
/// each.
struct Pieces<'a> {
    calendar: &'a Calendar,
    /// The stretch, and its offset, all in milliseconds.
    since: i64,
    until: i64,
    offset: i64,
    /// The day on the clock, and the place in its hours, that comes next.
    day: i64,
    place: usize,
}

impl Pieces<'_> {
    fn enter(&mut self, since: i64) {
        let zone = &self.calendar.time_zone;
        self.since = since;
        self.until = LATEST.millis();
        self.offset = 0;
        if let Ok(start) = jiff::Timestamp::from_millisecond(since) {
            self.offset = i64::from(zone.to_offset(start).seconds()) * 1000;
            if let Some(next) = zone.following(start).next() {
                // A change within the very first millisecond would not lead on.
                self.until = next.timestamp().as_millisecond().max(since + 1);
            }
        }
        // What began on the day before may go on.
        self.day = (since + self.offset).div_euclid(DAY) - 1;
        self.place = 0;
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            if self.since >= LATEST.millis() {
                return None;
            }
            let midnight = self.day * DAY - self.offset;
            if midnight >= self.until {
                self.enter(self.until);
                continue;
            }
            let Some(hours) = self.calendar.hours_of(self.day).get(self.place) else {
                self.day += 1;
                self.place = 0;
                continue;
            };
            self.place += 1;
            let piece = Piece {
                start: (midnight + hours.start()).max(self.since),
                end: (midnight + hours.end()).min(self.until),
            };
            if piece.start < piece.end {
                return Some(piece);
            }
        }
    }
}

fn day_number(date: Date) -> i64 {
    let since = date.since(Date::constant(1970, 1, 1));
    since.map_or(0, |span| i64::from(span.get_days()))
}

fn date(day: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(day).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

#[cfg(test)]
mod tests;
