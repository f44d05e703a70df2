//! What a component does: a world of the contract.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a component does: a world of the contract, as in `wit/world.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Reads accounts from an export of the application.
    Reader,
    /// Computes the attributes that an account should have.
    Mapping,
    /// Decides whether and how an operation may go out.
    Policy,
    /// Keeps tickets in another system.
    Ticketing,
}

impl World {
    /// All of them.
    pub const ALL: [World; 4] = [
        World::Reader,
        World::Mapping,
        World::Policy,
        World::Ticketing,
    ];

    /// As in `wit/world.wit`.
    pub fn as_str(self) -> &'static str {
        match self {
            World::Reader => "reader",
            World::Mapping => "mapping",
            World::Policy => "policy",
            World::Ticketing => "ticketing",
        }
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
