//! Site-specific fields, made of the facts of a draft.
//!
//! A template is any JSON. In its texts, `{name}` stands for the fact of that name, and `{{` and
//! `}}` for the braces themselves. A text that consists of nothing but the name of a fact that the
//! draft does not have is left out together with its key; beside other text such a name is nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{Draft, Failure, Problem, pointer};

/// How deep a template may be nested.
const DEPTH: usize = 32;

/// Fills a template with the facts of a draft; `None` when nothing is left of it.
///
/// # Errors
/// `configuration` when the template is broken, which [`check`] finds earlier.
pub fn fill(template: &Value, draft: &Draft) -> Result<Option<Value>, Failure> {
    let fact = |name: &str| {
        let known = draft.facts.iter().find(|(known, _)| known == name);
        known.map(|(_, value)| value.as_str())
    };
    Ok(filled(template, &fact, "", DEPTH)?)
}

/// Fills every member of an object of templates.
///
/// # Errors
/// As [`fill`].
pub fn fill_all(
    templates: &Map<String, Value>,
    draft: &Draft,
) -> Result<Map<String, Value>, Failure> {
    let mut all = Map::new();
    for (name, template) in templates {
        if let Some(value) = fill(template, draft)? {
            all.insert(name.clone(), value);
        }
    }
    Ok(all)
}

/// What is wrong with templates, before there is any draft; `path` is where they stand in the
/// settings, such as `/fields`.
pub fn check(templates: &Map<String, Value>, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, template) in templates {
        if let Err(problem) = filled(template, &|_| Some(""), &pointer(path, name), DEPTH) {
            problems.push(problem);
        }
    }
    problems
}

/// The names of facts that a template asks for.
pub fn names(template: &Value) -> BTreeSet<String> {
    let names = std::cell::RefCell::new(BTreeSet::new());
    let fact = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        Some("")
    };
    // A broken template asks for what stands before the break.
    let _broken = filled(template, &fact, "", DEPTH);
    names.into_inner()
}

fn filled<'a>(
    template: &Value,
    fact: &impl Fn(&str) -> Option<&'a str>,
    path: &str,
    depth: usize,
) -> Result<Option<Value>, Problem> {
    if depth == 0 {
        return Err(Problem::new(
            path,
            format!("is nested more than {DEPTH} deep"),
        ));
    }
    Ok(match template {
        Value::String(text) => text_of(text, fact, path)?.map(Value::String),
        Value::Array(items) => {
            let mut all = Vec::new();
            for (at, item) in items.iter().enumerate() {
                all.extend(filled(item, fact, &format!("{path}/{at}"), depth - 1)?);
            }
            Some(Value::Array(all))
        }
        Value::Object(members) => {
            let mut all = Map::new();
            for (name, member) in members {
                if let Some(value) = filled(member, fact, &pointer(path, name), depth - 1)? {
                    all.insert(name.clone(), value);
                }
            }
            // An object of which nothing is left would be an empty choice.
            (members.is_empty() || !all.is_empty()).then_some(Value::Object(all))
        }
        other => Some(other.clone()),
    })
}

fn text_of<'a>(
    text: &str,
    fact: &impl Fn(&str) -> Option<&'a str>,
    path: &str,
) -> Result<Option<String>, Problem> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| {
                Problem::new(path, "a `{` is not closed; write `{{` for the brace itself")
            })?;
            let name = name.trim();
            if name.is_empty() || name.contains('{') {
                return Err(Problem::new(
                    path,
                    "`{}` names no fact; write for example `{account}`",
                ));
            }
            match fact(name) {
                Some(value) => out.push_str(value),
                None if text.trim().len() == name.len() + 2 => return Ok(None),
                None => {}
            }
            rest = after;
        } else {
            return Err(Problem::new(
                path,
                "a `}` opens nowhere; write `}}` for the brace itself",
            ));
        }
    }
    out.push_str(rest);
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use serde_json::json;

    #[test]
    fn facts_take_the_places_of_their_names() {
        let mut draft = testing::draft("corr-1234");
        draft.facts = vec![("account".to_owned(), "ann {x}".to_owned())];
        let template = json!({
            "a": "for {account}", "b": "{missing}", "c": { "value": "{missing}" },
            "d": ["{account}", 7, true, null], "e": "x{missing}y", "f": "{{}}",
        });
        assert_eq!(
            fill(&template, &draft),
            Ok(Some(json!({
                "a": "for ann {x}", "d": ["ann {x}", 7, true, null], "e": "xy", "f": "{}",
            })))
        );
    }

    #[test]
    fn a_broken_template_is_found_before_it_is_used() {
        let templates = json!({ "a/b": { "c~d": ["{account"] }, "good": "{account}" });
        let problems = check(templates.as_object().unwrap(), "/fields");
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, "/fields/a~1b/c~0d/0");
    }
}
