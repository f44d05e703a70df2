//! Functions on names of people and of places in an organisation.

use crate::library::{Answer, Call, string};

pub(crate) fn initial(call: &Call<'_>) -> Answer {
    let first = call.text(0)?.trim().chars().next();
    Ok(string(first.map(String::from).unwrap_or_default()))
}

/// Particles that stay small inside a name.
const SMALL: [&str; 14] = [
    "van", "der", "den", "de", "la", "le", "von", "zu", "da", "di", "del", "dos", "bin", "of",
];

pub(crate) fn name_case(call: &Call<'_>) -> Answer {
    let words: Vec<String> = call
        .text(0)?
        .split_whitespace()
        .map(|word| {
            let small = word.to_lowercase();
            // A name that is not all in capitals was written with care.
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
    let mut name = String::with_capacity(small.len());
    let mut capital = true;
    for (index, letter) in small.char_indices() {
        let after_mc = index == 2 && small.starts_with("mc") && small.len() > 4;
        if capital || after_mc {
            name.extend(letter.to_uppercase());
        } else {
            name.push(letter);
        }
        capital = letter == '-' || (letter == '\'' && index == 1) || (letter == '’' && index == 1);
    }
    name
}

pub(crate) fn full_name(call: &Call<'_>) -> Answer {
    let mut words = Vec::new();
    for index in 0..call.len() {
        words.extend(call.text(index)?.split_whitespace());
    }
    Ok(string(words.join(" ")))
}

pub(crate) fn org_dn(call: &Call<'_>) -> Answer {
    let parts: Vec<&str> = call
        .text(0)?
        .split('/')
        .filter(|part| !part.trim().is_empty())
        .collect();
    let mut dn = Vec::new();
    for (index, part) in parts.iter().enumerate().rev() {
        let kind = if index == 0 { "O" } else { "OU" };
        dn.push(format!("{kind}={}", escape(part.trim())));
    }
    Ok(string(dn.join(",")))
}

pub(crate) fn dn_value(call: &Call<'_>) -> Answer {
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
