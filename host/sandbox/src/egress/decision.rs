//! What would be connected to, found out without connecting: the gates alone, for those who look for
//! a way around them (see `tests/fuzz`).

use std::net::IpAddr;

use super::address;
use super::authority::{Host, Origin, Target};
use super::grant::Grant;

/// Where a request to a URL would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Scheme, host and port.
    pub origin: Origin,
    /// What of the host would be connected to, never empty.
    pub addresses: Vec<IpAddr>,
    /// Path and query, as they would be sent.
    pub target: String,
}

/// Where a request to `url` would be sent when these are the grants and a look-up of the name
/// answers `found`; `None` when it would not be.
pub fn destination(url: &str, grants: &[Grant], found: &[IpAddr]) -> Option<Destination> {
    let target = Target::parse(url).ok()?;
    let covering = grants.iter().filter(|grant| grant.covers(&target));
    let grant = covering.max_by_key(|grant| grant.path.len())?;
    let found = match target.origin.host() {
        Host::Address(address) => vec![*address],
        Host::Name(_) => found.to_vec(),
    };
    Some(Destination {
        addresses: address::admit(found, &grant.allow_private).ok()?,
        target: target.path_and_query(),
        origin: target.origin,
    })
}
