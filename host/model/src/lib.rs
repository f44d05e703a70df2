//! The rules of Provisor, as pure functions.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Schema`] | [`schema`] | which attributes the accounts of a resource have |
//! | [`Attribute`] | [`attribute`] | what its values look like, and when two of them are the same |
//! | [`State`] | [`state`] | one account at one moment: absent, or present with attributes |
//! | [`Delta`] | [`delta`] | what makes one state out of another; deltas can be merged |
//! | [`Operation`] | [`operation`] | one pending change of an account, with its own small state machine |
//! | [`Verdict`] | [`verdict`] | what an export says of a closed operation, attribute by attribute |
//! | [`Account`] | [`account`] | everything known of one account; all rules meet here |
//! | [`Case`] | [`case`] | the work order for a person |
//! | [`Ticket`] | [`ticket`] | a case that is worked on in another system |
//! | [`TicketSystem`] | [`ticket_system`] | how such a system is doing |
//! | [`Deadlines`] | [`deadline`] | when somebody is reminded of a case, and who is called in next |
//! | [`Export`] | [`export`] | one snapshot of the application's accounts |
//! | [`Notification`] | [`notification`] | what people outside are told |
//! | [`Delivery`] | [`delivery`] | a notification on its way to one recipient |
//! | [`Calendar`] | [`calendar`] | when people work, and how long that is |
//! | [`Upload`] | [`upload`] | a component that somebody brought, on its way to being ready |
//! | [`Activations`] | [`activation`] | which version of an uploaded component is in use, and who approved it |
//! | [`Grants`] | [`grants`] | what an uploaded component may use |
//! | [`Departure`] | [`departure`] | in which way two versions of a component say something else |
//! | [`Comparison`] | [`comparison`] | what came of comparing them on many inputs |
//! | [`Canary`] | [`canary`] | a version of a component that is tried before everybody gets it |
//! | [`Usage`] | [`usage`] | what calls of components came to and used, added up |
//! | [`ComponentLine`] | [`component_log`] | one line that a component wrote, or the host about its call |
//! | [`Gates`] | [`gate`] | what makes an export too surprising to be believed at once |
//!
//! # The life of one change
//!
//! A request sets the *desired* state. What is known now ([`Account::current`]) with all that is
//! under way ([`project`]) is the *expected* view. [`plan()`] compares the two; a difference becomes
//! an [`Operation`]. When a person says it is done, and a later export shows it, the operation is
//! verified; when the export shows something else, it is contradicted, stops counting, and the
//! same comparison yields the follow-up:
//!
//! ```
//! use provisor_model::{plan, Attribute, Delta, Kind, Schema, State};
//!
//! let schema = Schema::new("login", [
//!     Attribute::new("login", Kind::Text).ignore_case(),
//!     Attribute::new("full-name", Kind::Text),
//! ])?;
//! let desired = schema.state([("login", ["will"]), ("full-name", ["Will Turner"])])?;
//!
//! let delta = plan(&schema, &desired, &State::Absent).expect("the account is not there");
//! assert!(matches!(delta, Delta::Create(_)));
//!
//! let expected = delta.apply(&schema, &State::Absent);
//! assert_eq!(plan(&schema, &desired, &expected), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! * This crate does no I/O, reads no clock and knows no thread: time and ids come as arguments.
//! * Values are plain text in canonical form ([`Values`]); only a [`Schema`] makes them and only a
//!   [`Schema`] says whether two of them are the same.
//! * A failed, cancelled or contradicted operation never changes any view.
//! * An account has at most one waiting operation: what is not yet with a person is still only a
//!   difference, so a new request amends it.

pub mod absence;
pub mod account;
pub mod activation;
pub mod attribute;
pub mod backoff;
pub mod calendar;
pub mod canary;
pub mod case;
pub mod comparison;
pub mod component_log;
pub mod correlation;
pub mod deadline;
pub mod delivery;
pub mod delta;
pub mod departure;
pub mod digest;
pub mod drift;
pub mod event;
pub mod export;
pub mod gate;
pub mod grants;
pub mod id;
pub mod name;
pub mod notification;
pub mod obligation;
pub mod operation;
pub mod plan;
pub mod projection;
pub mod rules;
pub mod schema;
pub mod state;
pub mod ticket;
pub mod ticket_system;
pub mod timestamp;
pub mod upload;
pub mod usage;
pub mod values;
pub mod verdict;
pub mod withheld;
pub mod world;

pub use absence::Absence;
pub use account::{Account, Adoption, Desired, Observation, Source};
pub use activation::{Activation, ActivationError, Activations, Asked, How};
pub use attribute::{Attribute, Kind, ValueError};
pub use calendar::{Calendar, CalendarError, Holiday, HolidayError, Hours, HoursError};
pub use canary::{Canary, CanaryEnd, CanaryError, CanaryPlan, CanaryScope, Percent};
pub use case::{Attachment, Case, CaseError, CaseItem, CaseState, Outcome, Question};
pub use comparison::{Comparison, Departed, Example, Finding};
pub use component_log::{ComponentLine, LogLevel, LogLevelError, SaidBy};
pub use correlation::{Candidate, Confidence, Correlation, CorrelationRule, Normalisation};
pub use deadline::{Deadlines, Level, Nudge};
pub use delivery::{Delivery, DeliveryError, DeliveryState};
pub use delta::{Change, Changes, Delta, Subject};
pub use departure::{
    Departure, Difference, Evaluation, ObligationKind, Shown, VerdictKind, compare_decisions,
    compare_evaluations,
};
pub use digest::Digest;
pub use drift::{Acknowledgement, Answer, Drift, DriftKind, Reaction, Remedy};
pub use event::{Event, EventKind};
pub use export::{Export, ExportDecision, ExportState, RejectedRow};
pub use gate::{ExportFacts, Gate, GateAction, Gates, Share, ShareGate, Tripped};
pub use grants::{GrantDifference, GrantKind, Grants};
pub use id::{AccountId, CanaryId, CaseId, CorrelationId, ExportId, NotificationId, OperationId};
pub use name::{
    AttributeName, CalendarName, ComponentName, IdentityId, KeyName, NameError, PersonName,
    ResourceName, SinkName, TicketSystemName,
};
pub use notification::{Notification, NotificationKind};
pub use obligation::{Obligations, Priority};
pub use operation::{Hold, HoldKind, Operation, OperationKind, OperationState};
pub use plan::plan;
pub use projection::project;
pub use rules::{OnUnassign, ResourceRules};
pub use schema::{Schema, SchemaError};
pub use state::{Attributes, State};
pub use ticket::{
    NotFound, Task, Ticket, TicketClass, TicketPlace, TicketProgress, TicketRules, TicketState,
    Trouble, Turn,
};
pub use ticket_system::TicketSystem;
pub use timestamp::Timestamp;
pub use upload::{
    ConformanceLevel, Refusal, ReportFacts, Retirement, Stage, StageError, Upload, UploadAbout,
};
pub use usage::{Durations, KnownComponent, OutcomeClass, Usage, UsageKey};
pub use values::Values;
pub use verdict::{AttributeVerdict, Conclusion, Evidence, Row, Verdict};
pub use withheld::{Withheld, WithheldReason};
pub use world::World;
