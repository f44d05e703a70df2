//! What has to be done.

use crate::{Change, Changes, Delta, Schema, State};

/// What makes `expected` into what `desired` wants; `None` if it is so already.
///
/// Only the attributes that `desired` speaks about count. Values that are the same by the schema
/// (letters' case, order of a set) are no difference. Applying the answer to `expected` gives a
/// state that [satisfies](State::satisfies) `desired`, so planning again yields nothing.
pub fn plan(schema: &Schema, desired: &State, expected: &State) -> Option<Delta> {
    match (desired, expected) {
        (State::Absent, State::Absent) => None,
        (State::Absent, State::Present(_)) => Some(Delta::Delete),
        (State::Present(wanted), State::Absent) => Some(Delta::Create(
            wanted
                .iter()
                .filter(|(_, values)| !values.is_empty())
                .map(|(name, values)| (name.clone(), Change::Set(values.clone())))
                .collect(),
        )),
        (State::Present(wanted), State::Present(_)) => {
            let changes: Changes = wanted
                .iter()
                .filter_map(|(name, values)| {
                    let known = expected.get(name);
                    if schema.same(name, known, values) {
                        return None;
                    }
                    let several = schema
                        .attribute(name.as_str())
                        .is_some_and(|attribute| attribute.is_multi_valued());
                    let change = if several {
                        Change::Edit {
                            add: schema.difference(name, values, known),
                            remove: schema.difference(name, known, values),
                        }
                    } else {
                        Change::Set(values.clone())
                    };
                    Some((name.clone(), change))
                })
                .collect();
            (!changes.is_empty()).then_some(Delta::Modify(changes))
        }
    }
}
