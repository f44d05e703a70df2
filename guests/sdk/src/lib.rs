//! Write a Provisor component as one plain trait implementation.
//!
//! # The nouns
//!
//! | noun | what it is |
//! |---|---|
//! | [`Mapping`], [`Policy`], [`Reader`], [`Ticketing`] | the trait that a component of that world implements, and the `export_…!` macro that turns it into a component |
//! | settings | what the resource's configuration says about this component, as a type of yours that `serde` can read |
//! | [`Problem`] | one thing that is wrong with the settings, and where |
//! | [`Failure`] | why a call could not be carried out, and whether trying again can help |
//! | [`Table`], [`Page`], [`Rows`], [`Row`] | many records packed into one text, and a plain view of them |
//! | [`About`] | what a component says of itself, to the host and in the section [`SECTION`] |
//! | [`Http`], [`Request`], [`Response`] | calls to the system behind a ticketing component |
//! | [`document`], [`template`] | descriptions of tickets as systems take them, and fields that only one site has |
//! | [`ByPriority`] | a setting that has something for each priority of a ticket |
//! | [`testing`] | runs an implementation natively on plain data or against a simulated ticket system, without any sandbox |
//!
//! # The life of one call
//!
//! The host makes a fresh instance and calls, say, `evaluate` with a table of identities. The SDK
//! reads the settings, builds your type from them (once per instance), and gives it one row
//! after the other together with a builder for what comes out; at the end the builder's content
//! goes back to the host as it is, without being packed again. A [`Ticketing`] gets a draft or
//! references instead, and an [`Http`] through which the host sends what was granted. A panic is written to the host's
//! log with its place before the instance dies.
//!
//! ```
//! use provisor_sdk::{AccountBuilder, Failure, Identity, Mapping, Problem, export_mapping};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields, rename_all = "kebab-case")]
//! struct Settings {
//!     /// What stands behind the `@`.
//!     domain: String,
//! }
//!
//! struct Mail {
//!     domain: String,
//!     attributes: Vec<String>,
//! }
//!
//! impl Mapping for Mail {
//!     type Settings = Settings;
//!
//!     fn check(settings: &Settings) -> Vec<Problem> {
//!         match settings.domain.contains('@') {
//!             true => vec![Problem::new("/domain", "leave out the `@`")],
//!             false => vec![],
//!         }
//!     }
//!
//!     fn new(settings: Settings) -> Result<Self, Failure> {
//!         let attributes = vec!["login".to_owned(), "mail".to_owned()];
//!         Ok(Mail { domain: settings.domain, attributes })
//!     }
//!
//!     fn attributes(&self) -> &[String] {
//!         &self.attributes
//!     }
//!
//!     fn map(&self, identity: &Identity<'_>, account: &mut AccountBuilder<'_>) {
//!         let Some(login) = identity.first("login") else {
//!             return account.fail("the identity has no login");
//!         };
//!         account.set("login", login);
//!         account.set("mail", format!("{login}@{}", self.domain));
//!     }
//! }
//!
//! export_mapping!(Mail, {
//!     name: "mail",
//!     summary: "Makes a mail address from the login name.",
//!     settings_schema: r#"{ "type": "object", "properties": { "domain": { "type": "string" } } }"#,
//! });
//!
//! use provisor_sdk::testing;
//! let accounts = testing::evaluate::<Mail>(
//!     r#"{ "domain": "example.com" }"#,
//!     &testing::table([[("login", vec!["ann"])]]),
//! )?;
//! assert_eq!(accounts[0].first("mail"), Some("ann@example.com"));
//! # Ok::<(), Failure>(())
//! ```
//!
//! # Invariants
//!
//! * Nothing here needs a file, a clock, randomness or the environment.
//! * What may have been done is `ambiguous`: [`Response`] takes no broken answer for a refusal.
//! * No text that the host hands over can make the SDK panic.
//! * What `describe` answers and what stands in the section [`SECTION`] is one constant.

mod about;
#[doc(hidden)]
pub mod bindings;
mod decision;
pub mod document;
mod export;
mod failure;
pub mod http;
mod input;
pub mod log;
mod mapping;
mod name;
mod page;
mod policy;
mod priority;
mod reader;
mod settings;
mod table;
pub mod template;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod ticketing;

pub use about::{About, SECTION};
pub use bindings::decisions::exports::provisor::connector::decisions::{
    Decision, Obligation, Verdict,
};
pub use bindings::description::provisor::connector::types::{
    Failure, FailureKind, Page, Priority, Table,
};
pub use bindings::evaluation::exports::provisor::connector::evaluation::{Remark, RemarkKind};
pub use bindings::reading::exports::provisor::connector::reading::{
    Column, RejectedRow, Shape, Summary,
};
pub use bindings::tickets::exports::provisor::connector::tickets::{
    Block, Class, Condition, Draft, Finding, Found, Grid, Hint, Message, Predecessor, Progress,
    Span, Ticket, Traits, Withdrawal,
};
pub use http::{Http, Method, Request, Response};
pub use input::Input;
pub use mapping::{AccountBuilder, Identity, Mapping};
pub use page::{PageBuilder, Row, Rows, Values};
pub use policy::{Operation, Policy, Proposal};
pub use priority::ByPriority;
pub use reader::{BatchBuilder, Reader};
pub use settings::{Problem, pointer, secret};
pub use table::TableBuilder;
pub use ticketing::Ticketing;

/// The README's component compiles and does what it says.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// What the `export_…!` macros need. Not for component authors.
#[doc(hidden)]
pub mod glue {
    pub use crate::about::{json, json_len};
    pub use crate::mapping::{ExportMapping, MappingComponent};
    pub use crate::policy::{ExportPolicy, PolicyComponent};
    pub use crate::reader::{ExportReader, ReaderComponent};
    pub use crate::settings::Built;
    pub use crate::ticketing::{ExportTicketing, TicketingComponent};
}
