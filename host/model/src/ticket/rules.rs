//! How the tickets of a resource are treated, and what their native statuses mean.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a native status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TicketClass {
    /// Nobody has begun.
    Open,
    /// Somebody works on it.
    InProgress,
    /// What was asked for was done.
    Done,
    /// It was not and will not be done.
    Refused,
    /// It is not wanted any more.
    Cancelled,
    /// Nobody knows.
    Unknown,
}

impl TicketClass {
    /// All of them, with their names in configuration, API and tables.
    pub const ALL: [(&'static str, Self); 6] = [
        ("open", Self::Open),
        ("in-progress", Self::InProgress),
        ("done", Self::Done),
        ("refused", Self::Refused),
        ("cancelled", Self::Cancelled),
        ("unknown", Self::Unknown),
    ];

    /// Its name in configuration, API and tables.
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, class)| *class == self);
        found.map_or("unknown", |(name, _)| name)
    }

    /// Whether nothing more is to be done there.
    pub fn is_closed(self) -> bool {
        matches!(
            self,
            TicketClass::Done | TicketClass::Refused | TicketClass::Cancelled
        )
    }
}

/// How the tickets of a resource are treated. It comes from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRules {
    /// How often making a ticket is tried before people get the work as a case. Default 8, which
    /// with growing pauses is about two hours.
    pub attempts: u32,
    /// People get it after this time in any case. Default 24 h.
    pub fall_back_after: Duration,
    /// The shortest pause between two looks at a ticket; it grows to a tenth of the ticket's age and
    /// at most to six hours. Default 2 min.
    pub look_every: Duration,
    /// A ticket that was closed so long ago is not opened again as far as we are concerned. Default
    /// 7 days.
    pub final_after: Duration,
    /// What a native status means, or a status and a resolution joined by `/`, instead of what the
    /// component says. Compared without case.
    pub classes: BTreeMap<String, TicketClass>,
    /// How many tickets may be open at a time. Default: any number.
    pub max_open: Option<u64>,
}

impl Default for TicketRules {
    fn default() -> Self {
        Self {
            attempts: 8,
            fall_back_after: Duration::from_secs(24 * 60 * 60),
            look_every: Duration::from_secs(2 * 60),
            final_after: Duration::from_secs(7 * 24 * 60 * 60),
            classes: BTreeMap::new(),
            max_open: None,
        }
    }
}

impl TicketRules {
    /// What a native status means: what the configuration says about status and resolution, else
    /// about the status, else what the component suggests.
    pub fn class(
        &self,
        status: &str,
        resolution: Option<&str>,
        suggested: TicketClass,
    ) -> TicketClass {
        let of = |text: &str| self.classes.get(&text.trim().to_lowercase()).copied();
        resolution
            .and_then(|resolution| of(&format!("{}/{}", status.trim(), resolution.trim())))
            .or_else(|| of(status))
            .unwrap_or(suggested)
    }
}
