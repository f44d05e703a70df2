//! CEL with the functions that identity mappings and policies need.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Expression`] | [`expression`] | a text that was compiled |
//! | [`Vocabulary`] | [`vocabulary`] | the variables, functions and tables that an expression may name; finds what is wrong before anything runs |
//! | [`Scope`] | [`scope`] | the variables of one record, read from its row when they are asked for |
//! | [`Library`] | [`library`] | the functions, with the lookup tables of the settings |
//! | [`Tables`] | [`tables`] | the lookup tables, as they stand in settings |
//! | notes | [`notes`] | what a function wants a person to know, such as a missing table entry |
//!
//! The functions themselves are in `text`, `pattern`, `lists`, `names`, `dates` and `places`. Each is described with
//! an example in `guests/cel-mapping/README.md`, and the examples are tests.
//!
//! # The life of one evaluation
//!
//! The library makes one [`Context`] per instance, which is dear. For each record a [`Scope`] becomes an inner
//! context, which is cheap, and every expression is evaluated in it. What comes out is turned into the texts of an
//! attribute by [`texts`].
//!
//! ```
//! use provisor_cel::{Expression, Library, Scope};
//! use provisor_sdk::testing;
//!
//! let context = Library::default().context()?;
//! let login = Expression::compile("ascii(identity.family).lower().left(4)")?;
//!
//! let people = testing::table([[("family", ["Šťastná"])]]);
//! let row = people.view().unwrap().iter().next().unwrap();
//! let scope = Scope::new().attributes("identity", row, "");
//! let mut inner = context.new_inner_scope();
//! inner.set_variable_resolver(&scope);
//! assert_eq!(login.texts(&inner)?, ["stas"]);
//! # Ok::<(), String>(())
//! ```
//!
//! # Invariants
//!
//! * Pure: no clock, no randomness, no files; the time zones are data inside the component.
//! * A pattern takes time in proportion to the text times the pattern, whatever both are.
//! * An expression that could exhaust the stack is refused before it is parsed.
//! * No message repeats more than [60 characters](library::quoted) of any value.

mod call;
pub mod dates;
pub mod expression;
pub mod library;
mod lists;
mod names;
pub mod notes;
mod pattern;
mod places;
pub mod scope;
pub mod tables;
mod text;
pub mod vocabulary;

pub use cel::Context;
pub use cel::common::value::{CowVal, Val};
pub use expression::{Expression, texts};
pub use library::Library;
pub use scope::Scope;
pub use tables::Tables;
pub use vocabulary::Vocabulary;
