//! A system that is there.

use std::sync::Arc;

use provisor_sandbox::egress::Grant;
use provisor_simulated::Markup;

use crate::people::People;

/// Tickets that a run may make where nobody says otherwise: a whole run makes fewer.
pub const TICKETS: u32 = 600;

/// Letters that tell the tickets of one run from those of another.
const MARK: usize = 6;

/// A system that is there.
#[derive(Debug, Clone)]
pub struct Live {
    /// Where it is, and what it is entered by: the way in which a host reaches it.
    pub grant: Grant,
    /// Who does what people do. Without, what needs people is skipped.
    pub people: Option<Arc<dyn People>>,
    /// What it takes in a description for more than text.
    pub markup: Markup,
    /// Tickets that the run may make; what needs more is skipped.
    pub tickets: u32,
    pub(crate) mark: String,
}

impl Live {
    /// A system with nobody who does what people do, that takes descriptions as plain text, and in
    /// which [`TICKETS`] may be made.
    pub fn new(grant: Grant) -> Self {
        // A run must not meet the tickets of another one, so this is not left to the seed.
        let letters = std::iter::repeat_with(fastrand::lowercase);
        Self {
            grant,
            people: None,
            markup: Markup::default(),
            tickets: TICKETS,
            mark: letters.take(MARK).collect(),
        }
    }
}
