//! The text of a component: repeated parts, and items that take the place of others.

/// Whether it is a whole component, and not a part of a module.
pub fn is_component(text: &str) -> bool {
    items(text)
        .first()
        .is_some_and(|item| item.starts_with("(component"))
}

/// Writes out every `%{NUMBER|TEXT}`, the innermost first.
pub fn unfold(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(begin) = text.rfind("%{") {
        let rest = &text[begin + 2..];
        let end = rest.find('}').expect("a repetition ends with }");
        let (number, repeated) = rest[..end].split_once('|').expect("NUMBER|TEXT");
        let repeated = repeated.repeat(number.parse().expect("a number"));
        text = format!("{}{repeated}{}", &text[..begin], &rest[end + 1..]);
    }
    text
}

/// The module with the items of `differences` in place of those of the same name, or beside them.
pub fn merge(module: &str, differences: &str) -> String {
    let inside = module.trim_ascii();
    let begin = inside.find("(module").expect("a module") + "(module".len();
    let inside = &inside[begin..inside.rfind(')').expect("an end")];
    let mut merged: Vec<&str> = items(inside);
    for item in items(differences) {
        let same = |other: &&mut &str| name(item).is_some_and(|it| name(other) == Some(it));
        match merged.iter_mut().find(same) {
            Some(other) => *other = item,
            None => merged.push(item),
        }
    }
    // Imports stand before everything else.
    merged.sort_by_key(|item| !item.starts_with("(import"));
    format!("(module\n{}\n)", merged.join("\n"))
}

/// What an item is called: the word it begins with and the name after it. One without a name is like no
/// other.
fn name(item: &str) -> Option<(&str, &str)> {
    let mut words = item.split_whitespace();
    let (keyword, name) = (words.next()?, words.next()?.trim_end_matches(')'));
    (name.starts_with('$') || keyword == "(@custom").then_some((keyword, name))
}

/// The items that stand one after the other, without the comments between them.
fn items(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut found, mut at, mut depth, mut begin) = (Vec::new(), 0, 0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b';' if bytes.get(at + 1) == Some(&b';') => {
                at += bytes[at..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(bytes.len() - at);
            }
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
            }
            b'(' => {
                if depth == 0 {
                    begin = at;
                }
                depth += 1;
            }
            b')' => {
                depth = depth.checked_sub(1).expect("as many ( as )");
                if depth == 0 {
                    found.push(&text[begin..=at]);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_written_out() {
        assert_eq!(unfold("a%{2|b%{3|c}}d"), "abcccbcccd");
        assert_eq!(unfold("none"), "none");
    }

    #[test]
    fn items_without_a_name_stand_beside_each_other() {
        let merged = merge("(module (table 1 funcref))", "(table 1 funcref)");
        assert_eq!(merged, "(module\n(table 1 funcref)\n(table 1 funcref)\n)");
    }

    #[test]
    fn an_item_takes_the_place_of_that_of_its_name() {
        let module = "(module ;; (one)\n (func $a (nop)) (func $b) (data (i32.const 1) \"(\\\"\"))";
        let merged = merge(
            module,
            "(func $b unreachable) (import \"x\" \"y\" (func $c))",
        );
        assert_eq!(
            merged,
            "(module\n(import \"x\" \"y\" (func $c))\n(func $a (nop))\n(func $b unreachable)\n\
             (data (i32.const 1) \"(\\\"\")\n)"
        );
    }
}
