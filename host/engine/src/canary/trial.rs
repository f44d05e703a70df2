//! What a canary says of one unit of work: who is covered, and what came of asking both versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use provisor_model::{
    Canary, Comparison, Event, EventKind, Finding, Notification, ResourceName, Timestamp, World,
};
use provisor_store::{StoreError, Work};

use crate::components::{Bound, Use};
use crate::configuration::{Configuration, Resource};
use crate::findings::masked;
use crate::host::Actor;
use crate::notifications::{Audience, enqueue};
use crate::{Host, HostError};

/// Findings that one unit of work keeps, the last ones.
const FINDINGS: usize = 100;

/// A canary at work on one resource. What came of it is handed over with [`Host::keep_trial`].
pub(crate) struct Trial {
    canary: Canary,
    resource: ResourceName,
    /// The secrets that the candidate can read, which it must not tell.
    secrets: BTreeMap<String, String>,
    comparison: Comparison,
    findings: Vec<Finding>,
}

impl Trial {
    /// Whether the candidate answers what is asked about an identity, or about an account whose
    /// identity nobody knows.
    pub fn covers(&self, subject: &str) -> bool {
        self.canary.covers(&self.resource, subject)
    }

    /// How often the candidate may still fail before it is not asked any more.
    pub fn failures_left(&self) -> u32 {
        let failed = self.canary.comparison.failed + self.comparison.failed;
        let failed = u32::try_from(failed).unwrap_or(u32::MAX);
        self.canary.stop_after.saturating_sub(failed)
    }

    /// Notes what came of one input.
    pub fn add(&mut self, finding: Finding) {
        let finding = masked(&self.secrets, finding);
        self.comparison.add(&finding);
        if !finding.differences.is_empty() {
            if self.findings.len() == FINDINGS {
                self.findings.remove(0);
            }
            self.findings.push(finding);
        }
    }
}

impl Host {
    /// The canary of the component that a resource uses in a world, with the version that is tried,
    /// ready to be asked.
    pub(crate) async fn trial(
        &self,
        resource: &Resource,
        world: World,
    ) -> Result<Option<(Trial, Arc<Bound>)>, HostError> {
        let Some(name) = Use::on(resource, world).and_then(|one| one.uploaded()) else {
            return Ok(None);
        };
        let standing = self.inner.store.read(|view| {
            let canary = view.standing_canary(name)?;
            let canary = canary.filter(|canary| canary.concerns(&resource.name));
            let upload = match &canary {
                Some(canary) => view.upload(&canary.candidate)?,
                None => None,
            };
            Ok::<_, StoreError>(canary.zip(upload))
        })?;
        let Some((canary, upload)) = standing else {
            return Ok(None);
        };
        let mut trial = Trial {
            canary,
            resource: resource.name.clone(),
            secrets: BTreeMap::new(),
            comparison: Comparison::default(),
            findings: Vec::new(),
        };
        let candidate = self.candidate(name, &upload).await;
        let problem = match candidate {
            Ok(candidate) => match candidate.bound(&resource.name, world) {
                Some(bound) => {
                    self.inner.candidates.keep(candidate);
                    trial.secrets = bound.call.secrets.clone();
                    return Ok(Some((trial, bound)));
                }
                None => HostError::unknown("version to be tried", upload.title()),
            },
            Err(error) => error,
        };
        // The work goes on without it, and somebody sees why.
        let why = problem.to_string();
        trial.add(Finding::failed(upload.title(), problem.code(), &why));
        self.keep_trial(&mut trial).await?;
        Ok(None)
    }

    /// Stores what came of a unit of work so far. A canary that failed too often stops with it.
    pub(crate) async fn keep_trial(&self, trial: &mut Trial) -> Result<(), HostError> {
        if trial.comparison.compared == 0 {
            return Ok(());
        }
        let comparison = std::mem::take(&mut trial.comparison);
        let findings = std::mem::take(&mut trial.findings);
        let (id, now) = (trial.canary.id, self.now());
        let configuration = self.inner.configuration.clone();
        let stored = self
            .inner
            .store
            .update(move |work| {
                let Some(mut canary) = work.canary(id)? else {
                    return Ok(None);
                };
                let stopped = canary.add(comparison, now);
                work.save_canary(&canary)?;
                work.add_canary_findings(id, &findings, now)?;
                if stopped {
                    let why = canary.ended.as_ref().map_or("", |end| end.why.as_str());
                    let event = Event::new(EventKind::CanaryEnded, why);
                    tell(work, &configuration, &canary, event, Actor::Engine, now)?;
                    notify(work, &configuration, &canary, why, now)?;
                }
                Ok::<_, HostError>(Some(canary))
            })
            .await?;
        if let Some(canary) = stored {
            trial.canary = canary;
        }
        Ok(())
    }
}

/// Writes into the history of every resource that a canary concerns what happened to it.
pub(super) fn tell(
    work: &mut Work<'_>,
    configuration: &Configuration,
    canary: &Canary,
    event: Event,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), HostError> {
    for name in concerned(configuration, canary).into_keys() {
        let event = event.clone().component(canary.candidate);
        work.add_event(now, actor.as_str(), name, None, event)?;
    }
    Ok(())
}

/// Lets people know that a canary has stopped by itself: once, however many resources it concerns.
fn notify(
    work: &mut Work<'_>,
    configuration: &Configuration,
    canary: &Canary,
    why: &str,
    now: Timestamp,
) -> Result<(), HostError> {
    let resources: Vec<&Resource> = concerned(configuration, canary).into_values().collect();
    let Some(first) = resources.first() else {
        return Ok(());
    };
    let audience = Audience::of(&first.operators);
    let notification = Notification::CanaryStopped {
        canary: canary.id,
        component: canary.component.clone(),
        why: why.to_owned(),
    };
    Ok(enqueue(work, &resources, audience, &notification, now)?)
}

/// The resources that a canary concerns.
fn concerned<'c>(
    configuration: &'c Configuration,
    canary: &Canary,
) -> BTreeMap<&'c ResourceName, &'c Resource> {
    Use::of(configuration, &canary.component)
        .map(|one| (&one.resource.name, one.resource))
        .filter(|(name, _)| canary.concerns(name))
        .collect()
}
