//! The component at a real Request Tracker 5, and the simulated one compared with it.
//!
//! `tests/peers/request-tracker/run` starts one and runs these; without one they are ignored.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

mod comparison;
mod life;
mod peer;
mod trouble;
