//! What functions want a person to know.

use std::cell::RefCell;

thread_local! {
    static NOTES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes kept of one expression; more say nothing new.
const MOST: usize = 20;

/// Adds a note about the expression that is being evaluated.
pub(crate) fn note(text: String) {
    NOTES.with_borrow_mut(|notes| {
        if notes.len() < MOST {
            notes.push(text);
        }
    });
}

/// Takes the notes of the expression that was evaluated last.
pub fn take() -> Vec<String> {
    NOTES.take()
}
