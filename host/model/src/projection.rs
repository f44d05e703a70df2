//! What will be there once everything under way is done.

use crate::{Operation, Schema, State};

/// The expected view: the current view with all operations that count, in the order in which
/// they were requested.
pub fn project<'a>(
    schema: &Schema,
    current: &State,
    operations: impl IntoIterator<Item = &'a Operation>,
) -> State {
    operations
        .into_iter()
        .filter(|operation| operation.counts())
        .fold(current.clone(), |state, operation| {
            operation.effect().apply(schema, &state)
        })
}
