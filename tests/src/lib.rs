//! What the tests of the whole program share.

#![expect(
    clippy::missing_panics_doc,
    reason = "a test that cannot go on panics, and nobody else uses this"
)]

pub mod chance;
pub mod difference;
pub mod folder;
pub mod golden;
pub mod ticket_system;
pub mod world;
