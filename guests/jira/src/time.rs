//! Times between the form of Jira and RFC 3339.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// A time of Jira, such as `2026-11-26T06:19:05.000+0100`, as RFC 3339 in UTC and whole seconds;
/// nothing when it is none.
pub fn utc(text: &str) -> Option<String> {
    let forms = ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f%:z"];
    let parsed = forms.into_iter().find_map(|form| {
        let time = strtime::parse(form, text).ok()?;
        time.to_timestamp().ok()
    });
    let time = parsed.or_else(|| text.parse().ok())?;
    Timestamp::from_second(time.as_second())
        .ok()
        .map(|time| time.to_string())
}

/// The day in UTC of a time in RFC 3339, such as `2026-12-01`; nothing when it is none.
pub fn day(text: &str) -> Option<String> {
    let time: Timestamp = text.parse().ok()?;
    Some(TimeZone::UTC.to_datetime(time).date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_jira_become_utc() {
        let expected = Some("2026-11-26T05:19:05Z".to_owned());
        assert_eq!(utc("2026-11-26T06:19:05.123+0100"), expected);
        assert_eq!(utc("2026-11-26T06:19:05.123+01:00"), expected);
        assert_eq!(utc("2026-11-26T05:19:05Z"), expected);
        assert_eq!(utc("yesterday"), None);
        assert_eq!(utc("2026-11-26T06:19:05.000"), None);
    }

    #[test]
    fn a_due_time_becomes_its_day() {
        assert_eq!(day("2026-12-01T12:00:00Z").as_deref(), Some("2026-12-01"));
        assert_eq!(
            day("2026-12-01T00:30:00+02:00").as_deref(),
            Some("2026-11-30")
        );
        assert_eq!(day("soon"), None);
    }
}
