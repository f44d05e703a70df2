//! Jira Cloud and Jira Data Center.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`JiraCloud`], [`JiraDataCenter`] | here | the two products |
//! | [`Site`], [`Setup`], [`Cancel`] | `site` | what both share: projects, tickets, what people do, and the traps |
//! | workflow | `workflow` | statuses and the transitions between them |
//! | fields | `field` | the fields of a ticket, and what they take |
//! | call | `rest`, `search`, `ticket`, `shape` | the REST API, versions 2 and 3: its paths, reading many tickets, working with one, and the shape of what it gives |
//! | query | `query` | the part of JQL that is understood |
//! | [`Webhook`] | `webhook` | what Jira sends by itself |
//!
//! # Traps
//!
//! * Search on Cloud does not find a ticket for [`Setup::search_lag`] seconds after it was made.
//! * `issue/bulkfetch` leaves out what does not exist or may not be seen; one id that does not exist
//!   fails a query of a Data Center that is validated.
//! * A ticket that was moved has another key, and the same id.
//! * Labels are compared without case, texts by their words: a query finds more than was asked for.
//! * A resolution is taken only by a transition whose screen has it.
//! * Cloud answers 404 whether a ticket is gone or hidden; a login that does not count any more is
//!   nobody's, sees nothing, and is not refused.
//! * [`Action::Hide`] takes the permission for the whole project of the ticket, as Jira has none for
//!   a single one; [`Site::restrict`] gives a ticket a security level that hides it alone.

mod field;
mod query;
mod rest;
mod search;
mod shape;
mod site;
mod ticket;
mod webhook;
mod workflow;

pub use site::{Cancel, Kind, Setup, Site};
pub use webhook::Webhook;

use crate::{Action, Markup, Product, Request, Response, Seen};

macro_rules! product {
    ($(#[$about:meta])* $name:ident, $called:literal, $kind:expr, $markup:expr) => {
        $(#[$about])*
        pub struct $name {
            /// The site.
            pub site: Site,
        }

        impl $name {
            /// A site to which this user has access with this password or token.
            pub fn new(user: &str, password: &str) -> Self {
                Self::set_up(user, password, Setup::of($kind))
            }

            /// The same with a set-up of one's own.
            pub fn set_up(user: &str, password: &str, setup: Setup) -> Self {
                $name { site: Site::new($kind, user, password, setup) }
            }
        }

        impl Product for $name {
            fn name(&self) -> &'static str {
                $called
            }

            fn answer(&mut self, request: &Request) -> Response {
                rest::answer(&mut self.site, request)
            }

            fn tickets(&self) -> Vec<Seen> {
                self.site.seen()
            }

            fn act(&mut self, number: &str, action: &Action, now: i64) -> Result<(), String> {
                self.site.act(number, action, now)
            }

            fn markup(&self) -> Markup {
                $markup
            }

            fn error(&self, status: u16, what: &str) -> Response {
                rest::error(status, what)
            }

            fn demand(&mut self) -> Result<&'static str, String> {
                Ok(self.site.demand_application())
            }
        }
    };
}

product!(
    /// Jira Cloud: version 3 of the API, ADF, `email:token` by Basic authentication.
    JiraCloud,
    "jira-cloud",
    Kind::Cloud,
    Markup::Document
);
product!(
    /// Jira Data Center: version 2 of the API, wiki markup, a personal access token or a password.
    JiraDataCenter,
    "jira-data-center",
    Kind::DataCenter,
    Markup::Wiki
);
