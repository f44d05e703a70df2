//! Functions on texts.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::call::{Answer, Call, string, truth};
use crate::expression::LARGEST_RESULT;
use crate::library::quoted;

/// Letters whose Latin base is not found by taking their marks away.
#[rustfmt::skip]
const LETTERS: &[(char, &str)] = &[
    ('ł', "l"), ('Ł', "L"), ('ø', "o"), ('Ø', "O"), ('đ', "d"), ('Đ', "D"), ('ð', "d"), ('Ð', "D"),
    ('ß', "ss"), ('ẞ', "SS"), ('æ', "ae"), ('Æ', "AE"), ('œ', "oe"), ('Œ', "OE"), ('þ', "th"),
    ('Þ', "TH"), ('ħ', "h"), ('Ħ', "H"), ('ı', "i"), ('ŋ', "n"), ('Ŋ', "N"), ('ŧ', "t"),
    ('Ŧ', "T"), ('ĸ', "k"), ('ə', "e"), ('Ə', "E"), ('’', "'"), ('‘', "'"), ('ʼ', "'"), ('–', "-"),
    ('—', "-"), ('‑', "-"), ('\u{a0}', " "),
];

pub(crate) fn ascii<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(string(without_marks(call.text(0)?)))
}

/// Latin letters without their marks; letters of other scripts stay as they are.
pub(crate) fn without_marks(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    // A mark on a letter of another script is part of that letter: only Latin ones lose theirs.
    let mut latin = true;
    for letter in text.nfd() {
        if is_combining_mark(letter) {
            if !latin {
                plain.push(letter);
            }
            continue;
        }
        match LETTERS.iter().find(|(marked, _)| *marked == letter) {
            Some((_, base)) => {
                latin = true;
                plain.push_str(base);
            }
            None => {
                latin = letter.is_ascii();
                plain.push(letter);
            }
        }
    }
    plain.nfc().collect()
}

pub(crate) fn lower<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(string(call.text(0)?.to_lowercase()))
}

pub(crate) fn upper<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(string(call.text(0)?.to_uppercase()))
}

pub(crate) fn capitalize<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let mut letters = call.text(0)?.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let first: String = first.collect();
    Ok(string(first + letters.as_str()))
}

pub(crate) fn trim<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    Ok(string(call.text(0)?.trim()))
}

pub(crate) fn squeeze<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let words: Vec<_> = call.text(0)?.split_whitespace().collect();
    Ok(string(words.join(" ")))
}

pub(crate) fn blank<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let values = call.list(0)?;
    Ok(truth(values.iter().all(|value| value.trim().is_empty())))
}

pub(crate) fn left<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let length = call.length(1)?;
    Ok(string(
        call.text(0)?.chars().take(length).collect::<String>(),
    ))
}

pub(crate) fn right<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let text = call.text(0)?;
    let skip = text.chars().count().saturating_sub(call.length(1)?);
    Ok(string(text.chars().skip(skip).collect::<String>()))
}

pub(crate) fn substring<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, from) = (call.text(0)?, call.length(1)?);
    let until = match call.len() {
        3 => call.length(2)?,
        _ => usize::MAX,
    };
    let part = text.chars().skip(from).take(until.saturating_sub(from));
    Ok(string(part.collect::<String>()))
}

pub(crate) fn truncate_bytes<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, length, name) = (call.text(0)?, call.length(1)?, call.text(2)?);
    let encoding = encoding(name)?;
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

/// What is wrong with the name of an encoding.
pub(crate) fn judge_encoding(name: &str) -> Option<String> {
    encoding(name).err()
}

fn encoding(name: &str) -> Result<&'static encoding_rs::Encoding, String> {
    let found = encoding_rs::Encoding::for_label(name.as_bytes());
    // UTF-16 has no encoder: its bytes would be counted as those of UTF-8.
    found
        .filter(|encoding| encoding.output_encoding() == *encoding)
        .ok_or_else(|| format!("there is no encoding {}", quoted(name)))
}

pub(crate) fn pad_left<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let text = call.text(0)?;
    Ok(string(format!("{}{text}", padding(call, text)?)))
}

pub(crate) fn pad_right<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let text = call.text(0)?;
    Ok(string(format!("{text}{}", padding(call, text)?)))
}

/// What is missing; nothing at all stays nothing.
fn padding(call: &Call<'_, '_>, text: &str) -> Result<String, String> {
    let length = match text {
        "" => 0,
        _ => call.length(1)?,
    };
    let missing = length.saturating_sub(text.chars().count());
    let mut signs = call.text(2)?.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) => Ok(std::iter::repeat_n(sign, missing).collect()),
        _ => Err("argument 3 should be one character".to_owned()),
    }
}

pub(crate) fn replace<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, from, to) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if from.is_empty() {
        return Err("argument 2 is empty".to_owned());
    }
    // What would come out is counted before it is made.
    let found = text.matches(from).count();
    let grown = found.saturating_mul(to.len()).saturating_add(text.len());
    if grown > LARGEST_RESULT {
        return Err(format!("the result is larger than {LARGEST_RESULT} bytes"));
    }
    Ok(string(text.replace(from, to)))
}

pub(crate) fn html<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
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

/// Iterations after which no further name is tried, unless the call says otherwise.
const ITERATIONS: i64 = 99;

pub(crate) fn with_iteration<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (base, iteration, limit) = (call.text(0)?, call.number(1)?, call.length(2)?);
    let most = match call.len() {
        4 => call.number(3)?,
        _ => ITERATIONS,
    };
    let suffix = match iteration {
        0 => String::new(),
        _ if iteration > most => {
            return Err(format!(
                "{} and its {most} variants all belong to somebody else",
                quoted(base)
            ));
        }
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
    if base.is_empty() {
        return Err("there is nothing that a name could be made of".to_owned());
    }
    Ok(string(format!("{base}{suffix}")))
}
