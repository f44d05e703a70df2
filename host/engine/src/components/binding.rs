//! A component and its use are put together: settings, secrets, limits, and what it may reach.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use provisor_model::{ComponentName, Grants, ResourceName, TicketSystemName};
use provisor_sandbox::egress::{
    Egress, EgressConfig, EgressError, EgressLimits, Grant, Origin, Origins, Withheld,
};
use provisor_sandbox::{Call, Component, World};

use super::{Bound, Use, Version};
use crate::configuration::{
    ComponentUse, Configuration, ConfigurationError, Mistake, TicketSystemUse, settings_schema,
};

/// Puts components and their uses together, and collects what does not fit.
pub(super) struct Binding<'o> {
    origins: &'o Origins,
    reached: BTreeMap<TicketSystemName, Egress>,
    pub mistakes: Vec<Mistake>,
}

impl<'o> Binding<'o> {
    pub fn new(origins: &'o Origins) -> Self {
        Self {
            origins,
            reached: BTreeMap::new(),
            mistakes: Vec::new(),
        }
    }

    /// Prepares the way to a ticket system, for all resources that use it.
    /// Of an uploaded component only what is approved is reached.
    pub fn reach(&mut self, system: &TicketSystemUse, version: Option<&Version>) {
        match egress(system, self.origins, version) {
            Ok(egress) => {
                self.reached.insert(system.name.clone(), egress);
            }
            Err(error) => {
                let path = format!("ticket-system.{}.component", system.name);
                let mistake = system.component.mistake("", &path, error.to_string());
                self.mistakes.push(mistake);
            }
        }
    }

    /// Binds a component to one use. Of an uploaded one `grants` are approved; the others may use
    /// whatever the configuration has for them.
    pub async fn bind(
        &mut self,
        one: Use<'_>,
        component: Result<&Component, &String>,
        grants: Option<&Grants>,
    ) -> Option<Arc<Bound>> {
        let path = format!("resource.{}", one.label());
        let system = one.resource.tickets.as_ref().map(|used| &used.system);
        let system = system.filter(|_| one.world == World::Ticketing);
        // What all resources of a ticket system share is said there.
        let shared = system.map_or(path.clone(), |name| format!("ticket-system.{name}"));
        let before = self.mistakes.len();
        let mut mistaken = |pointer: &str, path: &str, message: String| {
            let mistake = one.used.mistake(pointer, path, message);
            if !self.mistakes.contains(&mistake) {
                self.mistakes.push(mistake);
            }
        };
        let name = one.used.component.to_string();
        let component = match component {
            Ok(component) => component.clone(),
            Err(problem) => {
                mistaken("", &format!("{shared}.component"), problem.clone());
                return None;
            }
        };
        if component.world() != one.world {
            let (is, should) = (called(component.world()), called(one.world));
            let message = format!("{name} is {is}, not {should}");
            mistaken("", &format!("{shared}.component"), message);
            return None;
        }
        let egress = system.and_then(|system| self.reached.get(system));
        let bound = Bound {
            call: Call {
                egress: egress.cloned(),
                ..call(one, grants)
            },
            name,
            component,
            behaviour: OnceLock::new(),
        };
        for (pointer, message) in problems(&bound, one.used).await {
            let path = match one.used.is_laid_over(&pointer) {
                true => &path,
                false => &shared,
            };
            let path = format!("{path}.settings{}", pointer.replace('/', "."));
            mistaken(&pointer, &path, message);
        }
        (self.mistakes.len() == before).then(|| Arc::new(bound))
    }
}

/// What came of binding a version to one use.
pub(crate) type BoundUse = (ResourceName, World, Result<Arc<Bound>, Vec<Mistake>>);

/// Binds a version of an uploaded component to everything that uses it.
pub(crate) async fn bind_version(
    configuration: &Configuration,
    origins: &Origins,
    name: &ComponentName,
    version: &Version,
) -> Vec<BoundUse> {
    let mut all = Vec::new();
    let mut binding = Binding::new(origins);
    for one in Use::of(configuration, name) {
        if let Some(used) = &one.resource.tickets
            && one.world == World::Ticketing
            && !binding.reached.contains_key(&used.system)
            && let Some(system) = configuration.ticket_systems.get(&used.system)
        {
            binding.reach(system, Some(version));
        }
        let bound = binding
            .bind(one, Ok(&version.component), Some(&version.grants))
            .await;
        let mistakes = std::mem::take(&mut binding.mistakes);
        let bound = bound.filter(|_| mistakes.is_empty()).ok_or(mistakes);
        all.push((one.resource.name.clone(), one.world, bound));
    }
    all
}

