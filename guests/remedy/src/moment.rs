//! Moments: RFC 3339 here, ISO 8601 with a plain offset there.

use jiff::Timestamp;

/// A moment of the server as RFC 3339 in UTC; `None` when it is none.
pub fn read(text: &str) -> Option<String> {
    let moment: Timestamp = text.trim().parse().ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A moment as the server takes it; `None` when it is none.
pub fn write(rfc3339: &str) -> Option<String> {
    let moment: Timestamp = rfc3339.parse().ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_what_they_mean() {
        let here = Some("2026-03-01T10:30:00Z".to_owned());
        assert_eq!(read("2026-03-01T10:30:00.000+0000"), here);
        assert_eq!(read("2026-03-01T12:30:00.000+0200"), here);
        assert_eq!(
            write("2026-03-01T12:30:00+02:00").as_deref(),
            Some("2026-03-01T10:30:00.000+0000")
        );
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "soon", "2026-13-01T10:30:00Z", "1772361000"] {
            assert_eq!(read(text), None, "{text}");
            assert_eq!(write(text), None, "{text}");
        }
    }
}
