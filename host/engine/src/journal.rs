//! Writes down what components do, beside the work and never in its way.
//!
//! Whoever calls a component only adds to figures in memory. A thread of the journal's own writes
//! them into the store now and then, many calls in one transaction. A kill loses what was not
//! written yet: that is [`PAUSE`] or a little more, and never anything but figures and log lines.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use provisor_model::{
    ComponentLine, Digest, KnownComponent, LogLevel, OutcomeClass, SaidBy, Timestamp, Usage,
    UsageKey,
};
use provisor_sandbox::{CallErrorKind, Called, Component, Loaded, Observer, Outcome};
use provisor_store::{Store, StoreError};
use tokio::sync::oneshot;

use crate::Clock;

/// How long figures are gathered before they are written. Long enough that writing costs nothing
/// beside the work, and short enough for whoever follows.
const PAUSE: Duration = Duration::from_millis(500);

/// Lines that wait to be written; more are dropped and counted.
const WAITING: usize = 2_000;

/// Lines that wait before they are written without a pause.
const MANY: usize = 500;

const HOUR: i64 = 60 * 60 * 1000;

/// The journal of one host. When it goes, what it still has is written first.
pub(crate) struct Journal {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    gathered: Mutex<Gathered>,
    changed: Condvar,
}

/// What was not written yet.
#[derive(Default)]
struct Gathered {
    entries: Entries,
    /// Whether there is something to write it for: that a host was opened is only worth it once it
    /// does something.
    due: bool,
    /// Who waits until everything is written.
    waiting: Vec<oneshot::Sender<()>>,
    ended: bool,
}

#[derive(Default)]
struct Entries {
    components: BTreeMap<Digest, KnownComponent>,
    /// Of so many as there are components, functions and outcomes.
    usage: HashMap<Calls, (OutcomeClass, Usage)>,
    lines: Vec<ComponentLine>,
}

/// The calls that are added up: since when the hour runs, the component, the function, the outcome.
type Calls = (i64, Digest, &'static str, &'static str);

impl Journal {
    /// Begins to write into this store.
    pub fn start(store: Store, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            clock,
            gathered: Mutex::default(),
            changed: Condvar::new(),
        });
        let thread = std::thread::Builder::new()
            .name("provisor-journal".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || write(&shared, &store)
            })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Whom components are to tell what they do.
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.shared) as Arc<dyn Observer>
    }

    /// Waits until everything that components have done so far is written, or could not be.
    pub async fn written(&self) {
        let (sender, written) = oneshot::channel();
        {
            let mut gathered = self.shared.gathered();
            if gathered.ended {
                return;
            }
            gathered.waiting.push(sender);
        }
        self.shared.changed.notify_all();
        let _ended = written.await;
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.gathered().ended = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

impl Shared {
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> (Timestamp, i64) {
        let now = self.clock.now();
        (now, now.millis().div_euclid(HOUR) * HOUR)
    }
}

impl Observer for Shared {
    fn loaded(&self, loaded: &Loaded<'_>) {
        let (_, hour) = self.now();
        let (outcome, time) = match loaded.compiled {
            Some(time) => ("compiled", time),
            None => ("cached", loaded.time),
        };
        let mut gathered = self.gathered();
        gathered.entries.know(loaded.component);
        let calls = (hour, *loaded.component.digest(), "load", outcome);
        let (_, usage) = gathered.entries.usage(calls, OutcomeClass::Good);
        usage.durations.count(time);
        if loaded.compiled.is_some() {
            self.become_due(&mut gathered);
        }
    }

    fn called(&self, called: &Called<'_>) {
        let (now, hour) = self.now();
        let (outcome, class) = outcome(called.outcome);
        let component = *called.component.digest();
        let mut gathered = self.gathered();
        let entries = &mut gathered.entries;
        entries.know(called.component);
        let calls = (hour, component, called.function, outcome);
        let (_, usage) = entries.usage(calls, class);
        usage.durations.count(called.time);
        let cpu_nanos = u64::try_from(called.cpu_time.as_nanos()).unwrap_or(u64::MAX);
        usage.cpu_nanos = usage.cpu_nanos.saturating_add(cpu_nanos);
        usage.peak_memory = usage.peak_memory.max(called.peak_memory as u64);
        usage.requests += called.http.requests;
        for (answers, more) in usage.answers.iter_mut().zip(called.http.answers) {
            *answers += more;
        }
        for name in called.denied {
            usage.deny(name, 1);
        }
        let written = called.lines.len() as u64;
        usage.log_lines += written + called.lines_dropped;
        usage.log_lines_dropped += called.lines_dropped;
        let dropped = entries.add_lines(called, now);
        let (_, usage) = entries.usage(calls, class);
        usage.log_lines_dropped += dropped;
        // What is asked of a component that is only made ready says nothing about its work.
        let is_work = !matches!(called.function, "describe" | "check-settings");
        if is_work || class != OutcomeClass::Good || written > 0 || !called.denied.is_empty() {
            self.become_due(&mut gathered);
        }
    }
}

impl Shared {
    fn become_due(&self, gathered: &mut Gathered) {
        if !gathered.due || gathered.entries.lines.len() >= MANY {
            gathered.due = true;
            self.changed.notify_all();
        }
    }
}

impl Entries {
    fn know(&mut self, component: &Component) {
        let digest = component.digest();
        if !self.components.contains_key(digest) {
            let about = component.about();
            let known = KnownComponent {
                digest: *digest,
                name: about.name.clone(),
                version: about.version.clone(),
                world: component.world().to_string(),
            };
            self.components.insert(*digest, known);
        }
    }

    fn usage(&mut self, calls: Calls, class: OutcomeClass) -> &mut (OutcomeClass, Usage) {
        let new = || (class, Usage::default());
        self.usage.entry(calls).or_insert_with(new)
    }

    /// Takes the lines of a call, and what the host says of it if it failed. Answers how many
    /// lines of the component there was no room for.
    fn add_lines(&mut self, called: &Called<'_>, at: Timestamp) -> u64 {
        let error = match called.outcome {
            Outcome::Failed(error) => Some(error),
            Outcome::Good | Outcome::GivenUp => None,
        };
        if called.lines.is_empty() && error.is_none() {
            return 0;
        }
        // The label is RESOURCE.ROLE.
        let resource = called.label.rsplit_once('.').map(|(resource, _)| resource);
        let line = |level, said_by, text: String| ComponentLine {
            at,
            component: *called.component.digest(),
            operation: called.function.to_owned(),
            resource: resource.map(str::to_owned),
            level,
            said_by,
            code: error.map(|error| error.code().to_owned()),
            text,
        };
        let room = WAITING.saturating_sub(self.lines.len());
        // The last ones matter most.
        let dropped = called.lines.len().saturating_sub(room);
        self.lines.extend(
            called.lines[dropped..]
                .iter()
                .map(|it| line(it.level, SaidBy::Component, it.text.clone())),
        );
        if let Some(error) = error
            && self.lines.len() < WAITING
        {
            let text = harmless(&error.without_last_words());
            self.lines.push(line(LogLevel::Error, SaidBy::Host, text));
        }
        dropped as u64
    }

    /// Puts back what could not be written, before what came meanwhile.
    fn put_back(&mut self, before: Entries) {
        for (calls, (class, usage)) in before.usage {
            self.usage(calls, class).1.add(&usage);
        }
        self.components.extend(before.components);
        let mut lines = before.lines;
        let room = WAITING.saturating_sub(lines.len());
        lines.extend(self.lines.drain(..).take(room));
        self.lines = lines;
    }

    fn is_empty(&self) -> bool {
        self.usage.is_empty() && self.lines.is_empty()
    }
}

fn outcome(outcome: Outcome<'_>) -> (&'static str, OutcomeClass) {
    match outcome {
        Outcome::Good => ("ok", OutcomeClass::Good),
        Outcome::GivenUp => ("given-up", OutcomeClass::GivenUp),
        Outcome::Failed(error) => {
            let class = match error.kind {
                CallErrorKind::Failure(_) => OutcomeClass::Failure,
                _ => OutcomeClass::HostError,
            };
            (error.code(), class)
        }
    }
}

/// One line without control characters.
fn harmless(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => clean.extend(c.escape_default()),
            false => clean.push(c),
        }
    }
    clean
}

