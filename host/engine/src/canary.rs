//! A version of a component that is tried before everybody gets it.
//!
//! A canary covers some resources, or a share of the identities. What it covers is answered by the
//! candidate, and the active version is asked beside it: in what they differ is counted, and the last
//! differences are kept. Where the candidate gives no answer (it traps, goes over a limit, breaks a
//! rule of the contract) the active version's counts, and after a few such failures the canary stops
//! by itself. It ends, too, when another version is activated.
//!
//! What stands is read anew for each unit of work, so that every process keeps to it at once.

mod mapping;
mod policy;
mod trial;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use provisor_model::{
    ActivationError, Canary, CanaryError, CanaryPlan, CanaryScope, ComponentName, Digest, Event,
    EventKind, Grants, PersonName, ResourceName, Timestamp, Upload, World,
};
use provisor_store::{CanaryFinding, StoreError, View, Work};

use crate::cases::check_words;
use crate::components::{Bound, Prepared, Use, called};
use crate::configuration::{Configuration, Resource};
use crate::host::Actor;
use crate::uploads::{allow, why};
use crate::{Host, HostError};

pub(crate) use mapping::MappingTrial;
pub(crate) use trial::Trial;

/// Failures after which a canary stops by itself, where nobody says otherwise.
pub const STOP_AFTER: u32 = 3;

/// What shall be tried, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanaryRequest {
    /// The component.
    pub component: ComponentName,
    /// The version: its digest, of which the first digits are enough, or the component's name, which
    /// means the newest that is ready.
    pub candidate: String,
    /// What it shall answer.
    pub scope: CanaryScope,
    /// Who wants it.
    pub by: PersonName,
    /// Why, in words; may be empty.
    pub reason: String,
    /// After so many failures it stops by itself; at least 1.
    pub stop_after: u32,
}

/// A canary with what was found last.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CanaryReport {
    /// The canary that stands, or the last one that did.
    #[serde(flatten)]
    pub canary: Canary,
    /// What the candidate calls its version.
    pub candidate_version: Option<String>,
    /// What the version beside it calls itself.
    pub active_version: Option<String>,
    /// In what the candidate said something else lately, the last first.
    pub findings: Vec<CanaryFinding>,
}

impl Host {
    /// Lets a version of a mapping or policy answer a part of what the active one is asked. It works
    /// with the settings of the active one, and may use what was approved for that.
    ///
    /// # Errors
    ///
    /// When it is not ready, is the active version already, is no mapping or policy, when those do
    /// not vouch for it any more whom the configuration asks for, when a canary stands, when a resource does not use the component, or when the settings of one that does do
    /// not fit the candidate: each with its place. Nothing has begun then.
    pub async fn begin_canary(&self, request: CanaryRequest) -> Result<Canary, HostError> {
        let rules = &self.inner.configuration.components;
        let CanaryRequest {
            component: name,
            candidate,
            scope,
            by,
            reason,
            stop_after,
        } = request;
        allow(rules.activators.as_ref(), &by, "try", "activators")?;
        if !reason.is_empty() {
            check_words("the reason", &reason)?;
        }
        self.refresh_components().await?;
        let upload = self.version_of(&name, &candidate)?;
        check_tried(&upload, &name)?;
        if rules.four_eyes && upload.by == by {
            return Err(HostError::Activation(ActivationError::SamePerson {
                person: by,
                did: "uploaded",
                component: upload.title(),
            }));
        }
        self.ensure_vouched_for(&upload)?;
        self.check_covered(&name, &scope)?;
        let candidate = self.candidate(&name, &upload).await?;
        let configuration = self.inner.configuration.clone();
        let (now, digest) = (self.now(), upload.digest);
        let canary = self
            .inner
            .store
            .update(move |work| {
                if let Some(standing) = work.standing_canary(&name)? {
                    return Err(HostError::Canary(CanaryError::Stands {
                        component: name,
                        candidate: standing.candidate,
                    }));
                }
                // Somebody may have activated another version meanwhile, or retired this one.
                let upload = work.upload(&digest)?;
                let upload = upload.ok_or_else(|| HostError::unknown("upload", digest.short()))?;
                check_tried(&upload, &name)?;
                let active = active_version(work, &name)?;
                let plan = CanaryPlan {
                    component: name.clone(),
                    candidate: digest,
                    active,
                    scope,
                    by: by.clone(),
                    stop_after,
                };
                let canary = Canary::begin(plan, work.next_canary()?, now)?;
                work.save_canary(&canary)?;
                let text = format!("{} on {}{}", upload.title(), canary.scope, why(&reason));
                let event = Event::new(EventKind::CanaryBegun, text);
                let actor = Actor::Person(&by);
                trial::tell(work, &configuration, &canary, event, actor, now)?;
                Ok(canary)
            })
            .await?;
        self.inner.candidates.keep(candidate);
        Ok(canary)
    }

