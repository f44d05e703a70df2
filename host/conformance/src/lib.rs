//! Judges whether a component keeps the contract, and writes the report.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! |---|---|---|
//! | [`Property`] | [`property`] | something that has to hold of a component; all of them are in the [`catalogue`] |
//! | [`Subject`] | [`subject`] | the component on trial, with settings, an example input, and what it is excused from |
//! | [`Target`] | [`target`] | what stands behind a ticketing component: simulated, live or recorded |
//! | [`Recording`] | [`recording`] | what a system has answered during a run |
//! | [`Suite`] | [`suite`] | tries the properties of the subject's world one after the other |
//! | [`Bench`] | [`bench`] | where the component is put to work: the host's own sandbox, with limits |
//! | [`Work`], [`Done`] | [`work`] | one piece of work of any world, and what came of it |
//! | [`Trial`] | [`trial`] | one property being tried: chance with a seed, evidence, planned faults |
//! | [`Verdict`], [`Evidence`] | [`verdict`] | what came of a trial, and what was seen |
//! | [`Report`] | [`report`] | all verdicts, bound to the digest of the component; for people, as JSON, as JUnit XML |
//!
//! # The life of one run
//!
//! [`Suite::run`] loads the component into a [`Bench`]. For each property it makes a [`Trial`] and
//! lets the property's judge put the component to work as often as it needs. Whatever the judge
//! objects to becomes a [`Verdict`], weighed by the level of the property and by the excuses of the
//! subject. Everything that is left to chance comes from the seed, so a run can be repeated.
//!
//! ```
//! use provisor_conformance::{Level, catalogue};
//!
//! let property = catalogue::by_id("M68").expect("a known property");
//! assert_eq!(property.level, Level::Should);
//! ```
//!
//! # Invariants
//!
//! * A component is judged by what it does in the sandbox that it will work in, never by its source.
//! * What cannot be judged is *inconclusive*, never passed; so is a trial whose planned faults did
//!   not all happen.
//! * The same component, subject, seed and suite give the same verdicts. Only times differ, and
//!   what a live system does.
//! * Every property that can be tried has a planted offender that fails it and nothing else
//!   (`tests/calibration`).

pub mod bench;
pub mod catalogue;
pub mod chance;
pub mod content;
mod desk;
mod draft;
mod hostile;
mod judges;
mod keeping;
pub mod layout;
mod ledger;
pub mod live;
pub mod pass;
pub mod people;
pub mod property;
pub mod recorded;
pub mod recording;
pub mod report;
pub mod simulated;
pub mod subject;
pub mod suite;
mod system;
pub mod target;
mod tidying;
pub mod trial;
pub mod verdict;
mod way;
pub mod work;

pub use bench::Bench;
pub use live::Live;
pub use people::{People, PeopleCommand};
pub use property::{Judge, Level, Property, Remedy};
pub use recorded::Recorded;
pub use recording::{Recording, RecordingError};
pub use report::Report;
pub use simulated::Simulated;
pub use subject::{Bypass, Subject, SubjectError};
pub use suite::{Progress, Suite};
pub use target::Target;
pub use trial::{Objection, Trial};
pub use verdict::{Evidence, Verdict};
pub use work::{Conditions, Done, Work};
