//! Runs the components that customers bring, and lets them reach nothing that was not granted.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Sandbox`] | [`sandbox`] | one wasmtime engine with its limits and its cache of machine code; cheap to clone |
//! | [`Component`] | [`component`] | a loaded, linked component, known by its digest; lives as long as anybody holds it |
//! | [`Inspection`] | [`inspection`] | what a component says of itself and imports, found out without running it |
//! | [`Call`] | [`call`] | with what a component works: settings, secrets, limits, what it may reach |
//! | [`MappingRun`], [`PolicyRun`], [`Reading`], [`TicketingRun`] | [`mapping`], [`policy`], [`reader`], [`ticketing`] | one fresh instance at one unit of work; gone afterwards |
//! | [`Egress`] | [`egress`] | the systems that a component may reach, and the way to them |
//! | [`Table`], [`Page`] | [`page`] | many records packed into one text |
//! | [`Observer`] | [`observer`] | who is told of each call when it is over |
//! | [`CallError`] | [`error`] | what happened, told apart: the component's own failure, or a limit of the host |
//!
//! # The life of one call
//!
//! [`Sandbox::load`] inspects the bytes without running them, compiles them (or finds machine code
//! in the cache), and links exactly what the component's world offers. A run makes a store and an
//! instance, calls the component as often as its unit of work needs, and is dropped. After a trap
//! or a breached limit a run answers nothing but that error.
//!
//! ```
//! use provisor_sandbox::{PageBuilder, Table};
//!
//! let mut rows = PageBuilder::new();
//! rows.cell(["ann"]);
//! rows.cell(["ann@x", "a@x"]);
//! let table = Table { columns: vec!["login".into(), "mail".into()], rows: rows.finish() };
//! let row = table.rows().next().expect("one row");
//! assert_eq!(row.cells().nth(1).expect("two cells").values().count(), 2);
//! ```
//!
//! # Invariants
//!
//! * Only this crate touches wasmtime. Every number that limits something stands in [`limits`] with
//!   its reason.
//! * What language runtimes drag in (clocks, randomness, files, sockets) is linked to inert
//!   stand-ins of our own, never to the machine's.
//! * Nothing that a component does can make the host panic, wait for ever, or grow without bound.

mod bindings;
mod cache;
pub mod call;
mod compile;
pub mod component;
pub mod config;
pub mod egress;
pub mod error;
mod http;
mod inert;
pub mod inspection;
pub mod limits;
pub mod log;
pub mod mapping;
pub mod observer;
mod outline;
pub mod page;
pub mod policy;
pub mod priority;
pub mod reader;
mod run;
pub mod sandbox;
mod state;
mod stopwatch;
pub mod ticketing;
mod watch;

pub use call::{Call, CallReport, HttpReport, Input, StandIns};
pub use compile::compile_child_main;
pub use component::{Component, Problem};
pub use config::{Allocation, CacheConfig, Compiler, LoadLimits, SandboxConfig};
pub use egress::{Egress, EgressConfig, EgressError, EgressLimits, Origins};
pub use error::{
    CallError, CallErrorKind, Failure, FailureKind, LoadError, SandboxError, WrongWorld,
};
pub use inspection::{
    About, Examination, Inspection, SECTION, World, examine, inspect, is_carried,
};
pub use limits::Limits;
pub use log::{Level, LogLine};
pub use mapping::{Accounts, Mapping, MappingRun, Remark, RemarkKind};
pub use observer::{Called, Loaded, Observer, Outcome};
pub use outline::Needs;
pub use page::{Cell, Page, PageBuilder, PageError, Row, Rows, Table};
pub use policy::{Decision, Obligation, Policy, PolicyRun, Verdict};
pub use priority::Priority;
pub use reader::{Batch, Column, Reader, Reading, RejectedRow, Shape, Summary};
pub use sandbox::{Compiled, Sandbox};
pub use ticketing::{
    Block, Class, Condition, Draft, Finding, Found, Grid, Hint, Message, Predecessor, Progress,
    Span, Ticket, Ticketing, TicketingRun, Traits, Withdrawal,
};
