//! One property being tried.

use std::sync::Arc;
use std::time::Duration;

use provisor_sandbox::CallReport;

use crate::bench::Bench;
use crate::chance::Chance;
use crate::verdict::{Evidence, microseconds};
use crate::work::{Conditions, Done, Work, short};

/// Why a property is not found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// It does not: what was found.
    Broken(String),
    /// It cannot be asked of this component: why.
    NotApplicable(String),
    /// It was not tried this time: why.
    Skipped(String),
    /// It was tried, and that showed nothing: why.
    Inconclusive(String),
}

/// One property being tried.
pub struct Trial {
    /// Where the component is put to work.
    pub bench: Arc<Bench>,
    /// What is left to chance in this trial.
    pub chance: Chance,
    evidence: Evidence,
}

impl Trial {
    /// A trial of the property with this id.
    pub(crate) fn new(bench: Arc<Bench>, id: &str) -> Self {
        Self {
            chance: Chance::new(bench.seed, id),
            bench,
            evidence: Evidence::default(),
        }
    }

    /// Puts a fresh instance to one piece of work, and keeps it as evidence.
    pub async fn work(&mut self, work: &Work, conditions: &Conditions) -> Done {
        let done = self.bench.work(work, conditions).await;
        self.saw(work, &done);
        done
    }

    /// Puts one fresh instance to several pieces of work, one after the other, and keeps the last
    /// as evidence.
    pub async fn series(&mut self, works: &[Work], conditions: &Conditions) -> Vec<Done> {
        let all = self.bench.series(works, conditions).await;
        let mut before = Duration::ZERO;
        for (work, done) in works.iter().zip(&all) {
            self.saw(work, done);
            // What an instance has used is told as the sum so far.
            let counted = microseconds(before.min(done.report.cpu_time));
            self.evidence.cpu_time = self.evidence.cpu_time.saturating_sub(counted);
            before = done.report.cpu_time;
        }
        all
    }

    /// Puts the component to work on the author's own example.
    ///
    /// # Errors
    /// When the component cannot do that: the property that is about it says so, and for all others
    /// there is nothing to compare with.
    pub async fn example(&mut self) -> Result<serde_json::Value, Objection> {
        let Some(work) = self.bench.example() else {
            return Err(Objection::Inconclusive("there is no example".to_owned()));
        };
        let done = self.work(&work, &Conditions::default()).await;
        done.answer.map_err(|error| {
            Objection::Inconclusive(format!(
                "the example itself ends in {}: {error}",
                error.code()
            ))
        })
    }

    /// Keeps a piece of work as evidence.
    pub fn saw(&mut self, work: &Work, done: &Done) {
        let evidence = &mut self.evidence;
        evidence.works += 1;
        evidence.input = work.show();
        evidence.output = done.show();
        evidence.time += microseconds(done.time);
        evidence.cpu_time += microseconds(done.report.cpu_time);
        evidence.peak_memory = evidence.peak_memory.max(done.report.peak_memory as u64);
    }

    /// Keeps one call of a ticketing component as evidence.
    pub fn asked(&mut self, input: &str, output: &str, report: &CallReport, time: Duration) {
        let evidence = &mut self.evidence;
        evidence.works += 1;
        evidence.input = short(input);
        evidence.output = short(output);
        evidence.time += microseconds(time);
        evidence.cpu_time += microseconds(report.cpu_time);
        evidence.peak_memory = evidence.peak_memory.max(report.peak_memory as u64);
    }

    /// Keeps something as evidence that is no piece of work.
    pub fn note(&mut self, input: &str, output: &str) {
        self.evidence.input = short(input);
        self.evidence.output = short(output);
    }

    /// Counts faults that are injected: as many as were planned have to happen, else nothing was
    /// tried and the trial is inconclusive.
    pub fn faults(&mut self, planned: u64, fired: u64) {
        self.evidence.faults_planned += planned;
        self.evidence.faults_fired += fired;
    }

    pub(crate) fn into_evidence(self) -> Evidence {
        self.evidence
    }
}

/// The property does not hold, for this reason.
pub(crate) fn broken<T>(found: impl Into<String>) -> Result<T, Objection> {
    Err(Objection::Broken(found.into()))
}
