//! Provisor: manual and semi-manual provisioning, as a library.
//!
//! An IAM product says which account should exist on an application that has no connector.
//! Provisor asks a person to do it, remembers what is under way, reads the application's exports
//! to see whether it was really done, and asks again when it was not.
//!
//! # The nouns
//!
//! | noun | where | what it is |
//! |---|---|---|
//! | [`Host`] | [`host`] | one configuration, one store, one sandbox; everything is a method of it |
//! | [`Configuration`](configuration::Configuration) | [`configuration`] | resources with their schema, operators and components, from one TOML file |
//! | [`Request`] | [`requests`] | an [`Identity`] should have an account on a resource, or should have none |
//! | canary | [`canary`] | another version of a component that answers a part of the work |
//! | replay | [`replay`] | what another version of a component would have said |
//! | case | [`cases`] | the work order for a person |
//! | ticket | [`tickets`] | a case whose work is done in another system |
//! | notification | [`notifications`] | what people outside are told |
//! | component records | [`component_records`] | what components did: figures and log lines |
//! | upload | [`uploads`] | a component that somebody brings into the running host |
//! | activation | [`activations`] | which version of an uploaded component is in use |
//! | export | [`exports`] | one snapshot of the application's accounts |
//!
//! The rules themselves (what to plan, what an export proves) are in [`provisor_model`]; what a
//! customer brings (mapping, policy, reader) runs in [`provisor_sandbox`]; everything is kept by
//! [`provisor_store`].
//!
//! # The life of one request
//!
//! [`Host::request`] lets the mapping component compute the desired attributes, and in one
//! transaction stores them and plans an operation. [`Host::dispatch`] asks the policy component
//! and opens a case. [`Host::close_case`] takes the operator's word for it. [`Host::take_export`]
//! reads what is really there, and verifies or contradicts.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use provisor::{Host, HostOptions, Identity, Request, Wanted, configuration::Configuration};
//!
//! let configuration = Configuration::load("provisor.toml".as_ref())?;
//! let host = Host::open(configuration, HostOptions::default()).await?;
//! let receipt = host
//!     .request(Request {
//!         resource: "payroll".parse()?,
//!         identity: Identity::new("1042".parse()?).with("given", ["Ann"]),
//!         wanted: Wanted::Account,
//!         requester: "iam".parse()?,
//!         anew: false,
//!         after: None,
//!     })
//!     .await?;
//! println!("planned {:?}", receipt.operations);
//! # Ok(())
//! # }
//! ```
//!
//! # Invariants
//!
//! * This crate knows no HTTP, no SMTP and no SQL.
//! * Intent is stored before the act: a kill at any instant loses nothing, and the next
//!   [`run`](Host::run) goes on.
//! * Time comes from the [`Clock`] only; the age of a file on disk is the one exception.
//! * A secret never reaches the store, a component, a case or a log.

pub mod activations;
mod answering;
pub mod audit;
pub mod canary;
pub mod cases;
pub mod clock;
pub mod component_records;
mod components;
pub mod configuration;
mod correlating;
pub mod dispatch;
pub mod drift;
pub mod erasure;
pub mod error;
pub mod exports;
mod findings;
mod holds;
pub mod host;
pub mod identity;
mod journal;
mod linking;
mod mapping;
pub mod notifications;
pub mod nudges;
mod policy;
pub mod replay;
pub mod requests;
pub mod retention;
pub mod run;
pub mod tickets;
pub mod uploads;
pub mod views;

pub use provisor_model as model;
pub use provisor_package as package;
pub use provisor_sandbox as sandbox;
pub use provisor_store as store;

pub use activations::{Activated, VersionView};
pub use audit::{LogLine, Verified, verify_log};
pub use canary::{CanaryReport, CanaryRequest};
pub use cases::Report;
pub use clock::{Clock, ManualClock, SystemClock};
pub use component_records::{ComponentLineView, ComponentStats, LineQuery};
pub use components::StillRunning;
pub use dispatch::Dispatched;
pub use drift::{AccountDrift, DriftQuery, DriftReport, ResourceDrift, UnexpectedDrift};
pub use erasure::Erased;
pub use error::HostError;
pub use exports::{ExportError, ExportReport, Preview};
pub use host::{Host, HostOptions};
pub use identity::Identity;
pub use notifications::Delivered;
pub use nudges::Nudged;
pub use replay::{Replay, ReplayOptions, Replayed};
pub use requests::{Receipt, Request, Wanted};
pub use retention::Dropped;
pub use run::RunReport;
pub use tickets::Worked;
pub use uploads::Submission;
pub use views::{
    AccountView, AttributeView, CaseView, ChangeView, Instruction, OperationQuery, OperationView,
    Origin, ResourceView,
};