/// Binds another version to a use that has one: it works with the same settings, secrets and limits.
///
/// # Errors
///
/// When the settings do not fit it: each with its place.
pub(crate) async fn bind_candidate(
    origins: &Origins,
    one: Use<'_>,
    component: &Component,
    grants: Option<&Grants>,
) -> Result<Arc<Bound>, ConfigurationError> {
    let mut binding = Binding::new(origins);
    let bound = binding.bind(one, Ok(component), grants).await;
    let mistakes = binding.mistakes;
    bound.ok_or(ConfigurationError { mistakes })
}

/// What a component of a world is called in a sentence.
pub(crate) fn called(world: World) -> &'static str {
    match world {
        World::Mapping => "a mapping",
        World::Policy => "a policy",
        World::Reader => "a reader",
        World::Ticketing => "one that keeps tickets",
    }
}

fn call(one: Use<'_>, grants: Option<&Grants>) -> Call {
    let mut secrets = one.used.secrets.reveal();
    if let Some(grants) = grants {
        secrets.retain(|name, _| grants.secrets.contains(name));
    }
    Call {
        settings: one.used.settings.to_string(),
        secrets,
        limits: one.used.limits.apply(provisor_sandbox::Limits::default()),
        label: one.label(),
        ..Call::default()
    }
}

/// What the component of a ticket system may reach: the same connections, tokens and rates for all
/// resources.
fn egress(
    system: &TicketSystemUse,
    origins: &Origins,
    version: Option<&Version>,
) -> Result<Egress, EgressError> {
    let defaults = EgressLimits::default();
    let limits = EgressLimits {
        parallel: system.parallel,
        rate: system.per_minute.unwrap_or(defaults.rate),
        ..defaults
    };
    let mut config = EgressConfig {
        reach: system.reach.clone(),
        withheld: Vec::new(),
        limits,
    };
    if let Some(version) = version {
        let approved = |grant: &Grant| version.grants.origins.contains(&grant.origin.to_string());
        let refused = config.reach.extract_if(.., |grant| !approved(grant));
        config.withheld = refused
            .map(|grant| withheld(version, grant.origin))
            .collect();
    }
    Egress::new(config, origins)
}

/// The configuration provides for an origin, and nobody has approved it for this version.
fn withheld(version: &Version, origin: Origin) -> Withheld {
    let component = &version.component;
    Withheld {
        remedy: format!(
            "the configuration has it, and it was not approved for {} {}; if it should be, \
             `provisor component activate {} --keep-grants --grant {origin} --as PERSON`",
            component.about().name,
            component.about().version,
            component.digest().short()
        ),
        origin,
    }
}

/// What the schema and the component itself have to say about the settings. The component is
/// only asked about settings that its schema accepts.
async fn problems(bound: &Bound, used: &ComponentUse) -> Vec<(String, String)> {
    let schema = &bound.component.about().settings_schema;
    match settings_schema::validate(schema, &used.settings) {
        Err(error) => return vec![(String::new(), error.to_string())],
        Ok(problems) if !problems.is_empty() => return problems,
        Ok(_) => {}
    }
    match bound.component.check_settings(&bound.call).await {
        Ok(problems) => problems
            .into_iter()
            .map(|problem| (problem.path, problem.message))
            .collect(),
        Err(error) => vec![(
            String::new(),
            format!("the component could not check them: {error}"),
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = r#"
        [resource.app]
        identifier = "login"
        operators = ["eva"]
        attributes.login = {}

        [resource.app.mapping]
        component = "uploaded:staff"
        secrets.token = { file = "secret" }
        secrets.other = { file = "secret" }
    "#;

    #[test]
    fn an_uploaded_component_can_read_the_secrets_that_were_approved_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "swordfish").unwrap();
        let configuration =
            Configuration::parse(CONFIGURATION, folder.path(), "provisor.toml").unwrap();
        let one = Use::all(&configuration).next().unwrap();
        let names = |grants: Option<&Grants>| {
            let call = call(one, grants);
            call.secrets.into_keys().collect::<Vec<_>>()
        };
        let mut grants = Grants::default();
        assert_eq!(names(Some(&grants)), Vec::<String>::new());
        grants.secrets.insert("token".to_owned());
        grants.secrets.insert("unknown".to_owned());
        assert_eq!(names(Some(&grants)), ["token"]);
        assert_eq!(names(None), ["other", "token"]);
    }
}
