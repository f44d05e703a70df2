//! The component against a simulated instance of ServiceNow in the same process.

mod connection;
mod desk;
mod failures;
mod life;
mod many;
mod notices;
mod outcomes;
mod search;
mod texts;
mod wishes;
