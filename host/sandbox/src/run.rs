//! One fresh instance at one unit of work.

use std::sync::Arc;
use std::time::Duration;

use provisor_model::Digest;
use wasmtime::{Engine, PoolConcurrencyLimitError, Store, Trap, UpdateDeadline, WasmBacktrace};

use crate::bindings::mapping::provisor::connector::types;
use crate::call::{Call, CallReport, Input};
use crate::error::{CallError, CallErrorKind, Failure, FailureKind};
use crate::limits::{COLUMNS, DEEP, HANDLES, HOSTCALL_BYTES, MESSAGE, SETTINGS, VALUE};
use crate::log::{Log, LogLine};
use crate::observer::Outcome;
use crate::page::{Page, PageError, Table};
use crate::state::{Breach, Growth, State};
use crate::watch::{Used, Watch};

/// A store with what is needed to call into it and to tell what happened.
pub(crate) struct Run {
    /// Gone while a call is under way and after an error, so that a call that is given up half way
    /// takes the store with it.
    store: Option<Store<State>>,
    digest: Digest,
    label: Box<str>,
    report: CallReport,
    refused: Vec<String>,
    watch: Option<Watch>,
}

/// What an answer breaks: a rule of the contract, or a limit.
pub(crate) enum Wrong {
    Rule(String),
    Limit(&'static str),
}

impl From<PageError> for Wrong {
    fn from(rule: PageError) -> Self {
        Wrong::Rule(rule.to_string())
    }
}

impl From<String> for Wrong {
    fn from(rule: String) -> Self {
        Wrong::Rule(rule)
    }
}

impl Run {
    /// Makes a store. The instance is made by the first call, so that a component that loops while
    /// it starts is stopped like any other.
    pub fn new(
        engine: &Engine,
        fuel: bool,
        digest: Digest,
        call: &Call,
        input: Option<Input>,
        mut watch: Option<Watch>,
    ) -> Result<Self, CallError> {
        if call.size() > SETTINGS {
            let error = CallError {
                kind: CallErrorKind::LimitExceeded("settings bytes"),
                component: Some(digest),
                label: call.label.as_str().into(),
                function: "settings",
                log: Box::default(),
            };
            if let Some(watch) = &mut watch {
                watch.begin(error.function);
                watch.tell(&error.label, Outcome::Failed(&error), None);
            }
            return Err(error);
        }
        let mut store = Store::new(engine, State::new(call, input));
        store.limiter(|state| &mut state.meter);
        if fuel {
            // Counted, and never used up: processor time limits a call.
            let _is_counted = store.set_fuel(u64::MAX);
        }
        store.set_hostcall_fuel(HOSTCALL_BYTES);
        store.set_max_component_handles(HANDLES);
        store.epoch_deadline_callback(|context| {
            context.data().meter.tick()?;
            Ok(UpdateDeadline::Yield(1))
        });
        Ok(Self {
            store: Some(store),
            digest,
            label: call.label.as_str().into(),
            report: CallReport::default(),
            refused: Vec::new(),
            watch,
        })
    }

    /// Calls into the component under all limits. After an error the store is gone, and with it
    /// everything that the component had.
    pub async fn call<R>(
        &mut self,
        function: &'static str,
        act: impl AsyncFnOnce(&mut Store<State>) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        let Some(mut store) = self.store.take() else {
            return Err(self.error(function, CallErrorKind::Spent, None));
        };
        // What the call before answered was good, else there would be no store any more.
        self.tell(Outcome::Good, Some(&mut store.data_mut().log));
        let before = self.report;
        if let Some(watch) = &mut self.watch {
            watch.begin(function);
        }
        store.data_mut().meter.restart();
        store.data_mut().http.restart();
        store.set_epoch_deadline(1);
        let watch = Arc::clone(&store.data().meter.watch);
        let called = watch.measure(act(&mut store)).await;
        let fuel = store.get_fuel().ok().map(|left| u64::MAX - left);
        let state = store.data_mut();
        let mut denied: Vec<String> = state.denied.take().into_iter().collect();
        if self.watch.is_some() {
            denied.extend(state.refused.iter().cloned());
        }
        self.refused.append(&mut state.refused);
        self.report = CallReport {
            calls: self.report.calls + 1,
            cpu_time: watch.used(),
            fuel,
            peak_memory: state.meter.peak_memory,
            log_lines_dropped: state.log.dropped(),
            log_lines_cleaned: state.log.cleaned(),
            log_lines_covered: state.log.covered(),
            http: state.http.report,
        };
        if let Some(watch) = &mut self.watch {
            watch.end(Used {
                time: Duration::ZERO,
                cpu_time: self.report.cpu_time.saturating_sub(before.cpu_time),
                peak_memory: self.report.peak_memory,
                http: self.report.http.since(&before.http),
                denied,
            });
        }
        match called {
            Ok(result) => {
                self.store = Some(store);
                Ok(result)
            }
            Err(error) => {
                let kind = kind(&error, store.data());
                Err(self.fail(function, kind, Some(store)))
            }
        }
    }

