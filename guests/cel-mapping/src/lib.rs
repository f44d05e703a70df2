//! The built-in mapping, a component of world `mapping`: attributes computed by CEL expressions.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Settings`] | [`settings`] | what the configuration says; for people: `settings.schema.json` and `README.md` |
//! | [`Expressions`] | [`expressions`] | the settings compiled, and what is wrong with them |
//! | [`Attributes`] | [`attributes`] | the mapping: one account from one identity |
//!
//! The language with its functions is the crate `provisor-cel`.
//!
//! # The life of one account
//!
//! A scope is laid over the identity's row; the variables of the settings are evaluated in their
//! order, then each attribute on its own: its condition, its value, its default. What fails is a
//! remark on that attribute; a variable that failed spoils only the attributes that ask for it.
//!
//! ```
//! use cel_mapping::Attributes;
//! use provisor_sdk::testing;
//!
//! let settings = r#"{ "attributes": {
//!     "name": "fullName(identity.given, identity.family)",
//!     "groups": "sorted(values.roles).prefix('APP_')"
//! } }"#;
//! let people = testing::table([[
//!     ("given", vec![" Anna "]), ("family", vec!["Nováková"]), ("roles", vec!["b", "a"]),
//! ]]);
//! let accounts = testing::evaluate::<Attributes>(settings, &people)?;
//! assert_eq!(accounts[0].first("name"), Some("Anna Nováková"));
//! assert_eq!(accounts[0].attributes["groups"], ["APP_a", "APP_b"]);
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```

pub mod attributes;
pub mod expressions;
pub mod settings;

pub use attributes::Attributes;
pub use expressions::Expressions;
pub use settings::Settings;

provisor_sdk::export_mapping!(Attributes, {
    name: "cel-mapping",
    summary: "Computes the attributes of an account by CEL expressions.",
    settings_schema: include_str!("../settings.schema.json"),
});
