//! Functions on texts.

use std::cell::RefCell;
use std::collections::HashMap;

use cel::Value;
use regex_lite::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::library::{Answer, Call, list, string};

/// Letters whose Latin base is not found by taking their marks away.
const LETTERS: &[(char, &str)] = &[
    ('ł', "l"),
    ('Ł', "L"),
    ('ø', "o"),
    ('Ø', "O"),
    ('đ', "d"),
    ('Đ', "D"),
    ('ð', "d"),
    ('Ð', "D"),
    ('ß', "ss"),
    ('ẞ', "SS"),
    ('æ', "ae"),
    ('Æ', "AE"),
    ('œ', "oe"),
    ('Œ', "OE"),
    ('þ', "th"),
    ('Þ', "TH"),
    ('ħ', "h"),
    ('Ħ', "H"),
    ('ı', "i"),
    ('ŋ', "n"),
    ('Ŋ', "N"),
    ('ŧ', "t"),
    ('Ŧ', "T"),
    ('ĸ', "k"),
    ('’', "'"),
    ('‘', "'"),
    ('–', "-"),
    ('—', "-"),
];

pub(crate) fn ascii(call: &Call<'_>) -> Answer {
    Ok(string(without_marks(call.text(0)?)))
}

/// Latin letters without their marks; letters of other scripts stay as they are.
pub(crate) fn without_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfd().filter(|letter| !is_combining_mark(*letter)) {
        match LETTERS.iter().find(|(marked, _)| *marked == letter) {
            Some((_, base)) => plain.push_str(base),
            None => plain.push(letter),
        }
    }
    plain.nfc().collect()
}

pub(crate) fn lower(call: &Call<'_>) -> Answer {
    Ok(string(call.text(0)?.to_lowercase()))
}

pub(crate) fn upper(call: &Call<'_>) -> Answer {
    Ok(string(call.text(0)?.to_uppercase()))
}

pub(crate) fn trim(call: &Call<'_>) -> Answer {
    Ok(string(call.text(0)?.trim()))
}

pub(crate) fn squeeze(call: &Call<'_>) -> Answer {
    let words: Vec<_> = call.text(0)?.split_whitespace().collect();
    Ok(string(words.join(" ")))
}

pub(crate) fn left(call: &Call<'_>) -> Answer {
    let length = call.length(1)?;
    Ok(string(
        call.text(0)?.chars().take(length).collect::<String>(),
    ))
}

pub(crate) fn right(call: &Call<'_>) -> Answer {
    let text = call.text(0)?;
    let skip = text.chars().count().saturating_sub(call.length(1)?);
    Ok(string(text.chars().skip(skip).collect::<String>()))
}

pub(crate) fn truncate_bytes(call: &Call<'_>) -> Answer {
    let (text, length, name) = (call.text(0)?, call.length(1)?, call.text(2)?);
    let encoding = encoding_rs::Encoding::for_label(name.as_bytes())
        .ok_or_else(|| format!("there is no encoding {name:?}"))?;
    let mut bytes = 0;
    let mut end = 0;
    for (start, letter) in text.char_indices() {
        let mut buffer = [0; 4];
        let letter = letter.encode_utf8(&mut buffer);
        let size = if encoding == encoding_rs::UTF_8 {
            letter.len()
        } else {
            let (encoded, _, unmappable) = encoding.encode(letter);
            if unmappable {
                return Err(format!("{letter:?} cannot be written in {name}"));
            }
            encoded.len()
        };
        if bytes + size > length {
            break;
        }
        bytes += size;
        end = start + letter.len();
    }
    Ok(string(&text[..end]))
}

pub(crate) fn pad_left(call: &Call<'_>) -> Answer {
    let text = call.text(0)?;
    Ok(string(format!("{}{text}", padding(call, text)?)))
}

pub(crate) fn pad_right(call: &Call<'_>) -> Answer {
    let text = call.text(0)?;
    Ok(string(format!("{text}{}", padding(call, text)?)))
}

fn padding(call: &Call<'_>, text: &str) -> Result<String, String> {
    let missing = call.length(1)?.saturating_sub(text.chars().count());
    let mut signs = call.text(2)?.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) => Ok(std::iter::repeat_n(sign, missing).collect()),
        _ => Err("argument 3 should be one character".to_owned()),
    }
}

pub(crate) fn replace(call: &Call<'_>) -> Answer {
    let (text, from, to) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if from.is_empty() {
        return Err("argument 2 is empty".to_owned());
    }
    bounded(text.replace(from, to))
}

pub(crate) fn keep(call: &Call<'_>) -> Answer {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    let kept: Result<Vec<&str>, String> = with_regex(pattern, |regex| {
        Ok(regex.find_iter(text).map(|found| found.as_str()).collect())
    });
    Ok(string(kept?.concat()))
}

pub(crate) fn matches(call: &Call<'_>) -> Answer {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    with_regex(pattern, |regex| Ok(Value::Bool(regex.is_match(text))))
}

pub(crate) fn extract(call: &Call<'_>) -> Answer {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    let group = if call.len() > 2 { call.length(2)? } else { 0 };
    with_regex(pattern, |regex| {
        let group = if call.len() > 2 {
            group
        } else {
            usize::from(regex.captures_len() > 1)
        };
        if group >= regex.captures_len() {
            return Err(format!("the pattern has no group {group}"));
        }
        let found = regex.captures(text).and_then(|found| found.get(group));
        Ok(string(found.map_or("", |found| found.as_str())))
    })
}

pub(crate) fn replace_all(call: &Call<'_>) -> Answer {
    let (text, pattern, with) = (call.text(0)?, call.text(1)?, call.text(2)?);
    with_regex(pattern, |regex| {
        bounded(regex.replace_all(text, with).into_owned())
    })
}

pub(crate) fn html(call: &Call<'_>) -> Answer {
    let mut escaped = String::new();
    for sign in call.text(0)?.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            sign => escaped.push(sign),
        }
    }
    Ok(string(escaped))
}

pub(crate) fn with_iteration(call: &Call<'_>) -> Answer {
    let (base, iteration, limit) = (call.text(0)?, call.number(1)?, call.length(2)?);
    let suffix = match iteration {
        0 => String::new(),
        1.. => iteration.to_string(),
        _ => return Err("the iteration is negative".to_owned()),
    };
    let room = limit.saturating_sub(suffix.len());
    if room == 0 {
        return Err(format!(
            "{limit} characters are too few for iteration {iteration}"
        ));
    }
    let base: String = base.chars().take(room).collect();
    Ok(string(format!("{base}{suffix}")))
}

/// Patterns that are kept compiled, and their largest size in bytes.
const KEPT: usize = 64;
const LARGEST: usize = 256 * 1024;

/// The longest text that a function makes.
const LONGEST: usize = 256 * 1024;

fn bounded(text: String) -> Answer {
    if text.len() > LONGEST {
        return Err(format!("the result is longer than {LONGEST} bytes"));
    }
    Ok(string(text))
}

fn with_regex<R>(
    pattern: &str,
    act: impl FnOnce(&Regex) -> Result<R, String>,
) -> Result<R, String> {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
    }
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(regex) = compiled.get(pattern) {
            return act(regex);
        }
        let regex = RegexBuilder::new(pattern)
            .size_limit(LARGEST)
            .nest_limit(50)
            .build()
            .map_err(|error| format!("the pattern {pattern:?}: {error}"))?;
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        act(compiled.entry(pattern.to_owned()).or_insert(regex))
    })
}

/// A list made from a text by other modules.
pub(crate) fn parts(texts: impl IntoIterator<Item = String>) -> Value {
    list(texts)
}
