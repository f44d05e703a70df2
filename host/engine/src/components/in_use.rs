//! What is in use now, and how another version takes its place while work is under way.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, Weak};

use provisor_model::{ComponentName, Digest, Grants, ResourceName, Upload};
use provisor_sandbox::World;
use provisor_store::StoreError;

use super::binding::BoundUse;
use super::{
    Absence, Bound, Components, Slot, Version, bind_version, load_version, uploaded_names,
};
use crate::configuration::{ConfigurationError, Mistake, Resource};
use crate::{Host, HostError};

/// Everything that is in use. Another version makes another one of these; whoever has taken a
/// component out of it goes on with that until its unit of work is done.
#[derive(Clone)]
pub(crate) struct InUse {
    /// The generation of the store that it was made from.
    pub generation: u64,
    /// The versions of uploaded components that are bound, with what was approved for them.
    pub versions: BTreeMap<ComponentName, (Digest, Grants)>,
    /// By resource.
    pub resources: BTreeMap<ResourceName, Components>,
}

/// A version that is loaded, linked and bound to everything that will use it.
pub(crate) struct Prepared {
    pub name: ComponentName,
    pub digest: Digest,
    pub grants: Grants,
    uses: Vec<BoundUse>,
}

impl Prepared {
    /// What will be used by a resource in a world.
    pub fn bound(&self, resource: &ResourceName, world: World) -> Option<Arc<Bound>> {
        let used = |one: &&BoundUse| one.0 == *resource && one.1 == world;
        self.uses.iter().find(used)?.2.as_ref().ok().cloned()
    }
}

/// A version whose place another one has taken.
pub(crate) struct Replaced {
    name: ComponentName,
    digest: Digest,
    bound: Weak<Bound>,
}

/// Units of work that still go on in this process with a version that is not in use any more.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StillRunning {
    /// The component.
    pub name: ComponentName,
    /// Its version.
    pub digest: Digest,
    /// How many there are.
    pub units: usize,
}

