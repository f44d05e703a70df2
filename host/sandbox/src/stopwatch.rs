//! How long a call runs, and what stops it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Measures one run: how long it was on a thread, and how long ago its present call began.
///
/// Time on a thread is measured around each poll of the call, so neither waiting for a turn nor
/// other runs on the same thread count.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    base: Instant,
    /// Nanoseconds since `base` at which the present poll began.
    poll: AtomicU64,
    /// Nanoseconds in polls that have ended, in all calls.
    used: AtomicU64,
    /// What `used` was when the present call began.
    before: AtomicU64,
    /// Nanoseconds since `base` at which the present call began.
    call: AtomicU64,
}

impl Stopwatch {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            base: Instant::now(),
            poll: AtomicU64::new(0),
            used: AtomicU64::new(0),
            before: AtomicU64::new(0),
            call: AtomicU64::new(0),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.base.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// A new call begins.
    pub fn begin(&self) {
        let now = self.now();
        self.call.store(now, Ordering::Relaxed);
        self.poll.store(now, Ordering::Relaxed);
        self.before
            .store(self.used.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Time on a thread in all calls, without the present poll.
    pub fn used(&self) -> Duration {
        Duration::from_nanos(self.used.load(Ordering::Relaxed))
    }

    /// To be asked from within a poll: time on a thread, and time by the clock, of the present call.
    pub fn of_call(&self) -> (Duration, Duration) {
        let now = self.now();
        let ended = self.used.load(Ordering::Relaxed) - self.before.load(Ordering::Relaxed);
        let cpu = ended + now.saturating_sub(self.poll.load(Ordering::Relaxed));
        let wall = now.saturating_sub(self.call.load(Ordering::Relaxed));
        (Duration::from_nanos(cpu), Duration::from_nanos(wall))
    }

    /// Measures this future.
    pub fn measure<F: Future>(self: &Arc<Self>, future: F) -> Metered<F> {
        Metered {
            watch: Arc::clone(self),
            future: Box::pin(future),
        }
    }
}

/// A future that is measured.
pub(crate) struct Metered<F> {
    watch: Arc<Stopwatch>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let begun = self.watch.now();
        self.watch.poll.store(begun, Ordering::Relaxed);
        let answer = self.future.as_mut().poll(context);
        let used = self.watch.now().saturating_sub(begun);
        self.watch.used.fetch_add(used, Ordering::Relaxed);
        answer
    }
}