    /// Ends a canary: the active version answers everything again.
    pub async fn stop_canary(
        &self,
        component: &ComponentName,
        by: &PersonName,
        reason: &str,
    ) -> Result<Canary, HostError> {
        let rules = &self.inner.configuration.components;
        allow(rules.activators.as_ref(), by, "try", "activators")?;
        if !reason.is_empty() {
            check_words("the reason", reason)?;
        }
        let configuration = self.inner.configuration.clone();
        let (component, by) = (component.clone(), by.clone());
        let (reason, now) = (reason.to_owned(), self.now());
        self.inner
            .store
            .update(move |work| {
                end(work, &configuration, &component, &by, &reason, now)?
                    .ok_or(HostError::Canary(CanaryError::None { component }))
            })
            .await
    }

    /// The canary of a component that stands, or the last one that did, with what was found last.
    pub fn canary(
        &self,
        component: &ComponentName,
        findings: usize,
    ) -> Result<CanaryReport, HostError> {
        self.inner.store.read(|view| {
            let canary = view.last_canary(component)?;
            let canary = canary.ok_or_else(|| CanaryError::None {
                component: component.clone(),
            })?;
            let version = |digest| {
                let upload = view.upload(digest)?;
                Ok::<_, StoreError>(upload.and_then(|upload| Some(upload.about?.version)))
            };
            Ok(CanaryReport {
                candidate_version: version(&canary.candidate)?,
                active_version: version(&canary.active)?,
                findings: view.canary_findings(canary.id, findings)?,
                canary,
            })
        })
    }

    /// The canaries that stand, in the order of their components' names.
    pub fn standing_canaries(&self) -> Result<Vec<Canary>, HostError> {
        Ok(self.inner.store.read(|view| view.standing_canaries())?)
    }

    /// The version of a component that is called so: its digest, or the name itself, which means the
    /// newest that is ready.
    pub fn version_of(&self, name: &ComponentName, called: &str) -> Result<Upload, HostError> {
        let upload = self.uploaded(called)?;
        match upload.name() == Some(name) {
            true => Ok(upload),
            false => Err(HostError::Unknown {
                what: "version of",
                name: name.to_string(),
                hint: format!(
                    " that is {}: {} is called otherwise",
                    called.chars().take(80).collect::<String>(),
                    upload.title()
                ),
            }),
        }
    }

    /// Whether everything uses the component that a canary shall cover.
    fn check_covered(&self, name: &ComponentName, scope: &CanaryScope) -> Result<(), HostError> {
        let users: BTreeSet<&ResourceName> = Use::of(&self.inner.configuration, name)
            .map(|one| &one.resource.name)
            .collect();
        let unused = match scope {
            CanaryScope::Share(_) => None,
            CanaryScope::Resources(names) => names.iter().find(|name| !users.contains(name)),
        };
        if users.is_empty() || unused.is_some() {
            let names: Vec<&str> = users.iter().map(|name| name.as_str()).collect();
            return Err(HostError::Canary(CanaryError::Unused {
                component: name.clone(),
                resource: unused.cloned(),
                used: names.join(", "),
            }));
        }
        Ok(())
    }

