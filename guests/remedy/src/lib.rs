//! The built-in component for tickets in BMC Remedy and Helix ITSM, of world `ticketing`.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Settings`] | [`settings`] | what the configuration says; for people: `settings.schema.json` |
//! | [`Preset`](preset::Preset), [`Layout`](layout::Layout) | [`preset`], [`layout`] | the forms and fields as they come, and as they are at this site |
//! | [`Entry`](entry::Entry), [`Entries`](entry::Entries) | [`entry`] | a row of a form, and how rows are asked for, made and changed |
//! | qualification | [`qualification`] | how the AR System is asked which entries are meant |
//! | [`Refusal`](message::Refusal) | [`message`] | what the AR System says instead of doing something |
//! | [`Reference`](reference::Reference) | [`reference`](mod@reference) | how the host names a ticket to this component |
//! | [`Tracker`](tracker::Tracker) | [`tracker`] | one system during one call |
//! | class | [`class`](mod@class) | what a status means by default |
//! | [`Remedy`] | [`remedy`] | the calls of the contract, each done in [`creation`], [`status`], [`comment`], [`withdrawal`], [`connection`] or [`webhook`] |
//!
//! # The life of one ticket
//!
//! It is made on one form (`…_Create`) and read on another, where it has another entry id, so it is
//! looked up there by its correlation id once it is made. Its reference holds the form, the number
//! and that entry id. The status of many is asked by their numbers with one question; one that the
//! answer does not hold is fetched by its entry id, whose refusal tells what is gone from what may
//! not be seen. [`text`] and [`moment`] write what fields take.
//!
//! ```
//! use provisor_sdk::{Http, Response, Ticketing, testing};
//! use remedy::Remedy;
//!
//! let settings = r#"{ "url": "https://itsm.example.com" }"#;
//! let remedy: Remedy = testing::ticketing(settings)?;
//! let http = Http::answering(|request| {
//!     assert!(request.url.starts_with(
//!         "https://itsm.example.com/api/arsys/v1/entry/HPD%3AIncidentInterface?q="
//!     ));
//!     Ok(Response {
//!         method: request.method,
//!         status: 200,
//!         headers: vec![],
//!         body: br#"{ "entries": [] }"#.to_vec(),
//!     })
//! });
//! assert!(remedy.find(&http, "corr-0001")?.is_empty());
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```
//!
//! # Invariants
//!
//! * An answer counts when it says what was asked for; its status alone says nothing.
//! * A ticket is gone only when the AR System says that its entry does not exist.
//! * A status that is not known here is never done.

pub mod class;
pub mod comment;
pub mod connection;
pub mod creation;
pub mod entry;
pub mod layout;
pub mod message;
pub mod moment;
pub mod preset;
pub mod qualification;
pub mod reference;
pub mod remedy;
pub mod settings;
pub mod status;
pub mod text;
pub mod tracker;
pub mod webhook;
pub mod withdrawal;

pub use remedy::Remedy;
pub use settings::Settings;

provisor_sdk::export_ticketing!(Remedy, {
    name: "remedy",
    summary: "Keeps tickets in BMC Remedy or Helix ITSM.",
    settings_schema: include_str!("../settings.schema.json"),
});
