//! Tries the properties of a component's world one after the other.

use std::sync::Arc;
use std::time::Instant;

use provisor_model::Digest;
use provisor_sandbox::{LoadError, Sandbox, SandboxConfig, SandboxError, World, inspect};
use sha2::Digest as _;

use crate::bench::Bench;
use crate::catalogue;
use crate::property::{Judge, Level, Property};
use crate::recording::{Recording, RecordingError};
use crate::report::{Judged, Report, Run, Tried};
use crate::subject::{SHORTEST_REASON, Subject, SubjectError};
use crate::target::{At, Target};
use crate::tidying;
use crate::trial::{Objection, Trial};
use crate::verdict::{Evidence, Verdict, microseconds};

/// The version of the suite: it goes up when a component may be judged otherwise than before.
pub const VERSION: &str = "0.1.0";

/// The version of the contract that components are judged by.
pub const CONTRACT: &str = "0.1";

/// How a run goes on, told while it does.
#[derive(Debug)]
pub enum Progress<'a> {
    /// So many properties will be tried.
    Begin(usize),
    /// This one is being tried now.
    Trying(&'a Property),
    /// This one has its verdict.
    Judged(&'a Judged),
}

/// Why no report can be made.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// The sandbox cannot be started.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// What the author says about the component is wrong.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The bytes are no component of a known world, so there is nothing to judge them by.
    #[error("the component cannot be judged: {0}")]
    NoWorld(LoadError),
}

impl SuiteError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            SuiteError::Sandbox(error) => error.code(),
            SuiteError::Subject(error) => error.code(),
            SuiteError::NoWorld(error) => error.code(),
        }
    }

    /// Whether the same may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        false
    }
}

/// How a component is judged.
#[derive(Debug, Clone)]
pub struct Suite {
    /// Where everything comes from that is left to chance. A recording has a seed of its own.
    pub seed: u64,
    /// What has to hold so that the component conforms: all properties up to this level.
    pub level: Level,
    /// The ids of the only properties that are tried; all of the world when it is empty. A report
    /// of some properties says of no component that it conforms.
    pub only: Vec<String>,
    /// How the sandbox is set up. Where components come from strangers, it compiles in a child.
    pub sandbox: SandboxConfig,
}

impl Default for Suite {
    /// Everything up to level must, with seed 0.
    fn default() -> Self {
        Self {
            seed: 0,
            level: Level::Must,
            only: Vec::new(),
            sandbox: SandboxConfig::default(),
        }
    }
}

