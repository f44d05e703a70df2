//! The limits of the sandbox that a resource may override.

use std::time::Duration;

use provisor_sandbox::Limits;

use super::duration;
use super::section::Section;

/// The least memory that can start a component, and the most that a 32-bit one can use.
const MEMORY: std::ops::RangeInclusive<u64> = 1024 * 1024..=4 * 1024 * 1024 * 1024;

/// Processor time is measured in ticks of ten milliseconds; a call of an hour hangs.
const TIME: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_secs(60 * 60);

/// What one use of a component changes in the limits of the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitOverrides {
    /// Memory in bytes, from 1 MiB to 4 GiB.
    pub memory: Option<usize>,
    /// Processor time of one call, from 10 ms to an hour.
    pub cpu_time: Option<Duration>,
    /// Time by the clock around one call, from 10 ms to an hour.
    pub wall_time: Option<Duration>,
}

impl LimitOverrides {
    /// The limits with the overrides in place.
    pub fn apply(&self, limits: Limits) -> Limits {
        let mut limits = limits;
        if let Some(memory) = self.memory {
            limits.memory = memory;
        }
        if let Some(cpu_time) = self.cpu_time {
            limits.cpu_time = cpu_time;
        }
        if let Some(wall_time) = self.wall_time {
            limits.wall_time = wall_time;
        }
        limits
    }
}

pub(super) fn read(section: &Section<'_, '_>) -> LimitOverrides {
    let memory = section.entry("memory").and_then(|entry| entry.size(MEMORY));
    let cpu_entry = section.entry("cpu-time");
    let wall_entry = section.entry("wall-time");
    let overrides = LimitOverrides {
        memory: memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
        cpu_time: cpu_entry.as_ref().and_then(|entry| entry.duration(TIME)),
        wall_time: wall_entry.as_ref().and_then(|entry| entry.duration(TIME)),
    };
    section.refuse_unknown();
    let limits = overrides.apply(Limits::default());
    if limits.cpu_time > limits.wall_time
        && let Some(entry) = wall_entry.or(cpu_entry)
    {
        entry.mistake(format!(
            "cpu-time ({}) can never be used up when wall-time ({}) is shorter; set both",
            duration::show(limits.cpu_time),
            duration::show(limits.wall_time)
        ));
    }
    overrides
}