    /// A version that is tried, bound to everything that uses the component: with what is approved
    /// for the active version.
    async fn candidate(
        &self,
        name: &ComponentName,
        upload: &Upload,
    ) -> Result<Arc<Candidate>, HostError> {
        let versions = &self.in_use().versions;
        let grants = versions.get(name).map(|(_, grants)| grants.clone());
        let grants = grants.unwrap_or_default();
        if let Some(known) = self.inner.candidates.find(&upload.digest, &grants) {
            return Ok(known);
        }
        let prepared = self.prepare(upload, name, &grants).await?;
        Ok(Arc::new(Candidate { prepared }))
    }
}

/// A version that is tried, ready to be asked.
pub(crate) struct Candidate {
    prepared: Prepared,
}

impl Candidate {
    fn bound(&self, resource: &ResourceName, world: World) -> Option<Arc<Bound>> {
        self.prepared.bound(resource, world)
    }
}

/// Versions that this process has tried lately: loading one takes long.
#[derive(Default)]
pub(crate) struct Candidates(Mutex<Vec<Arc<Candidate>>>);

impl Candidates {
    /// Components are tried one or a few at a time.
    const MOST: usize = 8;

    fn find(&self, digest: &Digest, grants: &Grants) -> Option<Arc<Candidate>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |one: &&Arc<Candidate>| {
            one.prepared.digest == *digest && one.prepared.grants == *grants
        };
        known.iter().find(same).cloned()
    }

    fn keep(&self, candidate: Arc<Candidate>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|one| one.prepared.name != candidate.prepared.name);
        if known.len() == Self::MOST {
            known.remove(0);
        }
        known.push(candidate);
    }
}

/// Whether a version can be tried at all.
fn check_tried(upload: &Upload, name: &ComponentName) -> Result<(), HostError> {
    let about = upload.about.as_ref().filter(|_| upload.is_ready());
    let about = about.ok_or_else(|| ActivationError::NotReady {
        component: upload.title(),
        state: upload.state(),
    })?;
    match about.world {
        World::Mapping | World::Policy => Ok(()),
        world => Err(HostError::NotComparable {
            component: name.to_string(),
            is: called(world),
        }),
    }
}

/// The version of a component that is active.
fn active_version(work: &Work<'_>, name: &ComponentName) -> Result<Digest, HostError> {
    let activations = work.activations(name)?;
    let active = activations.as_ref().and_then(|all| all.active());
    let active = active.ok_or_else(|| CanaryError::NothingActive {
        component: name.clone(),
    })?;
    Ok(active.digest)
}

/// What somebody who looks at a resource should know of versions that are tried there.
pub(crate) fn attention(view: &View<'_>, resource: &Resource) -> Result<Vec<String>, StoreError> {
    let mut sentences = Vec::new();
    let used = [World::Mapping, World::Policy].map(|world| Use::on(resource, world));
    for name in used.iter().flatten().filter_map(Use::uploaded) {
        let Some(canary) = view.last_canary(name)? else {
            continue;
        };
        let activations = view.activations(name)?;
        let active = activations.as_ref().and_then(|all| all.active());
        let goes_on = active.is_some_and(|active| active.digest == canary.active);
        if !goes_on || !canary.concerns(&resource.name) {
            continue;
        }
        let version = canary.candidate.short();
        let see = format!("see `provisor component compare {name}`");
        match &canary.ended {
            None => sentences.push(format!(
                "{name} {version} is tried on {}; {see}",
                canary.scope
            )),
            Some(end) if end.by.is_none() => sentences.push(format!(
                "{name} {version} is not tried any more, for {}; {see}",
                end.why
            )),
            Some(_) => {}
        }
    }
    Ok(sentences)
}

/// Ends the canary of a component, if one stands.
pub(crate) fn end(
    work: &mut Work<'_>,
    configuration: &Configuration,
    component: &ComponentName,
    by: &PersonName,
    why: &str,
    now: Timestamp,
) -> Result<Option<Canary>, HostError> {
    let Some(mut canary) = work.standing_canary(component)? else {
        return Ok(None);
    };
    canary.end(by, why, now)?;
    work.save_canary(&canary)?;
    let event = Event::new(EventKind::CanaryEnded, why);
    trial::tell(work, configuration, &canary, event, Actor::Person(by), now)?;
    Ok(Some(canary))
}
