//! Ticket systems that keep state and can be told to misbehave.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Product`] | [`product`] | one simulated system: answers requests, and lets people act on tickets |
//! | [`Action`], [`Seen`] | [`product`] | what people do with a ticket, and what they see of it |
//! | [`Markup`] | [`product`] | what a product takes in texts for more than text |
//! | [`Fault`], [`Faults`] | [`fault`] | how the next answers go wrong |
//! | [`Simulator`] | [`simulator`] | a product with its faults and a record of what it was asked |
//! | [`JiraCloud`], [`JiraDataCenter`] | [`jira`] | Atlassian Jira, in its two kinds |
//! | [`Remedy`] | [`remedy`] | BMC Remedy, by the REST interface of the AR System |
//! | [`RequestTracker`] | [`request_tracker`] | Request Tracker 5 |
//! | [`ServiceManager`] | [`service_manager`] | OpenText Service Manager 9.x |
//! | [`ServiceNow`] | [`mod@servicenow`] | the Table API of ServiceNow |
//! | [`Slips`] | [`slips`] | an imaginary system, the smallest with all the traps; what a first component speaks to |
//! | [`Server`] | [`server`] | a simulator on the loopback interface (feature `server`); the program `provisor-simulated` serves one for tests in other languages |
//!
//! # The life of one request
//!
//! A request comes from the same process ([`Simulator::serve`]) or over HTTP ([`Server`]). It is
//! recorded. If a fault waits for it, the fault decides whether the product sees it at all and
//! what becomes of the answer: lost, cut, late, or something else entirely.
//!
//! # Invariants
//!
//! * A product is a plain state machine: it does no I/O and takes the time from the request.
//! * A product is as picky as the real one, as far as that is known, and has its traps.

pub mod fault;
pub mod jira;
pub mod product;
pub mod remedy;
pub mod request_tracker;
#[cfg(feature = "server")]
pub mod server;
pub mod service_manager;
pub mod servicenow;
pub mod simulator;
pub mod slips;

pub use fault::{Fault, Faults, Matching};
pub use jira::{JiraCloud, JiraDataCenter};
pub use product::{Action, Markup, Product, Request, Response, Seen};
pub use remedy::Remedy;
pub use request_tracker::RequestTracker;
#[cfg(feature = "server")]
pub use server::Server;
pub use service_manager::ServiceManager;
pub use servicenow::ServiceNow;
pub use simulator::{Recorded, Reply, Simulator};
pub use slips::Slips;
