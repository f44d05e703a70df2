//! What a component can reach and what not, from its own request to a real server on the loopback
//! interface. Names and the time are the test's; everything else is as in earnest.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so, in its helpers too"
)]

mod answers;
mod certificates;
mod credentials;
mod fixture;
mod grants;
mod headers;
mod proxy;
mod relay;
mod server;
mod transport;
mod turns;
