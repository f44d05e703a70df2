//! What makes one state of an account out of another.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{AttributeName, Attributes, OperationKind, Schema, State, Values};

/// What an operation, verdict or drift is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Whether there is an account at all.
    Existence,
    /// One attribute.
    Attribute(AttributeName),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Subject::Existence => f.pad("the account itself"),
            Subject::Attribute(name) => f.pad(name.as_str()),
        }
    }
}

/// How the values of one attribute change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Whatever it was, it becomes exactly this.
    Set(Values),
    /// Some values come and some go, whatever else there is. No value is in both lists.
    Edit {
        /// Values that must be there afterwards.
        add: Values,
        /// Values that must not.
        remove: Values,
    },
}

/// Changes by attribute.
pub type Changes = BTreeMap<AttributeName, Change>;

impl Change {
    /// The values afterwards.
    pub fn apply(&self, schema: &Schema, name: &AttributeName, before: &Values) -> Values {
        match self {
            Change::Set(values) => values.clone(),
            Change::Edit { add, remove } => {
                schema.difference(name, &schema.union(name, before, add), remove)
            }
        }
    }

    /// Whether an attribute with these values already is as the change wants it.
    pub fn is_satisfied(&self, schema: &Schema, name: &AttributeName, shown: &Values) -> bool {
        match self {
            Change::Set(values) => schema.same(name, values, shown),
            Change::Edit { add, remove } => {
                schema.difference(name, add, shown).is_empty()
                    && schema.intersection(name, remove, shown).is_empty()
            }
        }
    }

    /// One change that does what this one and then `later` do.
    pub fn merge(&self, schema: &Schema, name: &AttributeName, later: &Change) -> Change {
        match (self, later) {
            (_, Change::Set(_)) => later.clone(),
            (Change::Set(values), edit) => Change::Set(edit.apply(schema, name, values)),
            (
                Change::Edit { add, remove },
                Change::Edit {
                    add: later_add,
                    remove: later_remove,
                },
            ) => Change::Edit {
                add: schema.union(name, &schema.difference(name, add, later_remove), later_add),
                remove: schema.union(
                    name,
                    &schema.difference(name, remove, later_add),
                    later_remove,
                ),
            },
        }
    }
}

/// What makes one state of an account out of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delta {
    /// The account comes into being with these attributes. If it is there already, they change.
    Create(Changes),
    /// Attributes change. If there is no account, nothing happens.
    Modify(Changes),
    /// The account goes.
    Delete,
    /// The account goes, and another comes in its place.
    Recreate(Changes),
}

impl Delta {
    /// The state afterwards.
    pub fn apply(&self, schema: &Schema, before: &State) -> State {
        match (self, before) {
            (Delta::Delete, _) | (Delta::Modify(_), State::Absent) => State::Absent,
            (Delta::Modify(changes) | Delta::Create(changes), State::Present(attributes)) => {
                State::Present(change(schema, attributes, changes))
            }
            (Delta::Create(changes), State::Absent) | (Delta::Recreate(changes), _) => {
                State::Present(change(schema, &Attributes::new(), changes))
            }
        }
    }

    /// One delta that does what this one and then `later` do. There is none for a modification
    /// that a creation follows: what the modification does depends on whether there is an
    /// account, and the creation makes that forgotten.
    pub fn merge(&self, schema: &Schema, later: &Delta) -> Option<Delta> {
        let both = |first: &Changes, second: &Changes| {
            let mut merged = first.clone();
            for (name, later) in second {
                let change = match merged.get(name) {
                    Some(earlier) => earlier.merge(schema, name, later),
                    None => later.clone(),
                };
                merged.insert(name.clone(), change);
            }
            merged
        };
        Some(match (self, later) {
            (_, Delta::Delete) => Delta::Delete,
            (_, Delta::Recreate(changes)) => Delta::Recreate(changes.clone()),
            (Delta::Delete, Delta::Create(changes)) => Delta::Recreate(changes.clone()),
            (Delta::Delete, Delta::Modify(_)) => Delta::Delete,
            (Delta::Create(first), Delta::Create(second) | Delta::Modify(second)) => {
                Delta::Create(both(first, second))
            }
            (Delta::Recreate(first), Delta::Create(second) | Delta::Modify(second)) => {
                Delta::Recreate(both(first, second))
            }
            (Delta::Modify(first), Delta::Modify(second)) => Delta::Modify(both(first, second)),
            (Delta::Modify(_), Delta::Create(_)) => return None,
        })
    }

