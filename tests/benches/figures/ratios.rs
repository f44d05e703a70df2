//! What is compared with what.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The ratios of one run.
#[derive(Default)]
pub struct Ratios {
    lines: Vec<String>,
}

/// The times of one benchmark, gathered while criterion measures it.
#[derive(Clone, Default)]
pub struct Times(Rc<RefCell<Vec<Duration>>>);

impl Times {
    /// Runs the work as often as criterion asks for, and tells it how long that took.
    pub fn repeat<R>(&self, times: u64, mut work: impl FnMut() -> R) -> Duration {
        let begun = Instant::now();
        for _ in 0..times {
            std::hint::black_box(work());
        }
        self.add(times, begun.elapsed())
    }

    /// Adds a time that was measured otherwise.
    pub fn add(&self, times: u64, took: Duration) -> Duration {
        let one = took / u32::try_from(times.max(1)).unwrap_or(u32::MAX);
        self.0.borrow_mut().push(one);
        took
    }

    /// The median of one repetition; `None` when the benchmark was filtered out.
    pub fn median(&self) -> Option<Duration> {
        let mut times = self.0.borrow().clone();
        times.sort();
        times.get(times.len() / 2).copied()
    }
}

impl Ratios {
    /// How the first compares with the second in speed: 2 is twice as fast. Both run in turn, so
    /// that whatever else the machine does hits both; the ratio is the median of all turns.
    pub fn speed(
        &mut self,
        what: &str,
        turns: usize,
        mut ours: impl FnMut() -> Duration,
        mut theirs: impl FnMut() -> Duration,
        aim: &str,
    ) {
        let mut ratios: Vec<f64> = (0..turns)
            .map(|_| theirs().as_secs_f64() / ours().as_secs_f64())
            .collect();
        ratios.sort_by(f64::total_cmp);
        let (low, high) = (ratios[turns / 10], ratios[turns - 1 - turns / 10]);
        let median = ratios[turns / 2];
        self.lines.push(format!(
            "{what:<62} {median:>8.2} ({low:.2} to {high:.2})  {aim}"
        ));
    }

    /// A figure of its own.
    pub fn figure(&mut self, what: &str, times: &Times, parts: u32) {
        if let Some(median) = times.median() {
            let micros = median.as_secs_f64() * 1e6 / f64::from(parts);
            self.lines.push(format!("{what:<62} {micros:>8.2} µs"));
        }
    }

    /// Something that was found out once.
    pub fn note(&mut self, what: &str) {
        self.lines.push(what.to_owned());
    }

    /// Whether a benchmark was measured, or filtered out by what was typed.
    pub fn wants(&self, times: &Times) -> bool {
        times.median().is_some()
    }

    /// Prints all of them.
    pub fn print(&self) {
        println!("\nMedians of this run, ratios with the range of nine tenths of the turns:");
        for line in &self.lines {
            println!("{line}");
        }
    }
}

/// How long the work takes.
pub fn timed<R>(work: impl FnOnce() -> R) -> Duration {
    let begun = Instant::now();
    std::hint::black_box(work());
    begun.elapsed()
}