impl Suite {
    /// Judges a component.
    ///
    /// # Errors
    /// When nothing can be judged: the subject is wrong, or its bytes are no component at all. A
    /// component that the sandbox does not take fails the property that is about that.
    pub async fn run(
        &self,
        subject: Subject,
        mut progress: impl FnMut(Progress<'_>),
    ) -> Result<Report, SuiteError> {
        let (report, _) = self.judge(subject, false, &mut progress).await?;
        Ok(report)
    }

    /// Judges a ticketing component and records what its target answers.
    ///
    /// # Errors
    /// As [`run`](Self::run); and, in the place of the recording, why there is none.
    pub async fn record(
        &self,
        subject: Subject,
        mut progress: impl FnMut(Progress<'_>),
    ) -> Result<(Report, Result<Recording, RecordingError>), SuiteError> {
        let (report, bench) = self.judge(subject, true, &mut progress).await?;
        let recording = match bench {
            Some(bench) => bench.recording(),
            None => Err(RecordingError::Nothing),
        };
        Ok((report, recording))
    }

    async fn judge(
        &self,
        subject: Subject,
        is_recorded: bool,
        progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<(Report, Option<Arc<Bench>>), SuiteError> {
        let begun = Instant::now();
        self.check(&subject)?;
        let sandbox = Sandbox::new(self.sandbox.clone())?;
        let loaded = sandbox.load(&subject.bytes).await;
        let (tried, world) = match &loaded {
            Ok(component) => (Tried::of(component, subject.bytes.len()), component.world()),
            Err(error) => unloaded(&subject.bytes, error)?,
        };
        let properties = self.properties(world)?;
        progress(Progress::Begin(properties.len()));
        let bypasses = subject.bypasses.clone();
        let target = subject.target.clone().filter(|_| world == World::Ticketing);
        // What was recorded answers to what was asked with its own seed.
        let seed = match &target {
            Some(Target::Recorded(recorded)) => recorded.recording().seed,
            _ => self.seed,
        };
        let setting = match loaded {
            Ok(component) => Ok(Arc::new(Bench::new(
                sandbox,
                component,
                subject,
                seed,
                is_recorded,
            )?)),
            Err(error) => Err(error),
        };
        let mut judged = Vec::with_capacity(properties.len());
        for property in properties {
            progress(Progress::Trying(property));
            let begun = Instant::now();
            let (outcome, mut evidence) = match &setting {
                Ok(bench) => judge(property, bench).await,
                Err(error) => (refused(property, error), Evidence::default()),
            };
            if evidence.time == 0 {
                evidence.time = microseconds(begun.elapsed());
            }
            let bypass = bypasses
                .iter()
                .find(|bypass| bypass.property == property.id);
            let found = match &outcome {
                Err(Objection::Broken(found)) if bypass.is_some() => Some(found.clone()),
                _ => None,
            };
            let excuse = bypass.map(|bypass| bypass.reason.as_str());
            let one = Judged {
                id: property.id.to_owned(),
                level: property.level,
                title: property.title.to_owned(),
                verdict: weigh(property, outcome, &evidence, excuse),
                found,
                evidence,
            };
            progress(Progress::Judged(&one));
            judged.push(one);
        }
        let bench = setting.ok();
        let at = match (&target, &bench) {
            (Some(target @ Target::Live(_)), Some(bench)) => {
                let made = bench.ledger.made().iter().map(|made| made.times).sum();
                Some(At {
                    left: Some(tidying::tidy(bench).await),
                    made: Some(made),
                    ..target.at()
                })
            }
            (target, _) => target.as_ref().map(Target::at),
        };
        let run = Run { seed, at };
        Ok((
            Report::new(self, run, tried, judged, begun.elapsed()),
            bench,
        ))
    }

    fn check(&self, subject: &Subject) -> Result<(), SubjectError> {
        let bypassed = subject.bypasses.iter().map(|bypass| &bypass.property);
        for id in bypassed.chain(&self.only) {
            if catalogue::by_id(id).is_none() {
                return Err(SubjectError::NoProperty { id: id.clone() });
            }
        }
        let reasons = subject.bypasses.iter();
        match reasons
            .map(|bypass| (bypass.reason.trim().chars().count(), &bypass.property))
            .find(|(length, _)| *length < SHORTEST_REASON)
        {
            Some((_, id)) => Err(SubjectError::NoReason { id: id.clone() }),
            None => Ok(()),
        }
    }

    fn properties(&self, world: World) -> Result<Vec<&'static Property>, SubjectError> {
        let of_world = catalogue::all().filter(|property| property.is_of(world));
        let wanted = |property: &&Property| {
            self.only.is_empty()
                || self
                    .only
                    .iter()
                    .any(|id| id.eq_ignore_ascii_case(property.id))
        };
        Ok(of_world.filter(wanted).collect())
    }
}

/// What can be said of a component that the sandbox does not take.
fn unloaded(bytes: &[u8], error: &LoadError) -> Result<(Tried, World), SuiteError> {
    match inspect(bytes) {
        Ok(inspection) => Ok((Tried::inspected(&inspection), inspection.world)),
        Err(LoadError::Import { world, .. }) => {
            let digest = Digest::from_bytes(sha2::Sha256::digest(bytes).into());
            Ok((Tried::unknown(&digest, bytes.len(), world), world))
        }
        Err(_) => Err(SuiteError::NoWorld(error.clone())),
    }
}

async fn judge(property: &Property, bench: &Arc<Bench>) -> (Result<(), Objection>, Evidence) {
    match property.judge {
        Judge::Outside(why) => {
            let objection = Objection::NotApplicable(why.to_owned());
            (Err(objection), Evidence::default())
        }
        Judge::Trial(judge) => {
            bench.ledger.enter(property.id);
            let mut trial = Trial::new(Arc::clone(bench), property.id);
            let outcome = judge(&mut trial).await;
            // What is found after something has come between says nothing about the component.
            let outcome = match bench.ledger.settle() {
                Some(disturbance) => Err(disturbance),
                None => outcome,
            };
            (outcome, trial.into_evidence())
        }
    }
}

/// Which property a component breaks that the sandbox does not take: what it says of itself, or how
/// it is made.
fn refused(property: &Property, error: &LoadError) -> Result<(), Objection> {
    let culprit = match error {
        LoadError::About(_) | LoadError::TwoTongues(_) | LoadError::Describe(_) => "G2",
        _ => "G1",
    };
    match &property.judge {
        Judge::Outside(why) => Err(Objection::NotApplicable((*why).to_owned())),
        Judge::Trial(_) if property.id == culprit => Err(Objection::Broken(error.to_string())),
        Judge::Trial(_) => {
            let told = format!("the host does not take the component, see {culprit}");
            Err(Objection::Skipped(told))
        }
    }
}

fn weigh(
    property: &Property,
    outcome: Result<(), Objection>,
    evidence: &Evidence,
    excuse: Option<&str>,
) -> Verdict {
    let (planned, fired) = (evidence.faults_planned, evidence.faults_fired);
    match outcome {
        Err(Objection::Broken(_)) if excuse.is_some() => {
            Verdict::Bypassed(excuse.unwrap_or_default().to_owned())
        }
        Err(Objection::Broken(found)) if property.level == Level::Must => Verdict::Fail(found),
        Err(Objection::Broken(found)) => Verdict::Deviation(found),
        Err(Objection::NotApplicable(why)) => Verdict::NotApplicable(why),
        Err(Objection::Skipped(why)) => Verdict::Skipped(why),
        Err(Objection::Inconclusive(why)) => Verdict::Inconclusive(why),
        Ok(()) if fired < planned => Verdict::Inconclusive(format!(
            "{planned} faults were planned and {fired} of them happened"
        )),
        Ok(()) => Verdict::Pass,
    }
}
