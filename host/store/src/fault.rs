//! Named points of the work, at which a test can kill the process.
//!
//! Without the feature `faults` a [`point`] is nothing at all. With it, which only the tests of
//! the whole switch on, the process stops for ever at the point that `PROVISOR_FAULT` names, says
//! so on standard output, and waits to be killed by whoever started it: a real kill, by a signal
//! that nothing can catch.

/// The work has come this far.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

#[cfg(feature = "faults")]
pub use active::{POINTS, point};

#[cfg(feature = "faults")]
mod active {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// All of them; passing one that is not listed is a mistake.
    pub const POINTS: [&str; 37] = [
        "store.begun",
        "store.before-commit",
        "store.after-commit",
        "evidence.before-rename",
        "evidence.after-rename",
        "request.mapped",
        "request.stored",
        "dispatch.decided",
        "dispatch.sent",
        "case.changed",
        "hold.released",
        "drift.answered",
        "account.linked",
        "account.unlinked",
        "account.removed",
        "nudge.told",
        "export.copied",
        "export.counted",
        "export.kept",
        "export.accepted",
        "export.recounted",
        "export.released",
        "ticket.intended",
        "ticket.sent",
        "ticket.made",
        "ticket.searched",
        "ticket.looked",
        "ticket.withdrawn",
        "ticket.commented",
        "ticket.received",
        "upload.intended",
        "upload.kept",
        "upload.judged",
        "activation.prepared",
        "activation.stored",
        "notification.claimed",
        "notification.sent",
    ];

    /// Where to stop, and at which time of passing it.
    struct Stop {
        name: String,
        passes: AtomicU64,
    }

    /// The work has come this far.
    pub fn point(name: &'static str) {
        assert!(POINTS.contains(&name), "{name} is not listed");
        static STOP: OnceLock<Option<Stop>> = OnceLock::new();
        let stop = STOP.get_or_init(|| {
            let text = std::env::var("PROVISOR_FAULT").ok()?;
            let (name, passes) = text.split_once(' ')?;
            Some(Stop {
                name: name.to_owned(),
                passes: AtomicU64::new(passes.parse().ok()?),
            })
        });
        let Some(stop) = stop.as_ref().filter(|stop| stop.name == name) else {
            return;
        };
        if stop.passes.fetch_sub(1, Ordering::SeqCst) == 1 {
            println!("@at {name}");
            loop {
                std::thread::park();
            }
        }
    }
}
