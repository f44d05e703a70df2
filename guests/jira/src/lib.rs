//! The built-in component for Jira Cloud and Jira Data Center, of world `ticketing`.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Settings`], [`Deployment`] | [`settings`] | what the configuration says, and which Jira it is; for people: `settings.schema.json` |
//! | [`Jira`] | [`tickets`] | the translator: each call of the contract, in calls of Jira |
//! | [`Reference`](reference::Reference) | [`mod@reference`] | the id of a ticket, and the key under which it was known |
//! | [`Issue`](issue::Issue), [`Comments`](issue::Comments) | [`issue`] | a ticket as Jira gives it |
//! | class | [`class`] | what a status and resolution mean by default |
//! | fields | [`fields`] | what a new ticket is made of |
//! | title, body | [`text`], [`adf`], [`wiki`] | texts in the form and length that this Jira takes |
//! | lookup | [`lookup`] | reading tickets by their ids and by their correlation id |
//! | withdrawal | [`withdrawal`] | taking a ticket back as far as its workflow lets it |
//! | hints | [`message`] | which tickets a webhook is about |
//! | connection | [`connection`] | whether everything is there that the settings name |
//! | answer | [`answer`] | errors of Jira as failures for people |
//! | time | [`time`] | times of Jira as RFC 3339 |
//!
//! # The life of one call
//!
//! The host asks for the status of many tickets. Each reference is read; a broken one fails alone.
//! The ids of the others go to Jira in one call, which leaves out what it does not want to show
//! without saying why. Each one left out is asked for alone, and is *gone* only if its project can
//! still be seen. A ticket whose key has changed was moved and is *replaced* by itself under its new
//! number. For those that are closed one further call brings the last comments.
//!
//! ```
//! use jira::Jira;
//! use provisor_sdk::{Http, Method, Response, Ticketing, testing};
//!
//! let settings = r#"{ "url": "https://example.atlassian.net", "deployment": "cloud", "project": "PROV" }"#;
//! let jira: Jira = testing::ticketing(settings)?;
//! let http = Http::answering(|request| {
//!     assert_eq!(request.url, "https://example.atlassian.net/rest/api/3/issue");
//!     Ok(Response {
//!         method: Method::Post,
//!         status: 201,
//!         headers: vec![],
//!         body: br#"{ "id": "10017", "key": "PROV-17" }"#.to_vec(),
//!     })
//! });
//! let ticket = jira.create(&http, &testing::draft("corr-0001"))?;
//! assert_eq!(ticket.number, "PROV-17");
//! assert_eq!(ticket.url.as_deref(), Some("https://example.atlassian.net/browse/PROV-17"));
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```
//!
//! # Invariants
//!
//! * Whether a ticket is closed is decided by the category of its status, never by a name alone.
//! * No value from a draft or from the settings can end the text, query or path in which it stands.
//! * What was found by a query is compared again: the search of Jira is looser than it looks.
//! * Every loop over pages has an end.

pub mod adf;
pub mod answer;
pub mod class;
pub mod connection;
pub mod fields;
pub mod issue;
pub mod lookup;
pub mod message;
pub mod reference;
pub mod settings;
pub mod text;
pub mod tickets;
pub mod time;
pub mod wiki;
pub mod withdrawal;

pub use settings::{Deployment, Settings};
pub use tickets::Jira;

provisor_sdk::export_ticketing!(Jira, {
    name: "jira",
    summary: "Keeps tickets in Jira Cloud or Jira Data Center.",
    settings_schema: include_str!("../settings.schema.json"),
});
