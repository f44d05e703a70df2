//! Who is told what components do.

use std::fmt;
use std::time::Duration;

use crate::call::HttpReport;
use crate::component::Component;
use crate::error::CallError;
use crate::log::LogLine;

/// Is told of each call when it is over, by the thread that made it: it must be quick, and must not
/// wait for anything.
pub trait Observer: Send + Sync + fmt::Debug {
    /// A component was made ready.
    fn loaded(&self, loaded: &Loaded<'_>);

    /// A call is over.
    fn called(&self, called: &Called<'_>);
}

/// How a component was made ready.
#[derive(Debug)]
pub struct Loaded<'a> {
    /// The component.
    pub component: &'a Component,
    /// How long compiling it took; `None` when its machine code was in the cache.
    pub compiled: Option<Duration>,
    /// How long all of it took.
    pub time: Duration,
}

/// One call that is over.
#[derive(Debug)]
pub struct Called<'a> {
    /// The component.
    pub component: &'a Component,
    /// For whom it worked, as the [`Call`](crate::Call) said.
    pub label: &'a str,
    /// Which of its functions.
    pub function: &'static str,
    /// What came of it.
    pub outcome: Outcome<'a>,
    /// How long it took by the clock.
    pub time: Duration,
    /// How long it was on a thread.
    pub cpu_time: Duration,
    /// The most memory that its instance had at a time until then, in bytes.
    pub peak_memory: usize,
    /// What it sent to other systems.
    pub http: HttpReport,
    /// What was refused to it: names of origins and of imports.
    pub denied: &'a [String],
    /// What it wrote: the last lines, without the secrets that it was given.
    pub lines: &'a [LogLine],
    /// Lines before those that were not kept.
    pub lines_dropped: u64,
}

/// What came of a call.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// A result.
    Good,
    /// An error.
    Failed(&'a CallError),
    /// Nobody waited for its end.
    GivenUp,
}
