//! What a schema may consist of, so that judging by it ends soon.

use serde_json::Value;

use super::SettingsSchemaError;

/// Parts of a schema with every reference unrolled. A component with fifty settings has some
/// hundred.
const MOST_PARTS: usize = 5_000;

/// How deep parts may be in each other with every reference unrolled.
const DEEPEST: usize = 64;

/// Regular expressions, each of which takes memory when it is compiled.
const MOST_PATTERNS: usize = 100;

/// Keywords whose value is a schema.
const ONE: [&str; 11] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// Keywords whose value is an object of schemas.
const TABLES: [&str; 3] = ["dependentSchemas", "patternProperties", "properties"];

/// Keywords whose value is an object of schemas that only references use.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// Keywords that make references depend on more than the place they point to.
const REFUSED: [&str; 4] = ["$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef"];

pub(super) fn check(schema: &Value) -> Result<(), SettingsSchemaError> {
    let mut walk = Walk {
        root: schema,
        parts: 0,
        patterns: 0,
    };
    walk.visit(schema, 0)
}

struct Walk<'a> {
    root: &'a Value,
    parts: usize,
    patterns: usize,
}

impl<'a> Walk<'a> {
    /// Visits a schema with everything that it applies. A circle shows as endless depth.
    fn visit(&mut self, schema: &'a Value, depth: usize) -> Result<(), SettingsSchemaError> {
        let unbounded = |problem| Err(SettingsSchemaError::Unbounded { problem });
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return unbounded("with its references followed it has more than 5000 parts");
        }
        if depth > DEEPEST {
            return unbounded("its references lead back to themselves, or 64 levels deep");
        }
        let Value::Object(keywords) = schema else {
            return Ok(());
        };
        let nested_id = depth > 0 && keywords.contains_key("$id");
        if nested_id || REFUSED.iter().any(|name| keywords.contains_key(*name)) {
            return unbounded(
                "it uses an anchor, a dynamic reference or an $id inside; only \"$ref\": \"#/…\" \
                 is possible",
            );
        }
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        self.patterns += patterns.map_or(0, serde_json::Map::len);
        self.patterns += usize::from(keywords.contains_key("pattern"));
        if self.patterns > MOST_PATTERNS {
            return unbounded("it has more than 100 regular expressions");
        }
        for (keyword, value) in keywords {
            let keyword = keyword.as_str();
            match value {
                Value::String(reference) if keyword == "$ref" => {
                    let target = self.resolve(reference)?;
                    self.visit(target, depth + 1)?;
                }
                Value::Array(schemas) if LISTS.contains(&keyword) => {
                    for schema in schemas {
                        self.visit(schema, depth + 1)?;
                    }
                }
                Value::Object(schemas)
                    if TABLES.contains(&keyword) || DEFINITIONS.contains(&keyword) =>
                {
                    for schema in schemas.values() {
                        self.visit(schema, depth + 1)?;
                    }
                }
                _ if ONE.contains(&keyword) => self.visit(value, depth + 1)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn resolve(&self, reference: &str) -> Result<&'a Value, SettingsSchemaError> {
        reference
            .strip_prefix('#')
            .filter(|pointer| !pointer.contains('%'))
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| SettingsSchemaError::Reference {
                reference: reference.chars().take(200).collect(),
            })
    }
}
