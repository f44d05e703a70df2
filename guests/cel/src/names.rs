//! Functions on names of people and of places in an organisation.

use crate::call::{Answer, Call, string};

pub(crate) fn initial<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let first = call.text(0)?.trim().chars().next();
    Ok(string(first.map(String::from).unwrap_or_default()))
}

/// Particles that stay small inside a name.
#[rustfmt::skip]
const SMALL: [&str; 18] = [
    "van", "der", "den", "ten", "de", "la", "le", "von", "zu", "zum", "zur", "da", "di", "del",
    "dos", "bin", "af", "of",
];

pub(crate) fn name_case<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let words: Vec<String> = call
        .text(0)?
        .split_whitespace()
        .map(|word| {
            let small = word.to_lowercase();
            // What is not all in capitals was written with care.
            if word.chars().any(char::is_lowercase) {
                word.to_owned()
            } else if SMALL.contains(&small.as_str()) {
                small
            } else {
                capitalised(&small)
            }
        })
        .collect();
    Ok(string(words.join(" ")))
}

/// A capital at the beginning, after a hyphen, after the apostrophe of O'Neil, and after Mc.
fn capitalised(small: &str) -> String {
    small.split('-').map(part).collect::<Vec<_>>().join("-")
}

fn part(small: &str) -> String {
    let mut name = String::with_capacity(small.len());
    let after_mc = small.starts_with("mc") && small.chars().count() > 4;
    let mut apostrophe = false;
    for (index, letter) in small.chars().enumerate() {
        if index == 0 || apostrophe || (after_mc && index == 2) {
            name.extend(letter.to_uppercase());
        } else {
            name.push(letter);
        }
        // The one of O'Neil and D'Angelo, not that of a name such as Nu'man.
        apostrophe = index == 1 && (letter == '\'' || letter == '’');
    }
    name
}

pub(crate) fn full_name<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let mut words = Vec::new();
    for index in 0..call.len() {
        words.extend(call.text(index)?.split_whitespace());
    }
    Ok(string(words.join(" ")))
}

pub(crate) fn org_dn<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let parts = call.text(0)?.split('/').map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let mut dn = Vec::new();
    for (index, part) in parts.iter().enumerate().rev() {
        let kind = if index == 0 { "O" } else { "OU" };
        dn.push(format!("{kind}={}", escape(part)));
    }
    Ok(string(dn.join(",")))
}

pub(crate) fn dn_value<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(string(escape(call.text(0)?)))
}

/// Escapes a value as RFC 4514, section 2.4, says.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let last = value.len();
    for (index, sign) in value.char_indices() {
        let edge = index == 0 || index + sign.len_utf8() == last;
        match sign {
            '\0' => escaped.push_str("\\00"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                escaped.push('\\');
                escaped.push(sign);
            }
            '#' if index == 0 => escaped.push_str("\\#"),
            ' ' if edge => escaped.push_str("\\ "),
            sign => escaped.push(sign),
        }
    }
    escaped
}
