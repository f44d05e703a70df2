//! Functions on lists of texts.

use std::collections::BTreeSet;

use cel::Value;

use crate::library::{Answer, Call, list, string};
use crate::text::parts;

pub(crate) fn coalesce(call: &Call<'_>) -> Answer {
    for index in 0..call.len() {
        match call.value(index) {
            Value::Null => {}
            Value::String(text) if text.trim().is_empty() => {}
            Value::List(values) if values.is_empty() => {}
            value => return Ok(value.clone()),
        }
    }
    Ok(Value::Null)
}

pub(crate) fn join(call: &Call<'_>) -> Answer {
    Ok(string(call.list(0)?.join(call.text(1)?)))
}

pub(crate) fn split(call: &Call<'_>) -> Answer {
    let (text, delimiter) = (call.text(0)?, delimiter(call)?);
    if text.is_empty() {
        return Ok(list([]));
    }
    Ok(parts(text.split(delimiter).map(str::to_owned)))
}

pub(crate) fn join_escaped(call: &Call<'_>) -> Answer {
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

pub(crate) fn split_escaped(call: &Call<'_>) -> Answer {
    let (mut rest, delimiter) = (call.text(0)?, delimiter(call)?);
    if rest.is_empty() {
        return Ok(list([]));
    }
    let mut values = vec![String::new()];
    while let Some(sign) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(delimiter) {
            values.push(String::new());
            rest = after;
            continue;
        }
        let taken = if sign == '\\' {
            let escaped = &rest[1..];
            match escaped.strip_prefix(delimiter) {
                Some(_) => &escaped[..delimiter.len()],
                None => &escaped[..escaped.chars().next().map_or(0, char::len_utf8)],
            }
        } else {
            &rest[..sign.len_utf8()]
        };
        if let Some(value) = values.last_mut() {
            value.push_str(taken);
        }
        rest = &rest[taken.len() + usize::from(sign == '\\')..];
    }
    Ok(parts(values))
}

pub(crate) fn sorted(call: &Call<'_>) -> Answer {
    let mut values = call.list(0)?;
    values.sort();
    Ok(list(values))
}

pub(crate) fn unique(call: &Call<'_>) -> Answer {
    distinct(call, str::to_owned)
}

pub(crate) fn unique_ignore_case(call: &Call<'_>) -> Answer {
    distinct(call, str::to_lowercase)
}

fn distinct(call: &Call<'_>, key: fn(&str) -> String) -> Answer {
    let mut seen = BTreeSet::new();
    let mut values = call.list(0)?;
    values.retain(|value| seen.insert(key(value)));
    Ok(list(values))
}

pub(crate) fn prefix(call: &Call<'_>) -> Answer {
    let prefix = call.text(1)?;
    let values = call.list(0)?;
    Ok(list(values.iter().map(|value| format!("{prefix}{value}"))))
}

fn delimiter<'c>(call: &'c Call<'_>) -> Result<&'c str, String> {
    match call.text(1)? {
        "" => Err("the delimiter is empty".to_owned()),
        "\\" => Err("a backslash cannot be the delimiter".to_owned()),
        delimiter => Ok(delimiter),
    }
}