    /// The changes of attributes; none for a deletion.
    pub fn changes(&self) -> Option<&Changes> {
        match self {
            Delta::Create(changes) | Delta::Modify(changes) | Delta::Recreate(changes) => {
                Some(changes)
            }
            Delta::Delete => None,
        }
    }

    /// What it is called: a modification of nothing but the status is an enabling or disabling,
    /// one of the identifier is a renaming.
    pub fn kind(&self, schema: &Schema) -> OperationKind {
        match self {
            Delta::Create(_) | Delta::Recreate(_) => OperationKind::Create,
            Delta::Delete => OperationKind::Delete,
            Delta::Modify(changes) if changes.contains_key(schema.identifier()) => {
                OperationKind::Rename
            }
            Delta::Modify(changes) => match (schema.status(), changes.iter().next()) {
                (Some(status), Some((name, Change::Set(values))))
                    if status == name && changes.len() == 1 =>
                {
                    if values.first() == Some("true") {
                        OperationKind::Enable
                    } else {
                        OperationKind::Disable
                    }
                }
                _ => OperationKind::Modify,
            },
        }
    }

    /// What it decides: the account's existence, attributes, or both.
    pub fn subjects(&self) -> BTreeSet<Subject> {
        let existence = match self {
            Delta::Modify(_) => None,
            _ => Some(Subject::Existence),
        };
        self.changes()
            .into_iter()
            .flat_map(Changes::keys)
            .cloned()
            .map(Subject::Attribute)
            .chain(existence)
            .collect()
    }

    /// What stands or falls with it: only the existence where that is decided, since without an
    /// account there is no attribute to speak of.
    pub fn essential_subjects(&self) -> BTreeSet<Subject> {
        match self {
            Delta::Create(_) | Delta::Recreate(_) | Delta::Delete => [Subject::Existence].into(),
            Delta::Modify(_) => self.subjects(),
        }
    }

    /// Whether an export that shows the outcome of this delta tells nothing any more of an
    /// earlier one about `subject`.
    pub fn hides(&self, subject: &Subject) -> bool {
        match (self, subject) {
            (Delta::Delete | Delta::Recreate(_), _) => true,
            (Delta::Create(_), Subject::Existence) => true,
            (Delta::Modify(_), Subject::Existence) => false,
            (Delta::Create(changes) | Delta::Modify(changes), Subject::Attribute(name)) => {
                changes.contains_key(name)
            }
        }
    }

    /// The same delta without the changes of some attributes.
    pub fn without(&self, leave_out: impl Fn(&Subject) -> bool) -> Delta {
        let keep = |changes: &Changes| {
            changes
                .iter()
                .filter(|(name, _)| !leave_out(&Subject::Attribute((*name).clone())))
                .map(|(name, change)| (name.clone(), change.clone()))
                .collect()
        };
        match self {
            Delta::Create(changes) => Delta::Create(keep(changes)),
            Delta::Modify(changes) => Delta::Modify(keep(changes)),
            Delta::Recreate(changes) => Delta::Recreate(keep(changes)),
            Delta::Delete => Delta::Delete,
        }
    }

    /// The same delta with some attributes set to other values than it asked for.
    pub fn overridden(&self, values: &Attributes) -> Delta {
        let over = |changes: &Changes| {
            let mut changes = changes.clone();
            for (name, values) in values {
                changes.insert(name.clone(), Change::Set(values.clone()));
            }
            changes
        };
        match self {
            Delta::Create(changes) => Delta::Create(over(changes)),
            Delta::Modify(changes) => Delta::Modify(over(changes)),
            Delta::Recreate(changes) => Delta::Recreate(over(changes)),
            Delta::Delete => Delta::Delete,
        }
    }
}

fn change(schema: &Schema, before: &Attributes, changes: &Changes) -> Attributes {
    let mut after = before.clone();
    for (name, change) in changes {
        let values = change.apply(schema, name, before.get(name).unwrap_or(&Values::NONE));
        after.insert(name.clone(), values);
    }
    after
}
