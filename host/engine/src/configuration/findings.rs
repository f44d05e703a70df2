//! All that is found wrong with the file.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;

use super::source::Source;
use super::{ConfigurationError, Location, Mistake};

/// How many mistakes are reported; the rest is counted. Nobody reads more at a time.
const MOST_MISTAKES: usize = 100;

/// All that is found wrong while the tree is read.
pub(super) struct Findings<'a> {
    source: Arc<Source>,
    base: &'a Path,
    mistakes: RefCell<Vec<Mistake>>,
    uncounted: Cell<usize>,
}

impl<'a> Findings<'a> {
    pub fn new(source: Arc<Source>, base: &'a Path) -> Self {
        Self {
            source,
            base,
            mistakes: RefCell::default(),
            uncounted: Cell::default(),
        }
    }

    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The folder that paths in the file begin at.
    pub fn base(&self) -> &'a Path {
        self.base
    }

    /// Records a mistake; the closure runs only when there is room for it.
    pub fn add(&self, mistake: impl FnOnce() -> Mistake) {
        let mut mistakes = self.mistakes.borrow_mut();
        if mistakes.len() < MOST_MISTAKES {
            mistakes.push(mistake());
        } else {
            self.uncounted.set(self.uncounted.get() + 1);
        }
    }

    /// What was read, if nothing is wrong with it.
    pub fn into_result<T>(self, read: T) -> Result<T, ConfigurationError> {
        let mut mistakes = self.mistakes.into_inner();
        if mistakes.is_empty() {
            return Ok(read);
        }
        mistakes.sort_by(|left, right| left.location.cmp(&right.location));
        if self.uncounted.get() > 0 {
            let more = format!("there are {} more mistakes", self.uncounted.get());
            mistakes.push(Mistake::new(Location::file(self.source.name()), "", more));
        }
        Err(ConfigurationError { mistakes })
    }
}
