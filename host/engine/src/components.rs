//! The components that the configuration binds to resources.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use provisor_model::ResourceName;
use provisor_sandbox::egress::{Egress, EgressConfig, EgressError, EgressLimits, Origins};
use provisor_sandbox::{Call, CallError, Component, LoadError, Sandbox, World};

use crate::HostError;
use crate::configuration::{
    ComponentReference, ComponentUse, Configuration, ConfigurationError, Mistake, Resource,
    TicketSystemUse, settings_schema,
};

/// The largest component file that is read.
const LARGEST_COMPONENT: u64 = 32 * 1024 * 1024;

/// The components of one resource, ready to run.
#[derive(Default)]
pub(crate) struct Components {
    pub mapping: Option<Bound>,
    pub policy: Option<Bound>,
    pub reader: Option<Bound>,
    pub tickets: Option<Bound>,
}

/// A component together with what the configuration says about it.
#[derive(Clone)]
pub(crate) struct Bound {
    /// How the configuration calls it.
    pub name: String,
    pub component: Component,
    pub call: Call,
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

/// Where a resource uses a component.
const USES: [(&str, World); 4] = [
    ("mapping", World::Mapping),
    ("policy", World::Policy),
    ("reader", World::Reader),
    ("tickets", World::Ticketing),
];

impl Components {
    /// Loads every component once, and checks the settings of every use. All mistakes are
    /// reported together, each with its place in the configuration.
    pub async fn load_all(
        sandbox: &Sandbox,
        configuration: &Configuration,
        origins: &Origins,
    ) -> Result<BTreeMap<ResourceName, Components>, HostError> {
        let loaded = load_each(sandbox, configuration).await;
        let mut all = BTreeMap::new();
        let mut mistakes: Vec<Mistake> = Vec::new();
        let mut reached = BTreeMap::new();
        for system in configuration.ticket_systems.values() {
            match egress(system, origins) {
                Ok(egress) => {
                    reached.insert(&system.name, egress);
                }
                Err(error) => {
                    let path = format!("ticket-system.{}.component", system.name);
                    mistakes.push(system.component.mistake("", &path, error.to_string()));
                }
            }
        }
        for resource in configuration.resources.values() {
            let mut components = Components::default();
            for (role, world) in USES {
                let Some(used) = used(resource, world) else {
                    continue;
                };
                let place = match world {
                    World::Mapping => &mut components.mapping,
                    World::Policy => &mut components.policy,
                    World::Reader => &mut components.reader,
                    World::Ticketing => &mut components.tickets,
                };
                let path = format!("resource.{}.{role}", resource.name);
                let system = resource.tickets.as_ref().map(|used| &used.system);
                let system = system.filter(|_| world == World::Ticketing);
                // What all resources of a ticket system share is said there.
                let shared = system.map_or(path.clone(), |name| format!("ticket-system.{name}"));
                let mut mistaken = |pointer: &str, path: &str, message: String| {
                    let mistake = used.mistake(pointer, path, message);
                    if !mistakes.contains(&mistake) {
                        mistakes.push(mistake);
                    }
                };
                let name = used.component.to_string();
                let component = match &loaded[&name] {
                    Ok(component) => component.clone(),
                    Err(problem) => {
                        mistaken("", &format!("{shared}.component"), problem.clone());
                        continue;
                    }
                };
                if component.world() != world {
                    let (is, should) = (called(component.world()), called(world));
                    mistaken(
                        "",
                        &format!("{shared}.component"),
                        format!("{name} is {is}, not {should}"),
                    );
                    continue;
                }
                let egress = system.and_then(|system| reached.get(system));
                let bound = Bound {
                    call: Call {
                        egress: egress.cloned(),
                        ..call(resource, role, used)
                    },
                    name,
                    component,
                };
                for (pointer, message) in problems(&bound, used).await? {
                    let path = match used.is_laid_over(&pointer) {
                        true => &path,
                        false => &shared,
                    };
                    let path = format!("{path}.settings{}", pointer.replace('/', "."));
                    mistaken(&pointer, &path, message);
                }
                *place = Some(bound);
            }
            all.insert(resource.name.clone(), components);
        }
        if mistakes.is_empty() {
            Ok(all)
        } else {
            Err(ConfigurationError { mistakes }.into())
        }
    }
}

/// What a component of a world is called in a sentence.
fn called(world: World) -> &'static str {
    match world {
        World::Mapping => "a mapping",
        World::Policy => "a policy",
        World::Reader => "a reader",
        World::Ticketing => "one that keeps tickets",
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

/// Loads each component that the configuration names, once and side by side: whatever is not in
/// the cache has to be compiled, and that takes seconds.
async fn load_each(
    sandbox: &Sandbox,
    configuration: &Configuration,
) -> HashMap<String, Result<Component, String>> {
    let references: BTreeMap<String, &ComponentReference> = configuration
        .resources
        .values()
        .flat_map(|resource| USES.map(|(_, world)| used(resource, world)))
        .flatten()
        .map(|used| (used.component.to_string(), &used.component))
        .collect();
    let together = std::thread::available_parallelism().map_or(1, usize::from);
    // Boxed, so that whoever opens a host may do so in a task of its own: for the plain futures of a
    // closure the compiler cannot tell that they may be sent to another thread.
    let loads: Vec<BoxFuture<'_, _>> = references
        .into_iter()
        .map(|(name, reference)| async move { (name, load(sandbox, reference).await) }.boxed())
        .collect();
    futures_util::stream::iter(loads)
        .buffer_unordered(together)
        .collect()
        .await
}

fn call(resource: &Resource, role: &str, used: &ComponentUse) -> Call {
    Call {
        settings: used.settings.to_string(),
        secrets: used.secrets.reveal(),
        limits: used.limits.apply(provisor_sandbox::Limits::default()),
        egress: None,
        label: format!("{}.{role}", resource.name),
    }
}

/// What the component of a ticket system may reach: the same connections, tokens and rates for all
/// resources.
fn egress(system: &TicketSystemUse, origins: &Origins) -> Result<Egress, EgressError> {
    let defaults = EgressLimits::default();
    let limits = EgressLimits {
        parallel: system.parallel,
        rate: system.per_minute.unwrap_or(defaults.rate),
        ..defaults
    };
    let reach = system.reach.clone();
    Egress::new(EgressConfig { reach, limits }, origins)
}

async fn load(sandbox: &Sandbox, reference: &ComponentReference) -> Result<Component, String> {
    let bytes = match reference {
        ComponentReference::Builtin(name) => provisor_builtin::by_name(name)
            .ok_or_else(|| {
                format!(
                    "there is no built-in component {name}; there are {}",
                    provisor_builtin::names().join(", ")
                )
            })?
            .to_vec(),
        ComponentReference::File(path) => read_component(path)?,
    };
    sandbox
        .load(&bytes)
        .await
        .map_err(|error: LoadError| error.to_string())
}

fn read_component(path: &std::path::Path) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let cannot = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let metadata = std::fs::metadata(path).map_err(cannot)?;
    if !metadata.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .map_err(cannot)?
        .take(LARGEST_COMPONENT + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > LARGEST_COMPONENT {
        return Err(format!(
            "{} is larger than {LARGEST_COMPONENT} bytes",
            path.display()
        ));
    }
    Ok(bytes)
}

/// What the schema and the component itself have to say about the settings. The component is
/// only asked about settings that its schema accepts.
async fn problems(bound: &Bound, used: &ComponentUse) -> Result<Vec<(String, String)>, HostError> {
    let schema = &bound.component.about().settings_schema;
    match settings_schema::validate(schema, &used.settings) {
        Err(error) => return Ok(vec![(String::new(), error.to_string())]),
        Ok(problems) if !problems.is_empty() => return Ok(problems),
        Ok(_) => {}
    }
    match bound.component.check_settings(&bound.call).await {
        Ok(problems) => Ok(problems
            .into_iter()
            .map(|problem| (problem.path, problem.message))
            .collect()),
        Err(error) => Ok(vec![(
            String::new(),
            format!("the component could not check them: {error}"),
        )]),
    }
}
