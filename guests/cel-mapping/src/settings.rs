//! What the configuration says about the mapping.

use std::collections::BTreeMap;
use std::fmt;

use provisor_cel::Tables;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// The settings; `settings.schema.json` describes them for people.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The attributes of the account, each with how it is computed.
    pub attributes: BTreeMap<String, Attribute>,
    /// Values with a name that expressions below them may use, in this order.
    #[serde(default)]
    pub variables: Vec<Variable>,
    /// Lookup tables: key to one or several texts.
    #[serde(default, deserialize_with = "provisor_cel::tables::read")]
    pub tables: Tables,
    /// The time zone that expressions know as `zone`; `UTC` unless told otherwise.
    #[serde(default = "utc")]
    pub time_zone: String,
}

/// How one attribute is computed.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its value.
    pub value: String,
    /// The attribute is left alone unless this is true.
    pub when: Option<String>,
    /// What stands in when the value is empty, or has failed and `on_error` says so.
    pub default: Option<String>,
    /// What happens when the value or the condition fails.
    pub on_error: OnError,
    /// Whether the settings hold an object and not just the value: where problems are.
    pub in_full: bool,
}

/// What happens when a value or a condition fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// The attribute has no usable value.
    #[default]
    Error,
    /// The default stands in, with a warning.
    Default,
    /// The account keeps what it has, with no word about it.
    LeftAlone,
}

/// A value with a name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What expressions call it.
    pub name: String,
    /// The expression.
    pub value: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct InFull {
    value: String,
    when: Option<String>,
    default: Option<String>,
    #[serde(default)]
    on_error: OnError,
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Attribute;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an expression, or an object with `value`")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Attribute, E> {
                Ok(Attribute {
                    value: value.to_owned(),
                    when: None,
                    default: None,
                    on_error: OnError::Error,
                    in_full: false,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Attribute, A::Error> {
                let full = InFull::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Attribute {
                    value: full.value,
                    when: full.when,
                    default: full.default,
                    on_error: full.on_error,
                    in_full: true,
                })
            }
        }
        source.deserialize_any(Either)
    }
}
