//! What leaves the house, as the other side sees it.
#![expect(
    clippy::unwrap_used,
    reason = "the functions around the tests are tests too"
)]

mod log;
mod messages;
mod smtp;
mod webhook;
