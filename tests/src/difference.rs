//! What differs between two lists of things that were seen.

use std::collections::BTreeMap;

/// The first thing that differs, and how many do. What is there twice differs, too.
pub fn difference(expected: &[String], found: &[String]) -> Option<String> {
    let missing = without(expected, found);
    let additional = without(found, expected);
    if missing.is_empty() && additional.is_empty() {
        return None;
    }
    Some(format!(
        "{} things are missing and {} are there that should not be\n{}{}",
        missing.len(),
        additional.len(),
        shortest("missing", missing),
        shortest("too much", additional)
    ))
}

/// A few of them; the shortest are events of the history, which tell most.
fn shortest(what: &str, mut lines: Vec<&String>) -> String {
    lines.sort_by_key(|line| line.len());
    let shown = lines.into_iter().take(6);
    shown
        .map(|line| format!("  {what}: {}\n", line.chars().take(400).collect::<String>()))
        .collect()
}

/// Those lines that the others do not have, or not as often.
fn without<'a>(lines: &'a [String], others: &'a [String]) -> Vec<&'a String> {
    let mut left: BTreeMap<&String, usize> = BTreeMap::new();
    for other in others {
        *left.entry(other).or_default() += 1;
    }
    lines
        .iter()
        .filter(|line| match left.get_mut(line) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect()
}
