//! Moments.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment in milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// A text that is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a moment: write it as 2026-03-31T08:00:00Z")]
pub struct TimestampError(String);

const LATEST: i64 = 253_402_207_200_000;
const EARLIEST: i64 = -62_135_596_800_000;

impl Timestamp {
    /// The last moment that can be written: 30 December 9999, 22:00 UTC, so that every time zone
    /// can show it.
    pub const LATEST: Self = Self(LATEST);

    /// A moment by its milliseconds since 1970, cut to the years 1 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(EARLIEST, LATEST))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The moment this much later; the end of the year 9999 at most.
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// The moment this much earlier; the beginning of the year 1 at least.
    pub fn before(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_sub(millis))
    }

    /// How long it is from `earlier` to this moment; nothing if that is not earlier.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => f.pad(&timestamp.to_string()),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        text.parse::<jiff::Timestamp>()
            .map(|timestamp| Self::from_millis(timestamp.as_millisecond()))
            .map_err(|_| TimestampError(text.chars().take(64).collect()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;
    fn try_from(text: String) -> Result<Self, TimestampError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> String {
        timestamp.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let moment: Timestamp = "2026-03-31T10:00:00.250+02:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-03-31T08:00:00.25Z");
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert!("2026-03-31".parse::<Timestamp>().is_err());
    }

    #[test]
    fn the_far_ends_of_time_can_be_written_and_read() {
        for moment in [
            Timestamp::from_millis(i64::MAX),
            Timestamp::from_millis(i64::MIN),
        ] {
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(end.after(Duration::MAX), end);
    }
}