/// The end of the thread that writes, whatever ends it: nobody is to wait for it any more.
struct End<'a>(&'a Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut gathered = self.0.gathered();
        gathered.ended = true;
        gathered.waiting.clear();
    }
}

/// Writes what is gathered, until the journal ends.
fn write(shared: &Shared, store: &Store) {
    let _end = End(shared);
    loop {
        let (entries, waiting, ended) = next(shared);
        let entries = Arc::new(entries);
        if !entries.is_empty() {
            let written = store.update_blocking({
                let entries = Arc::clone(&entries);
                move |work| keep(work, &entries)
            });
            if written.is_err()
                && !ended
                && let Some(entries) = Arc::into_inner(entries)
            {
                let mut gathered = shared.gathered();
                gathered.entries.put_back(entries);
                gathered.due = true;
            }
        }
        for waiting in waiting {
            let _gone = waiting.send(());
        }
        if ended {
            return;
        }
    }
}

/// Waits until something is due, and takes it.
fn next(shared: &Shared) -> (Entries, Vec<oneshot::Sender<()>>, bool) {
    let mut gathered = shared.gathered();
    let mut until: Option<Instant> = None;
    while !gathered.ended && gathered.waiting.is_empty() {
        if !gathered.due {
            let woken = shared.changed.wait(gathered);
            gathered = woken.unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        // Not before a pause has begun: what could not be written is not tried without end.
        if until.is_some() && gathered.entries.lines.len() >= MANY {
            break;
        }
        let now = Instant::now();
        let left = until.get_or_insert(now + PAUSE).duration_since(now);
        if left.is_zero() {
            break;
        }
        let woken = shared.changed.wait_timeout(gathered, left);
        (gathered, _) = woken.unwrap_or_else(PoisonError::into_inner);
    }
    let entries = match std::mem::take(&mut gathered.due) {
        true => std::mem::take(&mut gathered.entries),
        false => Entries::default(),
    };
    let waiting = std::mem::take(&mut gathered.waiting);
    (entries, waiting, gathered.ended)
}

fn keep(work: &mut provisor_store::Work<'_>, entries: &Entries) -> Result<(), StoreError> {
    for component in entries.components.values() {
        work.know_component(component)?;
    }
    for ((hour, component, operation, outcome), (class, usage)) in &entries.usage {
        let key = UsageKey {
            hour: Timestamp::from_millis(*hour),
            component: *component,
            operation: (*operation).to_owned(),
            outcome: (*outcome).to_owned(),
            class: *class,
        };
        work.add_usage(&key, usage)?;
    }
    work.add_component_lines(&entries.lines)
}
