//! One engine with its limits and its cache.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use provisor_model::Digest;
use wasmtime::component::{Component as Code, Linker};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, PoolingAllocatorMetrics,
    WasmFeatures,
};

use crate::bindings;
use crate::cache::Cache;
use crate::component::Component;
use crate::config::{Allocation, Compiler, LoadLimits, SandboxConfig};
use crate::error::{LoadError, SandboxError};
use crate::inspection::{Inspection, World, about, inspect, inspect_unstamped};
use crate::limits::{
    CORE_INSTANCES, DEEP, DESCRIBE_CPU, Limits, MEMORIES, POOL_CORE_INSTANCES, POOL_KEEP,
    POOL_MEMORIES, POOL_TABLES, STACK, STACK_OF_FIBER, TABLE_ELEMENTS, TABLES, TICK,
};
use crate::observer::{Loaded, Observer};
use crate::state::State;
use crate::{compile, inert};

/// One engine with its limits and its cache. Cheap to clone; all clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

/// A component that became machine code and was not asked yet what it is.
pub struct Compiled {
    component: Component,
    /// How long compiling took if it had to be.
    compiled: Option<Duration>,
    begun: Instant,
    observer: Option<Arc<dyn Observer>>,
}

impl Compiled {
    /// Asks it to describe itself, and compares that with its section: the second half of
    /// [`Sandbox::load`].
    pub async fn describe(self) -> Result<Component, LoadError> {
        self.component.compare_description(describing()).await?;
        if let Some(observer) = &self.observer {
            observer.loaded(&Loaded {
                component: &self.component,
                compiled: self.compiled,
                time: self.begun.elapsed(),
            });
        }
        Ok(self.component)
    }
}

struct Inner {
    engine: Engine,
    cache: Option<Cache>,
    compiler: Compiler,
    load_limits: LoadLimits,
    fuel: bool,
    observer: Option<Arc<dyn Observer>>,
}

impl Sandbox {
    /// Starts the engine, and a thread that tells running components how time goes by.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let engine = Engine::new(&engine_config(&config.allocation, config.fuel))
            .map_err(|error| SandboxError::Engine(format!("{error:#}")))?;
        let ticking = engine.weak();
        std::thread::Builder::new()
            .name("provisor-ticker".to_owned())
            .spawn(move || {
                loop {
                    std::thread::sleep(TICK);
                    match ticking.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })
            .map_err(|error| SandboxError::Engine(error.to_string()))?;
        let cache = match config.cache {
            Some(cache) => Some(Cache::open(&cache, &engine)?),
            None => None,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                cache,
                compiler: config.compiler,
                load_limits: config.load_limits,
                fuel: config.fuel,
                observer: config.observer,
            }),
        })
    }

    /// Takes a component in: inspects it, compiles it or finds its machine code in the cache, links
    /// what its world offers, and asks it to describe itself.
    pub async fn load(&self, bytes: &[u8]) -> Result<Component, LoadError> {
        self.compile(bytes).await?.describe().await
    }

    /// The first half of [`load`](Sandbox::load): inspects a component, compiles it and links what
    /// its world offers. Nothing of it has run yet.
    pub async fn compile(&self, bytes: &[u8]) -> Result<Compiled, LoadError> {
        self.ensure_size(bytes)?;
        let begun = Instant::now();
        let (component, compiled) = self.link(bytes, inspect(bytes)?).await?;
        Ok(Compiled {
            component,
            compiled,
            begun,
            observer: self.inner.observer.clone(),
        })
    }

    /// What can be known of a component that may lack the section in which it says what it is: it is
    /// compiled and asked. For tools that add the section.
    ///
    /// # Errors
    /// Those of [`load`](Self::load) but for a missing section; one that is there must say the same
    /// as the answer.
    pub async fn describe(&self, bytes: &[u8]) -> Result<Inspection, LoadError> {
        self.ensure_size(bytes)?;
        let (mut inspection, section) = inspect_unstamped(bytes)?;
        if section.is_some() {
            let component = self.load(bytes).await?;
            return Ok(component.inner.inspection.clone());
        }
        let (component, _) = self.link(bytes, inspection.clone()).await?;
        let described = component.describe(describing()).await?;
        inspection.about = about(Some(&described.section(inspection.world)), inspection.world)?;
        Ok(inspection)
    }

    fn ensure_size(&self, bytes: &[u8]) -> Result<(), LoadError> {
        let (size, limit) = (bytes.len(), self.inner.load_limits.size);
        match size > limit {
            true => Err(LoadError::TooLarge { size, limit }),
            false => Ok(()),
        }
    }

    /// The component, and how long compiling took where it was not in the cache.
    async fn link(
        &self,
        bytes: &[u8],
        inspection: Inspection,
    ) -> Result<(Component, Option<Duration>), LoadError> {
        let (code, compiled) = self.code(bytes, &inspection).await?;
        let mut linker: Linker<State> = Linker::new(&self.inner.engine);
        let linked = match inspection.world {
            World::Reader => {
                bindings::reader::Reader::add_to_linker::<_, HasState>(&mut linker, |state| state)
            }
            World::Mapping => {
                bindings::mapping::Mapping::add_to_linker::<_, HasState>(&mut linker, |state| state)
            }
            World::Policy => {
                bindings::policy::Policy::add_to_linker::<_, HasState>(&mut linker, |state| state)
            }
            World::Ticketing => {
                bindings::ticketing::Ticketing::add_to_linker::<_, HasState>(&mut linker, |state| {
                    state
                })
            }
        };
        let pre = linked
            .and_then(|()| inert::define(&self.inner.engine, &mut linker, &code))
            .and_then(|()| linker.instantiate_pre(&code))
            .map_err(|error| LoadError::Invalid(format!("{error:#}")))?;
        let Inner { fuel, observer, .. } = &*self.inner;
        let engine = self.inner.engine.clone();
        let component = Component::new(engine, *fuel, pre, inspection, observer.clone())?;
        Ok((component, compiled))
    }

    /// Instances that are alive in the pool; `None` without one.
    pub fn pooled_instances(&self) -> Option<u64> {
        let metrics = self.inner.engine.pooling_allocator_metrics();
        metrics
            .as_ref()
            .map(PoolingAllocatorMetrics::component_instances)
    }

    /// Removes the machine code of a component from the cache. If it is loaded again, it is compiled
    /// again.
    pub fn forget(&self, component: &Digest) {
        if let Some(cache) = &self.inner.cache {
            cache.remove(component);
        }
    }

    /// The machine code, and how long compiling took if it had to be.
    async fn code(
        &self,
        bytes: &[u8],
        inspection: &Inspection,
    ) -> Result<(Code, Option<Duration>), LoadError> {
        let engine = &self.inner.engine;
        if let Some(code) = self
            .inner
            .cache
            .as_ref()
            .and_then(|cache| cache.get(&inspection.digest))
        {
            return Ok((code, None));
        }
        let begun = Instant::now();
        let precompiled = {
            let Inner {
                compiler,
                load_limits,
                fuel,
                ..
            } = &*self.inner;
            compile::compile(compiler, load_limits, *fuel, bytes).await?
        };
        let compiled = begun.elapsed();
        match &self.inner.cache {
            // The cache is a help; what it cannot keep is compiled again.
            Some(cache) => cache.put(&inspection.digest, &precompiled),
            None => compile::trust(engine, &precompiled),
        }
        .map(|code| (code, Some(compiled)))
        .map_err(|error| LoadError::Compile(format!("{error:#}")))
    }
}

