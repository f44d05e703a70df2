//! What the calls of components came to and what they used, added up.
//!
//! Figures of different hours and of different processes are added to each other in any order, and
//! none of them tells of whom a call was.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Digest, Timestamp};

/// Up to which duration each bucket of [`Durations`] reaches, in microseconds; one more bucket has
/// what took longer. Two steps are never further apart than two and a half times.
pub const BUCKETS: [u64; 22] = [
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
];

/// Names of what was refused that are told apart; further ones are counted together.
const NAMES: usize = 20;

/// Under what refusals of further names are counted.
pub const OTHERS: &str = "(others)";

/// The longest name of what was refused, in bytes.
const NAME: usize = 200;

/// How long calls took: how many of them in each of a fixed set of buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Durations {
    /// How many calls there were in each bucket: those of [`BUCKETS`], and what took longer.
    pub buckets: [u64; BUCKETS.len() + 1],
    /// The longest, in microseconds.
    pub largest: u64,
}

impl Durations {
    /// Counts a call.
    pub fn count(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.partition_point(|bound| *bound < micros);
        self.buckets[bucket] = self.buckets[bucket].saturating_add(1);
        self.largest = self.largest.max(micros);
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.buckets
            .iter()
            .fold(0, |sum, calls| sum.saturating_add(*calls))
    }

    /// In what time this share of the calls (0 to 1) had ended: the upper end of the bucket that
    /// the last of them is in, and never more than the longest. `None` without calls.
    pub fn within(&self, share: f64) -> Option<Duration> {
        let calls = self.calls();
        let wanted = ((calls as f64 * share).ceil() as u64).clamp(1, calls.max(1));
        let mut ended = 0_u64;
        let bucket = self.buckets.iter().position(|calls| {
            ended = ended.saturating_add(*calls);
            ended >= wanted
        })?;
        let bound = BUCKETS.get(bucket).copied().unwrap_or(u64::MAX);
        Some(Duration::from_micros(bound.min(self.largest)))
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (calls, more) in self.buckets.iter_mut().zip(other.buckets) {
            *calls = calls.saturating_add(more);
        }
        self.largest = self.largest.max(other.largest);
    }
}

/// What calls used, and what was refused to them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Usage {
    /// How long they took by the clock.
    pub durations: Durations,
    /// Processor time of all together, in nanoseconds.
    pub cpu_nanos: u64,
    /// The most memory that one of them had at a time, in bytes.
    pub peak_memory: u64,
    /// Requests to other systems.
    pub requests: u64,
    /// Answers to them by the first digit of their status: those from 100 at index 0, those from
    /// 500 at index 4. What is missing to `requests` was not answered whole.
    pub answers: [u64; 5],
    /// What was refused, by the name of the origin or the import, and how often.
    pub denied: BTreeMap<String, u64>,
    /// Log lines that were written.
    pub log_lines: u64,
    /// Those of them that were not kept.
    pub log_lines_dropped: u64,
}

impl Usage {
    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.durations.calls()
    }

    /// Counts refusals. Only so many names are told apart, and long ones are cut: they come from
    /// components.
    pub fn deny(&mut self, name: &str, times: u64) {
        let name = &name[..name.floor_char_boundary(NAME)];
        let name = match self.denied.contains_key(name) || self.denied.len() < NAMES {
            true => name,
            false => OTHERS,
        };
        let count = self.denied.entry(name.to_owned()).or_default();
        *count = count.saturating_add(times);
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.durations.add(&other.durations);
        self.cpu_nanos = self.cpu_nanos.saturating_add(other.cpu_nanos);
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.requests = self.requests.saturating_add(other.requests);
        for (answers, more) in self.answers.iter_mut().zip(other.answers) {
            *answers = answers.saturating_add(more);
        }
        for (name, times) in &other.denied {
            self.deny(name, *times);
        }
        self.log_lines = self.log_lines.saturating_add(other.log_lines);
        self.log_lines_dropped = self
            .log_lines_dropped
            .saturating_add(other.log_lines_dropped);
    }
}

/// Who answers for what came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeClass {
    /// It brought a result.
    Good,
    /// The component said that it could not do it.
    Failure,
    /// The host stopped it, or found it broken.
    HostError,
    /// Nobody waited for its end.
    GivenUp,
}

