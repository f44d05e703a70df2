//! The component at a simulated Request Tracker in the same process.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

mod office;
mod standing;
mod tickets;
mod trouble;
