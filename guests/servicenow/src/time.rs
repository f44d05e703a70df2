//! Times as the instance writes them: `YYYY-MM-DD HH:MM:SS`, always UTC.

use jiff::civil::DateTime;
use jiff::tz::Offset;

const WRITTEN: &str = "%Y-%m-%d %H:%M:%S";

/// From RFC 3339; `None` when it is none.
///
/// ```
/// use servicenow::time;
///
/// let written = time::to_instance("2026-12-01T13:00:00+01:00");
/// assert_eq!(written.as_deref(), Some("2026-12-01 12:00:00"));
/// ```
pub fn to_instance(rfc3339: &str) -> Option<String> {
    let time: jiff::Timestamp = rfc3339.trim().parse().ok()?;
    Some(time.strftime(WRITTEN).to_string())
}

/// To RFC 3339; `None` when it is empty or no time.
///
/// ```
/// use servicenow::time;
///
/// let time = time::from_instance("2026-12-01 12:00:00");
/// assert_eq!(time.as_deref(), Some("2026-12-01T12:00:00Z"));
/// ```
pub fn from_instance(written: &str) -> Option<String> {
    let time = DateTime::strptime(WRITTEN, written.trim()).ok()?;
    Some(Offset::UTC.to_timestamp(time).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "soon",
            "2026-13-01 00:00:00",
            "9999999999-01-01T00:00:00Z",
        ] {
            assert_eq!(to_instance(text), None);
            assert_eq!(from_instance(text), None);
        }
    }
}
