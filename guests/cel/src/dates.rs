//! Functions on days and moments. A day is a text such as `2026-03-31`, a moment one such as
//! `2026-03-31T08:00:00Z`; no function knows what time it is now.

use cel::Value;
use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::{Span, Timestamp, ZonedDateTime};

use crate::library::{Answer, Call, string};

pub(crate) fn date(call: &Call<'_>) -> Answer {
    let (text, format) = (call.text(0)?, call.text(1)?);
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let date = BrokenDownTime::parse(format, text.trim())
        .and_then(|time| time.to_date())
        .map_err(|_| format!("{text:?} is no day written as {format}"))?;
    Ok(string(date.to_string()))
}

pub(crate) fn format_date(call: &Call<'_>) -> Answer {
    let Some(date) = day(call, 0)? else {
        return Ok(Value::Null);
    };
    let format = call.text(1)?;
    BrokenDownTime::from(date)
        .to_string(format)
        .map(string)
        .map_err(|error| format!("the format {format:?}: {error}"))
}

pub(crate) fn add_days(call: &Call<'_>) -> Answer {
    let Some(date) = day(call, 0)? else {
        return Ok(Value::Null);
    };
    let span = Span::new()
        .try_days(call.number(1)?)
        .map_err(|error| error.to_string())?;
    date.checked_add(span)
        .map(|date| string(date.to_string()))
        .map_err(|error| error.to_string())
}

pub(crate) fn local_date(call: &Call<'_>) -> Answer {
    Ok(match local(call)? {
        None => Value::Null,
        Some(zoned) => string(zoned.date().to_string()),
    })
}

pub(crate) fn local_time(call: &Call<'_>) -> Answer {
    Ok(match local(call)? {
        None => Value::Null,
        Some(zoned) => string(format!("{:02}:{:02}", zoned.hour(), zoned.minute())),
    })
}

pub(crate) fn weekday(call: &Call<'_>) -> Answer {
    Ok(match local(call)? {
        None => Value::Null,
        Some(zoned) => Value::Int(i64::from(zoned.weekday().to_monday_one_offset())),
    })
}

pub(crate) fn before(call: &Call<'_>) -> Answer {
    let (left, right) = (moment(call, 0)?, moment(call, 1)?);
    Ok(Value::Bool(left < right))
}

fn day(call: &Call<'_>, index: usize) -> Result<Option<Date>, String> {
    let text = call.text(index)?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| format!("{text:?} is no day such as 2026-03-31"))
}

fn moment(call: &Call<'_>, index: usize) -> Result<Timestamp, String> {
    let text = call.text(index)?.trim();
    text.parse()
        .map_err(|_| format!("{text:?} is no moment such as 2026-03-31T08:00:00Z"))
}

fn local(call: &Call<'_>) -> Result<Option<ZonedDateTime>, String> {
    if call.text(0)?.trim().is_empty() {
        return Ok(None);
    }
    let (moment, zone) = (moment(call, 0)?, call.text(1)?);
    moment
        .in_tz(zone)
        .map(Some)
        .map_err(|_| format!("there is no time zone {zone:?}"))
}
