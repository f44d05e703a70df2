//! What another version of a component would have said: it is asked beside the active one, and both
//! are compared. Nothing is changed by that.
//!
//! A mapping is asked about the identities that should have an account on the resource, as they were
//! described last. A policy is asked about what it was shown lately, with the times and counters of
//! that moment.

mod mapping;
mod policy;

use provisor_model::{Comparison, Digest, ResourceName};
use provisor_sandbox::{Component, World};

use crate::components::{Use, bind_candidate, called};
use crate::{Host, HostError};

/// Failures of the candidate after which it is not asked any more.
const FAILURES: u32 = 10;

/// Inputs that are looked at in one go.
const BATCH: usize = 100;

/// How much is compared, and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayOptions {
    /// At most so many inputs; of a policy the last ones. Default: all that there are.
    pub limit: usize,
    /// Examples of each kind of difference. Default 3.
    pub examples: usize,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self {
            limit: usize::MAX,
            examples: 3,
        }
    }
}

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// Inputs of which both versions were asked.
    pub done: u64,
    /// Inputs that there are.
    pub of: u64,
}

/// What another version would have said.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Replay {
    /// On which resource.
    pub resource: ResourceName,
    /// What the component does there: `mapping` or `policy`.
    pub world: String,
    /// The version that is active.
    pub active: VersionFacts,
    /// The version that was tried.
    pub candidate: VersionFacts,
    /// Inputs that there are: identities that should have an account, or recorded proposals.
    pub inputs: u64,
    /// What came of those that were compared.
    pub comparison: Comparison,
    /// Whether the candidate failed so often that it was not asked about the rest.
    pub gave_up: bool,
    /// Recorded proposals about which the active version itself says something else today than it
    /// said then, because it or its settings changed since.
    pub decided_otherwise: u64,
}

/// A version of a component, for people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct VersionFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its identity.
    pub digest: Digest,
}

impl VersionFacts {
    pub(crate) fn of(component: &Component) -> Self {
        let about = component.about();
        Self {
            name: about.name.clone(),
            version: about.version.clone(),
            digest: *component.digest(),
        }
    }
}

impl Host {
    /// A component from its bytes, ready to be asked.
    pub async fn load_component(&self, bytes: &[u8]) -> Result<Component, HostError> {
        let loaded = self.inner.sandbox.load(bytes).await;
        loaded.map_err(|source| HostError::Load {
            component: "given".to_owned(),
            source,
        })
    }

    /// The resources whose mapping, or policy, a component could be.
    pub fn replayable(&self, component: &Component) -> Vec<ResourceName> {
        let world = component.world();
        self.inner
            .configuration
            .resources
            .values()
            .filter(|resource| Use::on(resource, world).is_some())
            .map(|resource| resource.name.clone())
            .collect()
    }

    /// Those of them that use a component of the same name.
    pub fn users_of(&self, component: &Component) -> Vec<ResourceName> {
        let world = component.world();
        let mut users = self.replayable(component);
        users.retain(|name| {
            let resource = self.inner.configuration.resources.get(name);
            let active = resource.and_then(|resource| self.bound(resource, world).ok()?);
            active.is_some_and(|one| one.component.about().name == component.about().name)
        });
        users
    }

    /// What a version of the mapping or policy of a resource would have said, compared with what the
    /// active one says. It works with the settings, secrets and limits of the active one. Changes
    /// nothing, and uses as much memory however much there is to compare.
    ///
    /// `progress` is told from time to time how far it has come.
    ///
    /// # Errors
    ///
    /// When the resource has no component of this world, or its settings do not fit the candidate.
    /// Single inputs that fail are differences, and no error.
    pub async fn replay(
        &self,
        resource: &str,
        candidate: &Component,
        options: &ReplayOptions,
        progress: &(dyn Fn(Replayed) + Sync),
    ) -> Result<Replay, HostError> {
        let resource = self.resource(resource)?;
        let world = candidate.world();
        if !matches!(world, World::Mapping | World::Policy) {
            return Err(HostError::NotComparable {
                component: candidate.about().name.clone(),
                is: called(world),
            });
        }
        self.refresh_components().await?;
        let uses = Use::on(resource, world).zip(self.bound(resource, world)?);
        let (one, active) = uses.ok_or_else(|| HostError::Unknown {
            what: "component on",
            name: resource.name.to_string(),
            hint: format!(
                " that is {}: there is nothing to compare with",
                called(world)
            ),
        })?;
        let in_use = self.in_use();
        let approved = one.uploaded().and_then(|name| in_use.versions.get(name));
        let grants = approved.map(|(_, grants)| grants);
        let candidate = bind_candidate(&self.inner.origins, one, candidate, grants).await?;
        let mut replay = Replay {
            resource: resource.name.clone(),
            world: world.to_string(),
            active: VersionFacts::of(&active.component),
            candidate: VersionFacts::of(&candidate.component),
            inputs: 0,
            comparison: Comparison::with_examples(options.examples),
            gave_up: false,
            decided_otherwise: 0,
        };
        match world {
            World::Policy => {
                self.replay_policy(&mut replay, resource, active, candidate, options, progress)
                    .await?;
            }
            _ => {
                self.replay_mapping(&mut replay, resource, active, candidate, options, progress)
                    .await?;
            }
        }
        Ok(replay)
    }
}

impl Replay {
    /// How often the candidate may still fail.
    fn failures_left(&self) -> u32 {
        FAILURES.saturating_sub(u32::try_from(self.comparison.failed).unwrap_or(u32::MAX))
    }

    /// Whether there is more to compare, and sense in it.
    fn goes_on(&mut self, options: &ReplayOptions) -> bool {
        if self.failures_left() == 0 && self.comparison.compared < self.inputs {
            self.gave_up = true;
        }
        !self.gave_up && self.comparison.compared < options.limit as u64
    }

    fn room(&self, options: &ReplayOptions) -> usize {
        let done = usize::try_from(self.comparison.compared).unwrap_or(usize::MAX);
        options.limit.saturating_sub(done).min(BATCH)
    }

    fn replayed(&self, options: &ReplayOptions) -> Replayed {
        Replayed {
            done: self.comparison.compared,
            of: self.inputs.min(options.limit as u64),
        }
    }
}
