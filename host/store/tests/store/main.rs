//! What the store keeps, and what it refuses.
#![expect(
    clippy::unwrap_used,
    reason = "the functions around the tests are tests too"
)]

mod acceptance;
mod canaries;
mod components;
mod crash;
mod evidence;
mod fixture;
mod history;
mod lists;
mod nouns;
mod opening;
mod outbox;
mod rechaining;
mod transactions;
mod usage;