    /// The component's own failure, told as an error of the call. It ends the run: what a component
    /// remembers of a failed attempt must not leak into the next one.
    pub fn failure(&mut self, function: &'static str, failure: types::Failure) -> CallError {
        let failed = CallErrorKind::Failure(Box::new(self::failure(failure)));
        self.end(function, failed)
    }

    /// An answer that breaks a rule or a limit ends the run.
    pub fn wrong(&mut self, function: &'static str, wrong: Wrong) -> CallError {
        let kind = match wrong {
            Wrong::Rule(rule) => CallErrorKind::MalformedAnswer(clip(rule)),
            Wrong::Limit(which) => CallErrorKind::LimitExceeded(which),
        };
        self.end(function, kind)
    }

    /// What the component should be given is more than it may get: that ends the run before it is
    /// called.
    pub fn refuse(&mut self, function: &'static str, wrong: Wrong) -> CallError {
        if let Some(mut store) = self.store.take() {
            self.tell(Outcome::Good, Some(&mut store.data_mut().log));
            self.store = Some(store);
        }
        if let Some(watch) = &mut self.watch {
            watch.begin(function);
        }
        self.wrong(function, wrong)
    }

    fn end(&mut self, function: &'static str, kind: CallErrorKind) -> CallError {
        let store = self.store.take();
        self.fail(function, kind, store)
    }

    /// The run is over, and whoever watches it is told why.
    fn fail(
        &mut self,
        function: &'static str,
        kind: CallErrorKind,
        mut store: Option<Store<State>>,
    ) -> CallError {
        let error = self.error(function, kind, store.as_ref());
        let log = store.as_mut().map(|store| &mut store.data_mut().log);
        self.tell_last(Outcome::Failed(&error), log);
        error
    }

    fn tell(&mut self, outcome: Outcome<'_>, log: Option<&mut Log>) {
        if let Some(watch) = &mut self.watch {
            watch.tell(&self.label, outcome, log);
        }
    }

    /// The run ends with this.
    fn tell_last(&mut self, outcome: Outcome<'_>, mut log: Option<&mut Log>) {
        if self.watch.is_some()
            && let Some(log) = &mut log
        {
            log.finish();
        }
        self.tell(outcome, log);
    }

    /// What the component was refused so far, by name.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// The last lines that the component wrote; after an error they are in the error.
    pub fn log(&self) -> Vec<LogLine> {
        let store = self.store.as_ref();
        store.map_or_else(Vec::new, |store| store.data().log.lines())
    }

    /// What the run has used so far.
    pub fn report(&self) -> CallReport {
        self.report
    }

