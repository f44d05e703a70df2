//! The component for Remedy, against a simulated server in the same process.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so, in its helpers too"
)]

mod configuration;
mod desk;
mod tickets;
mod traps;
mod values;
