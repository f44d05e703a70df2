//! Every number that limits requests, with its reason.

use std::num::NonZeroU32;
use std::time::Duration;

/// What requests may use up. Each is enforced, and has a name in the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressLimits {
    /// Requests of one call of the component. Default 100: what asks for a hundred tickets one by
    /// one still gets through, and what goes round in a circle does not.
    pub requests: u32,
    /// Bytes of the content of a request. Default 4 MiB: a long description has 300 KiB.
    pub request_bytes: usize,
    /// Bytes of the content of an answer. Default 8 MiB: a hundred long tickets with everything in
    /// them; it must fit into the component's memory twice.
    pub response_bytes: usize,
    /// Bytes of the header fields of a request or an answer. Default 32 KiB, which is more than
    /// servers take.
    pub header_bytes: usize,
    /// Header fields of a request or an answer, at most 1,000. Default 100.
    pub header_fields: usize,
    /// Time for finding the address, connecting and encrypting. Default 10 s.
    pub connect_time: Duration,
    /// Time of one request altogether, waiting for its turn and for the whole answer included.
    /// Default 30 s. It also ends before the time of the call does.
    pub request_time: Duration,
    /// Requests under way to one origin at a time. Default 1: some systems run out of threads and
    /// then refuse the password.
    pub parallel: NonZeroU32,
    /// Requests to one origin in a minute, at most 100,000. Default 600.
    pub rate: NonZeroU32,
}

/// Header fields that are taken whatever the configuration says: the map that holds them has an
/// end.
const FIELDS: usize = 1_000;

impl EgressLimits {
    pub(crate) fn fields(&self) -> usize {
        self.header_fields.min(FIELDS)
    }
}

impl Default for EgressLimits {
    fn default() -> Self {
        const ONE: NonZeroU32 = NonZeroU32::MIN;
        Self {
            requests: 100,
            request_bytes: 4 * 1024 * 1024,
            response_bytes: 8 * 1024 * 1024,
            header_bytes: 32 * 1024,
            header_fields: 100,
            connect_time: Duration::from_secs(10),
            request_time: Duration::from_secs(30),
            parallel: ONE,
            rate: ONE.saturating_add(599),
        }
    }
}
