//! Functions on patterns: regular expressions in the syntax of the crate `regex`, which take time
//! in proportion to the text times the pattern. `\w`, `\d` and the flag `i` know ASCII only.

use std::cell::RefCell;
use std::collections::HashMap;

use regex_lite::{Regex, RegexBuilder};

use crate::call::{Answer, Call, string, truth};
use crate::expression::LARGEST_RESULT;
use crate::library::quoted;

/// Patterns that are kept compiled, and the largest one in bytes.
const KEPT: usize = 64;
const LARGEST: usize = 64 * 1024;

pub(crate) fn matches<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    with_regex(pattern, |regex| Ok(truth(regex.is_match(text))))
}

pub(crate) fn keep<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    with_regex(pattern, |regex| {
        let kept: String = regex.find_iter(text).map(|found| found.as_str()).collect();
        Ok(string(kept))
    })
}

pub(crate) fn extract<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    let asked = match call.len() {
        3 => Some(call.length(2)?),
        _ => None,
    };
    with_regex(pattern, |regex| {
        let groups = regex.captures_len();
        let group = asked.unwrap_or(usize::from(groups > 1));
        if group >= groups {
            return Err(format!("the pattern has no group {group}"));
        }
        let found = regex.captures(text).and_then(|found| found.get(group));
        Ok(string(found.map_or("", |found| found.as_str())))
    })
}

pub(crate) fn replace_all<'v>(call: &Call<'_, 'v>) -> Answer<'v> {
    let (text, pattern, with) = (call.text(0)?, call.text(1)?, call.text(2)?);
    with_regex(pattern, |regex| {
        let mut replaced = String::with_capacity(text.len());
        let mut end = 0;
        for found in regex.captures_iter(text) {
            let Some(whole) = found.get(0) else { continue };
            replaced.push_str(&text[end..whole.start()]);
            found.expand(with, &mut replaced);
            end = whole.end();
            if replaced.len() > LARGEST_RESULT {
                return Err(format!("the result is larger than {LARGEST_RESULT} bytes"));
            }
        }
        replaced.push_str(&text[end..]);
        Ok(string(replaced))
    })
}

/// What is wrong with a pattern.
pub(crate) fn judge(pattern: &str) -> Option<String> {
    compile(pattern).err()
}

fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(LARGEST)
        .nest_limit(32)
        .build()
        .map_err(|error| format!("the pattern {}: {error}", quoted(pattern)))
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
        let regex = compile(pattern)?;
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        act(compiled.entry(pattern.to_owned()).or_insert(regex))
    })
}