/// What a component may use up to describe itself.
fn describing() -> Limits {
    Limits {
        cpu_time: DESCRIBE_CPU,
        ..Limits::default()
    }
}

pub(crate) struct HasState;

impl wasmtime::component::HasData for HasState {
    type Data<'a> = &'a mut State;
}

/// What components may be made of. What is not here is refused: threads, shared memory, relaxed
/// SIMD (which is not the same on every machine), 64-bit and several memories, tail calls, garbage
/// collection, exceptions, asynchronous components. Younger features carry most of wasmtime's
/// serious faults, and no tool chain that makes components for WASI 0.2 needs them.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::FLOATS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
}

/// How every engine is set up. What compiles and what runs must agree in all of it but the
/// allocation.
pub(crate) fn engine_config(allocation: &Allocation, fuel: bool) -> Config {
    // Components inside a component, as the tool chain for JavaScript makes them, speak to each other
    // through code of wasmtime's own that sees the memories of both. What is taken in is judged by
    // `features` alone, so that no component can use several memories itself.
    let known = features() | WasmFeatures::MULTI_MEMORY;
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .consume_fuel(fuel)
        // Floating-point results are the same on every machine.
        .cranelift_nan_canonicalization(true)
        .wasm_features(!known, false)
        .wasm_features(known, true)
        // No component waits for two things at once; without, a call is four times as fast.
        .concurrency_support(false)
        .max_wasm_stack(STACK)
        .wasm_backtrace_max_frames(NonZeroUsize::new(DEEP))
        .async_stack_size(STACK_OF_FIBER);
    if let Allocation::Pooled { instances } = allocation {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(*instances)
            .total_core_instances(instances.saturating_mul(POOL_CORE_INSTANCES))
            .total_memories(instances.saturating_mul(POOL_MEMORIES))
            .total_tables(instances.saturating_mul(POOL_TABLES))
            .total_stacks(*instances)
            .max_core_instances_per_component(CORE_INSTANCES as u32)
            .max_memories_per_component(MEMORIES as u32)
            .max_tables_per_component(TABLES as u32)
            .max_tables_per_module(TABLES as u32)
            .table_elements(TABLE_ELEMENTS)
            .linear_memory_keep_resident(POOL_KEEP)
            .table_keep_resident(POOL_KEEP)
            .async_stack_keep_resident(POOL_KEEP);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}
