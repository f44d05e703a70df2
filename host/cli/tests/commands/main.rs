//! Every command as it is typed, with its whole output.
//!
//! What people read is kept as snapshots beside this file; what programs read is kept in
//! `docs/json`, where `docs/json.md` explains it. `INSTA_UPDATE=always` writes both anew.

mod components;
mod conformance;
mod day;
mod desk;
mod help;
mod json;
mod mistakes;
mod notifications;
mod packages;
mod pages;
mod projects;
mod rows;
mod targets;
mod tickets;
mod uploads;
mod versions;
