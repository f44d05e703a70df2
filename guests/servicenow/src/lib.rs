//! Tickets in ServiceNow, a component of world `ticketing`.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Settings`] | [`settings`] | what the configuration says about the instance; for people: `settings.schema.json` |
//! | [`Table`](table::Table) | [`table`] | where tickets are kept: its fields, and what its states mean |
//! | [`Reference`](reference::Reference) | [`mod@reference`] | how a ticket is named from one call to the next |
//! | [`Query`](query::Query) | [`query`] | what a list is asked for; no value can become a part of it |
//! | [`Record`](record::Record) | [`record`] | what the instance says of a ticket, a group or a person |
//! | [`Instance`](instance::Instance) | [`instance`] | the calls of the Table API |
//! | [`answer`] | [`answer`] | from an answer to records, or to a failure told to a person |
//! | [`draft`] | [`mod@draft`] | from a draft to the fields of a new record |
//! | [`Conditions`](condition::Conditions) | [`condition`] | how tickets stand |
//! | [`text`], [`time`] | [`text`], [`time`] | texts and times as the instance takes them |
//! | [`Tickets`] | [`tickets`] | all of the above meet here |
//! | [`connection`] | [`connection`] | the check of everything that the settings name |
//! | [`notice`] | [`notice`] | what a business rule of the instance sends |
//!
//! # The life of one call
//!
//! `create` looks up the group and the person by their names, makes one record, and reads from the
//! answer that the correlation id was kept. `status` asks for up to 200 records by their `sys_id`
//! at once; what is missing in the answer is asked for alone. Every call is one of the Table API in
//! version 2, whose empty list is a list, and not an error as in version 1.
//!
//! ```
//! use std::{cell::{Cell, RefCell}, rc::Rc};
//!
//! use provisor_sdk::{Http, Ticketing, testing};
//! use provisor_simulated::{ServiceNow, Simulator};
//! use servicenow::Tickets;
//!
//! let instance = ServiceNow::new("bot", "secret").with_key("key");
//! let simulator = Rc::new(RefCell::new(Simulator::new(Box::new(instance))));
//! let way = testing::simulated(simulator, Rc::new(Cell::new(0)));
//! // The host adds credentials as the grant says; here it is done by hand.
//! let http = Http::answering(move |it| way.send(&it.clone().header("x-sn-apikey", "key")));
//!
//! let tickets: Tickets = testing::ticketing(r#"{ "url": "https://example.service-now.com" }"#)?;
//! let made = tickets.create(&http, &testing::draft("corr-0001"))?;
//! let found = tickets.find(&http, "corr-0001")?;
//! assert_eq!(found[0].ticket.number, made.number);
//! # Ok::<(), provisor_sdk::Failure>(())
//! ```
//!
//! # Invariants
//!
//! * A record found by correlation id is compared with it again: the instance ignores parts of a
//!   query that it does not understand, and then finds everything.
//! * `find` says that there is nothing only when it could have seen it.
//! * A state without a known meaning is `unknown`, never done.
//! * Nothing that a draft holds can add a condition to a query, or markup to a journal.

pub mod answer;
pub mod condition;
pub mod connection;
pub mod draft;
pub mod instance;
pub mod notice;
pub mod query;
pub mod record;
pub mod reference;
pub mod settings;
pub mod table;
pub mod text;
pub mod tickets;
pub mod time;

pub use settings::Settings;
pub use tickets::Tickets;

provisor_sdk::export_ticketing!(Tickets, {
    name: "servicenow",
    summary: "Keeps tickets in ServiceNow: incidents, catalogue tasks, changes or a table of your own.",
    settings_schema: include_str!("../settings.schema.json"),
});
