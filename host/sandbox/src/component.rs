//! A loaded component.

use std::fmt;
use std::sync::Arc;

use provisor_model::Digest;
use wasmtime::Engine;
use wasmtime::component::InstancePre;

use crate::bindings::{
    mapping as mapping_bindings, policy as policy_bindings, reader as reader_bindings,
    ticketing as ticketing_bindings,
};
use crate::call::Call;
use crate::error::{CallError, LoadError, WrongWorld};
use crate::inspection::{About, Inspection, World};
use crate::limits::Limits;
use crate::mapping::Mapping;
use crate::observer::Observer;
use crate::policy::Policy;
use crate::reader::Reader;
use crate::run::{Run, clip};
use crate::state::State;
use crate::ticketing::Ticketing;
use crate::watch::Watch;

/// A loaded component, ready to run. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub engine: Engine,
    /// Whether the engine counts how much a component computes.
    pub fuel: bool,
    pub linked: Linked,
    pub inspection: Inspection,
    pub observer: Option<Arc<dyn Observer>>,
}

/// A component linked for its world.
pub(crate) enum Linked {
    Reader(reader_bindings::ReaderPre<State>),
    Mapping(mapping_bindings::MappingPre<State>),
    Policy(policy_bindings::PolicyPre<State>),
    Ticketing(ticketing_bindings::TicketingPre<State>),
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component")
            .field("world", &self.world())
            .field("name", &self.about().name)
            .field("digest", self.digest())
            .finish_non_exhaustive()
    }
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSON pointer.
    pub path: String,
    /// What.
    pub message: String,
}

/// Problems that are shown; a component with more of them has said enough.
const PROBLEMS: usize = 100;

impl Component {
    pub(crate) fn new(
        engine: Engine,
        fuel: bool,
        pre: InstancePre<State>,
        inspection: Inspection,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self, LoadError> {
        let wrong = |error: wasmtime::Error| LoadError::Invalid(format!("{error:#}"));
        let linked = match inspection.world {
            World::Reader => Linked::Reader(reader_bindings::ReaderPre::new(pre).map_err(wrong)?),
            World::Mapping => {
                Linked::Mapping(mapping_bindings::MappingPre::new(pre).map_err(wrong)?)
            }
            World::Policy => Linked::Policy(policy_bindings::PolicyPre::new(pre).map_err(wrong)?),
            World::Ticketing => {
                Linked::Ticketing(ticketing_bindings::TicketingPre::new(pre).map_err(wrong)?)
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                fuel,
                linked,
                inspection,
                observer,
            }),
        })
    }

    /// Its identity: the SHA-256 of its bytes.
    pub fn digest(&self) -> &Digest {
        &self.inner.inspection.digest
    }

    /// What it is.
    pub fn world(&self) -> World {
        self.inner.inspection.world
    }

    /// What it says of itself.
    pub fn about(&self) -> &About {
        &self.inner.inspection.about
    }

    /// As a reader.
    pub fn reader(&self) -> Result<Reader, WrongWorld> {
        self.ensure(World::Reader).map(|()| Reader(self.clone()))
    }

    /// As a mapping.
    pub fn mapping(&self) -> Result<Mapping, WrongWorld> {
        self.ensure(World::Mapping).map(|()| Mapping(self.clone()))
    }

    /// As a policy.
    pub fn policy(&self) -> Result<Policy, WrongWorld> {
        self.ensure(World::Policy).map(|()| Policy(self.clone()))
    }

    /// As what keeps tickets.
    pub fn ticketing(&self) -> Result<Ticketing, WrongWorld> {
        self.ensure(World::Ticketing)
            .map(|()| Ticketing(self.clone()))
    }

    /// What the component has to say against its settings.
    pub async fn check_settings(&self, call: &Call) -> Result<Vec<Problem>, CallError> {
        const FUNCTION: &str = "check-settings";
        let mut run = self.run(call, None)?;
        macro_rules! ask {
            ($pre:expr) => {
                run.call(FUNCTION, async |store| {
                    let instance = $pre.instantiate_async(&mut *store).await?;
                    let problems = instance
                        .provisor_connector_about()
                        .call_check_settings(&mut *store)
                        .await?;
                    Ok(problems
                        .into_iter()
                        .take(PROBLEMS)
                        .map(|problem| Problem {
                            path: clip(problem.path),
                            message: clip(problem.message),
                        })
                        .collect())
                })
                .await
            };
        }
        match &self.inner.linked {
            Linked::Reader(pre) => ask!(pre),
            Linked::Mapping(pre) => ask!(pre),
            Linked::Policy(pre) => ask!(pre),
            Linked::Ticketing(pre) => ask!(pre),
        }
    }

    pub(crate) fn run(
        &self,
        call: &Call,
        input: Option<crate::call::Input>,
    ) -> Result<Run, CallError> {
        let Inner { engine, fuel, .. } = &*self.inner;
        let watch = Watch::of(self);
        Run::new(engine, *fuel, *self.digest(), call, input, watch)
    }

    /// Asks the component to describe itself.
    pub(crate) async fn describe(&self, limits: Limits) -> Result<About, LoadError> {
        let call = Call {
            settings: "{}".to_owned(),
            limits,
            ..Call::default()
        };
        let failed = |error: CallError| LoadError::Describe(error.to_string());
        let mut run = self.run(&call, None).map_err(failed)?;
        macro_rules! ask {
            ($pre:expr) => {
                run.call("describe", async |store| {
                    let instance = $pre.instantiate_async(&mut *store).await?;
                    let described = instance
                        .provisor_connector_about()
                        .call_describe(&mut *store)
                        .await?;
                    Ok((
                        About {
                            name: described.name,
                            version: described.version,
                            summary: described.summary,
                            capabilities: described.capabilities,
                            settings_schema: serde_json::Value::Null,
                            origins: described.origins,
                        },
                        described.settings_schema,
                    ))
                })
                .await
            };
        }
        let (mut about, schema) = match &self.inner.linked {
            Linked::Reader(pre) => ask!(pre),
            Linked::Mapping(pre) => ask!(pre),
            Linked::Policy(pre) => ask!(pre),
            Linked::Ticketing(pre) => ask!(pre),
        }
        .map_err(failed)?;
        // A schema that is no JSON stays null, which no section can say.
        about.settings_schema = serde_json::from_str(&schema).unwrap_or_default();
        Ok(about)
    }

    /// Asks the component to describe itself and compares that with its section.
    pub(crate) async fn compare_description(&self, limits: Limits) -> Result<(), LoadError> {
        let described = self.describe(limits).await?;
        let about = self.about();
        let differs = [
            (described.name != about.name, "name"),
            (described.version != about.version, "version"),
            (described.summary != about.summary, "summary"),
            (described.capabilities != about.capabilities, "capabilities"),
            (described.origins != about.origins, "origins"),
            (
                described.settings_schema != about.settings_schema,
                "settings-schema",
            ),
        ];
        match differs.into_iter().find(|(differs, _)| *differs) {
            Some((_, what)) => Err(LoadError::TwoTongues(what)),
            None => Ok(()),
        }
    }

    fn ensure(&self, wanted: World) -> Result<(), WrongWorld> {
        let is = self.world();
        if is == wanted {
            Ok(())
        } else {
            Err(WrongWorld { is, wanted })
        }
    }
}