    fn error(
        &self,
        function: &'static str,
        kind: CallErrorKind,
        store: Option<&Store<State>>,
    ) -> CallError {
        let log = store.map(|store| &store.data().log);
        CallError {
            kind: match log {
                Some(log) => covered(kind, log),
                None => kind,
            },
            component: Some(self.digest),
            function,
            label: self.label.clone(),
            log: log.map_or_else(Box::default, |log| log.lines().into()),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Without a store, a call was under way when the run was given up, or it was told of.
        match self.store.take() {
            Some(mut store) => self.tell_last(Outcome::Good, Some(&mut store.data_mut().log)),
            None => self.tell(Outcome::GivenUp, None),
        }
    }
}

/// An error without the secrets that the component was given: it is shown and stored.
fn covered(kind: CallErrorKind, log: &Log) -> CallErrorKind {
    match kind {
        CallErrorKind::Failure(mut failure) => {
            failure.message = log.cover(failure.message);
            CallErrorKind::Failure(failure)
        }
        CallErrorKind::MalformedAnswer(rule) => CallErrorKind::MalformedAnswer(log.cover(rule)),
        CallErrorKind::Denied(what) => CallErrorKind::Denied(log.cover(what)),
        kind => kind,
    }
}

/// A table as a component takes it.
///
/// # Errors
/// When it is larger than a page may be.
pub(crate) fn to_guest(table: &Table) -> Result<types::Table, Wrong> {
    let (text, value_ends, cell_ends) = table.rows.clone().into_parts();
    if table.columns.len() > COLUMNS {
        return Err(Wrong::Limit("columns"));
    }
    if text.len() + 4 * (value_ends.len() + cell_ends.len()) > HOSTCALL_BYTES {
        return Err(Wrong::Limit("table bytes"));
    }
    Ok(types::Table {
        columns: table.columns.clone(),
        rows: types::Page {
            text,
            value_ends,
            cell_ends,
        },
    })
}

/// A page as a component gave it, after every rule and limit was checked.
pub(crate) fn from_guest(page: types::Page, columns: usize) -> Result<Page, Wrong> {
    if columns > COLUMNS {
        return Err(Wrong::Limit("columns"));
    }
    let page = Page::check(page.text, page.value_ends, page.cell_ends, columns)?;
    match page.longest_value() > VALUE {
        true => Err(Wrong::Limit("value bytes")),
        false => Ok(page),
    }
}

/// A failure as a component told it.
pub(crate) fn failure(failure: types::Failure) -> Failure {
    Failure {
        kind: match failure.kind {
            types::FailureKind::Configuration => FailureKind::Configuration,
            types::FailureKind::Unauthorized => FailureKind::Unauthorized,
            types::FailureKind::Unavailable => FailureKind::Unavailable,
            types::FailureKind::RateLimited => FailureKind::RateLimited,
            types::FailureKind::Ambiguous => FailureKind::Ambiguous,
            types::FailureKind::NotFound => FailureKind::NotFound,
            types::FailureKind::Conflict => FailureKind::Conflict,
            types::FailureKind::Rejected => FailureKind::Rejected,
            types::FailureKind::Malformed => FailureKind::Malformed,
            types::FailureKind::Unsupported => FailureKind::Unsupported,
        },
        message: clip(failure.message),
        position: failure.position,
        retry_after: failure.retry_after.map(std::time::Duration::from_secs),
    }
}

/// A message for a person, cut to what a person reads.
pub(crate) fn clip(mut message: String) -> String {
    if message.len() > MESSAGE {
        message.truncate(message.floor_char_boundary(MESSAGE));
        message.push('…');
    }
    message
}

fn kind(error: &wasmtime::Error, state: &State) -> CallErrorKind {
    if let Some(breach) = error.downcast_ref::<Breach>() {
        return match breach {
            Breach::Deadline => CallErrorKind::DeadlineExceeded,
            Breach::CpuTime => CallErrorKind::OutOfCpuTime,
            Breach::LogBytes => CallErrorKind::LimitExceeded("log bytes"),
            Breach::Denied(what) => CallErrorKind::Denied(what.clone()),
            Breach::Limit(which) => CallErrorKind::LimitExceeded(which),
            Breach::Exit => CallErrorKind::Exited,
        };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return CallErrorKind::Busy;
    }
    match state.meter.refused_growth {
        Some(Growth::Memory) => return CallErrorKind::OutOfMemory,
        Some(Growth::Tables) => return CallErrorKind::LimitExceeded("table elements"),
        None => {}
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => return CallErrorKind::StackOverflow,
        // Compilers keep a second stack at the beginning of the memory, for variables that have
        // addresses. It runs out of the memory, and is told apart by the depth of the calls.
        Some(Trap::MemoryOutOfBounds) if depth(error) >= DEEP => {
            return CallErrorKind::StackOverflow;
        }
        Some(trap) => return CallErrorKind::Trapped(format!("{trap}{}", place(error))),
        None => {}
    }
    // These have no public type in wasmtime; the tests with hostile components hold the words.
    let text = error.root_cause().to_string();
    if text.contains("fuel allocated for hostcalls") {
        CallErrorKind::LimitExceeded("hostcall bytes")
    } else if text.contains("handle limit") || text.contains("resource table has no free keys") {
        CallErrorKind::LimitExceeded("handles")
    } else if text.contains("count too high") {
        CallErrorKind::LimitExceeded("instances")
    } else {
        // What is left is an answer that cannot be taken out of the component's memory.
        CallErrorKind::MalformedAnswer(clip(text))
    }
}

/// How deep the calls were when it happened; at most [`DEEP`].
fn depth(error: &wasmtime::Error) -> usize {
    let trace = error.downcast_ref::<WasmBacktrace>();
    trace.map_or(0, |trace| trace.frames().len())
}

/// Where it happened: the innermost functions that have a name and are not machinery.
fn place(error: &wasmtime::Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return String::new();
    };
    let names: Vec<String> = trace
        .frames()
        .iter()
        .filter_map(|frame| {
            let name = frame.func_name()?;
            Some(plain(name))
        })
        .take(6)
        .collect();
    match names.len() {
        0 => String::new(),
        _ => format!(" in {}", names.join(" < ")),
    }
}

/// A function's name as its author knows it.
fn plain(name: &str) -> String {
    clip(format!("{:#}", rustc_demangle::demangle(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_between_characters() {
        assert_eq!(clip("short".to_owned()), "short");
        let cut = clip("š".repeat(MESSAGE));
        assert!(cut.len() <= MESSAGE + '…'.len_utf8() && cut.ends_with('…'));
    }

    /// Runs a component that is given as text, with this limit of memory, until it is made.
    async fn instantiate(text: &str, memory: usize) -> Result<(), CallErrorKind> {
        let config = crate::sandbox::engine_config(&crate::Allocation::OnDemand, false);
        let engine = Engine::new(&config).unwrap();
        let ticking = engine.weak();
        std::thread::spawn(move || {
            while let Some(engine) = ticking.upgrade() {
                engine.increment_epoch();
                std::thread::sleep(crate::limits::TICK);
            }
        });
        let bytes = wat::parse_str(text).unwrap();
        let component = wasmtime::component::Component::from_binary(&engine, &bytes).unwrap();
        let linker = wasmtime::component::Linker::<State>::new(&engine);
        let pre = linker.instantiate_pre(&component).unwrap();
        let call = Call {
            limits: crate::Limits {
                memory,
                cpu_time: std::time::Duration::from_millis(200),
                ..crate::Limits::default()
            },
            ..Call::default()
        };
        let digest = crate::inspection::digest(&bytes);
        let mut run = Run::new(&engine, false, digest, &call, None, None).unwrap();
        let made = run.call("start", async |store| pre.instantiate_async(store).await);
        made.await.map(drop).map_err(|error| error.kind)
    }

    /// A component with so many instances of a core module.
    fn instances(number: usize, module: &str) -> String {
        let instances = "(core instance (instantiate $m))".repeat(number);
        format!("(component (core module $m {module}) {instances})")
    }

    const MIB: usize = 1024 * 1024;

    #[tokio::test]
    async fn memories_are_limited_in_number_and_all_together_in_size() {
        let one = "(memory 16)";
        assert_eq!(instantiate(&instances(4, one), 4 * MIB).await, Ok(()));
        let error = instantiate(&instances(5, one), 4 * MIB).await;
        assert_eq!(error, Err(CallErrorKind::OutOfMemory));
        let error = instantiate(&instances(9, one), 100 * MIB).await;
        assert_eq!(error, Err(CallErrorKind::LimitExceeded("instances")));
    }

    #[tokio::test]
    async fn tables_are_limited_in_number_and_all_together_in_elements() {
        let one = "(table 40000 funcref)";
        assert_eq!(instantiate(&instances(2, one), MIB).await, Ok(()));
        let error = instantiate(&instances(3, one), MIB).await;
        assert_eq!(error, Err(CallErrorKind::LimitExceeded("table elements")));
        let error = instantiate(&instances(21, "(table 1 funcref)"), MIB).await;
        assert_eq!(error, Err(CallErrorKind::LimitExceeded("instances")));
    }

    #[tokio::test]
    async fn core_instances_are_limited_in_number() {
        assert_eq!(instantiate(&instances(50, ""), MIB).await, Ok(()));
        let error = instantiate(&instances(51, ""), MIB).await;
        assert_eq!(error, Err(CallErrorKind::LimitExceeded("instances")));
    }

    #[tokio::test]
    async fn a_component_that_loops_while_it_starts_is_stopped() {
        let looping = "(func $f (loop br 0)) (start $f)";
        let error = instantiate(&instances(1, looping), MIB).await;
        assert_eq!(error, Err(CallErrorKind::OutOfCpuTime));
        let filling = "(memory 256) (func $f (loop
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216)) br 0)) (start $f)";
        let error = instantiate(&instances(1, filling), 32 * MIB).await;
        assert_eq!(error, Err(CallErrorKind::OutOfCpuTime));
    }
}
