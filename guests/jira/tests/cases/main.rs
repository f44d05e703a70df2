//! The component against the simulated Jira Cloud and Jira Data Center.

#![expect(
    clippy::unwrap_used,
    reason = "most of it is not marked as a test but called from one"
)]

mod connection;
mod content;
mod life;
mod search;
mod standing;
mod webhook;
mod withdrawal;
mod world;
