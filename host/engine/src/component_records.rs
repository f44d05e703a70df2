//! What components did, as the journal has written it down: figures, and lines to read.

use std::time::Duration;

use provisor_model::usage::BUCKETS;
use provisor_model::{
    Digest, Durations, KnownComponent, LogLevel, OutcomeClass, SaidBy, Timestamp, Usage,
};
use provisor_store::{ComponentLineFilter, KeptLine};
use serde::Serialize;

use crate::{Host, HostError};

/// What components did since a moment.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ComponentStats {
    /// Since when; figures are kept by the hour, so the whole hour of it counts.
    pub since: Timestamp,
    /// Each component that did something, by name and version.
    pub components: Vec<ComponentFigures>,
}

/// What one component did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ComponentFigures {
    /// Which.
    #[serde(flatten)]
    pub component: KnownComponent,
    /// Each of its functions that was called; `load` is that it was made ready.
    pub operations: Vec<OperationFigures>,
}

/// What the calls of one function came to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OperationFigures {
    /// The function.
    pub operation: String,
    /// How many calls there were.
    pub calls: u64,
    /// What came of them, the most frequent first.
    pub outcomes: Vec<OutcomeFigures>,
    /// In what time half of them had ended, in microseconds. Like `within-95`, it is rounded up to
    /// the end of a bucket.
    pub median: u64,
    /// In what time 95 % of them had ended, in microseconds.
    #[serde(rename = "within-95")]
    pub within_95: u64,
    /// How long the longest took, in microseconds.
    pub largest: u64,
    /// How many took how long, for each bucket with calls.
    pub durations: Vec<Bucket>,
    /// Processor time of all together, in microseconds.
    pub cpu: u64,
    /// The most memory that one had at a time, in bytes.
    pub peak_memory: u64,
    /// Requests to other systems.
    pub requests: u64,
    /// Answers to them by the first digit of their status, from 1 to 5.
    pub answers: [u64; 5],
    /// What was refused, the most frequent first.
    pub denied: Vec<Denial>,
    /// Log lines that were written.
    pub log_lines: u64,
    /// Those of them that were not kept.
    pub log_lines_dropped: u64,
}

/// How many calls ended so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OutcomeFigures {
    /// `ok`, or the code of the error; of `load` `compiled` or `cached`.
    pub outcome: String,
    /// Who answers for it.
    pub class: OutcomeClass,
    /// How many.
    pub calls: u64,
}

/// How many calls took so long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Bucket {
    /// At most so long, in microseconds; `None` is as long as anybody likes.
    pub up_to: Option<u64>,
    /// How many.
    pub calls: u64,
}

/// How often something was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Denial {
    /// The origin or the import.
    pub name: String,
    /// How often.
    pub times: u64,
}

/// Which lines of components.
#[derive(Debug, Clone)]
pub struct LineQuery {
    /// Only those of components of this name, or whose digest begins with it.
    pub component: Option<String>,
    /// Only those that matter as much or more. Default: all.
    pub level: LogLevel,
    /// Only those after this one; without, the last ones.
    pub after: Option<i64>,
    /// At most so many. Default: 100.
    pub limit: usize,
}

impl Default for LineQuery {
    fn default() -> Self {
        Self {
            component: None,
            level: LogLevel::Debug,
            after: None,
            limit: 100,
        }
    }
}

/// A line of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ComponentLineView {
    /// Its number; numbers rise.
    pub line: i64,
    /// When its call ended.
    pub at: Timestamp,
    /// The component's name.
    pub component: String,
    /// Its version.
    pub version: String,
    /// Its digest.
    pub digest: Digest,
    /// The resource that it worked for.
    pub resource: Option<String>,
    /// The function that was called.
    pub operation: String,
    /// How much it matters.
    pub level: LogLevel,
    /// Who said it.
    pub said_by: SaidBy,
    /// The code of the error that its call ended with.
    pub code: Option<String>,
    /// What it says.
    pub text: String,
}

