//! How long what is over is kept: `[retention]`.

use std::time::Duration;

use super::duration;
use super::section::Section;

/// How long what is over is kept; `None` is for ever. What something alive needs is kept longer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// Operations, from their end, and what was recorded for trying other versions of components.
    pub finished_operations: Option<Duration>,
    /// Cases, from their closing, when their operations are gone.
    pub cases: Option<Duration>,
    /// Exports, from when they were read.
    pub exports: Option<Duration>,
    /// The contents of exports, from when they were read.
    pub evidence: Option<Duration>,
    /// Notifications, from when they were delivered or given up.
    pub notifications: Option<Duration>,
    /// The texts of what happened.
    pub history_texts: Option<Duration>,
    /// Figures and log lines of components.
    pub component_records: Option<Duration>,
    /// The bytes of uploaded components, from when nobody could use them any more, and the records of
    /// those that were refused.
    pub uploads: Option<Duration>,
}

/// Less is a mistake of the unit rather than a wish.
const SHORTEST: Duration = Duration::from_secs(60 * 60);

pub(super) fn read(section: &Section<'_, '_>) -> Retention {
    let duration = |key| {
        section
            .entry(key)
            .and_then(|entry| entry.duration(SHORTEST..=duration::LONGEST))
    };
    let retention = Retention {
        finished_operations: duration("finished-operations"),
        cases: duration("cases"),
        exports: duration("exports"),
        evidence: duration("evidence"),
        notifications: duration("notifications"),
        history_texts: duration("history-texts"),
        component_records: duration("component-records"),
        uploads: duration("uploads"),
    };
    if let Some(entry) = section.entry("cases")
        && !section.has("finished-operations")
    {
        entry.key_mistake(
            "has no effect without finished-operations: a case is kept as long as its operations",
        );
    }
    if let (Some(evidence), Some(exports)) = (retention.evidence, retention.exports)
        && evidence >= exports
        && let Some(entry) = section.entry("evidence")
    {
        entry.key_mistake(
            "has no effect: exports are not kept that long, and take their contents along",
        );
    }
    section.refuse_unknown();
    retention
}
