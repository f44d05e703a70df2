//! Times as an instance writes them: UTC, without saying so.

/// A time in seconds since 1970 as `YYYY-MM-DD HH:MM:SS`; empty when there is no such time.
pub(super) fn written(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// Whether a text is a time, or empty.
pub(super) fn is_one(text: &str) -> bool {
    text.is_empty() || jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text).is_ok()
}
