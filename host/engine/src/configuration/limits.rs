//! The limits of the sandbox that a resource may override.

use std::str::FromStr;
use std::time::Duration;

use provisor_sandbox::Limits;

use super::duration;
use super::section::Section;
use super::size;

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

impl FromStr for LimitOverrides {
    type Err = String;

    /// One limit as the command line names it, such as `memory=64MiB` or `cpu-time=2s`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or("a limit looks like memory=64MiB or cpu-time=2s")?;
        let time = || match duration::parse(value) {
            Ok(time) if TIME.contains(&time) => Ok(Some(time)),
            Ok(_) => Err(format!("{name} must be from 10ms to 1h")),
            Err(wrong) => Err(format!("{value:?} {wrong}")),
        };
        let mut overrides = Self::default();
        match name {
            "memory" => match size::parse(value) {
                Ok(bytes) if MEMORY.contains(&bytes) => {
                    overrides.memory = Some(usize::try_from(bytes).unwrap_or(usize::MAX));
                }
                Ok(_) => return Err("memory must be from 1MiB to 4GiB".to_owned()),
                Err(wrong) => return Err(format!("{value:?} {wrong}")),
            },
            "cpu-time" => overrides.cpu_time = time()?,
            "wall-time" => overrides.wall_time = time()?,
            _ => return Err("the limits are memory, cpu-time and wall-time".to_owned()),
        }
        Ok(overrides)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_can_be_typed() {
        let memory: LimitOverrides = "memory=64MiB".parse().unwrap();
        assert_eq!(memory.memory, Some(64 * 1024 * 1024));
        let time: LimitOverrides = "cpu-time=2s".parse().unwrap();
        assert_eq!(time.cpu_time, Some(Duration::from_secs(2)));
        for wrong in [
            "memory",
            "memory=1KiB",
            "memory=much",
            "cpu-time=0s",
            "disk=1MiB",
        ] {
            assert!(wrong.parse::<LimitOverrides>().is_err(), "{wrong}");
        }
    }
}
