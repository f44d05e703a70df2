//! The components that the configuration binds to resources.

mod binding;
mod in_use;
mod loading;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use provisor_model::{ComponentName, Grants, ResourceName};
use provisor_sandbox::egress::Origins;
use provisor_sandbox::{Call, CallError, Component, Sandbox, Traits, World};

use crate::HostError;
use crate::configuration::{
    ComponentReference, ComponentUse, Configuration, ConfigurationError, Resource,
};

pub(crate) use binding::{bind_candidate, bind_version, called};
pub use in_use::StillRunning;
pub(crate) use in_use::{InUse, Prepared, Replaced};
pub(crate) use loading::load_version;

/// The components of one resource, by what they do.
#[derive(Clone, Default)]
pub(crate) struct Components(BTreeMap<World, Slot>);

/// The place of one component of a resource.
#[derive(Clone)]
pub(crate) enum Slot {
    /// It is ready to run.
    Ready(Arc<Bound>),
    /// The configuration names one that was uploaded, and there is none that could run.
    Empty(ComponentName, Absence),
}

/// Why an uploaded component is not there to be run.
#[derive(Debug, Clone)]
pub(crate) enum Absence {
    /// No version of it is active.
    NotActive,
    /// The active version cannot be used.
    Unusable(String),
}

/// A component together with what the configuration says about it. Whoever works with it holds it,
/// also when another version has come into use meanwhile.
pub(crate) struct Bound {
    /// How the configuration calls it.
    pub name: String,
    pub component: Component,
    pub call: Call,
    /// How the ticket system that it speaks to behaves, once it was asked.
    pub behaviour: OnceLock<Traits>,
}

impl Bound {
    pub fn failed(&self, resource: &Resource, source: CallError) -> HostError {
        HostError::Component {
            resource: resource.name.clone(),
            component: self.name.clone(),
            source: Box::new(source),
        }
    }
}

/// A version of an uploaded component that is loaded, with what was approved for it.
#[derive(Clone)]
pub(crate) struct Version {
    pub component: Component,
    pub grants: Grants,
}

/// One use of a component by a resource.
#[derive(Clone, Copy)]
pub(crate) struct Use<'c> {
    pub resource: &'c Resource,
    pub world: World,
    pub used: &'c ComponentUse,
}

impl<'c> Use<'c> {
    /// All that the configuration has.
    pub fn all(configuration: &'c Configuration) -> impl Iterator<Item = Use<'c>> {
        configuration.resources.values().flat_map(|resource| {
            World::ALL
                .into_iter()
                .filter_map(move |world| Use::on(resource, world))
        })
    }

    /// What a resource uses in a world.
    pub fn on(resource: &'c Resource, world: World) -> Option<Use<'c>> {
        let used = used(resource, world)?;
        Some(Use {
            resource,
            world,
            used,
        })
    }

    /// Those of an uploaded component.
    pub fn of(
        configuration: &'c Configuration,
        name: &ComponentName,
    ) -> impl Iterator<Item = Use<'c>> {
        Self::all(configuration).filter(move |one| one.uploaded() == Some(name))
    }

    /// The name of the uploaded component that is used.
    pub fn uploaded(&self) -> Option<&'c ComponentName> {
        match &self.used.component {
            ComponentReference::Uploaded(name) => Some(name),
            ComponentReference::Builtin(_) | ComponentReference::File(_) => None,
        }
    }

    /// The key of the resource under which the configuration names it.
    fn role(&self) -> &'static str {
        match self.world {
            World::Mapping => "mapping",
            World::Policy => "policy",
            World::Reader => "reader",
            World::Ticketing => "tickets",
        }
    }

    /// Which use it is, in a word: `payroll.mapping`.
    pub fn label(&self) -> String {
        format!("{}.{}", self.resource.name, self.role())
    }
}

/// The component that a resource uses in a world.
fn used(resource: &Resource, world: World) -> Option<&ComponentUse> {
    match world {
        World::Mapping => resource.mapping.as_ref(),
        World::Policy => resource.policy.as_ref(),
        World::Reader => resource.reader.as_ref().map(|reader| &reader.component),
        World::Ticketing => resource.tickets.as_ref().map(|used| &used.component),
    }
}

/// The names of the uploaded components that the configuration uses.
pub(crate) fn uploaded_names(configuration: &Configuration) -> Vec<ComponentName> {
    let mut names: Vec<_> = Use::all(configuration)
        .filter_map(|one| one.uploaded().cloned())
        .collect();
    names.sort();
    names.dedup();
    names
}

impl Components {
    /// Loads every component once that is built in or a file, and checks the settings of every use.
    /// All mistakes are reported together, each with its place in the configuration. The places of
    /// uploaded ones are empty.
    pub async fn load_all(
        sandbox: &Sandbox,
        configuration: &Configuration,
        origins: &Origins,
    ) -> Result<BTreeMap<ResourceName, Components>, HostError> {
        let loaded = loading::load_each(sandbox, configuration).await;
        let names = configuration.resources.keys();
        let mut all: BTreeMap<_, _> = names
            .map(|name| (name.clone(), Components::default()))
            .collect();
        let mut binding = binding::Binding::new(origins);
        for system in configuration.ticket_systems.values() {
            if !matches!(system.component.component, ComponentReference::Uploaded(_)) {
                binding.reach(system, None);
            }
        }
        for one in Use::all(configuration) {
            let slot = match one.uploaded() {
                Some(name) => Some(Slot::Empty(name.clone(), Absence::NotActive)),
                None => {
                    let component = &loaded[&one.used.component.to_string()];
                    let bound = binding.bind(one, component.as_ref(), None).await;
                    bound.map(Slot::Ready)
                }
            };
            if let (Some(slot), Some(components)) = (slot, all.get_mut(&one.resource.name)) {
                components.0.insert(one.world, slot);
            }
        }
        let mut mistakes = binding.mistakes;
        mistakes.sort_by(|one, other| one.location.cmp(&other.location));
        match mistakes {
            mistakes if mistakes.is_empty() => Ok(all),
            mistakes => Err(ConfigurationError { mistakes }.into()),
        }
    }

    /// The component that does this for a resource; `None` when the configuration names none.
    ///
    /// # Errors
    ///
    /// When it names one that was uploaded, and there is none that could run.
    pub fn get(&self, resource: &Resource, world: World) -> Result<Option<Arc<Bound>>, HostError> {
        match self.0.get(&world) {
            None => Ok(None),
            Some(Slot::Ready(bound)) => Ok(Some(bound.clone())),
            Some(Slot::Empty(name, Absence::NotActive)) => Err(HostError::NotActive {
                resource: resource.name.clone(),
                component: name.clone(),
            }),
            Some(Slot::Empty(name, Absence::Unusable(problem))) => Err(HostError::Unusable {
                resource: resource.name.clone(),
                component: name.clone(),
                problem: problem.clone(),
            }),
        }
    }
}
