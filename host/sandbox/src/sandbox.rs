//! One engine with its limits and its cache.

use std::num::NonZeroUsize;
use std::sync::Arc;

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
use crate::inspection::{Inspection, World, inspect};
use crate::limits::{
    CORE_INSTANCES, DEEP, DESCRIBE_CPU, Limits, MEMORIES, POOL_KEEP, STACK, STACK_OF_FIBER,
    TABLE_ELEMENTS, TABLES, TICK,
};
use crate::state::State;
use crate::{compile, inert};

/// One engine with its limits and its cache. Cheap to clone; all clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    cache: Option<Cache>,
    compiler: Compiler,
    load_limits: LoadLimits,
}

impl Sandbox {
    /// Starts the engine, and a thread that tells running components how time goes by.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        let engine = Engine::new(&engine_config(&config.allocation))
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
            }),
        })
    }

    /// Takes a component in: inspects it, compiles it or finds its machine code in the cache, links
    /// what its world offers, and asks it to describe itself.
    pub async fn load(&self, bytes: &[u8]) -> Result<Component, LoadError> {
        let limit = self.inner.load_limits.size;
        if bytes.len() > limit {
            let size = bytes.len();
            return Err(LoadError::TooLarge { size, limit });
        }
        let inspection = inspect(bytes)?;
        let code = self.code(bytes, &inspection).await?;
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
        let component = Component::new(self.inner.engine.clone(), pre, inspection)?;
        component
            .compare_description(Limits {
                cpu_time: DESCRIBE_CPU,
                ..Limits::default()
            })
            .await?;
        Ok(component)
    }

    /// Instances that are alive in the pool; `None` without one.
    pub fn pooled_instances(&self) -> Option<u64> {
        let metrics = self.inner.engine.pooling_allocator_metrics();
        metrics
            .as_ref()
            .map(PoolingAllocatorMetrics::component_instances)
    }

    async fn code(&self, bytes: &[u8], inspection: &Inspection) -> Result<Code, LoadError> {
        let engine = &self.inner.engine;
        if let Some(code) = self
            .inner
            .cache
            .as_ref()
            .and_then(|cache| cache.get(&inspection.digest))
        {
            return Ok(code);
        }
        let precompiled = {
            let Inner {
                compiler,
                load_limits,
                ..
            } = &*self.inner;
            compile::compile(compiler, load_limits, bytes).await?
        };
        match &self.inner.cache {
            // The cache is a help; what it cannot keep is compiled again.
            Some(cache) => cache.put(&inspection.digest, &precompiled),
            None => compile::trust(engine, &precompiled),
        }
        .map_err(|error| LoadError::Compile(format!("{error:#}")))
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
pub(crate) fn engine_config(allocation: &Allocation) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // Floating-point results are the same on every machine.
        .cranelift_nan_canonicalization(true)
        .wasm_features(!features(), false)
        .wasm_features(features(), true)
        // No component waits for two things at once; without, a call is four times as fast.
        .concurrency_support(false)
        .max_wasm_stack(STACK)
        .wasm_backtrace_max_frames(NonZeroUsize::new(DEEP))
        .async_stack_size(STACK_OF_FIBER);
    if let Allocation::Pooled { instances } = allocation {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(*instances)
            .total_core_instances(instances.saturating_mul(CORE_INSTANCES as u32 / 10))
            .total_memories(instances.saturating_mul(2))
            .total_tables(instances.saturating_mul(4))
            .total_stacks(*instances)
            .max_core_instances_per_component(CORE_INSTANCES as u32)
            .max_memories_per_component(MEMORIES as u32)
            .max_tables_per_component(TABLES as u32)
            .table_elements(TABLE_ELEMENTS)
            .linear_memory_keep_resident(POOL_KEEP)
            .table_keep_resident(POOL_KEEP)
            .async_stack_keep_resident(POOL_KEEP);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}
