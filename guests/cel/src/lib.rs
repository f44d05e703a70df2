//! CEL with the functions that identity mappings and policies need.
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Expression`] | [`expression`] | a text that was compiled, and what it refers to |
//! | [`Library`] | [`library`] | the functions, with the lookup tables of the settings |
//! | notes | [`notes`] | what functions want a person to know, such as a missing table entry |
//!
//! The functions themselves are in the modules `text`, `lists`, `names`, `dates` and `places`.
//!
//! Everything is pure: no clock, no randomness. Regular expressions take linear time.

mod dates;
pub mod expression;
pub mod library;
mod lists;
mod names;
pub mod notes;
mod places;
mod text;

pub use cel::{Context, Value};
pub use expression::{Expression, texts};
pub use library::Library;
