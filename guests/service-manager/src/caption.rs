//! The published name of a field, and its place in a record.

use provisor_sdk::Problem;
use serde_json::{Map, Value};

/// The published name of a field. Where it stands inside structures, these stand before it, with `/`
/// between them: `header/ChangeID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    parts: Vec<String>,
}

impl Caption {
    /// Reads a caption from the setting at `path`.
    ///
    /// # Errors
    /// When it, or a structure in it, has no name.
    pub fn read(text: &str, path: &str) -> Result<Self, Problem> {
        let parts: Vec<String> = text.split('/').map(str::to_owned).collect();
        if parts.iter().any(|part| part.trim().is_empty()) {
            let message = "name the field, and before it, with `/` between them, the structures \
                           that it stands in, such as `header/ChangeID`";
            return Err(Problem::new(path, message));
        }
        Ok(Caption { parts })
    }

    /// The name of the field itself, without its structures: how queries call it.
    pub fn name(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }

    /// As it stands in the settings.
    pub fn text(&self) -> String {
        self.parts.join("/")
    }

    /// What stands at its place; `None` also where the place holds nothing.
    pub fn find<'a>(&self, record: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.parts.split_first()?;
        rest.iter()
            .try_fold(record.get(first)?, |place, part| place.get(part))
            .filter(|value| !value.is_null())
    }

    /// Puts a value to its place. What stands there is replaced, and so is what stands where one of
    /// its structures belongs.
    pub fn put(&self, record: &mut Map<String, Value>, value: Value) {
        let Some((last, structures)) = self.parts.split_last() else {
            return;
        };
        let mut place = record;
        for structure in structures {
            let inner = place.entry(structure).or_insert(Value::Null);
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            match inner {
                Value::Object(members) => place = members,
                _ => return,
            }
        }
        place.insert(last.clone(), value);
    }
}

/// Lays one structure over another: members of structures that both have are joined, everything else
/// is replaced.
pub fn lay_over(below: &mut Map<String, Value>, above: Map<String, Value>) {
    for (name, value) in above {
        match (below.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(members)) => lay_over(inner, members),
            (_, value) => {
                below.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_in_a_structure_is_put_beside_the_others() {
        let caption = Caption::read("description.structure/Description", "").unwrap();
        let mut record = Map::new();
        record.insert("description.structure".to_owned(), json!({ "Reason": "x" }));
        caption.put(&mut record, json!(["a"]));
        assert_eq!(
            Value::Object(record.clone()),
            json!({ "description.structure": { "Reason": "x", "Description": ["a"] } })
        );
        assert_eq!(caption.find(&record), Some(&json!(["a"])));
        assert_eq!(caption.name(), "Description");
    }

    #[test]
    fn a_structure_without_a_name_is_a_problem() {
        for wrong in ["", "/a", "a//b", " "] {
            assert_eq!(Caption::read(wrong, "/x").unwrap_err().path, "/x");
        }
    }
}