impl Host {
    /// What components did in the last hours, in all processes that use the database.
    ///
    /// # Errors
    ///
    /// [`HostError::Unknown`] for a component of which nothing is known.
    pub async fn component_stats(
        &self,
        component: Option<&str>,
        within: Duration,
    ) -> Result<ComponentStats, HostError> {
        self.inner.journal.written().await;
        self.check_component(component)?;
        let since = self.now().before(within);
        let entries = self.inner.store.read(|view| view.component_usage(since))?;
        let mut components: Vec<ComponentFigures> = Vec::new();
        let mut sums: Vec<(String, Vec<OutcomeFigures>, Usage)> = Vec::new();
        let mut entries = entries.into_iter().peekable();
        while let Some(entry) = entries.next() {
            if component.is_some_and(|name| !is_called(&entry.component, name)) {
                continue;
            }
            let outcome = OutcomeFigures {
                outcome: entry.outcome,
                class: entry.class,
                calls: entry.usage.calls(),
            };
            match sums.last_mut() {
                Some((operation, outcomes, sum)) if *operation == entry.operation => {
                    outcomes.push(outcome);
                    sum.add(&entry.usage);
                }
                _ => sums.push((entry.operation, vec![outcome], entry.usage)),
            }
            let is_last = entries
                .peek()
                .is_none_or(|next| next.component != entry.component);
            if is_last {
                components.push(ComponentFigures {
                    component: entry.component,
                    operations: std::mem::take(&mut sums).into_iter().map(figures).collect(),
                });
            }
        }
        Ok(ComponentStats { since, components })
    }

    /// Lines that components wrote and what the host says of failed calls, in all processes that use
    /// the database; the oldest first.
    ///
    /// # Errors
    ///
    /// [`HostError::Unknown`] for a component of which nothing is known.
    pub async fn component_lines(
        &self,
        query: &LineQuery,
    ) -> Result<Vec<ComponentLineView>, HostError> {
        self.inner.journal.written().await;
        self.check_component(query.component.as_deref())?;
        let filter = ComponentLineFilter {
            component: query.component.clone(),
            level: Some(query.level),
            after: query.after,
            limit: query.limit,
        };
        let lines = self
            .inner
            .store
            .read(|view| view.component_lines(&filter))?;
        Ok(lines.into_iter().map(line).collect())
    }

    fn check_component(&self, component: Option<&str>) -> Result<(), HostError> {
        let Some(name) = component else {
            return Ok(());
        };
        let known = self.inner.store.read(|view| view.called_components())?;
        if known.iter().any(|known| is_called(known, name)) {
            return Ok(());
        }
        let mut names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
        names.dedup();
        Err(HostError::Unknown {
            what: "component",
            name: name.chars().take(80).collect(),
            hint: match names.is_empty() {
                true => " that was called yet; none was".to_owned(),
                false => format!(" that was called yet; these were: {}", names.join(", ")),
            },
        })
    }
}

/// The fewest digits by which a digest is known.
const DIGITS: usize = 6;

fn is_called(component: &KnownComponent, name: &str) -> bool {
    component.name == name
        || (name.len() >= DIGITS && component.digest.to_string().starts_with(name))
}

fn figures(
    (operation, mut outcomes, usage): (String, Vec<OutcomeFigures>, Usage),
) -> OperationFigures {
    outcomes.sort_by(|one, other| (other.calls, &one.outcome).cmp(&(one.calls, &other.outcome)));
    let mut denied: Vec<Denial> = usage
        .denied
        .iter()
        .map(|(name, times)| Denial {
            name: name.clone(),
            times: *times,
        })
        .collect();
    denied.sort_by(|one, other| (other.times, &one.name).cmp(&(one.times, &other.name)));
    let within = |share| {
        let within = usage.durations.within(share).unwrap_or_default();
        u64::try_from(within.as_micros()).unwrap_or(u64::MAX)
    };
    OperationFigures {
        operation,
        calls: usage.calls(),
        outcomes,
        median: within(0.5),
        within_95: within(0.95),
        largest: usage.durations.largest,
        durations: buckets(&usage.durations),
        cpu: usage.cpu_nanos / 1_000,
        peak_memory: usage.peak_memory,
        requests: usage.requests,
        answers: usage.answers,
        denied,
        log_lines: usage.log_lines,
        log_lines_dropped: usage.log_lines_dropped,
    }
}

/// From the first bucket with calls to the last one.
fn buckets(durations: &Durations) -> Vec<Bucket> {
    let all = durations.buckets.iter().enumerate();
    let mut buckets: Vec<Bucket> = all
        .map(|(index, calls)| Bucket {
            up_to: BUCKETS.get(index).copied(),
            calls: *calls,
        })
        .skip_while(|bucket| bucket.calls == 0)
        .collect();
    while buckets.last().is_some_and(|bucket| bucket.calls == 0) {
        buckets.pop();
    }
    buckets
}

fn line(kept: KeptLine) -> ComponentLineView {
    let KeptLine {
        id,
        component,
        line,
    } = kept;
    ComponentLineView {
        line: id,
        at: line.at,
        component: component.name,
        version: component.version,
        digest: component.digest,
        resource: line.resource,
        operation: line.operation,
        level: line.level,
        said_by: line.said_by,
        code: line.code,
        text: line.text,
    }
}
