//! Functions on lists of texts.

use std::collections::BTreeSet;

use cel::common::types::{CelList, CelNull, CelString};

use crate::call::{Answer, Call, list, nothing, string};

pub(crate) fn coalesce<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    for index in 0..call.len() {
        let value = call.value(index);
        let blank = value.downcast_ref::<CelNull>().is_some()
            || (value.downcast_ref::<CelString>()).is_some_and(|text| text.trim().is_empty())
            || (value.downcast_ref::<CelList>()).is_some_and(|values| values.is_empty());
        if !blank {
            return Ok(value.clone_as_boxed());
        }
    }
    Ok(nothing())
}

pub(crate) fn first<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let first = call.list(0)?.into_iter().next();
    Ok(string(first.unwrap_or_default()))
}

pub(crate) fn join<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(string(call.list(0)?.join(call.text(1)?)))
}

pub(crate) fn split<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, delimiter) = (call.text(0)?, delimiter(call)?);
    if text.is_empty() {
        return Ok(list([]));
    }
    Ok(list(text.split(delimiter).map(str::to_owned)))
}

pub(crate) fn join_escaped<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let delimiter = delimiter(call)?;
    let escaped: Vec<String> = call
        .list(0)?
        .iter()
        .map(|value| {
            value
                .replace('\\', "\\\\")
                .replace(delimiter, &format!("\\{delimiter}"))
        })
        .collect();
    Ok(string(escaped.join(delimiter)))
}

pub(crate) fn split_escaped<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (mut rest, delimiter) = (call.text(0)?, delimiter(call)?);
    if rest.is_empty() {
        return Ok(list([]));
    }
    let mut values = Vec::new();
    let mut value = String::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(delimiter) {
            values.push(std::mem::take(&mut value));
            rest = after;
            continue;
        }
        // After a backslash comes the delimiter or one character, as it is.
        let escaped = rest.strip_prefix('\\').unwrap_or(rest);
        let end = match rest.len() > escaped.len() && escaped.starts_with(delimiter) {
            true => delimiter.len(),
            false => escaped.chars().next().map_or(0, char::len_utf8),
        };
        value.push_str(&escaped[..end]);
        rest = &escaped[end..];
    }
    values.push(value);
    Ok(list(values))
}

pub(crate) fn sorted<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let mut values = call.list(0)?;
    values.sort();
    Ok(list(values))
}

pub(crate) fn unique<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    distinct(call, str::to_owned)
}

pub(crate) fn unique_ignore_case<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    distinct(call, str::to_lowercase)
}

fn distinct<'v>(call: &Call<'_, 'v>, key: fn(&str) -> String) -> Answer<'v> {
    let mut seen = BTreeSet::new();
    let mut values = call.list(0)?;
    values.retain(|value| seen.insert(key(value)));
    Ok(list(values))
}

pub(crate) fn prefix<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let prefix = call.text(1)?;
    let values = call.list(0)?;
    Ok(list(values.iter().map(|value| format!("{prefix}{value}"))))
}

fn delimiter<'c>(call: &Call<'c, '_>) -> Result<&'c str, String> {
    match call.text(1)? {
        "" => Err("the delimiter is empty".to_owned()),
        delimiter if delimiter.contains('\\') => {
            Err("a backslash cannot be in the delimiter".to_owned())
        }
        delimiter => Ok(delimiter),
    }
}