/// A component as it was when it was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KnownComponent {
    /// What it is: the digest of its bytes.
    pub digest: Digest,
    /// Its name, as it says itself.
    pub name: String,
    /// Its version, as it says itself.
    pub version: String,
    /// Its world.
    pub world: String,
}

/// The calls that are added up: those of one hour, to one function of one component, with one
/// outcome.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UsageKey {
    /// When the hour began.
    pub hour: Timestamp,
    /// The component.
    pub component: Digest,
    /// The function, such as `evaluate`; `load` is that the component was made ready.
    pub operation: String,
    /// `ok`, or the code of the error. Of `load`: `compiled` or `cached`.
    pub outcome: String,
    /// Who answers for it.
    pub class: OutcomeClass,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(micros: &[u64]) -> Durations {
        let mut durations = Durations::default();
        for micros in micros {
            durations.count(Duration::from_micros(*micros));
        }
        durations
    }

    #[test]
    fn without_calls_there_is_no_duration() {
        assert_eq!(Durations::default().within(0.5), None);
    }

    #[test]
    fn what_took_longer_than_all_buckets_is_told_by_the_longest() {
        let day = 24 * 60 * 60 * 1_000_000;
        let durations = counted(&[5, day]);
        assert_eq!(durations.within(0.5), Some(Duration::from_micros(10)));
        assert_eq!(durations.within(0.95), Some(Duration::from_micros(day)));
    }

    #[test]
    fn only_so_many_names_are_told_apart_and_no_refusal_is_lost() {
        let mut usage = Usage::default();
        for number in 0..1000 {
            usage.deny(&format!("https://{number}.example"), 2);
        }
        assert_eq!(usage.denied.len(), NAMES + 1);
        assert_eq!(usage.denied.values().sum::<u64>(), 2000);
        usage.deny(&"š".repeat(1000), 1);
        assert!(usage.denied.keys().all(|name| name.len() <= NAME));
    }

    fn usage() -> impl Strategy<Value = Usage> {
        let durations = proptest::collection::vec(0_u64..200_000_000, 0..20);
        let denied = proptest::collection::btree_map("[a-d]", 1_u64..5, 0..4);
        (durations, any::<[u32; 4]>(), any::<[u16; 5]>(), denied).prop_map(
            |(micros, [cpu, memory, lines, dropped], answers, denied)| Usage {
                durations: counted(&micros),
                cpu_nanos: cpu.into(),
                peak_memory: memory.into(),
                requests: answers.iter().map(|count| u64::from(*count)).sum(),
                answers: answers.map(u64::from),
                denied,
                log_lines: lines.into(),
                log_lines_dropped: dropped.into(),
            },
        )
    }

    proptest! {
        #[test]
        fn it_does_not_matter_in_which_order_figures_are_added(
            one in usage(), two in usage(), three in usage(),
        ) {
            let sum = |parts: [&Usage; 3]| {
                let mut sum = Usage::default();
                for part in parts {
                    sum.add(part);
                }
                sum
            };
            let whole = sum([&one, &two, &three]);
            prop_assert_eq!(&sum([&three, &one, &two]), &whole);
            let mut pair = two.clone();
            pair.add(&three);
            let mut other = one.clone();
            other.add(&pair);
            prop_assert_eq!(&other, &whole);
            prop_assert_eq!(whole.calls(), one.calls() + two.calls() + three.calls());
        }

        #[test]
        fn a_share_of_the_calls_had_ended_by_the_time_that_is_told(
            mut micros in proptest::collection::vec(0_u64..200_000_000, 1..50),
            percent in 1_u32..=100,
        ) {
            let share = f64::from(percent) / 100.0;
            let told = counted(&micros).within(share).unwrap().as_micros() as u64;
            micros.sort_unstable();
            let ended = micros.iter().filter(|one| **one <= told).count();
            prop_assert!(ended as f64 >= micros.len() as f64 * share);
            // And not much more than that: at most a bucket later than the last of them.
            let last = micros[(((micros.len() as f64) * share).ceil() as usize).max(1) - 1];
            prop_assert!(told <= (last * 5 / 2).max(10), "{} {}", told, last);
        }
    }
}
