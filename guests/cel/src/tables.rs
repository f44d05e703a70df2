//! Lookup tables as settings have them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

/// Lookup tables by name: key to one or several texts.
pub type Tables = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Reads tables in which a text may stand for a list of one text. For
/// `#[serde(deserialize_with = "provisor_cel::tables::read")]`.
///
/// # Errors
/// When something else stands behind a key.
pub fn read<'de, D: Deserializer<'de>>(source: D) -> Result<Tables, D::Error> {
    let tables = BTreeMap::<String, BTreeMap<String, Entry>>::deserialize(source)?;
    let tables = tables.into_iter().map(|(name, table)| {
        let entries = table.into_iter().map(|(key, Entry(values))| (key, values));
        (name, entries.collect())
    });
    Ok(tables.collect())
}

/// What stands behind a key: one text, or several.
struct Entry(Vec<String>);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Entry;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Entry, E> {
                Ok(Entry(vec![value.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entry, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(Entry(values))
            }
        }
        source.deserialize_any(Either)
    }
}
