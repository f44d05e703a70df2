//! Who works in the place of whom.

use serde::{Deserialize, Serialize};

use crate::{PersonName, Timestamp};

/// Somebody is away, and somebody else works in his place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Absence {
    /// Who is away.
    pub person: PersonName,
    /// Who works on what is his meanwhile.
    pub substitute: PersonName,
    /// From when on.
    pub from: Timestamp,
    /// He is back from this moment on.
    pub until: Timestamp,
    /// Who said so.
    pub by: PersonName,
}

impl Absence {
    /// Whether it is now.
    pub fn is_now(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}