impl Host {
    /// What is in use now.
    pub(crate) fn in_use(&self) -> Arc<InUse> {
        let in_use = self.inner.in_use.read();
        in_use.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The component that does this for a resource; `None` when the configuration names none.
    pub(crate) fn bound(
        &self,
        resource: &Resource,
        world: World,
    ) -> Result<Option<Arc<Bound>>, HostError> {
        match self.in_use().resources.get(&resource.name) {
            Some(components) => components.get(resource, world),
            None => Ok(None),
        }
    }

    /// Takes into use what was activated meanwhile, by whatever process.
    pub(crate) async fn refresh_components(&self) -> Result<(), HostError> {
        let read = self.inner.store.read(|view| view.component_generation());
        match read? == self.in_use().generation {
            true => Ok(()),
            false => self.take_into_use(None).await,
        }
    }

    /// Takes into use what the store says is active. `prepared` is not loaded once more.
    pub(crate) async fn take_into_use(&self, prepared: Option<Prepared>) -> Result<(), HostError> {
        let _one_at_a_time = self.inner.swapping.lock().await;
        let configuration = &self.inner.configuration;
        let names = uploaded_names(configuration);
        let (generation, wanted) = self.inner.store.read(|view| {
            let mut wanted = Vec::new();
            for name in names {
                if let Some(activations) = view.activations(&name)?
                    && let Some(active) = activations.active()
                {
                    wanted.push((name, active.digest, active.grants.clone()));
                }
            }
            Ok::<_, StoreError>((view.component_generation()?, wanted))
        })?;
        let now = self.in_use();
        let mut next = InUse {
            generation,
            ..(*now).clone()
        };
        let mut prepared = prepared;
        for (name, digest, grants) in wanted {
            let version = (digest, grants.clone());
            if now.versions.get(&name) == Some(&version) {
                continue;
            }
            let fitting = prepared
                .take_if(|one| one.name == name && one.digest == digest && one.grants == grants);
            let uses = match fitting {
                Some(prepared) => Ok(prepared.uses),
                None => self.bind(&name, &digest, &grants).await,
            };
            next.put(&name, version, uses);
        }
        self.note_replaced(&now, &next);
        let mut in_use = self.inner.in_use.write();
        **in_use
            .as_mut()
            .unwrap_or_else(|poisoned| poisoned.get_mut()) = Arc::new(next);
        Ok(())
    }

    /// Loads a version and binds it to everything that will use it, without taking it into use.
    ///
    /// # Errors
    ///
    /// When it cannot be loaded, or the settings that the configuration has for it do not fit: with
    /// the places.
    pub(crate) async fn prepare(
        &self,
        upload: &Upload,
        name: &ComponentName,
        grants: &Grants,
    ) -> Result<Prepared, HostError> {
        let uses = self.bind(name, &upload.digest, grants).await;
        let uses = uses.map_err(|problem| HostError::CannotBeUsed {
            component: upload.title(),
            problem,
        })?;
        let mut mistakes: Vec<Mistake> = Vec::new();
        for mistake in uses
            .iter()
            .filter_map(|(.., bound)| bound.as_ref().err())
            .flatten()
        {
            if !mistakes.contains(mistake) {
                mistakes.push(mistake.clone());
            }
        }
        if !mistakes.is_empty() {
            return Err(HostError::DoesNotFit {
                component: upload.title(),
                source: ConfigurationError { mistakes },
            });
        }
        Ok(Prepared {
            name: name.clone(),
            digest: upload.digest,
            grants: grants.clone(),
            uses,
        })
    }

    async fn bind(
        &self,
        name: &ComponentName,
        digest: &Digest,
        grants: &Grants,
    ) -> Result<Vec<BoundUse>, String> {
        let inner = &self.inner;
        let component = load_version(&inner.sandbox, &inner.library, digest).await?;
        let version = Version {
            component,
            grants: grants.clone(),
        };
        Ok(bind_version(&inner.configuration, &inner.origins, name, &version).await)
    }

    /// What still goes on in this process with versions that are not in use any more.
    pub fn still_running(&self) -> Vec<StillRunning> {
        let mut replaced = self.replaced();
        replaced.retain(|one| one.bound.strong_count() > 0);
        let mut running: Vec<StillRunning> = Vec::new();
        for one in replaced.iter() {
            let units = one.bound.strong_count();
            match running.iter_mut().find(|known| known.digest == one.digest) {
                Some(known) => known.units += units,
                None => running.push(StillRunning {
                    name: one.name.clone(),
                    digest: one.digest,
                    units,
                }),
            }
        }
        running
    }

    fn note_replaced(&self, before: &InUse, after: &InUse) {
        let mut replaced = self.replaced();
        replaced.retain(|one| one.bound.strong_count() > 0);
        for (resource, components) in &before.resources {
            for (world, slot) in &components.0 {
                let Slot::Ready(bound) = slot else {
                    continue;
                };
                let now = after.resources.get(resource);
                let is_kept = now.and_then(|now| now.0.get(world)).is_some_and(
                    |slot| matches!(slot, Slot::Ready(other) if Arc::ptr_eq(other, bound)),
                );
                if !is_kept {
                    replaced.push(Replaced {
                        name: match bound.component.about().name.parse() {
                            Ok(name) => name,
                            Err(_) => continue,
                        },
                        digest: *bound.component.digest(),
                        bound: Arc::downgrade(bound),
                    });
                }
            }
        }
    }

    fn replaced(&self) -> std::sync::MutexGuard<'_, Vec<Replaced>> {
        let replaced = self.inner.replaced.lock();
        replaced.unwrap_or_else(PoisonError::into_inner)
    }
}

impl InUse {
    /// Puts a version in the places that use it.
    fn put(
        &mut self,
        name: &ComponentName,
        version: (Digest, Grants),
        uses: Result<Vec<BoundUse>, String>,
    ) {
        let short = version.0.short();
        let uses = match uses {
            Ok(uses) => uses,
            Err(problem) => {
                self.versions.remove(name);
                let problem = format!("version {short} cannot be loaded: {problem}");
                for components in self.resources.values_mut() {
                    for slot in components.0.values_mut() {
                        if slot.is_of(name) {
                            *slot = Slot::Empty(name.clone(), Absence::Unusable(problem.clone()));
                        }
                    }
                }
                return;
            }
        };
        self.versions.insert(name.clone(), version);
        for (resource, world, bound) in uses {
            let slot = match bound {
                Ok(bound) => Slot::Ready(bound),
                Err(mistakes) => {
                    let problem = ConfigurationError { mistakes };
                    let problem = format!("version {short} does not fit the settings: {problem}");
                    Slot::Empty(name.clone(), Absence::Unusable(problem))
                }
            };
            self.resources
                .entry(resource)
                .or_default()
                .0
                .insert(world, slot);
        }
    }
}

impl Slot {
    /// Whether it is the place of an uploaded component.
    fn is_of(&self, name: &ComponentName) -> bool {
        match self {
            Slot::Empty(of, _) => of == name,
            Slot::Ready(bound) => {
                crate::configuration::ComponentReference::Uploaded(name.clone()).to_string()
                    == bound.name
            }
        }
    }
}
