//! Watches one run for an observer: of each call what it used, until it is known what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::call::HttpReport;
use crate::component::Component;
use crate::log::Log;
use crate::observer::{Called, Observer, Outcome};

/// Watches one run.
pub(crate) struct Watch {
    component: Component,
    observer: Arc<dyn Observer>,
    /// The last call, until the observer is told of it.
    call: Option<Watched>,
}

/// A call that is under way or over.
struct Watched {
    function: &'static str,
    begun: Instant,
    used: Option<Used>,
}

/// What a call used.
#[derive(Default)]
pub(crate) struct Used {
    pub time: Duration,
    pub cpu_time: Duration,
    pub peak_memory: usize,
    pub http: HttpReport,
    pub denied: Vec<String>,
}

impl Watch {
    /// Watches a run of this component, if somebody wants to know.
    pub fn of(component: &Component) -> Option<Self> {
        let observer = component.inner.observer.clone()?;
        Some(Self {
            component: component.clone(),
            observer,
            call: None,
        })
    }

    /// A call begins.
    pub fn begin(&mut self, function: &'static str) {
        self.call = Some(Watched {
            function,
            begun: Instant::now(),
            used: None,
        });
    }

    /// The component has answered, or was stopped; what that is worth is said later.
    pub fn end(&mut self, used: Used) {
        if let Some(call) = &mut self.call {
            call.used = Some(Used {
                time: call.begun.elapsed(),
                ..used
            });
        }
    }

    /// Tells what came of the last call, once.
    pub fn tell(&mut self, label: &str, outcome: Outcome<'_>, log: Option<&mut Log>) {
        let Some(call) = self.call.take() else {
            return;
        };
        let used = call.used.unwrap_or_else(|| Used {
            time: call.begun.elapsed(),
            ..Used::default()
        });
        let (lines, lines_dropped) = match log {
            Some(log) => log.fresh(),
            None => Default::default(),
        };
        self.observer.called(&Called {
            component: &self.component,
            label,
            function: call.function,
            outcome,
            time: used.time,
            cpu_time: used.cpu_time,
            peak_memory: used.peak_memory,
            http: used.http,
            denied: &used.denied,
            lines,
            lines_dropped,
        });
    }
}
