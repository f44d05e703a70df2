//! What belongs to one run: what the component may ask for, and what it has used up.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::bindings::mapping::provisor::connector::{log, settings, types};
use crate::bindings::reader::provisor::connector::input;
use crate::call::{Call, Input};
use crate::http::HttpUse;
use crate::inert::Random;
use crate::limits::{CORE_INSTANCES, INPUT_READ, Limits, MEMORIES, TABLE_ELEMENTS, TABLES};
use crate::log::{Level, Log};
use crate::stopwatch::Stopwatch;

/// The data of a store.
pub(crate) struct State {
    pub call: Call,
    pub input: Option<Input>,
    pub log: Log,
    pub random: Random,
    pub meter: Meter,
    pub http: HttpUse,
    /// Functions of language runtimes that were called and refused, by name; each once.
    pub refused: Vec<String>,
    /// The origin for which the present call was ended.
    pub denied: Option<String>,
}

/// Why the host stopped a component. It travels through wasmtime as the error of the call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Breach {
    #[error("too much time by the clock")]
    Deadline,
    #[error("too much processor time")]
    CpuTime,
    #[error("too many log bytes")]
    LogBytes,
    #[error("{0}")]
    Denied(String),
    #[error("more {0} than it may have")]
    Limit(&'static str),
    #[error("it ended itself")]
    Exit,
}

/// What a component wanted more of than it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Growth {
    Memory,
    Tables,
}

impl State {
    pub fn new(call: &Call, input: Option<Input>) -> Self {
        Self {
            call: call.clone(),
            input,
            log: Log::without(&call.secrets),
            random: Random::from(call.stand_ins.seed),
            meter: Meter::new(&call.limits),
            http: HttpUse::default(),
            refused: Vec::new(),
            denied: None,
        }
    }

    pub fn write_log(&mut self, level: Level, text: &str) -> wasmtime::Result<()> {
        match self.log.write(level, text) {
            true => Ok(()),
            false => Err(Breach::LogBytes.into()),
        }
    }

    pub fn write_output(&mut self, bytes: &[u8]) -> wasmtime::Result<()> {
        match self.log.write_bytes(bytes) {
            true => Ok(()),
            false => Err(Breach::LogBytes.into()),
        }
    }
}

/// Counts what a run uses: time, and the memory of all linear memories and tables together. What
/// was not given is remembered: the component only sees that it got nothing, and usually breaks
/// down in some way of its own.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    pub watch: Arc<Stopwatch>,
    bytes: usize,
    elements: usize,
    pub peak_memory: usize,
    pub refused_growth: Option<Growth>,
}

impl Meter {
    fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            watch: Stopwatch::new(),
            bytes: 0,
            elements: 0,
            peak_memory: 0,
            refused_growth: None,
        }
    }

    /// A new call begins.
    pub fn restart(&mut self) {
        self.watch.begin();
        self.refused_growth = None;
    }

    /// To be asked now and then while the component runs: whether it may go on.
    pub fn tick(&self) -> Result<(), Breach> {
        let (cpu, wall) = self.watch.of_call();
        if wall >= self.limits.wall_time {
            Err(Breach::Deadline)
        } else if cpu >= self.limits.cpu_time {
            Err(Breach::CpuTime)
        } else {
            Ok(())
        }
    }

    /// How much time by the clock the present call has left.
    pub fn remaining(&self) -> Duration {
        let (_, wall) = self.watch.of_call();
        self.limits.wall_time.saturating_sub(wall)
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // What the memory itself does not allow is denied by wasmtime and costs nothing.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(true);
        }
        let bytes = self.bytes.saturating_add(desired.saturating_sub(current));
        if bytes > self.limits.memory {
            self.refused_growth = Some(Growth::Memory);
            return Ok(false);
        }
        self.bytes = bytes;
        self.peak_memory = self.peak_memory.max(bytes);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let elements = self
            .elements
            .saturating_add(desired.saturating_sub(current));
        // Asked first: a table from the pool has this limit as its own maximum.
        if elements > TABLE_ELEMENTS {
            self.refused_growth = Some(Growth::Tables);
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(true);
        }
        self.elements = elements;
        Ok(true)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

impl types::Host for State {}

impl settings::Host for State {
    fn read(&mut self) -> wasmtime::Result<String> {
        Ok(self.call.settings.clone())
    }

    fn secret(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.call.secrets.get(&name).cloned())
    }
}

impl log::Host for State {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        self.write_log(level, &message)
    }
}

impl input::Host for State {
    fn name(&mut self) -> wasmtime::Result<String> {
        Ok(self
            .input
            .as_ref()
            .map_or_else(String::new, |input| input.name.clone()))
    }

    fn size(&mut self) -> wasmtime::Result<u64> {
        Ok(self.input.as_ref().map_or(0, |input| input.size))
    }

    fn read(&mut self, max: u32) -> wasmtime::Result<Result<Vec<u8>, types::Failure>> {
        use std::io::ErrorKind;
        let Some(input) = &mut self.input else {
            return Ok(Ok(Vec::new()));
        };
        let mut bytes = vec![0; max.min(INPUT_READ) as usize];
        let mut filled = 0;
        while filled < bytes.len() {
            match input.content.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(more) => filled += more.min(bytes.len() - filled),
                // A pause: what is there already is given, for the component must take that.
                Err(error) if error.kind() == ErrorKind::Interrupted && filled > 0 => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Ok(Err(types::Failure {
                        kind: types::FailureKind::Unavailable,
                        message: format!("{} cannot be read: {error}", input.name),
                        position: None,
                        retry_after: None,
                    }));
                }
            }
        }
        bytes.truncate(filled);
        Ok(Ok(bytes))
    }
}
