//! What is shared by everybody who reaches an origin.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use provisor_model::Timestamp;
use tokio::runtime::{Handle, Runtime};

use super::authority::Origin;
use super::rate::Share;
use super::resolver::{MachineResolver, Resolver};
use crate::error::SandboxError;

/// Names that are looked up at a time. A look-up cannot be stopped, and holds a thread while the
/// server of names does not answer.
const LOOKUPS: usize = 16;

/// Tells the time. Pauses, rates and the life of tokens go by it.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;
}

struct TimeOfDay;

impl Clock for TimeOfDay {
    fn now(&self) -> Timestamp {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = passed.map_or(0, |passed| passed.as_millis());
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// What is shared by everybody who reaches an origin: rates, pauses, requests under way, and the
/// one thread on which all requests are made. Cheap to clone; a program has one, and all its
/// [`Egress`](super::Egress) are made with it.
#[derive(Clone)]
pub struct Origins {
    inner: Arc<Inner>,
}

struct Inner {
    /// Connections live longer than the calls that open them, whatever runtime those are on.
    runtime: Option<Runtime>,
    handle: Handle,
    resolver: Arc<dyn Resolver>,
    clock: Arc<dyn Clock>,
    shares: Mutex<BTreeMap<Origin, Arc<Share>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Waiting for what is under way is not allowed where the last clone may be dropped.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Origins {
    /// With the machine's resolver and clock.
    ///
    /// # Errors
    /// When the thread that requests are made on cannot be started.
    pub fn new() -> Result<Self, SandboxError> {
        Origins::with(Arc::new(MachineResolver), Arc::new(TimeOfDay))
    }

    /// With the machine's resolver and another clock.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn by_clock(clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        Origins::with(Arc::new(MachineResolver), clock)
    }

    /// With another resolver and another clock.
    ///
    /// # Errors
    /// When the thread that requests are made on cannot be started.
    pub fn with(resolver: Arc<dyn Resolver>, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(LOOKUPS)
            .thread_name("provisor-egress")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| SandboxError::Egress(error.to_string()))?;
        Ok(Origins {
            inner: Arc::new(Inner {
                handle: runtime.handle().clone(),
                runtime: Some(runtime),
                resolver,
                clock,
                shares: Mutex::default(),
            }),
        })
    }

    /// Until when nothing is sent to this origin because it asked for fewer calls; `None` when it
    /// did not, or the time has passed.
    pub fn paused_until(&self, origin: &Origin) -> Option<Timestamp> {
        let share = {
            let shares = self.inner.shares.lock();
            let shares = shares.unwrap_or_else(PoisonError::into_inner);
            shares.get(origin).cloned()
        };
        share.and_then(|share| share.paused_until())
    }

    /// What everybody who reaches this origin shares.
    pub(crate) fn share(&self, origin: &Origin) -> Arc<Share> {
        let shares = self.inner.shares.lock();
        let mut shares = shares.unwrap_or_else(PoisonError::into_inner);
        // Origins that no configuration names any more would add up otherwise.
        shares.retain(|_, share| Arc::strong_count(share) > 1 || share.paused_until().is_some());
        let share = shares.entry(origin.clone());
        let new = || Arc::new(Share::new(Arc::clone(&self.inner.clock)));
        Arc::clone(share.or_insert_with(new))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn resolver(&self) -> &dyn Resolver {
        &*self.inner.resolver
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.inner.handle
    }
}
