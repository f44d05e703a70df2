//! The built-in component for tickets in Request Tracker 5, of world `ticketing`.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Settings`] | [`settings`] | what the configuration says; for people: `settings.schema.json` |
//! | [`RequestTracker`] | [`tracker`] | the translator, and the calls that the rest is made of |
//! | [`Reference`](reference::Reference) | [`reference`](mod@reference) | a ticket's number, which is how the host names it |
//! | [`Record`](answer::Record) | [`answer`] | a ticket as Request Tracker shows it |
//! | query | [`query`] | which tickets are meant, in Request Tracker's own language |
//! | creation | [`creation`] | from a draft to a ticket that can be found again |
//! | character | [`character`] | those that Request Tracker does not keep |
//! | standing | [`standing`] | from numbers to conditions, many in one call |
//! | note | [`note`], [`html`] | what people wrote last, as text |
//! | withdrawal | [`withdrawal`] | closing what is not wanted any more |
//! | connection | [`connection`] | whether everything is there that the settings name |
//! | message | [`message`] | what the scrip of the documentation sends |
//!
//! # The life of one call
//!
//! The host calls `create` with a draft. The templates of the settings are filled, the description
//! becomes HTML, and one request makes the ticket. A second one looks at it, because Request
//! Tracker answers with success even when it has dropped the correlation id; a ticket without one
//! is closed again. Later `status` asks for up to ninety tickets with one search, and alone for
//! each that the search does not show.
//!
//! ```
//! use provisor_sdk::{Http, Response, Ticketing, testing};
//! use request_tracker::RequestTracker;
//!
//! let settings = r#"{ "url": "https://rt.example.com", "queue": "Provisioning" }"#;
//! let tracker = testing::ticketing::<RequestTracker>(settings)?;
//! let http = Http::answering(|request| {
//!     Ok(Response {
//!         method: request.method,
//!         status: 401,
//!         headers: Vec::new(),
//!         body: br#"{ "message": "Unauthorized" }"#.to_vec(),
//!     })
//! });
//! let findings = tracker.check_connection(&http)?;
//! assert_eq!(findings[0].subject, "credentials");
//! assert!(!findings[0].good);
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```
//!
//! # Invariants
//!
//! * A status that is not known is never taken for done, and a good HTTP status never for success
//!   without a look at what was said.
//! * No value of a draft becomes a part of a query or of markup.
//! * A ticket is changed only after a look that it is still this ticket.

pub mod answer;
pub mod character;
pub mod connection;
pub mod creation;
pub mod html;
pub mod message;
pub mod note;
pub mod query;
pub mod reference;
pub mod settings;
pub mod standing;
pub mod tracker;
pub mod withdrawal;

pub use settings::Settings;
pub use tracker::RequestTracker;

provisor_sdk::export_ticketing!(RequestTracker, {
    name: "request-tracker",
    summary: "Keeps tickets in Request Tracker 5.",
    settings_schema: include_str!("../settings.schema.json"),
});
