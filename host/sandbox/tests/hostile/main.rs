//! Components that misbehave on purpose: each ends in the error that names what it did, and leaves
//! a host that is as good as new. Everything runs on demand and in a pool.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so, in its helpers too"
)]

mod answers;
mod carried;
mod fixture;
mod limits;
mod loading;
mod machine_code;
mod observed;
mod runs;
mod tickets;
