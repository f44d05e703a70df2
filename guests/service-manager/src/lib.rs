//! The built-in component for tickets in OpenText (HP, Micro Focus) Service Manager 9.x, a component
//! of world `ticketing`.
//!
//! What a Service Manager answers is configured at each site: which tables are published, under which
//! names, with which fields. So nothing of that is fixed here; a preset says what is usual, and each
//! setting overrides one thing of it.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Settings`] | [`settings`] | what the configuration says; for people: `settings.schema.json` |
//! | [`Preset`](preset::Preset) | [`preset`] | what is usual for incidents, changes, requests, interactions |
//! | [`Layout`](layout::Layout) | [`layout`] | a preset with the settings laid over it: all names, resolved |
//! | [`Caption`](caption::Caption) | [`caption`] | the published name of a field, and its place in a record |
//! | [`Key`](key::Key) | [`key`] | the number of a ticket, in references, URLs and queries |
//! | [`body`] | [`body`] | from a draft, a comment or a reason to what is sent |
//! | [`Refusal`](answer::Refusal) | [`answer`] | what an answer means: return codes, messages, pages of a load balancer |
//! | [`listing`] | [`listing`] | all records that a query asks for, page by page |
//! | [`Record`](record::Record) | [`record`] | one record as it came, and what it says of a ticket |
//! | [`Classes`](class::Classes) | [`class`] | what a status and a closure code mean |
//! | [`connection`] | [`connection`] | the check of a connection |
//! | [`ServiceManager`] | [`service_manager`] | the translator; all of the above meet here |
//!
//! # The life of one call
//!
//! The host calls, say, `status` with references. Each is read into a key; the keys go into queries as
//! long as one URL may be; each answer is taken apart into its return code and records; every record is
//! compared with the key that was asked for. A key that no record had is fetched alone, because
//! only that answer tells a record that is gone from one that may not be seen.
//!
//! ```
//! use provisor_sdk::{Http, Method, Response, Ticketing, testing};
//! use service_manager::ServiceManager;
//!
//! let settings = r#"{
//!     "url": "https://sm.example.com/SM/9/rest",
//!     "captions": { "correlation-id": "CorrelationID" }
//! }"#;
//! let component = testing::ticketing::<ServiceManager>(settings)?;
//! let http = Http::answering(|request| {
//!     assert_eq!(request.url, "https://sm.example.com/SM/9/rest/incidents");
//!     Ok(Response {
//!         method: Method::Post,
//!         status: 200,
//!         headers: Vec::new(),
//!         body: br#"{ "ReturnCode": 0, "Messages": [], "Incident": { "IncidentID": "IM10001" } }"#.to_vec(),
//!     })
//! });
//! let ticket = component.create(&http, &testing::draft("corr-0001"))?;
//! assert_eq!(ticket.number, "IM10001");
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```
//!
//! # Invariants
//!
//! * A status of HTTP is never believed alone: without return code 0 nothing counts as done.
//! * A record counts only where it carries the key or correlation id that was asked for.
//! * A status or closure code that nothing is known of is never `done`.
//! * Of what was read only the assignee is ever sent back, and only where a template asks for it.

pub mod answer;
pub mod body;
pub mod caption;
pub mod class;
pub mod connection;
pub mod key;
pub mod layout;
pub mod listing;
pub mod preset;
pub mod record;
pub mod service_manager;
pub mod settings;

pub use service_manager::ServiceManager;
pub use settings::Settings;

provisor_sdk::export_ticketing!(ServiceManager, {
    name: "service-manager",
    summary: "Keeps tickets in OpenText Service Manager.",
    settings_schema: include_str!("../settings.schema.json"),
});
